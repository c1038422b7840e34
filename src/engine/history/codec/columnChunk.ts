import { type ColumnMask, createMask, eachColumn, mostColumns, putMask as putColumns, takeMask, wordColumns } from './columnMask.ts'
import { clearRowStates, createWideningRow, decodeRow, isColumnKnown, rowMask } from './rowCodec.ts'
import { type ByteCursor, type ByteSink, ChunkDamaged, createByteSink, putVarint, reserve, sinkBytes, takeCount, takeHead, takeVarint } from './varint.ts'
import { mostRounds, putWholes, skipWholes, takeWholes, wholeOfColumn } from './wholeColumn.ts'

/**
 * How the sealed samples of one subject lie in bytes, form 2: column by column. docs/store.md describes every byte.
 * Numbers are whole numbers (value × the layout's scale), as in form 1; times are kept once a server (roundList.ts).
 *
 *     chunk  = varint(rounds × 2 + 1 if the subject was not there in all of them),
 *              varint(masks), masks, which columns are known somewhere (columnMask.ts), columns (wholeColumn.ts)
 *     mask   = varint(length), kind, runs or bits: a round for each; the first mask says where the subject was, if not always
 *
 * 1. A column's five head bits say where it is known: 0 in every round, else in those of that mask, counted from 1.
 *    Only known numbers are in it. Before the head of a column with a mask beyond the 31st stand a byte of 7, which no head
 *    is, and varint(number of the mask).
 * 2. Columns stand in the order of their bits, lowest first.
 * 3. Mask of kind 0 or 1: the lengths less one of runs by turns, the first one unknown (0) or known (1); the last run is
 *    what is left. Kind 2: a bit for each round, lowest first.
 *
 * All readers throw `ChunkDamaged` and nothing else, whatever the bytes are, and do no more than the rounds need.
 */
export const columnForm = 2

const bitMask = 2
/** Every column's own, and the subject's. */
const mostMasks = mostColumns + 1

/** A byte that no column's head is: the number of its mask follows, and then the head. */
const largeMask = 7
const mostMaskInHead = 31

/** Rows of one subject as they are read: what is known in which round, and each column's known numbers. */
const scratch = {
  rounds: 0,
  /** For each word of columns, what is known in each round. The first has the subject itself, too. */
  known: [new Int32Array(0)],
  columns: [] as (Float64Array | undefined)[],
  states: createWideningRow(),
  counts: new Int32Array(wordColumns),
  /** Rows up to which each column's numbers are written. */
  writtenTo: new Int32Array(wordColumns),
  maskOf: new Int32Array(wordColumns),
  /** Columns that are known in at least one round. */
  ever: createMask(),
  /** Words of what was known in the row before. */
  before: new Int32Array(1),
  sink: createByteSink(4096),
}
/** The bit of the first word that says that the subject was there. */
const presentBit = wordColumns
/** Larger ones are not kept for the next chunk. */
const usualRounds = 4096

/**
 * The rows of one subject (form 1) of a seal of `roundCount` rounds as a chunk. Throws `ChunkDamaged` where the rows
 * are cut or lie beyond `roundCount`, RangeError for more than 65,536 rounds.
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
    // Which columns changed: only they are touched, and what stood still is filled in when it moves again.
    for (let w = 0; w < rowMask.count; w++) takeChanges(w, rowMask.words[w] as number, presentRounds)
    for (let w = 0; w < ever.count; w++) {
      const known = states.known[w] as number
      scratch.before[w] = known
      ;(ever.words[w] as number) |= known
      ;(scratch.known[w] as Int32Array)[round] = w === 0 ? known | (1 << presentBit) : known
    }
    presentRounds++
  }
  eachColumn(ever, (c) => {
    if (isColumnKnown(states, 0, c)) stand(c, presentRounds)
  })
  return encodeColumns(roundCount, presentRounds)
}

/** What `scratch` holds, as a chunk. */
function encodeColumns(roundCount: number, presentRounds: number): Uint8Array {
  const { sink, ever, known, columns, counts, maskOf } = scratch
  sink.length = 0
  reserve(sink, 16)
  const isPartial = presentRounds < roundCount
  const subject: KnownPlace = { word: known[0] as Int32Array, bit: presentBit, count: presentRounds }
  /** What masks are written, by their number less one. */
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
  for (const place of masks) putMask(sink, roundCount, place)
  putColumns(sink, ever.words, ever.count)
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

/** Where it stands of each round whether something is known, and in how many it is. */
interface KnownPlace {
  readonly word: Int32Array
  readonly bit: number
  readonly count: number
}

function sameKnown(roundCount: number, one: KnownPlace, other: KnownPlace): boolean {
  for (let round = 0; round < roundCount; round++)
    if (isKnown(one.word[round] as number, one.bit) !== isKnown(other.word[round] as number, other.bit)) return false
  return true
}

function putMask(sink: ByteSink, roundCount: number, { word, bit }: KnownPlace): void {
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

const wordOf = (column: number): number => Math.floor(column / wordColumns)
const bitOf = (column: number): number => column % wordColumns
const isKnown = (word: number, bit: number): boolean => ((word >>> bit) & 1) !== 0

/** Room for the columns of that many words. */
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

/** Column c, which is known, stands as it is until row `row`. */
function stand(c: number, row: number): void {
  const { counts, writtenTo, columns } = scratch
  const more = row - (writtenTo[c] as number)
  if (more <= 0) return
  const column = columns[c] as Float64Array
  const count = counts[c] as number
  column.fill(column[count - 1] as number, count, count + more)
  counts[c] = count + more
  writtenTo[c] = row
}

/** Takes the columns of one word that changed with the subject's `row`-th row. */
function takeChanges(w: number, changed: number, row: number): void {
  const { states, counts, writtenTo, columns, before } = scratch
  const known = states.known[w] as number
  for (let bit = 0, rest = changed; rest !== 0; bit++, rest >>>= 1) {
    if ((rest & 1) === 0) continue
    const c = w * wordColumns + bit
    if (isKnown(before[w] as number, bit)) stand(c, row)
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

/** Where a chunk's parts are. One for all: nobody keeps it beyond a call. */
interface ChunkPlaces {
  cursor: { bytes: Uint8Array; at: number }
  roundCount: number
  isPartial: boolean
  masks: number
  masksAt: number
  readonly columns: ColumnMask
}
const places: ChunkPlaces = { cursor: { bytes: new Uint8Array(0), at: 0 }, roundCount: 0, isPartial: false, masks: 0, masksAt: 0, columns: createMask() }

/** Reads what stands before the columns. */
function open(chunk: Uint8Array): ChunkPlaces {
  const { cursor } = places
  cursor.bytes = chunk
  cursor.at = 0
  const header = takeCount(cursor, mostRounds * 2 + 1, 'rounds')
  places.roundCount = header >> 1
  places.isPartial = (header & 1) !== 0
  places.masks = takeCount(cursor, mostMasks, 'masks')
  if (places.isPartial && places.masks === 0) throw new ChunkDamaged('a mask is missing')
  places.masksAt = cursor.at
  for (let left = places.masks; left > 0; left--) {
    const length = takeVarint(cursor)
    if (length === 0) throw new ChunkDamaged('a mask is empty')
    cursor.at += length
  }
  takeMask(cursor, places.columns)
  return places
}

function openFor(chunk: Uint8Array, length: number): ChunkPlaces {
  const opened = open(chunk)
  if (opened.roundCount !== length) throw new ChunkDamaged(`a chunk of ${opened.roundCount} rounds where there are ${length}`)
  return opened
}

/** The head of a column, with the number of its mask above the lowest three bits. */
function takeColumnHead(cursor: ByteCursor): number {
  const head = takeHead(cursor)
  if (head !== largeMask) return head
  return takeCount(cursor, mostMasks, 'a mask') * 8 + (takeHead(cursor) & 7)
}

/** Moves the cursor behind those columns. */
function skipColumns(cursor: ByteCursor, columns: number): void {
  for (let rest = columns; rest !== 0; rest &= rest - 1) skipWholes(cursor, takeColumnHead(cursor))
}

/** Moves the cursor behind the head of a column and returns it; -1: it is known nowhere. */
function findColumn({ cursor, columns, masks }: ChunkPlaces, column: number): number {
  const w = wordOf(column)
  if (!(column >= 0 && w < columns.count)) return -1
  const bit = 1 << bitOf(column)
  const word = columns.words[w] as number
  if ((word & bit) === 0) return -1
  for (let before = 0; before < w; before++) skipColumns(cursor, columns.words[before] as number)
  skipColumns(cursor, word & (bit - 1))
  const head = takeColumnHead(cursor)
  if (head >> 3 > masks) throw new ChunkDamaged('a mask is missing')
  return head
}

/** Where runs of a mask begin, by turns known and unknown: the first one known. */
let edges = new Int32Array(1024)

/** Fills `edges`; returns how many there are. The last one is `roundCount`. Moves the cursor anywhere. */
function readMask({ cursor, masksAt, roundCount }: ChunkPlaces, mask: number): number {
  if (edges.length < roundCount + 2) edges = new Int32Array(roundCount + 2)
  const end = goToMask(cursor, masksAt, mask)
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
      at += takeCount(cursor, roundCount - at, 'a run of a mask') + 1
      if (at > roundCount) throw new ChunkDamaged('a mask of another length')
      edges[count++] = at
    }
  } else throw new ChunkDamaged(`there are no masks of kind ${kind}`)
  edges[count++] = roundCount
  return count
}

/** Moves the cursor to the kind of a mask and returns where the mask ends. */
function goToMask(cursor: { readonly bytes: Uint8Array; at: number }, masksAt: number, mask: number): number {
  cursor.at = masksAt
  for (let before = mask; ; before--) {
    const length = takeVarint(cursor)
    if (before === 0) {
      if (cursor.at + length > cursor.bytes.length) throw new ChunkDamaged('the bytes end too early')
      return cursor.at + length
    }
    cursor.at += length
  }
}

/** How many rounds the chunk's seal has. */
export const chunkRounds = (chunk: Uint8Array): number => open(chunk).roundCount

/** Columns that are known in at least one round, ascending. */
export function chunkColumns(chunk: Uint8Array): number[] {
  const columns: number[] = []
  eachColumn(open(chunk).columns, (c) => void columns.push(c))
  return columns
}

/**
 * Reads one column into `into`, which is exactly as long as the chunk has rounds (else `ChunkDamaged`): whole numbers,
 * NaN where it is not known or the subject was not there. False: it is known nowhere, and `into` is as it was.
 */
export function decodeColumn(chunk: Uint8Array, column: number, into: Float64Array): boolean {
  const opened = openFor(chunk, into.length)
  const head = findColumn(opened, column)
  if (head < 0) return false
  if (head < 8) {
    takeWholes(opened.cursor, head, into, into.length)
    return true
  }
  const columnAt = opened.cursor.at
  const edgeCount = readMask(opened, (head >> 3) - 1)
  opened.cursor.at = columnAt
  let known = 0
  for (let e = 0; e + 1 < edgeCount; e += 2) known += (edges[e + 1] as number) - (edges[e] as number)
  takeWholes(opened.cursor, head, into, known)
  // From the end on: nothing is written over that is not moved yet.
  let end = into.length
  for (let e = ((edgeCount - 2) >> 1) * 2; e >= 0; e -= 2) {
    const from = edges[e] as number
    const to = edges[e + 1] as number
    into.fill(Number.NaN, to, end)
    known -= to - from
    if (known !== from) into.copyWithin(from, known, known + to - from)
    end = from
  }
  into.fill(Number.NaN, 0, end)
  return true
}

/** 1 where the subject had a row, 0 where it was not there. False: it had one in every round, and `into` is as it was. */
export function decodePresence(chunk: Uint8Array, into: Uint8Array): boolean {
  const opened = openFor(chunk, into.length)
  if (!opened.isPartial) return false
  const edgeCount = readMask(opened, 0)
  into.fill(0)
  for (let e = 0; e + 1 < edgeCount; e += 2) into.fill(1, edges[e], edges[e + 1])
  return true
}

/** One whole number; NaN where it is not known. Reads no more of the chunk than it must. */
export function wholeAt(chunk: Uint8Array, column: number, round: number): number {
  const opened = open(chunk)
  if (!(round >= 0 && round < opened.roundCount)) return Number.NaN
  const head = findColumn(opened, column)
  if (head < 0) return Number.NaN
  if (head < 8) return wholeOfColumn(opened.cursor, head, opened.roundCount, round)
  const columnAt = opened.cursor.at
  const edgeCount = readMask(opened, (head >> 3) - 1)
  opened.cursor.at = columnAt
  let known = 0
  let index = -1
  for (let e = 0; e + 1 < edgeCount; e += 2) {
    const from = edges[e] as number
    const to = edges[e + 1] as number
    if (round >= from && round < to) index = known + round - from
    known += to - from
  }
  return index < 0 ? Number.NaN : wholeOfColumn(opened.cursor, head, known, index)
}

/** The newest round at or before `round` in which the subject had a row, or -1. */
export function lastRowAt(chunk: Uint8Array, round: number): number {
  const opened = open(chunk)
  const latest = Math.min(round, opened.roundCount - 1)
  if (!opened.isPartial) return latest
  const edgeCount = readMask(opened, 0)
  let found = -1
  for (let e = 0; e + 1 < edgeCount; e += 2) {
    const from = edges[e] as number
    const to = edges[e + 1] as number
    if (from > latest) break
    if (to > from) found = Math.min(latest, to - 1)
  }
  return found
}
