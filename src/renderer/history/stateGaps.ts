import { type Gap, mergeGaps } from '../../shared/gaps.ts'
import { isOffAir, streamStateCodes, streamStates } from '../../shared/streams.ts'
import { columnsAt, type DrawnSeries } from './joinSeries.ts'

/** Outside of these, a missing figure means that there was no stream, which is known and drawn differently. */
export function unknownStretches(state: DrawnSeries, gaps: readonly Gap[], to: number): readonly Gap[] {
  const stored: Gap[] = []
  state.at.forEach((at, index) => {
    if (state.min[index] === streamStateCodes.unknown) stored.push([at, state.at[index + 1] ?? to])
  })
  return mergeGaps([...gaps, ...stored])
}

export function isOffAirCode(code: number | undefined): boolean {
  const state = code === undefined ? undefined : streamStates[code]
  return state !== undefined && isOffAir(state)
}

/** Known to have had no publisher: a readers line at 0 would mislead. Buckets of `state` with several states count as published. */
export function unpublishedStretches(state: DrawnSeries, to: number): readonly Gap[] {
  return mergeGaps(
    state.at.flatMap((at, index): Gap[] => {
      const low = state.min[index]
      const absent = low === state.max[index] && isOffAirCode(low)
      return absent ? [[at, state.at[index + 1] ?? to]] : []
    }),
  )
}

export function withoutStretches(series: DrawnSeries, stretches: readonly Gap[]): DrawnSeries {
  if (stretches.length === 0) return series
  const kept = series.at.flatMap((at, index) => (stretches.some(([from, to]) => at >= from && at < to) ? [] : [index]))
  return { ...series, ...columnsAt(series, kept) }
}

/** A server that is down is polled at least this often. */
const longestRetryMs = 40_000
/** A down server is not polled for up to half a minute; hatching each pause would hide the outage. Gaps after a good answer stay. */
export function bridgeOutage(reachable: DrawnSeries, gaps: readonly Gap[]): readonly Gap[] {
  return gaps.filter(([from, to]) => {
    if (to - from > longestRetryMs) return true
    const before = reachable.at.findLastIndex((at) => at <= from)
    return before < 0 || (reachable.max[before] ?? 1) > 0
  })
}
