import {
  type ByteCursor,
  type ByteSink,
  ChunkDamaged,
  putFloat,
  putVarint,
  readCount,
  readFloat,
  readVarint,
  reserve,
  skipBytes,
  unzigzag,
  zigzag,
} from './varint.ts'

/**
 * Frame-of-reference encoding: numbers are stored as distances from a base, in as few bits as most of them need. The few that
 * need more are listed first, so that an outlier costs some bytes instead of extra bits for every number.
 *
 *     blocks = 0: one frame of all numbers, 1: a frame for each 64 of them; frames
 *     frame  = zigzag varint(base - base of the frame before), width (+ 64 if there are outliers),
 *              [varint(outliers), varint(bytes of them), for each: varint(numbers since the one before), zigzag varint(distance)],
 *              distances of `width` bits each, lowest bit first
 */
/** Wider distances are outliers. Up to this width, two halves of at most 24 bits fit 32-bit operations. */
const widest = 48
const halfBits = 24
/** Blocks of 64 numbers, or one of them all. */
const blockLength = 64
/** Added to a frame's width. */
const withOutliers = 64
const mostBins = 64

/** Histogram bins, used to find the narrowest frame. */
const bins = new Int32Array(mostBins + 1)

/** Appends the first `count` numbers, all within `min` and `max`, as blocks or as a single frame, whichever is smaller. */
function putBlocks(sink: ByteSink, values: Float64Array, count: number, min: number, max: number): void {
  reserve(sink, 64 + count * 40)
  const start = sink.length
  const whole = planFrame(values, 0, count, min, max)
  sink.bytes[sink.length++] = 0
  putFrame(sink, values, 0, count, whole, 0)
  const length = sink.length - start
  if (count <= blockLength || !blocksMayPay(values, count, length)) return
  const other = sink.length
  sink.bytes[sink.length++] = 1
  let base = 0
  for (let from = 0; from < count && sink.length - other < length; from += blockLength) {
    const to = Math.min(from + blockLength, count)
    findRange(values, from, to)
    base = putFrame(sink, values, from, to, planFrame(values, from, to, low, high), base)
  }
  if (sink.length - other < length) {
    sink.bytes.copyWithin(start, other, sink.length)
    sink.length -= length
  } else sink.length = other
}

/** Whether separate blocks could be smaller than `cost`. A low estimate: each block counts with the width of its narrower half, as if outliers were free. */
function blocksMayPay(values: Float64Array, count: number, cost: number): boolean {
  let bits = 0
  let halves = 0
  for (let from = 0; from < count; from += blockLength) {
    const to = Math.min(from + blockLength, count)
    const middle = (from + to) >> 1
    findRange(values, from, middle)
    const left = widthOf(high - low)
    findRange(values, middle, to)
    const right = widthOf(high - low)
    bits += Math.min(left, right) * (to - from)
    halves++
  }
  return bits / 8 + halves * 3 < cost
}

/** Result of the last `findRange`: least number; below, the greatest. */
let low = 0
let high = 0
function findRange(values: Float64Array, from: number, to: number): void {
  let min = values[from] as number
  let max = min
  for (let i = from + 1; i < to; i++) {
    const value = values[i] as number
    if (value < min) min = value
    if (value > max) max = value
  }
  low = min
  high = max
}

const powers = Float64Array.from({ length: 64 }, (_, exponent) => 2 ** exponent)
/** 2^exponent, for 0 to 63. With a variable exponent `**` would call the C library. */
const power = (exponent: number): number => powers[exponent] as number

/** Bits needed for a distance. */
function widthOf(distance: number): number {
  if (distance < 0x80000000) return 32 - Math.clz32(distance)
  return 64 - Math.clz32(distance / 0x100000000)
}

type Frame = ReturnType<typeof planFrame>

/**
 * Finds the cheapest frame. A histogram of the distances shows how many numbers a narrower window would make outliers; the
 * window with the lowest cost is then refined.
 */
function planFrame(values: Float64Array, from: number, to: number, min: number, max: number) {
  const count = to - from
  let base = min
  let end = max
  let width = widthOf(max - min)
  const outlierCost = 1 + Math.ceil((width + 1) / 7)
  let outliers = 0
  let cost = (count * width) / 8 + (width > widest ? Number.POSITIVE_INFINITY : 0)
  if (width <= widest && count >= 2 * sampled && !leansSomewhere(values, from, to, min, width)) return { base, width, outliers }
  while (width > 0) {
    const shift = Math.max(0, width - 6)
    const scale = 1 / power(shift)
    bins.fill(0)
    for (let i = from; i < to; i++) {
      const value = values[i] as number
      if (value >= base && value <= end) (bins[((value - base) * scale) | 0] as number)++
    }
    const used = Math.floor((end - base) * scale) + 1
    let bestCost = cost
    let bestStart = -1
    let bestWidth = 0
    for (let narrower = Math.min(width - 1, widest); narrower >= shift; narrower--) {
      const span = power(narrower - shift)
      let inside = 0
      for (let b = 0; b < span && b < used; b++) inside += bins[b] as number
      let most = inside
      let start = 0
      for (let b = span; b < used; b++) {
        inside += (bins[b] as number) - (bins[b - span] as number)
        if (inside > most) {
          most = inside
          start = b - span + 1
        }
      }
      // Narrower windows have at least as many outliers.
      const listed = (count - most) * outlierCost + 2
      if (listed >= bestCost) break
      const bill = (count * narrower) / 8 + listed
      if (bill < bestCost) {
        bestCost = bill
        bestStart = start
        bestWidth = narrower
      }
    }
    if (bestStart < 0) break
    // The window starts at a bin's edge. Starting it at its lowest number instead may include more numbers.
    const start = base + bestStart * power(shift)
    const stop = Math.min(end, start + power(bestWidth) - 1)
    let least = stop
    let most = start
    for (let i = from; i < to; i++) {
      const value = values[i] as number
      if (value < start || value > stop) continue
      if (value < least) least = value
      if (value > most) most = value
    }
    width = widthOf(most - least)
    base = least
    end = base
    outliers = 0
    const limit = power(width)
    for (let i = from; i < to; i++) {
      const value = values[i] as number
      if (value < base || value - base >= limit) outliers++
      else if (value > end) end = value
    }
    cost = (count * width) / 8 + outliers * outlierCost + 2
  }
  return { base, width, outliers }
}

const sampled = 32
/**
 * Whether, of a sample of 32 numbers, three quarters lie within some half of the range. If not, no narrower frame pays: an
 * outlier takes some 30 bits, and at most six bits are saved for each of the others.
 */
function leansSomewhere(values: Float64Array, from: number, to: number, min: number, width: number): boolean {
  const scale = 16 / power(width)
  const step = Math.floor((to - from) / sampled)
  bins.fill(0, 0, 16)
  for (let i = 0, at = from; i < sampled; i++, at += step) (bins[(((values[at] as number) - min) * scale) | 0] as number)++
  let inside = 0
  for (let b = 0; b < 16; b++) {
    inside += (bins[b] as number) - (b < 8 ? 0 : (bins[b - 8] as number))
    if (inside * 4 >= sampled * 3) return true
  }
  return false
}

/** Writes a frame and returns its base. */
function putFrame(sink: ByteSink, values: Float64Array, from: number, to: number, frame: Frame, baseBefore: number): number {
  const { base, width, outliers } = frame
  putVarint(sink, zigzag(base - baseBefore))
  sink.bytes[sink.length++] = width + (outliers > 0 ? withOutliers : 0)
  if (outliers > 0) putOutliers(sink, values, from, to, frame)
  if (width > 0) pack(sink, values, from, to, frame)
  return base
}

function putOutliers(sink: ByteSink, values: Float64Array, from: number, to: number, { base, width, outliers }: Frame): void {
  const limit = power(width)
  putVarint(sink, outliers)
  const start = sink.length
  let next = from
  for (let i = from; i < to; i++) {
    const distance = (values[i] as number) - base
    if (distance >= 0 && distance < limit) continue
    putVarint(sink, i - next)
    putVarint(sink, zigzag(distance))
    next = i + 1
  }
  // The length of the outliers precedes them: two bytes at most, or three if there are thousands.
  const length = sink.length - start
  const shift = length < 128 ? 1 : length < 16_384 ? 2 : 3
  sink.bytes.copyWithin(start + shift, start, sink.length)
  sink.length = start
  putVarint(sink, length)
  sink.length = start + shift + length
}

/** Writes the distances; those of outliers as 0. */
function pack(sink: ByteSink, values: Float64Array, from: number, to: number, { base, width }: Frame): void {
  const limit = power(width)
  const { bytes } = sink
  let at = sink.length
  let bits = 0
  let have = 0
  if (width <= halfBits) {
    for (let i = from; i < to; i++) {
      const distance = (values[i] as number) - base
      if (distance >= 0 && distance < limit) bits |= distance << have
      have += width
      while (have >= 8) {
        bytes[at++] = bits
        bits >>>= 8
        have -= 8
      }
    }
  } else {
    for (let i = from; i < to; i++) {
      let distance = (values[i] as number) - base
      if (!(distance >= 0 && distance < limit)) distance = 0
      bits |= (distance % 2 ** halfBits) << have
      for (have += halfBits; have >= 8; have -= 8) {
        bytes[at++] = bits
        bits >>>= 8
      }
      bits |= Math.floor(distance / 2 ** halfBits) << have
      for (have += width - halfBits; have >= 8; have -= 8) {
        bytes[at++] = bits
        bits >>>= 8
      }
    }
  }
  if (have > 0) bytes[at++] = bits
  sink.length = at
}

/** Reads numbers into `into`, from `from` up to `to`. */
function readBlocks(cursor: ByteCursor, into: Float64Array, from: number, to: number): void {
  const length = readBlockLength(cursor, to - from)
  let base = 0
  for (let start = from; start < to; start += length) base = readFrame(cursor, into, start, Math.min(start + length, to), base)
}

function readBlockLength(cursor: ByteCursor, count: number): number {
  const kind = cursor.bytes[cursor.at++]
  if (kind === 0) return Math.max(1, count)
  if (kind === 1) return blockLength
  throw new ChunkDamaged(kind === undefined ? 'the bytes end too early' : `there are no blocks of kind ${kind}`)
}

/** The frame being read; not used across calls. */
const opened = { base: 0, width: 0, outliers: 0, outliersAt: 0 }

/** Reads everything before the distances of a frame of `count` numbers. */
function openFrame(cursor: ByteCursor, count: number, baseBefore: number): void {
  opened.base = baseBefore + unzigzag(readVarint(cursor))
  const width = cursor.bytes[cursor.at++]
  if (width === undefined) throw new ChunkDamaged('the bytes end too early')
  opened.width = width & (withOutliers - 1)
  if (opened.width > widest || width >= 2 * withOutliers) throw new ChunkDamaged(`there are no numbers of ${width} bits`)
  opened.outliers = 0
  if (width < withOutliers) return
  opened.outliers = readCount(cursor, count, 'outliers')
  opened.outliersAt = skipBytes(cursor, readVarint(cursor))
}

function readFrame(cursor: ByteCursor, into: Float64Array, from: number, to: number, baseBefore: number): number {
  openFrame(cursor, to - from, baseBefore)
  const { base, width } = opened
  if (width === 0) into.fill(base, from, to)
  else unpack(cursor, into, from, to, width, base)
  if (opened.outliers > 0) {
    const end = cursor.at
    cursor.at = opened.outliersAt
    let next = from
    for (let left = opened.outliers; left > 0; left--) {
      next += readVarint(cursor)
      if (next >= to) throw new ChunkDamaged('an outlier lies outside its block')
      into[next++] = base + unzigzag(readVarint(cursor))
    }
    cursor.at = end
  }
  return base
}

function unpack(cursor: ByteCursor, into: Float64Array, from: number, to: number, width: number, base: number): void {
  const { bytes } = cursor
  let at = skipBytes(cursor, Math.ceil(((to - from) * width) / 8))
  let bits = 0
  let have = 0
  if (width <= halfBits) {
    const mask = (1 << width) - 1
    for (let i = from; i < to; i++) {
      while (have < width) {
        bits |= (bytes[at++] as number) << have
        have += 8
      }
      into[i] = base + (bits & mask)
      bits >>>= width
      have -= width
    }
  } else {
    for (let i = from; i < to; i++) into[i] = base + bitsAt(bytes, at, (i - from) * width, width)
  }
}

/** `width` bits that begin `bit` bits after byte `from`; the bytes are there. */
const bitsAt = (bytes: Uint8Array, from: number, bit: number, width: number): number =>
  width <= halfBits
    ? fewBitsAt(bytes, from, bit, width)
    : fewBitsAt(bytes, from, bit, halfBits) + fewBitsAt(bytes, from, bit + halfBits, width - halfBits) * 2 ** halfBits

function fewBitsAt(bytes: Uint8Array, from: number, bit: number, width: number): number {
  const shift = bit & 7
  let at = from + (bit - shift) / 8
  let bits = (bytes[at++] as number) >>> shift
  for (let have = 8 - shift; have < width; have += 8) bits |= (bytes[at++] as number) << have
  return bits & ((1 << width) - 1)
}
/** Number `index` of `count`. Reads no more than necessary; the cursor's position is undefined afterwards. */
function numberOfBlocks(cursor: ByteCursor, count: number, index: number): number {
  const length = readBlockLength(cursor, count)
  let base = 0
  for (let start = 0; ; start += length) {
    const end = Math.min(start + length, count)
    openFrame(cursor, end - start, base)
    base = opened.base
    const { width } = opened
    const numbersAt = skipBytes(cursor, Math.ceil(((end - start) * width) / 8))
    if (index >= end) continue
    cursor.at = opened.outliersAt
    let next = start
    for (let left = opened.outliers; left > 0; left--) {
      next += readVarint(cursor)
      if (next > index) break
      const distance = unzigzag(readVarint(cursor))
      if (next++ === index) return base + distance
    }
    return width === 0 ? base : base + bitsAt(cursor.bytes, numbersAt, (index - start) * width, width)
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
 * - blocks: frames of reference (numberFrames.ts).
 * - stepBlocks: the first number as a zigzag varint, then the differences of neighbours as blocks.
 * - doubles: where a number is beyond ±2^51, because differences would not be exact, or no whole number.
 */
const zero = 0
const constant = 1
const runs = 2
const blocks = 3
const stepBlocks = 4
const doubles = 5

/** Maximum rounds of a chunk, and maximum numbers of a column. */
export const mostRounds = 65_536

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
    putBlocks(body, values, count, min, max)
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
let steps = new Float64Array(1024)

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
  if (steps.length < count) steps = new Float64Array(count)
  let before = values[0] as number
  putVarint(sink, zigzag(before))
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = 1; i < count; i++) {
    const value = values[i] as number
    const step = value - before
    steps[i - 1] = step
    if (step < min) min = step
    if (step > max) max = step
    before = value
  }
  putBlocks(sink, steps, count - 1, min, max)
}

/** Moves the cursor, which is after the head, past the column. */
export function skipWholes(cursor: ByteCursor, head: number): void {
  const codec = head & 7
  if (codec === zero) return
  if (codec === constant) readVarint(cursor)
  else skipBytes(cursor, readVarint(cursor))
}

/** Reads a column of `count` numbers into the beginning of `into`. The head was already read. */
export function readWholes(cursor: ByteCursor, head: number, into: Float64Array, count: number): void {
  const codec = head & 7
  if (codec === zero) {
    into.fill(0, 0, count)
    return
  }
  if (codec === constant) {
    into.fill(unzigzag(readVarint(cursor)), 0, count)
    return
  }
  const length = readVarint(cursor)
  const end = cursor.at + length
  if (end > cursor.bytes.length) throw new ChunkDamaged('the bytes end too early')
  switch (codec) {
    case runs:
      readRuns(cursor, into, count)
      break
    case blocks:
      readBlocks(cursor, into, 0, count)
      break
    case stepBlocks: {
      if (count === 0) throw new ChunkDamaged('steps of no number')
      let value = unzigzag(readVarint(cursor))
      into[0] = value
      readBlocks(cursor, into, 1, count)
      for (let i = 1; i < count; i++) {
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

function readRuns(cursor: ByteCursor, into: Float64Array, count: number): void {
  let value = 0
  for (let i = 0; i < count; ) {
    const end = i + readCount(cursor, count - i - 1, 'a run') + 1
    value += unzigzag(readVarint(cursor))
    if (end - i > 16) into.fill(value, i, end)
    else for (let at = i; at < end; at++) into[at] = value
    i = end
  }
}

/** Number `index` of a column of `count` numbers, whose head was already read. Reads no more than necessary; the cursor's position is undefined afterwards. */
export function wholeOfColumn(cursor: ByteCursor, head: number, count: number, index: number): number {
  const codec = head & 7
  if (codec === zero) return 0
  if (codec === constant) return unzigzag(readVarint(cursor))
  readVarint(cursor)
  switch (codec) {
    case runs: {
      let value = 0
      for (let i = 0; i <= index; ) {
        i += readCount(cursor, count - i - 1, 'a run') + 1
        value += unzigzag(readVarint(cursor))
      }
      return value
    }
    case blocks:
      return numberOfBlocks(cursor, count, index)
    case stepBlocks: {
      if (steps.length < count) steps = new Float64Array(count)
      let value = unzigzag(readVarint(cursor))
      readBlocks(cursor, steps, 1, count)
      for (let i = 1; i <= index; i++) value += steps[i] as number
      return value
    }
    case doubles:
      cursor.at += index * 8
      return readFinite(cursor)
    default:
      throw new ChunkDamaged(`there is no codec ${codec}`)
  }
}

function readFinite(cursor: ByteCursor): number {
  const value = readFloat(cursor)
  if (!Number.isFinite(value)) throw new ChunkDamaged('a number is not finite')
  return value
}
