import { crc32 } from 'node:zlib'
import {
  bitOf,
  type ColumnMask,
  createMask,
  eachColumn,
  type KnownPlace,
  mostColumns,
  putMask,
  putRoundMask,
  type RoundRuns,
  readColumnMask,
  readRoundMask,
  sameKnown,
  skipRoundMask,
  wordColumns,
  wordOf,
} from './columnMask.ts'
import { clearRowStates, createWideningRow, decodeRow, rowMask } from './rowCodec.ts'
import { type ByteCursor, ChunkDamaged, createByteSink, putVarint, readBytes, readCount, readHead, readVarint, reserve, sinkBytes } from './varint.ts'
import { mostRounds, putWholes, readWholes, skipWholes, wholeOfColumn } from './wholeColumn.ts'

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
const largeMask = 7
const mostMaskInHead = 31

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

/** Scratch memory for the rows of one subject: which columns are known in which round, and their numbers. */
const scratch = {
  rounds: 0,
  /** For each word of columns, the columns known in each round. The first word also has a bit for the subject itself. */
  known: [new Int32Array(0)],
  columns: [] as (Float64Array | undefined)[],
  states: createWideningRow(),
  counts: new Int32Array(wordColumns),
  maskOf: new Int32Array(wordColumns),
  /** Columns that are known in at least one round. */
  ever: createMask(),
  sink: createByteSink(4096),
}
/** Bit of the first word that is set if the subject was present. */
const presentBit = wordColumns
/** Scratch memory for more rounds than this is not kept for the next chunk. */
const defaultRounds = 4096

/**
 * Encodes the rows of one subject (form 1), in a seal of `roundCount` rounds, as a chunk. Throws `ChunkDamaged` if the rows are
 * truncated or exceed `roundCount`, RangeError for more than 65,536 rounds.
 */
export function encodeChunk(rows: Uint8Array, roundCount: number): Uint8Array {
  if (!(Number.isInteger(roundCount) && roundCount >= 0 && roundCount <= mostRounds)) throw new RangeError(`a chunk of ${roundCount} rounds`)
  if (scratch.rounds < roundCount || scratch.rounds > defaultRounds) {
    scratch.rounds = roundCount
    scratch.known = [new Int32Array(roundCount)]
    scratch.columns = []
  }
  const { states, ever } = scratch
  clearRowStates(states)
  ever.words.fill(0)
  ever.count = 1
  scratch.counts.fill(0)
  scratch.maskOf.fill(0)
  scratch.known[0]?.fill(0, 0, roundCount)
  const cursor: ByteCursor = { bytes: rows, at: 0 }
  let round = -1
  let presentRounds = 0
  while (cursor.at < rows.length) {
    round += 1 + decodeRow(cursor, states, 0)
    if (round >= roundCount) throw new ChunkDamaged(`a row of round ${round} where there are ${roundCount}`)
    if (rowMask.count > ever.count) widen(rowMask.count, roundCount)
    for (let w = 0; w < ever.count; w++) {
      const known = states.known[w] as number
      appendKnown(w, known)
      ;(ever.words[w] as number) |= known
      ;(scratch.known[w] as Int32Array)[round] = w === 0 ? known | (1 << presentBit) : known
    }
    presentRounds++
  }
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
  for (const part of ['counts', 'maskOf'] as const) scratch[part] = wider(scratch[part], words * wordColumns)
}

/** Appends the numbers of the last row to those columns of a word that are known in it. */
function appendKnown(w: number, known: number): void {
  const { states, counts, columns } = scratch
  for (let rest = known; rest !== 0; rest &= rest - 1) {
    const c = w * wordColumns + 31 - Math.clz32(rest & -rest)
    let column = columns[c]
    if (!column) {
      column = new Float64Array(scratch.rounds)
      columns[c] = column
    }
    const count = counts[c] as number
    column[count] = states.last[c] as number
    counts[c] = count + 1
  }
}

/*
 * Packs: chunks, or minutes, of several paths of a seal in one row of the live file. Each has the same bytes as a chunk of its own,
 * including the checksum.
 *
 *     pack = CRC-32 of the directory, directory, chunks one after another
 *     directory = varint(count), for each: varint(path's number - the one before), varint(length)
 *
 * 1. Numbers ascend. The first one is part of the row's id, from which its difference is 0.
 * 2. Nothing follows the last chunk.
 *
 * A row longer than a page is mostly stored in overflow pages. SQLite frees those without writing them, whereas a page of rows
 * is written to the log and to the file once more when its rows are deleted.
 */

/** A pack is closed at this many bytes: eight pages of a new file. Reading one path of a pack reads all of it. */
export const packBytes = 32 << 10
/** Upper limit of paths in a pack; a seal has fewer. In the directory each takes two numbers of at least one byte. */
const mostInPack = 2 ** 24

export interface Packed {
  /** The path's number; for a pack, that of its first path. */
  readonly no: number
  /** The bytes, including their checksum. */
  readonly bytes: Uint8Array
}

/** Groups parts into packs; their numbers must ascend. */
export function packsOf(parts: readonly Packed[]): Packed[] {
  const packs: Packed[] = []
  let waiting: Packed[] = []
  let length = 0
  for (const part of parts) {
    waiting.push(part)
    length += part.bytes.length
    if (length < packBytes && part !== parts.at(-1)) continue
    packs.push({ no: (waiting[0] as Packed).no, bytes: encodePack(waiting) })
    waiting = []
    length = 0
  }
  return packs
}

/** Encodes at least one part, with ascending numbers. */
export function encodePack(parts: readonly Packed[]): Uint8Array {
  const sink = createByteSink(4 + 8 + parts.reduce((bytes, part) => bytes + part.bytes.length + 16, 0))
  sink.length = 4
  putVarint(sink, parts.length)
  let before = parts[0]?.no ?? 0
  for (const { no, bytes } of parts) {
    putVarint(sink, no - before)
    putVarint(sink, bytes.length)
    before = no
  }
  new DataView(sink.bytes.buffer).setUint32(0, crc32(sink.bytes.subarray(4, sink.length)), true)
  for (const { bytes } of parts) {
    reserve(sink, bytes.length)
    sink.bytes.set(bytes, sink.length)
    sink.length += bytes.length
  }
  return sink.bytes.subarray(0, sink.length)
}

/**
 * The parts of a pack whose first path has number `first`, as views of `pack`; their own checksums are not verified. Throws only `ChunkDamaged`, whatever the
 * bytes are.
 */
export function readPack(first: number, pack: Uint8Array): Packed[] {
  const cursor: ByteCursor = { bytes: pack, at: 4 }
  const count = readCount(cursor, Math.min(mostInPack, pack.length >> 1), 'chunks of a pack')
  const directory: { readonly no: number; readonly length: number }[] = []
  let no = first
  for (let i = 0; i < count; i++) {
    no += readVarint(cursor)
    directory.push({ no, length: readVarint(cursor) })
  }
  const stored = new DataView(pack.buffer, pack.byteOffset, pack.length).getUint32(0, true)
  if (stored !== crc32(pack.subarray(4, cursor.at))) throw new ChunkDamaged('the directory of a pack is not what was written')
  const found = directory.map((part): Packed => ({ no: part.no, bytes: readBytes(cursor, part.length) }))
  if (cursor.at !== pack.length) throw new ChunkDamaged('a pack is longer or shorter than it says')
  return found
}
