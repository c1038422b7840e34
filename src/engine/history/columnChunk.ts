import { decodeRow, mostColumns, type RowStates } from './rowCodec.ts'
import { type ByteCursor, ChunkDamaged, createByteSink, putVarint, reserve, sinkBytes, takeBytes, takeCount, takeVarint } from './varint.ts'
import { mostRounds, putWholes, takeWholes } from './wholeColumn.ts'

/**
 * How the sealed samples of one subject lie in bytes, form 2: column by column. docs/store.md describes every byte.
 * Numbers are whole numbers (value × the layout's scale), as in form 1; times are kept once a server (roundList.ts).
 *
 * All readers throw `ChunkDamaged` (varint.ts) and nothing else, whatever the bytes are.
 */
export const columnForm = 2

/**
 * The rows of one subject (form 1) of a seal of `roundCount` rounds as a chunk. Throws `ChunkDamaged` where the rows
 * are cut or lie beyond `roundCount`.
 */
export const encodeChunk = (rows: Uint8Array, roundCount: number): Uint8Array => {
  if (!(roundCount >= 0 && roundCount <= mostRounds)) throw new RangeError(`a chunk of ${roundCount} rounds`)
  const states: RowStates = { last: new Float64Array(mostColumns + 4), stride: mostColumns + 4, known: new Int32Array(1) }
  const cursor: ByteCursor = { bytes: rows, at: 0 }
  const columns = Array.from({ length: mostColumns }, (): { values: number[]; mask: Uint8Array } => ({ values: [], mask: new Uint8Array(roundCount) }))
  const presence = new Uint8Array(roundCount)
  let round = -1
  while (cursor.at < rows.length) {
    round += 1 + decodeRow(cursor, states, 0)
    if (round >= roundCount) throw new ChunkDamaged(`a row of round ${round} in ${roundCount} rounds`)
    presence[round] = 1
    const known = states.known[0] as number
    for (const [c, column] of columns.entries())
      if ((known & (1 << c)) !== 0) {
        column.values.push(states.last[c] as number)
        column.mask[round] = 1
      }
  }
  const sink = createByteSink(1024)
  const masks: Uint8Array[] = []
  const maskOf = (mask: Uint8Array): number => {
    if (mask.every((bit) => bit === 1)) return 0
    const found = masks.findIndex((other) => other.every((bit, i) => bit === mask[i]))
    return 1 + (found >= 0 ? found : masks.push(mask) - 1)
  }
  const presenceNo = maskOf(presence)
  const used = columns.flatMap((column, c) => (column.values.length > 0 ? [{ ...column, c, no: maskOf(column.mask) }] : []))
  reserve(sink, 32)
  putVarint(sink, roundCount * 2 + presenceNo)
  putVarint(sink, masks.length)
  for (const mask of masks) {
    reserve(sink, 16 + mask.length)
    putVarint(sink, mask.length)
    sink.bytes.set(mask, sink.length)
    sink.length += mask.length
  }
  putVarint(
    sink,
    used.reduce((bits, { c }) => bits + 2 ** c, 0),
  )
  for (const { values, no } of used) {
    const body = createByteSink(64)
    putWholes(body, Float64Array.from(values), values.length, no)
    reserve(sink, 16 + body.length)
    putVarint(sink, body.length)
    sink.bytes.set(sinkBytes(body), sink.length)
    sink.length += body.length
  }
  return sinkBytes(sink)
}

interface Opened {
  readonly roundCount: number
  readonly hasPresence: boolean
  readonly masks: Uint8Array[]
  readonly columns: Map<number, Uint8Array>
}

const open = (chunk: Uint8Array): Opened => {
  const cursor: ByteCursor = { bytes: chunk, at: 0 }
  const header = takeCount(cursor, mostRounds * 2 + 1, 'rounds')
  const roundCount = header >> 1
  const masks: Uint8Array[] = []
  for (let left = takeCount(cursor, 30, 'masks'); left > 0; left--) {
    if (takeVarint(cursor) !== roundCount) throw new ChunkDamaged('a mask of another length')
    masks.push(takeBytes(cursor, roundCount))
  }
  if ((header & 1) !== 0 && masks.length === 0) throw new ChunkDamaged('a mask is missing')
  const bits = takeCount(cursor, 2 ** mostColumns - 1, 'columns')
  const columns = new Map<number, Uint8Array>()
  for (let c = 0; c < mostColumns; c++) if ((bits & (1 << c)) !== 0) columns.set(c, takeBytes(cursor, takeVarint(cursor)))
  return { roundCount, hasPresence: (header & 1) !== 0, masks, columns }
}

/** How many rounds the chunk's seal has. */
export const chunkRounds = (chunk: Uint8Array): number => open(chunk).roundCount

/** Columns that are known in at least one round, ascending. */
export const chunkColumns = (chunk: Uint8Array): number[] => [...open(chunk).columns.keys()]

/**
 * Reads one column into `into`, which is as long as the chunk has rounds (else `ChunkDamaged`): whole numbers, NaN where
 * it is not known or the subject was not there. False: it is known nowhere, and `into` is as it was.
 */
export const decodeColumn = (chunk: Uint8Array, column: number, into: Float64Array): boolean => {
  const { roundCount, masks, columns } = open(chunk)
  if (into.length !== roundCount) throw new ChunkDamaged(`a chunk of ${roundCount} rounds where there are ${into.length}`)
  const bytes = columns.get(column)
  if (!bytes) return false
  const head = bytes[0]
  if (head === undefined) throw new ChunkDamaged('a column is empty')
  const mask = head >> 3 === 0 ? null : masks[(head >> 3) - 1]
  if (mask === undefined) throw new ChunkDamaged('a mask is missing')
  const count = mask ? mask.reduce((sum, bit) => sum + (bit === 0 ? 0 : 1), 0) : roundCount
  takeWholes({ bytes, at: 1 }, head, into, count)
  if (mask) {
    let from = count
    for (let round = roundCount - 1; round >= 0; round--) into[round] = mask[round] === 0 ? Number.NaN : (into[--from] as number)
  }
  return true
}

/** 1 where the subject had a row, 0 where it was not there. False: it had one in every round, and `into` is as it was. */
export const decodePresence = (chunk: Uint8Array, into: Uint8Array): boolean => {
  const { roundCount, hasPresence, masks } = open(chunk)
  if (into.length !== roundCount) throw new ChunkDamaged(`a chunk of ${roundCount} rounds where there are ${into.length}`)
  if (!hasPresence) return false
  into.set((masks[0] as Uint8Array).map((bit) => (bit === 0 ? 0 : 1)))
  return true
}

/** One whole number; NaN where it is not known. Reads no more of the chunk than it must. */
export const wholeAt = (chunk: Uint8Array, column: number, round: number): number => {
  const into = new Float64Array(chunkRounds(chunk))
  return decodeColumn(chunk, column, into) ? (into[round] ?? Number.NaN) : Number.NaN
}

/** The newest round at or before `round` in which the subject had a row, or -1. */
export const lastRowAt = (chunk: Uint8Array, round: number): number => {
  const { roundCount, hasPresence, masks } = open(chunk)
  const last = Math.min(round, roundCount - 1)
  return hasPresence ? (masks[0] as Uint8Array).subarray(0, last + 1).lastIndexOf(1) : last
}
