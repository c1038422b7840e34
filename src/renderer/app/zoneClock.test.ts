import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayStart, namedClock, shiftDays, zoneClock } from './zoneClock.ts'

const hour = 3_600_000
const day = 24 * hour
const berlin = namedClock('Europe/Berlin')
const utc = (text: string) => Date.parse(`${text}Z`)
/** Changes at midnight, by half an hour, on the southern half, never, and at odd quarters. */
const zones = ['Europe/Berlin', 'America/New_York', 'Africa/Cairo', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Asia/Kathmandu', 'America/Santiago', 'UTC']

describe('the clock of a zone', () => {
  it('shows summer and winter time', () => {
    expect(berlin.wall(utc('2026-07-01T12:00:00'))).toBe(utc('2026-07-01T14:00:00'))
    expect(berlin.wall(utc('2026-12-01T12:00:00'))).toBe(utc('2026-12-01T13:00:00'))
    expect(zoneClock('utc').wall(5)).toBe(5)
  })
  it('takes the first of two hours that look the same', () => {
    expect(berlin.at(utc('2026-10-25T02:30:00'))).toBe(utc('2026-10-25T00:30:00'))
    expect(berlin.at(utc('2026-10-25T03:00:00'))).toBe(utc('2026-10-25T02:00:00'))
    expect(berlin.at(utc('2026-10-25T01:59:59'))).toBe(utc('2026-10-24T23:59:59'))
  })
  it('goes on from an hour that is left out', () => {
    expect(berlin.at(utc('2026-03-29T02:30:00'))).toBe(utc('2026-03-29T01:30:00'))
    expect(berlin.wall(berlin.at(utc('2026-03-29T02:30:00')))).toBe(utc('2026-03-29T03:30:00'))
    expect(berlin.at(utc('2026-03-29T03:00:00'))).toBe(utc('2026-03-29T01:00:00'))
    expect(berlin.at(utc('2026-03-29T01:59:00'))).toBe(utc('2026-03-29T00:59:00'))
  })
  it('finds a moment again in every zone, but for the second of two hours that look the same', () =>
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: utc('2023-01-01T00:00:00'), max: utc('2027-12-31T00:00:00') }), (zone, at) => {
        const clock = namedClock(zone)
        const found = clock.at(clock.wall(at))
        expect(clock.wall(found)).toBe(clock.wall(at))
        expect(found).toBeLessThanOrEqual(at)
        expect(at - found).toBeLessThanOrEqual(hour)
      }),
    ))
})

describe('days', () => {
  it('begin at midnight, or at the first moment after it where midnight is left out', () => {
    expect(dayStart(berlin, utc('2026-10-25T20:00:00'))).toBe(utc('2026-10-24T22:00:00'))
    expect(dayStart(berlin, utc('2026-10-25T20:00:00'), 1)).toBe(utc('2026-10-25T23:00:00'))
    // In Cairo clocks go from 24:00 to 01:00.
    expect(dayStart(namedClock('Africa/Cairo'), utc('2026-04-24T12:00:00'))).toBe(utc('2026-04-23T22:00:00'))
  })
  it('are 23 or 25 hours long when clocks change', () => {
    expect(dayStart(berlin, utc('2026-03-29T12:00:00'), 1) - dayStart(berlin, utc('2026-03-29T12:00:00'))).toBe(23 * hour)
    expect(dayStart(berlin, utc('2026-10-25T12:00:00'), 1) - dayStart(berlin, utc('2026-10-25T12:00:00'))).toBe(25 * hour)
  })
})

describe('the same time on another day', () => {
  it('is what the clock on the wall shows', () => {
    expect(shiftDays(berlin, utc('2026-10-25T11:00:00'), -1)).toBe(utc('2026-10-24T10:00:00'))
    expect(shiftDays(berlin, utc('2026-10-28T02:12:40'), -7)).toBe(utc('2026-10-21T01:12:40'))
    expect(shiftDays(zoneClock('utc'), 5 * day, -1)).toBe(4 * day)
  })
  it('comes back in every zone where no hour was left out or came twice', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: utc('2024-01-01T00:00:00'), max: utc('2027-01-01T00:00:00') }),
        fc.integer({ min: -400, max: 400 }),
        (zone, at, days) => {
          const clock = namedClock(zone)
          const shifted = shiftDays(clock, at, days)
          const skipped = clock.wall(shifted) !== clock.wall(at) + days * day
          const twice = clock.at(clock.wall(at)) !== at
          if (skipped || twice) return
          expect(shiftDays(clock, shifted, -days)).toBe(at)
        },
      ),
    ))
})
