import type { Unit } from '../../shared/metrics.ts'
import { formatNumber, type Written, writeValue } from '../../shared/units.ts'
import type { ZoneClock } from '../app/zoneClock.ts'

/** From 0, or from `bottom` below 0, to `top`; `ticks` includes both ends. */
export interface ValueScale {
  readonly bottom?: number
  readonly top: number
  readonly ticks: readonly number[]
}

/** Three or four round ticks from 0 and a little room above `max`; `whole`: integers only. An empty or zero series still gets an axis. */
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
  // A count below 2: one step would do, but two read better.
  return best ?? { top: 2, ticks: [0, 1, 2] }
}

/** Two to four of them reach as far down as any level, dB. */
const levelSteps = [5, 10, 20, 30, 40, 50] as const
/** Levels below full scale, dBFS or LUFS: down from 0, or from above it if something is louder. */
export function levelScale(least: number, most: number): ValueScale {
  const step = levelSteps.find((candidate) => -least <= 3 * candidate) ?? 50
  const below = Math.max(2, Math.ceil(-least / step - 1e-9))
  const above = Math.max(0, Math.ceil(most / step - 1e-9))
  return { bottom: -below * step, top: above * step, ticks: Array.from({ length: below + above + 1 }, (_, index) => (index - below) * step) }
}
const round = (value: number) => Number(value.toPrecision(12))

export interface AxisLabels {
  readonly labels: readonly string[]
  readonly unit: string
  readonly factor: number
}

/** One unit for all: that of the largest value drawn, so that a line at 844 Mbit/s has an axis to 1,000 Mbit/s and not to 1 Gbit/s. */
export function tickLabels(scale: ValueScale, unit: Unit, most = scale.top): AxisLabels {
  const value = most > 0 ? most : scale.top
  const written = writeValue(value, unit)
  const factor = 1 / written.unitSize
  return { labels: scale.ticks.map((tick) => formatNumber(Number((tick * factor).toPrecision(6)), 3)), unit: written.unit, factor }
}

/** At most three digits, so that figure and axis agree. An unknown value is a dash with the unit. */
export function writeOnAxis(value: number | null, unit: Unit, axis: AxisLabels): Written {
  const written = writeValue(value, unit)
  if (value === null || written.unit === axis.unit || value === 0) return { number: written.number, unit: axis.unit }
  const scaled = Number((value * axis.factor).toPrecision(3))
  // Thousandths are enough beside an axis up to 4 Mbit/s; but a value above 0 is never written as 0.
  const number = scaled > 0 && scaled < 0.001 ? `< ${formatNumber(0.001, 3)}` : formatNumber(scaled, 3)
  return { number, unit: axis.unit }
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

interface Step {
  readonly ms: number
  readonly months?: number
}
const week = 7 * day
const shortSteps = [...[second, minute].flatMap((unit) => [1, 2, 5, 10, 15, 30].map((count) => count * unit)), ...[1, 2, 3, 6, 12].map((count) => count * hour)]
const steps: readonly Step[] = [
  ...[...shortSteps, day, 2 * day, week, 2 * week].map((ms) => ({ ms })),
  ...[1, 3, 12].map((months) => ({ ms: 30.5 * months * day, months })),
]

/** At least `leastMs` and at most a sixth longer, apart from seconds. */
export function roundStepMs(leastMs: number): number {
  const unit = shortSteps.findLast((step) => step <= leastMs / 6) ?? second
  return Math.ceil(leastMs / unit) * unit
}

export interface TimeTick {
  readonly at: number
  readonly label: string
  readonly dayStart: boolean
}

/** About `most` round moments: minutes, hours, days, Mondays, firsts of months. A skipped hour has none, a repeated one has them once. */
export function timeTicks(clock: ZoneClock, from: number, to: number, most: number, locale = 'en-GB'): readonly TimeTick[] {
  const step = steps.find(({ ms }) => (to - from) / ms <= most) ?? steps.at(-1)
  if (!(to > from) || most < 1 || step === undefined) return []
  const ticks: TimeTick[] = []
  for (const wall of wallsOf(clock.wall(from), step)) {
    const at = clock.at(wall)
    if (at > to) break
    if (at >= from && clock.wall(at) === wall) ticks.push({ at, label: labelOf(wall, step, locale), dayStart: wall % day === 0 })
  }
  return ticks
}

/** On the wall clock, from the last one before `wall`. */
function* wallsOf(wall: number, { ms, months }: Step): Generator<number> {
  if (months !== undefined) {
    const start = new Date(wall)
    const first = start.getUTCFullYear() * 12 + start.getUTCMonth()
    for (let month = first - (first % months); ; month += months) yield Date.UTC(Math.floor(month / 12), month % 12, 1)
  }
  // 1970 began on a Thursday; weeks begin on Mondays.
  const origin = ms >= week ? -3 * day : 0
  for (let next = Math.floor((wall - origin) / ms) * ms + origin; ; next += ms) yield next
}

function labelOf(wall: number, { ms, months }: Step, locale: string): string {
  const date = new Date(wall)
  if (months !== undefined) return write(wall, locale, date.getUTCMonth() === 0 ? { year: 'numeric' } : { month: 'short' })
  if (wall % day === 0) return write(wall, locale, ms >= week ? { day: 'numeric', month: 'short' } : { weekday: 'short', day: 'numeric' })
  return date.toISOString().slice(11, ms < minute ? 19 : 16)
}

const writers = new Map<string, Intl.DateTimeFormat>()
function write(wall: number, locale: string, options: Intl.DateTimeFormatOptions) {
  const key = `${locale} ${JSON.stringify(options)}`
  const writer = writers.get(key) ?? new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { ...options, timeZone: 'UTC' })
  writers.set(key, writer)
  return writer.format(wall)
}
