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

/** Position in one series while the sum moves through time. */
interface Walked {
  readonly part: SeriesColumns
  readonly gaps: readonly Gap[]
  /** Index of its newest sample so far; -1: none yet. */
  sample: number
  /** Index of the current or next gap. */
  gap: number
  known: boolean
}

/** Sum of the series that are known. */
interface Total {
  known: number
  min: number
  mean: number
  max: number
}

/** One point of a sum: from `at` on, covering `ms`. */
interface SumPoint {
  readonly at: number
  min: number
  max: number
  /** Value × time. */
  area: number
  ms: number
  last: number
}

/**
 * Sums several series. Each keeps the value of its newest sample until the next one, and is unknown in a gap. At any time the
 * sum is that of the known series, with a gap where none is known; `lacking` says which are missing when. Where a series comes
 * or goes, the sum makes a step.
 */
export function sumSeries(parts: readonly SeriesColumns[], window: SumWindow): SumColumns {
  const { bucketMs, toleranceMs } = window
  const walked = parts.map((part): Walked => {
    // A value of a coarse tier holds until the next one.
    const lasts = Math.max(bucketMs, tierStepMs[part.tier])
    const times = { at: part.at, gaps: part.gaps, newest: part.at.at(-1) ?? null }
    return { part, gaps: gapsInWindow(times, window, Math.max(toleranceMs, 1.5 * lasts), lasts), sample: -1, gap: 0, known: false }
  })
  const points = pointsOf(walked, bucketMs, window.to)
  const gaps = commonGaps(walked.map((one) => one.gaps))
  const lacking = walked.map((one) => splitGaps(one.gaps, gaps).outside)
  return {
    at: points.map(({ at }) => at),
    min: points.map(({ min }) => min),
    mean: points.map(({ area, ms, last }) => (ms > 0 ? area / ms : last)),
    max: points.map(({ max }) => max),
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

/** A time at which the value of one series may change. */
interface Change {
  readonly at: number
  readonly of: Walked
}

/** All times at which a series may change, in order. */
function changesOf(walked: readonly Walked[], until: number): readonly Change[] {
  const changes: Change[] = []
  for (const of of walked) {
    for (const at of of.part.at) changes.push({ at, of })
    for (const [from, to] of of.gaps) {
      changes.push({ at: from, of })
      if (to < until) changes.push({ at: to, of })
    }
  }
  return changes.sort((a, b) => a.at - b.at)
}

/** Moves a series to a time. Returns whether it became known or unknown there. */
function moveTo(one: Walked, at: number): boolean {
  while ((one.part.at[one.sample + 1] ?? Number.POSITIVE_INFINITY) <= at) one.sample++
  while ((one.gaps[one.gap]?.[1] ?? Number.POSITIVE_INFINITY) <= at) one.gap++
  const before = one.known
  one.known = at < (one.gaps[one.gap]?.[0] ?? Number.POSITIVE_INFINITY)
  return before !== one.known
}

/** Adds (or subtracts) the present value of a series. */
function count(total: Total, { part, sample, known }: Walked, sign: 1 | -1): void {
  if (!known) return
  // Before its first sample, unless that is a gap, a series has the value of that sample.
  const index = Math.max(0, sample)
  total.known += sign
  total.min += sign * (part.min[index] ?? 0)
  total.mean += sign * (part.mean[index] ?? 0)
  total.max += sign * (part.max[index] ?? 0)
}

function totalOf(walked: readonly Walked[]): Total {
  const total: Total = { known: 0, min: 0, mean: 0, max: 0 }
  for (const one of walked) count(total, one, 1)
  return total
}

function pointsOf(walked: readonly Walked[], bucketMs: number, until: number): readonly SumPoint[] {
  const points: SumPoint[] = []
  let point: SumPoint | null = null
  // At the start, a series is known before its first sample unless that is a gap.
  const changes = changesOf(walked, until)
  const begin = changes[0]?.at ?? until
  for (const one of walked) moveTo(one, begin)
  let total = totalOf(walked)
  for (let index = 0; index < changes.length; ) {
    const { at } = changes[index] as Change
    let changed = index === 0 && total.known > 0
    for (; changes[index]?.at === at; index++) {
      const { of } = changes[index] as Change
      count(total, of, -1)
      if (moveTo(of, at)) changed = true
      count(total, of, 1)
    }
    // Makes a step instead of a slope, by a point with the old value right before the new one.
    if (changed && point !== null && point.at < at - 1) points.push({ at: at - 1, min: point.last, max: point.last, area: 0, ms: 0, last: point.last })
    if (total.known === 0) {
      point = null
      continue
    }
    if (point === null || changed || Math.floor(point.at / bucketMs) !== Math.floor(at / bucketMs)) {
      // Recomputed from scratch, so that rounding errors of many additions and subtractions don't accumulate.
      total = totalOf(walked)
      point = { at, min: total.min, max: total.max, area: 0, ms: 0, last: total.mean }
      points.push(point)
    }
    const ms = Math.max(0, (changes[index]?.at ?? until) - at)
    point.min = Math.min(point.min, total.min)
    point.max = Math.max(point.max, total.max)
    point.area += total.mean * ms
    point.ms += ms
    point.last = total.mean
  }
  return points
}
