import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as realTime } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createDemoFleet } from '../../demo/demoFleet.fixture.ts'
import { hostSubject } from '../../shared/subjectNames.ts'
import type { EngineOptions } from '../engineOptions.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'
import { createTestSshHost } from './testSshHost.fixture.ts'

const startAt = Date.UTC(2026, 10, 20, 13, 0, 0)
let engines: TestEngines

beforeEach(async () => {
  engines = await createTestEngines(startAt, 400)
})
afterEach(async () => {
  await stop()
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
  expect(engines.clock.pending(), 'a timer outlived the engine').toBe(0)
})
async function stop() {
  await engines.stop()
  await realTime(20)
}
const start = async (options: EngineOptions) => (await engines.start({ knownHostsFiles: [], ...options })).client

it('a maintenance window for a server is for the host under it, too, and for no other', async () => {
  const { clock, open } = engines
  const fleet = open.use(await createDemoFleet({ clock, seed: 'hosts', servers: [{ name: 'Berlin', paths: [{ name: 'cam', source: 'rtspSession' }] }] }))
  const night = { name: 'night', servers: ['Berlin'], tags: [], streams: [], zone: 'UTC', start: '2026-11-20T13:00', hours: 2, rrule: null, calendar: null }
  const client = await start({ servers: fleet.yamlServers(), maintenance: [night], rules: [{ id: 'hostDown', onDelaySeconds: 0 }] })
  await clock.advance(4_000)
  const [server] = await client.servers.list()
  const nobody = { auth: { kind: 'password', password: 'secret' }, ssh: 'noc@127.0.0.1:1' } as const
  const under = await client.hosts.add({ name: 'under', ...nobody })
  await client.hosts.update({ id: under.id, change: { serverId: server?.id ?? '' } })
  await client.hosts.add({ name: 'elsewhere', ...nobody })
  await clock.advance(20_000)
  const states = (await client.alarms.list()).map(({ serverName, kind, state }) => `${serverName}: ${kind}, ${state}`)
  expect(states.sort()).toEqual(['elsewhere: hostDown, unacknowledged', 'under: hostDown, outOfService'])
})

it.skipIf(process.platform === 'win32')('watches a host beside the server on it, keeps its history, and shows neither in the other’s place', async () => {
  const { clock, open } = engines
  const fleet = open.use(await createDemoFleet({ clock, seed: 'hosts', servers: [{ name: 'Berlin', paths: [{ name: 'cam', source: 'rtspSession' }] }] }))
  const far = open.use(await createTestSshHost())
  const options = { servers: fleet.yamlServers() }
  let client = await start(options)
  await clock.advance(4_000)
  const added = await client.hosts.add({ name: 'far', ssh: far.ssh, auth: { kind: 'password', password: 'secret' } })
  expect(added).toMatchObject({ state: 'connecting', serverId: null })
  await clock.advance(1_000)
  const [waiting] = await client.hosts.list()
  expect(waiting).toMatchObject({ state: 'waiting', error: { kind: 'hostKeyUnknown', fingerprint: far.fingerprint(), target: far.target } })
  await expect(client.hosts.processes({ id: added.id })).rejects.toMatchObject({ code: 'UNREADABLE' })
  await client.hosts.acceptKey({ id: added.id, target: far.target, fingerprint: far.fingerprint() })
  const [server] = await client.servers.list()
  await client.hosts.update({ id: added.id, change: { serverId: server?.id ?? '' } })
  await clock.advance(20_000)
  const [up] = await client.hosts.list()
  expect(up).toMatchObject({ state: 'up', serverId: server?.id, auth: { kind: 'password', hasSecret: true } })
  expect(up?.reading?.memoryTotalBytes).toBeGreaterThan(1e6)
  expect((await client.hosts.processes({ id: added.id })).length).toBeGreaterThan(0)
  expect(await client.hosts.sizing({ id: added.id })).toMatchObject({ hostId: added.id, perStream: null, why: { kind: 'needsData' } })

  const series = { serverId: added.id, path: '', metric: 'host.memoryPercent' } as const
  const [memory] = await client.history.range({ series: [series], from: startAt, to: clock.now() + 1, points: 1000 })
  expect(memory?.mean.length).toBeGreaterThan(10)

  // The fleet and its past know nothing of it.
  expect((await client.fleet.past({ at: clock.now(), launch: null })).servers.map(({ name }) => name)).toEqual(['Berlin'])
  const timeline = await client.history.timeline({ from: startAt, to: clock.now(), points: 10 })
  expect(Math.max(...timeline.down.map((value) => value ?? 0))).toBe(0)
  expect((await client.servers.list()).map(({ name }) => name)).toEqual(['Berlin'])

  await far.die()
  await clock.advance(30_000)
  await far.comeBack()
  await clock.advance(90_000)
  const events = await client.history.events({ of: hostSubject(added.id) })
  expect(events.map(({ kind, ownerName }) => [kind, ownerName])).toEqual([
    ['hostUp', 'far'],
    ['hostDown', 'far'],
  ])

  await stop()
  client = await start(options)
  await clock.advance(5_000)
  expect(await client.hosts.list()).toMatchObject([{ id: added.id, name: 'far', state: 'up' }])
  await client.hosts.remove({ id: added.id })
  expect(await client.hosts.list()).toEqual([])
  await expect(client.hosts.sizing({ id: added.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  // Its past stays.
  expect((await client.history.range({ series: [series], from: startAt, to: clock.now() + 1, points: 1000 }))[0]?.mean.length).toBeGreaterThan(10)
  expect(engines.logged.join('\n')).not.toContain('"secret"')
})

it.skipIf(process.platform === 'win32')(
  'ties hosts of the configuration file to servers by name, and watches this machine where a server is on it',
  async () => {
    const { clock, open, folder } = engines
    const fleet = open.use(await createDemoFleet({ clock, seed: 'hosts', servers: [{ name: 'Berlin', paths: 1 }] }))
    const far = open.use(await createTestSshHost())
    await writeFile(join(folder, 'known_hosts'), far.knownHostsLine())
    const auth = { kind: 'password', password: 'secret' } as const
    const client = await start({
      servers: fleet.yamlServers(),
      hosts: [{ name: 'far', ssh: far.ssh, auth, jump: [], knownHostsFile: join(folder, 'known_hosts'), intervalSeconds: 1, server: 'berlin' }],
      offersThisMachine: true,
    })
    await clock.advance(6_000)
    const hosts = await client.hosts.list()
    const [server] = await client.servers.list()
    expect(hosts.map(({ name, origin, ssh, serverId, serverIds, state }) => ({ name, origin, ssh, serverId, serverIds, state }))).toEqual([
      { name: 'far', origin: 'yaml', ssh: far.ssh, serverId: server?.id, serverIds: [server?.id], state: 'up' },
      { name: hostname(), origin: 'stored', ssh: null, serverId: null, serverIds: [], state: 'up' },
    ])
    await expect(client.hosts.update({ id: hosts[0]?.id ?? '', change: { paused: true } })).rejects.toMatchObject({ code: 'READ_ONLY' })
  },
)
