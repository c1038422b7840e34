import { crc32 } from 'node:zlib'
import { createMask, mostColumns, putMask, readMask } from './columnMask.ts'
import { clearRowStates, createRowStates, decodeRow, rowMask } from './rowCodec.ts'
import { type ByteCursor, ChunkDamaged, createByteSink, putBytes, putVarint, readBytes, readCount, readHead, readVarint, reserve, sinkBytes } from './varint.ts'
import { mostRounds, putWholes, readWholes, skipWholes } from './wholeColumn.ts'

/**
 * Form 3: the sealed samples of one subject, column by column. docs/store.md describes every byte. Values are whole numbers
 * (value × the layout's scale), as in form 1; times are stored once per owner (roundList.ts).
 *
 *     chunk  = varint(rounds × 2 + 1 if the subject was not there in all of them), if so: mask of those in which it was,
 *              which columns are known somewhere (columnMask.ts), for each: [mask of its rounds], column (wholeColumn.ts)
 *
 * 1. A mask is a column of whole numbers, 1 for each round that is in it, else 0.
 * 2. A column's five head bits say where it is known: 0: in every round; `masked`: in the rounds of the last mask before it. Head bits `isMask`: this is
 *    the mask of the column that follows.
 * 3. Columns are in the order of their bits, lowest first.
 *
 * All readers throw only `ChunkDamaged`, whatever the bytes are, and never do more work than the number of rounds requires.
 */

const isMask = 1
const masked = 2

interface OpenedChunk {
  readonly cursor: { bytes: Uint8Array; at: number }
  rounds: number
  isPartial: boolean
  /** Where the last mask before the cursor is; -1: there is none. */
  maskAt: number
}
const opened: OpenedChunk = { cursor: { bytes: new Uint8Array(0), at: 0 }, rounds: 0, isPartial: false, maskAt: -1 }
const columnsOfChunk = createMask()

/** Reads everything before the columns. */
function open(chunk: Uint8Array): OpenedChunk {
  const { cursor } = opened
  cursor.bytes = chunk
  cursor.at = 0
  const header = readCount(cursor, mostRounds * 2 + 1, 'rounds')
  opened.rounds = header >> 1
  opened.isPartial = (header & 1) !== 0
  opened.maskAt = opened.isPartial ? cursor.at : -1
  if (opened.isPartial) skipWholes(cursor, readHead(cursor))
  readMask(cursor, columnsOfChunk)
  return opened
}

function openFor(chunk: Uint8Array, rounds: number): OpenedChunk {
  open(chunk)
  if (opened.rounds !== rounds) throw new ChunkDamaged(`a chunk of ${opened.rounds} rounds where there are ${rounds}`)
  return opened
}

/** Moves the cursor of `opened` past the head of the next column, and past the mask before it, and returns the head. */
function nextHead(): number {
  const { cursor } = opened
  const head = readHead(cursor)
  if (head >> 3 !== isMask) return head
  opened.maskAt = cursor.at - 1
  skipWholes(cursor, head)
  return readHead(cursor)
}

/** Whether a column is known only in the rounds of the last mask; else it is in all. */
function isMasked(head: number): boolean {
  if (head >> 3 === 0) return false
  if (head >> 3 !== masked || opened.maskAt < 0) throw new ChunkDamaged('a mask is missing')
  return true
}

let maskScratch = new Float64Array(512)
/** Reads the last mask before the cursor of `opened`, which stays: for each round 0 if it is not in it. Valid until the next call. */
function readLastMask(): Float64Array {
  const { cursor, rounds, maskAt } = opened
  if (maskScratch.length < rounds) maskScratch = new Float64Array(rounds)
  const at: ByteCursor = { bytes: cursor.bytes, at: maskAt }
  readWholes(at, readHead(at), maskScratch, rounds)
  return maskScratch
}

/** Reads the column after `head` into `into`, one number a round. */
function readColumn(head: number, into: Float64Array): void {
  const { cursor, rounds } = opened
  if (!isMasked(head)) {
    readWholes(cursor, head, into, rounds)
    return
  }
  const mask = readLastMask()
  let known = 0
  for (let round = 0; round < rounds; round++) if (mask[round] !== 0) known++
  readWholes(cursor, head, into, known)
  // Backwards, so that no number is overwritten before it was moved.
  for (let round = rounds - 1; round >= 0; round--) into[round] = mask[round] === 0 ? Number.NaN : (into[--known] as number)
}

/**
 * Reads one column into `into`, whose length must be the chunk's number of rounds (else `ChunkDamaged`): whole numbers, NaN
 * where the column is unknown or the subject was absent. false: the column is known nowhere, and `into` is unchanged.
 */
export function decodeColumn(chunk: Uint8Array, column: number, into: Float64Array): boolean {
  const { cursor } = openFor(chunk, into.length)
  const { columns, count } = columnsOfChunk
  for (let i = 0; i < count && (columns[i] as number) <= column; i++) {
    const head = nextHead()
    if (columns[i] === column) {
      readColumn(head, into)
      return true
    }
    skipWholes(cursor, head)
  }
  return false
}

/** Reads all columns that are known in at least one round so, ascending: calls `take` when one is in `into`. `take` must read no other chunk. */
export function eachColumn(chunk: Uint8Array, into: Float64Array, take: (column: number) => void): void {
  openFor(chunk, into.length)
  const { columns, count } = columnsOfChunk
  for (let i = 0; i < count; i++) {
    readColumn(nextHead(), into)
    take(columns[i] as number)
  }
}

/** Writes 1 for rounds in which the subject had a row, else 0. false: it had one in every round, and `into` is unchanged. */
export function decodePresence(chunk: Uint8Array, into: Uint8Array): boolean {
  if (!openFor(chunk, into.length).isPartial) return false
  const mask = readLastMask()
  for (let round = 0; round < into.length; round++) into[round] = mask[round] === 0 ? 0 : 1
  return true
}

let numbers = new Float64Array(512)
/**
 * Reads the wanted columns of one round, each into its place of `into`: whole numbers, NaN where unknown. false: the subject had no row in that round, and
 * `into` is unchanged.
 */
export function decodeRound(chunk: Uint8Array, round: number, wants: (column: number) => boolean, into: Float64Array): boolean {
  const { cursor, rounds, isPartial } = open(chunk)
  if (!(round >= 0 && round < rounds)) return false
  let mask = isPartial ? inLastMask(round) : null
  if (mask?.index === -1) return false
  if (numbers.length < rounds) numbers = new Float64Array(rounds)
  into.fill(Number.NaN)
  for (let i = 0; i < columnsOfChunk.count; i++) {
    const column = columnsOfChunk.columns[i] as number
    const head = nextHead()
    if (!wants(column)) {
      skipWholes(cursor, head)
      continue
    }
    let count = rounds
    let index = round
    if (isMasked(head)) {
      if (mask === null || mask.at !== opened.maskAt) mask = inLastMask(round)
      count = mask.count
      index = mask.index
    }
    if (index < 0) skipWholes(cursor, head)
    else {
      readWholes(cursor, head, numbers, count, index)
      into[column] = numbers[index] as number
    }
  }
  return true
}

/** How many rounds are in the last mask before the cursor, and how many of them before this one; -1: this one is not in it. */
function inLastMask(round: number) {
  const mask = readLastMask()
  let count = 0
  let index = -1
  for (let i = 0; i < opened.rounds; i++) {
    if (mask[i] === 0) continue
    if (i === round) index = count
    count++
  }
  return { at: opened.maskAt, count, index }
}

/** Scratch memory for the rows of one subject. */
const scratch = {
  rounds: 0,
  /** Numbers of each column by round; NaN: unknown. */
  columns: [] as (Float64Array | undefined)[],
  /** Number of rounds in which a column is known. */
  counts: new Int32Array(mostColumns),
  presence: new Float64Array(0),
  mask: new Float64Array(0),
  states: createRowStates(),
  sink: createByteSink(4096),
}
/** Scratch memory for more rounds than this is not kept for the next chunk. */
const defaultRounds = 4096

/**
 * Encodes the rows of one subject (form 1), in a seal of `roundCount` rounds, as a chunk. Throws `ChunkDamaged` if the rows are
 * truncated or exceed `roundCount`, RangeError for more than 65,536 rounds.
 */
export function encodeChunk(rows: Uint8Array, roundCount: number): Uint8Array {
  if (!(Number.isInteger(roundCount) && roundCount >= 0 && roundCount <= mostRounds)) throw new RangeError(`a chunk of ${roundCount} rounds`)
  if (scratch.rounds < roundCount || scratch.rounds > defaultRounds)
    Object.assign(scratch, { rounds: roundCount, columns: [], presence: new Float64Array(roundCount), mask: new Float64Array(roundCount) })
  const { states, presence, columns, counts } = scratch
  clearRowStates(states)
  presence.fill(0)
  counts.fill(0)
  const ever: number[] = []
  const cursor: ByteCursor = { bytes: rows, at: 0 }
  let round = -1
  let presentRounds = 0
  while (cursor.at < rows.length) {
    round += 1 + decodeRow(cursor, states, 0)
    if (round >= roundCount) throw new ChunkDamaged(`a row of round ${round} where there are ${roundCount}`)
    for (let i = 0; i < rowMask.count; i++) {
      const c = rowMask.columns[i] as number
      if (counts[c] !== 0 || states.known[c] === 0) continue
      ever.push(c)
      columns[c] ??= new Float64Array(scratch.rounds)
      columns[c]?.fill(Number.NaN, 0, roundCount)
    }
    for (const c of ever) {
      if (states.known[c] === 0) continue
      ;(columns[c] as Float64Array)[round] = states.last[c] as number
      ;(counts[c] as number)++
    }
    presence[round] = 1
    presentRounds++
  }
  return encodeColumns(
    roundCount,
    ever.sort((a, b) => a - b),
    presentRounds,
  )
}

function encodeColumns(roundCount: number, ever: readonly number[], presentRounds: number): Uint8Array {
  const { sink, columns, counts, presence, mask: own } = scratch
  sink.length = 0
  reserve(sink, 16)
  const isPartial = presentRounds < roundCount
  putVarint(sink, roundCount * 2 + (isPartial ? 1 : 0))
  if (isPartial) putWholes(sink, presence, roundCount, isMask)
  let mask = isPartial ? presence : null
  putMask(sink, { columns: Int32Array.from(ever), count: ever.length })
  for (const c of ever) {
    const column = columns[c] as Float64Array
    const count = counts[c] as number
    if (count < roundCount) {
      if (mask === null || !isKnownWhere(mask, column, roundCount)) {
        for (let round = 0; round < roundCount; round++) own[round] = Number.isNaN(column[round]) ? 0 : 1
        putWholes(sink, own, roundCount, isMask)
        mask = own
      }
      let at = 0
      for (let round = 0; round < roundCount; round++) if (!Number.isNaN(column[round])) column[at++] = column[round] as number
    }
    putWholes(sink, column, count, count < roundCount ? masked : 0)
  }
  return sinkBytes(sink)
}

/** Whether the column is known in the rounds of the mask, and in no other. */
function isKnownWhere(mask: Float64Array, column: Float64Array, rounds: number): boolean {
  for (let round = 0; round < rounds; round++) if ((mask[round] === 0) !== Number.isNaN(column[round])) return false
  return true
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
  for (const { bytes } of parts) putBytes(sink, bytes)
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
