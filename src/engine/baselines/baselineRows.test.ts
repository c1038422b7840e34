import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { createBaselineRows, type KeptRange, packRanges, unpackRanges } from './baselineRows.ts'
import { hoursOfWeek } from './weekHours.ts'

const ranges = Array.from({ length: hoursOfWeek }, (_, place): KeptRange | null =>
  place % 5 === 0 ? null : { low: place === 1 ? 0 : 1_000 * 1.07 ** place, high: 4_000 * 1.09 ** place, weeks: 4 + (place % 5) },
)

test('ranges are kept to a few tenths of a per cent, in less than a kilobyte', () => {
  const packed = packRanges(ranges)
  expect(packed.length).toBeLessThan(900)
  for (const [place, range] of unpackRanges(packed).entries()) {
    const kept = ranges[place] ?? null
    expect(range === null).toBe(kept === null)
    if (range === null || kept === null) continue
    expect(range.weeks).toBe(kept.weeks)
    expect(Math.abs(range.low - kept.low)).toBeLessThanOrEqual(kept.low * 0.002)
    expect(Math.abs(range.high - kept.high)).toBeLessThanOrEqual(kept.high * 0.002)
  }
})

test('what is damaged, too long or of another zone is not known', () => {
  const packed = packRanges(ranges)
  expect(unpackRanges(packed.subarray(0, 40))).toEqual([])
  expect(unpackRanges(Buffer.from('not deflated'))).toEqual([])
  expect(unpackRanges(new Uint8Array())).toEqual([])
  const db = new BetterSqlite3(':memory:')
  migrate(db, mainMigrations)
  const berlin = createBaselineRows(db, 'Europe/Berlin', 'path.bitrateIn')
  const paths = Array.from({ length: 250 }, (_, place) => `cam-${String(place).padStart(3, '0')}`)
  for (const path of paths) berlin.keep('a', path, 7, ranges)
  expect(Array.from(berlin.ofServer('a', 6), ({ path }) => path)).toEqual(paths)
  expect(berlin.ofServer('a', 6)[Symbol.iterator]().next().value).toMatchObject({ learnedAt: 7, range: { weeks: 5 } })
  expect([...createBaselineRows(db, 'UTC', 'path.bitrateIn').ofServer('a', 6)]).toEqual([])
  db.exec("UPDATE usual SET ranges = x'00ff' WHERE path = 'cam-000'")
  expect(berlin.of('a', 'cam-000')).toEqual([])
  berlin.forgetBefore(8)
  expect([...berlin.ofServer('a', 6)]).toEqual([])
  db.close()
})
