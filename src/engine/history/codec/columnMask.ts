import { type ByteCursor, type ByteSink, ChunkDamaged, createByteSink, putVarint, readCount, readVarint, reserve, skipBytes } from './varint.ts'

/**
 * A set of columns of any size: bit n is column n. In memory it consists of words of 28 bits; encoded it is a varint of any
 * length, seven columns per byte, without leading zero bytes. For up to 28 columns it equals the varint of a number.
 */
export interface ColumnMask {
  /** At least `count` words; those beyond are meaningless. */
  words: Int32Array<ArrayBuffer>
  count: number
}

/** Columns per word: four bytes of a varint, and within the range of bit operations. */
export const wordColumns = 28
const allOfWord = 2 ** wordColumns - 1
/** Maximum columns when reading a row, a chunk or buckets. More means damage, and could take unlimited memory. */
export const mostColumns = 4096

export function createMask(): ColumnMask {
  return { words: new Int32Array(1), count: 1 }
}
/** Words needed for that many columns; at least one. */
export function wordsOf(columns: number): number {
  return Math.max(1, Math.ceil(columns / wordColumns))
}

/** Index of the word with a column's bit. */
export function wordOf(column: number): number {
  return Math.floor(column / wordColumns)
}
export function bitOf(column: number): number {
  return column % wordColumns
}

const bitsOf = (word: number): number => 32 - Math.clz32(word)

/** Encoded length of a mask of `count` words. `lowBits`: 1 if another bit precedes the columns. */
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

/** Reads a mask into `into`, and returns the bit that precedes the columns (0 if `lowBits` is 0). Throws `ChunkDamaged`. */
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

/**
 * A mask of the rounds of a chunk in which a column is known or the subject present.
 *
 *     mask = varint(length), kind, runs or bits
 *
 * Kind 0 or 1: the lengths less one of runs by turns, the first one unknown (0) or known (1); the last run is what is left.
 * Kind 2: a bit for each round, lowest first.
 */
const bitMask = 2

/** Location of the known bit of each round, and the number of rounds in which it is set. */
export interface KnownPlace {
  readonly word: Int32Array
  readonly bit: number
  readonly count: number
}

export function isKnown(word: number, bit: number): boolean {
  return ((word >>> bit) & 1) !== 0
}

export function sameKnown(roundCount: number, one: KnownPlace, other: KnownPlace): boolean {
  for (let round = 0; round < roundCount; round++)
    if (isKnown(one.word[round] as number, one.bit) !== isKnown(other.word[round] as number, other.bit)) return false
  return true
}

export function putRoundMask(sink: ByteSink, roundCount: number, { word, bit }: KnownPlace): void {
  const bitsLength = Math.ceil(roundCount / 8)
  const runs = createByteSink(64)
  const first = ((word[0] as number) >>> bit) & 1
  let state = first
  let from = 0
  for (let round = 1; round < roundCount && runs.length < bitsLength; round++) {
    if ((((word[round] as number) >>> bit) & 1) === state) continue
    reserve(runs, 8)
    putVarint(runs, round - from - 1)
    state ^= 1
    from = round
  }
  const asRuns = runs.length < bitsLength
  const length = asRuns ? runs.length : bitsLength
  reserve(sink, 16 + length)
  putVarint(sink, 1 + length)
  sink.bytes[sink.length++] = asRuns ? first : bitMask
  if (asRuns) sink.bytes.set(runs.bytes.subarray(0, length), sink.length)
  else {
    sink.bytes.fill(0, sink.length, sink.length + length)
    for (let round = 0; round < roundCount; round++)
      if (isKnown(word[round] as number, bit)) (sink.bytes[sink.length + (round >> 3)] as number) |= 1 << (round & 7)
  }
  sink.length += length
}

/** The runs of a mask. */
export interface RoundRuns {
  /** First rounds of alternating known and unknown runs, starting with known; the last entry is the number of rounds. */
  edges: Int32Array
  /** Number of edges. */
  count: number
}

const taken: RoundRuns = { edges: new Int32Array(1024), count: 0 }

/** Reads the mask at the cursor. The result is valid until the next call. */
export function readRoundMask(cursor: ByteCursor, roundCount: number): RoundRuns {
  if (taken.edges.length < roundCount + 2) taken.edges = new Int32Array(roundCount + 2)
  const { edges } = taken
  const length = readVarint(cursor)
  cursor.at = skipBytes(cursor, length)
  const end = cursor.at + length
  const kind = cursor.bytes[cursor.at++] as number
  let count = 0
  if (kind === bitMask) {
    if (end - cursor.at !== Math.ceil(roundCount / 8)) throw new ChunkDamaged('a mask of another length')
    let state = 0
    for (let round = 0; round < roundCount; round++) {
      const bit = ((cursor.bytes[cursor.at + (round >> 3)] as number) >> (round & 7)) & 1
      if (bit === state) continue
      edges[count++] = round
      state = bit
    }
    if (count === 0) edges[count++] = roundCount
  } else if (kind < bitMask) {
    let at = 0
    if (kind === 1) edges[count++] = 0
    while (cursor.at < end) {
      at += readCount(cursor, roundCount - at, 'a run of a mask') + 1
      if (at > roundCount) throw new ChunkDamaged('a mask of another length')
      edges[count++] = at
    }
  } else throw new ChunkDamaged(`there are no masks of kind ${kind}`)
  edges[count++] = roundCount
  taken.count = count
  return taken
}

/** Moves the cursor past a mask. */
export function skipRoundMask(cursor: ByteCursor): void {
  const length = readVarint(cursor)
  if (length === 0) throw new ChunkDamaged('a mask is empty')
  skipBytes(cursor, length)
}
