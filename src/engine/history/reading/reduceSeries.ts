import type { SeriesColumns, Tier } from '../../../shared/history.ts'
import { missingIntervals } from '../codec/codec.ts'
import type { StoredGap } from '../protocol/protocol.ts'

/** Takes what is known of one series, oldest first, and puts it into buckets. */
export interface SeriesReducer {
  /** `usualMs` is the usual time between samples there: where more than three of it passed, something is missing. */
  readonly add: (at: number, value: number, usualMs: number) => void
  /** From here until the next sample nothing is known. */
  readonly unknown: (at: number) => void
  /** The rounds of one seal: as `add` and `unknown` of each, many times as quick. */
  readonly addColumn: (column: SampleColumn) => void
  /** What became of `count` samples (at least one) from `at` on, as a coarser tier keeps them. Says nothing about gaps: `known` does. */
  readonly addBucket: (at: number, count: number, min: number, max: number, sum: number, first: number, last: number) => void
  /** Samples came from `start` to `end`, without a gap between them. */
  readonly known: (start: number, end: number, usualMs: number) => void
  /** The columns; `until` is where knowledge can reach at most: the end of the range, or now. `tier` is the coarsest that was added. */
  readonly finish: (until: number, tier: Tier) => SeriesColumns
}

/** One column of one seal. */
export interface SampleColumn {
  /** Of at least `length` rounds. */
  readonly times: Float64Array
  /** Value × `scale`; NaN is not known. */
  readonly wholes: Float64Array
  readonly length: number
  readonly scale: number
  readonly usualMs: number
  /** 0 where the subject was not there in a round; null: it always was. */
  readonly presence: Uint8Array | null
  readonly gaps: readonly StoredGap[]
  /** Only what is from [after, before) counts: the rest comes from another source. */
  readonly after: number
  readonly before: number
}

export interface ReduceOptions {
  readonly from: number
  /** Not included. */
  readonly to: number
  /** Most buckets. */
  readonly points: number
  /** A state is not averaged: its mean is its largest, too. */
  readonly isState: boolean
  /** Also count, sum, first and last of each bucket. */
  readonly totals?: boolean
}

/** Width of the buckets of a range, ms. */
export const bucketWidth = (from: number, to: number, points: number): number =>
  points === 1 ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil((to - from) / (points - 1)))

/**
 * Buckets lie on multiples of their width since 1970, not on `from`: a chart that moves on by a tick keeps its
 * buckets, and nothing in it jumps.
 */
export function createSeriesReducer({ from, to, points, isState, totals = false }: ReduceOptions): SeriesReducer {
  const width = bucketWidth(from, to, points)
  const firstBucket = points === 1 ? 0 : Math.floor(from / width)
  const count = new Float64Array(points)
  const first = new Float64Array(points)
  const min = new Float64Array(points)
  const max = new Float64Array(points)
  const sum = new Float64Array(points)
  const ends = totals ? { first: new Float64Array(points), last: new Float64Array(points), lastAt: new Float64Array(points) } : null
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

  const known = (start: number, end: number, usualMs: number): void => {
    lastUsual = Math.max(usualMs, lastAt === null ? 0 : lastUsual)
    closeGap(start)
    lastAt = end
    lastUsual = usualMs
  }

  const bucketOf = (at: number): number => (points === 1 ? 0 : Math.floor(at / width) - firstBucket)

  const put = (bucket: number, at: number, samples: number, low: number, high: number, total: number): void => {
    if (count[bucket] === 0) {
      first[bucket] = at
      min[bucket] = low
      max[bucket] = high
    } else {
      if (at < (first[bucket] as number)) first[bucket] = at
      if (low < (min[bucket] as number)) min[bucket] = low
      if (high > (max[bucket] as number)) max[bucket] = high
    }
    sum[bucket] = (sum[bucket] as number) + total
    count[bucket] = (count[bucket] as number) + samples
  }

  /** First and last value of what comes into a bucket; told before `put`. */
  const putEnds = (bucket: number, at: number, value: number, lastAt: number, lastValue: number): void => {
    if (ends === null) return
    const isEmpty = count[bucket] === 0
    if (isEmpty || at < (first[bucket] as number)) ends.first[bucket] = value
    if (isEmpty || lastAt >= (ends.lastAt[bucket] as number)) {
      ends.lastAt[bucket] = lastAt
      ends.last[bucket] = lastValue
    }
  }

  const add = (at: number, value: number, usualMs: number): void => {
    if (at >= to) return
    known(at, at, usualMs)
    // Before `from` it was read only for what it says about the gap there.
    if (at < from) return
    const bucket = bucketOf(at)
    putEnds(bucket, at, value, at, value)
    put(bucket, at, 1, value, value, value)
  }

  const unknown = (at: number): void => {
    if (at >= to || unknownFrom !== null) return
    // What is missing before it belongs to the same gap: after a restart the first sample of a rate is unknown.
    if (lastAt === null) unknownFrom = Math.min(from, at)
    else unknownFrom = at - lastAt > missingIntervals * lastUsual ? lastAt + lastUsual : at
  }

  return {
    add,
    unknown,
    addColumn: ({ times, wholes, length, scale, usualMs, presence, gaps: stored, after, before }) => {
      const longestStep = missingIntervals * usualMs
      let nextGap = 0
      let gapRound = stored[0]?.[0] ?? Number.POSITIVE_INFINITY
      const gapsUntil = (round: number): void => {
        for (let gap = stored[nextGap]; gap && gap[0] <= round; gap = stored[++nextGap]) if (gap[1] >= after && gap[1] < before) unknown(gap[1])
        gapRound = stored[nextGap]?.[0] ?? Number.POSITIVE_INFINITY
      }
      let round = 0
      while (round < length) {
        if (round >= gapRound) gapsUntil(round)
        const at = times[round] as number
        const whole = wholes[round] as number
        const there = presence === null || presence[round] !== 0
        round++
        if (at < after || at >= before) continue
        if (Number.isNaN(whole)) {
          if (there) unknown(at)
          continue
        }
        add(at, whole / scale, usualMs)
        if (at < from || at >= to) continue
        // Mostly the next ones go into the same bucket, one usual step after another: nothing else needs to be looked at then.
        const bucket = bucketOf(at)
        const end = Math.min(points === 1 ? Number.POSITIVE_INFINITY : (firstBucket + bucket + 1) * width, to, before)
        const stop = gapRound < length ? gapRound : length
        const start = round
        let last = at
        let low = Number.POSITIVE_INFINITY
        let high = Number.NEGATIVE_INFINITY
        let total = 0
        while (round < stop) {
          const next = times[round] as number
          const value = wholes[round] as number
          // NaN is not known.
          if (!(next < end && next >= last && next - last <= longestStep && !Number.isNaN(value))) break
          if (value < low) low = value
          if (value > high) high = value
          total += value
          last = next
          round++
        }
        if (round === start) continue
        putEnds(bucket, times[start] as number, (wholes[start] as number) / scale, last, (wholes[round - 1] as number) / scale)
        put(bucket, at, round - start, low / scale, high / scale, total / scale)
        lastAt = last
      }
      gapsUntil(Number.POSITIVE_INFINITY)
    },
    addBucket: (at, samples, low, high, total, firstValue, lastValue) => {
      if (at >= to) return
      const inside = Math.max(at, from)
      putEnds(bucketOf(inside), inside, firstValue, inside, lastValue)
      put(bucketOf(inside), inside, samples, low, high, total)
    },
    known: (start, end, usualMs) => {
      if (start < to) known(start, end, usualMs)
    },
    finish: (until, tier) => {
      const end = Math.min(until, to)
      if (end > from) closeGap(end)
      const columns: SeriesColumns = { at: [], min: [], mean: [], max: [], gaps: joined(gaps), tier }
      for (let bucket = 0; bucket < points; bucket++) {
        const samples = count[bucket] as number
        if (samples === 0) continue
        columns.at.push(first[bucket] as number)
        columns.min.push(min[bucket] as number)
        columns.mean.push(isState ? (max[bucket] as number) : (sum[bucket] as number) / samples)
        columns.max.push(max[bucket] as number)
      }
      if (ends !== null) {
        const filled = (column: Float64Array): number[] => Array.from(column.filter((_, bucket) => (count[bucket] as number) > 0))
        Object.assign(columns, { count: filled(count), sum: filled(sum), first: filled(ends.first), last: filled(ends.last) })
      }
      return columns
    },
  }
}

/** In order and without overlap, whatever the clock did. */
function joined(gaps: [number, number][]): [number, number][] {
  const out: [number, number][] = []
  for (const gap of gaps.toSorted((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (last && gap[0] <= last[1]) last[1] = Math.max(last[1], gap[1])
    else out.push([gap[0], gap[1]])
  }
  return out
}
