import { type Gap, mergeGaps } from '../../shared/gaps.ts'
import { withoutMoment } from '../app/moment.ts'
import { daysBetween, shiftDays, type ZoneClock } from '../app/zoneClock.ts'
import type { DrawnSeries } from './joinSeries.ts'
import type { TimeWindow } from './timeRange.ts'

/**
 * Which other period is laid over charts: always whole days away, at the same times on the clock.
 *
 * - day, week: yesterday, or the same weekday of last week.
 * - date: on that day, `2026-11-14`.
 */
export type Compare = { readonly kind: 'day' } | { readonly kind: 'week' } | { readonly kind: 'date'; readonly date: string }

/** A day of the calendar as ms of its midnight in UTC; null where there is no such day. */
export function readDate(text: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text.trim())
  if (!parts) return null
  const [year = 0, month = 0, day = 0] = parts.slice(1).map(Number)
  const wall = Date.UTC(year, month - 1, day)
  return new Date(wall).getUTCMonth() === month - 1 && new Date(wall).getUTCDate() === day ? wall : null
}

/** Reads `compare` of an address; null: nothing is compared. */
export function readCompare(params: URLSearchParams): Compare | null {
  const text = params.get('compare')
  if (text === 'day' || text === 'week') return { kind: text }
  return text !== null && readDate(text) !== null ? { kind: 'date', date: text } : null
}

/** The same parameters with another comparison, or without one. */
export function writeCompare(params: URLSearchParams, compare: Compare | null): URLSearchParams {
  const next = withoutMoment(params)
  if (compare === null) next.delete('compare')
  else next.set('compare', compare.kind === 'date' ? compare.date : compare.kind)
  return next
}

/**
 * How many days the other period lies earlier; below zero: later. Of a date it is the day on which the other period ends, as the
 * stretch that is shown ends on its own.
 */
export function daysBack(compare: Compare, window: { readonly to: number }, clock: ZoneClock): number {
  switch (compare.kind) {
    case 'day':
      return 1
    case 'week':
      return 7
    case 'date': {
      const wall = readDate(compare.date)
      // A stretch up to midnight belongs to the day before it.
      return wall === null ? 0 : daysBetween(clock, clock.at(wall), window.to - 1)
    }
    default:
      return compare satisfies never
  }
}

/** The same stretch so many days earlier, by the clock on the wall; its ends are rounded, so that a stretch that goes on asks rarely. */
export function earlierWindow(window: TimeWindow, days: number, clock: ZoneClock): { readonly from: number; readonly to: number } {
  const step = window.live ? Math.max(10_000, Math.round((window.to - window.from) / 100)) : 1
  const from = shiftDays(clock, window.from, -days)
  const to = shiftDays(clock, window.to, -days)
  return { from: Math.floor(from / step) * step, to: Math.ceil(to / step) * step }
}

/** An earlier series beside a later one. */
export interface Alongside {
  /** At the times at which the clock shows the same, so many days later. */
  readonly series: DrawnSeries
  /** When each bucket of it really was. */
  readonly original: readonly number[]
}

/**
 * A series of so many days earlier, moved to where the clock shows the same. Where clocks were set back in between, an hour that
 * came twice is drawn once; where they were set forward, the hour that is left out is.
 */
export function alongside(series: DrawnSeries, days: number, clock: ZoneClock): Alongside {
  const kept: number[] = []
  const at: number[] = []
  let newest = Number.NEGATIVE_INFINITY
  series.at.forEach((moment, index) => {
    const moved = shiftDays(clock, moment, days)
    // Of an hour that came twice the second one would go back in time.
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
