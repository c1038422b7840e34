import type { Steps } from '../../clock/slices.ts'
import { aboutServer, aboutStream, type NewEvent, newEvent, type OneFacts, type ReaderKind } from '../../shared/events.ts'
import { hostOf } from '../../shared/hostOf.ts'
import { type PathReading, sessionListOf } from '../servers/readings.ts'
import type { ServerSessions } from './sessions.ts'
import type { ServerName } from './streamRecord.ts'
import { between, type Lasted } from './streamState.ts'

type Reader = PathReading['readers'][number]

interface KnownReader {
  readonly path: string
  readonly type: string
  readonly id: string
  /** Wall times of the last answer without the reader and the first one with it; NaN: it was there before we watched. */
  readonly joinedAfter: number
  readonly joinedAt: number
  /** Monotonic. */
  readonly firstSeen: number
  host: string | null
  /** Waits for its session list, which alone shows whether the reader is one of ours. */
  pending: boolean
  /** A muxer that appeared while one of our pictures was open: most likely ours, but this can't be verified. */
  ours: boolean
  /** How long a reader stayed that has left; null: still there, or there before we watched. */
  stayed: Lasted | null
}

/** More than this many events of one kind in one round are merged into one. */
const mostReaderEvents = 20
/** A new reader waits this long for its session list; each list is read at least every 10 s. */
const patienceMs = 12_000

/** Two answers between which readers changed. */
interface ReadersSeen {
  /** Arrival of the earlier one, wall time; NaN: there was none. */
  readonly before: number
  /** Arrival of the later one, wall and monotonic time. */
  readonly at: number
  readonly arrivedAt: number
  /** Makes no events, because the time of the change is not known. */
  readonly quiet: boolean
}

/** Events of readers that join and leave the paths of one server. Our own readers make none. */
export interface ReaderEvents {
  /** The readers of a path changed. */
  readonly changed: (path: string, before: readonly Reader[], after: readonly Reader[], when: ReadersSeen, isOver: () => boolean) => Steps<void>
  /** Returns the events of a round; called at its end. */
  readonly endRound: (server: ServerName, at: number, arrivedAt: number, isOver: () => boolean) => Steps<readonly NewEvent[]>
}

/** `openPictures` returns how many HLS pictures of a path this console has open. */
export function createReaderEvents(sessions: ServerSessions, openPictures: (path: string) => number): ReaderEvents {
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
  const isOurs = ({ ours, id }: KnownReader) => ours || sessions.isOwn(id)
  const join = (path: string, reader: Reader, { before, at, arrivedAt, quiet }: ReadersSeen) => {
    const known: KnownReader = {
      path,
      type: reader.type,
      id: reader.id,
      joinedAfter: quiet ? Number.NaN : before,
      joinedAt: quiet ? Number.NaN : at,
      firstSeen: arrivedAt,
      host: hostOfReader(reader.id),
      pending: !quiet,
      ours: reader.id === '' && openPictures(path) > 0,
      stayed: null,
    }
    readers.set(keyOf(path, reader), known)
    if (!quiet) waiting.add(known)
  }
  const leave = (path: string, reader: Reader, { before, at, quiet }: ReadersSeen) => {
    const key = keyOf(path, reader)
    const known = readers.get(key)
    if (known === undefined || known.path !== path) return
    readers.delete(key)
    waiting.delete(known)
    if (quiet || known.pending || isOurs(known)) return
    known.host ??= hostOfReader(known.id)
    known.stayed = between(before - known.joinedAt, at - known.joinedAfter)
    left.push(known)
  }

  return {
    *changed(path, before, after, when, isOver) {
      const ids = new Set<string>()
      for (const reader of after) {
        ids.add(keyOf(path, reader))
        if (isOver()) yield
      }
      for (const reader of before) {
        if (!ids.has(keyOf(path, reader))) leave(path, reader, when)
        if (isOver()) yield
      }
      for (const reader of after) {
        if (!readers.has(keyOf(path, reader))) join(path, reader, when)
        if (isOver()) yield
      }
    },
    *endRound(server, at, arrivedAt, isOver) {
      for (const known of waiting) {
        if (isOver()) yield
        const session = known.id === '' ? undefined : sessions.find(known.id)
        const list = known.id === '' ? null : sessionListOf(known.type)
        // A list that was read with or after the paths and does not contain a reader that is still there won't contain it later.
        const isUnlisted = list === null || (arrivedAt > known.firstSeen && sessions.arrivedAt(list) > known.firstSeen)
        if (session === undefined && !isUnlisted && arrivedAt - known.firstSeen < patienceMs) continue
        waiting.delete(known)
        known.pending = false
        if (isOurs(known)) continue
        joined.push(known)
      }
      if (joined.length === 0 && left.length === 0) return []
      const events: NewEvent[] = []
      for (const known of joined) known.host ??= hostOfReader(known.id)
      if (joined.length > mostReaderEvents) events.push(grouped(server, at, 'readerJoined', joined))
      else for (const known of joined) events.push(newEvent('readerJoined', known.joinedAt, facts(known), aboutStream(server, known.path)))
      if (left.length > mostReaderEvents) events.push(grouped(server, at, 'readerLeft', left))
      else for (const known of left) events.push(newEvent('readerLeft', at, { ...facts(known), ...known.stayed }, aboutStream(server, known.path)))
      joined = []
      left = []
      return events
    },
  }
}

const facts = (known: KnownReader): OneFacts<'readerJoined'> => ({ type: known.type, remoteAddr: known.host, muxer: known.id === '' })

function grouped(server: ServerName, at: number, kind: ReaderKind, readers: readonly KnownReader[]): NewEvent {
  const streams = new Set(readers.map((known) => known.path)).size
  return newEvent(kind, at, { readers: readers.length, streams }, aboutServer(server))
}
