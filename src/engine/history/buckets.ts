import { chunkColumns, chunkRounds, decodeColumn, decodePresence } from './columnChunk.ts'
import { mostColumns } from './rowCodec.ts'
import type { StoredGap } from './storeProtocol.ts'
import { type ByteCursor, ChunkDamaged, createByteSink, putVarint, reserve, sinkBytes, takeBytes, takeCount, takeVarint, unzigzag, zigzag } from './varint.ts'
import { putWholes, takeWholes } from './wholeColumn.ts'

/** What became of one column in each bucket. All as long as the buckets; where `count` is 0 the others mean nothing. */
export interface BucketColumn {
  readonly count: Int32Array
  readonly min: Float64Array
  readonly max: Float64Array
  readonly sum: Float64Array
  /** Of the earliest and the latest time in the bucket. */
  readonly first: Float64Array
  readonly last: Float64Array
}

/**
 * Samples of one subject in buckets of equal width: the coarser tiers. Numbers are whole numbers (value × the layout's
 * scale); a column is in the map where it is known in at least one bucket.
 */
export interface Buckets {
  readonly stepMs: number
  /** Bucket k starts at (first + k) * stepMs. */
  readonly first: number
  readonly length: number
  /** Usual time between samples, whole ms; of parts that were merged the longest. */
  readonly usualMs: number
  readonly columns: ReadonlyMap<number, BucketColumn>
  /**
   * When the subject was watched, [from, to), ascending; `to` is a usual interval after the last sample, or where a
   * gap was told. Between them nothing is known. Joined where they are at most two usual intervals (three since the
   * last sample), or a 60th of a bucket, apart.
   */
  readonly spans: readonly (readonly [from: number, to: number])[]
}

/** `encodeBuckets` and `bucketsOfChunk` make no longer ones. A block of an archive has 372 at most. */
export const mostBuckets = 4096
const mostSpans = 200_000
const largestStep = 2 ** 40
const largestBucket = 2 ** 50

/**
 * `times` are those of the chunk's seal, `gaps` the seal's. Where a clock jumped so far that the times lie more than
 * `mostBuckets` apart, only those around the last round's time are in it.
 */
export const bucketsOfChunk = (chunk: Uint8Array, times: Float64Array, gaps: readonly StoredGap[], usualMs: number, stepMs: number): Buckets => {
  const rounds = chunkRounds(chunk)
  if (times.length !== rounds) throw new ChunkDamaged(`a chunk of ${rounds} rounds where there are ${times.length}`)
  const presence = new Uint8Array(rounds)
  if (!decodePresence(chunk, presence)) presence.fill(1)
  const bucketOf = (at: number): number => Math.floor(at / stepMs)
  const lastRound = presence.lastIndexOf(1)
  if (lastRound < 0) return { stepMs, first: 0, length: 0, usualMs, columns: new Map(), spans: [] }
  const anchor = bucketOf(times[lastRound] as number)
  let first = anchor
  let last = anchor
  for (let round = 0; round < rounds; round++) {
    if (presence[round] === 0) continue
    const bucket = bucketOf(times[round] as number)
    if (Math.abs(bucket - anchor) >= mostBuckets / 2) continue
    if (bucket < first) first = bucket
    if (bucket > last) last = bucket
  }
  const length = last - first + 1

  const places = new Int32Array(rounds)
  for (let round = 0; round < rounds; round++) {
    const place = bucketOf(times[round] as number) - first
    places[round] = presence[round] === 0 || place < 0 || place >= length ? -1 : place
  }

  const columns = new Map<number, BucketColumn>()
  const values = new Float64Array(rounds)
  const firstAt = new Float64Array(length)
  const lastAt = new Float64Array(length)
  for (const c of chunkColumns(chunk)) {
    decodeColumn(chunk, c, values)
    const column = createColumn(length)
    let any = false
    for (let round = 0; round < rounds; round++) {
      const value = values[round] as number
      const k = places[round] as number
      if (k < 0 || Number.isNaN(value)) continue
      any = true
      const at = times[round] as number
      const count = column.count[k] as number
      column.count[k] = count + 1
      column.sum[k] = (column.sum[k] as number) + value
      if (count === 0 || value < (column.min[k] as number)) column.min[k] = value
      if (count === 0 || value > (column.max[k] as number)) column.max[k] = value
      if (count === 0 || at < (firstAt[k] as number)) {
        firstAt[k] = at
        column.first[k] = value
      }
      if (count === 0 || at >= (lastAt[k] as number)) {
        lastAt[k] = at
        column.last[k] = value
      }
    }
    if (any) columns.set(c, column)
  }

  const spans: [number, number][] = []
  let nextGap = 0
  for (let round = 0; round < rounds; round++) {
    let gapAt = Number.POSITIVE_INFINITY
    for (let gap = gaps[nextGap]; gap && gap[0] <= round; gap = gaps[++nextGap]) gapAt = Math.min(gapAt, gap[1])
    const open = spans.at(-1)
    if (open && gapAt < open[1]) open[1] = Math.max(open[0], gapAt)
    if ((places[round] as number) < 0) continue
    const at = times[round] as number
    if (open && at >= open[0] && at <= open[1]) open[1] = at + usualMs
    else spans.push([at, at + usualMs])
  }
  const open = spans.at(-1)
  for (let gap = gaps[nextGap]; gap && open; gap = gaps[++nextGap]) if (gap[1] < open[1]) open[1] = Math.max(open[0], gap[1])
  return { stepMs, first, length, usualMs, columns, spans: joined(spans, usualMs, stepMs) }
}

/** All of them as one: buckets that are in several add up, in the order given. Same step and layout. */
export const mergeBuckets = (parts: readonly Buckets[]): Buckets => {
  const full = parts.filter(({ length }) => length > 0)
  const one = parts[0]
  if (!one) throw new RangeError('no buckets to merge')
  if (parts.some(({ stepMs }) => stepMs !== one.stepMs)) throw new RangeError('buckets of different steps')
  const usualMs = parts.reduce((most, part) => Math.max(most, part.usualMs), 0)
  const first = full.length === 0 ? one.first : full.reduce((least, part) => Math.min(least, part.first), Number.POSITIVE_INFINITY)
  const length = full.reduce((most, part) => Math.max(most, part.first + part.length - first), 0)
  const columns = new Map<number, BucketColumn>()
  for (const part of full)
    for (const [c, from] of part.columns) {
      let into = columns.get(c)
      if (!into) {
        into = createColumn(length)
        columns.set(c, into)
      }
      addColumn(into, from, part.length, (k) => part.first - first + k)
    }
  const spans = parts.flatMap((part) => part.spans.map(([from, to]): [number, number] => [from, to]))
  return { stepMs: one.stepMs, first, length, usualMs, columns: ascending(columns), spans: joined(spans, usualMs, one.stepMs) }
}

/** In wider buckets: `stepMs` is a multiple of theirs. */
export const coarsenBuckets = (buckets: Buckets, stepMs: number): Buckets => {
  const ratio = stepMs / buckets.stepMs
  if (!Number.isInteger(ratio) || ratio < 1) throw new RangeError(`buckets of ${stepMs} ms from ones of ${buckets.stepMs} ms`)
  const first = Math.floor(buckets.first / ratio)
  const length = buckets.length === 0 ? 0 : Math.floor((buckets.first + buckets.length - 1) / ratio) - first + 1
  const columns = new Map<number, BucketColumn>()
  for (const [c, from] of buckets.columns) {
    const into = createColumn(length)
    addColumn(into, from, buckets.length, (k) => Math.floor((buckets.first + k) / ratio) - first)
    columns.set(c, into)
  }
  const spans = buckets.spans.map(([from, to]): [number, number] => [from, to])
  return { stepMs, first, length, usualMs: buckets.usualMs, columns, spans: joined(spans, buckets.usualMs, stepMs) }
}

/** Those from bucket number `fromBucket` (as `first`: since 1970) up to, and without, `toBucket`; spans are cut there. */
export const sliceBuckets = (buckets: Buckets, fromBucket: number, toBucket: number): Buckets => {
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
  const spans = buckets.spans.flatMap(([since, until]): [number, number][] => {
    const cut: [number, number] = [Math.max(since, start), Math.min(until, end)]
    return cut[1] > cut[0] || (since === until && since >= start && since < end) ? [cut] : []
  })
  return { stepMs: buckets.stepMs, first: buckets.first + from, length: to - from, usualMs: buckets.usualMs, columns, spans }
}

/** As they lie in an archive; docs/store.md describes every byte. Throws RangeError for more than `mostBuckets`. */
export const encodeBuckets = (buckets: Buckets): Uint8Array => {
  const { stepMs, first, length, usualMs, columns, spans } = buckets
  if (length > mostBuckets) throw new RangeError(`${length} buckets in one piece`)
  const sink = createByteSink(1024)
  putVarint(sink, stepMs)
  putVarint(sink, zigzag(first))
  putVarint(sink, length)
  putVarint(sink, Math.round(usualMs))
  putVarint(sink, columns.size)
  for (const [c, column] of columns) {
    const body = createByteSink(length * 8)
    const count = Float64Array.from(column.count)
    putWholes(body, count, length, 0)
    const known = column.count.reduce((sum, of) => sum + (of > 0 ? 1 : 0), 0)
    const dense = (values: Float64Array): Float64Array => values.filter((_, k) => (column.count[k] as number) > 0)
    for (const values of [column.min, column.max, column.sum, column.first, column.last]) putWholes(body, dense(values), known, 0)
    reserve(sink, 16 + body.length)
    putVarint(sink, c)
    putVarint(sink, body.length)
    sink.bytes.set(body.bytes.subarray(0, body.length), sink.length)
    sink.length += body.length
  }
  reserve(sink, 16 + spans.length * 16)
  putVarint(sink, spans.length)
  let at = first * stepMs
  for (const [from, to] of spans) {
    putVarint(sink, zigzag(Math.round(from) - at))
    putVarint(sink, Math.round(to) - Math.round(from))
    at = Math.round(to)
  }
  return sinkBytes(sink)
}

/** `wanted`: only these columns are read. Throws `ChunkDamaged`. */
export const decodeBuckets = (bytes: Uint8Array, wanted?: readonly number[]): Buckets => {
  const cursor: ByteCursor = { bytes, at: 0 }
  const stepMs = takeCount(cursor, largestStep, 'a step')
  if (stepMs === 0) throw new ChunkDamaged('a step of 0')
  const first = unzigzag(takeCount(cursor, largestBucket, 'a bucket'))
  const length = takeCount(cursor, mostBuckets, 'buckets')
  const usualMs = takeCount(cursor, largestStep, 'an interval')
  const columns = new Map<number, BucketColumn>()
  for (let left = takeCount(cursor, mostColumns, 'columns'); left > 0; left--) {
    const c = takeCount(cursor, mostColumns - 1, 'a column')
    const body: ByteCursor = { bytes: takeBytes(cursor, takeVarint(cursor)), at: 0 }
    if (wanted && !wanted.includes(c)) continue
    const column = createColumn(length)
    const scratch = new Float64Array(length)
    takeWholes(body, takeBytes(body, 1)[0] as number, scratch, length)
    let known = 0
    for (let k = 0; k < length; k++) {
      const count = scratch[k] as number
      if (!(count >= 0 && count < 2 ** 31)) throw new ChunkDamaged(`a bucket of ${count} samples`)
      column.count[k] = count
      if (count > 0) known++
    }
    for (const values of [column.min, column.max, column.sum, column.first, column.last]) {
      takeWholes(body, takeBytes(body, 1)[0] as number, scratch, known)
      for (let k = 0, i = 0; k < length; k++) if ((column.count[k] as number) > 0) values[k] = scratch[i++] as number
    }
    columns.set(c, column)
  }
  const spans: [number, number][] = []
  let at = first * stepMs
  for (let left = takeCount(cursor, Math.min(mostSpans, bytes.length), 'spans'); left > 0; left--) {
    const from = at + unzigzag(takeVarint(cursor))
    at = from + takeVarint(cursor)
    spans.push([from, at])
  }
  if (cursor.at !== bytes.length) throw new ChunkDamaged('bytes are left over')
  return { stepMs, first, length, usualMs, columns, spans }
}

const createColumn = (length: number): BucketColumn => ({
  count: new Int32Array(length),
  min: new Float64Array(length),
  max: new Float64Array(length),
  sum: new Float64Array(length),
  first: new Float64Array(length),
  last: new Float64Array(length),
})

/** Adds buckets that come later to those that are there. */
const addColumn = (into: BucketColumn, from: BucketColumn, length: number, place: (k: number) => number): void => {
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

/** In order, and one where they overlap or are too near each other to tell. */
const joined = (spans: [number, number][], usualMs: number, stepMs: number): [number, number][] => {
  const near = Math.max(2 * usualMs, stepMs / 60)
  const out: [number, number][] = []
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (last && from - last[1] <= near) last[1] = Math.max(last[1], to)
    else out.push([from, to])
  }
  return out
}
