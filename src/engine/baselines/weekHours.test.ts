import { describe, expect, test } from 'vitest'
import { hourBegin, hoursBetween, weekHourAt, weekHourOf } from './weekHours.ts'

const hourMs = 3_600_000
const friday20 = 4 * 24 + 20

describe('hours of the week', () => {
  test.each([
    ['UTC', Date.UTC(2026, 10, 20, 20, 59)],
    ['Europe/Berlin', Date.UTC(2026, 10, 20, 19, 30)],
    ['America/New_York', Date.UTC(2026, 10, 21, 1, 0)],
    ['Asia/Kolkata', Date.UTC(2026, 10, 20, 14, 30)],
    ['Asia/Kathmandu', Date.UTC(2026, 10, 20, 14, 15)],
    ['Pacific/Auckland', Date.UTC(2026, 10, 20, 7, 0)],
  ])('are those of the clocks in %s', (zone, at) => {
    expect(weekHourAt(zone, at)).toBe(friday20)
    expect(weekHourOf(zone, weekHourAt(zone, at))).toEqual({ weekday: 5, hour: 20, zone })
    expect(weekHourAt(zone, hourBegin(zone, at))).toBe(friday20)
    expect(weekHourAt(zone, hourBegin(zone, at) - 1)).toBe(friday20 - 1)
  })
  test('a week has each of them once', () => {
    const hours = hoursBetween('Asia/Kolkata', Date.UTC(2026, 10, 2), Date.UTC(2026, 10, 9))
    expect(hours.length).toBe(167)
    expect(hoursBetween('Europe/Berlin', Date.UTC(2026, 10, 2), Date.UTC(2026, 10, 9)).map(({ place }) => place)).toHaveLength(168)
  })
  test('on the days on which clocks are set, one is missing, and one is there twice', () => {
    const day = (zone: string, from: number, hours: number) => hoursBetween(zone, from, from + hours * hourMs).map(({ place }) => place % 24)
    expect(day('Europe/Berlin', Date.UTC(2026, 2, 28, 23), 4)).toEqual([0, 1, 3, 4])
    expect(day('Europe/Berlin', Date.UTC(2026, 9, 24, 22), 5)).toEqual([0, 1, 2, 2, 3])
    // By half an hour: what clocks skip a part of is left out.
    expect(day('Australia/Lord_Howe', Date.UTC(2026, 9, 3, 13, 30), 5)).toEqual([0, 1, 3, 4])
  })
  test('hours before and after clocks are set have the same name', () => {
    for (const at of [Date.UTC(2026, 9, 23, 18), Date.UTC(2026, 9, 30, 19)]) expect(weekHourAt('Europe/Berlin', at)).toBe(friday20)
  })
})
