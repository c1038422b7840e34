import { crc32 } from 'node:zlib'
import type { StoredGap } from '../protocol/protocol.ts'
import {
  type ByteCursor,
  type ByteSink,
  ChunkDamaged,
  createByteSink,
  putFloat,
  putVarint,
  readBytes,
  readCount,
  readFloat,
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

/** Maximum seals of one owner that began within one hour; below, of all their rounds together. */
const mostSeals = 65_536
const mostRoundsOfHour = 2 ** 20
/** Layout ids are below this. */
const mostId = 2 ** 48
/** Beyond this the difference of two times would not be exact. */
const largestTime = 2 ** 50

/** Throws RangeError for more than 65,536 seals, 65,536 rounds in one of them, or 2^20 rounds in total. */
export function encodeRounds(seals: readonly SealRounds[]): Uint8Array {
  const rounds = seals.reduce((sum, { times }) => sum + times.length, 0)
  if (seals.length > mostSeals || rounds > mostRoundsOfHour || seals.some(({ times }) => times.length > mostRounds))
    throw new RangeError(`${seals.length} seals with ${rounds} rounds within an hour`)
  const sink = createByteSink(64 + seals.length * 64)
  putVarint(sink, seals.length)
  for (const seal of seals) {
    reserve(sink, 64)
    putVarint(sink, seal.partLayout)
    putVarint(sink, seal.ownLayout)
    putUsual(sink, seal.usualMs)
    putTimes(sink, seal.times)
    const origin = seal.times[0] ?? 0
    reserve(sink, 64)
    putMoment(sink, seal.from, origin)
    putMoment(sink, seal.to, seal.times.at(-1) ?? 0)
    putVarint(sink, seal.gaps.length)
    for (const [round, at] of seal.gaps) {
      reserve(sink, 32)
      putVarint(sink, round)
      putMoment(sink, at, origin)
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
    const usualMs = readUsual(cursor)
    const times = readTimes(cursor, most - rounds)
    rounds += times.length
    const origin = times[0] ?? 0
    const from = readMoment(cursor, origin)
    const to = readMoment(cursor, times.at(-1) ?? 0)
    const gaps: StoredGap[] = []
    // Each gap takes at least two bytes.
    for (let more = readCount(cursor, bytes.length, 'gaps'); more > 0; more--)
      gaps.push([readCount(cursor, times.length, 'a round'), readMoment(cursor, origin)])
    seals.push({ from, to, usualMs, partLayout, ownLayout, times, gaps })
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

/** 0: none. 1: a double follows. Else 2 + whole ms. */
function putUsual(sink: ByteSink, usualMs: number | null): void {
  if (usualMs === null) putVarint(sink, 0)
  else if (Number.isInteger(usualMs) && usualMs >= 0 && usualMs <= largestTime) putVarint(sink, 2 + usualMs)
  else {
    putVarint(sink, 1)
    putFloat(sink, usualMs)
  }
}
function readUsual(cursor: ByteCursor): number | null {
  const code = readVarint(cursor)
  if (code === 0) return null
  return code === 1 ? readFinite(cursor) : code - 2
}

/** 0: a double follows. Else 1 + the zigzagged distance from `origin`. */
function putMoment(sink: ByteSink, at: number, origin: number): void {
  if (isWholeTime(at) && isWholeTime(origin)) putVarint(sink, 1 + zigzag(at - origin))
  else {
    putVarint(sink, 0)
    putFloat(sink, at)
  }
}
function readMoment(cursor: ByteCursor, origin: number): number {
  const code = readVarint(cursor)
  return code === 0 ? readFinite(cursor) : origin + unzigzag(code - 1)
}

/** Count; the first as a double; head and column of the steps (head 255: the other times as doubles). */
function putTimes(sink: ByteSink, times: Float64Array): void {
  reserve(sink, 32)
  putVarint(sink, times.length)
  if (times.length === 0) return
  putFloat(sink, times[0] as number)
  if (!times.every(isWholeTime)) {
    reserve(sink, 1 + times.length * 8)
    sink.bytes[sink.length++] = rawTimes
    for (let i = 1; i < times.length; i++) putFloat(sink, times[i] as number)
    return
  }
  const steps = new Float64Array(times.length - 1)
  for (let i = 1; i < times.length; i++) steps[i - 1] = (times[i] as number) - (times[i - 1] as number)
  putWholes(sink, steps, steps.length, 0)
}
const rawTimes = 255
function readTimes(cursor: ByteCursor, most: number): Float64Array {
  const times = new Float64Array(readCount(cursor, Math.min(most, mostRounds), 'rounds'))
  if (times.length === 0) return times
  times[0] = readFinite(cursor)
  const head = readHead(cursor)
  if (head === rawTimes) {
    for (let i = 1; i < times.length; i++) times[i] = readFinite(cursor)
    return times
  }
  const steps = times.subarray(1)
  readWholes(cursor, head, steps, steps.length)
  let at = times[0] as number
  for (let i = 1; i < times.length; i++) {
    at += times[i] as number
    times[i] = at
  }
  return times
}

const isWholeTime = (at: number): boolean => Number.isInteger(at) && Math.abs(at) <= largestTime

function readFinite(cursor: ByteCursor): number {
  const value = readFloat(cursor)
  if (!Number.isFinite(value)) throw new ChunkDamaged('a number is not finite')
  return value
}
