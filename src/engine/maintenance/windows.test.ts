import { describe, expect, it, test } from 'vitest'
import { namedZone, recurringWindows } from './windows.ts'

const iso = (at: number) => new Date(at).toISOString().slice(0, 16)
const hourMs = 3_600_000
const windowsOf = (zone: string, start: string, rrule: string | null, hours = 2, most = 4, at = Date.parse(`${start}Z`) - 48 * hourMs) =>
  recurringWindows({ start, zone: namedZone(zone), lengthMs: hours * hourMs, rrule })
    .from(at, most)
    .map(({ from, to }) => `${iso(from)} ${(to - from) / hourMs} h`)

describe('daylight saving: recurrence neither skips nor doubles at the change of clocks', () => {
  // Three nights each; the clocks change in the second one.
  const nights = [
    {
      zone: 'Europe/Berlin',
      spring: ['2026-03-28T02:30', ['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30']],
      autumn: ['2026-10-24T02:30', ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30']],
    },
    {
      zone: 'America/New_York',
      spring: ['2026-03-07T02:30', ['2026-03-07T07:30', '2026-03-08T07:30', '2026-03-09T06:30']],
      autumn: ['2026-10-31T01:30', ['2026-10-31T05:30', '2026-11-01T05:30', '2026-11-02T06:30']],
    },
    {
      zone: 'Australia/Sydney',
      spring: ['2026-10-03T02:30', ['2026-10-02T16:30', '2026-10-03T16:30', '2026-10-04T15:30']],
      autumn: ['2026-04-04T02:30', ['2026-04-03T15:30', '2026-04-04T15:30', '2026-04-05T16:30']],
    },
    {
      // Half an hour is skipped and repeated here.
      zone: 'Australia/Lord_Howe',
      spring: ['2026-10-03T02:15', ['2026-10-02T15:45', '2026-10-03T15:45', '2026-10-04T15:15']],
      autumn: ['2026-04-04T01:45', ['2026-04-03T14:45', '2026-04-04T14:45', '2026-04-05T15:15']],
    },
  ] as const
  for (const { zone, spring, autumn } of nights) {
    test(`in ${zone} a time that the clocks skip is as long after the gap as it lies in it, and there is a window every night`, () => {
      const [start, begins] = spring
      expect(windowsOf(zone, start, 'FREQ=DAILY', 2, 3)).toEqual(begins.map((begin) => `${begin} 2 h`))
    })
    test(`in ${zone} a time that the clocks show twice begins one window, which is as long as any other`, () => {
      const [start, begins] = autumn
      expect(windowsOf(zone, start, 'FREQ=DAILY', 2, 3)).toEqual(begins.map((begin) => `${begin} 2 h`))
    })
    test(`in ${zone} a single window lies where a recurring one does`, () => {
      for (const [start] of [spring, autumn]) expect(windowsOf(zone, start, null)).toEqual(windowsOf(zone, start, 'FREQ=DAILY', 2, 1))
    })
  }
  test('there is exactly one window for each night of a year, wherever it is looked from', () => {
    for (const { zone } of nights) {
      const windows = recurringWindows({ start: '2026-01-01T02:30', zone: namedZone(zone), lengthMs: 2 * hourMs, rrule: 'FREQ=DAILY;COUNT=365' })
      const all = windows.from(0, 1_000).map(({ from }) => from)
      expect(all.length).toBe(365)
      for (const [place, from] of all.entries()) {
        expect(windows.from(from, 1)[0]?.from).toBe(from)
        expect(windows.from(from + 2 * hourMs - 1, 1)[0]?.from).toBe(from)
        expect(windows.from(from + 2 * hourMs, 1)[0]?.from).toBe(all[place + 1])
      }
    }
  })
})

test('hours on the clock end at their time of day, also where clocks are set meanwhile', () => {
  const night = recurringWindows({ start: '2026-01-01T22:00', zone: namedZone('Europe/Berlin'), lengthMs: 6 * hourMs, isOnClock: true, rrule: 'FREQ=DAILY' })
  const hours = (at: number) => night.from(at, 3).map(({ from, to }) => (to - from) / hourMs)
  expect(hours(Date.UTC(2026, 2, 27, 12))).toEqual([6, 5, 6])
  expect(hours(Date.UTC(2026, 9, 23, 12))).toEqual([6, 7, 6])
})

describe('windows by a rule', () => {
  it('recur on the last Saturday of a month', () =>
    expect(windowsOf('Europe/Berlin', '2026-11-28T02:00', 'FREQ=MONTHLY;BYDAY=-1SA')).toEqual([
      '2026-11-28T01:00 2 h',
      '2026-12-26T01:00 2 h',
      '2027-01-30T01:00 2 h',
      '2027-02-27T01:00 2 h',
    ]))
  it('begin with the start, also one that the rule does not name', () =>
    expect(windowsOf('UTC', '2026-11-27T02:00', 'FREQ=WEEKLY;BYDAY=SA', 0.5, 2)).toEqual(['2026-11-27T02:00 0.5 h', '2026-11-28T02:00 0.5 h']))
  it('end with UNTIL, which is meant in the zone unless it says UTC', () => {
    const until = (text: string) => windowsOf('America/New_York', '2026-11-20T22:00', `FREQ=DAILY;UNTIL=${text}`, 1, 9).length
    expect(until('20261122')).toBe(3)
    expect(until('20261122T220000')).toBe(3)
    expect(until('20261122T215959')).toBe(2)
    expect(until('20261123T030000Z')).toBe(3)
    expect(until('20261123T025959Z')).toBe(2)
  })
  it('are found while they last, also several at once', () => {
    const daily = recurringWindows({ start: '2026-11-01T02:00', zone: namedZone('UTC'), lengthMs: 30 * hourMs, rrule: 'FREQ=DAILY' })
    const at = Date.UTC(2026, 10, 5, 3)
    expect(daily.from(at, 3).map(({ from }) => iso(from))).toEqual(['2026-11-04T02:00', '2026-11-05T02:00', '2026-11-06T02:00'])
  })
  it('are none where no day fits, and looking for them ends', () => {
    expect(windowsOf('UTC', '2026-02-28T02:00', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 1, 5, Date.UTC(2026, 5, 1))).toEqual([])
  })
})
