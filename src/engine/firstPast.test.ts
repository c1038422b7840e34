import { afterEach, beforeEach, expect, it } from 'vitest'
import { createDemoFleet } from '../demo/demoFleet.fixture.ts'
import { showcasePast } from '../demo/demoPast.ts'
import { showcase } from '../demo/demoWorkloads.ts'
import { createTestEngines, type TestEngines } from './testEngines.ts'

const startAt = Date.UTC(2026, 10, 20, 13, 0, 0)
const hour = 3_600_000
let engines: TestEngines

beforeEach(async () => {
  engines = await createTestEngines(startAt, 400)
})
afterEach(async () => {
  await engines.stop()
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
})
/** One server of the showcase, with the past that it is made up with. */
async function start(name: string) {
  const { clock, open } = engines
  const servers = showcase('demo').flatMap((one) => (one.name === name ? [{ ...one, script: [], churnEveryMs: 0 }] : []))
  const fleet = open.use(await createDemoFleet({ clock, seed: 'demo', servers, hosts: true }))
  const restart = async () =>
    (
      await engines.start({
        servers: fleet.yamlServers(),
        hosts: fleet.yamlHosts(),
        knownHostsFiles: [],
        firstPast: (to) => showcasePast('demo', to).filter((past) => past.name === name),
      })
    ).client
  return { clock, client: await restart(), restart }
}

it('a made-up fleet begins with a day of history that goes on without a gap into what it does now', async () => {
  const { clock, client } = await start('Hamburg-2')
  await clock.advance(20_000)
  const [server] = await client.servers.list()
  const serverId = server?.id ?? ''
  const [bitrate, readers, live] = await client.history.range({
    series: [
      { serverId, path: 'studio-a/pgm', metric: 'path.bitrateIn' },
      { serverId, path: 'studio-a/pgm', metric: 'path.readers' },
      { serverId, path: '', metric: 'server.streamsLive' },
    ],
    from: startAt - 24 * hour,
    to: clock.now(),
    points: 5000,
    tier: 'samples',
  })
  // Rates need two polls.
  expect(bitrate?.gaps.every(([from, to]) => from >= startAt - 1_000 && to - from <= 8_000)).toBe(true)
  expect(readers?.gaps).toEqual([])
  expect((readers?.at[0] ?? 0) - (startAt - 24 * hour)).toBeLessThan(300_000)
  const joins = (column: typeof readers, within: number) => {
    const before = column?.mean[column.at.findLastIndex((at) => at < startAt)] ?? Number.NaN
    expect(Math.abs((column?.mean.at(-1) ?? Number.NaN) / before - 1)).toBeLessThan(within)
  }
  joins(bitrate, 0.3)
  joins(readers, 0.01)
  joins(live, 0.01)
})

it('the trouble of the night is found in it, with its events', async () => {
  const { client } = await start('Hamburg-2')
  const off = await client.history.events({ kinds: ['streamOff'], to: startAt })
  // Told as they would have been: so many at once are one event.
  expect(off).toMatchObject([{ subject: { kind: 'server' }, text: expect.stringContaining('12 streams of Hamburg-2: off air (bridge/cam-') }])
  const goneAt = off[0]?.at ?? 0
  const kindsAt = async (at: number) => {
    const { alarms, alarmsKeptFrom } = await client.fleet.past({ at, launch: null })
    expect(alarmsKeptFrom, 'nobody watched then').toBe(startAt)
    return (alarms ?? []).flatMap(({ kind, subject }) => (subject.kind === 'stream' && subject.path.startsWith('bridge/') ? [`${kind} ${subject.path}`] : []))
  }
  expect(await kindsAt(goneAt - hour)).toEqual([])
  expect(await kindsAt(goneAt - 60_000)).toContain('packetsLost bridge/cam-7')
  const gone = Array.from({ length: 12 }, (_, cam) => `streamGone bridge/cam-${cam + 1}`)
  expect((await kindsAt(goneAt + 600_000)).sort()).toEqual(gone.sort())
  expect(await kindsAt(goneAt + 2 * hour)).toEqual([])
})

it.skipIf(process.platform === 'win32')('the machine under a server has such a day too, goes on with it, and says what a stream costs there', async () => {
  const { clock, client } = await start('Hamburg-2')
  await clock.advance(30_000)
  const [server] = await client.servers.list()
  const [host] = await client.hosts.list()
  expect(host).toMatchObject({ name: 'srv-hamburg-2', state: 'up', serverId: server?.id })
  expect(host?.reading?.mediaServer).not.toBeNull()
  const hostId = host?.id ?? ''
  const [cpu, memory, disk] = await client.history.range({
    series: [
      { serverId: hostId, path: '', metric: 'host.cpu' },
      { serverId: hostId, path: '', metric: 'host.memoryPercent' },
      { serverId: hostId, path: 'disk:/', metric: 'device.used' },
    ],
    from: startAt - 24 * hour,
    to: clock.now(),
    points: 5000,
    tier: 'samples',
  })
  for (const column of [cpu, memory, disk]) {
    const before = column?.mean[column.at.findLastIndex((at) => at < startAt)] ?? Number.NaN
    expect(Math.abs((column?.mean.at(-1) ?? Number.NaN) / before - 1)).toBeLessThan(0.15)
  }
  expect((await client.hosts.sizing({ id: hostId })).perStream).not.toBeNull()
})

it('a fleet that is started again goes on with the history it has', async () => {
  const { clock, restart } = await start('Graz')
  await clock.advance(6_000)
  await engines.stop()
  await clock.advance(hour)
  const client = await restart()
  await clock.advance(6_000)
  const [server] = await client.servers.list()
  const [live] = await client.history.range({
    series: [{ serverId: server?.id ?? '', path: '', metric: 'server.streamsLive' }],
    from: startAt,
    to: clock.now(),
    points: 5000,
    tier: 'samples',
  })
  expect(live?.gaps).toHaveLength(1)
})
