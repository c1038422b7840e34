import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import BetterSqlite3 from 'better-sqlite3'
import { createTestClock } from '../../src/clock/testClock.ts'
import { createAlarms } from '../../src/engine/alarms/alarms.ts'
import type { Conditions } from '../../src/engine/alarms/conditions.ts'
import { conditionsWith, someFinding } from '../../src/engine/alarms/findings.fixture.ts'
import { createLimits } from '../../src/engine/alarms/limits.ts'
import { createRuleSet } from '../../src/engine/alarms/ruleSet.ts'
import type { SampleBatch } from '../../src/engine/history/history.ts'
import { mainMigrations } from '../../src/engine/storage/mainMigrations.ts'
import { migrate } from '../../src/engine/storage/migrate.ts'
import { createTestLog } from '../../src/engine/testLog.ts'
import { type MetricId, pathMetricIds } from '../../src/shared/metrics.ts'
import { streamStateCodes } from '../../src/shared/streams.ts'
import { serverSubject } from '../../src/shared/subjects.ts'
import { type Bench, type Figure, percentile, rounded } from './figures.ts'

type Report = (name: string, value: number, unit: string, goal: Figure['goal'], note?: string | null) => void

const servers = 100
const streams = 1_000
/** Figures of a stream that is well. */
const usual: Partial<Record<MetricId, number>> = {
  'path.state': streamStateCodes.live,
  'path.bitrateIn': 4_000_000,
  'path.latency': 200,
  'path.rtt': 20,
  'path.readers': 1,
  'path.framesInError': 0,
  'path.framesDiscarded': 0,
  'path.forwardsFailing': 0,
}
const paths = Array.from({ length: streams }, (_, place) => `studio/cam-${place}`)
const batchOf = (server: number, at: number, change: Partial<Record<MetricId, number>> = {}): SampleBatch => ({
  owner: serverSubject(`server-${server}`),
  at,
  parts: paths,
  metrics: pathMetricIds,
  values: Float64Array.from({ length: streams * pathMetricIds.length }, (_, index) => {
    const id = pathMetricIds[index % pathMetricIds.length] as MetricId
    const figure = change[id] ?? usual[id] ?? Number.NaN
    // All change: the bit rate by some bit a second.
    return id === 'path.bitrateIn' ? figure + ((at + index) % 1_000) : figure
  }),
})

function cpuMs(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heap = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

/** All shipped rules over 100 servers of 1,000 streams. */
function measureLimits(figure: Report, ticks: number): void {
  const before = heap()
  const limits = createLimits(
    createRuleSet(() => null),
    () => true,
  )
  const tick = (at: number, change: (server: number) => Partial<Record<MetricId, number>>) => {
    // Made beforehand: polls have them anyway.
    const batches = Array.from({ length: servers }, (_, server) => batchOf(server, at, change(server)))
    const slices = batches.map((batch) => cpuMs(() => limits.see(batch)))
    return { total: slices.reduce((sum, ms) => sum + ms, 0), longest: Math.max(...slices) }
  }
  const runs = (change: (server: number) => Partial<Record<MetricId, number>>, from: number) =>
    Array.from({ length: ticks }, (_, index) => tick((from + index) * 2_000, change))
  const quiet = runs(() => ({}), 1)
  figure(
    'all shipped rules, 100,000 streams within their limits',
    percentile(
      quiet.map(({ total }) => total),
      50,
    ),
    'ms of CPU a tick',
    '<= 60',
    'median',
  )
  figure(
    'the longest slice of it',
    percentile(
      quiet.map(({ longest }) => longest),
      50,
    ),
    'ms',
    '<= 20',
    'one server of 1,000',
  )
  figure('memory of the rules while all is quiet', Math.max(0, heap() - before) / (servers * streams), 'bytes a stream', '<= 100')
  const low = runs((server) => (server < 10 ? { 'path.bitrateIn': 100_000 } : {}), 1_000)
  figure(
    'the same with 10,000 of them beyond a limit',
    percentile(
      low.map(({ total }) => total),
      50,
    ),
    'ms of CPU a tick',
    null,
  )
}

/** 10,000 streams that go and come back, through rules, incidents and main.db. */
async function measureFailure(figure: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const db = new BetterSqlite3(join(folder, 'main.db'))
  db.pragma('journal_mode = WAL')
  const stop = new AbortController()
  try {
    migrate(db, mainMigrations)
    const clock = createTestClock()
    let conditions: Conditions = conditionsWith([])
    const alarms = createAlarms({
      clock,
      log: createTestLog(),
      db,
      judging: { conditionsOf: () => conditions, restless: () => [] },
      maintenanceOf: () => null,
      around: { originOf: () => null, liveOn: () => 0, eachLive: () => undefined, serverHosts: () => [] },
      alongside: () => undefined,
      onChange: () => undefined,
      signal: stop.signal,
    })
    const judged = async (now: Conditions) => {
      conditions = now
      const before = process.cpuUsage()
      alarms.judge('berlin')
      await alarms.settled()
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000
    }
    const gone = Array.from({ length: 10_000 }, (_, place) => someFinding(`cam-${place}`, { since: clock.now() }))
    figure('10,000 streams that go at once', await judged(conditionsWith(gone)), 'ms of CPU', null, `${alarms.incidents().length} incident, each alarm stored`)
    figure('a poll while they are gone', await judged(conditionsWith(gone)), 'ms of CPU', null)
    figure('and that come back', await judged(conditionsWith([])), 'ms of CPU', null)
    const down = someFinding('', { kind: 'serverDown', rule: 'serverDown', subject: serverSubject('berlin') })
    await judged(conditionsWith([]))
    const outage = conditionsWith([down], { otherwise: () => ({ is: 'unknown', because: 'server' }) })
    figure('a server that goes with 10,000 well streams and comes back', (await judged(outage)) + (await judged(conditionsWith([]))), 'ms of CPU', '<= 200')
  } finally {
    stop.abort()
    db.close()
    rmSync(folder, { recursive: true })
  }
}

/** What alarms cost: the rules on figures, and a large failure. */
export const bench: Bench = async (report, { quick }) => {
  const figure: Report = (name, value, unit, goal, note = null) => report({ figure: `alarms: ${name}`, value: rounded(value), unit, goal, limit: null, note })
  measureLimits(figure, quick ? 5 : 30)
  await measureFailure(figure)
}
