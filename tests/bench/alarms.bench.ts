import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import BetterSqlite3 from 'better-sqlite3'
import { createSlices } from '../../src/clock/slices.ts'
import { createTestClock } from '../../src/clock/testClock.ts'
import { Alarms } from '../../src/engine/alarms/alarms.ts'
import { alarmMigrations } from '../../src/engine/alarms/alarmsDatabase.ts'
import { changes as changeKind, createBreaches, limits as limitKind, noBaselines, unusual } from '../../src/engine/alarms/breaches.ts'
import type { Conditions } from '../../src/engine/alarms/conditions.ts'
import { conditionsWith, someFinding } from '../../src/engine/alarms/findings.fixture.ts'
import { createRehearsal } from '../../src/engine/alarms/rehearsal.ts'
import { createRuleSet } from '../../src/engine/alarms/ruleSet.ts'
import { createBaselineRows } from '../../src/engine/baselines/baselineRows.ts'
import { createKnownHours } from '../../src/engine/baselines/knownHours.ts'
import { learnBaseline } from '../../src/engine/baselines/learnBaseline.ts'
import { hoursBetween } from '../../src/engine/baselines/weekHours.ts'
import type { SampleBatch } from '../../src/engine/history/history.ts'
import { mainMigrations } from '../../src/engine/storage/mainMigrations.ts'
import { migrate } from '../../src/engine/storage/migrate.ts'
import { createTestLog } from '../../src/engine/testLog.ts'
import { type MetricId, pathMetricIds } from '../../src/shared/metrics.ts'
import type { RuleInput } from '../../src/shared/rules.ts'
import { someServer } from '../../src/shared/servers.fixture.ts'
import { streamStateCodes } from '../../src/shared/streams.ts'
import { ownerIdOf, serverSubject } from '../../src/shared/subjectNames.ts'
import { dayMs, openBenchStore } from './benchStore.ts'
import { type Bench, type Figure, percentile, rounded } from './figures.ts'

type Report = (name: string, value: number, unit: string, goal: Figure['goal'], note?: string | null) => void

const servers = 100
const streams = 1_000
/** Figures of a stream that is well. */
const baseline: Partial<Record<MetricId, number>> = {
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
    const figure = change[id] ?? baseline[id] ?? Number.NaN
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
  const limits = createBreaches(
    limitKind,
    createRuleSet(() => null),
    () => true,
  )
  const tick = (at: number, change: (server: number) => Partial<Record<MetricId, number>>) => {
    // Made beforehand: polls have them anyway.
    const batches = Array.from({ length: servers }, (_, server) => batchOf(server, at, change(server)))
    const slices = batches.map((batch) => cpuMs(() => limits.addSamples(batch)))
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

/** One rule that watches how fast the bit rate changes, over all of them. */
function measureChanges(figure: Report, ticks: number): void {
  const all = () => {
    // What polls brought before is swept while the second collection runs.
    collect()
    return heap() + process.memoryUsage().arrayBuffers
  }
  const before = all()
  const rules = createRuleSet(() => null)
  rules.configure([{ id: 'drop', metric: 'path.bitrateIn', fallsBy: 50, withinSeconds: 60 }])
  const changed = createBreaches(changeKind, rules, () => true)
  const tick = (at: number) => {
    const batches = Array.from({ length: servers }, (_, server) => batchOf(server, at))
    return batches.reduce((sum, batch) => sum + cpuMs(() => changed.addSamples(batch)), 0)
  }
  const ticked = Array.from({ length: ticks + 1 }, (_, index) => tick((index + 1) * 2_000))
  figure(
    'a rule by rate of change for 100,000 streams',
    percentile(ticked.slice(1), 50),
    'ms of CPU a tick',
    '<= 60',
    'median; next to nothing without such a rule',
  )
  figure('its memory', Math.max(0, all() - before) / (servers * streams), 'bytes a stream', '<= 400', 'only of streams that it is for')
  changed.forget('')
}

/** What is usual: 100,000 streams with ranges of 168 hours each, of which 100 servers' polls are judged. */
async function measureUsual(figure: Report, ticks: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const file = join(folder, 'main.db')
  const db = new BetterSqlite3(file)
  db.pragma('journal_mode = WAL')
  try {
    migrate(db, mainMigrations)
    const clock = createTestClock(Date.UTC(2026, 10, 20, 20, 5))
    const rows = createBaselineRows(db, 'UTC', 'path.bitrateIn')
    const bytesBefore = statSync(file).size
    const keep = cpuMs(() => {
      for (let server = 0; server < servers; server++)
        for (const [place, path] of paths.entries()) rows.keep(`server-${server}`, path, clock.now(), rangesLike(server * streams + place))
    })
    db.pragma('wal_checkpoint(TRUNCATE)')
    const all = servers * streams
    figure('what is usual of a stream, packed and kept', (keep / all) * 1000, 'µs of CPU', null)
    figure('what is usual in main.db', (statSync(file).size - bytesBefore) / all, 'bytes a stream', null, '168 hours, all different')
    const before = heap()
    const slices = createSlices({ ...clock, monotonic: () => performance.now() })
    const known = createKnownHours({ clock, zone: 'UTC', rows, slices, signal: new AbortController().signal })
    const batches = Array.from({ length: servers }, (_, server) => batchOf(server, 2_000))
    for (const { owner, parts } of batches) known.see(ownerIdOf(owner), parts ?? [])
    const held = monitorEventLoopDelay({ resolution: 5 })
    held.enable()
    await new Promise<void>((resolve) => setImmediate(resolve))
    held.reset()
    const { user, system } = process.cpuUsage()
    await known.load()
    const loaded = process.cpuUsage({ user, system })
    held.disable()
    figure('an hour of it read for 100,000 streams', (loaded.user + loaded.system) / 1000, 'ms of CPU', null, 'once an hour, in slices')
    figure('the longest that this holds the event loop', held.max / 1e6, 'ms', null, 'with whatever else the machine does')
    const rules = createRuleSet(() => null)
    const finder = createBreaches(unusual({ ...known, hourOf: noBaselines.hourOf }), rules, () => true)
    const at = clock.now()
    const took = Array.from({ length: ticks }, () => cpuMs(() => batches.forEach((batch) => void finder.addSamples?.({ ...batch, at }))))
    figure('100,000 bit rates compared with what is usual', percentile(took, 50), 'ms of CPU a tick', '<= 20', 'median')
    figure('memory of what is usual', Math.max(0, heap() - before) / all, 'bytes a stream', '<= 100', 'without buffers of numbers, which are 24 bytes more')
    const hours = hoursBetween('UTC', clock.now() - 8 * 7 * dayMs, clock.now()).map((hour) => ({
      ...hour,
      low: 3.9e6,
      high: 4.1e6,
      isTroubled: false,
    }))
    const learn = cpuMs(() => {
      for (let count = 0; count < 100; count++) learnBaseline(hours, null)
    })
    figure('eight weeks of a stream learned, once they are read', learn / 100, 'ms of CPU', null)
  } finally {
    db.close()
    rmSync(folder, { recursive: true })
  }
}
const rangesLike = (seed: number) =>
  Array.from({ length: 168 }, (_, place) => {
    const low = 3_000_000 + ((Math.imul(seed * 168 + place, 0x9e3779b1) >>> 0) % 500) * 1_000
    return { low, high: low + 1_500_000, weeks: 6 }
  })

/** 10,000 streams that go and come back, through rules, incidents and main.db. */
async function measureFailure(figure: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const db = new BetterSqlite3(join(folder, 'alarms.db'))
  db.pragma('journal_mode = WAL')
  const stop = new AbortController()
  try {
    migrate(db, alarmMigrations)
    const clock = createTestClock()
    let conditions: Conditions = conditionsWith([])
    const alarms = new Alarms({
      clock,
      log: createTestLog(),
      db,
      onDamaged: () => undefined,
      slices: createSlices({ ...clock, monotonic: () => performance.now() }),
      evaluation: { conditionsOf: () => conditions, timeDependentOwners: () => [] },
      maintenanceOf: () => null,
      around: {
        originOf: () => null,
        wasSeen: () => true,
        liveOn: () => 0,
        liveThen: () => null,
        eachLive: () => undefined,
        serverHosts: () => [],
        upstreams: () => () => [],
        probed: () => new Map(),
        machines: () => [],
      },
      alongside: () => undefined,
      onRaised: () => undefined,
      onChange: () => undefined,
      signal: stop.signal,
    })
    const evaluated = async (now: Conditions) => {
      conditions = now
      const before = process.cpuUsage()
      alarms.evaluate(serverSubject('berlin'))
      await alarms.settled()
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000
    }
    const gone = Array.from({ length: 10_000 }, (_, place) => someFinding(`cam-${place}`, { since: clock.now() }))
    figure(
      '10,000 streams that go at once',
      await evaluated(conditionsWith(gone)),
      'ms of CPU',
      null,
      `${alarms.incidents().length} incident, each alarm stored`,
    )
    figure('a poll while they are gone', await evaluated(conditionsWith(gone)), 'ms of CPU', null)
    figure('and that come back', await evaluated(conditionsWith([])), 'ms of CPU', null)
    const down = someFinding('', { kind: 'serverDown', rule: 'serverDown', subject: serverSubject('berlin') })
    await evaluated(conditionsWith([]))
    const outage = conditionsWith([down], { otherwise: () => ({ is: 'unknown', because: 'server' }) })
    figure(
      'a server that goes with 10,000 well streams and comes back',
      (await evaluated(outage)) + (await evaluated(conditionsWith([]))),
      'ms of CPU',
      '<= 200',
    )
  } finally {
    stop.abort()
    db.close()
    rmSync(folder, { recursive: true })
  }
}

const minuteMs = 60_000
const rehearsed = { servers: 10, streams: 100, stepMs: 30_000 }
/** A week of 1,000 streams, of which each is low for four minutes once, some for another minute, and 40 of them below the usual limit. */
async function measureRehearsal(figure: Report, days: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const to = Math.floor(Date.now() / dayMs) * dayMs
  const from = to - days * dayMs
  const { servers: count, streams: ofEach, stepMs } = rehearsed
  const metrics = ['path.state', 'path.bitrateIn', 'path.readers'] as const satisfies readonly MetricId[]
  await using store = await openBenchStore(folder, from)
  const { clock, history } = store
  try {
    const isLow = (index: number, at: number) => {
      const since = at - (from + ((index * 7_919) % (days * 1_400)) * minuteMs)
      return since >= 0 && (since < 4 * minuteMs || (index % 10 === 0 && since >= 60 * minuteMs && since < 61 * minuteMs))
    }
    for (let at = from; at < to; ) {
      const until = Math.min(to, at + 100 * stepMs)
      for (; at < until; at += stepMs)
        for (let server = 0; server < count; server++) {
          const values = new Float64Array(ofEach * metrics.length)
          for (let stream = 0; stream < ofEach; stream++) {
            const index = server * ofEach + stream
            values.set(
              [
                streamStateCodes.live,
                isLow(index, at) ? (index % 25 === 0 ? 300_000 : 900_000) : 4_000_000 + ((Math.imul(at / stepMs + index, 0x9e3779b1) >>> 0) % 400) * 1_000,
                1,
              ],
              stream * metrics.length,
            )
          }
          const owner = serverSubject(`server-${server}`)
          history.append({ owner, at, parts: null, metrics: ['server.reachable'], values: Float64Array.of(1) })
          history.append({ owner, at, parts: paths.slice(0, ofEach), metrics, values })
        }
      const pastMidnight = at % dayMs < 2 * 100 * stepMs ? 9_000 : 400
      await clock.sleepMachine(at - clock.now() - pastMidnight)
      await clock.advance(pastMidnight)
    }
    // The last day goes to its archives, too.
    while (clock.now() < to + 20 * minuteMs) await clock.advance(10_000)
    const rehearse = createRehearsal({
      clock,
      history,
      slices: createSlices({ ...clock, monotonic: () => performance.now() }),
      server: (id) => someServer(id),
      host: () => null,
      probe: () => null,
      hasVideo: () => true,
      fieldsOf: () => null,
      baseline: { learnedOver: async () => (at) => noBaselines.hourOf('', '', at) },
      rules: () => [],
      signal: new AbortController().signal,
    })
    const measure = async (name: string, rule: RuleInput, goal: Figure['goal']) => {
      await rehearse({ rule, from: to - minuteMs, to })
      const held = monitorEventLoopDelay({ resolution: 5 })
      held.enable()
      const before = performance.now()
      const { before: stands, after, unrehearsed } = await rehearse({ rule, from, to })
      const took = performance.now() - before
      held.disable()
      figure(
        name,
        took,
        'ms',
        goal,
        `${days} days, ${count * ofEach} streams polled every ${stepMs / 1_000} s: ${after.total} alarms instead of ${stands?.total}; ${unrehearsed.map(({ kind }) => kind).join()}`,
      )
      figure(`${name}: the longest that it holds the event loop`, held.max / 1e6, 'ms', null)
    }
    await measure('a changed rule over the past', { id: 'bitrateLow', below: 400_000, onDelaySeconds: 30 }, '<= 3000')
    await measure('one by which each stream has an alarm', { id: 'bitrateLow', below: 1_000_000, onDelaySeconds: 30 }, null)
    await measure('one that all streams are beyond all the time', { id: 'bitrateLow', below: 10_000_000 }, null)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What alarms cost: the rules on figures, a large failure, and a rehearsal of a rule. */
export const bench: Bench = async (report, { quick }) => {
  const figure: Report = (name, value, unit, goal, note = null) => report({ figure: `alarms: ${name}`, value: rounded(value), unit, goal, limit: null, note })
  measureLimits(figure, quick ? 5 : 30)
  measureChanges(figure, quick ? 5 : 30)

  await measureUsual(figure, quick ? 5 : 30)
  await measureFailure(figure)
  await measureRehearsal(figure, quick ? 1 : 7)
}
