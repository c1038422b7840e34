import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { hash32 } from '../../src/clock/every.ts'
import { createSlices } from '../../src/clock/slices.ts'
import { createTestClock } from '../../src/clock/testClock.ts'
import type { AlarmRecord, ChangedAlarm } from '../../src/engine/alarms/alarmLife.ts'
import { createAlarmRows } from '../../src/engine/alarms/alarmRows.ts'
import { createAlarmStatistics } from '../../src/engine/alarms/alarmStatistics.ts'
import { Alarms } from '../../src/engine/alarms/alarms.ts'
import { alarmMigrations } from '../../src/engine/alarms/alarmsDatabase.ts'
import { conditionsWith } from '../../src/engine/alarms/findings.fixture.ts'
import { openDatabase } from '../../src/engine/storage/openDatabase.ts'
import { createTestLog } from '../../src/engine/testLog.ts'
import { type Alarm, type AlarmChange, alarmStepsInputSchema, pastAlarmsInputSchema } from '../../src/shared/alarms.ts'
import { serverSubject, streamSubject } from '../../src/shared/subjectNames.ts'
import { cpuMsOf } from '../cpuMs.ts'
import { dayMs } from './benchStore.ts'
import { type Bench, type Figure, percentile, rounded } from './figures.ts'

type Report = (name: string, value: number, unit: string, goal: Figure['goal'], note?: string | null) => void

const flapping = '00000000-0000-4000-8000-000000000200'
/** Alarms as they are: of 100,000 streams, half of them taken, a tenth with a comment, some of which lasted for days; each twentieth is of one server that flaps. */
function closedAlarm(no: number, at: number): ChangedAlarm {
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
    subject:
      no % 20 === 0
        ? serverSubject(flapping)
        : streamSubject(serverId, stream % 20 === 0 ? `${pick(['新闻联播', '体育频道', '경기장'], stream)}/${stream}` : `studio-${stream % 50}/cam-${stream}`),
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
  return { alarm, changes }
}

/** So many past alarms of four months: what they take, and how long pages, searches and all else that asks for them take. */
async function measurePast(figure: Report, many: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const opened = openDatabase(join(folder, 'alarms.db'), { migrations: alarmMigrations })
  if (!opened.ok) throw new Error(opened.error.words)
  const db = opened.value
  const stop = new AbortController()
  try {
    const to = Date.UTC(2026, 10, 20)
    const from = to - 120 * dayMs
    const clock = createTestClock(to)
    const rows = createAlarmRows(db, { log: createTestLog(), alongside: () => undefined, onDamaged: () => undefined })
    let jsonBytes = 0
    const put = cpuMsOf(() => {
      for (let no = 1; no <= many; no += 500) {
        const some = Array.from({ length: Math.min(500, many + 1 - no) }, (_, place) =>
          closedAlarm(no + place, Math.round(from + ((to - from) * (no + place)) / (many + 1))),
        )
        for (const { alarm, changes } of some) jsonBytes += JSON.stringify(alarm).length + JSON.stringify(changes).length
        rows.write(some)
      }
    })
    db.pragma('wal_checkpoint(TRUNCATE)')
    figure(`each in alarms.db, with its index`, statSync(join(folder, 'alarms.db')).size / many, 'bytes', null, `${Math.round(jsonBytes / many)} bytes as JSON`)
    figure(`each indexed and stored`, (put / many) * 1_000, 'µs of CPU', null, 'and made up')
    rows.begin(from)
    const monotonic = () => performance.now()
    const slices = createSlices({ ...clock, monotonic })
    const alarms = new Alarms({
      clock,
      log: createTestLog(),
      db,
      onDamaged: () => undefined,
      slices,
      evaluation: { conditionsOf: () => conditionsWith([]), timeDependentOwners: () => [] },
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
    const measure = async (what: string, goal: Figure['goal'], ask: () => Promise<unknown> | unknown) => {
      const times: number[] = []
      let found: unknown
      for (let turn = 0; turn < 5; turn++) {
        const before = performance.now()
        found = await ask()
        times.push(performance.now() - before)
        // What several of them hold the loop does not add up.
        await new Promise((resolve) => void setImmediate(resolve))
      }
      const size = Array.isArray(found) ? `${found.length} found` : null
      figure(`${what}`, percentile(times, 50), 'ms', goal, `first ${rounded(times[0] ?? 0)}${size === null ? '' : `, ${size}`}`)
    }
    const past = (input: object) => async () => {
      const found = await alarms.past(pastAlarmsInputSchema.parse(input))
      return found.ok ? found.value : []
    }
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
    const [ofFlapping] = await past({ serverId: flapping, limit: 1 })()
    const ofOne = monitorEventLoopDelay({ resolution: 1 })
    ofOne.enable()
    await measure('similar ones of a server that flaps', within, () => alarms.similar(ofFlapping?.id ?? ''))
    ofOne.disable()
    figure(`the longest that those hold the event loop`, ofOne.max / 1e6, 'ms', '<= 30')
    await measure('its incident', within, () => alarms.incident(middle?.id ?? ''))
    await measure('open at a moment in the middle', within, () => alarms.allThen(to - 60 * dayMs, slices.begin()))
    await measure('of a stream since a month', within, () => alarms.troubledSpans(server(77), 'studio-27/cam-77777', to - 30 * dayMs))
    await measure('what happened within a day, of a server', within, () =>
      alarms.steps(alarmStepsInputSchema.parse({ from: to - 30 * dayMs, to: to - 29 * dayMs, serverId: server(7) })),
    )
    await measure('their number', within, () => alarms.kept())
    await measure('what happened of late', within, () => alarms.steps(alarmStepsInputSchema.parse({ from: to - dayMs })))
    await measure('what happened ever, the newest', within, () => alarms.steps(alarmStepsInputSchema.parse({ from: 0, limit: 1_000 })))
    await measure('what happened ever, of a server', null, () => alarms.steps(alarmStepsInputSchema.parse({ from: 0, serverId: server(7) })))
    await measure('what happened ever, of a stream', within, () =>
      alarms.steps(alarmStepsInputSchema.parse({ from: 0, serverId: server(77), path: 'studio-27/cam-77777' })),
    )
    held.disable()
    figure(`the longest that all this holds the event loop`, held.max / 1e6, 'ms', '<= 80', 'the walk through the index to the first find is one piece')
    held.reset()
    held.enable()
    await measure('a bundle of a day', null, () => alarms.bundled({ from: to - 30 * dayMs, to: to - 29 * dayMs, of: undefined, probes: [] }, null, null))
    await measure('a bundle of all', null, () => alarms.bundled({ from: 0, to, of: undefined, probes: [] }, null, null))
    await measure('until a search whose caller has gone ends', within, async () => {
      const gone = new AbortController()
      const search = alarms.past(pastAlarmsInputSchema.parse({ q: 'cam', from: to - 119 * dayMs, limit: 1_000 }), gone.signal)
      setImmediate(() => gone.abort())
      await search.then(
        () => undefined,
        () => undefined,
      )
    })
    held.disable()
    figure(`the longest that bundles hold the event loop`, held.max / 1e6, 'ms', '<= 60')
    const count = () => createAlarmStatistics({ clock, slices, alarms, signal: stop.signal })(7)
    const before = performance.now()
    const { began } = await count()
    figure(`statistics of a week`, performance.now() - before, 'ms', null, `in slices; ${began} alarms`)
  } finally {
    stop.abort()
    db.close()
    rmSync(folder, { recursive: true })
  }
}

/** With `quick` 50,000 of them, else the million, which takes some three minutes to make. */
export const bench: Bench = async (report, { quick }) => {
  const many = quick ? 50_000 : 1_000_000
  await measurePast(
    (name, value, unit, goal, note = null) =>
      report({ figure: `${many.toLocaleString('en')} past alarms: ${name}`, value: rounded(value), unit, goal, limit: null, note }),
    many,
  )
}
