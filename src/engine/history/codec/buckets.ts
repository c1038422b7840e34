import type { StoredGap } from '../protocol/protocol.ts'
import { decodePresence, eachColumn } from './columnChunk.ts'
import { createMask, putMask, readMask } from './columnMask.ts'
import {
  type ByteCursor,
  type ByteSink,
  ChunkDamaged,
  createByteSink,
  putVarint,
  readCount,
  readHead,
  readVarint,
  reserve,
  sinkBytes,
  unzigzag,
  zigzag,
} from './varint.ts'
import { largestWhole, putWholes, readWholes, skipWholes } from './wholeColumn.ts'

/** One column's statistics per bucket, arrays of equal length, some of which may be the same. Where `count` is 0 the other values are meaningless. */
export interface BucketColumn {
  readonly count: Int32Array
  readonly min: Float64Array
  readonly max: Float64Array
  readonly sum: Float64Array
  /** Value at the earliest time in the bucket; `last`: at the latest. */
  readonly first: Float64Array
  readonly last: Float64Array
}

/**
 * Samples of one subject in buckets of equal width, as in the coarser tiers. Values are whole numbers (value × the layout's
 * scale). The map contains only columns that are known in at least one bucket.
 */
export interface Buckets {
  readonly stepMs: number
  /** Bucket k starts at (first + k) * stepMs. */
  readonly first: number
  readonly length: number
  /** Usual time between samples, whole ms; after merging, the longest of the parts. */
  readonly usualMs: number
  readonly columns: ReadonlyMap<number, BucketColumn>
  /**
   * When the subject was watched, [from, to), ascending. `to` is a usual interval after the last sample, or the time of a
   * recorded gap. Between spans nothing is known. Spans are joined if they are at most two usual intervals (three since the
   * last sample), or a 60th of a bucket, apart.
   */
  readonly spans: readonly (readonly [from: number, to: number])[]
}

/** Maximum buckets that `encodeBuckets` and `bucketsOfSeal` produce. A block of an archive has 372 at most. */
export const mostBuckets = 16_384
/** Maximum buckets that `mergeBuckets` produces: 2 years of minutes. */
const mostMerged = 2 ** 20
const largestStep = 2 ** 40
const largestBucket = 2 ** 50

interface RoundPlaces {
  readonly first: number
  readonly length: number
  /** First rounds of consecutive runs in the same bucket, in order of arrival; one more start than runs. `buckets`: bucket of each run. */
  readonly starts: readonly number[]
  readonly buckets: readonly number[]
  readonly spans: readonly (readonly [from: number, to: number])[]
}

/** Returns a function that makes the buckets of chunks of one seal with rounds at `times`, which span less than `mostBuckets`. */
export function bucketsOfSeal(times: Float64Array, gaps: readonly StoredGap[], usualMs: number, stepMs: number): (chunk: Uint8Array) => Buckets {
  const rounds = times.length
  const presence = new Uint8Array(rounds)
  const values = new Float64Array(rounds)

  /** Places of the rounds in which the subject is present; null: there are none. */
  const place = (): RoundPlaces | null => {
    let first = Number.POSITIVE_INFINITY
    let last = Number.NEGATIVE_INFINITY
    const starts: number[] = []
    const runs: number[] = []
    let before = Number.NEGATIVE_INFINITY
    for (let round = 0; round < rounds; round++) {
      if (presence[round] === 0) continue
      const at = times[round] as number
      const bucket = Math.floor(at / stepMs)
      if (bucket < first) first = bucket
      if (bucket > last) last = bucket
      // The clock went back: first and last must be compared for each round.
      if (bucket !== runs.at(-1) || at < before) {
        starts.push(round)
        runs.push(bucket)
      }
      before = at
    }
    if (runs.length === 0) return null
    starts.push(rounds)
    const buckets = runs.map((bucket) => bucket - first)
    return { first, length: last - first + 1, starts, buckets, spans: joined(spansOf(presence, times, gaps, usualMs), usualMs, stepMs) }
  }
  /** Cached places for paths present in all rounds, which nearly all are. */
  let ofAll: RoundPlaces | null = null

  return (chunk) => {
    let places: RoundPlaces | null
    if (decodePresence(chunk, presence)) places = place()
    else {
      if (ofAll === null) {
        presence.fill(1)
        ofAll = place()
      }
      places = ofAll
    }
    if (places === null) return { stepMs, first: 0, length: 0, usualMs, columns: new Map(), spans: [] }
    const { first, length, spans } = places
    return { stepMs, first, length, usualMs, columns: columnsOf(chunk, times, places, values), spans }
  }
}

/** `values` is scratch memory for one number per round. */
function columnsOf(chunk: Uint8Array, times: Float64Array, places: RoundPlaces, values: Float64Array): Map<number, BucketColumn> {
  const { length, starts, buckets } = places
  const columns = new Map<number, BucketColumn>()
  const firstAt = new Float64Array(length)
  const lastAt = new Float64Array(length)
  eachColumn(chunk, values, (c) => {
    const column = createColumn(length)
    let any = false
    for (let stretch = 0; stretch < buckets.length; stretch++) {
      const k = buckets[stretch] as number
      const end = starts[stretch + 1] as number
      let round = starts[stretch] as number
      while (round < end && Number.isNaN(values[round])) round++
      if (round === end) continue
      any = true
      let lastKnown = round
      let min = values[round] as number
      let max = min
      let sum = 0
      let count = 0
      const at = times[round] as number
      const value = min
      for (; round < end; round++) {
        const next = values[round] as number
        if (Number.isNaN(next)) continue
        if (next < min) min = next
        else if (next > max) max = next
        sum += next
        count++
        lastKnown = round
      }
      const had = column.count[k] as number
      if (had === 0 || at < (firstAt[k] as number)) {
        firstAt[k] = at
        column.first[k] = value
      }
      if (had === 0 || (times[lastKnown] as number) >= (lastAt[k] as number)) {
        lastAt[k] = times[lastKnown] as number
        column.last[k] = values[lastKnown] as number
      }
      if (had === 0 || min < (column.min[k] as number)) column.min[k] = min
      if (had === 0 || max > (column.max[k] as number)) column.max[k] = max
      column.sum[k] = (column.sum[k] as number) + sum
      column.count[k] = had + count
    }
    if (any) columns.set(c, column)
  })
  return columns
}

/** Each row is valid for a usual interval, or until a recorded gap. */
function spansOf(presence: Uint8Array, times: Float64Array, gaps: readonly StoredGap[], usualMs: number): [number, number][] {
  const spans: [number, number][] = []
  let nextGap = 0
  let at: number | null = null
  for (let round = 0; round <= presence.length; round++) {
    if (presence[round] === 0) continue
    let until = at === null ? 0 : at + usualMs
    for (let gap = gaps[nextGap]; gap && gap[0] <= round; gap = gaps[++nextGap]) until = Math.min(until, gap[1])
    if (at !== null) {
      until = Math.max(until, at)
      const open = spans.at(-1)
      if (open && at >= open[0] && at <= open[1]) open[1] = Math.max(open[1], until)
      else spans.push([at, until])
    }
    at = times[round] as number
  }
  return spans
}

/** Merges parts of one layout into buckets of `stepMs`, a multiple of theirs. Buckets present in several parts are combined, in the order given. */
export function mergeBuckets(parts: readonly Buckets[], stepMs = parts[0]?.stepMs ?? 0): Buckets {
  const ratioOf = (part: Buckets): number => stepMs / part.stepMs
  if (parts.length === 0) throw new RangeError('no buckets to merge')
  if (!parts.every((part) => Number.isInteger(ratioOf(part)) && ratioOf(part) >= 1)) throw new RangeError(`some buckets do not fit into ones of ${stepMs} ms`)
  const usualMs = parts.reduce((most, part) => Math.max(most, part.usualMs), 0)
  const placeOf = (part: Buckets, k: number): number => Math.floor((part.first + k) / ratioOf(part))
  const full = parts.filter(({ length }) => length > 0)
  const first = (full.length > 0 ? full : parts).reduce((least, part) => Math.min(least, placeOf(part, 0)), Number.POSITIVE_INFINITY)
  const length = full.reduce((most, part) => Math.max(most, placeOf(part, part.length - 1) - first + 1), 0)
  if (length > mostMerged) throw new RangeError(`${length} buckets in one piece`)
  const columns = new Map<number, BucketColumn>()
  for (const part of full)
    for (const [c, from] of part.columns) {
      const into = columns.get(c) ?? createColumn(length)
      columns.set(c, into)
      addColumn(into, from, part.length, (k) => placeOf(part, k) - first)
    }
  const spans = parts.flatMap((part) => part.spans.map(([from, to]): [number, number] => [from, to]))
  return { stepMs, first, length, usualMs, columns: ascending(columns), spans: joined(spans, usualMs, stepMs) }
}

/** The buckets in [fromBucket, toBucket), numbered since 1970 like `first`. Spans are cut at the edges. */
export function sliceBuckets(buckets: Buckets, fromBucket: number, toBucket: number): Buckets {
  const from = Math.max(0, Math.min(fromBucket - buckets.first, buckets.length))
  const to = Math.max(from, Math.min(toBucket - buckets.first, buckets.length))
  const columns = new Map<number, BucketColumn>()
  for (const [c, column] of buckets.columns) {
    const count = column.count.slice(from, to)
    if (count.some((of) => of > 0))
      columns.set(c, {
        count,
        min: column.min.slice(from, to),
        max: column.max.slice(from, to),
        sum: column.sum.slice(from, to),
        first: column.first.slice(from, to),
        last: column.last.slice(from, to),
      })
  }
  const start = fromBucket * buckets.stepMs
  const end = toBucket * buckets.stepMs
  const spans = (to > from ? buckets.spans : []).flatMap(([since, until]): [number, number][] => {
    const cut: [number, number] = [Math.max(since, start), Math.min(until, end)]
    return cut[1] > cut[0] || (since === until && since >= start && since < end) ? [cut] : []
  })
  return { stepMs: buckets.stepMs, first: buckets.first + from, length: to - from, usualMs: buckets.usualMs, columns, spans }
}

/**
 * Encodes buckets as stored in an archive:
 *
 *     buckets = varint(step), varint(zigzag(first)), varint(length), varint(usual ms), spans,
 *               counts (head and column), which columns are known somewhere (columnMask.ts), columns
 *     spans   = varint(count), and for each: zigzag varint from the end of the one before (first: from the first bucket),
 *               varint(length)
 *     column  = flags, [counts if flag 1], least, and if not flag 2: greatest, sum, first, last
 *
 * 1. `counts` are the most samples that any column has in each bucket; flag 1: this column has its own. The columns after
 *    it hold only the buckets with at least one sample.
 * 2. Flag 2: no value changed within any bucket, so the least number is enough.
 * 3. Greatest, first and last are stored as distances from the least, the sum as the distance from count × least. Flag 4:
 *    they are stored as they are, because the distances would not be exact.
 *
 * Throws RangeError for more than `mostBuckets`.
 */
export function encodeBuckets(buckets: Buckets): Uint8Array {
  const { stepMs, first, length, usualMs, columns, spans } = buckets
  if (length > mostBuckets) throw new RangeError(`${length} buckets in one piece`)
  const sink = encoded
  sink.length = 0
  reserve(sink, 64)
  putVarint(sink, stepMs)
  putVarint(sink, zigzag(first))
  putVarint(sink, length)
  putVarint(sink, Math.round(usualMs))
  reserve(sink, 16 + spans.length * 16)
  putVarint(sink, spans.length)
  let end = first * stepMs
  for (const [from, to] of spans) {
    putVarint(sink, zigzag(Math.round(from) - end))
    putVarint(sink, Math.round(to) - Math.round(from))
    end = Math.round(to)
  }
  const ordered = [...columns].sort(([a], [b]) => a - b)
  const counts = new Int32Array(length)
  for (const [, { count }] of ordered) for (let k = 0; k < length; k++) if ((count[k] as number) > (counts[k] as number)) counts[k] = count[k] as number
  if (scratch.length < length) scratch = new Float64Array(length)
  scratch.set(counts)
  putWholes(sink, scratch, length, 0)
  putMask(sink, { columns: Int32Array.from(ordered, ([c]) => c), count: ordered.length })
  for (const [, column] of ordered) putColumn(sink, column, counts)
  return sinkBytes(sink)
}

const ownCounts = 1
const flat = 2
const plain = 4
let scratch = new Float64Array(512)
/** Scratch memory for encoding; not used across calls. */
const encoded = createByteSink(4096)

function putColumn(sink: ByteSink, column: BucketColumn, counts: Int32Array): void {
  const { count, min, max, sum, first, last } = column
  const { length } = counts
  let flags = flat
  for (let k = 0; k < length; k++) {
    const samples = count[k] as number
    if (samples !== counts[k]) flags |= ownCounts
    if (samples === 0) continue
    const least = min[k] as number
    const greatest = max[k] as number
    const begin = first[k] as number
    const end = last[k] as number
    const all = sum[k] as number
    if (least !== greatest || begin !== least || end !== least || all !== samples * least) flags &= ~flat
    const largest = Math.max(Math.abs(least), Math.abs(greatest), Math.abs(begin), Math.abs(end))
    if (!(largest * samples <= largestWhole && Math.abs(all) <= largestWhole)) flags |= plain
  }
  reserve(sink, 1)
  sink.bytes[sink.length++] = flags
  if ((flags & ownCounts) !== 0) {
    scratch.set(count)
    putWholes(sink, scratch, length, 0)
  }
  const isPlain = (flags & plain) !== 0
  const put = (numbers: Float64Array, isSum: boolean, isDistance: boolean): void => {
    let at = 0
    for (let k = 0; k < length; k++) {
      const samples = count[k] as number
      if (samples === 0) continue
      const value = numbers[k] as number
      scratch[at++] = isDistance ? value - (isSum ? samples : 1) * (min[k] as number) : value
    }
    putWholes(sink, scratch, at, 0)
  }
  put(min, false, false)
  if ((flags & flat) !== 0) return
  put(max, false, !isPlain)
  put(sum, true, !isPlain)
  put(first, false, !isPlain)
  put(last, false, !isPlain)
}

/** Scratch memory for decoding; not used across calls. */
const decodedMask = createMask()

/** Decodes buckets; with `wanted` only these columns. Throws `ChunkDamaged`, also if there are more than `most` buckets. */
export function decodeBuckets(bytes: Uint8Array, wanted?: readonly number[], most = mostBuckets): Buckets {
  const cursor: ByteCursor = { bytes, at: 0 }
  const stepMs = readCount(cursor, largestStep, 'a step')
  if (stepMs === 0) throw new ChunkDamaged('a step of 0')
  const first = unzigzag(readCount(cursor, largestBucket, 'a bucket'))
  const length = readCount(cursor, most, 'buckets')
  const usualMs = readCount(cursor, largestStep, 'an interval')
  const spans: [number, number][] = []
  let end = first * stepMs
  // Each span takes at least two bytes.
  for (let left = readCount(cursor, bytes.length >> 1, 'spans'); left > 0; left--) {
    const from = end + unzigzag(readVarint(cursor))
    end = from + readVarint(cursor)
    spans.push([from, end])
  }
  if (scratch.length < length) scratch = new Float64Array(length)
  const counts = new Int32Array(length)
  readCounts(cursor, counts)
  readMask(cursor, decodedMask)
  const columns = new Map<number, BucketColumn>()
  for (const c of decodedMask.columns.subarray(0, decodedMask.count)) {
    const flags = readHead(cursor)
    if (flags > (ownCounts | flat | plain)) throw new ChunkDamaged(`there are no flags ${flags}`)
    if (wanted && !wanted.includes(c)) {
      const parts = ((flags & ownCounts) === 0 ? 0 : 1) + ((flags & flat) === 0 ? 5 : 1)
      for (let part = 0; part < parts; part++) skipWholes(cursor, readHead(cursor))
    } else columns.set(c, readColumn(cursor, flags, counts))
  }
  if (cursor.at !== bytes.length) throw new ChunkDamaged('bytes are left over')
  return { stepMs, first, length, usualMs, columns, spans }
}

function readColumn(cursor: ByteCursor, flags: number, counts: Int32Array): BucketColumn {
  const { length } = counts
  const isFlat = (flags & flat) !== 0
  const count = (flags & ownCounts) === 0 ? counts : new Int32Array(length)
  if (count !== counts) readCounts(cursor, count)
  const { min, max, sum, first, last } = isFlat ? createFlat(length) : createColumn(length)
  let known = 0
  for (let k = 0; k < length; k++) if ((count[k] as number) > 0) known++
  if (known === 0) throw new ChunkDamaged('a column is known nowhere')
  const isPlain = (flags & plain) !== 0
  const take = (into: Float64Array, isSum: boolean, isDistance: boolean): void => {
    readWholes(cursor, readHead(cursor), scratch, known)
    let at = 0
    for (let k = 0; k < length; k++) {
      const samples = count[k] as number
      if (samples === 0) continue
      const value = scratch[at++] as number
      into[k] = isDistance ? value + (isSum ? samples : 1) * (min[k] as number) : value
    }
  }
  take(min, false, false)
  if (isFlat) for (let k = 0; k < length; k++) sum[k] = (count[k] as number) * (min[k] as number)
  else {
    take(max, false, !isPlain)
    take(sum, true, !isPlain)
    take(first, false, !isPlain)
    take(last, false, !isPlain)
  }
  return { count, min, max, sum, first, last }
}

/** Where no value changed within any bucket, the least is the greatest, the first and the last. */
function createFlat(length: number): Omit<BucketColumn, 'count'> {
  const { buffer, offset } = memoryOf(length * 16)
  const min = new Float64Array(buffer, offset, length)
  return { min, max: min, first: min, last: min, sum: new Float64Array(buffer, offset + length * 8, length) }
}

function readCounts(cursor: ByteCursor, into: Int32Array): void {
  readWholes(cursor, readHead(cursor), scratch, into.length)
  for (let k = 0; k < into.length; k++) {
    const count = scratch[k] as number
    if (!(count >= 0 && count < 2 ** 31)) throw new ChunkDamaged(`a bucket of ${count} samples`)
    into[k] = count
  }
}

const pooledBytes = 65_536
let pool = new ArrayBuffer(0)
let pooled = 0
/** Zeros that nobody else has. Columns share buffers: for few buckets, allocating one takes longer than filling it. */
function memoryOf(bytes: number): { readonly buffer: ArrayBuffer; readonly offset: number } {
  const aligned = (bytes + 7) & ~7
  if (aligned > pooledBytes / 8) return { buffer: new ArrayBuffer(aligned), offset: 0 }
  if (pooled + aligned > pool.byteLength) {
    pool = new ArrayBuffer(pooledBytes)
    pooled = 0
  }
  pooled += aligned
  return { buffer: pool, offset: pooled - aligned }
}
function createColumn(length: number): BucketColumn {
  const { buffer, offset } = memoryOf(length * 44)
  const doubles = (place: number): Float64Array => new Float64Array(buffer, offset + place * length * 8, length)
  return { count: new Int32Array(buffer, offset + length * 40, length), min: doubles(0), max: doubles(1), sum: doubles(2), first: doubles(3), last: doubles(4) }
}

/** Adds later buckets to existing ones. */
function addColumn(into: BucketColumn, from: BucketColumn, length: number, place: (k: number) => number): void {
  for (let k = 0; k < length; k++) {
    const count = from.count[k] as number
    if (count === 0) continue
    const to = place(k)
    const before = into.count[to] as number
    const min = from.min[k] as number
    const max = from.max[k] as number
    if (before === 0 || min < (into.min[to] as number)) into.min[to] = min
    if (before === 0 || max > (into.max[to] as number)) into.max[to] = max
    if (before === 0) into.first[to] = from.first[k] as number
    into.last[to] = from.last[k] as number
    into.sum[to] = (into.sum[to] as number) + (from.sum[k] as number)
    into.count[to] = before + count
  }
}

const ascending = (columns: Map<number, BucketColumn>): Map<number, BucketColumn> => new Map([...columns].sort(([a], [b]) => a - b))

/** Sorts spans and joins those that overlap or are too close to be a gap. */
function joined(spans: [number, number][], usualMs: number, stepMs: number): [number, number][] {
  const near = Math.max(2 * usualMs, stepMs / 60)
  const out: [number, number][] = []
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (last && from - last[1] <= near) last[1] = Math.max(last[1], to)
    else out.push([from, to])
  }
  return out
}
