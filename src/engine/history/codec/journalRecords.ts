import { wordsOf } from './columnMask.ts'
import { type RowStates, resizeRowStates } from './rowCodec.ts'
import { type ByteCursor, type ByteSink, ChunkDamaged, putFloat, putVarint, readFloat, readVarint, reserve, unzigzag, zigzag } from './varint.ts'

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
