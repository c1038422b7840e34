import {
  type ByteCursor,
  type ByteSink,
  ChunkDamaged,
  putFloat,
  putVarint,
  readCount,
  readFloat,
  readHead,
  readVarint,
  reserve,
  skipBytes,
  unzigzag,
  zigzag,
} from './varint.ts'

/**
 * Frame-of-reference encoding: numbers are stored as distances from a base, in as few bits as most of them need. The few that
 * need more are listed behind them, so that an outlier costs some bytes instead of extra bits for every number.
 *
 *     blocks = varint(numbers in a frame; the last one may have fewer), frames
 *     frame  = zigzag varint(base - base of the frame before), width (+ 64 if there are outliers),
 *              distances of up to 24 bits each, lowest bit first, then those of the bits above,
 *              [varint(outliers), for each: varint(numbers since the one before), zigzag varint(distance)]
 */
/** Wider distances are outliers. Up to this width, two halves of at most 24 bits fit 32-bit operations. */
const widest = 48
const halfBits = 24
const halfLimit = 2 ** halfBits
/** Blocks of 64 numbers, or one of them all. */
const blockLength = 64
/** Added to a frame's width. */
const withOutliers = 64
/** Bytes of a frame's base and width, about. */
const headCost = 4

/** A frame: the numbers from `base` on that have distances of `width` bits, and what it takes, bytes. The others are outliers. */
interface Frame {
  readonly base: number
  readonly width: number
  readonly cost: number
}

/** Appends the first `count` numbers as one frame with outliers, or as blocks that are each as wide as their range, whichever is smaller. */
function putBlocks(sink: ByteSink, values: Float64Array, count: number): void {
  const all = values.subarray(0, count)
  const whole = planFrame(all)
  const blocks: Float64Array[] = []
  // One block alone is never smaller than the frame.
  if (count > blockLength) for (let from = 0; from < count; from += blockLength) blocks.push(all.subarray(from, from + blockLength))
  const frames = blocks.map(widestFrame)
  reserve(sink, 64 + count * 20)
  if (frames.length === 0 || frames.reduce((cost, frame) => cost + frame.cost, 0) >= whole.cost) {
    putVarint(sink, count)
    putFrame(sink, all, whole, 0)
    return
  }
  putVarint(sink, blockLength)
  for (const [i, frame] of frames.entries()) putFrame(sink, blocks[i] as Float64Array, frame, frames[i - 1]?.base ?? 0)
}

function widestFrame(values: Float64Array): Frame {
  let min = values[0] as number
  let max = min
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number
    if (value < min) min = value
    if (value > max) max = value
  }
  const width = widthOf(max - min)
  return { base: min, width, cost: width > widest ? Number.POSITIVE_INFINITY : (values.length * width) / 8 + headCost }
}

const powers = Float64Array.from({ length: 64 }, (_, exponent) => 2 ** exponent)
/** 2^exponent, for 0 to 63. With a variable exponent `**` would call the C library. */
const power = (exponent: number): number => powers[exponent] as number

function widthOf(distance: number): number {
  if (distance < 0x80000000) return 32 - Math.clz32(distance)
  return 64 - Math.clz32(distance / 0x100000000)
}

/** Maximum rounds of a chunk, and maximum numbers of a column. */
export const mostRounds = 65_536

/** Scratch memory, not used across calls. Sorting 32-bit numbers takes a quarter of the time. */
const narrow = new Int32Array(mostRounds)
const wide = new Float64Array(mostRounds)
const distances = new Float64Array(mostRounds)
const steps = new Float64Array(mostRounds)

/** Finds the cheapest frame: for each width, the window of the sorted numbers that holds the most. */
function planFrame(values: Float64Array): Frame {
  const count = values.length
  let best = widestFrame(values)
  const { base: least, width: full } = best
  const outlierCost = 1 + Math.ceil((full + 1) / 7)
  if (full <= widest && count >= 2 * sampled && !leansSomewhere(values, power(full) / 2)) return best
  const sorted = (full < 32 ? narrow : wide).subarray(0, count)
  for (let i = 0; i < count; i++) sorted[i] = (values[i] as number) - least
  sorted.sort()
  for (let width = Math.min(full - 1, widest); width >= 0; width--) {
    const limit = power(width)
    let most = 0
    let start = 0
    let base = 0
    for (let end = 0; end < count; end++) {
      const from = (sorted[end] as number) - limit
      while ((sorted[start] as number) <= from) start++
      if (end - start < most) continue
      most = end - start + 1
      base = least + (sorted[start] as number)
    }
    const listed = headCost + 2 + (count - most) * outlierCost
    // Narrower windows have at least as many outliers.
    if (listed >= best.cost) break
    const cost = (count * width) / 8 + listed
    if (cost < best.cost) best = { base, width, cost }
  }
  return best
}

const sampled = 32
const sample = new Float64Array(sampled)
/**
 * Whether, of a sample of 32 numbers, three quarters are closer together than `half` of the range. If not, no narrower frame pays: an
 * outlier takes some 30 bits, and at most six bits are saved for each of the others.
 */
function leansSomewhere(values: Float64Array, half: number): boolean {
  const step = Math.floor(values.length / sampled)
  for (let i = 0; i < sampled; i++) sample[i] = values[i * step] as number
  sample.sort()
  const within = (sampled * 3) / 4
  for (let i = within - 1; i < sampled; i++) if ((sample[i] as number) - (sample[i + 1 - within] as number) < half) return true
  return false
}

function putFrame(sink: ByteSink, values: Float64Array, { base, width }: Frame, baseBefore: number): void {
  const count = values.length
  putVarint(sink, zigzag(base - baseBefore))
  const head = sink.length++
  const limit = power(width)
  let outliers = 0
  for (let i = 0; i < count; i++) {
    const distance = (values[i] as number) - base
    const isWithin = distance >= 0 && distance < limit
    distances[i] = isWithin ? distance : 0
    if (!isWithin) outliers++
  }
  sink.bytes[head] = width + (outliers > 0 ? withOutliers : 0)
  pack(sink, count, Math.min(width, halfBits))
  if (width > halfBits) {
    for (let i = 0; i < count; i++) distances[i] = Math.floor((distances[i] as number) / halfLimit)
    pack(sink, count, width - halfBits)
  }
  if (outliers === 0) return
  putVarint(sink, outliers)
  let next = 0
  for (let i = 0; i < count; i++) {
    const distance = (values[i] as number) - base
    if (distance >= 0 && distance < limit) continue
    putVarint(sink, i - next)
    putVarint(sink, zigzag(distance))
    next = i + 1
  }
}

/** Writes the lowest `width` bits, at most 24, of the first `count` distances. */
function pack(sink: ByteSink, count: number, width: number): void {
  if (width === 0) return
  const { bytes } = sink
  const mask = (1 << width) - 1
  let at = sink.length
  let bits = 0
  let have = 0
  for (let i = 0; i < count; i++) {
    bits |= ((distances[i] as number) & mask) << have
    for (have += width; have >= 8; have -= 8) {
      bytes[at++] = bits
      bits >>>= 8
    }
  }
  if (have > 0) bytes[at++] = bits
  sink.length = at
}

/** Reads numbers into `into`, from `from` up to `to`: surely those from `first` up to `last`, of the others perhaps some. */
function readBlocks(cursor: ByteCursor, into: Float64Array, from: number, to: number, first: number, last: number): void {
  const length = readCount(cursor, to - from, 'numbers in a frame')
  if (length === 0 && to > from) throw new ChunkDamaged('frames of no number')
  let base = 0
  for (let start = from; start < to; start += length) base = readFrame(cursor, into, start, Math.min(start + length, to), first, last, base)
}

/** Reads a frame and returns its base. */
function readFrame(cursor: ByteCursor, into: Float64Array, from: number, to: number, first: number, last: number, baseBefore: number): number {
  const base = baseBefore + unzigzag(readVarint(cursor))
  const head = readHead(cursor)
  const width = head & (withOutliers - 1)
  if (width > widest || head >= 2 * withOutliers) throw new ChunkDamaged(`there are no numbers of ${head} bits`)
  const begin = Math.max(from, first)
  const end = Math.min(to, last)
  if (begin < end) into.fill(base, begin, end)
  for (let done = 0; done < width; done += halfBits) {
    const bits = Math.min(width - done, halfBits)
    const at = skipBytes(cursor, Math.ceil(((to - from) * bits) / 8))
    if (begin < end) unpack(cursor.bytes, at, begin - from, into, begin, end, bits, power(done))
  }
  let next = from
  for (let left = head < withOutliers ? 0 : readCount(cursor, to - from, 'outliers'); left > 0; left--) {
    next += readVarint(cursor)
    if (next >= to) throw new ChunkDamaged('an outlier lies outside its block')
    into[next++] = base + unzigzag(readVarint(cursor))
  }
  return base
}

/** Adds to the numbers from `begin` up to `end` `width` bits each, times `scale`. At `at`, those of `skipped` numbers stand before them. */
function unpack(bytes: Uint8Array, at: number, skipped: number, into: Float64Array, begin: number, end: number, width: number, scale: number): void {
  const bit = skipped * width
  let next = at + (bit >> 3)
  let bits = (bytes[next++] as number) >> (bit & 7)
  let have = 8 - (bit & 7)
  const mask = (1 << width) - 1
  for (let i = begin; i < end; i++) {
    while (have < width) {
      bits |= (bytes[next++] as number) << have
      have += 8
    }
    into[i] = (into[i] as number) + (bits & mask) * scale
    bits >>>= width
    have -= width
  }
}

/**
 * Encodes a column of whole numbers with whichever of these codecs gives the fewest bytes. Chunks, buckets and the times of
 * rounds consist of such columns; docs/store.md describes every byte.
 *
 *     column = head, [varint(length) for all but zero and constant], body
 *     head   = codec + 8 × five bits for the format that contains the column
 *
 * - zero, constant: no body; one zigzag varint.
 * - runs: for each run varint(length - 1), then the zigzag difference from the number of the run before (from 0).
 * - blocks: frames of reference, as above.
 * - stepBlocks: the first number as a zigzag varint, then the differences of neighbours as blocks.
 * - doubles: where a number is beyond ±2^51, because differences would not be exact, or no whole number.
 */
const zero = 0
const constant = 1
const runs = 2
const blocks = 3
const stepBlocks = 4
const doubles = 5

/** Differences of numbers within this are exact and fit in a varint. */
export const largestWhole = 2 ** 51
/** `stepBlocks` is used only for numbers within this, so that differences of differences are exact, too. */
const largestStepped = 2 ** 49
/** With this few changes only runs are tried. */
const fewChanges = 3

/** Writes head and column of the first `count` numbers; `headBits` is 0 to 31. Throws `ChunkDamaged` if a number is not finite. */
export function putWholes(sink: ByteSink, values: Float64Array, count: number, headBits: number): void {
  reserve(sink, 64)
  const start = sink.length
  const head = headBits * 8
  const first = values[0] as number
  let min = first
  let max = first
  let changes = 0
  let travelled = 0
  let areWhole = first === Math.floor(first)
  let before = first
  for (let i = 1; i < count; i++) {
    const value = values[i] as number
    if (value === before) continue
    changes++
    // Also true for NaN.
    if (value !== Math.floor(value)) areWhole = false
    travelled += value > before ? value - before : before - value
    if (value < min) min = value
    else if (value > max) max = value
    before = value
  }
  if (count > 0 && !(areWhole && min >= -largestWhole && max <= largestWhole)) {
    sink.bytes[sink.length++] = head + doubles
    putVarint(sink, count * 8)
    reserve(sink, count * 8)
    for (let i = 0; i < count; i++) {
      const value = values[i] as number
      if (!Number.isFinite(value)) throw new ChunkDamaged('a number is not finite')
      putFloat(sink, value)
    }
    return
  }
  if (count === 0 || (changes === 0 && first === 0)) {
    sink.bytes[sink.length++] = head + zero
    return
  }
  if (changes === 0) {
    sink.bytes[sink.length++] = head + constant
    putVarint(sink, zigzag(first))
    return
  }
  let codec = blocks
  let best = body
  if (changes <= fewChanges) {
    putRuns(body, values, count)
    codec = runs
  } else {
    body.length = 0
    putBlocks(body, values, count)
  }
  if (codec === blocks && travelled * 6 < (max - min) * (count - 1) && min >= -largestStepped && max <= largestStepped) {
    putSteps(otherBody, values, count)
    if (otherBody.length < best.length) {
      codec = stepBlocks
      best = otherBody
    }
  }
  // A run takes at least two bytes.
  if (codec !== runs && (changes + 1) * 2 < best.length) {
    const into = best === body ? otherBody : body
    putRuns(into, values, count)
    if (into.length <= best.length) {
      codec = runs
      best = into
    }
  }
  sink.length = start
  sink.bytes[sink.length++] = head + codec
  putVarint(sink, best.length)
  reserve(sink, best.length)
  const { bytes } = best
  let at = sink.length
  for (let i = 0; i < best.length; i++) sink.bytes[at++] = bytes[i] as number
  sink.length = at
}

/** Scratch memory for trying codecs; not used across calls. */
const body: ByteSink = { bytes: new Uint8Array(4096), length: 0 }
const otherBody: ByteSink = { bytes: new Uint8Array(4096), length: 0 }

function putRuns(sink: ByteSink, values: Float64Array, count: number): void {
  sink.length = 0
  let from = 0
  let before = 0
  for (let i = 1; i <= count; i++) {
    if (i < count && values[i] === values[from]) continue
    reserve(sink, 16)
    putVarint(sink, i - from - 1)
    putVarint(sink, zigzag((values[from] as number) - before))
    before = values[from] as number
    from = i
  }
}

function putSteps(sink: ByteSink, values: Float64Array, count: number): void {
  sink.length = 0
  reserve(sink, 16)
  putVarint(sink, zigzag(values[0] as number))
  for (let i = 1; i < count; i++) steps[i - 1] = (values[i] as number) - (values[i - 1] as number)
  putBlocks(sink, steps, count - 1)
}

/** Moves the cursor, which is after the head, past the column. */
export function skipWholes(cursor: ByteCursor, head: number): void {
  const codec = head & 7
  if (codec === zero) return
  if (codec === constant) readVarint(cursor)
  else skipBytes(cursor, readVarint(cursor))
}

/**
 * Reads a column of `count` numbers into the beginning of `into`; the head was already read. With `only` that number alone, which takes a fraction of the
 * time; of the others perhaps some.
 */
export function readWholes(cursor: ByteCursor, head: number, into: Float64Array, count: number, only = -1): void {
  const first = Math.max(0, only)
  const last = only < 0 ? count : only + 1
  const codec = head & 7
  if (codec === zero) {
    into.fill(0, first, last)
    return
  }
  if (codec === constant) {
    into.fill(unzigzag(readVarint(cursor)), first, last)
    return
  }
  const length = readVarint(cursor)
  const end = cursor.at + length
  if (end > cursor.bytes.length) throw new ChunkDamaged('the bytes end too early')
  switch (codec) {
    case runs:
      readRuns(cursor, into, count, first, last)
      break
    case blocks:
      readBlocks(cursor, into, 0, count, first, last)
      break
    case stepBlocks: {
      if (count === 0) throw new ChunkDamaged('steps of no number')
      let value = unzigzag(readVarint(cursor))
      into[0] = value
      readBlocks(cursor, into, 1, count, 1, last)
      for (let i = 1; i < last; i++) {
        value += into[i] as number
        into[i] = value
      }
      break
    }
    case doubles:
      for (let i = 0; i < count; i++) into[i] = readFinite(cursor)
      break
    default:
      throw new ChunkDamaged(`there is no codec ${codec}`)
  }
  if (cursor.at !== end) throw new ChunkDamaged('a column is longer or shorter than it says')
}

function readRuns(cursor: ByteCursor, into: Float64Array, count: number, first: number, last: number): void {
  let value = 0
  for (let i = 0; i < count; ) {
    const end = i + readCount(cursor, count - i - 1, 'a run') + 1
    value += unzigzag(readVarint(cursor))
    const until = Math.min(end, last)
    if (end - i > 16) into.fill(value, Math.max(i, first), until)
    else for (let at = Math.max(i, first); at < until; at++) into[at] = value
    i = end
  }
}

function readFinite(cursor: ByteCursor): number {
  const value = readFloat(cursor)
  if (!Number.isFinite(value)) throw new ChunkDamaged('a number is not finite')
  return value
}
