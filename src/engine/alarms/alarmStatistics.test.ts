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
import { createAlarmStatistics } from './alarmStatistics.ts'
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
const statistics = () =>
  createAlarmStatistics({
    clock,
    slices: createSlices(clock),
    alarms: { closed: rows, open: () => open, readFailures: () => failures, keptSince: (known = failures) => (known === failures ? rows.keptSince() : now) },
    signal: stop.signal,
  })
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
    { kind: 'streamGone', rule: 'streamGone', began: 4, share: 0.8 },
    { kind: 'limitCrossed', rule: 'bitrateLow', began: 1, share: 0.2 },
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
  const { knownFrom, hours } = await count(1)
  expect([knownFrom, new Set(hours)]).toEqual([now, new Set([null])])
})

test('an alarm that came back as another trouble counts for the rule of each', async () => {
  const down = (at: number, kind: 'raised' | 'returned'): AlarmChange => ({ ...onset, kind, at, trouble: 'serverDown' })
  const halted: AlarmChange = { ...onset, kind: 'returned', at: now - hourMs, trouble: 'serverHalted' }
  store('cam1', [down(now - 3 * hourMs, 'raised'), down(now - 2 * hourMs, 'returned'), halted], { kind: 'serverHalted', rule: 'serverHalted' })
  expect((await count()).rules).toMatchObject([
    { rule: 'serverDown', kind: 'serverDown', began: 2, share: 2 / 3 },
    { rule: 'serverHalted', kind: 'serverHalted', began: 1, share: 1 / 3 },
  ])
})

test('what begins in maintenance, or where nothing can be judged, asks nobody and does not count', async () => {
  store('cam1', [raised(now - hourMs), { kind: 'suppressed', at: now - hourMs, because: 'maintenance' }])
  // This one was told first.
  store('cam2', [raised(now - hourMs), { kind: 'suppressed', at: now - hourMs + 1_000, because: 'server' }])
  expect(await count()).toMatchObject({ began: 1, rules: [{ began: 1 }], subjects: [{ began: 1 }] })
})

test('each hour has its number, and more than ten within ten minutes are a flood until they are not', async () => {
  for (let second = 0; second < 11; second++) store(`cam${second}`, [raised(now - 2 * hourMs + second * 50_000)], closedAt(now - hourMs))
  store('late', [raised(now - 1)])
  const { hours, hoursFrom, floods, floodsTotal } = await count()
  expect(hoursFrom).toBe(now - 7 * dayMs)
  expect(hours).toHaveLength(7 * 24)
  expect(hours.slice(-3)).toEqual([0, 11, 1])
  expect(floodsTotal).toBe(1)
  expect(floods).toEqual([{ from: now - 2 * hourMs, to: now - 2 * hourMs + 9 * minuteMs, began: 11 }])
})

test('an incident asks once in an hour, however many alarms it explains and however often they begin', async () => {
  const incident = { incident: 'outage' }
  for (let stream = 0; stream < 40; stream++)
    store(`cam${stream}`, [raised(now - 2 * hourMs + stream * 1_000)], { ...incident, ...closedAt(now - 1.5 * hourMs) })
  store('flaps', [raised(now - 2 * hourMs + 60_000), returned(now - hourMs + 60_000), returned(now - hourMs + 90_000)], incident)
  const { hours, began, floodsTotal } = await count()
  expect(hours.slice(-3)).toEqual([0, 1, 1])
  expect(began).toBe(43)
  expect(floodsTotal).toBe(0)
})

test('ten within ten minutes are none, nor eleven that take longer', async () => {
  for (let minute = 0; minute < 11; minute++) store(`cam${minute}`, [raised(now - 2 * hourMs + minute * minuteMs)], closedAt(now - hourMs))
  expect((await count()).floodsTotal).toBe(0)
})

test('says who took how many, how long after they began, and by which link', async () => {
  const began = now - hourMs
  store('cam1', [raised(began), taken(began + minuteMs, 'Anna'), returned(began + 10 * minuteMs), taken(began + 13 * minuteMs, 'Anna')])
  store('cam2', [raised(began), taken(began + 5 * minuteMs, 'Bert', 'ops')])
  store('cam3', [raised(began), taken(began + 7 * minuteMs, '', 'ops')])
  expect(await count()).toMatchObject({
    taken: 4,
    takenAfterMs: 4 * minuteMs,
    takers: [
      { by: 'Anna', link: null, taken: 2, takenAfterMs: 2 * minuteMs },
      { by: 'Bert', link: 'ops', taken: 1, takenAfterMs: 5 * minuteMs },
      { by: '', link: 'ops', taken: 1, takenAfterMs: 7 * minuteMs },
    ],
  })
  expect((await count()).takers).toHaveLength(3)
})

test('an alarm that begins three times within a minute chatters', async () => {
  const began = now - hourMs
  const chatters = store('cam1', [raised(began), returned(began + 10 * minuteMs), returned(began + 10 * minuteMs + 30_000), returned(began + 11 * minuteMs)])
  store('cam2', [raised(began), returned(began + 40_000), returned(began + 80_000)])
  expect(await count()).toMatchObject({ chatteringTotal: 1, chattering: [{ id: chatters.id, most: 3, at: began + 11 * minuteMs }] })
})

test('lists what is open for more than a day, and shelves that are older than a week', async () => {
  const shelf = { by: 'Anna', until: now + dayMs, reason: 'rebuilt', endsHealedForMs: null }
  const stale = store('cam1', [raised(now - 2 * dayMs)])
  store('cam2', [raised(now - hourMs)])
  store('cam3', [raised(now - 9 * dayMs)], { state: 'shelved', shelf: { ...shelf, at: now - 8 * dayMs } })
  store('cam4', [raised(now - 9 * dayMs)], { state: 'shelved', shelf: { ...shelf, at: now - 6 * dayMs } })
  const found = await count()
  expect(found).toMatchObject({ staleTotal: 1, stale: [{ id: stale.id, since: now - 2 * dayMs }], shelvesTotal: 1 })
  expect(found.shelves).toMatchObject([{ subject: streamSubject('a', 'cam3'), by: 'Anna', reason: 'rebuilt', at: now - 8 * dayMs }])
})

test('an alarm that cannot be read is left out, one of a version without rules goes by its kind, and nothing at all is nothing', async () => {
  expect(await count()).toMatchObject({ began: 0, rules: [], takenAfterMs: null, floodsTotal: 0 })
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
  const { hours, ...found } = await count()
  expect(found).toMatchObject({ from: now - 7 * dayMs, knownFrom: now - dayMs })
  expect(hours).toEqual([...Array(6 * 24).fill(null), ...Array(24).fill(0)])
})
