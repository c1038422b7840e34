import { commonGaps, type Gap, gapsInWindow, gapsWithin, splitGaps } from '../../../shared/gaps.ts'
import type { SeriesColumns, SumColumns } from '../../../shared/history.ts'
import { sumKnown } from '../../../shared/statistics.ts'
import { type Tier, tierStepMs, tiers } from '../../../shared/tiers.ts'

interface SumWindow {
  readonly from: number
  readonly to: number
  /** Interval of the points of the sum. */
  readonly bucketMs: number
  /** A series is unknown after this long without a sample. */
  readonly toleranceMs: number
}

/**
 * Sums several series. Each keeps the value of its newest sample until the next one, and is unknown in a gap. In each bucket the
 * sum is that of the known series, with a gap where none is known; `lacking` says which are missing when.
 */
export function sumSeries(parts: readonly SeriesColumns[], window: SumWindow): SumColumns {
  const { bucketMs, toleranceMs } = window
  const missing = parts.map(({ at, gaps, tier }) => {
    // A value of a coarse tier holds until the next one.
    const lasts = Math.max(bucketMs, tierStepMs[tier])
    return gapsInWindow({ at, gaps, newest: at.at(-1) ?? null }, window, Math.max(toleranceMs, 1.5 * lasts), lasts)
  })
  const gaps = commonGaps(missing)
  const lacking = missing.map((of) => splitGaps(of, gaps).outside)
  return {
    ...addedUp(parts, missing, window),
    gaps: gaps.map(([from, to]) => [from, to]),
    tier: parts.reduce<Tier>((coarsest, { tier }) => (tiers.indexOf(tier) > tiers.indexOf(coarsest) ? tier : coarsest), 'samples'),
    last: sumKnown(parts.map((part) => lastOf(part, window.to))),
    lacking: lacking.flatMap((absent, part) => (absent.length === 0 ? [] : [{ part, gaps: absent.map(([from, to]): [number, number] => [from, to]) }])),
  }
}

/** The last value of a series; null: it is unknown at the end. */
const lastOf = ({ gaps, last, mean }: SeriesColumns, to: number): number | null =>
  (gaps.at(-1)?.[1] ?? Number.NEGATIVE_INFINITY) >= to ? null : (last?.at(-1) ?? mean.at(-1) ?? null)

/** The part of a sum from a time on, with one point before it so that the line starts at the edge. */
export function sumFrom(sum: SumColumns, from: number, to: number): SumColumns {
  const first = Math.max(
    0,
    sum.at.findLastIndex((at) => at <= from),
  )
  const cut = (column: readonly number[]) => column.slice(first)
  const within = (gaps: readonly Gap[]) => gapsWithin(gaps, from, to).map(([start, end]): [number, number] => [start, end])
  return {
    ...sum,
    at: cut(sum.at),
    min: cut(sum.min),
    mean: cut(sum.mean),
    max: cut(sum.max),
    gaps: within(sum.gaps),
    lacking: sum.lacking.map(({ part, gaps }) => ({ part, gaps: within(gaps) })).filter(({ gaps }) => gaps.length > 0),
  }
}

/**
 * Points of the buckets in which a series has a sample, comes or goes. A series counts if it is known at its newest sample in the
 * bucket, or without one at the bucket's start; before its first sample, unless that is a gap, it has that value. The least is without those
 * that were unknown for a part of the bucket.
 */
function addedUp(parts: readonly SeriesColumns[], missing: readonly (readonly Gap[])[], { from, to, bucketMs }: SumWindow) {
  const first = Math.floor(from / bucketMs)
  const length = Math.max(0, Math.floor(to / bucketMs) + 1 - first)
  const changed = new Uint8Array(length)
  const known = new Float64Array(length)
  const at = new Float64Array(length).fill(Number.POSITIVE_INFINITY)
  const [min, mean, max] = [new Float64Array(length), new Float64Array(length), new Float64Array(length)]
  for (const [n, part] of parts.entries()) {
    const gaps = missing[n] as readonly Gap[]
    let next = 0
    let gap = 0
    let wasKnown = false
    for (let bucket = 0; bucket < length; bucket++) {
      const begins = (first + bucket) * bucketMs
      const before = next
      while ((part.at[next] ?? Number.POSITIVE_INFINITY) < begins + bucketMs) next++
      while ((gaps[gap]?.[1] ?? Number.POSITIVE_INFINITY) <= begins) gap++
      const isAway = (gaps[gap]?.[0] ?? Number.POSITIVE_INFINITY) < begins + bucketMs
      const moment = next > before ? (part.at[next - 1] as number) : begins
      while ((gaps[gap]?.[1] ?? Number.POSITIVE_INFINITY) <= moment) gap++
      const isKnown = moment < (gaps[gap]?.[0] ?? Number.POSITIVE_INFINITY) && part.at.length > 0 && (next > before || begins < to)
      if (next > before || isKnown !== wasKnown) changed[bucket] = 1
      wasKnown = isKnown
      if (!isKnown) continue
      const [of, until] = next > before ? [before, next] : [Math.max(0, next - 1), Math.max(1, next)]
      known[bucket] = (known[bucket] as number) + 1
      at[bucket] = Math.min(at[bucket] as number, next > before ? (part.at[before] as number) : begins)
      let [low, high, sum] = [isAway ? 0 : Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
      for (let i = of; i < until; i++) {
        low = Math.min(low, part.min[i] as number)
        high = Math.max(high, part.max[i] as number)
        sum += part.mean[i] as number
      }
      min[bucket] = (min[bucket] as number) + low
      mean[bucket] = (mean[bucket] as number) + sum / (until - of)
      max[bucket] = (max[bucket] as number) + high
    }
  }
  const kept = (column: Float64Array): number[] => Array.from(column.filter((_, bucket) => changed[bucket] === 1 && (known[bucket] as number) > 0))
  return { at: kept(at), min: kept(min), mean: kept(mean), max: kept(max) }
}
