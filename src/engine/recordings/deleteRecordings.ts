import { type Clock, timeLimit } from '../../clock/clock.ts'
import { oneAtATime } from '../../clock/semaphore.ts'
import type { ServerError } from '../../shared/errors.ts'
import { aboutStream, type NewEvent, newEvent } from '../../shared/events.ts'
import { isPlainPath } from '../../shared/isPlainPath.ts'
import { type Deletable, type DeletedRecordings, mostDeletedSegments } from '../../shared/recordings.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Server } from '../../shared/servers.ts'
import { isOffAir } from '../../shared/streams.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { MediaServerClient } from '../servers/mediaServerClient.ts'
import type { ConfiguredPath, RecordingSegment } from '../servers/readings.ts'
import { keyFrameMs } from './recordedPieces.ts'

/** The part of a server's client needed to delete recordings. */
export type DeletingClient = Pick<MediaServerClient, 'readSegments' | 'deleteSegment' | 'close'>

export interface DeletingDeps {
  readonly clock: Clock
  /** null: there is no such server. */
  readonly clientOf: (serverId: string) => DeletingClient | null
  readonly recordingOf: (serverId: string, path: string) => ConfiguredPath['recording'] | null
  /** null: it is not listed. */
  readonly stateOf: (serverId: string, path: string) => StreamState | null
  readonly record: (events: readonly NewEvent[]) => void
  readonly signal: AbortSignal
}

export interface AskedDeletion {
  readonly path: string
  /** Epoch ms by our clock. */
  readonly from: number
  readonly to: number
}
export interface Deletion {
  readonly path: string
  /** Starts as the server wrote them. */
  readonly segments: readonly string[]
  readonly by: string
  readonly reason: string
}

const askLimitMs = 30_000

export function createDeleting({ clock, clientOf, recordingOf, stateOf, record, signal }: DeletingDeps) {
  // A deletion lists the segments only after the previous one has ended.
  const inTurn = oneAtATime()

  const within = async <T>(run: (limited: AbortSignal) => Promise<T>): Promise<T> => {
    using limit = timeLimit(clock, askLimitMs, signal)
    return await run(limit.signal)
  }
  /** The segment that may still be being written: if its file were deleted, the server would go on writing into it, unseen, until the next segment. */
  const writtenNow = ({ id, clockSkewMs }: Server, path: string, newest: RecordingSegment | undefined): RecordingSegment | null => {
    const state = stateOf(id, path)
    if (newest === undefined || (state !== null && isOffAir(state))) return null
    const segmentMs = recordingOf(id, path)?.segmentMs ?? null
    const ageMs = clock.now() + (clockSkewMs ?? 0) - newest.at
    return segmentMs !== null && ageMs > segmentMs + keyFrameMs ? null : newest
  }
  const all = Number.MAX_SAFE_INTEGER
  /** Runs with a client of the server; `otherwise`: there is no such server or path. */
  const withClient = async <T>({ id }: Server, path: string, otherwise: T, run: (client: DeletingClient) => Promise<T>): Promise<T> => {
    const client = isPlainPath(path) ? clientOf(id) : null
    try {
      return client === null ? otherwise : await run(client)
    } finally {
      await client?.close()
    }
  }
  const nothing: Deletable = { segments: [], first: null, last: null, beingWritten: 0, more: 0 }

  return {
    /** The segments that begin within a period, as the server lists them now. */
    preview: (server: Server, { path, from, to }: AskedDeletion): Promise<Result<Deletable, ServerError>> =>
      withClient<Result<Deletable, ServerError>>(server, path, ok(nothing), async (client) => {
        const skewMs = server.clockSkewMs ?? 0
        const found = await within((limited) => client.readSegments(path, 0, all, limited))
        if (!found.ok) return found
        const written = writtenNow(server, path, found.value.at(-1))
        const meant = found.value.filter(({ at }) => at - skewMs >= from && at - skewMs < to)
        const free = meant.filter((segment) => segment !== written)
        const shown = free.slice(0, mostDeletedSegments)
        const timeOf = (segment: RecordingSegment | undefined) => (segment === undefined ? null : segment.at - skewMs)
        return ok({
          segments: shown.map(({ start }) => start),
          first: timeOf(shown[0]),
          last: timeOf(shown.at(-1)),
          beingWritten: meant.length - free.length,
          more: free.length - shown.length,
        })
      }),
    /** Deletes exactly these, one after the other. Stops after a failure that the remaining ones would have, too. */
    run: (server: Server, deletion: Deletion): Promise<DeletedRecordings> =>
      inTurn(signal, () =>
        withClient(server, deletion.path, noneDeleted(deletion.segments.length, null), async (client) => {
          const there = await within((limited) => client.readSegments(deletion.path, 0, all, limited))
          if (!there.ok) return noneDeleted(deletion.segments.length, there.error)
          const written = writtenNow(server, deletion.path, there.value.at(-1))
          const known = new Map(there.value.map((segment) => [segment.start, segment]))
          const meant = [...new Set(deletion.segments)]
          const left = meant.flatMap((start) => known.get(start) ?? []).filter((segment) => segment !== written)
          const kept = meant.filter((start) => start === written?.start).length
          const deleted: RecordingSegment[] = []
          let rest: Tried = { failed: left.length, error: null }
          try {
            rest = await deleteEach(client, deletion.path, left, deleted, within)
          } finally {
            // Also if this console ends in between.
            record(eventsOf(server, deletion, deleted, rest, clock.now()))
          }
          return { deleted: meant.length - kept - rest.failed, beingWritten: kept, ...rest }
        }),
      ),
  }
}

const noneDeleted = (failed: number, error: ServerError | null): DeletedRecordings => ({ deleted: 0, beingWritten: 0, failed, error })

/** After this many refused deletions the remaining ones are not tried: their disk is probably read-only. */
const mostFailures = 3
/** Whether every further segment would fail in the same way. */
const failsForAll = (error: ServerError): boolean => error.kind !== 'httpStatus'

type Tried = Pick<DeletedRecordings, 'failed' | 'error'>

/** Deletes them one after the other; those that are deleted are added to `deleted` at once. */
async function deleteEach(
  client: DeletingClient,
  path: string,
  segments: readonly RecordingSegment[],
  deleted: RecordingSegment[],
  within: <T>(run: (limited: AbortSignal) => Promise<T>) => Promise<T>,
): Promise<Tried> {
  let failed = 0
  let error: ServerError | null = null
  for (const [index, segment] of segments.entries()) {
    const answer = await within((limited) => client.deleteSegment(path, segment.start, limited))
    if (answer.ok && answer.value === 'deleted') deleted.push(segment)
    else if (!answer.ok) {
      failed++
      error ??= answer.error
      if (failsForAll(answer.error) || failed >= mostFailures) return { failed: failed + segments.length - index - 1, error }
    }
  }
  return { failed, error }
}

function eventsOf(server: Server, { path, by, reason }: Deletion, deleted: readonly RecordingSegment[], { failed }: Tried, at: number): NewEvent[] {
  const [first, last] = [deleted[0], deleted.at(-1)]
  if (first === undefined || last === undefined) return []
  const skewMs = server.clockSkewMs ?? 0
  const facts = { by, reason, segments: deleted.length, failed, from: first.at - skewMs, to: last.at - skewMs }
  return [newEvent('recordingsDeleted', at, facts, aboutStream(server, path))]
}
