import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Database } from 'better-sqlite3'
import { hoursOfWeek } from './weekHours.ts'

/** What is kept of an hour of the week. */
export interface KeptRange {
  readonly low: number
  readonly high: number
  readonly weeks: number
}
/** By hour of the week; empty: nothing is known. */
export type KeptRanges = readonly (KeptRange | null)[]

/** A row of what is usual for a stream in one hour of the week. */
interface BaselineRow {
  readonly path: string
  readonly learnedAt: number
  readonly range: KeptRange | null
}

/** Numbers are kept to 0.2 %, as the power of this. */
const base = Math.log(1.002)
const toCode = (value: number): number => (value < 1 ? 0 : Math.min(0xffff, 1 + Math.round(Math.log(value) / base)))
const ofCode = (code: number): number => (code === 0 ? 0 : Math.exp((code - 1) * base))
/** Two bytes each for least and most, one for weeks. */
const packedBytes = hoursOfWeek * 5

export function packRanges(ranges: KeptRanges): Uint8Array {
  if (ranges.every((range) => range === null)) return new Uint8Array()
  const bytes = Buffer.alloc(packedBytes)
  for (const [place, range] of ranges.entries()) {
    if (range === null) continue
    // By column, so that what is alike is together.
    bytes.writeUInt16LE(toCode(range.low), place * 2)
    bytes.writeUInt16LE(toCode(range.high), (hoursOfWeek + place) * 2)
    bytes[hoursOfWeek * 4 + place] = range.weeks
  }
  return deflateRawSync(bytes)
}

/** null: nothing is known, or it can't be read, and is learned again. */
function bytesOf(packed: Uint8Array): Buffer | null {
  if (packed.length === 0) return null
  try {
    const bytes = inflateRawSync(packed, { maxOutputLength: packedBytes })
    return bytes.length === packedBytes ? bytes : null
  } catch {
    return null
  }
}
function rangeAt(bytes: Buffer | null, place: number): KeptRange | null {
  const weeks = bytes?.[hoursOfWeek * 4 + place] ?? 0
  if (bytes === null || weeks === 0) return null
  return { low: ofCode(bytes.readUInt16LE(place * 2)), high: ofCode(bytes.readUInt16LE((hoursOfWeek + place) * 2)), weeks }
}
export function unpackRanges(packed: Uint8Array): KeptRanges {
  const bytes = bytesOf(packed)
  return bytes === null ? [] : Array.from({ length: hoursOfWeek }, (_, place) => rangeAt(bytes, place))
}

interface StoredRow {
  readonly path: string
  readonly learnedAt: number
  readonly ranges: Uint8Array
}

/** What was learned of streams, by the clocks of one zone: the only SQL on `usual`. */
export function createBaselineRows(db: Database, zone: string, metric: string) {
  const selectServer = db.prepare(
    'SELECT path, learned_at AS learnedAt, ranges FROM usual WHERE server_id = ? AND metric = ? AND zone = ? AND path > ? ORDER BY path LIMIT ?',
  )
  const selectOne = db.prepare('SELECT ranges FROM usual WHERE server_id = ? AND path = ? AND metric = ? AND zone = ?').pluck()
  const upsert = db.prepare('INSERT OR REPLACE INTO usual (server_id, path, metric, zone, learned_at, ranges) VALUES (?, ?, ?, ?, ?, ?)')
  const removeOld = db.prepare('DELETE FROM usual WHERE learned_at < ?')
  return {
    /** One hour of a server's streams, in the order of their paths, in pieces: unpacking takes some µs each. */
    *ofServer(serverId: string, weekHour: number): Iterable<BaselineRow> {
      for (let last = '', rows: StoredRow[]; ; ) {
        rows = selectServer.all(serverId, metric, zone, last, rowsAtOnce) as StoredRow[]
        for (const { ranges, ...row } of rows) yield { ...row, range: rangeAt(bytesOf(ranges), weekHour) }
        last = rows.at(-1)?.path ?? ''
        if (rows.length < rowsAtOnce) return
      }
    },
    of: (serverId: string, path: string): KeptRanges => {
      const ranges = selectOne.get(serverId, path, metric, zone)
      return ranges === undefined ? [] : unpackRanges(ranges as Uint8Array)
    },
    keep: (serverId: string, path: string, learnedAt: number, ranges: KeptRanges): void =>
      void upsert.run(serverId, path, metric, zone, Math.round(learnedAt), packRanges(ranges)),
    /** Of streams that are not there any more. */
    forgetBefore: (at: number): void => void removeOld.run(Math.round(at)),
  }
}
const rowsAtOnce = 100
