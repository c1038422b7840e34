import { type Gap, gapsWithin, mergeGaps } from '../../shared/gaps.ts'
import type { SeriesColumns, SumColumns } from '../../shared/history.ts'
import type { Tier } from '../../shared/tiers.ts'

/**
 * A series as drawn, reduced to buckets.
 *
 * 1. Columns have equal length; `at` grows.
 * 2. `gaps` are disjoint and in ascending order; values in them are unknown.
 * 3. Values are never invented: an unknown value has no bucket and lies in a gap.
 */
export interface DrawnSeries {
  readonly at: readonly number[]
  readonly min: readonly number[]
  readonly mean: readonly number[]
  readonly max: readonly number[]
  readonly gaps: readonly Gap[]
  /** The coarsest that was read. */
  readonly tier: Tier
  /** Of a sum: parts, by index, that are missing while others are included, and when. */
  readonly lacking: readonly { readonly part: number; readonly gaps: readonly Gap[] }[]
}
export const emptySeries: DrawnSeries = { at: [], min: [], mean: [], max: [], gaps: [], tier: 'samples', lacking: [] }

export function fromHistory({ at, min, mean, max, gaps, tier }: Omit<SeriesColumns, 'last'>): DrawnSeries {
  return { at, min, mean, max, gaps, tier, lacking: [] }
}

export function fromSum({ lacking, last: _, ...columns }: SumColumns): DrawnSeries {
  return { ...fromHistory(columns), lacking }
}

/** null: not known at its end, or an answer without totals. */
export function lastOf({ gaps, last, lastAt }: Pick<SeriesColumns, 'gaps' | 'last' | 'lastAt'>): number | null {
  const at = lastAt?.at(-1)
  return at === undefined || (gaps.at(-1)?.[0] ?? at) > at ? null : (last?.at(-1) ?? null)
}

/** Start of the bucket from which a series read up to `readTo` is read again, as samples may be late; not before the window's first bucket. */
export function rereadFrom(readTo: number, windowFrom: number, lateMs: number, bucketMs: number): number {
  return Math.floor(Math.max(windowFrom, readTo - lateMs) / bucketMs) * bucketMs
}

export function joinNewest(known: DrawnSeries, fresh: DrawnSeries, from: number): DrawnSeries {
  const kept = known.at.findLastIndex((at) => at < from) + 1
  const came = fresh.at.findIndex((at) => at >= from)
  const join = (before: readonly number[], after: readonly number[]) => [...before.slice(0, kept), ...(came < 0 ? [] : after.slice(came))]
  const before = (gaps: readonly Gap[]) => gapsWithin(gaps, Number.NEGATIVE_INFINITY, from)
  return {
    at: join(known.at, fresh.at),
    min: join(known.min, fresh.min),
    mean: join(known.mean, fresh.mean),
    max: join(known.max, fresh.max),
    gaps: mergeGaps([...before(known.gaps), ...fresh.gaps]),
    tier: known.tier,
    lacking: [...known.lacking.map(({ part, gaps }) => ({ part, gaps: before(gaps) })), ...fresh.lacking].filter(({ gaps }) => gaps.length > 0),
  }
}

export function columnsAt(series: DrawnSeries, indexes: readonly number[]) {
  return columnsBy(series, (column) => indexes.map((index) => column[index] ?? 0))
}
function columnsBy(series: DrawnSeries, pick: (column: readonly number[]) => readonly number[]): Pick<DrawnSeries, 'at' | 'min' | 'mean' | 'max'> {
  return { at: pick(series.at), min: pick(series.min), mean: pick(series.mean), max: pick(series.max) }
}

/** Keeps the last one before `from`, from which the line enters. */
export function dropBefore(series: DrawnSeries, from: number): DrawnSeries {
  let first = 0
  while (first + 1 < series.at.length && (series.at[first + 1] ?? from) < from) first++
  if (first === 0 && !series.gaps.some((gap) => gap[1] <= from)) return series
  return {
    ...series,
    ...columnsBy(series, (column) => column.slice(first)),
    gaps: series.gaps.filter((gap) => gap[1] > from),
    lacking: series.lacking.filter(({ gaps }) => gaps.some((gap) => gap[1] > from)),
  }
}

/** null breaks the line. `band` is [min, max]. */
export interface DrawnPoint {
  readonly at: number
  readonly mean: number | null
  readonly band: readonly [number, number] | null
}

/** With a break at each gap. `scale` multiplies each value (packets a poll → packets a minute). */
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

/** The newest bucket up to `moment`. null in a gap, after a final gap, or if it is over `reachMs` back without a line to the next bucket. */
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

/** The newest value, or that of the newest bar if bars show a rate. `to` is the window's end. null: the line has ended. */
export function nowOf(
  { perMinute: isRate = false }: { readonly perMinute?: boolean },
  series: DrawnSeries,
  last: number | null,
  gaps: readonly Gap[],
  to: number,
  perMinute: number,
): number | null {
  if ((gaps.at(-1)?.[1] ?? 0) >= to) return null
  if (!isRate) return last
  const newest = series.mean.at(-1)
  return newest === undefined || Number.isNaN(newest) ? null : newest * perMinute
}
