import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namedClock } from '../app/zoneClock.ts'
import { alongside, earlierWindow } from './compare.ts'
import { fromHistory } from './joinSeries.ts'

const berlin = namedClock('Europe/Berlin')
const utc = (text: string) => Date.parse(`${text}Z`)
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

describe('the other period', () => {
  it('has the same times on the clock over a change to winter time', () => {
    const window = { from: utc('2026-10-25T11:00:00'), to: utc('2026-10-25T13:00:00'), live: false }
    expect(earlierWindow(window, 1, berlin)).toEqual({ from: utc('2026-10-24T10:00:00'), to: utc('2026-10-24T12:00:00') })
  })
  it('stays for a while when the stretch goes on with now', () => {
    const at = utc('2026-11-20T12:00:05')
    const one = earlierWindow({ from: at - hour, to: at, live: true }, 1, berlin)
    expect(earlierWindow({ from: at - hour + 2000, to: at + 2000, live: true }, 1, berlin)).toEqual(one)
    expect(one.from).toBeLessThanOrEqual(at - hour - day)
    expect(one.to).toBeGreaterThanOrEqual(at - day)
  })
})

const seriesOf = (at: readonly number[], gaps: [number, number][] = []) =>
  fromHistory({ at: [...at], min: at.map(() => 1), mean: at.map((_, index) => index), max: at.map(() => 9), gaps, tier: 'minutes' })

describe('an earlier series alongside', () => {
  it('is where the clock shows the same', () => {
    const at = utc('2026-10-24T10:00:00')
    const series = alongside(seriesOf([at, at + minute], [[at + 2 * minute, at + 3 * minute]]), 1, berlin)
    const later = utc('2026-10-25T11:00:00')
    expect(series.at).toEqual([later, later + minute])
    expect(series.gaps).toEqual([[later + 2 * minute, later + 3 * minute]])
  })
  it('draws an hour that came twice once', () => {
    const hours = Array.from({ length: 6 }, (_, index) => utc('2026-10-24T22:30:00') + index * hour)
    const series = alongside(seriesOf(hours), 1, berlin)
    expect(series.at.map((at) => new Date(berlin.wall(at)).toISOString().slice(11, 16))).toEqual(['00:30', '01:30', '02:30', '03:30', '04:30'])
    expect(series.mean).toEqual([0, 1, 2, 4, 5])
  })
  it('is in order and of equal length, in every zone and however far away', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Africa/Cairo', 'Australia/Lord_Howe', 'UTC'),
        fc.integer({ min: utc('2025-01-01T00:00:00'), max: utc('2027-01-01T00:00:00') }),
        fc.integer({ min: -40, max: 40 }),
        fc.integer({ min: 1, max: 90 }),
        (zone, from, days, step) => {
          const series = alongside(seriesOf(Array.from({ length: 60 }, (_, index) => from + index * step * minute)), days, namedClock(zone))
          expect([series.min, series.mean, series.max].map(({ length }) => length)).toEqual(Array(3).fill(series.at.length))
          series.at.forEach((at, index) => {
            if (index > 0) expect(at).toBeGreaterThan(series.at[index - 1] ?? 0)
          })
          // At most one hour is lost.
          expect(series.at.length).toBeGreaterThanOrEqual(60 - Math.ceil(60 / step))
        },
      ),
    ))
})
