import { parseTime } from './parseTime.ts'
import type { TrackReader } from './parseTracks.ts'
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

/** Nothing that a server counts is below zero or without end (1e999 is, for JSON). */
export const numberOrNull = (value: unknown): number | null => (typeof value === 'number' && value >= 0 && value !== Number.POSITIVE_INFINITY ? value : null)

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

/** No address that a stream is read or published by could be longer. */
const longestName = 4096

/** Reads one entry; `index` is for the words of an error. Throws `ShapeError` where the form is not the API's. */
export const readPath = (raw: unknown, index: number, tracks: TrackReader): PathReading => {
  if (typeof raw !== 'object' || raw === null) throw new ShapeError(`items[${index}] is no object`)
  const path = raw as RawPath
  if (typeof path.name !== 'string') throw new ShapeError(`items[${index}].name is no text`)
  if (path.name.length > longestName) throw new ShapeError(`items[${index}].name has ${path.name.length} characters`)
  const available = path.available ?? path.ready
  if (typeof available !== 'boolean') throw new ShapeError(`items[${index}] has neither "available" nor "ready"`)
  const source = typeof path.source === 'object' && path.source !== null ? (path.source as { readonly type?: unknown; readonly id?: unknown }) : null
  return {
    // Half a surrogate pair is no text anywhere else: databases and JSON would make another name of it.
    name: path.name.toWellFormed(),
    confName: typeof path.confName === 'string' ? path.confName : null,
    available,
    // "online" alone lies for pulled sources; a path that is available without being online has a slate on air.
    slate: available && path.online === false,
    availableAt: available ? parseTime(path.availableTime ?? path.readyTime) : null,
    sourceType: source === null ? null : typeof source.type === 'string' ? source.type : 'unknown',
    sourceId: source !== null && typeof source.id === 'string' ? source.id : '',
    tracks: tracks.read(path.tracks2, path.tracks),
    readers: readReaders(path.readers),
    inboundBytes: numberOrNull(path.inboundBytes ?? path.bytesReceived),
    outboundBytes: numberOrNull(path.outboundBytes ?? path.bytesSent),
    framesInError: numberOrNull(path.inboundFramesInError),
  }
}

/** Reads whole lists, pages in their order; a path that comes twice (pages are not one moment) is taken once. */
export const readPaths = (pages: readonly (readonly unknown[])[], tracks: TrackReader): PathReading[] => {
  const byName = new Map<string, PathReading>()
  let index = 0
  for (const page of pages)
    for (const raw of page) {
      const reading = readPath(raw, index++, tracks)
      if (!byName.has(reading.name)) byName.set(reading.name, reading)
    }
  return [...byName.values()]
}
