import { createMask, longestMask, mostColumns, putMask, readMask } from './columnMask.ts'
import { type ByteCursor, type ByteSink, ChunkDamaged, putFloat, putVarint, readFloat, readVarint, reserve, unzigzag, zigzag } from './varint.ts'

/**
 * Form 1: samples row by row. A chunk is the concatenated rows of one subject (an owner or one of its parts); the times of the
 * rows are stored once for all subjects of an owner (`roundList.ts`).
 *
 *     row    = mask with a bit before it that says whether rounds were skipped (columnMask.ts), [varint(rounds skipped)] if so,
 *              one code for each bit set in the mask
 *     code   = 0: no longer known | 1, then a double | 2 + zigzag(whole number - the column's last whole number)
 *
 * 1. A value is stored as a whole number: value × scale, rounded, where scale is 1 / the metric's quantum.
 * 2. Bit n of the mask is set if column n changed since the previous row. Before a chunk's first row no column is known, and
 *    the last whole number of each is 0. A row without changes takes one byte.
 * 3. Row k belongs to round k of the chunk. Skipped rounds are those in which the subject was absent.
 * 4. Numbers beyond ±2^51 are written as doubles, because a difference of two of them would not be exact.
 * 5. No counter or gauge exceeds ±2^64 whole numbers. Larger or infinite values are written and read as unknown.
 */

const largestDelta = 2 ** 51
/** Largest stored magnitude, as a whole number. Sums over years stay far from overflowing. */
const largestKept = 2 ** 64
/** Bytes of the longest row: mask, skip, and each column as a double with its code. */
const longestRow = (columns: number): number => longestMask + 8 + columns * 9

/** The state that rows are deltas against, for many subjects: each column's last whole number, and whether it is known (1) or not (0). */
export interface RowStates {
  /** `slot * stride + column`, as in `known`. */
  last: Float64Array
  known: Uint8Array
  /** Columns of a row. */
  stride: number
}

/** By default for one subject of any layout. */
export function createRowStates(columns = mostColumns, slots = 1): RowStates {
  return { last: new Float64Array(slots * columns), known: new Uint8Array(slots * columns), stride: columns }
}
/** Makes room for more subjects, or more columns of each, and keeps the existing ones. */
export function resizeRowStates(states: RowStates, slots: number, columns = states.stride): void {
  const into = createRowStates(columns, slots)
  for (let from = 0, to = 0; from < states.known.length; from += states.stride, to += columns) {
    into.last.set(states.last.subarray(from, from + states.stride), to)
    into.known.set(states.known.subarray(from, from + states.stride), to)
  }
  Object.assign(states, into)
}
/** Resets the states to those before a chunk's first row. */
export function clearRowStates(states: RowStates): void {
  states.last.fill(0)
  states.known.fill(0)
}
/** Whether a column of the subject was known after the last row read or written. */
export function isColumnKnown({ known, stride }: RowStates, slot: number, column: number): boolean {
  return column < stride && known[slot * stride + column] === 1
}

/** The columns that change in the row written or read last. `wholes`: what they become in one that is being written; NaN: unknown. */
export const rowMask = createMask()
const wholes = new Float64Array(mostColumns)

/**
 * Writes one row of subject `slot` and moves its state. `source[c]` is where in `values`, from `offset`, column c
 * is found, or -1 where it is not among them, as are all columns beyond its end; `scales[c]` is whole numbers per unit.
 * NaN is unknown, and so is what lies beyond `largestKept` once it is scaled.
 */
export function encodeRow(
  sink: ByteSink,
  { stride, last, known }: RowStates,
  slot: number,
  skippedRounds: number,
  values: Float64Array,
  offset: number,
  source: Int32Array,
  scales: Float64Array,
): void {
  const base = slot * stride
  const { columns } = rowMask
  let count = 0
  for (let c = 0, place = base; c < stride; c++, place++) {
    const from = c < source.length ? (source[c] as number) : -1
    let whole = Number.NaN
    if (from >= 0) whole = Math.round((values[offset + from] as number) * (scales[c] as number))
    // Most columns are absent.
    else if (known[place] === 0) continue
    // Written so that NaN counts as out of range.
    if (whole <= largestKept && whole >= -largestKept) {
      if (whole === last[place] && known[place] === 1) continue
      known[place] = 1
    } else {
      if (known[place] === 0) continue
      known[place] = 0
    }
    wholes[count] = whole
    columns[count++] = c
  }
  rowMask.count = count
  reserve(sink, longestRow(count))
  putMask(sink, rowMask, 1, skippedRounds > 0 ? 1 : 0)
  if (skippedRounds > 0) putVarint(sink, skippedRounds)
  const { bytes } = sink
  for (let i = 0; i < count; i++) {
    const place = base + (columns[i] as number)
    const whole = wholes[i] as number
    const before = last[place] as number
    if (known[place] === 0) {
      bytes[sink.length++] = 0
      continue
    }
    const step = whole - before
    if (step > -smallStep && step < smallStep && whole > -largestSmall && whole < largestSmall) {
      const small = step | 0
      let code = 2 + ((small << 1) ^ (small >> 31))
      let at = sink.length
      while (code >= 128) {
        bytes[at++] = (code & 127) | 128
        code >>>= 7
      }
      bytes[at++] = code
      sink.length = at
    } else if (Math.abs(whole) <= largestDelta && Math.abs(before) < largestDelta) putVarint(sink, 2 + zigzag(whole - before))
    else {
      sink.bytes[sink.length++] = 1
      putFloat(sink, whole)
    }
    last[place] = whole
  }
}

/** Steps below this can be doubled by bit operations; the previous number must be within `largestDelta`, too. */
const smallStep = 2 ** 29
const largestSmall = largestDelta / 2

/** Reads one row at the cursor into the slot's state and returns the number of rounds skipped before it. Throws `ChunkDamaged`. */
export function decodeRow(cursor: ByteCursor, { last, known, stride }: RowStates, slot: number): number {
  const skipped = readMask(cursor, rowMask, 1) === 0 ? 0 : readVarint(cursor)
  const { columns, count } = rowMask
  if (count > 0 && (columns[count - 1] as number) >= stride) throw new ChunkDamaged('a row has columns that there are not')
  for (let i = 0; i < count; i++) {
    const place = slot * stride + (columns[i] as number)
    const code = readVarint(cursor)
    known[place] = code === 0 ? 0 : 1
    if (code === 1) {
      const whole = readFloat(cursor)
      last[place] = whole
      if (!(Math.abs(whole) <= largestKept)) known[place] = 0
    } else if (code > 1) last[place] = (last[place] as number) + unzigzag(code - 2)
  }
  return skipped
}

/**
 * A journal row holds the records of one commit:
 *
 *     record = length as 4 bytes, varint(kind + 4 * list), varint(owner's number), varint(round), time as a double,
 *              [varint(rows), for each: zigzag varint(path's number - the one before)] in a `batchOfPaths`, rows as in `rowCodec.ts`
 *
 * An owner's rounds are counted without end. A gap has the number of the next round. `closed`: the owner's rounds up to this one
 * were closed; later rows start from an empty state, and paths are listed again.
 */
export const recordKind = { closed: 0, batchOfPaths: 1, batchOfSamePaths: 2, gap: 3 } as const

export interface JournalRecord {
  readonly kind: number
  /** Which of the owner's two lists of paths the record refers to. */
  readonly list: 0 | 1
  /** The owner's number. */
  readonly owner: number
  readonly round: number
  readonly at: number
  /** Offset of the record's end. The content after its head begins at the cursor. */
  readonly end: number
}

/** Writes the head of a record and returns where the record begins; `endRecord` closes it. */
export function beginRecord(sink: ByteSink, { kind, list, owner, round, at }: Omit<JournalRecord, 'end'>): number {
  const start = sink.length
  reserve(sink, 64)
  sink.length += 4
  putVarint(sink, kind + 4 * list)
  putVarint(sink, owner)
  putVarint(sink, round)
  putFloat(sink, at)
  return start
}
export function endRecord(sink: ByteSink, start: number): void {
  new DataView(sink.bytes.buffer, sink.bytes.byteOffset).setUint32(start, sink.length - start, true)
}

/** Bytes of the shortest record: the length, one byte each for kind, owner and round, and the time. */
const shortestRecord = 4 + 3 + 8

/** Reads the head of the record at the cursor. Throws `ChunkDamaged` if no record can begin there. */
export function readRecord(cursor: ByteCursor): JournalRecord {
  const { bytes, at: start } = cursor
  const length = start + 4 <= bytes.length ? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(start, true) : 0
  if (length < shortestRecord || start + length > bytes.length) throw new ChunkDamaged('a record ends beyond it')
  cursor.at += 4
  const written = readVarint(cursor)
  return {
    kind: written & 3,
    list: written >> 2 === 0 ? 0 : 1,
    owner: readVarint(cursor),
    round: readVarint(cursor),
    at: readFloat(cursor),
    end: start + length,
  }
}

/** Writes the numbers of a list's paths, in the order of the list; -1 is skipped. */
export function putNumbers(sink: ByteSink, numbers: readonly number[]): void {
  reserve(sink, 8 + numbers.length * 8)
  putVarint(
    sink,
    numbers.reduce((count, no) => (no < 0 ? count : count + 1), 0),
  )
  let before = 0
  for (const no of numbers) {
    if (no < 0) continue
    putVarint(sink, zigzag(no - before))
    before = no
  }
}

/** Reads the numbers of a list's paths. Throws `ChunkDamaged`. */
export function readNumbers(cursor: ByteCursor): number[] {
  const count = readVarint(cursor)
  if (count > cursor.bytes.length - cursor.at) throw new ChunkDamaged('a list names more paths than there are bytes')
  const numbers: number[] = []
  for (let n = 0, no = 0; n < count; n++) {
    no += unzigzag(readVarint(cursor))
    if (no < 1 || no >= mostPathNos) throw new ChunkDamaged(`a list names path ${no}`)
    numbers.push(no)
  }
  return numbers
}

/** Path numbers of an owner are below this, the room next to a seal's number in `chunkId`. */
export const mostPathNos = 2 ** 24
