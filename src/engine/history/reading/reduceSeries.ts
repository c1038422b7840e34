import { mergeGaps } from '../../../shared/gaps.ts'
import type { SeriesColumns } from '../../../shared/history.ts'
import type { MetricId } from '../../../shared/metrics.ts'
import { bucketWidth, type Tier } from '../../../shared/tiers.ts'
import {
  type Buckets,
  type ByteCursor,
  ChunkDamaged,
  clearRowStates,
  createRowStates,
  decodeColumn,
  decodePresence,
  decodeRow,
  isColumnKnown,
  missingIntervals,
} from '../codec/codec.ts'
import type { SampleLayout, StoredGap } from '../protocol/protocol.ts'

/** The rounds of one seal, and one subject's samples in it. */
export interface SealedSamples {
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
  readonly usualMs: number
  readonly layout: SampleLayout
  /** Whether the chunk is rows (rowCodec.ts), else columns (columnChunk.ts). */
  readonly isRows: boolean
  /** null: the subject is not in the seal. */
  readonly chunk: Uint8Array | null
}

/** Decodes wanted columns and passes them to reducers. Reuses its scratch memory. */
export type SampleFeed = ReturnType<typeof createSampleFeed>

export function createSampleFeed() {
  let scratch = new Float64Array(0)
  let unknown = new Float64Array(0)
  let presenceBytes = new Uint8Array(0)
  const states = createRowStates()
  const makeRoom = (rounds: number, columns: number): void => {
    if (unknown.length < rounds) {
      unknown = new Float64Array(rounds * 2).fill(Number.NaN)
      presenceBytes = new Uint8Array(rounds * 2)
    }
    if (scratch.length < rounds * columns) scratch = new Float64Array(rounds * columns * 2)
  }

  /** Reads rows of form 1. Each contains only changes, so all rows and all wanted columns are read at once. */
  const readRows = (bytes: Uint8Array, rounds: number, columns: readonly number[], presence: Uint8Array): void => {
    clearRowStates(states)
    presence.fill(0)
    scratch.fill(Number.NaN, 0, rounds * columns.length)
    const cursor: ByteCursor = { bytes, at: 0 }
    let round = -1
    while (cursor.at < bytes.length) {
      round += 1 + decodeRow(cursor, states, 0)
      if (round >= rounds) throw new ChunkDamaged(`a row of round ${round} in ${rounds} rounds`)
      presence[round] = 1
      for (let i = 0; i < columns.length; i++) {
        const column = columns[i] as number
        if (column >= 0 && isColumnKnown(states, 0, column)) scratch[i * rounds + round] = states.last[column] as number
      }
    }
  }

  return {
    /** One reducer per metric. `after` and `before` are those of `SampleColumn`. */
    samples: (
      { times, gaps, usualMs, layout, isRows, chunk }: SealedSamples,
      metrics: readonly MetricId[],
      reducers: readonly Pick<SeriesReducer, 'addColumn'>[],
      after: number,
      before: number,
    ): void => {
      const length = times.length
      const give = (i: number, wholes: Float64Array, scale: number, presence: Uint8Array | null): void =>
        reducers[i]?.addColumn({ times, wholes, length, scale, usualMs, presence, gaps, after, before })
      makeRoom(length, isRows ? metrics.length : 1)
      const presence = presenceBytes.length === length ? presenceBytes : presenceBytes.subarray(0, length)
      if (chunk === null) {
        presence.fill(0)
        if (gaps.length > 0) for (let i = 0; i < metrics.length; i++) give(i, unknown, 1, presence)
        return
      }
      if (isRows) {
        const columns = metrics.map((id) => layout.metrics.indexOf(id))
        readRows(chunk, length, columns, presence)
        for (let i = 0; i < columns.length; i++) give(i, scratch.subarray(i * length, (i + 1) * length), layout.scales[columns[i] as number] ?? 1, presence)
        return
      }
      const present = decodePresence(chunk, presence) ? presence : null
      const into = scratch.subarray(0, length)
      for (let i = 0; i < metrics.length; i++) {
        const column = layout.metrics.indexOf(metrics[i] as MetricId)
        if (column >= 0 && decodeColumn(chunk, column, into)) give(i, into, layout.scales[column] as number, present)
        else give(i, unknown, 1, present)
      }
    },
  }
}

/** Passes one column of a coarser tier to a reducer: buckets that start in [after, before) and overlap [from, to). Returns false if there were none. */
export function feedBuckets(
  buckets: Buckets,
  column: number,
  scale: number,
  reducer: SeriesReducer,
  bounds: { readonly from: number; readonly to: number; readonly after: number; readonly before: number },
): boolean {
  const of = buckets.columns.get(column)
  if (!of) return false
  let any = false
  const { stepMs, usualMs, spans, length } = buckets
  const { from, to, after, before } = bounds
  let span = 0
  // What is known without a break, and buckets that go into the same bucket of the reducer, are passed on together.
  let knownFrom = 0
  let knownTo = Number.NaN
  const giveKnown = (): void => {
    if (!Number.isNaN(knownTo)) reducer.known(knownFrom, knownTo - usualMs, usualMs)
  }
  let end = Number.NEGATIVE_INFINITY
  const run = { at: 0, lastAt: 0, count: 0, min: 0, max: 0, sum: 0, first: 0, last: 0 }
  const giveRun = (): void => {
    const { at, lastAt, count, min, max, sum, first, last } = run
    if (count > 0) reducer.addBucket(at, count, min / scale, max / scale, sum / scale, first / scale, last / scale, lastAt)
  }
  for (let k = Math.max(0, Math.floor(from / stepMs) - buckets.first); k < length; k++) {
    const start = (buckets.first + k) * stepMs
    if (start >= to || start >= before) break
    if (start < after || (of.count[k] as number) === 0) continue
    const until = start + stepMs
    while (span < spans.length && (spans[span] as readonly [number, number])[1] <= start) span++
    // If no span says when the subject was watched (the clock jumped), use the bucket's start.
    let at = start
    for (let i = span; i < spans.length; i++) {
      const [since, left] = spans[i] as readonly [number, number]
      if (since >= until) break
      const knownSince = Math.max(start, since)
      if (i === span) at = knownSince
      if (knownSince !== knownTo) {
        giveKnown()
        knownFrom = knownSince
      }
      knownTo = Math.min(until, left)
    }
    any = true
    if (at >= to) continue
    if (at >= end || run.count === 0) {
      giveRun()
      end = reducer.endAt(at)
      run.at = at
      run.count = 0
      run.sum = 0
      run.min = Number.POSITIVE_INFINITY
      run.max = Number.NEGATIVE_INFINITY
      run.first = of.first[k] as number
    }
    run.lastAt = at
    run.count += of.count[k] as number
    run.sum += of.sum[k] as number
    run.min = Math.min(run.min, of.min[k] as number)
    run.max = Math.max(run.max, of.max[k] as number)
    run.last = of.last[k] as number
  }
  giveKnown()
  giveRun()
  return any
}

/** Reduces one series to buckets. Samples must be added oldest first. */
export type SeriesReducer = ReturnType<typeof createSeriesReducer>

/** One column of one seal. */
interface SampleColumn {
  /** At least `length` entries. */
  readonly times: Float64Array
  /** Value × `scale`; NaN is not known. */
  readonly wholes: Float64Array
  readonly length: number
  readonly scale: number
  readonly usualMs: number
  /** 0 for rounds in which the subject did not exist; null: it always did. */
  readonly presence: Uint8Array | null
  readonly gaps: readonly StoredGap[]
  /** Only times in [after, before) are used; the rest comes from another source. */
  readonly after: number
  readonly before: number
}

interface ReduceOptions {
  readonly from: number
  /** Not included. */
  readonly to: number
  /** Maximum number of buckets. */
  readonly points: number
  /** A state is not averaged: its mean is its largest value. */
  readonly isState: boolean
  /** Also return count, sum, first and last of each bucket, and the time of the last. */
  readonly totals?: boolean
}

export function createSeriesReducer({ from, to, points, isState, totals = false }: ReduceOptions) {
  const buckets = createBucketColumns(from, to, points, totals)
  const gaps = createGapTracker(from)

  const add = (at: number, value: number, usualMs: number): void => {
    if (at >= to) return
    gaps.known(at, at, usualMs)
    // Samples before `from` are only used to find a gap at the start.
    if (at >= from) buckets.put(buckets.bucketOf(at), { at, lastAt: at, count: 1, min: value, max: value, sum: value, first: value, last: value })
  }
  const unknown = (at: number): void => {
    if (at < to) gaps.unknown(at)
  }

  return {
    /** `usualMs` is the usual time between samples there: after more than three times that, there is a gap. */
    add,
    /** The series is unknown from `at` until the next sample. */
    unknown,
    /** Adds the rounds of one seal: the same as `add` and `unknown` for each, but many times faster. */
    addColumn: (column: SampleColumn): void => {
      const { times, wholes, length, scale, usualMs, presence, after, before } = column
      const gapsUntil = gapsOf(column, unknown)
      let round = 0
      while (round < length) {
        const gapRound = gapsUntil(round)
        const at = times[round] as number
        const whole = wholes[round] as number
        const isThere = presence === null || presence[round] !== 0
        round++
        if (at < after || at >= before) continue
        if (Number.isNaN(whole)) {
          if (isThere) unknown(at)
          continue
        }
        add(at, whole / scale, usualMs)
        if (at < from || at >= to) continue
        // Fast path: usually the following samples go into the same bucket without a gap.
        const bucket = buckets.bucketOf(at)
        const end = Math.min(buckets.endOf(bucket), to, before)
        const run = sumRun(column, round, Math.min(gapRound, length), end)
        if (run === null) continue
        buckets.put(bucket, run)
        gaps.knownUntil(run.lastAt)
        round += run.count
      }
      gapsUntil(Number.POSITIVE_INFINITY)
    },
    /** Adds a bucket of a coarser tier: `count` samples (at least one) from `at` on. Gaps are reported separately, with `known`. */
    addBucket: (at: number, count: number, min: number, max: number, sum: number, first: number, last: number, lastAt = at): void => {
      if (at >= to) return
      const inside = Math.max(at, from)
      buckets.put(buckets.bucketOf(inside), { at: inside, lastAt: Math.max(lastAt, from), count, min, max, sum, first, last })
    },
    /** Where the bucket ends that takes what is added at this time. */
    endAt: (at: number): number => buckets.endOf(buckets.bucketOf(Math.max(at, from))),
    /** Reports that samples came from `start` to `end` without a gap. */
    known: (start: number, end: number, usualMs: number): void => {
      if (start < to) gaps.known(start, end, usualMs)
    },
    /** Returns the columns. `until`: nothing can be known after it; the end of the range, or now. `tier`: the coarsest tier added. */
    finish: (until: number, tier: Tier): SeriesColumns => ({ ...buckets.columns(isState), gaps: gaps.until(Math.min(until, to)), tier }),
  }
}

/** Reports the column's gaps within [after, before) up to a round; returns the round of the next gap. */
function gapsOf({ gaps, after, before }: SampleColumn, unknown: (at: number) => void): (round: number) => number {
  let next = 0
  return (round) => {
    for (let gap = gaps[next]; gap && gap[0] <= round; gap = gaps[++next]) if (gap[1] >= after && gap[1] < before) unknown(gap[1])
    return gaps[next]?.[0] ?? Number.POSITIVE_INFINITY
  }
}

interface BucketShare {
  readonly at: number
  readonly lastAt: number
  readonly count: number
  readonly min: number
  readonly max: number
  readonly sum: number
  readonly first: number
  readonly last: number
}

/** The known samples from round `start` on, before round `stop` and time `end`, up to the first gap; null: there are none. */
function sumRun({ times, wholes, scale, usualMs }: SampleColumn, start: number, stop: number, end: number): BucketShare | null {
  const longestStep = missingIntervals * usualMs
  let last = times[start - 1] as number
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let total = 0
  let round = start
  while (round < stop) {
    const next = times[round] as number
    const value = wholes[round] as number
    // NaN means unknown.
    if (!(next < end && next >= last && next - last <= longestStep && !Number.isNaN(value))) break
    if (value < low) low = value
    if (value > high) high = value
    total += value
    last = next
    round++
  }
  if (round === start) return null
  return {
    at: times[start] as number,
    lastAt: last,
    count: round - start,
    min: low / scale,
    max: high / scale,
    sum: total / scale,
    first: (wholes[start] as number) / scale,
    last: (wholes[round - 1] as number) / scale,
  }
}

/**
 * The buckets of a range. They are aligned to multiples of their width since 1970, not to `from`, so that a moving chart keeps
 * its buckets and does not jump.
 */
function createBucketColumns(from: number, to: number, points: number, totals: boolean) {
  const width = bucketWidth(from, to, points)
  const firstBucket = points === 1 ? 0 : Math.floor(from / width)
  const count = new Float64Array(points)
  const firstAt = new Float64Array(points)
  const min = new Float64Array(points)
  const max = new Float64Array(points)
  const sum = new Float64Array(points)
  const ends = totals ? { first: new Float64Array(points), last: new Float64Array(points), lastAt: new Float64Array(points) } : null
  return {
    bucketOf: (at: number): number => (points === 1 ? 0 : Math.floor(at / width) - firstBucket),
    endOf: (bucket: number): number => (points === 1 ? Number.POSITIVE_INFINITY : (firstBucket + bucket + 1) * width),
    put: (bucket: number, share: BucketShare): void => {
      const isEmpty = count[bucket] === 0
      if (ends !== null) {
        if (isEmpty || share.at < (firstAt[bucket] as number)) ends.first[bucket] = share.first
        if (isEmpty || share.lastAt >= (ends.lastAt[bucket] as number)) {
          ends.lastAt[bucket] = share.lastAt
          ends.last[bucket] = share.last
        }
      }
      if (isEmpty || share.at < (firstAt[bucket] as number)) firstAt[bucket] = share.at
      if (isEmpty || share.min < (min[bucket] as number)) min[bucket] = share.min
      if (isEmpty || share.max > (max[bucket] as number)) max[bucket] = share.max
      sum[bucket] = (sum[bucket] as number) + share.sum
      count[bucket] = (count[bucket] as number) + share.count
    },
    /** Columns of the buckets that are not empty. A state is not averaged: its mean is its largest value. */
    columns: (isState: boolean) => {
      const columns: Pick<SeriesColumns, 'at' | 'min' | 'mean' | 'max'> = { at: [], min: [], mean: [], max: [] }
      for (let bucket = 0; bucket < points; bucket++) {
        const samples = count[bucket] as number
        if (samples === 0) continue
        columns.at.push(firstAt[bucket] as number)
        columns.min.push(min[bucket] as number)
        columns.mean.push(isState ? (max[bucket] as number) : (sum[bucket] as number) / samples)
        columns.max.push(max[bucket] as number)
      }
      if (ends === null) return columns
      const filled = (column: Float64Array): number[] => Array.from(column.filter((_, bucket) => (count[bucket] as number) > 0))
      return { ...columns, count: filled(count), sum: filled(sum), first: filled(ends.first), last: filled(ends.last), lastAt: filled(ends.lastAt) }
    },
  }
}

/** Finds gaps in samples that come oldest first. */
function createGapTracker(from: number) {
  const gaps: [number, number][] = []
  let lastAt: number | null = null
  let lastUsual = 0
  let unknownFrom: number | null = null
  const closeAt = (at: number): void => {
    const since = unknownFrom ?? (lastAt === null ? from : lastAt + lastUsual)
    const isMissing = unknownFrom !== null || at - (lastAt ?? from) > missingIntervals * lastUsual
    if (isMissing && at > since && at > from) gaps.push([Math.max(since, from), at])
    unknownFrom = null
  }
  return {
    known: (start: number, end: number, usualMs: number): void => {
      lastUsual = Math.max(usualMs, lastAt === null ? 0 : lastUsual)
      closeAt(start)
      lastAt = end
      lastUsual = usualMs
    },
    /** Samples continue without a gap up to `at`. */
    knownUntil: (at: number): void => {
      lastAt = at
    },
    unknown: (at: number): void => {
      if (unknownFrom !== null) return
      // What is missing before it belongs to the same gap: after a restart the first sample of a rate is unknown.
      if (lastAt === null) unknownFrom = Math.min(from, at)
      else unknownFrom = at - lastAt > missingIntervals * lastUsual ? lastAt + lastUsual : at
    },
    until: (end: number): [number, number][] => {
      if (end > from) closeAt(end)
      // In order and without overlap, whatever the clock did.
      return mergeGaps(gaps)
    },
  }
}
