import { bitOf, createMask, maskBytes, putMask, readColumnMask, wordColumns, wordOf, wordsOf } from './columnMask.ts'
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
 * 5. No counter or gauge exceeds ±2^64 whole numbers. Larger or infinite values are refused by writers and read as unknown.
 */
export const rowForm = 1

const largestDelta = 2 ** 51
/** Largest stored magnitude, as a whole number. Sums over years stay far from overflowing. */
const largestKept = 2 ** 64
/** Bytes of the longest row: mask, skip, and each column as a double with its code. */
const longestRow = (columns: number): number => 16 + columns * 10

/** The state that rows are deltas against, for many subjects: each column's last whole number, and whether it is known. */
export interface RowStates {
  /** `slot * stride + column`. */
  last: Float64Array
  /** Columns of a row. */
  stride: number
  /** Mask words of each slot: which columns are known. */
  known: Int32Array
  /** Whether the state, of a single subject, widens to fit its rows; for readers that don't know the layout. */
  readonly widens?: boolean
}

export function createRowStates(columns: number, slots = 1): RowStates {
  return {
    last: new Float64Array(slots * columns),
    stride: columns,
    known: new Int32Array(slots * wordsOf(columns)),
  }
}
/** Makes room for more subjects or columns and keeps the existing ones. */
export function resizeRowStates(states: RowStates, columns: number, slots: number): void {
  const { last, stride, known } = states
  const into = createRowStates(columns, slots)
  const words = wordsOf(stride)
  const newText = wordsOf(columns)
  if (columns === stride) {
    into.last.set(last)
    into.known.set(known)
  } else
    for (let slot = 0; slot < known.length / words; slot++) {
      into.last.set(last.subarray(slot * stride, (slot + 1) * stride), slot * columns)
      into.known.set(known.subarray(slot * words, (slot + 1) * words), slot * newText)
    }
  Object.assign(states, into)
}
/** A state for the rows of one subject with any layout. */
export function createWideningRow(): RowStates {
  return { ...createRowStates(wordColumns), widens: true }
}
/** Resets the states to those before a chunk's first row. */
export function clearRowStates(states: RowStates): void {
  states.last.fill(0)
  states.known.fill(0)
}
/** Whether a column of the subject was known after the last row read or written. */
export function isColumnKnown({ known, stride }: RowStates, slot: number, column: number): boolean {
  if (column >= stride) return false
  return (((known[slot * wordsOf(stride) + wordOf(column)] as number) >>> bitOf(column)) & 1) !== 0
}

/** Calls `visit` for each column of the subject that was known after the last row read or written, lowest first. */
export function eachKnown({ known, stride }: RowStates, slot: number, visit: (column: number) => void): void {
  const words = wordsOf(stride)
  for (let w = 0; w < words; w++)
    for (let rest = known[slot * words + w] as number; rest !== 0; rest &= rest - 1) visit(w * wordColumns + 31 - Math.clz32(rest & -rest))
}

/**
 * Writes one row of subject `slot` and moves its state. `source[c]` is where in `values`, from `offset`, column c
 * is found, or -1 where it is not among them, as are all columns beyond its end; `scales[c]` is whole numbers per unit.
 * NaN is unknown. What lies beyond `largestKept` once it is scaled is unknown, too; returns how many values were refused for that.
 */
export function encodeRow(
  sink: ByteSink,
  states: RowStates,
  slot: number,
  skippedRounds: number,
  values: Float64Array,
  offset: number,
  source: Int32Array,
  scales: Float64Array,
): number {
  const { stride, last } = states
  reserve(sink, longestRow(stride))
  const { bytes } = sink
  const words = wordsOf(stride)
  if (rowMask.words.length < words) rowMask.words = new Int32Array(words)
  const { words: changed } = rowMask
  const base = slot * stride
  const start = sink.length
  // Most masks take one byte: write the codes right after it, and move them if the mask is longer.
  let at = start + 1
  let refused = 0
  for (let w = 0, first = 0; w < words; w++, first += wordColumns) {
    const codesAt = at
    const end = Math.min(first + wordColumns, source.length)
    const known = states.known[slot * words + w] as number
    let mask = 0
    let nowKnown = 0
    for (let c = first; c < end; c++) {
      const from = source[c] as number
      // Most columns are absent.
      if (from < 0) continue
      const whole = Math.round((values[offset + from] as number) * (scales[c] as number))
      // Written so that NaN counts as out of range.
      if (!(whole <= largestKept && whole >= -largestKept)) {
        if (!Number.isNaN(whole)) refused++
        continue
      }
      const bit = 1 << (c - first)
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
    if (gone !== 0) at = putGone(bytes, codesAt, at, mask, gone)
    changed[w] = mask | gone
    states.known[slot * words + w] = nowKnown
  }
  const skips = skippedRounds > 0 ? 1 : 0
  const maskLength = maskBytes(changed, words, 1)
  if (maskLength === 1 && skips === 0) {
    bytes[start] = (changed[0] as number) << 1
    sink.length = at
    return refused
  }
  const shift = maskLength - 1 + (skips === 0 ? 0 : varintBytes(skippedRounds))
  if (shift > 0) bytes.copyWithin(start + 1 + shift, start + 1, at)
  sink.length = start
  putMask(sink, changed, words, 1, skips)
  if (skips !== 0) putVarint(sink, skippedRounds)
  sink.length = at + shift
  return refused
}

/** The columns that changed in the last row written or read. */
export const rowMask = createMask()

/** Steps below this can be doubled by bit operations; the previous number must be within `largestDelta`, too. */
const smallStep = 2 ** 29
const largestSmall = largestDelta / 2

function varintBytes(value: number): number {
  let count = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) count++
  return count
}

/** Puts the code of what is no longer known, 0, between the codes from `from` to `to`, which are those of `mask`; returns where they end then. */
function putGone(bytes: Uint8Array, from: number, to: number, mask: number, gone: number): number {
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

/**
 * Reads one row at the cursor into the slot's state and returns the number of rounds skipped before it; `rowMask` has the
 * changed columns. Throws `ChunkDamaged` if the row has columns that the states don't have.
 */
export function decodeRow(cursor: ByteCursor, states: RowStates, slot: number): number {
  const skips = readColumnMask(cursor, rowMask, 1)
  const skipped = skips === 0 ? 0 : readVarint(cursor)
  const { words: changed, count } = rowMask
  if (count > 1 || states.stride < wordColumns) fit(states)
  const base = slot * states.stride
  const knownAt = slot * wordsOf(states.stride)
  for (let w = 0, first = base; w < count; w++, first += wordColumns) {
    let known = states.known[knownAt + w] as number
    for (let c = 0, rest = changed[w] as number; rest !== 0; c++, rest >>>= 1) {
      if ((rest & 1) === 0) continue
      const code = readVarint(cursor)
      if (code === 0) {
        known &= ~(1 << c)
        continue
      }
      known |= 1 << c
      if (code === 1) {
        const whole = readFloat(cursor)
        states.last[first + c] = whole
        if (!(Math.abs(whole) <= largestKept)) known &= ~(1 << c)
      } else states.last[first + c] = (states.last[first + c] as number) + unzigzag(code - 2)
    }
    states.known[knownAt + w] = known
  }
  return skipped
}

/** Widens the states to all columns of `rowMask`, or throws if they may not widen. */
function fit(states: RowStates): void {
  let top = rowMask.count - 1
  while (top > 0 && rowMask.words[top] === 0) top--
  const columns = top * wordColumns + 32 - Math.clz32(rowMask.words[top] as number)
  // Ignores trailing words of zeros.
  rowMask.count = top + 1
  if (columns <= states.stride) return
  if (!states.widens) throw new ChunkDamaged('a row has columns that there are not')
  resizeRowStates(states, (top + 1) * wordColumns, 1)
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

/** Makes room for `count` subjects, indexed by number, with `columns` columns each. */
export function growStates(states: RowStates, count: number, columns: number): void {
  const slots = states.known.length / wordsOf(states.stride)
  if (count <= slots && columns <= states.stride) return
  resizeRowStates(states, Math.max(columns, states.stride), count <= slots ? slots : Math.max(64, count * 2))
}
