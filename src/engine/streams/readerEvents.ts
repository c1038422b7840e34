import type { NewEvent } from '../../shared/events.ts'
import { formatDuration } from '../../shared/units.ts'
import type { PathReading } from '../servers/readings.ts'
import { sessionListOf } from '../servers/sessionLists.ts'
import type { ServerSessions } from './sessions.ts'
import { hostOf, protocolWord, streamEvent } from './streamSentences.ts'

type Reader = PathReading['readers'][number]

interface KnownReader {
  readonly path: string
  readonly type: string
  readonly id: string
  /** The slot it was first seen in; NaN: it was there before us. */
  readonly joinedAt: number
  /** Monotonic. */
  readonly firstSeen: number
  host: string | null
  /** Waits for its session list: only that tells whether it is one of ours. */
  pending: boolean
}

/** More of one kind in one round than this become one sentence. */
export const mostReaderEvents = 20
/** A new reader waits this long for its session list; lists are read every 10 s at least. */
const patienceMs = 12_000

/** Who joined and left the paths of one server. Our own readers are never spoken of. */
export interface ReaderEvents {
  /** The readers of a path changed. `quiet`: nothing is said of it, because when it happened is not known. */
  readonly changed: (path: string, before: readonly Reader[], after: readonly Reader[], at: number, arrivedAt: number, quiet: boolean) => void
  /** What is to be said at a round's end. */
  readonly endRound: (server: { readonly id: string; readonly name: string }, at: number, arrivedAt: number) => readonly NewEvent[]
}

export const createReaderEvents = (sessions: ServerSessions): ReaderEvents => {
  const readers = new Map<string, KnownReader>()
  const waiting = new Set<KnownReader>()
  let joined: KnownReader[] = []
  let left: KnownReader[] = []

  // A muxer has no id: one a path stands for all its viewers.
  const keyOf = (path: string, reader: Reader) => reader.id || `${reader.type} ${path}`

  const hostOfReader = (id: string) => {
    const remoteAddr = sessions.find(id)?.reading.remoteAddr ?? null
    return remoteAddr === null ? null : hostOf(remoteAddr)
  }
  const join = (path: string, reader: Reader, at: number, arrivedAt: number, quiet: boolean) => {
    const known: KnownReader = {
      path,
      type: reader.type,
      id: reader.id,
      joinedAt: quiet ? Number.NaN : at,
      firstSeen: arrivedAt,
      host: hostOfReader(reader.id),
      pending: !quiet,
    }
    readers.set(keyOf(path, reader), known)
    if (!quiet) waiting.add(known)
  }
  const leave = (path: string, reader: Reader, quiet: boolean) => {
    const key = keyOf(path, reader)
    const known = readers.get(key)
    if (known === undefined || known.path !== path) return
    readers.delete(key)
    waiting.delete(known)
    if (quiet || known.pending || sessions.isOwn(known.id)) return
    known.host ??= hostOfReader(known.id)
    left.push(known)
  }

  return {
    changed: (path, before, after, at, arrivedAt, quiet) => {
      const ids = new Set(after.map((reader) => keyOf(path, reader)))
      for (const reader of before) if (!ids.has(keyOf(path, reader))) leave(path, reader, quiet)
      for (const reader of after) if (!readers.has(keyOf(path, reader))) join(path, reader, at, arrivedAt, quiet)
    },
    endRound: (server, at, arrivedAt) => {
      for (const known of waiting) {
        const session = known.id === '' ? undefined : sessions.find(known.id)
        const list = known.id === '' ? null : sessionListOf(known.type)
        // A list that was read with or after the paths, and does not have it, will not tell more.
        const toldNothing = list === null || sessions.arrivedAt(list) > known.firstSeen
        if (session === undefined && !toldNothing && arrivedAt - known.firstSeen < patienceMs) continue
        waiting.delete(known)
        known.pending = false
        if (sessions.isOwn(known.id)) continue
        joined.push(known)
      }
      if (joined.length === 0 && left.length === 0) return []
      const events: NewEvent[] = []
      for (const known of joined) known.host ??= hostOfReader(known.id)
      if (joined.length > mostReaderEvents) events.push(grouped(server, at, 'readerJoined', joined))
      else
        for (const known of joined)
          events.push(streamEvent(server, known.path, known.joinedAt, 'readerJoined', `${words(known)} ${known.id === '' ? 'began' : 'joined'}.`, facts(known)))
      if (left.length > mostReaderEvents) events.push(grouped(server, at, 'readerLeft', left))
      else
        for (const known of left) {
          const stayedMs = at - known.joinedAt
          const after = Number.isNaN(stayedMs) ? '' : ` after ${formatDuration(stayedMs)}`
          events.push(streamEvent(server, known.path, at, 'readerLeft', `${words(known)} ${known.id === '' ? 'ended' : 'left'}${after}.`, facts(known)))
        }
      joined = []
      left = []
      return events
    },
  }
}

const words = (known: KnownReader) =>
  known.id === '' ? `Reading over ${protocolWord(known.type)}` : `${protocolWord(known.type)} reader${known.host === null ? '' : ` ${known.host}`}`
const facts = (known: KnownReader) => ({ type: known.type, remoteAddr: known.host })

const grouped = (
  server: { readonly id: string; readonly name: string },
  at: number,
  kind: 'readerJoined' | 'readerLeft',
  readers: readonly KnownReader[],
): NewEvent => {
  const streams = new Set(readers.map((known) => known.path)).size
  const verb = kind === 'readerJoined' ? 'joined' : 'left'
  return streamEvent(server, null, at, kind, `${readers.length} readers ${verb} ${streams} ${streams === 1 ? 'stream' : 'streams'} of ${server.name}.`, {
    readers: readers.length,
    streams,
  })
}
