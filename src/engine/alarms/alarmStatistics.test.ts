import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { alarmStatisticsSchema } from '../../shared/alarmStatistics.ts'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import type { Alarm, AlarmChange } from '../../shared/alarms.ts'
import { streamSubject } from '../../shared/subjectNames.ts'
import { migrate } from '../storage/migrate.ts'
import { createTestLog } from '../testLog.ts'
import { type AlarmRows, createAlarmRows } from './alarmRows.ts'
import { createAlarmStatistics, createPeriodCount } from './alarmStatistics.ts'
import { alarmMigrations } from './alarmsDatabase.ts'

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
/** A full hour. */
const now = Date.UTC(2026, 10, 22, 12)

let clock: TestClock
let db: BetterSqlite3.Database
let rows: AlarmRows
let stop: AbortController
let open: Alarm[]
let place: number
let failures: number
beforeEach(() => {
  clock = createTestClock(now)
  db = new BetterSqlite3(':memory:')
  migrate(db, alarmMigrations)
  rows = createAlarmRows(db, { log: createTestLog(), alongside: () => undefined, onDamaged: () => undefined })
  rows.begin(now - 100 * dayMs)
  stop = new AbortController()
  open = []
  place = 0
  failures = 0
})
afterEach(() => {
  stop.abort()
  db.close()
})

const onset = { since: 0, why: { kind: 'noAnswer' }, trouble: 'streamGone', severity: 'critical' } as const
const raised = (at: number): AlarmChange => ({ kind: 'raised', at, ...onset })
const returned = (at: number): AlarmChange => ({ kind: 'returned', at, ...onset })
const taken = (at: number, by: string, link?: string): AlarmChange => ({ kind: 'acknowledged', at, by, until: null, ...(link !== undefined && { link }) })
/** Stores an alarm; its first change is when it was raised. */
function store(path: string, changes: readonly AlarmChange[], more: Partial<Alarm> = {}): Alarm {
  const id = `alarm-${place++}`
  const raisedAt = changes[0]?.at ?? now
  const { state, ...record } = someAlarm({ id, subject: streamSubject('a', path), raisedAt, since: raisedAt, ...more })
  rows.write([{ alarm: record, changes }])
  const alarm = { ...record, state }
  if (record.closed === null) open.push(alarm)
  return alarm
}
const closedAt = (at: number) => ({ closed: { at, because: 'healed' } as const, healedAt: at })
const deps = () => ({
  clock,
  slices: createSlices(clock),
  alarms: { closed: rows, open: () => open, readFailures: () => failures, keptSince: (known = failures) => (known === failures ? rows.keptSince() : now) },
  signal: stop.signal,
})
const statistics = () => createAlarmStatistics(deps())
const count = async (days = 7) => alarmStatisticsSchema.parse(await statistics()(days))

test('counts how often alarms began, by rule and stream, open or closed, within the period only', async () => {
  store('cam1', [raised(now - 3 * hourMs), returned(now - 2 * hourMs), returned(now - hourMs)])
  store('cam2', [raised(now - 5 * hourMs)], closedAt(now - 4 * hourMs))
  store('cam2', [raised(now - 8 * dayMs)], closedAt(now - 7.5 * dayMs))
  // It began before the period, and again within it.
  const low = { ...onset, trouble: 'limitCrossed' } as const
  const lowAgain = [
    { ...raised(now - 9 * dayMs), ...low },
    { ...returned(now - 6 * dayMs), ...low },
  ]
  store('cam2', lowAgain, { ...closedAt(now - 5 * dayMs), kind: 'limitCrossed', rule: 'bitrateLow' })
  const found = await count()
  expect(found).toMatchObject({ from: now - 7 * dayMs, to: now, knownFrom: now - 7 * dayMs, began: 5, incidents: 2 })
  expect(found.rules).toEqual([
    { kind: 'streamGone', rule: 'streamGone', began: 4 },
    { kind: 'limitCrossed', rule: 'bitrateLow', began: 1 },
  ])
  expect(found.subjects.map(({ subject, began }) => [subject.kind === 'stream' && subject.path, began])).toEqual([
    ['cam1', 3],
    ['cam2', 2],
  ])
  expect((await count(30)).began).toBe(7)
})

test('an alarm that returned in an incident of its own counts as both, and one of an incident from before the period as none', async () => {
  store('cam1', [raised(now - 3 * hourMs), { ...returned(now - hourMs), kind: 'returned', left: 'alarm-0' } as AlarmChange], { incident: 'second' })
  store('cam2', [raised(now - 8 * dayMs), returned(now - 2 * hourMs)], { incident: 'older' })
  expect((await count()).incidents).toBe(2)
  expect((await count(30)).incidents).toBe(3)
})

test('when alarms could not be read, nothing of the period is known', async () => {
  store('cam1', [raised(now - 3 * hourMs)], closedAt(now - 2 * hourMs))
  const { within } = rows
  const failing = async function* (...asked: Parameters<typeof within>) {
    failures++
    yield* within(...asked)
  }
  rows = { ...rows, within: failing }
  expect(await count(1)).toMatchObject({ knownFrom: now, perHour: null, busyHours: Array(10).fill(0), busiest: null })
})

test('an alarm that came back as another trouble counts for the rule of each', async () => {
  const down = (at: number, kind: 'raised' | 'returned'): AlarmChange => ({ ...onset, kind, at, trouble: 'serverDown' })
  const halted: AlarmChange = { ...onset, kind: 'returned', at: now - hourMs, trouble: 'serverHalted' }
  store('cam1', [down(now - 3 * hourMs, 'raised'), down(now - 2 * hourMs, 'returned'), halted], { kind: 'serverHalted', rule: 'serverHalted' })
  expect((await count()).rules).toMatchObject([
    { rule: 'serverDown', kind: 'serverDown', began: 2 },
    { rule: 'serverHalted', kind: 'serverHalted', began: 1 },
  ])
})

test('what begins in maintenance, or where nothing can be judged, asks nobody and does not count', async () => {
  store('cam1', [raised(now - hourMs), { kind: 'suppressed', at: now - hourMs, because: 'maintenance' }])
  // This one was told first.
  store('cam2', [raised(now - hourMs), { kind: 'suppressed', at: now - hourMs + 1_000, because: 'server' }])
  expect(await count()).toMatchObject({ began: 1, rules: [{ began: 1 }], subjects: [{ began: 1 }] })
})

test('the load is that of hours: their mean, the worst of them, and how many are more than one operator can handle, or several', async () => {
  for (let place = 0; place < 25; place++) store(`cam${place}`, [raised(now - 2 * hourMs + place * 50_000)], closedAt(now - hourMs))
  for (let place = 0; place < 24; place++) store(`other${place}`, [raised(now - 5 * hourMs + place * 50_000)], closedAt(now - hourMs))
  store('late', [raised(now - 1)])
  expect(await count(1)).toMatchObject({ perHour: 50 / 24, busyHours: [2, 1, ...Array(8).fill(0)], busiest: { at: now - 2 * hourMs, began: 25 } })
})

test('an incident asks once in an hour, however many alarms it explains and however often they begin', async () => {
  const incident = { incident: 'outage' }
  for (let stream = 0; stream < 40; stream++)
    store(`cam${stream}`, [raised(now - 2 * hourMs + stream * 1_000)], { ...incident, ...closedAt(now - 1.5 * hourMs) })
  store('flaps', [raised(now - 2 * hourMs + 60_000), returned(now - hourMs + 60_000), returned(now - hourMs + 90_000)], incident)
  expect(await count(1)).toMatchObject({ began: 43, perHour: 2 / 24, busiest: { began: 1 } })
})

test('says how many were taken, how long after they began, and to reports by whom and by which link', async () => {
  const began = now - hourMs
  store('cam1', [raised(began), taken(began + minuteMs, 'Anna'), returned(began + 10 * minuteMs), taken(began + 13 * minuteMs, 'Anna')])
  store('cam2', [raised(began), taken(began + 5 * minuteMs, 'Bert', 'ops')])
  store('cam3', [raised(began), taken(began + 7 * minuteMs, '', 'ops')])
  expect(await count()).toMatchObject({ taken: 4, takenAfterMs: 4 * minuteMs })
  expect((await createPeriodCount(deps())(now - dayMs, now)).takers).toEqual([
    { by: 'Anna', link: null, taken: 2, takenAfterMs: 2 * minuteMs },
    { by: 'Bert', link: 'ops', taken: 1, takenAfterMs: 5 * minuteMs },
    { by: '', link: 'ops', taken: 1, takenAfterMs: 7 * minuteMs },
  ])
})

test('an alarm that begins three times within a minute chatters', async () => {
  const began = now - hourMs
  const chatters = store('cam1', [raised(began), returned(began + 10 * minuteMs), returned(began + 10 * minuteMs + 30_000), returned(began + 11 * minuteMs)])
  store('cam2', [raised(began), returned(began + 40_000), returned(began + 80_000)])
  expect(await count()).toMatchObject({ restTotal: 1, rest: [{ is: 'chatters', id: chatters.id, times: 3, since: began + 11 * minuteMs }] })
})

test('lists what is open for more than a day, and shelves that are older than a week', async () => {
  const shelf = { by: 'Anna', until: now + dayMs, reason: 'rebuilt', endsHealedForMs: null }
  const stale = store('cam1', [raised(now - 2 * dayMs)])
  store('cam2', [raised(now - hourMs)])
  store('cam3', [raised(now - 9 * dayMs)], { state: 'shelved', shelf: { ...shelf, at: now - 8 * dayMs } })
  store('cam4', [raised(now - 9 * dayMs)], { state: 'shelved', shelf: { ...shelf, at: now - 6 * dayMs } })
  expect(await count()).toMatchObject({
    restTotal: 2,
    rest: [
      { is: 'stale', id: stale.id, since: now - 2 * dayMs },
      { is: 'shelved', subject: streamSubject('a', 'cam3'), by: 'Anna', since: now - 8 * dayMs },
    ],
  })
})

test('an alarm that cannot be read is left out, one of a version without rules goes by its kind, and nothing at all is nothing', async () => {
  expect(await count()).toMatchObject({ began: 0, rules: [], takenAfterMs: null, busiest: null })
  store('cam1', [raised(now - hourMs)], closedAt(now - minuteMs))
  store('cam2', [raised(now - hourMs)], closedAt(now - minuteMs))
  db.prepare(`UPDATE alarms SET alarm = json_set(alarm, '$.kind', 'nonsense') WHERE path = 'cam2'`).run()
  expect(await count()).toMatchObject({ began: 1, rules: [{ kind: 'streamGone', rule: 'streamGone' }] })
})

test('many closed at the same moment are each counted once, and all windows that ask within a minute get one answer', async () => {
  for (let number = 0; number < 130; number++) store(`cam${number}`, [raised(now - hourMs)], closedAt(now - minuteMs))
  const counted = statistics()
  expect((await counted(7)).began).toBe(130)
  store('more', [raised(now - hourMs)], closedAt(now - minuteMs))
  expect((await counted(7)).began).toBe(130)
  await clock.advance(minuteMs)
  expect((await counted(7)).began).toBe(131)
})

test('before alarms are kept nothing is known', async () => {
  db.prepare('UPDATE alarms_kept SET since = ?').run(now - dayMs)
  store('cam1', [raised(now - hourMs)])
  expect(await count()).toMatchObject({ from: now - 7 * dayMs, knownFrom: now - dayMs, perHour: 1 / 24 })
})
