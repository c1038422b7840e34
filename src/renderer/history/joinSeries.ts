import { type Gap, gapsInWindow, gapsWithin, mergeGaps } from '../../shared/gaps.ts'
import type { SeriesColumns, SumColumns, Tier } from '../../shared/history.ts'

/**
 * A series as it is drawn: history reduced to buckets, live samples behind them.
 *
 * 1. Columns have equal length; `at` grows.
 * 2. `count` is the number of live samples in a bucket, 0 for buckets of history: those are never touched again.
 * 3. `gaps` are disjoint and grow; in them nothing is known. The last may be open: its end is `Infinity`.
 * 4. A value is never invented: unknown is the absence of a bucket and a gap.
 */
export interface DrawnSeries {
  readonly at: readonly number[]
  readonly min: readonly number[]
  readonly mean: readonly number[]
  readonly max: readonly number[]
  readonly count: readonly number[]
  readonly gaps: readonly Gap[]
  /** The coarsest tier that history read for it; live samples behind it are finer. */
  readonly tier: Tier
  /** Of a sum: which of its parts, by their place, are not in it while others are, and when. */
  readonly lacking?: readonly Lacking[]
}
export interface Lacking {
  readonly part: number
  readonly gaps: readonly Gap[]
}
export const emptySeries: DrawnSeries = { at: [], min: [], mean: [], max: [], count: [], gaps: [], tier: 'samples' }

/** History as it came. */
export const fromHistory = (columns: SeriesColumns): DrawnSeries => ({
  at: columns.at,
  min: columns.min,
  mean: columns.mean,
  max: columns.max,
  count: columns.at.map(() => 0),
  gaps: columns.gaps,
  tier: columns.tier,
})

/** A sum as it came. */
export const fromSum = ({ lacking, last: _, ...columns }: SumColumns): DrawnSeries => ({ ...fromHistory(columns), lacking })

/** A sum whose part from `from` on was read again. */
export function joinSum(known: DrawnSeries, fresh: SumColumns, from: number): DrawnSeries {
  const kept = known.at.findLastIndex((at) => at < from) + 1
  const came = fresh.at.findIndex((at) => at >= from)
  const join = (before: readonly number[], after: readonly number[]) => [...before.slice(0, kept), ...(came < 0 ? [] : after.slice(came))]
  const at = join(known.at, fresh.at)
  const before = (gaps: readonly Gap[]) => gapsWithin(gaps, Number.NEGATIVE_INFINITY, from)
  return {
    at,
    min: join(known.min, fresh.min),
    mean: join(known.mean, fresh.mean),
    max: join(known.max, fresh.max),
    count: at.map(() => 0),
    gaps: mergeGaps([...before(known.gaps), ...fresh.gaps]),
    tier: known.tier,
    lacking: [...(known.lacking ?? []).map(({ part, gaps }) => ({ part, gaps: before(gaps) })), ...fresh.lacking].filter(({ gaps }) => gaps.length > 0),
  }
}

/** The newest moment of which something is known or known to be unknown; asked again from there. */
export function newestAt(series: DrawnSeries): number | null {
  const sample = series.at.at(-1) ?? null
  const gap = series.gaps.at(-1)
  const gapStart = gap ? (gap[1] === Number.POSITIVE_INFINITY ? gap[0] : null) : null
  if (sample === null) return gapStart
  return gapStart === null ? sample : Math.max(sample, gapStart)
}

export interface TailColumns {
  readonly at: readonly number[]
  readonly values: readonly (number | null)[]
}

/**
 * Appends live samples. Those of one bucket (`bucketMs` wide, on one fixed grid) are reduced together, so the number
 * of points stays what it was asked for. Samples that are known already are passed over: asking twice does no harm.
 * A null opens a gap; the next value closes it.
 */
export function appendTail(series: DrawnSeries, tail: TailColumns, bucketMs: number): DrawnSeries {
  if (tail.at.length === 0) return series
  const at = [...series.at]
  const min = [...series.min]
  const mean = [...series.mean]
  const max = [...series.max]
  const count = [...series.count]
  const gaps = [...series.gaps]
  // `at` of a bucket is its first sample's time, so the newest sample may be up to a bucket later: remember the newest seen.
  let newest = newestOfLive.get(series) ?? newestAt(series) ?? Number.NEGATIVE_INFINITY
  const bucketOf = (moment: number) => Math.floor(moment / bucketMs)
  for (let index = 0; index < tail.at.length; index++) {
    const moment = tail.at[index]
    const value = tail.values[index] ?? null
    if (moment === undefined || moment <= newest) continue
    newest = moment
    const lastGap = gaps.at(-1)
    // History's own last gap may reach to the end of what was asked, which is later than what follows now.
    const open = lastGap !== undefined && lastGap[1] > moment
    if (value === null) {
      // A gap that nothing came after goes on: history's ends where the question did, a moment before the first live sample.
      if (lastGap !== undefined && (at.at(-1) ?? Number.NEGATIVE_INFINITY) <= lastGap[1]) gaps[gaps.length - 1] = [lastGap[0], Number.POSITIVE_INFINITY]
      else if (!open) gaps.push([moment, Number.POSITIVE_INFINITY])
      continue
    }
    if (open && lastGap !== undefined) gaps[gaps.length - 1] = [lastGap[0], moment]
    const last = at.length - 1
    const lastAt = at[last]
    const samples = count[last] ?? 0
    const sameBucket = lastAt !== undefined && samples > 0 && bucketOf(lastAt) === bucketOf(moment) && !open
    if (sameBucket) {
      min[last] = Math.min(min[last] ?? value, value)
      max[last] = Math.max(max[last] ?? value, value)
      mean[last] = ((mean[last] ?? value) * samples + value) / (samples + 1)
      count[last] = samples + 1
    } else {
      at.push(moment)
      min.push(value)
      mean.push(value)
      max.push(value)
      count.push(1)
    }
  }
  const next = { at, min, mean, max, count, gaps: gaps.filter(([from, to]) => to > from), tier: series.tier }
  newestOfLive.set(next, newest)
  return next
}
const newestOfLive = new WeakMap<DrawnSeries, number>()

/** Raw samples newer than `from`: those known and those that came, each once, in order of time. */
export function recentOf(known: TailColumns, tail: TailColumns, from: number): TailColumns {
  const values = new Map<number, number | null>()
  for (const columns of [known, tail]) columns.at.forEach((at, index) => void (at > from && values.set(at, columns.values[index] ?? null)))
  const at = [...values.keys()].sort((a, b) => a - b)
  return { at, values: at.map((moment) => values.get(moment) ?? null) }
}

/** Asked next from here: the newest live sample, else what history ended with, else `fallback`. */
export const tailSince = (series: DrawnSeries, fallback: number): number => newestOfLive.get(series) ?? newestAt(series) ?? fallback

/** Drops what lies before `from`, except the one bucket from which the line enters. */
export function dropBefore(series: DrawnSeries, from: number): DrawnSeries {
  let first = 0
  while (first + 1 < series.at.length && (series.at[first + 1] ?? from) < from) first++
  if (first === 0 && !series.gaps.some((gap) => gap[1] <= from)) return series
  const next = {
    at: series.at.slice(first),
    min: series.min.slice(first),
    mean: series.mean.slice(first),
    max: series.max.slice(first),
    count: series.count.slice(first),
    gaps: series.gaps.filter((gap) => gap[1] > from),
    tier: series.tier,
    ...(series.lacking && { lacking: series.lacking.filter(({ gaps }) => gaps.some((gap) => gap[1] > from)) }),
  }
  const newest = newestOfLive.get(series)
  if (newest !== undefined) newestOfLive.set(next, newest)
  return next
}

/** Gaps inside a window, both ends known. */
export const shownGaps = (series: DrawnSeries, window: { readonly from: number; readonly to: number }, toleranceMs: number, bucketMs = 1): readonly Gap[] =>
  gapsInWindow({ ...series, newest: newestOfLive.get(series) ?? series.at.at(-1) ?? null }, window, toleranceMs, bucketMs)

/** One point for the chart library; null breaks the line. `band` is [min, max]. */
export interface DrawnPoint {
  readonly at: number
  readonly mean: number | null
  readonly band: readonly [number, number] | null
}

/** Points with a break at each gap. `scale` multiplies each value (packets a poll → packets a minute). */
export function drawnPoints(series: DrawnSeries, gaps: readonly Gap[], scale = 1): readonly DrawnPoint[] {
  const points: DrawnPoint[] = []
  let gapIndex = 0
  for (let index = 0; index < series.at.length; index++) {
    const at = series.at[index] ?? 0
    while (gapIndex < gaps.length && (gaps[gapIndex]?.[0] ?? Number.POSITIVE_INFINITY) <= at) {
      const gap = gaps[gapIndex++]
      if (gap && points.length > 0) points.push({ at: gap[0], mean: null, band: null })
    }
    points.push({ at, mean: (series.mean[index] ?? 0) * scale, band: [(series.min[index] ?? 0) * scale, (series.max[index] ?? 0) * scale] })
  }
  return points
}

/**
 * Index of the newest bucket that begins at `moment` or before; null in a gap, at the end of one that nothing follows, and where the
 * bucket is further back than `reachMs`, but for the line that goes on from it to the next bucket.
 */
export function bucketAt(series: DrawnSeries, gaps: readonly Gap[], moment: number, reachMs: number): number | null {
  const newest = series.at.at(-1) ?? Number.NEGATIVE_INFINITY
  if (gaps.some(([from, to]) => moment >= from && (moment < to || (moment === to && newest < to)))) return null
  const index = series.at.findLastIndex((at) => at <= moment)
  const at = series.at[index]
  if (at === undefined) return null
  const next = series.at[index + 1]
  const isOnLine = next !== undefined && !gaps.some(([from]) => from > at && from <= next)
  return isOnLine || moment - at <= reachMs ? index : null
}

/**
 * The value beside a lane while there is no cursor: the newest sample; where bars show a rate, that of the newest bar. `to`: the
 * window's end. null: the line has broken off.
 */
export function nowOf(
  { perMinute: isRate = false }: { readonly perMinute?: boolean },
  series: DrawnSeries,
  recent: TailColumns,
  gaps: readonly Gap[],
  to: number,
  perMinute: number,
): number | null {
  if ((gaps.at(-1)?.[1] ?? 0) >= to) return null
  if (!isRate) return recent.values.findLast((value) => value !== null) ?? null
  const newest = series.mean.at(-1)
  return newest === undefined || Number.isNaN(newest) ? null : newest * perMinute
}
