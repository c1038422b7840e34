import { type ByteCursor, type ByteSink, putFloat, putVarint, reserve, takeFloat, takeVarint, unzigzag, zigzag } from './varint.ts'

/**
 * How samples lie in bytes, form 1. A chunk is the rows of one subject (a path, or a server itself) one after
 * another; the times of the rows are kept once for all subjects of a server (`encodeTimes`).
 *
 *     row    = varint(mask * 2 + skips), [varint(rounds skipped)] if skips, one code for each bit set in mask
 *     code   = 0: no longer known | 1, then a double | 2 + zigzag(whole number - the column's last whole number)
 *
 * 1. A value is kept as a whole number: value × scale, rounded, where scale is 1 / the metric's quantum.
 * 2. Bit n of the mask says that column n is not what it was in the row before. Before a chunk's first row no
 *    column is known and the last whole number of each is 0. A row of which nothing changed is one byte.
 * 3. Row k belongs to round k of the chunk, unless rounds were skipped: then the subject was not there.
 * 4. Numbers beyond ±2^51 are written as doubles, because a difference of two of them would not be exact.
 * 5. No counter or gauge goes beyond ±2^64 whole numbers: what does, or is not finite, is not known. Writers refuse it,
 *    and a double that says so is read as unknown: older versions wrote Infinity where a scaled value overflowed, and
 *    the sums of a seal were not finite then.
 */
export const rowForm = 1

/** The header's mask and its skip bit must fit in 31 bits. */
export const mostColumns = 28
const largestDelta = 2 ** 51
/** In whole numbers, either way. Far below what sums of years can hold. */
export const largestKept = 2 ** 64
/** Longest row: header, skip, and each column as a double with its code. */
const longestRow = 8 + 8 + mostColumns * 9

/** What rows are measured against: the columns' last whole numbers and which are known, for many subjects. */
export interface RowStates {
  /** `slot * stride + column`. */
  readonly last: Float64Array
  readonly stride: number
  /** Bit n: column n is known. */
  readonly known: Int32Array
}

/**
 * Writes one row of subject `slot` and moves its state. `source[c]` is where in `values`, from `offset`, column c
 * is found, or -1 where it is not among them, as are all columns beyond its end; `scales[c]` is whole numbers per unit.
 * NaN is unknown. What lies beyond `largestKept` once it is scaled is unknown, too; returns how many values were refused for that.
 */
export const encodeRow = (
  sink: ByteSink,
  states: RowStates,
  slot: number,
  skippedRounds: number,
  values: Float64Array,
  offset: number,
  source: Int32Array,
  scales: Float64Array,
): number => {
  reserve(sink, longestRow)
  const { bytes } = sink
  const { last } = states
  const base = slot * states.stride
  const known = states.known[slot] as number
  const start = sink.length
  // Most headers are one byte: the codes go behind it at once, and move where it is longer.
  let at = start + 1
  let mask = 0
  let nowKnown = 0
  let refused = 0
  for (let c = 0; c < source.length; c++) {
    const from = source[c] as number
    // Most columns are not among the values.
    if (from < 0) continue
    const whole = Math.round((values[offset + from] as number) * (scales[c] as number))
    // NaN is neither.
    if (!(whole <= largestKept && whole >= -largestKept)) {
      if (!Number.isNaN(whole)) refused++
      continue
    }
    const bit = 1 << c
    nowKnown |= bit
    const before = last[base + c] as number
    if (whole === before && (known & bit) !== 0) continue
    mask |= bit
    last[base + c] = whole
    const step = whole - before
    if (step > -smallStep && step < smallStep && whole > -largestSmall && whole < largestSmall) {
      const small = step | 0
      let code = 2 + ((small << 1) ^ (small >> 31))
      while (code >= 128) {
        bytes[at++] = (code & 127) | 128
        code >>>= 7
      }
      bytes[at++] = code
      continue
    }
    sink.length = at
    if (Math.abs(whole) <= largestDelta && Math.abs(before) <= largestDelta) putVarint(sink, 2 + zigzag(step))
    else {
      bytes[sink.length++] = 1
      putFloat(sink, whole)
    }
    at = sink.length
  }
  const gone = known & ~nowKnown
  if (gone !== 0) at = putGone(bytes, start + 1, at, mask, gone)
  mask |= gone
  states.known[slot] = nowKnown
  const header = mask * 2 + (skippedRounds > 0 ? 1 : 0)
  if (header < 128 && skippedRounds === 0) {
    bytes[start] = header
    sink.length = at
    return refused
  }
  const shift = varintBytes(header) + (skippedRounds > 0 ? varintBytes(skippedRounds) : 0) - 1
  if (shift > 0) bytes.copyWithin(start + 1 + shift, start + 1, at)
  sink.length = start
  putVarint(sink, header)
  if (skippedRounds > 0) putVarint(sink, skippedRounds)
  sink.length = at + shift
  return refused
}

/** What bit operations can handle, doubled; the number before lies within `largestDelta`, too. */
const smallStep = 2 ** 29
const largestSmall = largestDelta / 2

const varintBytes = (value: number): number => {
  let count = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) count++
  return count
}

/** Puts the code of what is no longer known, 0, between the codes from `from` to `to`, which are those of `mask`; returns where they end then. */
const putGone = (bytes: Uint8Array, from: number, to: number, mask: number, gone: number): number => {
  let at = from
  let end = to
  for (let bit = 1, all = mask | gone; bit <= all; bit <<= 1) {
    if ((gone & bit) !== 0) {
      bytes.copyWithin(at + 1, at, end++)
      bytes[at++] = 0
    } else if ((mask & bit) !== 0) {
      if (bytes[at] === 1) at += 9
      else {
        while ((bytes[at] as number) >= 128) at++
        at++
      }
    }
  }
  return end
}

/** Reads one row at the cursor into slot's state and returns how many rounds were skipped before it. */
export const decodeRow = (cursor: ByteCursor, states: RowStates, slot: number): number => {
  const header = takeVarint(cursor)
  const skipped = (header & 1) === 0 ? 0 : takeVarint(cursor)
  const base = slot * states.stride
  let known = states.known[slot] as number
  for (let c = 0, rest = header >>> 1; rest !== 0; c++, rest >>>= 1) {
    if ((rest & 1) === 0) continue
    const code = takeVarint(cursor)
    if (code === 0) {
      known &= ~(1 << c)
      continue
    }
    known |= 1 << c
    if (code === 1) {
      const whole = takeFloat(cursor)
      states.last[base + c] = whole
      if (!(Math.abs(whole) <= largestKept)) known &= ~(1 << c)
    } else states.last[base + c] = (states.last[base + c] as number) + unzigzag(code - 2)
  }
  states.known[slot] = known
  return skipped
}

/** Calls `visit` for each row of a chunk, with its round, the whole numbers and which are known. The array is used again for the next row. */
export const decodeRows = (bytes: Uint8Array, visit: (round: number, wholes: Float64Array, known: number) => void): void => {
  const states: RowStates = { last: new Float64Array(mostColumns + 4), stride: mostColumns + 4, known: new Int32Array(1) }
  const cursor: ByteCursor = { bytes, at: 0 }
  let round = -1
  while (cursor.at < bytes.length) {
    round += 1 + decodeRow(cursor, states, 0)
    visit(round, states.last, states.known[0] as number)
  }
}

/** Times of a server's rounds: count, the first as a double, then by how much each step differs from the one before. */
export const encodeTimes = (sink: ByteSink, times: ArrayLike<number>): void => {
  reserve(sink, 16 + times.length * 8)
  putVarint(sink, times.length)
  if (times.length === 0) return
  putFloat(sink, times[0] as number)
  let step = 0
  for (let i = 1; i < times.length; i++) {
    const next = (times[i] as number) - (times[i - 1] as number)
    putVarint(sink, zigzag(next - step))
    step = next
  }
}

export const decodeTimes = (bytes: Uint8Array): Float64Array => {
  const cursor: ByteCursor = { bytes, at: 0 }
  const times = new Float64Array(takeVarint(cursor))
  if (times.length === 0) return times
  let at = takeFloat(cursor)
  let step = 0
  times[0] = at
  for (let i = 1; i < times.length; i++) {
    step += unzigzag(takeVarint(cursor))
    at += step
    times[i] = at
  }
  return times
}
