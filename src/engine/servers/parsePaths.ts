import { parseTime } from './parseTime.ts'
import { createTrackReader } from './parseTracks.ts'
import type { PathReading } from './readings.ts'

/** A shape that is not the API's; `message` says where, and never what stood there. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}

/** Names of all versions; `unknown` because nothing of it is checked yet. */
interface RawPath {
  readonly name?: unknown
  readonly confName?: unknown
  readonly source?: unknown
  readonly ready?: unknown
  readonly readyTime?: unknown
  readonly available?: unknown
  readonly availableTime?: unknown
  readonly online?: unknown
  readonly tracks?: unknown
  readonly tracks2?: unknown
  readonly readers?: unknown
  readonly inboundBytes?: unknown
  readonly outboundBytes?: unknown
  readonly inboundFramesInError?: unknown
  readonly bytesReceived?: unknown
  readonly bytesSent?: unknown
}

export const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null)

type Readers = PathReading['readers']
const noReaders: Readers = Object.freeze([])

/** The answer's own array where it has the form already, which it has in every version known. */
const readReaders = (raw: unknown): Readers => {
  if (!Array.isArray(raw) || raw.length === 0) return noReaders
  for (const reader of raw)
    if (typeof reader !== 'object' || reader === null || typeof reader.type !== 'string' || typeof reader.id !== 'string') return tolerant(raw)
  return raw as Readers
}
const tolerant = (raw: readonly unknown[]): Readers =>
  raw.flatMap((reader) => {
    if (typeof reader !== 'object' || reader === null) return []
    const { type, id } = reader as { readonly type?: unknown; readonly id?: unknown }
    return [{ type: typeof type === 'string' ? type : 'unknown', id: typeof id === 'string' ? id : '' }]
  })

interface Seen {
  readonly reading: PathReading
  readonly timeText: unknown
}

/**
 * Reads path lists of one server. It keeps the last list, so that texts, times and tracks that stay the
 * same from poll to poll are made once: lists are sorted by name, and both are walked side by side.
 */
export interface PathReader {
  /** Pages in their order. Throws `ShapeError` where the form is not the API's. */
  readonly read: (pages: readonly (readonly unknown[])[]) => PathReading[]
}

export const createPathReader = (): PathReader => {
  const tracks = createTrackReader()
  let last: readonly Seen[] = []

  const readOne = (raw: RawPath, index: number, name: string, seen: Seen | undefined): Seen => {
    const available = raw.available ?? raw.ready
    if (typeof available !== 'boolean') throw new ShapeError(`items[${index}] has neither "available" nor "ready"`)
    const before = seen?.reading
    const timeText = raw.availableTime ?? raw.readyTime
    const source = typeof raw.source === 'object' && raw.source !== null ? (raw.source as { readonly type?: unknown; readonly id?: unknown }) : null
    const sourceType = source === null ? null : typeof source.type === 'string' ? source.type : 'unknown'
    const reading: PathReading = {
      name,
      confName: typeof raw.confName === 'string' ? (before?.confName === raw.confName ? before.confName : raw.confName) : null,
      available,
      // "online" alone lies for pulled sources; a path that is available without being online has a slate on air.
      slate: available && raw.online === false,
      availableAt: !available ? null : seen !== undefined && seen.timeText === timeText ? (before?.availableAt ?? null) : parseTime(timeText),
      sourceType: before?.sourceType === sourceType ? before.sourceType : sourceType,
      sourceId: source !== null && typeof source.id === 'string' ? source.id : '',
      tracks: tracks.read(raw.tracks2, raw.tracks, before?.tracks),
      readers: readReaders(raw.readers),
      inboundBytes: numberOrNull(raw.inboundBytes ?? raw.bytesReceived),
      outboundBytes: numberOrNull(raw.outboundBytes ?? raw.bytesSent),
      framesInError: numberOrNull(raw.inboundFramesInError),
    }
    // A time of a path that is not available says nothing about the next one.
    return { reading, timeText: available ? timeText : undefined }
  }

  return {
    read: (pages) => {
      const now: Seen[] = []
      const readings: PathReading[] = []
      // Pages are not one moment: a path that moved from one page to the next would come twice.
      const names = pages.length > 1 ? new Set<string>() : null
      let beside = 0
      let index = 0
      for (const page of pages)
        for (const raw of page) {
          if (typeof raw !== 'object' || raw === null) throw new ShapeError(`items[${index}] is no object`)
          const name = (raw as RawPath).name
          if (typeof name !== 'string') throw new ShapeError(`items[${index}].name is no text`)
          if (names) {
            if (names.has(name)) continue
            names.add(name)
          }
          let seen = last[beside]
          while (seen !== undefined && seen.reading.name < name) seen = last[++beside]
          if (seen !== undefined && seen.reading.name === name) beside++
          else seen = undefined
          const read = readOne(raw as RawPath, index, seen === undefined ? name : seen.reading.name, seen)
          now.push(read)
          readings.push(read.reading)
          index++
        }
      last = now
      return readings
    },
  }
}
