import { type Tier, tierStepMs, tiers } from '../../shared/history.ts'
import { addKnown } from '../../shared/sumKnown.ts'
import { commonGaps, type DrawnSeries, emptySeries, type Gap, shownGaps, type TailColumns } from './joinSeries.ts'
import { splitGaps } from './stateGaps.ts'

/** One series on its way through time. */
interface Walked {
  readonly part: DrawnSeries
  readonly gaps: readonly Gap[]
  /** Its newest sample so far; -1: none yet. */
  sample: number
  /** The gap that comes next, or goes on. */
  gap: number
  known: boolean
}

/** One point of a sum: from `at` on, over as much time as `ms`. */
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
 * Several series added up. Each is what its newest sample said until the next one, and nothing in a gap: at any moment the sum is
 * that of those which are known then, and a gap where none is. Points are `bucketMs` apart; where one comes or goes the sum steps.
 * `toleranceMs`: without a sample for longer than this a series is not known.
 */
export function sumSeries(
  parts: readonly DrawnSeries[],
  window: { readonly from: number; readonly to: number },
  bucketMs: number,
  toleranceMs: number,
): DrawnSeries {
  const [only] = parts
  if (only === undefined) return emptySeries
  if (parts.length === 1) return only
  const walked = parts.map((part): Walked => {
    // Coarse values stand for all that follows up to the next one.
    const lasts = Math.max(bucketMs, tierStepMs[part.tier])
    return { part, gaps: shownGaps(part, window, Math.max(toleranceMs, 1.5 * lasts), lasts), sample: -1, gap: 0, known: false }
  })
  const points = pointsOf(walked, bucketMs, window.to)
  const column = (read: (point: SumPoint) => number) => points.map(read)
  const gaps = commonGaps(walked.map((one) => one.gaps))
  const tier = parts.reduce<Tier>((coarsest, part) => (tiers.indexOf(part.tier) > tiers.indexOf(coarsest) ? part.tier : coarsest), 'samples')
  const lacking = walked.map((one) => splitGaps(one.gaps, gaps).absent)
  return {
    at: column(({ at }) => at),
    min: column(({ min }) => min),
    mean: column(({ area, ms, last }) => (ms > 0 ? area / ms : last)),
    max: column(({ max }) => max),
    count: points.map(() => 0),
    gaps,
    tier,
    lacking: lacking.flatMap((absent, part) => (absent.length === 0 ? [] : [{ part, gaps: absent }])),
  }
}

/** Every moment at which something may change, in order. */
function momentsOf(walked: readonly Walked[], until: number): readonly number[] {
  const moments = new Set<number>()
  for (const { part, gaps } of walked) {
    for (const at of part.at) moments.add(at)
    for (const [from, to] of gaps) {
      moments.add(from)
      if (to < until) moments.add(to)
    }
  }
  return [...moments].sort((a, b) => a - b)
}

/** Goes on to a moment; whether it became known or unknown by that. */
function moveTo(one: Walked, at: number): boolean {
  while ((one.part.at[one.sample + 1] ?? Number.POSITIVE_INFINITY) <= at) one.sample++
  while ((one.gaps[one.gap]?.[1] ?? Number.POSITIVE_INFINITY) <= at) one.gap++
  const before = one.known
  one.known = at < (one.gaps[one.gap]?.[0] ?? Number.POSITIVE_INFINITY)
  return before !== one.known
}

function pointsOf(walked: readonly Walked[], bucketMs: number, until: number): readonly SumPoint[] {
  const points: SumPoint[] = []
  let point: SumPoint | null = null
  const moments = momentsOf(walked, until)
  for (const [index, at] of moments.entries()) {
    let changed = false
    let known = false
    let [min, mean, max] = [0, 0, 0]
    for (const one of walked) {
      if (moveTo(one, at)) changed = true
      if (!one.known) continue
      known = true
      // Before its first sample, where that is no gap, a series is what it says.
      const sample = Math.max(0, one.sample)
      min += one.part.min[sample] ?? 0
      mean += one.part.mean[sample] ?? 0
      max += one.part.max[sample] ?? 0
    }
    // A step, not a slope: what it was up to here stands right before what it is from here on.
    if (changed && point !== null && point.at < at - 1) points.push({ at: at - 1, min: point.last, max: point.last, area: 0, ms: 0, last: point.last })
    if (!known) {
      point = null
      continue
    }
    if (point === null || changed || Math.floor(point.at / bucketMs) !== Math.floor(at / bucketMs)) {
      point = { at, min, max, area: 0, ms: 0, last: mean }
      points.push(point)
    }
    const ms = Math.max(0, (moments[index + 1] ?? until) - at)
    point.min = Math.min(point.min, min)
    point.max = Math.max(point.max, max)
    point.area += mean * ms
    point.ms += ms
    point.last = mean
  }
  return points
}

/**
 * The newest values of several series added up, as one sample; without any where none is known. Whoever did not answer last, or
 * whose last value is more than `toleranceMs` older than the newest of all, is not in the sum.
 */
export function sumRecent(parts: readonly TailColumns[], toleranceMs: number): TailColumns {
  if (parts.length === 1 && parts[0]) return parts[0]
  const at = Math.max(0, ...parts.map((part) => part.at.at(-1) ?? 0))
  const sum = parts.reduce<number | null>(
    (known, part) => ((part.at.at(-1) ?? 0) < at - toleranceMs ? known : addKnown(known, part.values.at(-1) ?? null)),
    null,
  )
  return at === 0 ? { at: [], values: [] } : { at: [at], values: [sum] }
}
