import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { createTestClock } from '../../clock/testClock.ts'
import type { BaselineRange } from '../../shared/baselines.ts'
import { streamSubject } from '../../shared/subjectNames.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { createBaselineRows } from './baselineRows.ts'
import { createKnownHours, type HourRanges } from './knownHours.ts'
import { hourMs, hoursOfWeek, weekHourAt } from './weekHours.ts'

const day = 24 * hourMs
const always = (kbit: number): BaselineRange[] => Array.from({ length: hoursOfWeek }, () => ({ low: kbit * 1_000, high: kbit * 2_000, weeks: 4 }))
const lows = (ranges: HourRanges | null) => ranges && Array.from(ranges.low, (low) => Math.round(low / 1_000))

test('the ranges of a server follow its list of streams, those of new ones come with the next turn, and what was dropped is learned again first', async () => {
  const clock = createTestClock(Date.UTC(2026, 10, 20, 20, 40))
  const db = new BetterSqlite3(':memory:')
  migrate(db, mainMigrations)
  const rows = createBaselineRows(db, 'UTC', 'path.bitrateIn')
  for (const [path, kbit] of [
    ['a', 100],
    ['b', 200],
    ['c', 300],
  ] as const)
    rows.keep('berlin', path, clock.now(), always(kbit))
  const known = createKnownHours({ clock, zone: 'UTC', rows, slices: createSlices(clock), signal: new AbortController().signal })
  expect(known.rangesOf('berlin', ['a'], clock.now())).toBeNull()
  known.see('berlin', ['a', 'b'])
  await known.load()
  expect(lows(known.rangesOf('berlin', ['a', 'b'], clock.now()))).toEqual([100, 200])
  // The next hour is there before it begins.
  expect(lows(known.rangesOf('berlin', ['a', 'b'], clock.now() + hourMs))).toEqual([100, 200])
  const later = ['b', 'c', 'a', 'new']
  expect(lows(known.rangesOf('berlin', later, clock.now()))).toEqual([200, Number.NaN, 100, Number.NaN])
  await known.load()
  for (const at of [clock.now(), clock.now() + hourMs]) expect(lows(known.rangesOf('berlin', later, at))).toEqual([200, 300, 100, Number.NaN])
  expect(known.next()).toEqual(streamSubject('berlin', 'new'))
  known.keep(streamSubject('berlin', 'new'), always(400))
  expect(known.next()).toBeNull()
  known.drop('berlin', new Set(['c']))
  await known.load()
  expect(lows(known.rangesOf('berlin', later, clock.now()))).toEqual([200, Number.NaN, 100, 400])
  expect(known.next()).toEqual(streamSubject('berlin', 'c'))
  await clock.sleepMachine(hourMs)
  await known.load()
  // Not from main.db, where it is as it was.
  expect(lows(known.rangesOf('berlin', later, clock.now()))).toEqual([200, Number.NaN, 100, 400])
  expect(rows.of('berlin', 'c')?.rangeAt(weekHourAt('UTC', clock.now()))).not.toBeNull()
  await clock.sleepMachine(day)
  await known.load()
  expect(known.next()?.serverId).toBe('berlin')
  known.forget('berlin')
  expect(known.next()).toBeNull()
  db.close()
})
