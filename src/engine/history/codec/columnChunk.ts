import { bitOf, type ColumnMask, createMask, eachColumn, mostColumns, readColumnMask, wordOf } from './columnMask.ts'
import { type RoundRuns, readRoundMask, skipRoundMask } from './roundMask.ts'
import { type ByteCursor, ChunkDamaged, readCount, readHead } from './varint.ts'
import { mostRounds, readWholes, skipWholes, wholeOfColumn } from './wholeColumn.ts'

/**
 * Form 2: the sealed samples of one subject, column by column. docs/store.md describes every byte. Values are whole numbers
 * (value × the layout's scale), as in form 1; times are stored once per owner (roundList.ts).
 *
 *     chunk  = varint(rounds × 2 + 1 if the subject was not there in all of them),
 *              varint(masks), masks (roundMask.ts), which columns are known somewhere (columnMask.ts), columns (wholeColumn.ts)
 *
 * 1. A column's five head bits say where it is known: 0: in every round; else: in the rounds of that mask, counted from 1.
 *    Only known numbers are stored. If the subject was not in every round, the first mask says in which it was. The head of
 *    a column with a mask beyond the 31st is preceded by a byte of 7, which is no valid head, and varint(number of the mask).
 * 2. Columns are in the order of their bits, lowest first.
 *
 * All readers throw only `ChunkDamaged`, whatever the bytes are, and never do more work than the number of rounds requires.
 */
export const columnForm = 2

/** One mask per column, and one for the subject. */
const mostMasks = mostColumns + 1

/** A byte that is no valid head: the number of a mask follows, then the column's head. */
export const largeMask = 7
export const mostMaskInHead = 31

/** Positions of a chunk's parts. A single object, reused by each call. */
interface ChunkPlaces {
  cursor: { bytes: Uint8Array; at: number }
  roundCount: number
  isPartial: boolean
  masks: number
  masksAt: number
  readonly columns: ColumnMask
}
const places: ChunkPlaces = { cursor: { bytes: new Uint8Array(0), at: 0 }, roundCount: 0, isPartial: false, masks: 0, masksAt: 0, columns: createMask() }

/** Reads everything before the columns. */
function open(chunk: Uint8Array): ChunkPlaces {
  const { cursor } = places
  cursor.bytes = chunk
  cursor.at = 0
  const header = readCount(cursor, mostRounds * 2 + 1, 'rounds')
  places.roundCount = header >> 1
  places.isPartial = (header & 1) !== 0
  places.masks = readCount(cursor, mostMasks, 'masks')
  if (places.isPartial && places.masks === 0) throw new ChunkDamaged('a mask is missing')
  places.masksAt = cursor.at
  for (let left = places.masks; left > 0; left--) skipRoundMask(cursor)
  readColumnMask(cursor, places.columns)
  return places
}

function openFor(chunk: Uint8Array, length: number): ChunkPlaces {
  const opened = open(chunk)
  if (opened.roundCount !== length) throw new ChunkDamaged(`a chunk of ${opened.roundCount} rounds where there are ${length}`)
  return opened
}

/** Reads a column's head; the number of its mask is above the lowest three bits. */
function readColumnHead(cursor: ByteCursor): number {
  const head = readHead(cursor)
  if (head !== largeMask) return head
  return readCount(cursor, mostMasks, 'a mask') * 8 + (readHead(cursor) & 7)
}

/** Moves the cursor past `columns` columns. */
function skipColumns(cursor: ByteCursor, columns: number): void {
  for (let rest = columns; rest !== 0; rest &= rest - 1) skipWholes(cursor, readColumnHead(cursor))
}

/** Moves the cursor past the head of a column and returns the head; -1: the column is not known in any round. */
function findColumn({ cursor, columns, masks }: ChunkPlaces, column: number): number {
  const w = wordOf(column)
  if (!(column >= 0 && w < columns.count)) return -1
  const bit = 1 << bitOf(column)
  const word = columns.words[w] as number
  if ((word & bit) === 0) return -1
  for (let before = 0; before < w; before++) skipColumns(cursor, columns.words[before] as number)
  skipColumns(cursor, word & (bit - 1))
  const head = readColumnHead(cursor)
  if (head >> 3 > masks) throw new ChunkDamaged('a mask is missing')
  return head
}

/** Reads a mask, counted from 0, without moving the cursor. */
function readMask({ cursor, masksAt, roundCount }: ChunkPlaces, mask: number): RoundRuns {
  const { at } = cursor
  cursor.at = masksAt
  for (let before = mask; before > 0; before--) skipRoundMask(cursor)
  const runs = readRoundMask(cursor, roundCount)
  cursor.at = at
  return runs
}

/** Number of rounds of the chunk's seal. */
export function chunkRounds(chunk: Uint8Array): number {
  return open(chunk).roundCount
}

/** Columns that are known in at least one round, ascending. */
export function chunkColumns(chunk: Uint8Array): number[] {
  const columns: number[] = []
  eachColumn(open(chunk).columns, (c) => void columns.push(c))
  return columns
}

/**
 * Reads one column into `into`, whose length must be the chunk's number of rounds (else `ChunkDamaged`): whole numbers, NaN
 * where the column is unknown or the subject was absent. false: the column is known nowhere, and `into` is unchanged.
 */
export function decodeColumn(chunk: Uint8Array, column: number, into: Float64Array): boolean {
  const opened = openFor(chunk, into.length)
  const head = findColumn(opened, column)
  if (head < 0) return false
  if (head < 8) {
    readWholes(opened.cursor, head, into, into.length)
    return true
  }
  const { edges, count: edgeCount } = readMask(opened, (head >> 3) - 1)
  let known = 0
  for (let e = 0; e + 1 < edgeCount; e += 2) known += (edges[e + 1] as number) - (edges[e] as number)
  readWholes(opened.cursor, head, into, known)
  // Backwards, so that no number is overwritten before it was moved.
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

/** Writes 1 for rounds in which the subject had a row, else 0. false: it had one in every round, and `into` is unchanged. */
export function decodePresence(chunk: Uint8Array, into: Uint8Array): boolean {
  const opened = openFor(chunk, into.length)
  if (!opened.isPartial) return false
  const { edges, count: edgeCount } = readMask(opened, 0)
  into.fill(0)
  for (let e = 0; e + 1 < edgeCount; e += 2) into.fill(1, edges[e], edges[e + 1])
  return true
}

/** One whole number; NaN: unknown. Reads no more of the chunk than necessary. */
export function wholeAt(chunk: Uint8Array, column: number, round: number): number {
  const opened = open(chunk)
  if (!(round >= 0 && round < opened.roundCount)) return Number.NaN
  const head = findColumn(opened, column)
  if (head < 0) return Number.NaN
  if (head < 8) return wholeOfColumn(opened.cursor, head, opened.roundCount, round)
  const { edges, count: edgeCount } = readMask(opened, (head >> 3) - 1)
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
  const { edges, count: edgeCount } = readMask(opened, 0)
  let found = -1
  for (let e = 0; e + 1 < edgeCount; e += 2) {
    const from = edges[e] as number
    const to = edges[e + 1] as number
    if (from > latest) break
    if (to > from) found = Math.min(latest, to - 1)
  }
  return found
}
