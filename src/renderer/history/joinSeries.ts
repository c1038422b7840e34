import { type Gap, gapsInWindow, gapsWithin, mergeGaps } from '../../shared/gaps.ts'
import type { SeriesColumns, SumColumns } from '../../shared/history.ts'
import type { Tier } from '../../shared/tiers.ts'

/**
 * A series as drawn: history reduced to buckets, followed by live samples.
 *
 * 1. Columns have equal length; `at` grows.
 * 2. `count` is the number of live samples in a bucket, 0 for buckets from history, which never change again.
 * 3. `gaps` are disjoint and in ascending order; values in them are unknown. The last may be open: its end is `Infinity`.
 * 4. Values are never invented: an unknown value has no bucket and lies in a gap.
 */
export interface DrawnSeries {
  readonly at: readonly number[]
  readonly min: readonly number[]
  readonly mean: readonly number[]
  readonly max: readonly number[]
  readonly count: readonly number[]
  readonly gaps: readonly Gap[]
  /** The coarsest tier read from history; the live samples after it are finer. */
  readonly tier: Tier
  /** For a sum: parts, by index, that are missing while others are included, and when. */
  readonly lacking?: readonly Lacking[]
}
interface Lacking {
  readonly part: number
  readonly gaps: readonly Gap[]
}
export const emptySeries: DrawnSeries = { at: [], min: [], mean: [], max: [], count: [], gaps: [], tier: 'samples' }

/** Converts an answer from history. */
export function fromHistory(columns: SeriesColumns): DrawnSeries {
  return {
    at: columns.at,
    min: columns.min,
    mean: columns.mean,
    max: columns.max,
    count: columns.at.map(() => 0),
    gaps: columns.gaps,
    tier: columns.tier,
  }
}

/** Converts a sum from history. */
export function fromSum({ lacking, last: _, ...columns }: SumColumns): DrawnSeries {
  return { ...fromHistory(columns), lacking }
}

/** From when on a sum is read again that was read up to `readTo`: the start of a bucket, so far back that samples of the time before had arrived by then. */
export function rereadFrom(readTo: number, lateMs: number, bucketMs: number): number {
  return Math.floor((readTo - lateMs) / bucketMs) * bucketMs
}

/** Replaces a sum from `from` on with newly read data. */
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

/** The newest moment with a value or an open gap. */
function newestAt({ at, gaps }: DrawnSeries): number {
  const [from, to] = gaps.at(-1) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  return Math.max(at.at(-1) ?? Number.NEGATIVE_INFINITY, to === Number.POSITIVE_INFINITY ? from : Number.NEGATIVE_INFINITY)
}

export interface TailColumns {
  readonly at: readonly number[]
  readonly values: readonly (number | null)[]
}

/**
 * Appends live samples. Samples in the same bucket (`bucketMs` wide, on a fixed grid) are reduced together, which keeps the
 * number of points as requested. Known samples are skipped, so overlapping queries do no harm. A null opens a gap;
 * the next value closes it.
 */
export function appendTail(series: DrawnSeries, tail: TailColumns, bucketMs: number): DrawnSeries {
  if (tail.at.length === 0) return series
  const at = [...series.at]
  const min = [...series.min]
  const mean = [...series.mean]
  const max = [...series.max]
  const count = [...series.count]
  const gaps = [...series.gaps]
  // `at` is the time of a bucket's first sample, so its newest sample may be almost a bucket later: remember it.
  let newest = newestOfLive.get(series) ?? newestAt(series)
  const bucketOf = (moment: number) => Math.floor(moment / bucketMs)
  for (let index = 0; index < tail.at.length; index++) {
    const moment = tail.at[index]
    const value = tail.values[index] ?? null
    if (moment === undefined || moment <= newest) continue
    newest = moment
    const lastGap = gaps.at(-1)
    // History's last gap may extend to the end of the query, which is later than this sample.
    const open = lastGap !== undefined && lastGap[1] > moment
    if (value === null) {
      // A gap with nothing after it continues: history's gap ends with its query, shortly before the first live sample.
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

/** Raw samples newer than `from`, known and new ones merged without duplicates, in order of time. */
export function recentOf(known: TailColumns, tail: TailColumns, from: number): TailColumns {
  const values = new Map<number, number | null>()
  for (const columns of [known, tail]) columns.at.forEach((at, index) => void (at > from && values.set(at, columns.values[index] ?? null)))
  const at = [...values.keys()].sort((a, b) => a - b)
  return { at, values: at.map((moment) => values.get(moment) ?? null) }
}

/** The columns of a series, of the buckets with these indexes. */
export function columnsAt(series: DrawnSeries, indexes: readonly number[]) {
  return columnsBy(series, (column) => indexes.map((index) => column[index] ?? 0))
}
function columnsBy(series: DrawnSeries, pick: (column: readonly number[]) => readonly number[]): Pick<DrawnSeries, 'at' | 'min' | 'mean' | 'max' | 'count'> {
  return { at: pick(series.at), min: pick(series.min), mean: pick(series.mean), max: pick(series.max), count: pick(series.count) }
}

/** Drops buckets before `from`, except the last one, from which the line enters. */
export function dropBefore(series: DrawnSeries, from: number): DrawnSeries {
  let first = 0
  while (first + 1 < series.at.length && (series.at[first + 1] ?? from) < from) first++
  if (first === 0 && !series.gaps.some((gap) => gap[1] <= from)) return series
  const next = {
    ...series,
    ...columnsBy(series, (column) => column.slice(first)),
    gaps: series.gaps.filter((gap) => gap[1] > from),
    ...(series.lacking && { lacking: series.lacking.filter(({ gaps }) => gaps.some((gap) => gap[1] > from)) }),
  }
  const newest = newestOfLive.get(series)
  if (newest !== undefined) newestOfLive.set(next, newest)
  return next
}

/** Gaps inside a window, with finite ends. */
export function shownGaps(series: DrawnSeries, window: { readonly from: number; readonly to: number }, toleranceMs: number, bucketMs = 1): readonly Gap[] {
  return gapsInWindow({ ...series, newest: newestOfLive.get(series) ?? series.at.at(-1) ?? null }, window, toleranceMs, bucketMs)
}

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
 * Index of the newest bucket that begins at `moment` or before. null in a gap, at the end of a gap that nothing follows, and if the
 * bucket is more than `reachMs` back, unless the line continues from it to the next bucket.
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
 * The value beside a lane without a cursor: the newest sample, or the newest bar if bars show a rate. `to` is the window's end.
 * null: the line has ended.
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
