import { crc32 } from 'node:zlib'
import type { StoredGap } from '../protocol/protocol.ts'
import {
  type ByteCursor,
  type ByteSink,
  ChunkDamaged,
  createByteSink,
  putBytes,
  putVarint,
  readBytes,
  readCount,
  readHead,
  readVarint,
  reserve,
  sinkBytes,
} from './varint.ts'
import { mostRounds, putWholes, readWholes } from './wholeColumn.ts'

/** More than this many usual intervals without a sample make a gap. */
export const missingIntervals = 3

/** Usual interval assumed if there are too few rounds to compute it, ms. */
export const assumedIntervalMs = 2000

/** Median step of an owner's rounds, ms; null: no step goes forward. */
export function usualInterval(times: ArrayLike<number>): number | null {
  const steps: number[] = []
  for (let i = 1; i < times.length; i++) {
    const step = (times[i] as number) - (times[i - 1] as number)
    if (step > 0) steps.push(step)
  }
  if (steps.length === 0) return null
  steps.sort((a, b) => a - b)
  return steps[steps.length >> 1] as number
}

/**
 * What a seal has besides values: of one seal in the live file, of those that began in one hour in an archive. `Layout`: its id in the
 * file, or the layout itself. docs/store.md describes every byte.
 */
export interface SealRounds<Layout = number> {
  /** Earliest time of the seal's rounds and gaps, epoch ms; `to`: the latest. */
  readonly from: number
  readonly to: number
  /** Median step between rounds, ms; null: there was none. */
  readonly usualMs: number | null
  /** Layout of the parts' rows; `ownLayout`: of the owner's rows. */
  readonly partLayout: Layout
  readonly ownLayout: Layout
  /** Time of each round, epoch ms, in order of arrival, which may not ascend if the clock jumped. */
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
}

/** Maximum seals of one owner that began within one hour; below, of all their rounds and gaps together. */
const mostSeals = 65_536
const mostRoundsOfHour = 2 ** 20
/** Layout ids and usual intervals are below this. */
const mostVarint = 2 ** 48

/** Earliest and latest time of rounds and gaps; there is at least one. */
export function spanOf({ times, gaps }: Pick<SealRounds, 'times' | 'gaps'>): Pick<SealRounds, 'from' | 'to'> {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (const all of [times, gaps.map(([, at]) => at)])
    for (const at of all) {
      if (at < from) from = at
      if (at > to) to = at
    }
  return { from, to }
}

/** Throws RangeError for more than 65,536 seals, 65,536 rounds in one of them, or 2^20 rounds and gaps. `from` and `to` are found again in the others. */
export function encodeRounds(seals: readonly Omit<SealRounds, 'from' | 'to'>[]): Uint8Array {
  const rounds = seals.reduce((sum, { times, gaps }) => sum + times.length + gaps.length, 0)
  if (seals.length > mostSeals || rounds > mostRoundsOfHour || seals.some(({ times }) => times.length > mostRounds))
    throw new RangeError(`${seals.length} seals with ${rounds} rounds within an hour`)
  const sink = createByteSink(64 + seals.length * 64)
  putVarint(sink, seals.length)
  for (const { partLayout, ownLayout, usualMs, times, gaps } of seals) {
    reserve(sink, 64)
    for (const value of [partLayout, ownLayout, usualMs === null ? 0 : 1 + usualMs, times.length, gaps.length]) putVarint(sink, value)
    putWholes(sink, times, times.length, 0)
    for (const part of [0, 1] as const)
      putWholes(
        sink,
        Float64Array.from(gaps, (gap) => gap[part]),
        gaps.length,
        0,
      )
  }
  return sinkBytes(sink)
}

/** Throws `ChunkDamaged`, also if there are more than `most` rounds and gaps. */
export function decodeRounds(bytes: Uint8Array, most = mostRoundsOfHour): SealRounds[] {
  const cursor: ByteCursor = { bytes, at: 0 }
  const column = (count: number): Float64Array => {
    const into = new Float64Array(count)
    readWholes(cursor, readHead(cursor), into, count)
    return into
  }
  const seals: SealRounds[] = []
  let rounds = 0
  for (let left = readCount(cursor, mostSeals, 'seals'); left > 0; left--) {
    const partLayout = readCount(cursor, mostVarint, 'a layout')
    const ownLayout = readCount(cursor, mostVarint, 'a layout')
    const usualMs = readCount(cursor, mostVarint, 'an interval') - 1
    const count = readCount(cursor, Math.min(most - rounds, mostRounds), 'rounds')
    // Between two gaps there is a round.
    const gapCount = readCount(cursor, Math.min(count + 1, most - rounds - count), 'gaps')
    if (count + gapCount === 0) throw new ChunkDamaged('a seal of no rounds')
    rounds += count + gapCount
    const times = column(count)
    const gapRounds = column(gapCount)
    if (!gapRounds.every((round) => Number.isInteger(round) && round >= 0 && round <= count)) throw new ChunkDamaged('a gap is at no round')
    const gaps = Array.from(column(gapCount), (at, i): StoredGap => [gapRounds[i] as number, at])
    seals.push({ ...spanOf({ times, gaps }), usualMs: usualMs < 0 ? null : usualMs, partLayout, ownLayout, times, gaps })
  }
  if (cursor.at !== bytes.length) throw new ChunkDamaged('bytes are left over')
  return seals
}

/** A chunk, and the seal of its hour that it belongs to. */
export interface SamplePart {
  /** Index in the hour's `rounds`. */
  readonly seal: number
  readonly chunk: Uint8Array
}

/** Encodes a subject's chunks of one hour. */
export function encodeSampleRow(parts: readonly SamplePart[]): Uint8Array {
  const sink = createByteSink()
  putParts(
    sink,
    parts.map(({ seal, chunk }) => ({ no: seal, bytes: chunk })),
  )
  return sinkBytes(sink)
}
/** Decodes a subject's chunks of one hour. They are views of `bytes`, not copies. */
export function decodeSampleRow(bytes: Uint8Array): SamplePart[] {
  return readParts({ bytes, at: 0 }).map(({ no, bytes }) => {
    if (no >= mostSeals) throw new ChunkDamaged(`an hour has no seal ${no}`)
    return { seal: no, chunk: bytes }
  })
}

interface Part {
  readonly no: number
  readonly bytes: Uint8Array
}
export function putParts(sink: ByteSink, parts: readonly Part[]): void {
  for (const { no, bytes } of parts) {
    reserve(sink, 16)
    putVarint(sink, no)
    putVarint(sink, bytes.length)
    putBytes(sink, bytes)
  }
}
/** Reads parts up to the end of the bytes, as views. */
export function readParts(cursor: ByteCursor): Part[] {
  const parts: Part[] = []
  while (cursor.at < cursor.bytes.length) parts.push({ no: readVarint(cursor), bytes: readBytes(cursor, readVarint(cursor)) })
  return parts
}

/** Prefixes `bytes` with their CRC-32 in four bytes, lowest first, begun with `place`, the CRC-32 of where they are stored. */
export function withCrc(bytes: Uint8Array, place = 0): Uint8Array {
  const out = new Uint8Array(4 + bytes.length)
  new DataView(out.buffer).setUint32(0, crc32(bytes, place), true)
  out.set(bytes, 4)
  return out
}

/** Checks and strips the CRC of `withCrc`; returns a view of `bytes`. Throws `ChunkDamaged` if the CRC is wrong. */
export function checkedCrc(bytes: Uint8Array, place = 0, what = 'it'): Uint8Array {
  if (bytes.length < 4) throw new ChunkDamaged('the bytes end too early')
  // Not a Buffer: its slice() does not copy.
  const rest = new Uint8Array(bytes.buffer, bytes.byteOffset + 4, bytes.length - 4)
  if (new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) !== crc32(rest, place)) throw new ChunkDamaged(`${what} is not what was written`)
  return rest
}
