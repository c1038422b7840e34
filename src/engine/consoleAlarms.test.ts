import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createReceiver, createTestFleet } from '../../tests/fakes/testFleet.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { TroubledHost, troubleMachine } from '../demo/troubledHost.fixture.ts'
import type { ServerInput } from '../shared/servers.ts'
import type { EngineOptions } from './engineOptions.ts'
import { backupFolder } from './storage/backups.ts'
import { createTestEngines, type TestEngines } from './testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const minuteMs = 60_000

describe('alarms of the console itself', () => {
  let engines: TestEngines
  let demo: DemoFleet
  /** What is logged as an error, because it is one. */
  let errors: readonly string[]
  beforeEach(async () => {
    errors = []
    ;({ engines, demo } = await createTestFleet(startAt, 'console', [rtspServer('Berlin', 'cam1')]))
  })
  afterEach(async () => {
    await engines[Symbol.asyncDispose]()
    expect(engines.bugs.map((bug) => (bug as { readonly text: string }).text)).toEqual(errors)
  })
  const dataDir = () => join(engines.folder, 'data')
  async function watch(options: EngineOptions = {}) {
    const { url, received } = await createReceiver(engines)
    const { client } = await engines.start({ servers: demo.yamlServers(), channels: [{ name: 'ops', webhook: url }], ...options })
    await engines.clock.advance(10_000)
    return {
      client,
      received,
      open: async () =>
        (await client.alarms.list()).filter(({ subject }) => subject.kind === 'console').map(({ kind, severity, state }) => `${kind}: ${severity}, ${state}`),
    }
  }

  test('its own network is gone: one alarm about itself, notified, and its end', async () => {
    let hasNetwork = true
    const far: ServerInput = {
      name: 'Far',
      url: 'http://nowhere-192.0.2.1.invalid:9997',
      auth: { kind: 'none' },
      fingerprint: null,
      intervalSeconds: 2,
      addresses: {},
      tags: [],
      paused: false,
    }
    const { client, open, received } = await watch({
      servers: [...demo.yamlServers(), far],
      hasNetwork: () => hasNetwork,
      rules: [{ id: 'serverDown', enabled: false }],
    })
    expect(await open()).toEqual([])
    hasNetwork = false
    await engines.clock.advance(10_000)
    expect(await open()).toEqual(['consoleOffline: critical, unacknowledged'])
    expect((await client.alarms.list())[0]).toMatchObject({ subject: { kind: 'console' }, serverName: 'mtxdeck', why: { kind: 'noNetwork' } })
    expect(await client.fleet.changes({})).toMatchObject({ consoleWhy: { kind: 'noNetwork' } })
    hasNetwork = true
    await engines.clock.advance(20_000)
    expect(await open()).toEqual(['consoleOffline: critical, healedUnseen'])
    expect(await client.fleet.changes({})).toMatchObject({ consoleWhy: null })
    await engines.clock.advance(60_000)
    expect(received).toEqual(['start mtxdeck', 'end mtxdeck'])
  })

  test('the daily copy of its settings is missed until it is made, and says so in the same words as the figures of the store', async () => {
    mkdirSync(dataDir(), { recursive: true })
    writeFileSync(backupFolder(dataDir()), 'a file where the folder should be')
    const { client, open } = await watch({ servers: [] })
    await engines.clock.advance(2 * minuteMs)
    expect(await open()).toEqual(['backupMissed: minor, unacknowledged'])
    const [alarm] = await client.alarms.list()
    expect(alarm?.why).toEqual({ kind: 'consoleTrouble', trouble: (await client.history.store()).why })
    rmSync(backupFolder(dataDir()))
    await engines.clock.advance(20 * minuteMs)
    expect(await open()).toEqual(['backupMissed: minor, healedUnseen'])
    expect((await client.history.store()).why).toBe(null)
  })

  test('where its data folder lies is in the log and the figures of the store, and no alarm', async () => {
    const folderTrouble = { kind: 'folderOnNetwork', folder: '/mnt/nas/mtxdeck', fileSystem: 'nfs4' } as const
    const { client, open } = await watch({ servers: [], folderTrouble })
    expect((await client.history.store()).why).toEqual(folderTrouble)
    expect(engines.logged).toContainEqual(expect.stringContaining('/mnt/nas/mtxdeck is on a network file system (nfs4)'))
    expect(await open()).toEqual([])
  })
})

/** The way to a port of this machine, through an address that looks like another machine: while it is cut, connections end as soon as they are made. */
async function createWay({ open }: TestEngines, address: string, to: number) {
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(to, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy()).on('close', () => other.destroy() && sockets.delete(socket))
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const cut = (cuts: boolean) => {
    isCut = cuts
    if (cuts) for (const socket of sockets) socket.destroy()
  }
  open.defer(async () => {
    cut(true)
    await new Promise((resolve) => server.close(resolve))
  })
  // The system takes it for this machine, and mtxdeck for another one.
  return { origin: `http://[::ffff:${address}]:${(server.address() as AddressInfo).port}`, cut }
}

/** Its uplink is cut for a minute. Returns what was notified, and the alarms while it is cut and two minutes after. */
async function cutUplink(names: readonly string[], { hosts, intervalSeconds }: { readonly hosts: boolean; readonly intervalSeconds: number }) {
  const engines = await createTestEngines(startAt)
  const servers = names.map((name) => rtspServer(name, 'cam1'))
  const demo = engines.open.use(await createDemoFleet({ clock: engines.clock, seed: 'uplink', servers, hosts: hosts && TroubledHost }))
  const { url, received } = await createReceiver(engines)
  const addressOf = (index: number) => `127.${Math.floor(index / 250)}.${(index % 250) + 1}.1`
  const ways = await Promise.all(demo.servers.map((server, index) => createWay(engines, addressOf(index), Number(new URL(server.url).port))))
  const { client } = await engines.start({
    servers: demo.yamlServers().map((server, index) => ({ ...server, intervalSeconds, url: ways[index]?.origin ?? '' })),
    hosts: hosts ? demo.yamlHosts().map((host) => ({ ...host, intervalSeconds: 10 })) : [],
    channels: [{ name: 'ops', webhook: url }],
    rules: [{ id: 'apiOpen', enabled: false }],
  })
  const live = async () => (await client.fleet.summary()).totals.live
  const open = async () => (await client.alarms.list()).map(({ kind, serverName, state }) => `${kind} ${serverName}: ${state}`)
  await engines.clock.advance(20_000)
  expect([await live(), await open()]).toEqual([names.length, []])
  const cut = (cuts: boolean) => {
    for (const way of ways) way.cut(cuts)
    for (const { name } of demo.servers) if (cuts && hosts) troubleMachine(demo, name, { kind: 'unreachable', forMs: minuteMs })
  }
  cut(true)
  await engines.clock.advance(minuteMs)
  const meanwhile = await open()
  cut(false)
  await engines.clock.advance(2 * minuteMs)
  const afterwards = { alarms: await open(), live: await live() }
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
  return { received, meanwhile, afterwards }
}
test.each([
  ['six servers in as many networks and their machines behind it', ['Berlin', 'Hamburg', 'Köln', 'Wien', 'Basel', 'Oslo'], { hosts: true, intervalSeconds: 2 }],
  ['300 servers', Array.from({ length: 300 }, (_, index) => `server-${index}`), { hosts: false, intervalSeconds: 5 }],
])('its uplink is cut, with %s: one incident about itself, and none about them', async (_, names, how) => {
  const { received, meanwhile, afterwards } = await cutUplink(names, how)
  expect(meanwhile).toEqual(['consoleOffline mtxdeck: unacknowledged'])
  expect(afterwards).toEqual({ alarms: ['consoleOffline mtxdeck: healedUnseen'], live: names.length })
  expect(received).toEqual(['start mtxdeck', 'end mtxdeck'])
})

test('it begins without its uplink: one incident about itself, and none about servers that it never reached', async () => {
  const engines = await createTestEngines(startAt)
  const servers = Array.from({ length: 12 }, (_, index) => rtspServer(`server-${index}`, 'cam1'))
  const demo = engines.open.use(await createDemoFleet({ clock: engines.clock, seed: 'uplink', servers }))
  const { url, received } = await createReceiver(engines)
  const ways = await Promise.all(demo.servers.map((server, index) => createWay(engines, `127.0.${index + 1}.1`, Number(new URL(server.url).port))))
  for (const way of ways) way.cut(true)
  const { client } = await engines.start({
    servers: demo.yamlServers().map((server, index) => ({ ...server, intervalSeconds: 5, url: ways[index]?.origin ?? '' })),
    channels: [{ name: 'ops', webhook: url }],
  })
  await engines.clock.advance(minuteMs)
  expect((await client.alarms.list()).map(({ kind, serverName, state }) => `${kind} ${serverName}: ${state}`)).toEqual([
    'consoleOffline mtxdeck: unacknowledged',
  ])
  expect(received).toEqual(['start mtxdeck'])
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
})
