import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namedClock, zoneClock } from '../app/zoneClock.ts'
import { levelScale, tickLabels, timeTicks, valueScale, writeOnAxis } from './ticks.ts'

describe('valueScale', () => {
  it.each([4.12e6, 12.3e6, 61, 0.7, 999, 1000, 1.01, 8.9e9, 37, 3])('holds %d with three or four round ticks from zero', (max) => {
    const scale = valueScale(max)
    expect(scale.ticks.length).toBeGreaterThanOrEqual(3)
    expect(scale.ticks.length).toBeLessThanOrEqual(4)
    expect(scale.ticks[0]).toBe(0)
    expect(scale.ticks.at(-1)).toBeCloseTo(scale.top, 6)
    expect(scale.top).toBeGreaterThanOrEqual(max)
    expect(scale.top).toBeLessThan(max * 2.2)
  })
  it.each([1, 2, 3, 4, 5, 7, 11, 30, 1411])('never has a fraction of a reader: %d', (max) => {
    const scale = valueScale(max, true)
    expect(scale.ticks.every(Number.isInteger)).toBe(true)
    expect(scale.top).toBeGreaterThan(max - 0.001)
    expect(scale.ticks.length).toBeLessThanOrEqual(4)
  })
  it('gives a series of zeros an axis', () => expect(valueScale(0).ticks).toEqual([0, 0.5, 1]))
})

describe('levelScale', () => {
  it.each([
    [-0.1, 0, [-10, -5, 0]],
    [-23.4, 0, [-30, -20, -10, 0]],
    [-60, 0, [-60, -40, -20, 0]],
    [-120, 0, [-120, -80, -40, 0]],
    // A decoder may give more than full scale.
    [-12, 1.5, [-15, -10, -5, 0, 5]],
    [0, 0, [-10, -5, 0]],
  ])('reaches from 0 down to %d, and up to %d', (least, most, ticks) => {
    expect(levelScale(least, most)).toEqual({ bottom: ticks[0], top: ticks.at(-1), ticks })
  })
})

describe('tickLabels', () => {
  it('writes all ticks in the unit of the top', () => {
    expect(tickLabels({ top: 1.5e6, ticks: [0, 0.5e6, 1e6, 1.5e6] }, 'bps')).toEqual({ labels: ['0', '0.5', '1', '1.5'], unit: 'Mbit/s', factor: 1e-6 })
    expect(tickLabels({ top: 90, ticks: [0, 30, 60, 90] }, 'ms')).toEqual({ labels: ['0', '30', '60', '90'], unit: 'ms', factor: 1 })
  })
  it('names the unit of what is drawn, not of the round end above it', () => {
    expect(tickLabels({ top: 1e9, ticks: [0, 0.5e9, 1e9] }, 'bps', 0.844e9)).toMatchObject({ labels: ['0', '500', '1,000'], unit: 'Mbit/s' })
    expect(tickLabels({ top: 1, ticks: [0, 0.5, 1] }, 'bps', 0)).toMatchObject({ labels: ['0', '0.5', '1'] })
  })
  it('writes figures in the unit of their axis', () => {
    const axis = tickLabels({ top: 1e6, ticks: [0, 0.5e6, 1e6] }, 'bps', 0.95e6)
    expect(axis.unit).toBe('kbit/s')
    const megabits = tickLabels({ top: 1.5e6, ticks: [0, 1e6] }, 'bps', 1.2e6)
    expect(writeOnAxis(582_300, 'bps', megabits)).toEqual({ number: '0.582', unit: 'Mbit/s' })
    expect(writeOnAxis(1.1e6, 'bps', megabits)).toEqual({ number: '1.10', unit: 'Mbit/s' })
    expect(writeOnAxis(16_900, 'bps', megabits).number).toBe('0.017')
    expect(writeOnAxis(90, 'bps', megabits).number).toBe('< 0.001')
    expect(writeOnAxis(0, 'bps', megabits).number).toBe('0')
    expect(writeOnAxis(null, 'bps', megabits)).toEqual({ number: '–', unit: 'Mbit/s' })
  })
})

describe('timeTicks', () => {
  const ticksIn = (from: number, to: number, most: number) => timeTicks(zoneClock('utc'), from, to, most)
  const noon = Date.UTC(2026, 10, 20, 12, 0, 0)
  it('are full minutes within an hour', () => {
    expect(ticksIn(noon - 3_600_000 + 1234, noon + 1234, 6).map((tick) => tick.label)).toEqual(['11:10', '11:20', '11:30', '11:40', '11:50', '12:00'])
  })
  it('are days within a week, named', () => {
    const labels = ticksIn(noon - 7 * 86_400_000, noon, 8).map((tick) => tick.label)
    expect(labels).toHaveLength(7)
    expect(labels.at(-1)).toBe('Fri 20')
  })
  it('show seconds where steps are shorter than a minute', () => {
    expect(ticksIn(noon, noon + 60_000, 4).map((tick) => tick.label)).toEqual(['12:00:00', '12:00:15', '12:00:30', '12:00:45', '12:01:00'].slice(0, 5))
  })
  it('never more than asked for, but one at each end', () => {
    for (const span of [10_000, 61_000, 3_600_000, 86_400_000, 604_800_000, 7.7e9]) expect(ticksIn(noon, noon + span, 6).length).toBeLessThanOrEqual(7)
  })
  it('are none in an empty stretch', () => expect(ticksIn(noon, noon, 6)).toEqual([]))
})

describe('ticks where clocks are changed', () => {
  const berlin = namedClock('Europe/Berlin')
  const utc = (text: string) => Date.parse(`${text}Z`)
  const labels = (from: string, to: string, most: number) => timeTicks(berlin, utc(from), utc(to), most).map(({ label }) => label)
  it('leave out the hour that the clock on the wall leaves out', () =>
    expect(labels('2026-03-28T23:30:00', '2026-03-29T03:30:00', 5)).toEqual(['01:00', '03:00', '04:00', '05:00']))
  it('have the hour that comes twice once', () => expect(labels('2026-10-24T22:30:00', '2026-10-25T03:30:00', 6)).toEqual(['01:00', '02:00', '03:00', '04:00']))
  it('stay on midnight over a week that is an hour longer', () => {
    const ticks = timeTicks(berlin, utc('2026-10-22T00:00:00'), utc('2026-10-28T12:00:00'), 8)
    expect(ticks.map(({ label }) => label)).toEqual(['Fri 23', 'Sat 24', 'Sun 25', 'Mon 26', 'Tue 27', 'Wed 28'])
    expect(ticks.every(({ at }) => berlin.wall(at) % 86_400_000 === 0)).toBe(true)
  })
  it('are Mondays over a month, and firsts of months over a year', () => {
    expect(labels('2026-09-20T00:00:00', '2026-10-31T00:00:00', 8)).toEqual(['21 Sept', '28 Sept', '5 Oct', '12 Oct', '19 Oct', '26 Oct'])
    expect(labels('2026-08-15T00:00:00', '2027-03-15T00:00:00', 8)).toEqual(['Sept', 'Oct', 'Nov', 'Dec', '2027', 'Feb', 'Mar'])
  })
  it('stand in order, on round times of the wall, in every zone', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Africa/Cairo', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'),
        fc.integer({ min: utc('2025-01-01T00:00:00'), max: utc('2027-01-01T00:00:00') }),
        fc.integer({ min: 10_000, max: 100 * 86_400_000 }),
        (zone, from, span) => {
          const clock = namedClock(zone)
          const ticks = timeTicks(clock, from, from + span, 12)
          // An hour that comes twice may add two, and both ends count.
          expect(ticks.length).toBeLessThanOrEqual(15)
          ticks.forEach(({ at }, index) => {
            expect(at).toBeGreaterThanOrEqual(from)
            expect(at).toBeLessThanOrEqual(from + span)
            expect(clock.wall(at) % 1000).toBe(0)
            if (index > 0) expect(at).toBeGreaterThan(ticks[index - 1]?.at ?? 0)
          })
        },
      ),
    ))
})
