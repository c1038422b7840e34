import { describe, expect, it, onTestFinished } from 'vitest'
import {
  entryTime,
  formatDuration,
  formatFixed,
  formatInterval,
  formatMoment,
  formatNumber,
  formatSpan,
  formatStretch,
  formatTime,
  formatValue,
  writeFiguresIn,
  writeTimesAsOf,
  writeValue,
  zoneOf,
} from './units.ts'

describe('numbers as an operator reads them', () => {
  it.each([
    [4_123_456, 'bps', '4.12 Mbit/s'],
    [12_345_678, 'bps', '12.3 Mbit/s'],
    [5_820_000_000, 'bps', '5.82 Gbit/s'],
    [999, 'bps', '999 bit/s'],
    [0, 'bps', '0 bit/s'],
    [12_400_000_000, 'bytes', '12.4 GB'],
    [1411, 'count', '1,411'],
    [0, 'perSecond', '0 /s'],
    [2.5, 'perSecond', '2.50 /s'],
    [61.5, 'celsius', '62 °C'],
    [0.3186, 'ms', '0.32 ms'],
    [61, 'ms', '61.0 ms'],
    [43.6, 'percent', '44 %'],
  ] as const)('writes %d %s as %s', (value, unit, text) => expect(formatValue(value, unit)).toBe(text))
  it('never writes what is not known as 0', () => {
    expect(formatValue(null, 'bps')).toBe('–')
    expect(formatValue(Number.NaN, 'count')).toBe('–')
  })
})

describe('figures in the language of whoever reads them', () => {
  it.each([
    ['de', 4_123_456, 'bps', '4,12 Mbit/s'],
    ['de', 1411, 'count', '1.411'],
    ['de', 12.5, 'packetsPerSecond', '12,5 Pakete/s'],
    ['ru', 4_123_456, 'bps', '4,12 Мбит/с'],
    ['ru', 12_400_000_000, 'bytes', '12,4 ГБ'],
    ['ru', 61, 'ms', '61,0 мс'],
    ['zh', 14_000, 'ms', '14.0 秒'],
    ['ko', 12.5, 'packetsPerSecond', '12.5 패킷/초'],
  ] as const)('in %s %d %s is %s', (language, value, unit, text) => expect(formatValue(value, unit, language)).toBe(text))
  it('is that of the window where none is named', () => {
    writeFiguresIn('de')
    onTestFinished(() => writeFiguresIn('en'))
    expect([formatValue(0.5, 'bps'), formatNumber(1000.25, 1), formatFixed(0.8, 2), formatDuration(61_000)]).toEqual([
      '0,50 bit/s',
      '1.000,3',
      '0,80',
      '1 min 01 s',
    ])
    writeFiguresIn('zh')
    expect([formatDuration(61_000), formatSpan(900_000)]).toEqual(['1 分 01 秒', '15 分'])
  })
  it('tells how large the unit is that it chose', () => expect(writeValue(4_123_456, 'bps', 'ru').unitSize).toBe(1_000_000))
})

describe('durations and times', () => {
  it.each([
    [10_000, '10 s'],
    [2_500, '2.5 s'],
    [900_000, '15 min'],
    [86_400_000, '24 h'],
    [604_800_000, '7 d'],
  ])('writes a round duration of %d ms as %s', (ms, text) => expect(formatSpan(ms)).toBe(text))
  it.each([
    [41_000, '41 s'],
    [128_000, '2 min 08 s'],
    [11_520_000, '3 h 12 min'],
    [370_800_000, '4 d 07 h'],
    [-5, '0 s'],
  ])('writes %d ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text))
  it.each([
    [6_000, 8_000, '6 to 8 s'],
    [5_996, 8_004, '6 to 8 s'],
    [5_500, 7_500, '5 to 8 s'],
    [0, 2_000, 'less than 2 s'],
    [0, 400, 'less than 1 s'],
    [6_400, 6_400, '6 s'],
    [59_000, 61_000, '59 s to 1 min 01 s'],
    [62_000, 64_000, '1 min 02 s to 1 min 04 s'],
    [11_520_000, 11_522_000, '3 h 12 min'],
  ])('writes what lasted from %d to %d ms as %s', (minMs, maxMs, text) => expect(formatInterval(minMs, maxMs)).toBe(text))
  it('writes times in 24 h, in UTC when asked', () => {
    const at = Date.UTC(2026, 10, 14, 3, 14, 27)
    expect(formatMoment(at, 'time', 'utc')).toBe('03:14:27')
    expect(entryTime(at, 'utc')).toBe('2026-11-14 03:14:27')
    expect(formatMoment(Date.UTC(2026, 0, 1, 0, 0, 0), 'time', 'utc')).toBe('00:00:00')
  })
  it('writes the date of every time that is not of today', () => {
    writeTimesAsOf(() => Date.UTC(2026, 10, 15, 4, 4))
    onTestFinished(() => writeTimesAsOf(null))
    expect(formatTime(Date.UTC(2026, 10, 15, 0, 0), 'utc')).toBe('00:00:00')
    expect(formatTime(Date.UTC(2026, 10, 14, 23, 40), 'utc')).toBe('14 Nov, 23:40')
    expect(formatTime(Date.UTC(2026, 10, 16, 6, 0), 'utc')).toBe('16 Nov, 06:00')
    expect(formatTime(Date.UTC(2026, 10, 14, 23, 40), 'utc', 'de')).toBe('14.11., 23:40')
  })
  it.each([
    ['en', '14 Nov 2026, 03:14:27', '14 Nov, 03:14', '14 Nov 2026, 03:14–05:14'],
    ['de', '14.11.2026, 03:14:27', '14.11., 03:14', '14.11.2026, 03:14–05:14 Uhr'],
    ['zh', '2026/11/14 03:14:27', '11/14 03:14', '2026/11/14 03:14–05:14'],
    ['ru', '14.11.2026, 03:14:27', '14.11, 03:14', '14.11.2026, 03:14–05:14'],
    ['ko', '2026. 11. 14. 03:14:27', '11. 14. 03:14', '2026. 11. 14. 03:14 ~ 05:14'],
  ] as const)('writes moments as they are written in %s', (language, second, dayAndTime, stretch) => {
    const at = Date.UTC(2026, 10, 14, 3, 14, 27)
    expect(formatMoment(at, 'second', 'utc', language)).toBe(second)
    expect(formatMoment(at, 'dayAndTime', 'utc', language)).toBe(dayAndTime)
    expect(formatStretch(at, at + 7_200_000, 'utc', language).replaceAll(/\u2009/g, '')).toBe(stretch)
  })
  it('writes a short stretch to the second, and of two days both', () => {
    const at = Date.UTC(2026, 10, 14, 23, 59, 0)
    expect(formatStretch(at, at + 30_000, 'utc', 'en').replaceAll(/[\u2009 ]–[\u2009 ]/g, '–')).toBe('14 Nov 2026, 23:59:00–23:59:30')
    expect(formatStretch(at, at + 3_600_000, 'utc', 'en').replaceAll(/\u2009/g, ' ')).toBe('14 Nov 2026, 23:59 – 15 Nov 2026, 00:59')
  })
})

describe('zoneOf', () => {
  it('is UTC, or the one of this machine', () => {
    expect(zoneOf('utc')).toBe('UTC')
    expect(() => new Intl.DateTimeFormat('en', { timeZone: zoneOf('local') })).not.toThrow()
  })
})

it('keeps the formatters of some time zones, not of all thousands that a stranger may name', () => {
  const { DateTimeFormat } = Intl
  onTestFinished(() => {
    Intl.DateTimeFormat = DateTimeFormat
  })
  let made = 0
  Intl.DateTimeFormat = new Proxy(DateTimeFormat, {
    construct: (Made, args: ConstructorParameters<typeof DateTimeFormat>) => {
      made++
      return new Made(...args)
    },
  })
  const write = (zone: string) => formatMoment(0, 'second', `in ${zone}`, 'en')
  write('Pacific/Apia')
  write('Pacific/Apia')
  expect(made).toBe(1)
  for (let minutes = 10; minutes < 60; minutes++) for (const hours of ['+01', '+02', '-01', '-02']) write(`${hours}:${minutes}`)
  expect(made).toBe(201)
  write('Pacific/Apia')
  expect(made).toBe(202)
})
