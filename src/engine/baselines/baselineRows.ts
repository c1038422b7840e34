import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Database } from 'better-sqlite3'
import type { BaselineRange } from '../../shared/baselines.ts'
import { hoursOfWeek } from './weekHours.ts'

/** Numbers are kept to 0.2 %, as the power of this. */
const base = Math.log(1.002)
const toCode = (value: number): number => (value < 1 ? 0 : Math.min(0xffff, 1 + Math.round(Math.log(value) / base)))
const ofCode = (code: number): number => (code === 0 ? 0 : Math.exp((code - 1) * base))
/** Two bytes each for low and high, one for weeks. */
const packedBytes = hoursOfWeek * 5

/** By hour of the week. */
export function packRanges(ranges: readonly (BaselineRange | null)[]): Uint8Array {
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

/** Returns the range of an hour of the week; null: nothing is known, or it can't be read, and is learned again. */
export function unpackRanges(packed: Uint8Array): (place: number) => BaselineRange | null {
  const bytes = bytesOf(packed)
  return (place) => {
    const weeks = bytes?.[hoursOfWeek * 4 + place] ?? 0
    if (bytes === null || weeks === 0) return null
    return { low: ofCode(bytes.readUInt16LE(place * 2)), high: ofCode(bytes.readUInt16LE((hoursOfWeek + place) * 2)), weeks }
  }
}
function bytesOf(packed: Uint8Array): Buffer | null {
  if (packed.length === 0) return null
  try {
    const bytes = inflateRawSync(packed, { maxOutputLength: packedBytes })
    return bytes.length === packedBytes ? bytes : null
  } catch {
    return null
  }
}

/** What was learned of streams, by the clocks of one zone: the only SQL on `usual`. */
export function createBaselineRows(db: Database, zone: string, metric: string) {
  const select = db.prepare('SELECT learned_at AS learnedAt, ranges FROM usual WHERE server_id = ? AND path = ? AND metric = ? AND zone = ?')
  const upsert = db.prepare('INSERT OR REPLACE INTO usual (server_id, path, metric, zone, learned_at, ranges) VALUES (?, ?, ?, ?, ?, ?)')
  const removeOld = db.prepare('DELETE FROM usual WHERE learned_at < ?')
  return {
    /** Unpacking takes some 20 µs. */
    of: (serverId: string, path: string) => {
      const row = select.get(serverId, path, metric, zone) as { readonly learnedAt: number; readonly ranges: Uint8Array } | undefined
      return row && { learnedAt: row.learnedAt, rangeAt: unpackRanges(row.ranges) }
    },
    keep: (serverId: string, path: string, learnedAt: number, ranges: readonly (BaselineRange | null)[]): void =>
      void upsert.run(serverId, path, metric, zone, Math.round(learnedAt), packRanges(ranges)),
    /** Of streams that are not there any more. */
    forgetBefore: (at: number): void => void removeOld.run(Math.round(at)),
  }
}
