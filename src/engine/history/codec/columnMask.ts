import { type ByteCursor, type ByteSink, ChunkDamaged, reserve } from './varint.ts'

/**
 * A set of columns, of any number: bit n is column n. In memory it is words of 28 bits; in bytes one varint that may be longer
 * than those of numbers, seven columns a byte, without the bytes that would only say 0. Up to 28 columns it is the bytes that
 * a number would be.
 */
export interface ColumnMask {
  /** At least `count` of them; beyond that they mean nothing. */
  words: Int32Array<ArrayBuffer>
  count: number
}

/** Four bytes of a varint, and what bit operations can handle. */
export const wordColumns = 28
const allOfWord = 2 ** wordColumns - 1
/** Of a row, a chunk or a set of buckets, where they are read: more is damage, and would take memory without end. */
export const mostColumns = 4096

export const createMask = (): ColumnMask => ({ words: new Int32Array(1), count: 1 })
/** How many words hold that many columns: one at least. */
export const wordsOf = (columns: number): number => Math.max(1, Math.ceil(columns / wordColumns))

/** Where the bit of a column is. */
export const wordOf = (column: number): number => Math.floor(column / wordColumns)
export const bitOf = (column: number): number => column % wordColumns

const bitsOf = (word: number): number => 32 - Math.clz32(word)

/** Bytes of a mask in `words` up to `count`. `lowBits`: 1 where a bit of something else stands before the columns. */
export function maskBytes(words: Int32Array, count: number, lowBits: 0 | 1): number {
  let top = count - 1
  while (top > 0 && words[top] === 0) top--
  return Math.max(1, Math.ceil((top * wordColumns + bitsOf(words[top] as number) + lowBits) / 7))
}

export function putMask(sink: ByteSink, words: Int32Array, count: number, lowBits: 0 | 1 = 0, low = 0): void {
  const length = maskBytes(words, count, lowBits)
  reserve(sink, length)
  const { bytes } = sink
  for (let n = 0; n < length; n++) {
    const column = n * 7 - lowBits
    let bits: number
    if (column < 0) bits = ((words[0] as number) << 1) | low
    else {
      const w = Math.floor(column / wordColumns)
      const shift = column - w * wordColumns
      bits = (words[w] as number) >>> shift
      if (shift > wordColumns - 7 && w + 1 < count) bits |= (words[w + 1] as number) << (wordColumns - shift)
    }
    bytes[sink.length++] = (bits & 127) | (n + 1 < length ? 128 : 0)
  }
}

/** Reads a mask into `into`, and returns the bit before its columns; 0 where `lowBits` is. Throws `ChunkDamaged`. */
export function readColumnMask(cursor: ByteCursor, into: ColumnMask, lowBits: 0 | 1 = 0): number {
  const { bytes } = cursor
  let byte = bytes[cursor.at++]
  if (byte === undefined) throw new ChunkDamaged('the bytes end inside a mask')
  const low = byte & lowBits
  let word = (byte & 127) >>> lowBits
  if (byte < 128) {
    into.words[0] = word
    into.count = 1
    return low
  }
  let place = 7 - lowBits
  let w = 0
  while (byte >= 128) {
    byte = bytes[cursor.at++]
    if (byte === undefined) throw new ChunkDamaged('the bytes end inside a mask')
    const bits = byte & 127
    word |= (bits << place) & allOfWord
    place += 7
    if (place <= wordColumns) continue
    place -= wordColumns
    putWord(into, w++, word)
    word = bits >>> (7 - place)
  }
  putWord(into, w, word)
  into.count = w + 1
  return low
}

function putWord(into: ColumnMask, w: number, word: number): void {
  if (w * wordColumns >= mostColumns) throw new ChunkDamaged(`more than ${mostColumns} columns`)
  if (w >= into.words.length) {
    const words = new Int32Array(into.words.length * 2)
    words.set(into.words)
    into.words = words
  }
  into.words[w] = word
}

/** Calls `visit` for each column of a mask, lowest first. */
export function eachColumn({ words, count }: ColumnMask, visit: (column: number) => void): void {
  for (let w = 0; w < count; w++)
    for (let rest = words[w] as number, column = w * wordColumns; rest !== 0; column++, rest >>>= 1) if ((rest & 1) !== 0) visit(column)
}
