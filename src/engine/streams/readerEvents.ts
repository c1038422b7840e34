import type { Steps } from '../../clock/slices.ts'
import { hostOf } from '../../shared/endpoints.ts'
import { aboutServer, aboutStream, type NewEvent, newEvent, type ReaderKind } from '../../shared/events.ts'
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
export class ReaderEvents {
  readonly #sessions: ServerSessions
  /** How many HLS pictures of a path this console has open. */
  readonly #openPictures: (path: string) => number
  readonly #readers = new Map<string, KnownReader>()
  readonly #waiting = new Set<KnownReader>()
  #joined: KnownReader[] = []
  #left: KnownReader[] = []

  constructor(sessions: ServerSessions, openPictures: (path: string) => number) {
    this.#sessions = sessions
    this.#openPictures = openPictures
  }

  *changed(path: string, before: readonly Reader[], after: readonly Reader[], when: ReadersSeen, isOver: () => boolean): Steps<void> {
    const ids = new Set<string>()
    for (const reader of after) {
      ids.add(keyOf(path, reader))
      if (isOver()) yield
    }
    for (const reader of before) {
      if (!ids.has(keyOf(path, reader))) this.#leave(path, reader, when)
      if (isOver()) yield
    }
    for (const reader of after) {
      if (!this.#readers.has(keyOf(path, reader))) this.#join(path, reader, when)
      if (isOver()) yield
    }
  }

  /** Returns the events of a round; called at its end. */
  *endRound(server: ServerName, at: number, arrivedAt: number, isOver: () => boolean): Steps<readonly NewEvent[]> {
    for (const known of this.#waiting) {
      if (isOver()) yield
      const session = known.id === '' ? undefined : this.#sessions.find(known.id)
      const list = known.id === '' ? null : sessionListOf(known.type)
      // A list that was read with or after the paths and does not contain a reader that is still there won't contain it later.
      const isUnlisted = list === null || (arrivedAt > known.firstSeen && this.#sessions.arrivedAt(list) > known.firstSeen)
      if (session === undefined && !isUnlisted && arrivedAt - known.firstSeen < patienceMs) continue
      this.#waiting.delete(known)
      known.pending = false
      if (!this.#isOurs(known)) this.#joined.push(known)
    }
    if (this.#joined.length === 0 && this.#left.length === 0) return []
    for (const known of this.#joined) known.host ??= this.#hostOf(known.id)
    const events = [...eventsOf(server, at, 'readerJoined', this.#joined), ...eventsOf(server, at, 'readerLeft', this.#left)]
    this.#joined = []
    this.#left = []
    return events
  }

  #join(path: string, reader: Reader, { before, at, arrivedAt, quiet }: ReadersSeen): void {
    const known: KnownReader = {
      path,
      type: reader.type,
      id: reader.id,
      joinedAfter: quiet ? Number.NaN : before,
      joinedAt: quiet ? Number.NaN : at,
      firstSeen: arrivedAt,
      host: this.#hostOf(reader.id),
      pending: !quiet,
      ours: reader.id === '' && this.#openPictures(path) > 0,
      stayed: null,
    }
    this.#readers.set(keyOf(path, reader), known)
    if (!quiet) this.#waiting.add(known)
  }

  #leave(path: string, reader: Reader, { before, at, quiet }: ReadersSeen): void {
    const key = keyOf(path, reader)
    const known = this.#readers.get(key)
    if (known === undefined || known.path !== path) return
    this.#readers.delete(key)
    this.#waiting.delete(known)
    if (quiet || known.pending || this.#isOurs(known)) return
    known.host ??= this.#hostOf(known.id)
    known.stayed = between(before - known.joinedAt, at - known.joinedAfter)
    this.#left.push(known)
  }

  #isOurs({ ours, id }: KnownReader): boolean {
    return ours || this.#sessions.isOwn(id)
  }

  #hostOf(id: string): string | null {
    const remoteAddr = this.#sessions.find(id)?.reading.remoteAddr ?? null
    return remoteAddr === null ? null : hostOf(remoteAddr)
  }
}

/** A muxer has no id: one a path stands for all its viewers. */
const keyOf = (path: string, reader: Reader) => reader.id || `${reader.type} ${path}`

/** One for each reader; of too many, one that counts them. */
function eventsOf(server: ServerName, at: number, kind: ReaderKind, readers: readonly KnownReader[]): readonly NewEvent[] {
  if (readers.length > mostReaderEvents) {
    const streams = new Set(readers.map(({ path }) => path)).size
    return [newEvent(kind, at, { readers: readers.length, streams }, aboutServer(server))]
  }
  return readers.map(({ path, type, id, host, joinedAt, stayed }) => {
    const facts = { type, remoteAddr: host, muxer: id === '' }
    const about = aboutStream(server, path)
    return kind === 'readerJoined' ? newEvent(kind, joinedAt, facts, about) : newEvent(kind, at, { ...facts, ...stayed }, about)
  })
}
