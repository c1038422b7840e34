import { expect, test } from 'vitest'
import type { Clock } from '../clock/clock.ts'
import { createDemoFleet } from '../demo/demoFleet.fixture.ts'
import { createTestEngines, type TestEngines } from '../engine/testEngines.ts'
import { createTestLog } from '../engine/testLog.ts'
import type { SumColumns } from '../shared/history.ts'
import { someReading } from '../shared/hosts.fixture.ts'
import { soleOperator } from '../shared/permissions.ts'
import type { StreamReport } from '../shared/streams.ts'
import { createMonitoring, historyReport, monitoredStreams } from './monitoring.ts'

const report = (change: Partial<StreamReport>): StreamReport => ({
  name: 'cam',
  server: 'a',
  serverId: 'id',
  state: 'live',
  severity: null,
  reason: null,
  expected: true,
  source: null,
  sourceType: null,
  tracks: [],
  width: null,
  height: null,
  bytesReceived: null,
  bytesSent: null,
  bitrateInBps: null,
  bitrateOutBps: null,
  readers: null,
  readersByType: {},
  ownReaders: 0,
  clients: null,
  recording: null,
  upSince: null,
  outageSince: null,
  rtt: null,
  recvRateMbps: null,
  linkCapacityMbps: null,
  latencyMs: null,
  packetsLost: null,
  packetsLostEstimated: false,
  packetsRepaired: null,
  packetsDropped: null,
  packetsBelated: null,
  packetsRetransmitted: null,
  jitter: null,
  framesInError: null,
  framesDiscarded: null,
  ...change,
})

test('a stream is online, offline or unknown, and an unknown figure is not zero', () => {
  const now = Date.UTC(2026, 0, 1, 0, 1)
  const reports = [
    report({ readers: 3, ownReaders: 1, clients: 2, bitrateInBps: 5, upSince: '2026-01-01T00:00:30.000Z' }),
    report({ state: 'slate' }),
    report({ state: 'unknown' }),
  ]
  const [live, slate, unknown] = monitoredStreams(reports, now)
  expect(live).toMatchObject({ online: true, clients: 2, uptimeSeconds: 30 })
  expect(slate).toMatchObject({ online: false, uptimeSeconds: null })
  expect(unknown).toMatchObject({ online: null, clients: null, uptimeSeconds: null })
})

test('the last hour sums servers minute by minute and leaves gaps as they are', () => {
  const from = Date.UTC(2026, 0, 1)
  const at = (minute: number) => from + minute * 60_000
  const sum = (minutes: number[], mean: number[], lacking: SumColumns['lacking'] = [], gaps: SumColumns['gaps'] = []) => ({
    at: minutes.map(at),
    mean,
    gaps,
    lacking,
  })
  const network = { sentBps: null, errors: null, drops: null, linkBps: null, usedPercent: null }
  const load = someReading({
    at: at(2),
    cpuPercent: 40,
    memoryPercent: 50,
    networks: [
      { name: 'a', receivedBps: 1, ...network },
      { name: 'b', receivedBps: 2, ...network },
    ],
  })
  const lacking = [
    { part: 1, gaps: [[at(0), at(1)] as [number, number]] },
    // One that is paused.
    { part: 2, gaps: [[at(0), at(60)] as [number, number]] },
  ]
  const sums = [sum([0, 1, 3], [1, 2, 2], lacking, [[at(2), at(3)]]), sum([], []), sum([0, 1, 1.5], [3, 14, 15]), sum([59], [1000.4]), sum([], [])]
  const hour = historyReport({ sums, watched: 2, load: [load], from })
  expect(hour.points).toHaveLength(60)
  expect(hour).toMatchObject({ from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T01:00:00.000Z', intervalSeconds: 60 })
  expect(hour.points.slice(0, 3).map(({ clients }) => clients)).toEqual([3, 14, null])
  expect(hour.points.slice(0, 4).map(({ complete, unknownServers }) => [complete, unknownServers])).toEqual([
    [false, 1],
    [true, 0],
    [false, 2],
    [true, 0],
  ])
  expect(hour.points[59]).toMatchObject({ at: '2026-01-01T00:59:00.000Z', bitrateInBps: 1000, cpuPercent: null })
  expect(hour.points[2]).toMatchObject({ cpuPercent: 40, memoryPercent: 50, receivedBps: 3, sentBps: null })
})

const asker = { operator: soleOperator, language: 'en' } as const
async function hourOf(monitoring: ReturnType<typeof createMonitoring>) {
  const answer = await monitoring.answer('/monitoring/history', {}, asker)
  return (await (answer as Response).json()) as ReturnType<typeof historyReport>
}
function monitoringOf({ engine, client }: Awaited<ReturnType<TestEngines['start']>>, clock: Clock) {
  const ended = new AbortController()
  const monitoring = createMonitoring({ ...engine, clock, log: createTestLog(), client, signal: ended.signal })
  const end = async () => {
    ended.abort()
    await monitoring.ended
  }
  return { monitoring, end }
}

test('a minute of which a server was away for 33 s is not complete; those before and after it are, whoever is paused, and each has its own sums', async () => {
  const startAt = Date.UTC(2026, 10, 14, 3)
  await using engines = await createTestEngines(startAt, 100)
  const { clock } = engines
  const fleet = engines.open.use(await createDemoFleet({ clock, seed: 'minutes', servers: [{ name: 'Berlin', paths: [{ name: 'cam0' }, { name: 'cam1' }] }] }))
  const started = await engines.start({ servers: fleet.yamlServers() })
  const { client } = started
  const { monitoring, end } = monitoringOf(started, clock)
  // One that is paused is not missed.
  await client.servers.add({ name: 'Wien', url: 'http://wien.invalid:9997', paused: true })
  await clock.advance(130_000)
  fleet.server('Berlin').trouble({ kind: 'freeze', forMs: 33_000 })
  await clock.advance(115_000)
  const { points } = await hourOf(monitoring)
  await end()
  // The first of them began before the first answer.
  expect(points.slice(-3).map(({ complete, unknownServers }) => [complete, unknownServers])).toEqual([
    [true, 0],
    [false, 1],
    [true, 0],
  ])
  expect(points.slice(-3).map(({ streamsLive }) => streamsLive)).toEqual([2, 2, 2])
  expect(points.slice(0, 56).map(({ streamsLive, unknownServers }) => [streamsLive, unknownServers])).toEqual(Array(56).fill([null, 1]))
})

test('what a server had before it was paused stays in the sums of the hour, and its pause leaves no minute incomplete', async () => {
  await using engines = await createTestEngines(Date.UTC(2026, 10, 14, 3), 100)
  const { clock } = engines
  const names = ['Berlin', 'Wien']
  const fleet = engines.open.use(await createDemoFleet({ clock, seed: 'paused', servers: names.map((name) => ({ name, paths: [{ name: 'cam0' }] })) }))
  const started = await engines.start()
  const { client } = started
  const { monitoring, end } = monitoringOf(started, clock)
  await client.servers.add(fleet.server('Berlin').input)
  const wien = await client.servers.add(fleet.server('Wien').input)
  await clock.advance(200_000)
  await client.servers.update({ id: wien.id, change: { paused: true } })
  await clock.advance(130_000)
  const { points } = await hourOf(monitoring)
  await end()
  expect(points.slice(-4).map(({ streamsLive, complete }) => [streamsLive, complete])).toEqual([
    [2, true],
    [2, true],
    [2, true],
    [1, true],
  ])
})

test('a list of troubles is as long as its headers say, whatever heals before it is read', async () => {
  await using engines = await createTestEngines(Date.UTC(2026, 10, 14, 3), 100)
  const { clock } = engines
  const names = ['Berlin', 'Wien']
  const fleet = engines.open.use(await createDemoFleet({ clock, seed: 'heals', servers: names.map((name) => ({ name, paths: [{ name: 'cam0' }] })) }))
  const started = await engines.start({ servers: fleet.yamlServers() })
  const { client } = started
  const { monitoring, end } = monitoringOf(started, clock)
  await clock.advance(10_000)
  for (const name of names) fleet.server(name).trouble({ kind: 'freeze', forMs: 60_000 })
  await clock.advance(50_000)
  const answers = await Promise.all(['/troubles', '/monitoring/alerts'].map(async (path) => (await monitoring.answer(path, {}, asker)) as Response))
  const counted = answers.map((answer) => [answer.headers.get('x-total-count'), answer.headers.get('x-shown-count')])
  await clock.advance(60_000)
  const listed = await Promise.all(answers.map(async (answer) => ((await answer.json()) as readonly unknown[]).length))
  await end()
  expect(await client.fleet.troubles()).toEqual([])
  expect(counted).toEqual([
    ['2', '2'],
    ['2', '2'],
  ])
  expect(listed).toEqual([2, 2])
})
