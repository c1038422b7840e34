import { type Clock, sleep, timeLimit } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { createSemaphore } from '../../clock/semaphore.ts'
import { sameEndpointOf } from '../../shared/cautions.ts'
import { internalError, type ServerError } from '../../shared/errors.ts'
import type { Span } from '../../shared/maintenance.ts'
import type { Server } from '../../shared/servers.ts'
import type { Log } from '../ports.ts'
import type { MediaServerClient } from '../servers/mediaServerClient.ts'
import type { ConfiguredPath, RecordingReading } from '../servers/readings.ts'
import { isFollowed, lastStartedBy, type RecordingFigures } from './recordedPieces.ts'

/** The part of a server's client needed to list its recordings. */
export type RecordingsClient = Pick<MediaServerClient, 'readRecordings' | 'readRecordedEnd' | 'close'>

export interface RecordingReadsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly servers: () => readonly Server[]
  /** Filled here. */
  readonly known: KnownRecordings
  /** null: there is no such server. */
  readonly clientOf: (serverId: string) => RecordingsClient | null
  /** Names of a server's streams that are configured to be recorded. */
  readonly eachPlanned: (serverId: string) => Iterable<string>
  /** How a stream is recorded according to its server's configuration; null: it is not, or that is unknown. */
  readonly recordingOf: (serverId: string, path: string) => ConfiguredPath['recording'] | null
  readonly signal: AbortSignal
}

interface Recorded {
  /** Starts of segments, epoch ms by our clock, oldest first. */
  readonly starts: Float64Array
  /** Ends of those of which the playback server told them, by start. */
  readonly ends: Map<number, number>
  readonly cut: boolean
}
export interface ServerRecordings {
  /** null: none was read yet. */
  readonly readAt: number | null
  /** Why the last attempt failed; null: it succeeded. */
  readonly error: ServerError | null
  readonly paths: ReadonlyMap<string, Recorded>
  /** There are more recordings than are kept. */
  readonly cut: boolean
  /**
   * Streams configured to be recorded whose newest segments are listed no more, though nobody deleted them here: their folder was changed or can't be read. What
   * was recorded from the first of them to the listing that lacked them is unknown. Of segments old enough for their server to delete them: the end of the last.
   */
  readonly lost: ReadonlyMap<string, Span>
  /** By how much the clock of the server was ahead when they were listed, ms. */
  readonly skewMs: number
  /** Streams configured to be recorded that had no segment: since when that has been observed, and the first one that came then. */
  readonly missing: ReadonlyMap<string, { readonly since: number; readonly first: number | null }>
  /** Streams configured to be recorded, and since when: first observed by this console, or last deletion of some of their recordings. */
  readonly planned: Map<string, number>
  /** What the playback server told of segments that are not written any more: their ends by its clock, null if it can't say. */
  readonly told: ReadonlyMap<string, number | null>
  /** Cached figures by stream, as requested since the last reading. */
  readonly figures: Map<string, { readonly from: number; readonly found: RecordingFigures }>
}

/** By server id. */
export type KnownRecordings = Map<string, ServerRecordings>

const everyMs = 300_000
/** Poll interval while a recording is missing, ms. */
const soonMs = 60_000
const turnMs = 10_000
/** Maximum number of servers read at the same time. */
const atOnce = 4
const readLimitMs = 30_000
/** Longest time that an operator waits for fresh readings, ms. */
const patienceMs = 5_000
/** A segment whose start seems to have moved by less than this is the same: the clock of its server is measured again and again, ms. */
const sameStartMs = 5_000
/** Maximum number of segments of one server whose ends are asked for after a listing. */
const mostEnds = 2_000
/** A segment whose end is newer than this is being written, ms: it grows by a part of a second or some. */
const writtenWithinMs = 20_000
/** Maximum number of segments kept of one server, 8 bytes each. */
const mostSegments = 500_000

/** State of a server that refused a listing: until it changes, a retry would be refused as well. */
type Refused = { readonly stateSince: number; readonly version: string | null }
const isLasting = ({ kind }: ServerError): boolean => kind === 'unauthorized' || kind === 'forbidden' || kind === 'noApiHere'

/** Lists the recordings of servers in turns. Servers not configured to record are queried only on an operator's request. */
export function createRecordingReads({ clock, log, servers, known, clientOf, eachPlanned, recordingOf, signal }: RecordingReadsDeps) {
  const refused = new Map<string, Refused>()
  const reading = new Map<string, Promise<void>>()
  const askedAt = new Map<string, number>()
  const semaphore = createSemaphore(atOnce)

  const read = async (server: Server): Promise<void> => {
    if (!(await semaphore.acquire(signal))) return
    const client = clientOf(server.id)
    try {
      askedAt.set(server.id, clock.monotonic())
      if (client === null) return
      const before = known.get(server.id) ?? null
      const answer = await limited((limit) => client.readRecordings(limit))
      if (answer.ok) {
        refused.delete(server.id)
        const kept = keptOf(answer.value.items, server, before)
        known.set(server.id, { ...kept, told: await limited((limit) => tellEnds(client, server, kept, before?.told, limit)) })
      } else {
        if (isLasting(answer.error)) refused.set(server.id, { stateSince: server.stateSince, version: server.version })
        known.set(server.id, { ...(before ?? nothingKnown()), error: answer.error })
      }
    } catch (error) {
      if (signal.aborted) return
      log.error({ serverId: server.id, err: error }, 'recordings not read')
      known.set(server.id, { ...(known.get(server.id) ?? nothingKnown()), error: internalError(error) })
    } finally {
      await client?.close()
      semaphore.release()
    }
  }
  const limited = async <T>(request: (limit: AbortSignal) => Promise<T>): Promise<T> => {
    using limit = timeLimit(clock, readLimitMs, signal)
    return await request(limit.signal)
  }
  /** Where starts alone do not tell how far a segment reaches, the playback server does. Each is asked for once, and the newest of a stream each time. */
  const tellEnds = async (
    client: RecordingsClient,
    server: Server,
    { paths }: ServerRecordings,
    before: ServerRecordings['told'] | undefined,
    limit: AbortSignal,
  ) => {
    const told = new Map<string, number | null>()
    const playback = sameEndpointOf(server, 'playback') === null ? server.addresses.playback : null
    const skewMs = server.clockSkewMs ?? 0
    let left = server.addressesAssumed || playback === null ? 0 : mostEnds
    for (const [path, { starts, ends }] of paths) {
      const plan = recordingOf(server.id, path)
      if (!plan || plan.segmentMs === null || plan.format === 'mpegts') continue
      for (let index = starts.length - 1; index >= 0; index--) {
        const [start, next] = [starts[index] as number, starts[index + 1]]
        if (isFollowed(start, next, plan.segmentMs)) continue
        const key = `${Math.round(start + skewMs)} ${path}`
        let end = next === undefined ? undefined : before?.get(key)
        if (end === undefined && playback !== null && left-- > 0) {
          const answer = await client.readRecordedEnd(playback, path, start + skewMs, next === undefined ? null : next + skewMs, limit)
          if (answer.ok) end = answer.value
          // Neither would it tell the others.
          else left = 0
        }
        if (end === undefined) continue
        if (next !== undefined) told.set(key, end)
        if (end !== null && (next !== undefined || clock.now() - (end - skewMs) > writtenWithinMs)) ends.set(start, end - skewMs)
      }
    }
    return told
  }
  const keptOf = (items: readonly RecordingReading[], { id, clockSkewMs }: Server, before: ServerRecordings | null): ServerRecordings => {
    const paths = new Map<string, Recorded>()
    const skewMs = clockSkewMs ?? 0
    let [cut, segments] = [false, 0]
    for (const { path, starts, cut: isCut } of items) {
      segments += starts.length
      if (segments > mostSegments) {
        cut = true
        break
      }
      cut ||= isCut
      paths.set(path, { starts: skewMs === 0 ? starts : starts.map((at) => at - skewMs), ends: new Map(), cut: isCut })
    }
    const now = clock.now()
    const planned = new Map<string, number>()
    for (const path of eachPlanned(id)) planned.set(path, before?.planned.get(path) ?? now)
    const missing = new Map<string, { readonly since: number; readonly first: number | null }>()
    const lost = new Map<string, Span>()
    for (const path of cut ? [] : planned.keys()) {
      const starts = paths.get(path)?.starts ?? new Float64Array()
      const gone = before && lostOf(path, starts, { ...before, skewMs: before.skewMs - skewMs }, recordingOf(id, path), now)
      if (gone) lost.set(path, gone)
      const first = Math.min(starts[0] ?? Number.POSITIVE_INFINITY, gone?.from ?? Number.POSITIVE_INFINITY)
      const already = before?.missing.get(path)
      // Once the first one is deleted, what was before it is not missing any more.
      if (already !== undefined && (already.first === null || Math.abs(first - already.first) < sameStartMs))
        missing.set(path, { since: already.since, first: first === Number.POSITIVE_INFINITY ? null : first })
      else if (first === Number.POSITIVE_INFINITY) missing.set(path, { since: now, first: null })
    }
    return { ...nothingKnown(), readAt: now, paths, cut, lost, skewMs, missing, planned }
  }
  const ask = (server: Server): Promise<void> => {
    const under = reading.get(server.id)
    if (under !== undefined) return under
    const begun = read(server).finally(() => reading.delete(server.id))
    reading.set(server.id, begun)
    return begun
  }
  const mayAsk = ({ id, state, stateSince, version }: Server): boolean => {
    const no = refused.get(id)
    return state === 'up' && !(no !== undefined && no.stateSince === stateSince && no.version === version)
  }
  const isOlder = (serverId: string, ms: number): boolean => clock.monotonic() - (askedAt.get(serverId) ?? Number.NEGATIVE_INFINITY) >= ms
  const isInTrouble = (serverId: string): boolean => {
    const { figures, lost, readAt } = known.get(serverId) ?? nothingKnown()
    return [...figures.values()].some(({ found }) => found.notRecordedMs > 0) || [...lost.values()].some(({ to }) => to === readAt)
  }
  const records = (serverId: string): boolean => !(eachPlanned(serverId)[Symbol.iterator]().next().done ?? true)

  const loop = every(clock)(
    { intervalMs: turnMs, timeoutMs: null, seed: 'recordings', firstDelayMs: turnMs, signal, onBug: (err) => log.error({ err }, 'turns of recordings') },
    async () => {
      const watched = servers()
      const ids = new Set(watched.map(({ id }) => id))
      for (const map of [known, refused, askedAt]) for (const id of map.keys()) if (!ids.has(id)) map.delete(id)
      await Promise.all(
        watched.filter((server) => mayAsk(server) && isOlder(server.id, isInTrouble(server.id) ? soonMs : everyMs) && records(server.id)).map(ask),
      )
    },
  )
  return {
    of: (serverId: string): ServerRecordings | null => known.get(serverId) ?? null,
    records,
    /** Re-reads servers whose data is older than `maxAgeMs`, but waits for at most some seconds (`patienceMs`). */
    refresh: async (some: readonly Server[], maxAgeMs: number, asked: AbortSignal): Promise<void> => {
      const due = some.filter((server) => mayAsk(server) && isOlder(server.id, maxAgeMs))
      if (due.length === 0) return
      const stop = new AbortController()
      const patience = sleep(clock, patienceMs, AbortSignal.any([asked, signal, stop.signal])).catch(() => undefined)
      // With a maximum age of 0, wait for a listing in progress and start another: the first may lack a change made a moment ago.
      const askAnew = (server: Server) => (maxAgeMs > 0 ? ask(server) : (reading.get(server.id) ?? Promise.resolve()).then(() => ask(server)))
      await Promise.race([Promise.all(due.map(askAnew)), patience])
      stop.abort()
      asked.throwIfAborted()
    },
    /** Resolves when nothing is being read. */
    settled: async (): Promise<void> => {
      await Promise.all(reading.values())
    },
    /** Resolves when the polling loop has ended after the signal. */
    ended: (): Promise<void> => loop,
  }
}

/** What a new list of a stream's segments lacks at its end, compared with the list `before`, whose clock was `skewMs` further ahead; null: nothing. */
function lostOf(
  path: string,
  starts: Float64Array,
  { paths, lost, planned, skewMs, readAt }: ServerRecordings,
  plan: ConfiguredPath['recording'] | null,
  now: number,
): Span | null {
  // Deleted on purpose.
  if (readAt === null || (planned.get(path) ?? 0) > readAt) return null
  const isListed = (at: number): boolean => {
    const start = starts[lastStartedBy(starts, at + sameStartMs)]
    return start !== undefined && Math.abs(at - start) < sameStartMs
  }
  const already = lost.get(path)
  const still = already === undefined || isListed(already.from + skewMs) ? null : { from: already.from + skewMs, to: already.to }
  const had = paths.get(path)
  const newest = had?.starts.at(-1)
  if (had === undefined || newest === undefined || isListed(newest + skewMs)) return still
  const { segmentMs = null, deleteAfterMs = null } = plan ?? {}
  const deletedUntil = deleteAfterMs === null || deleteAfterMs === 0 ? Number.NEGATIVE_INFINITY : now - deleteAfterMs
  const end = skewMs + (had.ends.get(newest) ?? newest + (segmentMs ?? 0))
  if (newest + skewMs < deletedUntil) return { from: still?.from ?? end, to: end }
  let first = had.starts.length - 1
  while (first > 0 && (had.starts[first - 1] as number) + skewMs >= deletedUntil && !isListed((had.starts[first - 1] as number) + skewMs)) first--
  return { from: still?.from ?? (had.starts[first] as number) + skewMs, to: now }
}

const nothingKnown = (): ServerRecordings => ({
  readAt: null,
  error: null,
  paths: new Map(),
  cut: false,
  lost: new Map(),
  skewMs: 0,
  missing: new Map(),
  planned: new Map(),
  told: new Map(),
  figures: new Map(),
})
