import type { Unit } from './metrics.ts'
import type { Language } from './words/languages.ts'

/** 10 Tbit/s: more than one stream or one server can carry. */
export const mostBitsPerSecond = 1e13

/** A number and its unit apart, so that a screen can set them in two sizes. */
export interface Written {
  readonly number: string
  readonly unit: string
}

/** What stands where nothing is known. */
export const unknownMark = '–'

const written = (number: string, unit: string): Written => ({ number, unit })
/** Three significant digits, never an exponent: 0.42, 4.12, 12.3, 482, 1,411. */
function digits(value: number): string {
  const size = Math.abs(value)
  const places = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2
  return writers[places].format(value)
}
// Made once: making one takes longer than writing a hundred numbers with it.
const writerOf = (places: number) => new Intl.NumberFormat('en-US', { minimumFractionDigits: places, maximumFractionDigits: places })
const writers = { 0: writerOf(0), 1: writerOf(1), 2: writerOf(2) } as const
function scaled(value: number, steps: readonly (readonly [number, string])[]): Written {
  const step = steps.find(([size]) => Math.abs(value) >= size) ?? steps.at(-1)
  return step ? written(digits(value / step[0]), step[1]) : written(digits(value), '')
}

/** Bit/s in SI: 4.12 Mbit/s. */
export const writeBitrate = (bps: number): Written =>
  scaled(bps, [
    [1e9, 'Gbit/s'],
    [1e6, 'Mbit/s'],
    [1e3, 'kbit/s'],
    [1, 'bit/s'],
  ])
/** Bytes in SI: 12.4 GB. */
export const writeBytes = (bytes: number): Written =>
  scaled(bytes, [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
    [1, 'B'],
  ])

/** The only writer of numbers. null and NaN are unknown. */
export function writeValue(value: number | null, unit: Unit): Written {
  if (value === null || Number.isNaN(value)) return written(unknownMark, '')
  switch (unit) {
    case 'bps':
      return writeBitrate(value)
    case 'bytes':
      return writeBytes(value)
    case 'count':
    case 'state':
      return written(Number.isInteger(value) ? writers[0].format(value) : digits(value), '')
    case 'perSecond':
      return written(Number.isInteger(value) ? writers[0].format(value) : digits(value), '/s')
    case 'celsius':
      return written(String(Math.round(value)), '°C')
    case 'packetsPerSecond':
      return written(digits(value), 'packets/s')
    case 'ms':
      return Math.abs(value) >= 10_000 ? written(digits(value / 1000), 's') : written(digits(value), 'ms')
    case 'mbps':
      return written(digits(value), 'Mbit/s')
    case 'ticks':
      return written(digits(value), 'ticks')
    case 'percent':
      return written(String(Math.round(value)), '%')
    default:
      return unit satisfies never
  }
}

/** Number and unit in one text. */
export function formatValue(value: number | null, unit: Unit): string {
  const { number, unit: name } = writeValue(value, unit)
  return name ? `${number} ${name}` : number
}

/** Signs of seconds, minutes, hours and days, each with what stands between it and its number. */
const signs: Readonly<Record<Language, readonly [seconds: string, minutes: string, hours: string, days: string]>> = {
  en: [' s', ' min', ' h', ' d'],
  de: [' s', ' min', ' h', ' d'],
  zh: [' 秒', ' 分', ' 小时', ' 天'],
  ru: [' с', ' мин', ' ч', ' д'],
  ko: ['초', '분', '시간', '일'],
}

/** 41 s, 3 min 02 s, 3 h 12 min, 4 d 07 h. */
export function formatDuration(ms: number, language: Language = 'en'): string {
  const [s, min, h, d] = signs[language]
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  if (seconds < 60) return `${seconds}${s}`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}${min} ${two(seconds % 60)}${s}`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours}${h} ${two(minutes % 60)}${min}`
  return `${Math.floor(hours / 24)}${d} ${two(hours % 24)}${h}`
}

const limitWords: Readonly<Record<Language, { readonly lessThan: (most: string) => string; readonly between: (from: string, to: string) => string }>> = {
  en: { lessThan: (most) => `less than ${most}`, between: (from, to) => `between ${from} and ${to}` },
  de: { lessThan: (most) => `weniger als ${most}`, between: (from, to) => `${from} bis ${to}` },
  zh: { lessThan: (most) => `不到 ${most}`, between: (from, to) => `${from} 至 ${to}` },
  ru: { lessThan: (most) => `менее ${most}`, between: (from, to) => `от ${from} до ${to}` },
  ko: { lessThan: (most) => `${most} 미만`, between: (from, to) => `${from}~${to}` },
}

/** Arrivals of answers waver by this much: it widens no interval by a second. */
const intervalSlackMs = 100

/**
 * A duration of which only the limits are known, as between two polls: "between 6 and 8 s", "less than 2 s". Limits
 * less than a second apart are one duration.
 */
export function formatInterval(minMs: number, maxMs: number, language: Language = 'en'): string {
  const { lessThan, between } = limitWords[language]
  if (maxMs < 1000) return lessThan(formatDuration(1000, language))
  if (maxMs - minMs < 1000) return formatDuration(Math.round((minMs + maxMs) / 2000) * 1000, language)
  const from = Math.max(0, Math.floor((minMs + intervalSlackMs) / 1000))
  const to = Math.ceil((maxMs - intervalSlackMs) / 1000)
  const upper = formatDuration(to * 1000, language)
  if (from === 0) return lessThan(upper)
  const lower = formatDuration(from * 1000, language)
  if (lower === upper) return lower
  // Where both are seconds, their sign stands once.
  return between(to < 60 ? String(from) : lower, upper)
}

/** How times are shown: the operator's switch. */
export type TimeZoneChoice = 'local' | 'utc'

const zone = (choice: TimeZoneChoice) => (choice === 'utc' ? { timeZone: 'UTC' } : {})
const timeWriter = (choice: TimeZoneChoice) =>
  new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', ...zone(choice) })
const dayWriter = (choice: TimeZoneChoice) => new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit', ...zone(choice) })
const timeWriters = { local: timeWriter('local'), utc: timeWriter('utc') }
const dayWriters = { local: dayWriter('local'), utc: dayWriter('utc') }
/** 03:14:27, 24 h. */
export const formatTime = (at: number, choice: TimeZoneChoice): string => timeWriters[choice].format(at)
/** 2026-11-14 03:14:27. */
export const formatDateTime = (at: number, choice: TimeZoneChoice): string => `${dayWriters[choice].format(at)} ${formatTime(at, choice)}`
