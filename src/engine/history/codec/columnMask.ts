import { type ByteCursor, type ByteSink, ChunkDamaged, reserve } from './varint.ts'

/**
 * A set of columns: bit n is column n. Encoded it is a varint of any length, seven columns a byte, up to the last one that is set. For few columns it equals
 * the varint of a number.
 */
export interface ColumnMask {
  /** The columns in the set, ascending; the first `count` of them. */
  readonly columns: Int32Array
  count: number
}

/** Maximum columns of a layout, when reading and writing. More means damage, and could take unlimited memory. */
export const mostColumns = 512

export function createMask(): ColumnMask {
  return { columns: new Int32Array(mostColumns + 7), count: 0 }
}

/** Bytes of the longest mask. */
export const longestMask = Math.ceil((mostColumns + 1) / 7)

/** `lowBits`: 1 if another bit, `low`, precedes the columns. */
export function putMask(sink: ByteSink, { columns, count }: ColumnMask, lowBits: 0 | 1 = 0, low = 0): void {
  reserve(sink, longestMask)
  const { bytes } = sink
  let at = sink.length
  let bits = low
  let end = 7 - lowBits
  for (let i = 0; i < count; i++) {
    const column = columns[i] as number
    for (; column >= end; end += 7) {
      bytes[at++] = bits | 128
      bits = 0
    }
    bits |= 1 << (7 + column - end)
  }
  bytes[at++] = bits
  sink.length = at
}

/** Reads a mask into `into`, and returns the bit that precedes the columns (0 if `lowBits` is 0). Throws `ChunkDamaged`. */
export function readMask(cursor: ByteCursor, into: ColumnMask, lowBits: 0 | 1 = 0): number {
  let low = 0
  into.count = 0
  for (let first = -lowBits; ; first += 7) {
    const byte = cursor.bytes[cursor.at++]
    if (byte === undefined) throw new ChunkDamaged('the bytes end inside a mask')
    if (first >= mostColumns) throw new ChunkDamaged(`more than ${mostColumns} columns`)
    for (let bits = byte & 127, column = first; bits !== 0; bits >>>= 1, column++) {
      if ((bits & 1) === 0) continue
      if (column < 0) low = 1
      else into.columns[into.count++] = column
    }
    if (byte < 128) return low
  }
}
