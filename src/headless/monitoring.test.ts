import { expect, test } from 'vitest'
import type { Clock } from '../clock/clock.ts'
import { createDemoFleet } from '../demo/demoFleet.fixture.ts'
import { createTestEngines, type TestEngines } from '../engine/testEngines.ts'
import { createTestLog } from '../engine/testLog.ts'
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

test('the last hour has the load of this machine minute by minute, and leaves gaps as they are', () => {
  const from = Date.UTC(2026, 0, 1)
  const network = { sentBps: null, errors: null, drops: null, linkBps: null, usedPercent: null }
  const networks = [
    { name: 'a', receivedBps: 1, ...network },
    { name: 'b', receivedBps: 2, ...network },
  ]
  const hour = historyReport([someReading({ at: from + 120_000, cpuPercent: 40, memoryPercent: 50, networks })], from)
  expect(hour.points).toHaveLength(60)
  expect(hour).toMatchObject({ from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T01:00:00.000Z', intervalSeconds: 60 })
  expect(hour.points[59]).toEqual({ at: '2026-01-01T00:59:00.000Z', cpuPercent: null, memoryPercent: null, receivedBps: null, sentBps: null })
  expect(hour.points[2]).toMatchObject({ cpuPercent: 40, memoryPercent: 50, receivedBps: 3, sentBps: null })
})

const asker = { operator: soleOperator, language: 'en' } as const
function monitoringOf({ engine, client }: Awaited<ReturnType<TestEngines['start']>>, clock: Clock) {
  const ended = new AbortController()
  const monitoring = createMonitoring({ ...engine, clock, log: createTestLog(), client, signal: ended.signal })
  const end = async () => {
    ended.abort()
    await monitoring.ended
  }
  return { monitoring, end }
}

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
