import { crc32 } from 'node:zlib'
import type { StoredGap } from '../protocol/protocol.ts'
import {
  type ByteCursor,
  ChunkDamaged,
  createByteSink,
  putFloat,
  putVarint,
  readBytes,
  readCount,
  readFinite,
  readHead,
  readVarint,
  reserve,
  sinkBytes,
  unzigzag,
  zigzag,
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
 * What a seal has besides values: of one seal in the live file, of those that began in one hour in an archive. All times are
 * whole epoch ms. `Layout`: its id in the file, or the layout itself. docs/store.md describes every byte.
 */
export interface SealRounds<Layout = number> {
  /** Earliest time of the seal's rounds and gaps; `to`: the latest. */
  readonly from: number
  readonly to: number
  /** Median step between rounds, ms; null: there was none. */
  readonly usualMs: number | null
  /** Layout of the parts' rows; `ownLayout`: of the owner's rows. */
  readonly partLayout: Layout
  readonly ownLayout: Layout
  /** Time of each round, in order of arrival, which may not ascend if the clock jumped. */
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
}

/** Maximum seals of one owner that began within one hour; below, of all their rounds together. */
const mostSeals = 65_536
const mostRoundsOfHour = 2 ** 20
/** Layout ids are below this. */
const mostId = 2 ** 48

/** Throws RangeError for more than 65,536 seals, 65,536 rounds in one of them, or 2^20 rounds in total. */
export function encodeRounds(seals: readonly SealRounds[]): Uint8Array {
  const rounds = seals.reduce((sum, { times }) => sum + times.length, 0)
  if (seals.length > mostSeals || rounds > mostRoundsOfHour || seals.some(({ times }) => times.length > mostRounds))
    throw new RangeError(`${seals.length} seals with ${rounds} rounds within an hour`)
  const sink = createByteSink(64 + seals.length * 64)
  putVarint(sink, seals.length)
  for (const { partLayout, ownLayout, usualMs, times, from, to, gaps } of seals) {
    const [origin = 0] = times
    reserve(sink, 96 + gaps.length * 32)
    putVarint(sink, partLayout)
    putVarint(sink, ownLayout)
    // 0: none.
    putVarint(sink, usualMs === null ? 0 : 1 + usualMs)
    putVarint(sink, times.length)
    if (times.length > 0) {
      putFloat(sink, origin)
      putWholes(
        sink,
        Float64Array.from(times.subarray(1), (at, i) => at - (times[i] as number)),
        times.length - 1,
        0,
      )
    }
    reserve(sink, 96 + gaps.length * 32)
    putVarint(sink, zigzag(from - origin))
    putVarint(sink, zigzag(to - (times.at(-1) ?? 0)))
    putVarint(sink, gaps.length)
    for (const [round, at] of gaps) {
      putVarint(sink, round)
      putVarint(sink, zigzag(at - origin))
    }
  }
  return sinkBytes(sink)
}

/** Throws `ChunkDamaged`, also if there are more than `most` rounds. */
export function decodeRounds(bytes: Uint8Array, most = mostRoundsOfHour): SealRounds[] {
  const cursor: ByteCursor = { bytes, at: 0 }
  const seals: SealRounds[] = []
  let rounds = 0
  for (let left = readCount(cursor, mostSeals, 'seals'); left > 0; left--) {
    const partLayout = readCount(cursor, mostId, 'a layout')
    const ownLayout = readCount(cursor, mostId, 'a layout')
    const usual = readVarint(cursor)
    const times = readTimes(cursor, most - rounds)
    rounds += times.length
    const origin = times[0] ?? 0
    const from = origin + unzigzag(readVarint(cursor))
    const to = (times.at(-1) ?? 0) + unzigzag(readVarint(cursor))
    const gaps: StoredGap[] = []
    // Each gap takes at least two bytes.
    for (let more = readCount(cursor, bytes.length, 'gaps'); more > 0; more--)
      gaps.push([readCount(cursor, times.length, 'a round'), origin + unzigzag(readVarint(cursor))])
    seals.push({ from, to, usualMs: usual === 0 ? null : usual - 1, partLayout, ownLayout, times, gaps })
  }
  if (cursor.at !== bytes.length) throw new ChunkDamaged('bytes are left over')
  return seals
}

function readTimes(cursor: ByteCursor, most: number): Float64Array {
  const times = new Float64Array(readCount(cursor, Math.min(most, mostRounds), 'rounds'))
  if (times.length === 0) return times
  times[0] = readFinite(cursor)
  const steps = times.subarray(1)
  readWholes(cursor, readHead(cursor), steps, steps.length)
  for (let i = 1; i < times.length; i++) (times[i] as number) += times[i - 1] as number
  return times
}

/** A chunk, and the seal of its hour that it belongs to. */
export interface SamplePart {
  /** Index in the hour's `rounds`. */
  readonly seal: number
  readonly chunk: Uint8Array
}

/** Encodes a subject's chunks of one hour by concatenating them. */
export function encodeSampleRow(parts: readonly SamplePart[]): Uint8Array {
  const sink = createByteSink(parts.reduce((sum, { chunk }) => sum + chunk.length + 16, 8))
  for (const { seal, chunk } of parts) {
    putVarint(sink, seal)
    putVarint(sink, chunk.length)
    sink.bytes.set(chunk, sink.length)
    sink.length += chunk.length
  }
  return sinkBytes(sink)
}

/** Decodes a subject's chunks of one hour. They are views of `bytes`, not copies. */
export function decodeSampleRow(bytes: Uint8Array): SamplePart[] {
  const cursor: ByteCursor = { bytes, at: 0 }
  const parts: SamplePart[] = []
  while (cursor.at < bytes.length) {
    const seal = readCount(cursor, mostSeals, 'a seal')
    parts.push({ seal, chunk: readBytes(cursor, readVarint(cursor)) })
  }
  return parts
}

/** Prefixes `bytes` with their CRC-32 in four bytes, lowest first. */
export function withCrc(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + bytes.length)
  new DataView(out.buffer).setUint32(0, crc32(bytes), true)
  out.set(bytes, 4)
  return out
}

/** Checks and strips the CRC of `withCrc`; returns a view of `bytes`. Throws `ChunkDamaged` if the CRC is wrong. */
export function checkedCrc(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 4) throw new ChunkDamaged('the bytes end too early')
  const rest = bytes.subarray(4)
  if (new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) !== crc32(rest)) throw new ChunkDamaged('it is not what was written')
  return rest
}
