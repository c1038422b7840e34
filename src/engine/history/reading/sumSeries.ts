import { commonGaps, type Gap, gapsInWindow, gapsWithin, splitGaps } from '../../../shared/gaps.ts'
import type { SeriesColumns, SumColumns } from '../../../shared/history.ts'
import { sumKnown } from '../../../shared/statistics.ts'
import { type Tier, tierStepMs, tiers } from '../../../shared/tiers.ts'

interface SumWindow {
  /** The sum begins here, but for one point before it, so that its line starts at the edge. */
  readonly from: number
  /** When the series begin: before `from`, because what was known there may still hold. */
  readonly since: number
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
  const { from, since, to, bucketMs, toleranceMs } = window
  const missing = parts.map(({ at, gaps, tier }) => {
    // A value of a coarse tier holds until the next one.
    const lasts = Math.max(bucketMs, tierStepMs[tier])
    return gapsInWindow({ at, gaps }, { from: since, to }, Math.max(toleranceMs, 1.5 * lasts), lasts)
  })
  const gaps = commonGaps(missing)
  const shown = (of: readonly Gap[]) => gapsWithin(of, from, to).map(([start, end]): [number, number] => [start, end])
  const lacking = missing.map((of, part) => ({ part, gaps: shown(splitGaps(of, gaps).outside) }))
  return {
    ...addedUp(parts, missing, window),
    gaps: shown(gaps),
    tier: parts.reduce<Tier>((coarsest, { tier }) => (tiers.indexOf(tier) > tiers.indexOf(coarsest) ? tier : coarsest), 'samples'),
    last: sumKnown(parts.map((part) => lastOf(part, to))),
    lacking: lacking.filter((of) => of.gaps.length > 0),
  }
}

/** The last value of a series; null: it is unknown at the end. */
const lastOf = ({ gaps, last, mean }: SeriesColumns, to: number): number | null =>
  (gaps.at(-1)?.[1] ?? Number.NEGATIVE_INFINITY) >= to ? null : (last?.at(-1) ?? mean.at(-1) ?? null)

/**
 * Points of the buckets in which a series has a sample, comes or goes. A series counts if it is known at its newest sample in the
 * bucket, or without one at the bucket's start; before its first sample, unless that is a gap, it has that value. The least is without those
 * that were unknown for a part of the bucket.
 */
function addedUp(parts: readonly SeriesColumns[], missing: readonly (readonly Gap[])[], { from, since, to, bucketMs }: SumWindow) {
  const first = Math.floor(since / bucketMs)
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
  const shown = Array.from(changed.keys()).filter((bucket) => changed[bucket] === 1 && (known[bucket] as number) > 0)
  shown.splice(
    0,
    shown.findLastIndex((bucket) => (at[bucket] as number) <= from),
  )
  const column = (of: Float64Array): number[] => shown.map((bucket) => of[bucket] as number)
  return { at: column(at), min: column(min), mean: column(mean), max: column(max) }
}
