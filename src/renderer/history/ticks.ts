import type { Unit } from '../../shared/metrics.ts'
import { formatTime, type TimeZoneChoice, type Written, writeValue } from '../../shared/units.ts'

/** An axis from 0 to `top` with round steps; `ticks` holds both ends. */
export interface ValueScale {
  readonly top: number
  readonly ticks: readonly number[]
}

/**
 * A scale from zero with three or four round ticks that holds `max` with a little room above it.
 * Integers only (`whole`) for things that are counted. An empty or zero series still gets an axis.
 */
export const valueScale = (max: number, whole = false): ValueScale => {
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
  // Only counted things below 2 come here: one step would do, and two read better.
  return best ?? { top: 2, ticks: [0, 1, 2] }
}
const round = (value: number) => Number(value.toPrecision(12))

export interface AxisLabels {
  readonly labels: readonly string[]
  /** The one unit of the axis, and of every figure beside it. */
  readonly unit: string
  /** A value times this is in that unit. */
  readonly factor: number
}

/**
 * Tick labels in one unit: `0, 2, 4, 6` and `Mbit/s`, never `500 kbit/s, 1 Mbit/s`. It is that of the largest value drawn
 * (`most`), so that a line at 844 Mbit/s has an axis to 1,000 Mbit/s and not to 1 Gbit/s.
 */
export const tickLabels = (scale: ValueScale, unit: Unit, most = scale.top): AxisLabels => {
  const value = most > 0 ? most : scale.top
  const written = writeValue(value, unit)
  // Units are powers of ten apart; what is written is rounded.
  const factor = 10 ** Math.round(Math.log10(Number(written.number.replaceAll(',', '')) / value))
  return {
    labels: scale.ticks.map((tick) => Number((tick * factor).toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 3 })),
    unit: written.unit,
    factor,
  }
}

/** A value in the unit of its axis, at most three digits: figure and axis never name two units. Unknown stays a dash, with the unit. */
export const writeOnAxis = (value: number | null, unit: Unit, axis: AxisLabels): Written => {
  const written = writeValue(value, unit)
  if (value === null) return { number: written.number, unit: axis.unit }
  if (written.unit === axis.unit || value === 0) return { number: written.number, unit: axis.unit }
  const scaled = Number((value * axis.factor).toPrecision(3))
  // Beside an axis to 4 Mbit/s nobody reads more than thousandths; but what is not nothing is not written as 0.
  const number = scaled > 0 && scaled < 0.001 ? '< 0.001' : scaled.toLocaleString('en-US', { maximumFractionDigits: 3 })
  return { number, unit: axis.unit }
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const timeSteps = [1, 2, 5, 10, 15, 30]
  .map((count) => count * second)
  .concat(
    [1, 2, 5, 10, 15, 30].map((count) => count * minute),
    [1, 2, 3, 6, 12].map((count) => count * hour),
    [1, 2, 7, 14, 30].map((count) => count * day),
  )

/** Offset of the operator's zone at a moment, ms east of UTC. */
const zoneOffset = (at: number, zone: TimeZoneChoice) => (zone === 'utc' ? 0 : -new Date(at).getTimezoneOffset() * minute)

export interface TimeTick {
  readonly at: number
  readonly label: string
}

/** At most `most` round moments in [from, to]: full minutes, hours, days of the operator's zone. */
export const timeTicks = (from: number, to: number, most: number, zone: TimeZoneChoice): readonly TimeTick[] => {
  if (!(to > from) || most < 1) return []
  const step = timeSteps.find((candidate) => (to - from) / candidate <= most) ?? 30 * day
  const offset = zoneOffset(from, zone)
  const ticks: TimeTick[] = []
  for (let local = Math.ceil((from + offset) / step) * step; local - offset <= to; local += step) {
    // The offset is asked again at each tick: a week may hold the change to summer time.
    const at = local - zoneOffset(local - offset, zone)
    if (at < from || at > to) continue
    ticks.push({ at, label: timeLabel(at, step, zone) })
  }
  return ticks
}

const timeLabel = (at: number, step: number, zone: TimeZoneChoice) => {
  const midnight = (at + zoneOffset(at, zone)) % day === 0
  if (step >= day || midnight)
    return new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', ...(zone === 'utc' ? { timeZone: 'UTC' } : {}) }).format(at)
  const time = formatTime(at, zone)
  return step < minute ? time : time.slice(0, 5)
}
