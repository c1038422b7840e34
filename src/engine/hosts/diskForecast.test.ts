import { describe, expect, it } from 'vitest'
import { diskFullAt } from './diskForecast.ts'

const now = Date.UTC(2026, 10, 20, 13, 0, 0)
const day = 24 * 3_600_000

describe('the forecast of a disk', () => {
  const series = (days: number, used: (part: number, i: number) => number) => {
    const count = days * 96
    const at = Array.from({ length: count }, (_, i) => now - (count - 1 - i) * 900_000)
    return { at, mean: at.map((_, i) => used(i / count, i)) }
  }
  it('forecasts when it is full at the pace of its history', () => {
    const inDays =
      ((diskFullAt(
        series(7, (part) => 60 + 7 * part),
        67,
        now,
      ) ?? 0) -
        now) /
      day
    // 1 % a day, 33 % left.
    expect(inDays).toBeGreaterThan(32)
    expect(inDays).toBeLessThan(34)
  })
  it('is not turned by a copy that was there for some hours', () => {
    const inDays =
      ((diskFullAt(
        series(7, (part, i) => 60 + 7 * part + (i > 300 && i < 330 ? 30 : 0)),
        67,
        now,
      ) ?? 0) -
        now) /
      day
    expect(inDays).toBeGreaterThan(28)
    expect(inDays).toBeLessThan(38)
  })
  it.each([
    ['does not change', series(7, () => 60)],
    ['shrinks', series(7, (part) => 60 - 5 * part)],
    ['goes up and down with the day', series(7, (_, i) => 60 + 5 * Math.sin((i / 96) * 2 * Math.PI))],
    ['was read for less than six hours', series(0.2, (part) => 60 + part)],
    ['has no history', { at: [], mean: [] }],
    ['would take longer than anybody plans', series(7, (part) => 10 + part * 0.05)],
  ])('says nothing of one that %s', (_, column) => {
    expect(diskFullAt(column, 60, now)).toBeNull()
  })
})
