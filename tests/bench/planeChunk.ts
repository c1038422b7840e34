import { constants as zlib, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { createRowStates, decodeRow } from '../../src/engine/history/codec/rowCodec.ts'
import {
  type ByteCursor,
  createByteSink,
  putVarint,
  readBytes,
  readVarint,
  reserve,
  sinkBytes,
  unzigzag,
  zigzag,
} from '../../src/engine/history/codec/varint.ts'

/**
 * The alternative to columnChunk.ts that was measured and not chosen (docs/adr/0011): byte planes, compressed by zstd. It exports
 * the same functions, but does not check damaged bytes.
 *
 *     chunk  = varint(length of plain), varint(length of packed before compression), plain, zstd frame of packed
 *     plain  = varint(rounds), varint(columns), for each column: varint(column), head, [zigzag varint of the base],
 *              the lowest plane if there are several: it is noise, which zstd can't compress
 *     head   = planes + 16 for differences + 32 for doubles + 64 if the column is not known in all rounds
 *     packed = for each column: [one bit a round: known or not], the other planes
 *
 * If the subject was missing in some rounds, an extra column beyond all others says in which it was there.
 */
export interface PlaneChunk {
  readonly plain: Uint8Array
  readonly packed: Uint8Array
}

const steps = 16
const doubles = 32
const partial = 64
const largest = 2 ** 51
const presence = 4095

/** Columns of whole numbers, NaN where unknown; those that are known nowhere are left out. */
type Columns = ReadonlyMap<number, Float64Array>

export function columnsOfRows(rows: Uint8Array, rounds: number): Columns {
  const columns: Float64Array[] = []
  const states = createRowStates()
  const cursor: ByteCursor = { bytes: rows, at: 0 }
  const present = new Float64Array(rounds).fill(Number.NaN)
  let there = 0
  for (let round = 0; cursor.at < rows.length; round++, there++) {
    round += decodeRow(cursor, states, 0)
    present[round] = 0
    for (const [c, isKnown] of states.known.entries()) {
      if (isKnown === 0) continue
      columns[c] ??= new Float64Array(rounds).fill(Number.NaN)
      ;(columns[c] as Float64Array)[round] = states.last[c] as number
    }
  }
  const found = new Map<number, Float64Array>()
  for (const [c, column] of columns.entries()) if (column) found.set(c, column)
  if (there < rounds) found.set(presence, present)
  return found
}

let known = new Float64Array(1024)
const bits = new DataView(new ArrayBuffer(8))

export function planesOf(columns: Columns, rounds: number): PlaneChunk {
  const plain = createByteSink(4096)
  const packed = createByteSink(8192)
  putVarint(plain, rounds)
  putVarint(plain, columns.size)
  if (known.length < rounds) known = new Float64Array(rounds)
  for (const [c, values] of columns) {
    reserve(plain, 32 + rounds)
    reserve(packed, rounds * 9 + 8)
    let count = 0
    let min = Number.POSITIVE_INFINITY
    let max = Number.NEGATIVE_INFINITY
    let travelled = 0
    let before = Number.NaN
    for (let i = 0; i < rounds; i++) {
      const value = values[i] as number
      if (Number.isNaN(value)) continue
      known[count++] = value
      if (value < min) min = value
      if (value > max) max = value
      if (value !== before && count > 1) travelled += Math.abs(value - before)
      before = value
    }
    putVarint(plain, c)
    let head = count < rounds ? partial : 0
    if (count < rounds) {
      packed.bytes.fill(0, packed.length, packed.length + Math.ceil(rounds / 8))
      for (let i = 0; i < rounds; i++) if (!Number.isNaN(values[i] as number)) (packed.bytes[packed.length + (i >> 3)] as number) |= 1 << (i & 7)
      packed.length += Math.ceil(rounds / 8)
    }
    if (!(min >= -largest && max <= largest)) {
      plain.bytes[plain.length++] = head + doubles + 8
      for (let i = 0; i < count; i++) {
        bits.setFloat64(0, known[i] as number)
        for (let plane = 0; plane < 8; plane++) packed.bytes[packed.length + plane * count + i] = bits.getUint8(plane)
      }
      packed.length += 8 * count
      continue
    }
    const stepped = travelled * 6 < (max - min) * (count - 1)
    let base = min
    let top = max - min
    if (stepped) {
      head += steps
      base = known[0] as number
      top = 0
      for (let i = count - 1; i > 0; i--) {
        const step = zigzag((known[i] as number) - (known[i - 1] as number))
        known[i] = step
        if (step > top) top = step
      }
      known[0] = 0
    } else for (let i = 0; i < count; i++) (known[i] as number) -= min
    let planes = 0
    for (let scale = 1; scale <= top; scale *= 256) planes++
    plain.bytes[plain.length++] = head + planes
    putVarint(plain, zigzag(base))
    for (let plane = 0; plane < planes; plane++) {
      const sink = plane === 0 && planes > 1 ? plain : packed
      const { bytes } = sink
      let at = sink.length
      if (top < 2 ** 31) {
        const shift = plane * 8
        for (let i = 0; i < count; i++) bytes[at++] = (known[i] as number) >>> shift
      } else {
        const scale = 256 ** plane
        for (let i = 0; i < count; i++) bytes[at++] = Math.floor((known[i] as number) / scale) % 256
      }
      sink.length = at
    }
  }
  return { plain: sinkBytes(plain), packed: sinkBytes(packed) }
}

const noSize = { [zlib.ZSTD_c_contentSizeFlag]: 0 }
/** The packed parts of one or more chunks as one zstd frame. */
export function frameOf(parts: readonly PlaneChunk[], level: number): Uint8Array {
  const packed = parts.length === 1 ? (parts[0] as PlaneChunk).packed : Buffer.concat(parts.map((part) => part.packed))
  return packed.length === 0 ? packed : zstdCompressSync(packed, { params: { ...noSize, [zlib.ZSTD_c_compressionLevel]: level } })
}
export const unpack = (frame: Uint8Array, length: number): Uint8Array =>
  frame.length === 0 ? frame : zstdDecompressSync(frame, { chunkSize: Math.max(64, length) })

interface Place {
  readonly rounds: number
  readonly head: number
  readonly base: number
  readonly count: number
  readonly maskAt: number
  readonly lowAt: number
  readonly packedAt: number
}

/** Where a column lies; null if it is known in no round. Adds the columns up to it to `passed`. */
function placeOf({ plain, packed }: PlaneChunk, column: number, passed: number[] = []): Place | null {
  const cursor: ByteCursor = { bytes: plain, at: 0 }
  const rounds = readVarint(cursor)
  const columns = readVarint(cursor)
  let at = 0
  for (let n = 0; n < columns; n++) {
    const c = readVarint(cursor)
    const head = plain[cursor.at++] as number
    const planes = head & 15
    const base = (head & doubles) === 0 ? unzigzag(readVarint(cursor)) : 0
    const maskAt = at
    let count = rounds
    if ((head & partial) !== 0) {
      count = 0
      const end = at + Math.ceil(rounds / 8)
      for (; at < end; at++) for (let rest = packed[at] as number; rest !== 0; rest &= rest - 1) count++
    }
    const lowAt = cursor.at
    if (planes > 1 && (head & doubles) === 0) cursor.at += count
    passed.push(c)
    if (c === column) return { rounds, head, base, count, maskAt, lowAt, packedAt: at }
    at += count * ((head & doubles) !== 0 || planes < 2 ? planes : planes - 1)
  }
  return null
}

function numberAt({ plain, packed }: PlaneChunk, { head, count, lowAt, packedAt }: Place, i: number): number {
  const planes = head & 15
  if ((head & doubles) !== 0) {
    for (let plane = 0; plane < 8; plane++) bits.setUint8(plane, packed[packedAt + plane * count + i] as number)
    return bits.getFloat64(0)
  }
  if (planes === 0) return 0
  if (planes === 1) return packed[packedAt + i] as number
  let number = plain[lowAt + i] as number
  for (let plane = 1, scale = 256; plane < planes; plane++, scale *= 256) number += (packed[packedAt + (plane - 1) * count + i] as number) * scale
  return number
}

const isKnownIn = ({ packed }: PlaneChunk, { head, maskAt }: Place, round: number): boolean =>
  (head & partial) === 0 || (((packed[maskAt + (round >> 3)] as number) >> (round & 7)) & 1) !== 0

function decodePlanes(chunk: PlaneChunk, column: number, into: Float64Array): boolean {
  const place = placeOf(chunk, column)
  if (!place) return false
  const { head, base, count, rounds, lowAt, packedAt } = place
  const planes = head & 15
  const stepped = (head & steps) !== 0
  const { plain, packed } = chunk
  if (planes === 0) into.fill(base, 0, count)
  else if (planes > 3) {
    let value = base
    for (let i = 0; i < count; i++) {
      const number = numberAt(chunk, place, i)
      value = stepped ? value + unzigzag(number) : base + number
      into[i] = value
    }
  } else {
    // At most 24 bits: safe for bit operations.
    const low = planes === 1 ? packed : plain
    const from = planes === 1 ? packedAt : lowAt
    let value = base
    for (let i = 0; i < count; i++) {
      let number = low[from + i] as number
      if (planes > 1) number |= (packed[packedAt + i] as number) << 8
      if (planes > 2) number |= (packed[packedAt + count + i] as number) << 16
      value = stepped ? value + ((number >>> 1) ^ -(number & 1)) : base + number
      into[i] = value
    }
  }
  if (count === rounds) return true
  for (let round = rounds - 1, i = count - 1; round >= 0; round--) into[round] = isKnownIn(chunk, place, round) ? (into[i--] as number) : Number.NaN
  return true
}

export function planesAt(chunk: PlaneChunk, column: number, round: number): number {
  const place = placeOf(chunk, column)
  if (!place || !isKnownIn(chunk, place, round)) return Number.NaN
  let index = round
  if ((place.head & partial) !== 0) for (let before = 0; before < round; before++) if (!isKnownIn(chunk, place, before)) index--
  if ((place.head & steps) === 0) return place.base + numberAt(chunk, place, index)
  let value = place.base
  for (let i = 1; i <= index; i++) {
    const number = numberAt(chunk, place, i)
    value += number < 2 ** 31 ? (number >>> 1) ^ -(number & 1) : unzigzag(number)
  }
  return value
}

export function encodeChunk(rows: Uint8Array, rounds: number, level = 1): Uint8Array {
  const planes = planesOf(columnsOfRows(rows, rounds), rounds)
  const frame = frameOf([planes], level)
  const sink = createByteSink(16 + planes.plain.length + frame.length)
  putVarint(sink, planes.plain.length)
  putVarint(sink, planes.packed.length)
  sink.bytes.set(planes.plain, sink.length)
  sink.bytes.set(frame, sink.length + planes.plain.length)
  return sink.bytes.subarray(0, sink.length + planes.plain.length + frame.length)
}

/** The last chunk that was decompressed: most readers ask for several of its columns. */
let opened: { readonly chunk: Uint8Array; readonly planes: PlaneChunk } | null = null

function openChunk(chunk: Uint8Array): PlaneChunk {
  if (opened?.chunk === chunk) return opened.planes
  const cursor: ByteCursor = { bytes: chunk, at: 0 }
  const length = readVarint(cursor)
  const packed = readVarint(cursor)
  const plain = readBytes(cursor, length)
  const planes = { plain, packed: unpack(chunk.subarray(cursor.at), packed) }
  opened = { chunk, planes }
  return planes
}

export const chunkRounds = (chunk: Uint8Array): number => readVarint({ bytes: openChunk(chunk).plain, at: 0 })
export const wholeAt = (chunk: Uint8Array, column: number, round: number): number => planesAt(openChunk(chunk), column, round)
export const decodeColumn = (chunk: Uint8Array, column: number, into: Float64Array): boolean => decodePlanes(openChunk(chunk), column, into)

export function chunkColumns(chunk: Uint8Array): number[] {
  const planes = openChunk(chunk)
  const columns: number[] = []
  placeOf(planes, -1, columns)
  return columns.filter((c) => c !== presence).sort((one, other) => one - other)
}

export function decodePresence(chunk: Uint8Array, into: Uint8Array): boolean {
  const planes = openChunk(chunk)
  const place = placeOf(planes, presence)
  if (!place) return false
  for (let round = 0; round < into.length; round++) into[round] = isKnownIn(planes, place, round) ? 1 : 0
  return true
}

export function lastRowAt(chunk: Uint8Array, round: number): number {
  const planes = openChunk(chunk)
  let latest = Math.min(round, chunkRounds(chunk) - 1)
  const place = placeOf(planes, presence)
  if (place) while (latest >= 0 && !isKnownIn(planes, place, latest)) latest--
  return latest
}
