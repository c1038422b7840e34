import type { Unit } from '../../shared/metrics.ts'
import { formatNumber, type TimeZoneChoice, type Written, writeValue } from '../../shared/units.ts'
import { dayStart, steadyStretches, type ZoneClock, zoneClock } from '../app/zoneClock.ts'

/** An axis from 0 (or from `bottom`, which is below 0) to `top` with round steps; `ticks` includes both ends. */
export interface ValueScale {
  readonly bottom?: number
  readonly top: number
  readonly ticks: readonly number[]
}

/**
 * A scale from zero with three or four round ticks and a little room above `max`. `whole` restricts ticks
 * to integers, for counts. An empty or zero series still gets an axis.
 */
export function valueScale(max: number, whole = false): ValueScale {
  const wanted = Number.isFinite(max) && max > 0 ? max * 1.05 : 0
  if (wanted === 0) return whole ? { top: 2, ticks: [0, 1, 2] } : { top: 1, ticks: [0, 0.5, 1] }
  const steps = whole ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10]
  let best: ValueScale | null = null
  const magnitude = 10 ** Math.floor(Math.log10(wanted / 3))
  for (const scale of [magnitude, magnitude * 10])
    for (const factor of steps) {
      const step = whole ? Math.max(1, Math.round(factor * scale)) : factor * scale
      const count = Math.ceil(wanted / step - 1e-9)
      if (count < 2 || count > 3) continue
      const top = step * count
      if (best === null || top < best.top) best = { top, ticks: Array.from({ length: count + 1 }, (_, index) => round(index * step)) }
    }
  // Only counts below 2 get here: one step would do, but two read better.
  return best ?? { top: 2, ticks: [0, 1, 2] }
}

/** Steps of axes of levels, dB: two to four of them reach as far down as any level. */
const levelSteps = [5, 10, 20, 30, 40, 50] as const
/** A scale of levels below full scale, dBFS or LUFS: down from 0, or from above it where something is louder. */
export function levelScale(least: number, most: number): ValueScale {
  const step = levelSteps.find((candidate) => -least <= 3 * candidate) ?? 50
  const below = Math.max(2, Math.ceil(-least / step - 1e-9))
  const above = Math.max(0, Math.ceil(most / step - 1e-9))
  return { bottom: -below * step, top: above * step, ticks: Array.from({ length: below + above + 1 }, (_, index) => (index - below) * step) }
}
const round = (value: number) => Number(value.toPrecision(12))

export interface AxisLabels {
  readonly labels: readonly string[]
  /** Unit of the axis and of every figure beside it. */
  readonly unit: string
  /** Factor that converts a value to that unit. */
  readonly factor: number
}

/**
 * Tick labels in one unit: `0, 2, 4, 6` and `Mbit/s`, never `500 kbit/s, 1 Mbit/s`. It is that of the largest value drawn
 * (`most`), so that a line at 844 Mbit/s has an axis to 1,000 Mbit/s and not to 1 Gbit/s.
 */
export function tickLabels(scale: ValueScale, unit: Unit, most = scale.top): AxisLabels {
  const value = most > 0 ? most : scale.top
  const written = writeValue(value, unit)
  const factor = 1 / written.unitSize
  return { labels: scale.ticks.map((tick) => formatNumber(Number((tick * factor).toPrecision(6)), 3)), unit: written.unit, factor }
}

/** Writes a value in the unit of its axis with at most three digits, so that figure and axis agree. An unknown value is a dash with the unit. */
export function writeOnAxis(value: number | null, unit: Unit, axis: AxisLabels): Written {
  const written = writeValue(value, unit)
  if (value === null || written.unit === axis.unit || value === 0) return { number: written.number, unit: axis.unit }
  const scaled = Number((value * axis.factor).toPrecision(3))
  // Beside an axis up to 4 Mbit/s thousandths are enough; but a value above 0 is never written as 0.
  const number = scaled > 0 && scaled < 0.001 ? `< ${formatNumber(0.001, 3)}` : formatNumber(scaled, 3)
  return { number, unit: axis.unit }
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Steps within a day, counted from midnight on the wall clock. */
const shortSteps = [1, 2, 5, 10, 15, 30]
  .flatMap((count) => [count * second, count * minute])
  .concat([1, 2, 3, 6, 12].map((count) => count * hour))
  .sort((a, b) => a - b)
/** Steps of whole days, with approximate lengths. */
const longSteps = [
  { kind: 'days', count: 1, ms: day },
  { kind: 'days', count: 2, ms: 2 * day },
  { kind: 'weeks', count: 1, ms: 7 * day },
  { kind: 'weeks', count: 2, ms: 14 * day },
  { kind: 'months', count: 1, ms: 30.5 * day },
  { kind: 'months', count: 3, ms: 91.5 * day },
  { kind: 'months', count: 12, ms: 366 * day },
] as const
type LongStep = (typeof longSteps)[number]

/** A round span of at least `leastMs` and at most a sixth longer, apart from seconds. */
export function roundStepMs(leastMs: number): number {
  const unit = shortSteps.findLast((step) => step <= leastMs / 6) ?? second
  return Math.ceil(leastMs / unit) * unit
}

export interface TimeTick {
  readonly at: number
  readonly label: string
  /** Start of a day, labelled with the date. */
  readonly dayStart: boolean
}

/**
 * At most about `most` round moments in [from, to] in the operator's zone: full minutes, hours, days, Mondays, firsts of
 * months. When clocks change, labels follow the wall clock: an hour is missing, or appears twice and is
 * distinguished by its offset.
 */
export function timeTicks(from: number, to: number, most: number, zone: TimeZoneChoice, locale = 'en-GB'): readonly TimeTick[] {
  return ticksOf(zoneClock(zone), from, to, most, locale)
}

/** `timeTicks` for any zone. */
export function ticksOf(clock: ZoneClock, from: number, to: number, most: number, locale = 'en-GB'): readonly TimeTick[] {
  if (!(to > from) || most < 1) return []
  const step = shortSteps.find((candidate) => (to - from) / candidate <= most)
  if (step !== undefined) return shortTicks(clock, from, to, step, locale)
  const long = longSteps.find(({ ms }) => (to - from) / ms <= most) ?? longSteps[longSteps.length - 1]
  return long === undefined ? [] : longTicks(clock, from, to, long, locale)
}

function shortTicks(clock: ZoneClock, from: number, to: number, step: number, locale: string): readonly TimeTick[] {
  const ticks: (TimeTick & { readonly offset: number })[] = []
  for (const stretch of steadyStretches(clock, from, to)) {
    const last = stretch.to === to ? to : stretch.to - 1
    for (let wall = Math.ceil((stretch.from + stretch.offset) / step) * step; wall - stretch.offset <= last; wall += step) {
      const midnight = wall % day === 0
      ticks.push({ at: wall - stretch.offset, label: midnight ? dateLabel(wall, locale) : timeLabel(wall, step), dayStart: midnight, offset: stretch.offset })
    }
  }
  return ticks.map(({ at, label, dayStart, offset }) => {
    const twice = ticks.some((other) => other.at !== at && other.label === label && Math.abs(other.at - at) <= 2 * hour)
    return { at, label: twice ? `${label} ${offsetLabel(offset)}` : label, dayStart }
  })
}

function longTicks(clock: ZoneClock, from: number, to: number, step: LongStep, locale: string): readonly TimeTick[] {
  const ticks: TimeTick[] = []
  const walls = wallsOf(clock.wall(from), step)
  for (const wall of walls) {
    const at = clock.at(wall)
    if (at > to) break
    if (at >= from)
      ticks.push({ at, label: step.kind === 'months' ? monthLabel(wall, locale) : dateLabel(wall, locale, step.kind === 'weeks'), dayStart: true })
  }
  return ticks
}

/** Midnights in wall time, starting with the last one before `wall`. */
function* wallsOf(wall: number, { kind, count }: LongStep): Generator<number> {
  if (kind === 'months') {
    const start = new Date(wall)
    const first = start.getUTCFullYear() * 12 + start.getUTCMonth()
    for (let month = first - (first % count); ; month += count) yield Date.UTC(Math.floor(month / 12), month % 12, 1)
  }
  const step = (kind === 'weeks' ? 7 : 1) * count * day
  // 1970 began on a Thursday: weeks begin on Mondays.
  const origin = kind === 'weeks' ? -3 * day : 0
  for (let next = Math.floor((wall - origin) / step) * step + origin; ; next += step) yield next
}

const two = (value: number) => String(value).padStart(2, '0')
function timeLabel(wall: number, step: number) {
  const date = new Date(wall)
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
  return step < minute ? `${time}:${two(date.getUTCSeconds())}` : time
}
function offsetLabel(offset: number) {
  const size = Math.abs(offset) / minute
  return `${offset < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}
const writers = new Map<string, Intl.DateTimeFormat>()
function write(wall: number, locale: string, options: Intl.DateTimeFormatOptions) {
  const key = `${locale} ${JSON.stringify(options)}`
  const writer = writers.get(key) ?? new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { ...options, timeZone: 'UTC' })
  writers.set(key, writer)
  return writer.format(wall)
}
const dateLabel = (wall: number, locale: string, withMonth = false) =>
  withMonth ? write(wall, locale, { day: 'numeric', month: 'short' }) : write(wall, locale, { weekday: 'short', day: 'numeric' })
const monthLabel = (wall: number, locale: string) =>
  new Date(wall).getUTCMonth() === 0 ? write(wall, locale, { year: 'numeric' }) : write(wall, locale, { month: 'short' })

/** A shaded period of the time axis: a night, or a weekend if nights would be too narrow. */
export interface Band {
  readonly from: number
  readonly to: number
}
/** Start of a day with its date; `label` is null if there is no room. */
interface DayMark {
  readonly at: number
  readonly label: string | null
}
export interface DayBands {
  readonly kind: 'nights' | 'weekends' | 'none'
  readonly bands: readonly Band[]
  readonly days: readonly DayMark[]
}

/** Night in wall time, from 18:00 to 06:00: the shift with the fewest people. */
const nightFrom = 18 * hour
const nightTo = 6 * hour

/**
 * Days and nights in [from, to] on a clock, for an axis `width` pixels wide. Nights are shaded while they are wide enough, then
 * weekends, then nothing. Days are labelled while their dates fit. Days of 23 and 25 hours keep their real length.
 */
export function dayBands(clock: ZoneClock, from: number, to: number, width: number, locale = 'en-GB'): DayBands {
  if (!(to > from) || width <= 0) return { kind: 'none', bands: [], days: [] }
  const dayPx = (day / (to - from)) * width
  const kind = dayPx >= 16 ? 'nights' : dayPx >= 3 ? 'weekends' : 'none'
  if (kind === 'none') return { kind, bands: [], days: [] }
  const bands: Band[] = []
  const days: DayMark[] = []
  const add = (start: number, end: number) => {
    const band = { from: Math.max(from, start), to: Math.min(to, end) }
    const last = bands.at(-1)
    if (band.to <= band.from) return
    if (last && band.from <= last.to) bands[bands.length - 1] = { from: last.from, to: band.to }
    else bands.push(band)
  }
  for (let start = dayStart(clock, from, -1); start < to; ) {
    const next = dayStart(clock, start, 1)
    const wall = clock.wall(start)
    const midnight = Math.floor(wall / day) * day
    const weekday = new Date(midnight).getUTCDay()
    if (kind === 'nights') {
      add(start, clock.at(midnight + nightTo))
      add(clock.at(midnight + nightFrom), next)
    } else if (weekday === 0 || weekday === 6) add(start, next)
    const named = dayPx >= 44 || (dayPx >= 6 && weekday === 1)
    if (start >= from) days.push({ at: start, label: named ? dateLabel(midnight, locale, dayPx < 44) : null })
    start = next
  }
  return { kind, bands, days: kind === 'nights' ? days : days.filter(({ label }) => label !== null) }
}
