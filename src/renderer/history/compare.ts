import { useCallback } from 'react'
import { type Gap, mergeGaps } from '../../shared/gaps.ts'
import { withoutMoment } from '../app/moment.ts'
import { useAddressParams, withParams } from '../app/usePageParams.ts'
import { shiftDays, type ZoneClock } from '../app/zoneClock.ts'
import { columnsAt, type DrawnSeries } from './joinSeries.ts'
import type { TimeWindow } from './timeRange.ts'

/** Days back of the period that is overlaid for comparison, at the same wall-clock times. */
export const compareDays = { day: 1, week: 7 } as const
export type Compare = keyof typeof compareDays

/** Stored in the address; null: no comparison. */
export function useCompare() {
  const [params, setParams] = useAddressParams()
  const text = params.get('compare')
  const compare: Compare | null = text === 'day' || text === 'week' ? text : null
  const setCompare = useCallback(
    (next: Compare | null) => setParams((before) => withParams(withoutMoment(before), { compare: next }), { replace: true }),
    [setParams],
  )
  return { compare, setCompare }
}

/** By the wall clock; ends are rounded, so that a live range causes few queries. */
export function earlierWindow(window: TimeWindow, days: number, clock: ZoneClock): { readonly from: number; readonly to: number } {
  const step = window.live ? Math.max(10_000, Math.round((window.to - window.from) / 100)) : 1
  const from = shiftDays(clock, window.from, -days)
  const to = shiftDays(clock, window.to, -days)
  return { from: Math.floor(from / step) * step, to: Math.ceil(to / step) * step }
}

/** To the same wall-clock times: an hour that clocks repeat is drawn once, one that they skip is drawn, too. */
export function alongside(series: DrawnSeries, days: number, clock: ZoneClock): DrawnSeries {
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
  const gaps = series.gaps
    .map(([from, to]): Gap => [shiftDays(clock, from, days), Number.isFinite(to) ? shiftDays(clock, to, days) : to])
    .filter(([from, to]) => to > from)
  return { ...columnsAt(series, kept), at, gaps: mergeGaps(gaps), tier: series.tier, lacking: [] }
}
