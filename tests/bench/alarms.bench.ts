import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import BetterSqlite3 from 'better-sqlite3'
import { hash32 } from '../../src/clock/every.ts'
import { createSlices } from '../../src/clock/slices.ts'
import { createTestClock } from '../../src/clock/testClock.ts'
import type { AlarmRecord } from '../../src/engine/alarms/alarmLife.ts'
import { createAlarmStatistics } from '../../src/engine/alarms/alarmStatistics.ts'
import { createAlarms } from '../../src/engine/alarms/alarms.ts'
import { createBreaches } from '../../src/engine/alarms/breaches.ts'
import { changes as changeKind } from '../../src/engine/alarms/changes.ts'
import { closedMigrations } from '../../src/engine/alarms/closedMigrations.ts'
import { type ClosedAlarm, createClosedRows } from '../../src/engine/alarms/closedRows.ts'
import type { Conditions } from '../../src/engine/alarms/conditions.ts'
import { conditionsWith, someFinding } from '../../src/engine/alarms/findings.fixture.ts'
import { limits as limitKind } from '../../src/engine/alarms/limits.ts'
import { createRehearsal } from '../../src/engine/alarms/rehearsal.ts'
import { createRuleSet } from '../../src/engine/alarms/ruleSet.ts'
import { createUnusual } from '../../src/engine/alarms/unusual.ts'
import { nothingUsual } from '../../src/engine/alarms/unusualThen.ts'
import type { SampleBatch } from '../../src/engine/history/history.ts'
import { mainMigrations } from '../../src/engine/storage/mainMigrations.ts'
import { type Migration, migrate } from '../../src/engine/storage/migrate.ts'
import { openDatabase } from '../../src/engine/storage/openDatabase.ts'
import { createTestLog } from '../../src/engine/testLog.ts'
import { createKnownHours } from '../../src/engine/usual/knownHours.ts'
import { learnUsual } from '../../src/engine/usual/learnUsual.ts'
import { createUsualRows } from '../../src/engine/usual/usualRows.ts'
import { hoursBetween } from '../../src/engine/usual/weekHours.ts'
import { type Alarm, type AlarmChange, alarmStepsInputSchema, alarmsInputSchema, pastAlarmsInputSchema } from '../../src/shared/alarms.ts'
import { type MetricId, pathMetricIds } from '../../src/shared/metrics.ts'
import type { RuleInput } from '../../src/shared/rules.ts'
import { someServer } from '../../src/shared/servers.fixture.ts'
import { streamStateCodes } from '../../src/shared/streams.ts'
import { ownerIdOf, serverSubject, streamSubject } from '../../src/shared/subjects.ts'
import { dayMs, openBenchStore } from './benchStore.ts'
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
  const limits = createBreaches(
    limitKind,
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

/** One rule that watches how fast the bit rate changes, over all of them. */
function measureChanges(figure: Report, ticks: number): void {
  const all = () => {
    // What polls brought before is swept while the second collection runs.
    collect()
    return heap() + process.memoryUsage().arrayBuffers
  }
  const before = all()
  const rules = createRuleSet(() => null)
  rules.configure([{ id: 'drop', metric: 'path.bitrateIn', fallsBy: '50%', withinSeconds: 60 }])
  const changed = createBreaches(changeKind, rules, () => true)
  const tick = (at: number) => {
    const batches = Array.from({ length: servers }, (_, server) => batchOf(server, at))
    return batches.reduce((sum, batch) => sum + cpuMs(() => changed.see(batch)), 0)
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
    const rows = createUsualRows(db, 'UTC', 'path.bitrateIn')
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
    const finder = createUnusual({ clock, rules, isJudged: () => true, isOffPlan: () => false, usual: { ...known, hourOf: nothingUsual.hourOf } })
    const at = clock.now()
    const took = Array.from({ length: ticks }, () => cpuMs(() => batches.forEach((batch) => void finder.see?.({ ...batch, at }))))
    figure('100,000 bit rates compared with what is usual', percentile(took, 50), 'ms of CPU a tick', '<= 20', 'median')
    figure('memory of what is usual', Math.max(0, heap() - before) / all, 'bytes a stream', '<= 100', 'without buffers of numbers, which are 24 bytes more')
    const hours = hoursBetween('UTC', clock.now() - 8 * 7 * dayMs, clock.now()).map((hour) => ({
      ...hour,
      low: 3.9e6,
      high: 4.1e6,
      mean: 4e6,
      isTroubled: false,
    }))
    const learn = cpuMs(() => {
      for (let count = 0; count < 100; count++) learnUsual(hours, null)
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
  const db = new BetterSqlite3(join(folder, 'main.db'))
  db.pragma('journal_mode = WAL')
  const pastDb = new BetterSqlite3(join(folder, 'alarms.db'))
  const stop = new AbortController()
  try {
    migrate(db, mainMigrations)
    migrate(pastDb, closedMigrations)
    const clock = createTestClock()
    let conditions: Conditions = conditionsWith([])
    const alarms = createAlarms({
      clock,
      log: createTestLog(),
      db,
      pastDb,
      slices: createSlices({ ...clock, monotonic: () => performance.now() }),
      judging: { conditionsOf: () => conditions, restless: () => [] },
      maintenanceOf: () => null,
      around: { originOf: () => null, liveOn: () => 0, eachLive: () => undefined, serverHosts: () => [], machines: () => [] },
      alongside: () => undefined,
      onRaised: () => undefined,
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
    pastDb.close()
    rmSync(folder, { recursive: true })
  }
}

/** Alarms as they are: of 100,000 streams, half of them taken, a tenth with a comment, some of which lasted for days. */
function closedAlarm(no: number, at: number): ClosedAlarm {
  const some = (most: number, salt: number) => (hash32(`${no} ${salt}`) / 2 ** 32) * most
  const pick = <Item>(items: readonly Item[], salt: number) => items[Math.floor(some(items.length, salt))] as Item
  const stream = Math.floor(some(100_000, 1))
  const id = randomUUID()
  const raisedAt = at
  const lasted = some(100, 2) < 2 ? some(5 * dayMs, 3) : 10_000 + some(30 * 60_000, 3)
  const healedAt = Math.round(raisedAt + lasted)
  const by = pick(['Anna Weber', 'Ben', 'Cem', '小林', 'Цветкова'], 4)
  const limit = { kind: 'limitCrossed', metric: 'path.bitrateIn', per: null, side: 'below', limit: 500_000, clear: 600_000 } as const
  const kind = some(10, 5) < 6 ? 'streamGone' : some(10, 6) < 5 ? 'streamStalled' : 'limitCrossed'
  const why: Alarm['why'] = kind === 'limitCrossed' ? { ...limit, value: Math.round(some(500_000, 7)) } : { kind: 'senderLeft', pulled: some(2, 7) < 1 }
  const severity = some(100, 8) < 3 ? 'critical' : pick(['major', 'minor', 'warning'] as const, 9)
  const closed = { at: healedAt, because: 'healed' } as const
  const changes: AlarmChange[] = [{ kind: 'raised', at: raisedAt, trouble: kind, severity, since: raisedAt - 5_000, why }]
  if (some(2, 10) < 1) changes.push({ kind: 'acknowledged', at: raisedAt + 5_000, by, until: null })
  if (some(10, 11) < 1) changes.push({ kind: 'commented', at: raisedAt + 6_000, by, text: `encoder ${Math.floor(some(900, 12))} restarted, cable replaced` })
  changes.push({ kind: 'healed', at: healedAt }, { kind: 'closed', ...closed })
  const serverId = `00000000-0000-4000-8000-${String(stream % 100).padStart(12, '0')}`
  const alarm: AlarmRecord = {
    id,
    incident: id,
    kind,
    rule: kind === 'limitCrossed' ? 'bitrateLow' : kind,
    subject: streamSubject(
      serverId,
      stream % 20 === 0 ? `${pick(['新闻联播', '体育频道', '경기장'], stream)}/${stream}` : `studio-${stream % 50}/cam-${stream}`,
    ),
    serverName: `server-${stream % 100}`,
    severity,
    since: raisedAt - 5_000,
    raisedAt,
    healedAt,
    suppressedBy: null,
    count: 1,
    why,
    streams: null,
    readers: Math.floor(some(20, 13)),
    acknowledged: changes[1]?.kind === 'acknowledged' ? { by, at: raisedAt + 5_000, until: null } : null,
    shelf: null,
    comments: changes.filter((change) => change.kind === 'commented').length,
    origin: { address: `10.0.${stream % 200}.${stream % 250}`, agent: null, source: null },
    closed,
  }
  return {
    no,
    id,
    incident: id,
    raisedAt,
    closedAt: healedAt,
    alarm: JSON.stringify(alarm),
    changes: changes.map((change) => JSON.stringify(change)),
    read: { alarm, changes },
  }
}

/** So many past alarms of four months: what they take, and how long pages, searches and all else that asks for them take. */
async function measurePast(figure: Report, many: number, name: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const open = (file: string, migrations: readonly Migration[]) => {
    const opened = openDatabase(join(folder, file), { migrations })
    if (!opened.ok) throw new Error(opened.error.words)
    return opened.value
  }
  const [db, pastDb] = [open('main.db', mainMigrations), open('alarms.db', closedMigrations)]
  const stop = new AbortController()
  try {
    const to = Date.UTC(2026, 10, 20)
    const from = to - 120 * dayMs
    const clock = createTestClock(to)
    const closed = createClosedRows(pastDb, createTestLog())
    let jsonBytes = 0
    pastDb.pragma('synchronous = OFF')
    const put = cpuMs(() => {
      for (let no = 1; no <= many; no += 500) {
        const some = Array.from({ length: Math.min(500, many + 1 - no) }, (_, place) =>
          closedAlarm(no + place, Math.round(from + ((to - from) * (no + place)) / (many + 1))),
        )
        for (const { alarm, changes } of some) jsonBytes += alarm.length + changes.reduce((sum, text) => sum + text.length, 0)
        closed.put(some)
      }
    })
    pastDb.pragma('wal_checkpoint(TRUNCATE)')
    figure(
      `${name}: each in alarms.db, with its index`,
      statSync(join(folder, 'alarms.db')).size / many,
      'bytes',
      '<= 600',
      `${Math.round(jsonBytes / many)} bytes as JSON`,
    )
    figure(`${name}: each packed, indexed and stored`, (put / many) * 1_000, 'µs of CPU', null, 'and made up')
    db.prepare('INSERT INTO alarms_kept (since) VALUES (?)').run(from)
    const monotonic = () => performance.now()
    const slices = createSlices({ ...clock, monotonic })
    const alarms = createAlarms({
      clock,
      log: createTestLog(),
      db,
      pastDb,
      slices,
      judging: { conditionsOf: () => conditionsWith([]), restless: () => [] },
      maintenanceOf: () => null,
      around: { originOf: () => null, liveOn: () => 0, eachLive: () => undefined, serverHosts: () => [], machines: () => [] },
      alongside: () => undefined,
      onRaised: () => undefined,
      onChange: () => undefined,
      signal: stop.signal,
    })
    const measure = async (what: string, goal: Figure['goal'], ask: () => Promise<unknown> | unknown) => {
      const times: number[] = []
      let found: unknown
      for (let turn = 0; turn < 5; turn++) {
        const before = performance.now()
        found = await ask()
        times.push(performance.now() - before)
      }
      const size = Array.isArray(found) ? `${found.length} found` : null
      figure(`${name}: ${what}`, percentile(times, 50), 'ms', goal, `first ${rounded(times[0] ?? 0)}${size === null ? '' : `, ${size}`}`)
    }
    const past = (input: object) => () => alarms.past(pastAlarmsInputSchema.parse(input))
    const server = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
    const [middle] = await past({ before: (from + to) / 2, limit: 1 })()
    const held = monitorEventLoopDelay({ resolution: 2 })
    held.enable()
    const within = '<= 100'
    await measure('a page of 200', within, past({}))
    await measure('a page from the middle', within, past({ after: middle?.id }))
    await measure('of a server', within, past({ serverId: server(7) }))
    await measure('critical ones of a server that has none', within, past({ serverId: server(107), severity: ['critical'] }))
    await measure('of a rule and a month', within, past({ rule: 'bitrateLow', from: from + 30 * dayMs, to: from + 60 * dayMs }))
    await measure('a search that finds everything', within, past({ q: 'cam' }))
    await measure('everything, critical, of a server', within, past({ q: 'cam', severity: ['critical'], serverId: server(7) }))
    await measure('a search for a stream', within, past({ q: 'cam-77777' }))
    await measure('Chinese letters', within, past({ q: '联播' }))
    await measure('a letter', within, past({ q: 'a' }))
    await measure('a comment and a name', within, past({ q: 'encoder cable anna' }))
    await measure('a search that finds nothing', within, past({ q: 'nothing-here' }))
    await measure('nothing, of parts that all have', within, past({ q: 'studio-12/cam-45321 server-33' }))
    await measure('nothing, of words that many have', within, past({ q: 'studio-1/cam streamgone cable 联播' }))
    await measure('one by its id', within, () => alarms.get(middle?.id ?? ''))
    await measure('similar ones', within, () => alarms.similar(middle?.id ?? ''))
    await measure('its incident', within, () => alarms.incident(middle?.id ?? ''))
    await measure('open at a moment in the middle', within, () => alarms.openThen({ ...alarmsInputSchema.parse({}), at: to - 60 * dayMs }))
    await measure('of a stream since a month', within, () => alarms.troubledSpans(server(77), 'studio-27/cam-77777', to - 30 * dayMs))
    await measure('of a rule since a day', within, () => alarms.ofRule('streamGone', to - dayMs, 20_000))
    await measure('what happened within a day, of a server', within, () =>
      alarms.steps(alarmStepsInputSchema.parse({ from: to - 30 * dayMs, to: to - 29 * dayMs, serverId: server(7) })),
    )
    await measure('their number', within, () => alarms.kept())
    held.disable()
    figure(`${name}: the longest that all this holds the event loop`, held.max / 1e6, 'ms', null)
    await measure('a bundle of a day', null, () => alarms.bundled({ from: to - 30 * dayMs, to: to - 29 * dayMs, of: undefined }))
    const count = () => createAlarmStatistics({ clock, rows: alarms.closed, slices, open: alarms.open, keptSince: alarms.keptSince, signal: stop.signal })(7)
    const before = performance.now()
    const { began } = await count()
    figure(`${name}: statistics of a week`, performance.now() - before, 'ms', null, `in slices; ${began} alarms`)
  } finally {
    stop.abort()
    db.close()
    pastDb.close()
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
      hasVideo: () => true,
      usual: { learnedOver: async () => (at) => nothingUsual.hourOf('', '', at) },
      rules: () => [],
      signal: new AbortController().signal,
    })
    const measure = async (name: string, rule: RuleInput, goal: Figure['goal']) => {
      await rehearse({ rule, from: to - minuteMs, to })
      const held = monitorEventLoopDelay({ resolution: 5 })
      held.enable()
      const before = performance.now()
      const { before: stands, after, tier } = await rehearse({ rule, from, to })
      const took = performance.now() - before
      held.disable()
      figure(
        name,
        took,
        'ms',
        goal,
        `${days} days, ${count * ofEach} streams polled every ${stepMs / 1_000} s: ${after.total} alarms instead of ${stands?.total}, by ${tier}`,
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
  await (quick ? measurePast(figure, 50_000, '50,000 past alarms') : measurePast(figure, 1_000_000, '1,000,000 past alarms'))
  await measureRehearsal(figure, quick ? 1 : 7)
}
