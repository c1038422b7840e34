import { largeMask, mostMaskInHead } from './columnChunk.ts'
import { bitOf, createMask, eachColumn, putMask, wordColumns, wordOf } from './columnMask.ts'
import { isKnown, type KnownPlace, putRoundMask, sameKnown } from './roundMask.ts'
import { clearRowStates, createWideningRow, decodeRow, isColumnKnown, rowMask } from './rowCodec.ts'
import { type ByteCursor, ChunkDamaged, createByteSink, putVarint, reserve, sinkBytes } from './varint.ts'
import { mostRounds, putWholes } from './wholeColumn.ts'

/** Scratch memory for the rows of one subject: which columns are known in which round, and their numbers. */
const scratch = {
  rounds: 0,
  /** For each word of columns, the columns known in each round. The first word also has a bit for the subject itself. */
  known: [new Int32Array(0)],
  columns: [] as (Float64Array | undefined)[],
  states: createWideningRow(),
  counts: new Int32Array(wordColumns),
  /** Rows up to which each column's numbers are written. */
  writtenTo: new Int32Array(wordColumns),
  maskOf: new Int32Array(wordColumns),
  /** Columns that are known in at least one round. */
  ever: createMask(),
  /** Columns known in the previous row, as words. */
  before: new Int32Array(1),
  sink: createByteSink(4096),
}
/** Bit of the first word that is set if the subject was present. */
const presentBit = wordColumns
/** Scratch memory for more rounds than this is not kept for the next chunk. */
const usualRounds = 4096

/**
 * Encodes the rows of one subject (form 1), in a seal of `roundCount` rounds, as a chunk. Throws `ChunkDamaged` if the rows are
 * truncated or exceed `roundCount`, RangeError for more than 65,536 rounds.
 */
export function encodeChunk(rows: Uint8Array, roundCount: number): Uint8Array {
  if (!(Number.isInteger(roundCount) && roundCount >= 0 && roundCount <= mostRounds)) throw new RangeError(`a chunk of ${roundCount} rounds`)
  if (scratch.rounds < roundCount || scratch.rounds > usualRounds) {
    scratch.rounds = roundCount
    scratch.known = [new Int32Array(roundCount)]
    scratch.columns = []
  }
  const { states, ever } = scratch
  clearRowStates(states)
  ever.words.fill(0)
  ever.count = 1
  scratch.before.fill(0)
  scratch.counts.fill(0)
  scratch.writtenTo.fill(0)
  scratch.maskOf.fill(0)
  scratch.known[0]?.fill(0, 0, roundCount)
  const cursor: ByteCursor = { bytes: rows, at: 0 }
  let round = -1
  let presentRounds = 0
  while (cursor.at < rows.length) {
    round += 1 + decodeRow(cursor, states, 0)
    if (round >= roundCount) throw new ChunkDamaged(`a row of round ${round} where there are ${roundCount}`)
    if (rowMask.count > ever.count) widen(rowMask.count, roundCount)
    // Only changed columns are processed; unchanged values are filled in when they change again.
    for (let w = 0; w < rowMask.count; w++) applyChanges(w, rowMask.words[w] as number, presentRounds)
    for (let w = 0; w < ever.count; w++) {
      const known = states.known[w] as number
      scratch.before[w] = known
      ;(ever.words[w] as number) |= known
      ;(scratch.known[w] as Int32Array)[round] = w === 0 ? known | (1 << presentBit) : known
    }
    presentRounds++
  }
  eachColumn(ever, (c) => {
    if (isColumnKnown(states, 0, c)) repeatUntil(c, presentRounds)
  })
  return encodeColumns(roundCount, presentRounds)
}

/** Encodes the contents of `scratch` as a chunk. */
function encodeColumns(roundCount: number, presentRounds: number): Uint8Array {
  const { sink, ever, known, columns, counts, maskOf } = scratch
  sink.length = 0
  reserve(sink, 16)
  const isPartial = presentRounds < roundCount
  const subject: KnownPlace = { word: known[0] as Int32Array, bit: presentBit, count: presentRounds }
  /** Masks to write; mask number n is at index n - 1. */
  const masks: KnownPlace[] = isPartial ? [subject] : []
  eachColumn(ever, (c) => {
    const count = counts[c] as number
    if (count === roundCount) return
    const place: KnownPlace = { word: known[wordOf(c)] as Int32Array, bit: bitOf(c), count }
    const found = masks.findIndex((other) => other.count === count && sameKnown(roundCount, place, other))
    maskOf[c] = 1 + (found >= 0 ? found : masks.push(place) - 1)
  })
  putVarint(sink, roundCount * 2 + (isPartial ? 1 : 0))
  putVarint(sink, masks.length)
  for (const place of masks) putRoundMask(sink, roundCount, place)
  putMask(sink, ever.words, ever.count)
  eachColumn(ever, (c) => {
    let mask = maskOf[c] as number
    if (mask > mostMaskInHead) {
      reserve(sink, 16)
      sink.bytes[sink.length++] = largeMask
      putVarint(sink, mask)
      mask = 0
    }
    putWholes(sink, columns[c] as Float64Array, counts[c] as number, mask)
  })
  return sinkBytes(sink)
}

/** Makes room for the columns of `words` words. */
function widen(words: number, rounds: number): void {
  const { ever, known } = scratch
  for (let w = ever.count; w < words; w++) {
    if (known[w]) known[w]?.fill(0, 0, rounds)
    else known[w] = new Int32Array(scratch.rounds)
  }
  const wider = (of: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> => {
    if (of.length >= length) return of
    const into = new Int32Array(length)
    into.set(of)
    return into
  }
  ever.words = wider(ever.words, words)
  ever.count = words
  scratch.before = wider(scratch.before, words)
  for (const part of ['counts', 'writtenTo', 'maskOf'] as const) scratch[part] = wider(scratch[part], words * wordColumns)
}

/** Repeats the known value of column c up to row `row`. */
function repeatUntil(c: number, row: number): void {
  const { counts, writtenTo, columns } = scratch
  const more = row - (writtenTo[c] as number)
  if (more <= 0) return
  const column = columns[c] as Float64Array
  const count = counts[c] as number
  column.fill(column[count - 1] as number, count, count + more)
  counts[c] = count + more
  writtenTo[c] = row
}

/** Applies the changes in one word of columns at the subject's `row`-th row. */
function applyChanges(w: number, changed: number, row: number): void {
  const { states, counts, writtenTo, columns, before } = scratch
  const known = states.known[w] as number
  for (let bit = 0, rest = changed; rest !== 0; bit++, rest >>>= 1) {
    if ((rest & 1) === 0) continue
    const c = w * wordColumns + bit
    if (isKnown(before[w] as number, bit)) repeatUntil(c, row)
    if (!isKnown(known, bit)) continue
    let column = columns[c]
    if (!column) {
      column = new Float64Array(scratch.rounds)
      columns[c] = column
    }
    const count = counts[c] as number
    column[count] = states.last[c] as number
    counts[c] = count + 1
    writtenTo[c] = row + 1
  }
}
