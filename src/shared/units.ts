import type { Language } from '../i18n/languages.ts'
import { latestTime } from './latestTime.ts'
import type { Unit } from './metrics.ts'

/** 10 Tbit/s: more than one stream or one server can carry. */
export const mostBitsPerSecond = 1e13

/**
 * Default language of figures. A window uses one language at a time; code that writes for many callers, such as the engine,
 * passes the language explicitly.
 */
let shownLanguage: Language = 'en'
export function writeFiguresIn(language: Language): void {
  shownLanguage = language
}

/** Default zone of moments: UTC, or the operator's choice in a window. */
let shownZone: TimeZoneChoice = 'utc'
export function writeMomentsIn(choice: TimeZoneChoice): void {
  shownZone = choice
}

/** A number and its unit as separate texts, so that a screen can show them in two sizes. */
export interface Written {
  readonly number: string
  readonly unit: string
}

/** Written for an unknown value. */
export const unknownMark = '–'

type Places = 0 | 1 | 2
/** Decimal places for three significant digits, never an exponent: 0.42, 4.12, 12.3, 482, 1,411. */
export function placesOf(value: number): Places {
  const size = Math.abs(value)
  return size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2
}
// Cached: creating a formatter takes longer than writing a hundred numbers with it.
function writersOf(language: Language): Record<Places, Intl.NumberFormat> {
  const writer = (places: Places) => new Intl.NumberFormat(language, { minimumFractionDigits: places, maximumFractionDigits: places })
  return { 0: writer(0), 1: writer(1), 2: writer(2) }
}
const writers: Partial<Record<Language, ReturnType<typeof writersOf>>> = {}
function writeNumber(value: number, places: Places, language: Language): string {
  writers[language] ??= writersOf(language)
  return writers[language][places].format(value)
}

/** A number with a fixed count of decimals: 0.80. */
export function formatFixed(value: number, places: Places, language: Language = shownLanguage): string {
  return writeNumber(value, places, language)
}

/** A number with at most this many decimals: 4.5, 0.001, 1,000. */
export function formatNumber(value: number, mostPlaces: number, language: Language = shownLanguage): string {
  return value.toLocaleString(language, { maximumFractionDigits: mostPlaces })
}

/** An availability, rounded down: 100 % is said of what was never down only. */
export function formatAvailability(percent: number | null, language: Language = shownLanguage): string {
  return percent === null ? '–' : `${formatNumber(Math.floor(percent * 1_000) / 1_000, 3, language)} %`
}

/** Unit names that differ from English. */
const unitNames: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: {},
  de: { days: 'Tage', 'packets/s': 'Pakete/s', ticks: 'Takte' },
  zh: { s: '秒', days: '天', '/s': '/秒', 'packets/s': '包/秒', ticks: '时钟刻度' },
  ru: {
    'bit/s': 'бит/с',
    'kbit/s': 'кбит/с',
    'Mbit/s': 'Мбит/с',
    'Gbit/s': 'Гбит/с',
    B: 'Б',
    kB: 'кБ',
    MB: 'МБ',
    GB: 'ГБ',
    TB: 'ТБ',
    ms: 'мс',
    s: 'с',
    days: 'дн.',
    '/s': '/с',
    'packets/s': 'пакетов/с',
    ticks: 'тактов',
  },
  ko: { s: '초', days: '일', '/s': '/초', 'packets/s': '패킷/초', ticks: '틱' },
}

type Step = readonly [unitSize: number, unit: string]
/** SI. */
const bitrateSteps: readonly Step[] = [
  [1e9, 'Gbit/s'],
  [1e6, 'Mbit/s'],
  [1e3, 'kbit/s'],
  [1, 'bit/s'],
]
/** SI: 12.4 GB. */
const byteSteps: readonly Step[] = [
  [1e12, 'TB'],
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1e3, 'kB'],
  [1, 'B'],
]
const stepFor = (value: number, steps: readonly Step[]): Step => steps.find(([size]) => Math.abs(value) >= size) ?? steps.at(-1) ?? [1, '']

/** Size and name of the unit to write a value in, and its decimals if they are not those of three significant digits. */
function stepOf(value: number, unit: Unit): readonly [...Step, places?: Places] {
  switch (unit) {
    case 'bps':
      return stepFor(value, bitrateSteps)
    case 'bytes':
      return stepFor(value, byteSteps)
    case 'count':
    case 'state':
      return Number.isInteger(value) ? [1, '', 0] : [1, '']
    case 'perSecond':
      return Number.isInteger(value) ? [1, '/s', 0] : [1, '/s']
    case 'celsius':
      return [1, '°C', 0]
    case 'packetsPerSecond':
      return [1, 'packets/s']
    case 'ms':
      return Math.abs(value) >= 10_000 ? [1000, 's'] : [1, 'ms']
    case 'mbps':
      return [1, 'Mbit/s']
    case 'ticks':
      return [1, 'ticks']
    case 'days':
      return Number.isInteger(value) ? [1, 'days', 0] : [1, 'days', 1]
    case 'percent':
      return [1, '%', 0]
    case 'dbfs':
      return [1, 'dBFS', 1]
    case 'lufs':
      return [1, 'LUFS', 1]
    case 'lu':
      return [1, 'LU', 1]
    default:
      return unit satisfies never
  }
}

/** Writes a value with its unit; all figures go through here. null and NaN are unknown. `unitSize`: size of the unit, such as 1,000,000 for Mbit/s. */
export function writeValue(value: number | null, unit: Unit, language: Language = shownLanguage): Written & { readonly unitSize: number } {
  if (value === null || Number.isNaN(value)) return { number: unknownMark, unit: '', unitSize: 1 }
  const [unitSize, name, places] = stepOf(value, unit)
  const scaled = value / unitSize
  return { number: writeNumber(scaled, places ?? placesOf(scaled), language), unit: unitName(name, language), unitSize }
}

function unitName(name: string, language: Language): string {
  return unitNames[language][name] ?? name
}

/** "1.5 GB", "20 MB", the latter rounded up: what is needed or free. `unit` null: in the one that fits. */
export function formatSize(bytes: number, unit: 'GB' | 'MB' | null, language: Language): string {
  const isGigabytes = unit === null ? bytes >= 1e9 : unit === 'GB'
  const inUnit = isGigabytes ? formatFixed(Number((bytes / 1e9).toFixed(1)), 1, language) : formatNumber(Math.ceil(bytes / 1e6), 0, language)
  return `${inUnit} ${unitName(isGigabytes ? 'GB' : 'MB', language)}`
}

/** A value with its unit as one text. */
export function formatValue(value: number | null, unit: Unit, language: Language = shownLanguage): string {
  const { number, unit: name } = writeValue(value, unit, language)
  return name ? `${number} ${name}` : number
}

/** What stands between two values of a range: a dash before a sign would be read as another sign. */
export function rangeDash(high: number): string {
  return high < 0 ? ' … ' : '–'
}
/** Two values in the unit of the greater one: 3.92–4.40 Mbit/s. What reads the same is written once. */
export function formatRange(low: number, high: number, unit: Unit, language: Language = shownLanguage): string {
  const [unitSize, name, places = placesOf(high / unitSize)] = stepOf(high, unit)
  const [from, to] = [low, high].map((value) => writeNumber(value / unitSize, places, language))
  return [from === to ? from : `${from}${rangeDash(high)}${to}`, unitName(name, language)].filter((text) => text !== '').join(' ')
}

/** A figure and its limit in one unit, which suits the greater of them: 28.3 s and 5 s. */
export function formatBoth(value: number, limit: number, unit: Unit, language: Language = shownLanguage): readonly [value: string, limit: string] {
  const most = Math.max(Math.abs(value), Math.abs(limit))
  const [unitSize, name, places] = unit === 'ms' && most >= 1000 ? ([1000, 's', undefined] as const) : stepOf(most, unit)
  const scaled = value / unitSize
  const named = (number: string) => [number, unitName(name, language)].filter(Boolean).join(' ')
  return [named(writeNumber(scaled, places ?? placesOf(scaled), language)), named(formatNumber(limit / unitSize, 2, language))]
}

/** Abbreviations of seconds, minutes, hours and days, each with the space before it if the language has one. */
const signs: Readonly<Record<Language, readonly [seconds: string, minutes: string, hours: string, days: string]>> = {
  en: [' s', ' min', ' h', ' d'],
  de: [' s', ' min', ' h', ' d'],
  zh: [' 秒', ' 分', ' 小时', ' 天'],
  ru: [' с', ' мин', ' ч', ' д'],
  ko: ['초', '분', '시간', '일'],
}

/** 41 s, 3 min 02 s, 3 h 12 min, 4 d 07 h. */
export function formatDuration(ms: number, language: Language = shownLanguage): string {
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

/** A length of time as a figure, such as that of all outages: a dash where there was none. */
export function formatTotal(ms: number | null, language: Language = shownLanguage): string {
  return ms === null || ms < 500 ? '–' : formatDuration(Math.max(ms, 1_000), language)
}

/** A round duration in one unit, in days from two days up: 10 s, 15 min, 24 h, 7 d. */
export function formatSpan(ms: number, language: Language = shownLanguage): string {
  const [s, min, h, d] = signs[language]
  const [size, sign] = ms < 60_000 ? [1000, s] : ms < 3_600_000 ? [60_000, min] : ms < 172_800_000 ? [3_600_000, h] : [86_400_000, d]
  return `${formatNumber(ms / size, 1, language)}${sign}`
}

const limitMessage: Readonly<Record<Language, { readonly lessThan: (most: string) => string; readonly between: (from: string, to: string) => string }>> = {
  en: { lessThan: (most) => `less than ${most}`, between: (from, to) => `${from} to ${to}` },
  de: { lessThan: (most) => `weniger als ${most}`, between: (from, to) => `${from} bis ${to}` },
  zh: { lessThan: (most) => `不到 ${most}`, between: (from, to) => `${from} 至 ${to}` },
  ru: { lessThan: (most) => `менее ${most}`, between: (from, to) => `от ${from} до ${to}` },
  ko: { lessThan: (most) => `${most} 미만`, between: (from, to) => `${from}~${to}` },
}

/** Jitter of answer arrivals, which must not widen an interval by a second. */
const intervalSlackMs = 100

/**
 * A duration known only by its limits, as between two polls: "6 to 8 s", "less than 2 s". Limits less than a
 * second apart are written as one duration.
 */
export function formatInterval(minMs: number, maxMs: number, language: Language = shownLanguage): string {
  const { lessThan, between } = limitMessage[language]
  if (maxMs < 1000) return lessThan(formatDuration(1000, language))
  if (minMs === maxMs) return formatDuration(maxMs, language)
  if (maxMs - minMs < 1000) return formatDuration(Math.round((minMs + maxMs) / 2000) * 1000, language)
  const from = Math.max(0, Math.floor((minMs + intervalSlackMs) / 1000))
  const to = Math.ceil((maxMs - intervalSlackMs) / 1000)
  const upper = formatDuration(to * 1000, language)
  if (from === 0) return lessThan(upper)
  const lower = formatDuration(from * 1000, language)
  if (lower === upper) return lower
  // If both are seconds, the unit is written once.
  return between(to < 60 ? String(from) : lower, upper)
}

/** How times are shown: the operator's switch. */
export type TimeZoneChoice = 'local' | 'utc'
/** The same, or a zone by its Intl name. */
export type ShownZone = TimeZoneChoice | `in ${string}`

const twoDigits = '2-digit' as const
const clock = { hour: twoDigits, minute: twoDigits, hourCycle: 'h23' } as const
const calendar = { year: 'numeric', month: twoDigits, day: twoDigits } as const
/** Parts of a moment that are written. */
const momentForms = {
  time: { ...clock, second: twoDigits },
  second: { ...calendar, ...clock, second: twoDigits },
  minute: { ...calendar, ...clock },
  day: calendar,
  dayAndTime: { month: twoDigits, day: twoDigits, ...clock },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>
type MomentForm = keyof typeof momentForms

const inZone = (choice: ShownZone) => (choice === 'utc' ? { timeZone: 'UTC' } : choice === 'local' ? {} : { timeZone: choice.slice(3) })
/**
 * Number of formatters that are kept: making one takes longer than writing a hundred moments with it. Each takes 34 kB, and zones come from
 * outside, where there are thousands.
 */
const mostWriters = 200
const timeWriters = new Map<string, Intl.DateTimeFormat>()
function writerOf(key: string, locale: string, options: () => Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const known = timeWriters.get(key)
  if (known) return known
  const [oldest] = timeWriters.keys()
  if (oldest !== undefined && timeWriters.size >= mostWriters) timeWriters.delete(oldest)
  const writer = new Intl.DateTimeFormat(locale, options())
  timeWriters.set(key, writer)
  return writer
}
function momentWriter(form: MomentForm, choice: ShownZone, language: Language): Intl.DateTimeFormat {
  return writerOf(`${form} ${choice} ${language}`, language === 'en' ? 'en-GB' : language, () => ({
    ...momentForms[form],
    ...inZone(choice),
    // English spells the month out: 11/12 is a different day in London than in New York.
    ...(language === 'en' && 'month' in momentForms[form] && { month: 'short' }),
  }))
}

const inCalendar = (at: number) => Math.min(Math.max(at, -latestTime), latestTime)

/**
 * Writes a moment in the style of a language with a 24-hour clock: 14 Nov 2026, 03:14:27; 14.11.2026, 03:14:27. All moments go
 * through here except labels of axes.
 */
export function formatMoment(at: number, form: MomentForm, choice: ShownZone = shownZone, language: Language = shownLanguage): string {
  return momentWriter(form, choice, language).format(inCalendar(at))
}

// Asked once: asking takes longer than writing the moment, and the formatters keep their zone, too.
const localZone = Intl.DateTimeFormat().resolvedOptions().timeZone
/** Intl name of the zone in which times are shown and typed. */
export function zoneOf(choice: TimeZoneChoice = shownZone): string {
  return choice === 'utc' ? 'UTC' : localZone
}

/** Name of the zone at a moment, such as `CET`, `CEST` or `GMT+3`. It distinguishes the two occurrences of an hour that repeats. */
export function zoneNameAt(at: number, zone: string): string {
  const writer = writerOf(zone, 'en-GB', () => ({ timeZone: zone, timeZoneName: 'short' }))
  return writer.formatToParts(inCalendar(at)).find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

/** Day, time and zone, for sentences: 14 Nov 2026, 03:14:27 UTC. */
export function formatMomentInZone(at: number, language: Language, zone = zoneOf()): string {
  return `${formatMoment(at, 'second', `in ${zone}`, language)} ${zoneNameAt(at, zone)}`
}

/** A period between two moments. Parts of the date that both share are written once; seconds are written if it is shorter than ten minutes. */
export function formatStretch(from: number, to: number, choice: ShownZone = shownZone, language: Language = shownLanguage): string {
  return momentWriter(to - from < 600_000 ? 'second' : 'minute', choice, language).formatRange(inCalendar(from), inCalendar(to))
}

/** Tells a window which day is today; null: not known, so that times stand without a date. */
let currentTime: (() => number) | null = null
export function writeTimesAsOf(now: (() => number) | null): void {
  currentTime = now
}
/** 03:14:27, 24 h; with its date where that is not today's: 25 Nov, 23:40. */
export function formatTime(at: number, choice: TimeZoneChoice = shownZone, language: Language = shownLanguage): string {
  const day = (moment: number) => formatMoment(moment, 'day', choice, language)
  const isToday = currentTime === null || day(at) === day(currentTime())
  return formatMoment(at, isToday ? 'time' : 'dayAndTime', choice, language)
}
/** Day and time to the second. */
export function formatDateTime(at: number, choice: TimeZoneChoice = shownZone): string {
  return formatMoment(at, 'second', choice)
}

const entryWriter = (choice: TimeZoneChoice) => new Intl.DateTimeFormat('sv-SE', { ...momentForms.second, ...inZone(choice) })
const entryWriters = { local: entryWriter('local'), utc: entryWriter('utc') }
/** 2026-11-14 03:14:27: the form in which times are entered, in every language. */
export function entryTime(at: number, choice: TimeZoneChoice = shownZone): string {
  return entryWriters[choice].format(at)
}
