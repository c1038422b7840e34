import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import type { BaselineRange } from '../../shared/baselines.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { createBaselineRows, packRanges, unpackRanges } from './baselineRows.ts'
import { hoursOfWeek } from './weekHours.ts'

const ranges = Array.from({ length: hoursOfWeek }, (_, place): BaselineRange | null =>
  place % 5 === 0 ? null : { low: place === 1 ? 0 : 1_000 * 1.07 ** place, high: 4_000 * 1.09 ** place, weeks: 4 + (place % 5) },
)

test('ranges are kept to a few tenths of a per cent, in less than a kilobyte', () => {
  const packed = packRanges(ranges)
  expect(packed.length).toBeLessThan(900)
  const rangeAt = unpackRanges(packed)
  for (const [place, kept] of ranges.entries()) {
    const range = rangeAt(place)
    expect(range === null).toBe(kept === null)
    if (range === null || kept === null) continue
    expect(range.weeks).toBe(kept.weeks)
    expect(Math.abs(range.low - kept.low)).toBeLessThanOrEqual(kept.low * 0.002)
    expect(Math.abs(range.high - kept.high)).toBeLessThanOrEqual(kept.high * 0.002)
  }
})

test('what is damaged, too long or of another zone is not known', () => {
  const packed = packRanges(ranges)
  for (const bytes of [packed.subarray(0, 40), Buffer.from('not deflated'), new Uint8Array()]) expect(unpackRanges(bytes)(6)).toBeNull()
  const db = new BetterSqlite3(':memory:')
  migrate(db, mainMigrations)
  const berlin = createBaselineRows(db, 'Europe/Berlin', 'path.bitrateIn')
  berlin.keep('a', 'cam', 7, ranges)
  expect(berlin.of('a', 'cam')?.learnedAt).toBe(7)
  expect(berlin.of('a', 'cam')?.rangeAt(6)).toMatchObject({ weeks: 5 })
  expect(createBaselineRows(db, 'UTC', 'path.bitrateIn').of('a', 'cam')).toBeUndefined()
  db.exec("UPDATE usual SET ranges = x'00ff'")
  expect(berlin.of('a', 'cam')?.rangeAt(6)).toBeNull()
  berlin.forgetBefore(8)
  expect(berlin.of('a', 'cam')).toBeUndefined()
  db.close()
})
