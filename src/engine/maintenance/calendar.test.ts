import { describe, expect, test } from 'vitest'
import { createSlices, type Slices } from '../../clock/slices.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { mostEvents, readCalendar } from './calendar.ts'

const at = Date.UTC(2026, 10, 20)
const iso = (time: number) => new Date(time).toISOString().slice(0, 16)
const read = (text: string, zone = 'Europe/Berlin', now = at) =>
  readCalendar(text, { at: now, zone, slices: createSlices(createTestClock()), signal: new AbortController().signal })
const calendar = (...lines: readonly string[]) => ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test', ...lines, 'END:VCALENDAR', ''].join('\r\n')
const event = (...lines: readonly string[]) => ['BEGIN:VEVENT', 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT']
const windowsOf = async (...lines: readonly string[]) => {
  const found = await read(calendar(...lines))
  if (!found.ok) throw new Error(found.error.kind)
  return { windows: found.value.spans.map(({ from, to }) => `${iso(from)}–${iso(to)}`), leftOut: found.value.leftOut }
}

describe('the windows of a calendar', () => {
  test('are its events: in UTC, in a named zone, without one, of whole days, and by a duration', async () => {
    const { windows, leftOut } = await windowsOf(
      ...event('UID:a', 'DTSTART:20261121T020000Z', 'DTEND:20261121T040000Z'),
      ...event('UID:b', 'DTSTART;TZID=America/New_York:20261122T020000', 'DTEND;TZID=America/New_York:20261122T040000'),
      ...event('UID:c', 'DTSTART:20261123T020000', 'DURATION:PT90M'),
      ...event('UID:d', 'DTSTART;VALUE=DATE:20261124'),
      ...event('UID:e', 'DTSTART;VALUE=DATE:20261126', 'DTEND;VALUE=DATE:20261128'),
    )
    expect(windows).toEqual([
      '2026-11-21T02:00–2026-11-21T04:00',
      '2026-11-22T07:00–2026-11-22T09:00',
      '2026-11-23T01:00–2026-11-23T02:30',
      '2026-11-23T23:00–2026-11-24T23:00',
      '2026-11-25T23:00–2026-11-27T23:00',
    ])
    expect(leftOut).toBe(0)
  })

  test('recur with their exceptions, additions, moved and cancelled ones', async () => {
    const { windows } = await windowsOf(
      ...event(
        'UID:a',
        'DTSTART;TZID=Europe/Berlin:20261101T020000',
        'DTEND;TZID=Europe/Berlin:20261101T030000',
        'RRULE:FREQ=DAILY;UNTIL=20261126T010000Z',
        'EXDATE;TZID=Europe/Berlin:20261121T020000',
        'EXDATE:20261122T010000Z',
        'RDATE;TZID=Europe/Berlin:20261129T020000',
      ),
      ...event(
        'UID:a',
        'RECURRENCE-ID;TZID=Europe/Berlin:20261123T020000',
        'DTSTART;TZID=Europe/Berlin:20261123T120000',
        'DTEND;TZID=Europe/Berlin:20261123T130000',
      ),
      ...event(
        'UID:a',
        'RECURRENCE-ID;TZID=Europe/Berlin:20261124T020000',
        'STATUS:CANCELLED',
        'DTSTART;TZID=Europe/Berlin:20261124T020000',
        'DTEND;TZID=Europe/Berlin:20261124T030000',
      ),
    )
    expect(windows).toEqual([
      '2026-11-20T01:00–2026-11-20T02:00',
      '2026-11-23T11:00–2026-11-23T12:00',
      '2026-11-25T01:00–2026-11-25T02:00',
      '2026-11-26T01:00–2026-11-26T02:00',
      '2026-11-29T01:00–2026-11-29T02:00',
    ])
  })

  test('are there every night when the clocks change, as other windows are', async () => {
    const nights = await read(
      calendar(...event('UID:a', 'DTSTART;TZID=Europe/Berlin:20260328T023000', 'DTEND;TZID=Europe/Berlin:20260328T033000', 'RRULE:FREQ=DAILY;COUNT=3')),
      'UTC',
      Date.UTC(2026, 2, 27),
    )
    expect(nights.ok && nights.value.spans.map(({ from }) => iso(from))).toEqual(['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30'])
  })

  test('may be in a zone that the calendar describes itself', async () => {
    const found = await read(
      calendar(
        'BEGIN:VTIMEZONE',
        'TZID:W. Europe Standard Time',
        'BEGIN:STANDARD',
        'DTSTART:16010101T030000',
        'TZOFFSETFROM:+0200',
        'TZOFFSETTO:+0100',
        'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
        'END:STANDARD',
        'BEGIN:DAYLIGHT',
        'DTSTART:16010101T020000',
        'TZOFFSETFROM:+0100',
        'TZOFFSETTO:+0200',
        'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
        'END:DAYLIGHT',
        'END:VTIMEZONE',
        ...event(
          'UID:a',
          'DTSTART;TZID=W. Europe Standard Time:20261021T020000',
          'DTEND;TZID=W. Europe Standard Time:20261021T030000',
          'RRULE:FREQ=MONTHLY;COUNT=3',
        ),
      ),
      'UTC',
      Date.UTC(2026, 9, 1),
    )
    expect(found.ok && found.value.leftOut).toBe(0)
    expect(found.ok && found.value.spans.map(({ from }) => iso(from))).toEqual(['2026-10-21T00:00', '2026-11-21T01:00', '2026-12-21T01:00'])
  })

  test('leave out what cannot be understood, and say how much', async () => {
    const { windows, leftOut } = await windowsOf(
      ...event('UID:a', 'DTSTART:20261121T020000Z', 'DTEND:20261121T040000Z'),
      ...event('UID:b', 'DTSTART:nonsense', 'DTEND:20261121T040000Z'),
      ...event('UID:c', 'DTSTART;TZID=Mars/Olympus:20261121T020000', 'DURATION:PT1H'),
      ...event('UID:d', 'DTSTART:20261121T020000Z', 'DURATION:PT1S', 'RRULE:FREQ=SECONDLY'),
      ...event('UID:e', 'DTSTART:20261121T040000Z', 'DTEND:20261121T020000Z'),
      ...event('UID:f'),
      ...event('UID:g', 'DTSTART:20261121T020000Z', `DURATION:PT1H`, `X-NOTE:${'x'.repeat(200_000)}`),
    )
    expect(windows).toEqual(['2026-11-21T02:00–2026-11-21T04:00'])
    expect(leftOut).toBe(6)
  })

  test.each([
    ['nothing', ''],
    ['a page', '<!doctype html><title>Sign in</title>'],
    ['JSON', '{"events":[]}'],
    ['a calendar that was cut off', calendar(...event('UID:a', 'DTSTART:20261121T020000Z', 'DURATION:PT1H')).slice(0, -20)],
  ])('%s is no calendar', async (_, text) => {
    expect(await read(text)).toEqual({ ok: false, error: { kind: 'notACalendar' } })
  })

  test('more events than may be are refused before they are read', async () => {
    const many = Array.from({ length: mostEvents + 1 }, () => 'BEGIN:VEVENT\r\nEND:VEVENT').join('\r\n')
    expect(await read(calendar(many))).toEqual({ ok: false, error: { kind: 'tooLarge' } })
  })

  test('leave out events whose rules take too long, by what one event and what all of them may take', async () => {
    const never = 'RRULE:FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;BYDAY=MO'
    const passedOver = Array.from(
      { length: 1_000 },
      (_, day) => `EXDATE:${new Date(at + day * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')}T020000`,
    )
    const events = [
      event('UID:good', 'DTSTART:20261121T020000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=2'),
      event('UID:long', 'DTSTART:20261101T020000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY', ...passedOver),
      ...Array.from({ length: 120 }, (_, place) => event(`UID:${place}`, 'DTSTART:20200101T020000', 'DURATION:PT1H', never)),
    ]
    // Each look at this clock takes 20 ms.
    let ms = 0
    const slices = createSlices({ ...createTestClock(), monotonic: () => (ms += 20) })
    const found = await readCalendar(calendar(...events.flat()), { at, zone: 'UTC', slices, signal: new AbortController().signal })
    expect(found.ok && found.value.spans.map(({ from }) => iso(from))).toEqual(['2026-11-21T02:00', '2026-11-22T02:00'])
    expect(found.ok && found.value.leftOut).toBeGreaterThan(20)
    expect(ms).toBeLessThan(25_000)
  })

  test('are no longer worked on once nobody wants them', async () => {
    const ended = new AbortController()
    // Every step is a slice of its own.
    const slices: Slices = { begin: () => ({ ...createSlices(createTestClock()).begin(), isOver: () => true }) }
    const never = event('DTSTART:20200101T020000', 'DURATION:PT1H', 'RRULE:FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;BYDAY=MO')
    const reading = readCalendar(calendar(...Array.from({ length: 3_000 }, () => never).flat()), { at, zone: 'UTC', slices, signal: ended.signal })
    setImmediate(() => ended.abort())
    await expect(reading).rejects.toThrow('aborted')
  })

  test.each([
    ['a change of clocks each second', 'RRULE:FREQ=SECONDLY'],
    ['changes of clocks in each second of a year', 'RRULE:FREQ=YEARLY;BYHOUR=1,2,3;BYMINUTE=1,2,3;BYSECOND=1,2,3'],
    ['a thousand rules', Array.from({ length: 1_000 }, () => 'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10').join('\r\n')],
  ])('%s is no zone', async (_, rule) => {
    const zone = ['BEGIN:VTIMEZONE', 'TZID:X', 'BEGIN:STANDARD', 'DTSTART:16010101T030000', 'TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100', rule]
    const found = await windowsOf(...zone, 'END:STANDARD', 'END:VTIMEZONE', ...event('UID:a', 'DTSTART;TZID=X:20261121T020000', 'DURATION:PT1H'))
    expect(found).toEqual({ windows: [], leftOut: 1 })
  })

  test('events that recur are read in slices, between which everything else goes on', async () => {
    const clock = createTestClock()
    let turns = 0
    let isReading = true
    const count = () => {
      turns++
      if (isReading) setImmediate(count)
    }
    setImmediate(count)
    const events = Array.from({ length: 1_000 }, (_, place) =>
      event(`UID:${place}`, 'DTSTART;TZID=Europe/Berlin:20200101T020000', 'DTEND;TZID=Europe/Berlin:20200101T030000', 'RRULE:FREQ=WEEKLY;BYDAY=SA').join(
        '\r\n',
      ),
    )
    // Every step is a slice of its own.
    const slices: Slices = { begin: () => ({ ...createSlices(clock).begin(), isOver: () => true }) }
    const found = await readCalendar(calendar(...events), { at, zone: 'UTC', slices, signal: new AbortController().signal })
    isReading = false
    expect(found.ok && found.value.spans.length).toBe(2_000)
    expect(turns).toBeGreaterThan(1_500)
  })
})
