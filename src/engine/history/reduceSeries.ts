import type { SeriesColumns } from '../../shared/history.ts'

/** Takes the samples of one series in the order they were made and puts them into buckets. */
export interface SeriesReducer {
  /** `usualMs` is the usual time between samples there: where more than three of it passed, something is missing. */
  readonly add: (at: number, value: number, usualMs: number) => void
  /** From here until the next sample nothing is known. */
  readonly unknown: (at: number) => void
  /** The columns; `until` is where knowledge can reach at most: the end of the range, or now. */
  readonly finish: (until: number) => SeriesColumns
}

export interface ReduceOptions {
  readonly from: number
  /** Not included. */
  readonly to: number
  /** Most buckets. */
  readonly points: number
  /** A state is not averaged: its mean is its largest, too. */
  readonly isState: boolean
}

/** How many usual intervals without a sample make a gap. */
export const missingIntervals = 3

/**
 * Buckets lie on multiples of their width since 1970, not on `from`: a chart that moves on by a tick keeps its
 * buckets, and nothing in it jumps.
 */
export const createSeriesReducer = ({ from, to, points, isState }: ReduceOptions): SeriesReducer => {
  const width = points === 1 ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil((to - from) / (points - 1)))
  const firstBucket = points === 1 ? 0 : Math.floor(from / width)
  const count = new Int32Array(points)
  const first = new Float64Array(points)
  const min = new Float64Array(points)
  const max = new Float64Array(points)
  const sum = new Float64Array(points)
  const gaps: [number, number][] = []
  let lastAt: number | null = null
  let lastUsual = 0
  let unknownFrom: number | null = null

  const closeGap = (at: number): void => {
    const since = unknownFrom ?? (lastAt === null ? from : lastAt + lastUsual)
    const missing = unknownFrom !== null || at - (lastAt ?? from) > missingIntervals * lastUsual
    if (missing && at > since && at > from) gaps.push([Math.max(since, from), at])
    unknownFrom = null
  }

  return {
    add: (at, value, usualMs) => {
      if (at >= to) return
      lastUsual = Math.max(usualMs, lastAt === null ? 0 : lastUsual)
      closeGap(at)
      lastAt = at
      lastUsual = usualMs
      // Read only for what it says about the gap before `from`.
      if (at < from) return
      const bucket = points === 1 ? 0 : Math.floor(at / width) - firstBucket
      if (count[bucket] === 0) {
        first[bucket] = at
        min[bucket] = value
        max[bucket] = value
      } else {
        if (at < (first[bucket] as number)) first[bucket] = at
        if (value < (min[bucket] as number)) min[bucket] = value
        if (value > (max[bucket] as number)) max[bucket] = value
      }
      sum[bucket] = (sum[bucket] as number) + value
      count[bucket] = (count[bucket] as number) + 1
    },
    unknown: (at) => {
      if (at >= to || unknownFrom !== null) return
      // What is missing before it belongs to the same gap: after a restart the first sample of a rate is unknown.
      if (lastAt === null) unknownFrom = Math.min(from, at)
      else unknownFrom = at - lastAt > missingIntervals * lastUsual ? lastAt + lastUsual : at
    },
    finish: (until) => {
      const end = Math.min(until, to)
      if (end > from) closeGap(end)
      const columns: SeriesColumns = { at: [], min: [], mean: [], max: [], gaps: joined(gaps), tier: 'samples' }
      for (let bucket = 0; bucket < points; bucket++) {
        const samples = count[bucket] as number
        if (samples === 0) continue
        columns.at.push(first[bucket] as number)
        columns.min.push(min[bucket] as number)
        columns.mean.push(isState ? (max[bucket] as number) : (sum[bucket] as number) / samples)
        columns.max.push(max[bucket] as number)
      }
      return columns
    },
  }
}

/** The median step of a server's rounds, ms; null where there are none that go forward. */
export const usualInterval = (times: ArrayLike<number>): number | null => {
  const steps: number[] = []
  for (let i = 1; i < times.length; i++) {
    const step = (times[i] as number) - (times[i - 1] as number)
    if (step > 0) steps.push(step)
  }
  if (steps.length === 0) return null
  steps.sort((a, b) => a - b)
  return steps[steps.length >> 1] as number
}

/** In order and without overlap, whatever the clock did. */
const joined = (gaps: [number, number][]): [number, number][] => {
  const out: [number, number][] = []
  for (const gap of gaps.toSorted((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (last && gap[0] <= last[1]) last[1] = Math.max(last[1], gap[1])
    else out.push([gap[0], gap[1]])
  }
  return out
}
