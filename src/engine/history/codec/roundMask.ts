import { type ByteCursor, type ByteSink, ChunkDamaged, createByteSink, putVarint, readCount, readVarint, reserve, skipBytes } from './varint.ts'

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
