import { afterEach, expect, test, vi } from 'vitest'
import { namedZone, recurringWindows } from './windows.ts'

const here = process.env.TZ
afterEach(() => {
  if (here === undefined) delete process.env.TZ
  else process.env.TZ = here
})

// Windows of the night in which the clocks change, where they were planned: the times in which a browser elsewhere shows them.
test.each([
  ['Europe/Berlin', '2026-03-29T02:30', 'Europe/Berlin', ['03:30', '05:30']],
  ['Europe/Berlin', '2026-03-29T02:30', 'America/New_York', ['21:30', '23:30']],
  ['Europe/Berlin', '2026-03-29T02:30', 'Asia/Tokyo', ['10:30', '12:30']],
  ['Europe/Berlin', '2026-10-25T02:30', 'Europe/Berlin', ['02:30', '03:30']],
  ['Europe/Berlin', '2026-10-25T02:30', 'America/New_York', ['20:30', '22:30']],
  ['America/New_York', '2026-03-08T02:30', 'Europe/Berlin', ['08:30', '10:30']],
  ['America/New_York', '2026-11-01T01:30', 'America/New_York', ['01:30', '02:30']],
  ['America/New_York', '2026-11-01T01:30', 'Europe/Berlin', ['06:30', '08:30']],
  ['Australia/Sydney', '2026-10-04T02:30', 'America/New_York', ['12:30', '14:30']],
  ['Australia/Sydney', '2026-04-05T02:30', 'Europe/Berlin', ['17:30', '19:30']],
  ['Australia/Lord_Howe', '2026-10-04T02:15', 'Europe/Berlin', ['17:45', '19:45']],
  ['Australia/Lord_Howe', '2026-04-05T01:45', 'Asia/Tokyo', ['23:45', '01:45']],
])('two hours in %s from %s on are shown in %s as %j', async (zone, start, browser, shown) => {
  const [window] = recurringWindows({ start, zone: namedZone(zone), lengthMs: 2 * 3_600_000, rrule: null }).from(Date.parse(`${start}Z`) - 48 * 3_600_000, 1)
  process.env.TZ = browser
  // What writes times keeps the zone that it first wrote in.
  vi.resetModules()
  const { formatStretch, zoneOf } = await import('../../shared/units.ts')
  expect(zoneOf('local')).toBe(browser)
  const { from, to } = window ?? expect.fail('there is a window')
  for (const language of ['en', 'de', 'zh', 'ru', 'ko'] as const) expect(formatStretch(from, to, 'local', language).match(/\d\d:\d\d/g)).toEqual(shown)
})
