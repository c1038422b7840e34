import { numberOfBlocks, putBlocks, readBlocks } from './numberFrames.ts'
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
