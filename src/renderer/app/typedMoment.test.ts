import { describe, expect, it } from 'vitest'
import { readTypedMoment } from './typedMoment.ts'

const shown = Date.UTC(2026, 10, 14, 12, 0, 0)
function read(text: string, zone = 'Europe/Berlin', at = shown, bounds: Parameters<typeof readTypedMoment>[3] = {}) {
  const typed = readTypedMoment(text, zone, at, bounds)
  return typed === null ? 'unreadable' : new Date(typed).toISOString().replace('.000Z', 'Z')
}

describe('readTypedMoment', () => {
  it('reads what the console writes, in the zone that is shown', () => {
    expect(read('2026-11-14 03:12:40')).toBe('2026-11-14T02:12:40Z')
    expect(read('2026-11-14 03:12:40', 'UTC')).toBe('2026-11-14T03:12:40Z')
    expect(read('2026-07-14 03:12', 'America/New_York')).toBe('2026-07-14T07:12:00Z')
    expect(read('2026-01-14 03:12', 'Asia/Kolkata')).toBe('2026-01-13T21:42:00Z')
    expect(read('2026-11-14', 'Asia/Seoul')).toBe('2026-11-13T15:00:00Z')
  })

  it('takes the day that is shown where only a time is typed, by the clocks of the zone', () => {
    expect(read('3:12')).toBe('2026-11-14T02:12:00Z')
    // In Auckland that moment is in the next day.
    expect(read('03:12:40', 'Pacific/Auckland')).toBe('2026-11-14T14:12:40Z')
  })

  it('takes the last such time where that of the day is yet to come, and the next one where an end is typed', () => {
    const night = Date.parse('2026-11-14T03:04:00Z')
    const last = { latest: night }
    expect(read('23:40', 'Europe/Berlin', night, last)).toBe('2026-11-13T22:40:00Z')
    expect(read('04:04', 'Europe/Berlin', night, last)).toBe('2026-11-14T03:04:00Z')
    expect(read('03:30Z', 'Europe/Berlin', night, last)).toBe('2026-11-13T03:30:00Z')
    expect(read('2026-11-14 23:40', 'Europe/Berlin', night, last)).toBe('2026-11-14T22:40:00Z')
    // The clocks went back in between: the day had 25 hours.
    expect(read('23:40', 'Europe/Berlin', Date.parse('2026-10-25T03:04:00Z'), { latest: Date.parse('2026-10-25T03:04:00Z') })).toBe('2026-10-24T21:40:00Z')
    expect(read('02:00', 'Europe/Berlin', night, { earliest: night })).toBe('2026-11-15T01:00:00Z')
    expect(read('06:00', 'Europe/Berlin', night, { earliest: night })).toBe('2026-11-14T05:00:00Z')
  })

  it('reads times with an offset, as logs have them, whatever the zone is', () => {
    expect(read('2026-11-14T03:12:40Z')).toBe('2026-11-14T03:12:40Z')
    expect(read('2026-11-14T03:12:40.123+01:00', 'UTC')).toBe('2026-11-14T02:12:40Z')
    expect(read('2026-10-25 02:30 +0200')).toBe('2026-10-25T00:30:00Z')
    expect(read('2026-11-14 03:12 UTC')).toBe('2026-11-14T03:12:00Z')
  })

  it('takes the first moment of an hour that occurs twice', () => {
    expect(read('2026-10-25 02:30:00')).toBe('2026-10-25T00:30:00Z')
    expect(read('2026-10-25 01:59:59')).toBe('2026-10-24T23:59:59Z')
    expect(read('2026-10-25 03:00:00')).toBe('2026-10-25T02:00:00Z')
    expect(read('2026-11-01 01:15', 'America/New_York')).toBe('2026-11-01T05:15:00Z')
    // Half an hour only.
    expect(read('2026-04-05 01:45', 'Australia/Lord_Howe')).toBe('2026-04-04T14:45:00Z')
    expect(read('2026-10-25 02:30:00', 'UTC')).toBe('2026-10-25T02:30:00Z')
  })

  it('takes of an hour that was left out when it would have been', () => {
    expect(read('2026-03-29 02:30:00')).toBe('2026-03-29T01:30:00Z')
    expect(read('2026-03-29 01:59:59')).toBe('2026-03-29T00:59:59Z')
    expect(read('2026-03-29 03:00:00')).toBe('2026-03-29T01:00:00Z')
    expect(read('2026-03-08 02:00', 'America/New_York')).toBe('2026-03-08T07:00:00Z')
  })

  it('reads back what is shown, whatever clocks do in that night', () => {
    const nights: readonly (readonly [zone: string, from: number])[] = [
      ['Europe/Berlin', Date.UTC(2026, 2, 28, 20)],
      ['Europe/Berlin', Date.UTC(2026, 9, 24, 20)],
      ['America/New_York', Date.UTC(2026, 10, 1, 0)],
      ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 8)],
      ['Asia/Kathmandu', Date.UTC(2026, 5, 1)],
      ['UTC', Date.UTC(2026, 2, 28, 20)],
    ]
    for (const [zone, from] of nights) {
      const writer = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: zone })
      for (let at = from; at < from + 12 * 3_600_000; at += 613_000) {
        // The second of two hours that look the same is read as the first.
        const typed = readTypedMoment(writer.format(at), zone, at) ?? 0
        expect([zone, writer.format(typed)]).toEqual([zone, writer.format(at)])
      }
    }
  })

  it('refuses what is no time, and days that do not exist', () => {
    for (const text of ['', 'yesterday', '2026-02-31 10:00', '2026-13-01 10:00', '24:00', '12:60', '2026-11-14 3', '2026-11-14 03:12:40 CET', '+01:00'])
      expect([text, read(text)]).toEqual([text, 'unreadable'])
    expect(read('2028-02-29 10:00', 'UTC')).toBe('2028-02-29T10:00:00Z')
  })
})
