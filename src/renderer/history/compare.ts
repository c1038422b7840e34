import { type Gap, mergeGaps } from '../../shared/gaps.ts'
import { withoutMoment } from '../app/moment.ts'
import { daysBetween, shiftDays, type ZoneClock } from '../app/zoneClock.ts'
import type { DrawnSeries } from './joinSeries.ts'
import type { TimeWindow } from './timeRange.ts'

/**
 * The period to overlay on charts for comparison: always whole days away, at the same wall-clock times.
 *
 * - day, week: a day or a week earlier.
 * - date: that day, `2026-11-14`.
 */
export type Compare = { readonly kind: 'day' } | { readonly kind: 'week' } | { readonly kind: 'date'; readonly date: string }

/** Parses a calendar day to ms of its midnight in UTC; null if there is no such day. */
export function readDate(text: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text.trim())
  if (!parts) return null
  const [year = 0, month = 0, day = 0] = parts.slice(1).map(Number)
  const wall = Date.UTC(year, month - 1, day)
  return new Date(wall).getUTCMonth() === month - 1 && new Date(wall).getUTCDate() === day ? wall : null
}

/** Reads `compare` from an address; null: no comparison. */
export function readCompare(params: URLSearchParams): Compare | null {
  const text = params.get('compare')
  if (text === 'day' || text === 'week') return { kind: text }
  return text !== null && readDate(text) !== null ? { kind: 'date', date: text } : null
}

/** The parameters with the comparison replaced or removed. */
export function writeCompare(params: URLSearchParams, compare: Compare | null): URLSearchParams {
  const next = withoutMoment(params)
  if (compare === null) next.delete('compare')
  else next.set('compare', compare.kind === 'date' ? compare.date : compare.kind)
  return next
}

/**
 * How many days earlier the compared period is; negative: later. A `date` is the day on which the compared period ends, matched
 * to the day on which the shown range ends.
 */
export function daysBack(compare: Compare, window: { readonly to: number }, clock: ZoneClock): number {
  switch (compare.kind) {
    case 'day':
      return 1
    case 'week':
      return 7
    case 'date': {
      const wall = readDate(compare.date)
      // A range that ends at midnight belongs to the day before.
      return wall === null ? 0 : daysBetween(clock, clock.at(wall), window.to - 1)
    }
    default:
      return compare satisfies never
  }
}

/** The same range some days earlier by the wall clock. Its ends are rounded, so that a live range causes few queries. */
export function earlierWindow(window: TimeWindow, days: number, clock: ZoneClock): { readonly from: number; readonly to: number } {
  const step = window.live ? Math.max(10_000, Math.round((window.to - window.from) / 100)) : 1
  const from = shiftDays(clock, window.from, -days)
  const to = shiftDays(clock, window.to, -days)
  return { from: Math.floor(from / step) * step, to: Math.ceil(to / step) * step }
}

/** An earlier series shifted for comparison. */
export interface Alongside {
  /** Shifted to the same wall-clock times, some days later. */
  readonly series: DrawnSeries
  /** Original time of each bucket. */
  readonly original: readonly number[]
}

/**
 * Shifts a series by some days to the same wall-clock times. If clocks were set back in between, a repeated hour is drawn once; if
 * they were set forward, the missing hour is drawn, too.
 */
export function alongside(series: DrawnSeries, days: number, clock: ZoneClock): Alongside {
  const kept: number[] = []
  const at: number[] = []
  let newest = Number.NEGATIVE_INFINITY
  series.at.forEach((moment, index) => {
    const moved = shiftDays(clock, moment, days)
    // The second occurrence of a repeated hour would go back in time.
    if (moved <= newest) return
    newest = moved
    kept.push(index)
    at.push(moved)
  })
  const pick = (column: readonly number[]) => kept.map((index) => column[index] ?? 0)
  const gaps = series.gaps
    .map(([from, to]): Gap => [shiftDays(clock, from, days), Number.isFinite(to) ? shiftDays(clock, to, days) : to])
    .filter(([from, to]) => to > from)
  return {
    series: { at, min: pick(series.min), mean: pick(series.mean), max: pick(series.max), count: pick(series.count), gaps: mergeGaps(gaps), tier: series.tier },
    original: pick(series.at),
  }
}
