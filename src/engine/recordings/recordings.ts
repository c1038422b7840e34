import { oneAtATime } from '../../clock/semaphore.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import { serverOf } from '../../shared/asked.ts'
import type { ServerError } from '../../shared/errors.ts'
import { momentOfEvent } from '../../shared/events.ts'
import type { Span } from '../../shared/maintenance.ts'
import { matcherOf } from '../../shared/patterns.ts'
import {
  type Deletable,
  type DeletedRecordings,
  longestRecordingsMs,
  mostRecordingSegments,
  type RecordedPath,
  type RecordingCalendar,
  type RecordingLane,
  type RecordingList,
  type RecordingPiece,
  type RecordingPlan,
  unrecordable,
} from '../../shared/recordings.ts'
import type { Result } from '../../shared/result.ts'
import type { Server } from '../../shared/servers.ts'
import { serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'
import { tierStepMs } from '../../shared/tiers.ts'
import { api, orNotFound } from '../api.ts'
import type { History } from '../history/history.ts'
import type { RefuseUnknownServer } from '../refusing.ts'
import type { ConfiguredPath } from '../servers/readings.ts'
import { type AskedDeletion, createDeleting, type DeletingClient, type DeletingDeps, type Deletion } from './deleteRecordings.ts'
import {
  changedWithin,
  localDays,
  type OnAirPiece,
  onAirPieces,
  type RecordingFigures,
  recordedPieces,
  recordedSpansOf,
  recordingFigures,
  sumsOf,
  unseenWithin,
} from './recordedPieces.ts'
import { createRecordingReads, type RecordingReadsDeps, type RecordingsClient, type ServerRecordings } from './recordingReads.ts'

interface RecordingsDeps extends RecordingReadsDeps, Pick<DeletingDeps, 'stateOf' | 'record'> {
  /** null: there is no such server. */
  readonly clientOf: (serverId: string) => (RecordingsClient & DeletingClient) | null
  readonly slices: Slices
  readonly history: Pick<History, 'range' | 'events'>
  /** Tracks of a stream that is on air; otherwise none. */
  readonly tracksOf: (serverId: string, path: string) => readonly { readonly codec: string }[]
  /** Since when a stream is live; null: it is not, or that is unknown. */
  readonly liveSince: (serverId: string, path: string) => number | null
  /** Whether a server's playback is on; null: unknown. */
  readonly playbackOf: (server: Server) => boolean | null
}

interface AskedPeriod {
  readonly since?: number | undefined
  readonly until?: number | undefined
}
interface AskedList extends AskedPeriod {
  readonly server?: string | undefined
  readonly path?: string | undefined
  readonly offset: number
  readonly limit: number
}
interface AskedPath extends AskedPeriod {
  /** Name or id. */
  readonly server: string
  readonly path: string
}

const dayMs = 86_400_000
/** Maximum age of the answered data if the server answers in time, ms. */
const freshMs = 60_000
/** Lists older than this, ms, are not used for the present state: three further ones failed. */
const tooOldMs = 960_000
/** Maximum number of buckets of a stream's state, and of values requested from history at once. */
const mostPoints = 5_000
const mostValues = 20_000
/** Of each server in a period; the newest. */
const mostOutages = 1_000

interface NamedPath {
  readonly server: Server
  readonly path: string
}

export type Recordings = ReturnType<typeof createRecordings>

export function createRecordings(deps: RecordingsDeps) {
  const { clock, slices, history, servers, eachPlanned, recordingOf, playbackOf, liveSince, tracksOf, signal: ended } = deps
  const reads = createRecordingReads(deps)
  const deleting = createDeleting(deps)
  const inTurn = oneAtATime()

  const periodOf = ({ since, until }: AskedPeriod): Span => {
    const now = clock.now()
    const to = Math.min(until ?? now, now)
    return { from: Math.max(0, Math.min(to, Math.max(since ?? to - dayMs, to - longestRecordingsMs))), to }
  }
  const resolutionOf = ({ from, to }: Span): number => Math.max(tierStepMs.minutes, (to - from) / mostPoints)
  const serverNamed = (name: string): Server | undefined => serverOf(name, servers())
  const planOf = ({ server, path }: NamedPath): RecordingPlan | null => {
    const { format, segmentMs, deleteAfterMs } = recordingOf(server.id, path) ?? {}
    if (segmentMs === undefined) return null
    return { format: format ?? null, segmentMs, deleteAfterMs: deleteAfterMs ?? null, unrecordable: unrecordable(format ?? null, tracksOf(server.id, path)) }
  }

  async function* piecesOf(paths: readonly NamedPath[], span: Span, slice: Slice, signal: AbortSignal): AsyncIterable<RecordingPiece[]> {
    const resolutionMs = resolutionOf(span)
    const points = Math.max(1, Math.min(mostPoints, Math.ceil((span.to - span.from) / resolutionMs)))
    const perPart = Math.max(1, Math.min(64, Math.floor(mostValues / points)))
    const silent = new Map<string, readonly Span[]>()
    for (let first = 0; first < paths.length; first += perPart) {
      const some = paths.slice(first, first + perPart)
      const series = some.map(({ server, path }) => seriesOf(streamSubject(server.id, path), 'path.state'))
      const columns = span.to <= span.from ? [] : await history.range({ series, from: span.from, to: span.to, points, totals: true }, signal)
      const unread = new Map(some.flatMap(({ server }) => (silent.has(server.id) ? [] : [[server.id, server]])))
      await Promise.all(Array.from(unread, async ([id, server]) => silent.set(id, await silencesOf(server, span))))
      signal.throwIfAborted()
      for (const [index, named] of some.entries()) {
        const of = columns[index]
        const onAir = of === undefined ? [] : onAirPieces(of, span, Math.max(resolutionMs, tierStepMs[of.tier]))
        yield piecesAmong(named, onAir, silent.get(named.server.id) ?? [], span, resolutionMs)
        if (slice.isOver()) await slice.next(signal)
      }
    }
  }
  /** When a server did not answer: an outage shorter than the buckets of history is seen by its events only. */
  const silencesOf = async ({ id, outageSince }: Server, { from, to }: Span): Promise<Span[]> => {
    const events = await history.events({ of: serverSubject(id), kinds: ['serverDown', 'serverUp', 'serverSilent'], from, to, limit: mostOutages })
    const out: Span[] = []
    let since: number | null = null
    for (const event of events.toReversed()) {
      const { at, kind, facts } = event
      // Of an outage that ended while this console did not run, nobody saw the end.
      if (kind === 'serverDown') since = momentOfEvent(event)
      else {
        out.push({ from: since ?? (typeof facts.minMs === 'number' ? at - facts.minMs : at), to: at })
        since = null
      }
    }
    if (since !== null && outageSince !== null) out.push({ from: since, to })
    return out
  }
  const piecesAmong = (
    { server, path }: NamedPath,
    onAir: readonly OnAirPiece[],
    silences: readonly Span[],
    span: Span,
    resolutionMs: number,
  ): RecordingPiece[] => {
    const plan = recordingOf(server.id, path)
    const known = reads.of(server.id)
    const segments = segmentsIn(known, path, plan, clock.now())
    const since = plan ? sinceOf({ server, path }) : null
    // Its server tells since when it is on air, history only what the polls of a minute saw.
    const exactFrom = liveSince(server.id, path) ?? Number.POSITIVE_INFINITY
    const pieces = recordedPieces(
      recordedSpansOf(segments, span),
      // Two pieces there, even where it was on air on both sides.
      changedWithin(onAir, { from: exactFrom, to: span.to }, ({ is }) => (is === 'slate' ? 'slate' : 'on'), true),
      { since, slates: plan?.slates ?? false },
      { resolutionMs, exactFrom },
    )
    // Its server did not answer then, lists what it listed before no more, or has not listed what was recorded since.
    const unseen = [
      ...silences.map(({ from, to }) => ({ from, to: Math.min(to, exactFrom) })),
      ...(segments.lost === null ? [] : [segments.lost]),
      { from: known?.readAt ?? Number.NEGATIVE_INFINITY, to: span.to },
    ]
    return unseen.reduce(unseenWithin, pieces)
  }
  /** Times whose recordings were deleted, or before recording started, are not missing. */
  const sinceOf = ({ server, path }: NamedPath): number | null => keptFrom(reads.of(server.id), path)
  const read = async (paths: readonly NamedPath[], span: Span, asked: AbortSignal | undefined): Promise<RecordingPiece[][]> => {
    const signal = asked === undefined ? ended : AbortSignal.any([asked, ended])
    return inTurn(signal, async () => {
      const found: RecordingPiece[][] = []
      for await (const pieces of piecesOf(paths, span, slices.begin(), signal)) found.push(pieces)
      return found
    })
  }
  const namesOf = (server: Server): ReadonlySet<string> => new Set([...(reads.of(server.id)?.paths.keys() ?? []), ...eachPlanned(server.id)])
  /** A stream and its pieces, after refreshing the list of its recordings; null: no such server, or neither recordings nor a plan of the stream. */
  const find = async ({ server: name, path, ...period }: AskedPath, signal: AbortSignal | undefined) => {
    const span = periodOf(period)
    const server = serverNamed(name)
    if (server === undefined) return null
    await reads.refresh([server], freshMs, signal ?? ended)
    if (!reads.of(server.id)?.paths.has(path) && !recordingOf(server.id, path)) return null
    const named: NamedPath = { server, path }
    const [pieces = []] = await read([named], span, signal)
    return { named, span, pieces, known: reads.of(server.id), resolutionMs: Math.round(resolutionOf(span)) }
  }

  return {
    settled: reads.settled,
    ended: reads.ended,
    list: async (asked: AskedList, signal?: AbortSignal): Promise<RecordingList> => {
      const span = periodOf(asked)
      const meant = asked.server === undefined ? servers() : [serverNamed(asked.server)].filter((server) => server !== undefined)
      // A server not configured to record may have older recordings: it is read if requested by name.
      const toAsk = asked.server === undefined ? meant.filter(({ id }) => reads.records(id)) : meant
      await reads.refresh(toAsk, freshMs, signal ?? ended)
      const isMeant = asked.path === undefined ? () => true : matcherOf([asked.path])
      const slice = slices.begin()
      const all: NamedPath[] = []
      for (const server of meant.toSorted((a, b) => a.name.localeCompare(b.name))) {
        for (const path of [...namesOf(server)].sort()) if (isMeant(path)) all.push({ server, path })
        if (slice.isOver()) await slice.next(signal ?? ended)
      }
      const page = all.slice(asked.offset, asked.offset + asked.limit)
      const pieces = await read(page, span, signal)
      return {
        ...span,
        resolutionMs: Math.round(resolutionOf(span)),
        servers: meant.flatMap((server) => {
          const known = reads.of(server.id)
          if (known === null && namesOf(server).size === 0) return []
          const { readAt = null, cut = false } = known ?? {}
          return [
            {
              serverId: server.id,
              server: server.name,
              readAt,
              // A server that does not answer is not read, so its own error applies.
              error: server.error ?? known?.error ?? null,
              playback: playbackOf(server),
              cut,
            },
          ]
        }),
        total: all.length,
        paths: page.map(({ server, path }, index): RecordedPath => {
          const known = reads.of(server.id)
          const listed = known?.paths.get(path)?.starts ?? new Float64Array()
          // Of a moment those that are still there: what was deleted since is not known any more.
          const starts = asked.until === undefined ? listed : listed.filter((at) => at <= span.to)
          return {
            serverId: server.id,
            server: server.name,
            path,
            plan: planOf({ server, path }),
            segments: starts.length,
            oldest: starts[0] ?? null,
            newest: starts.at(-1) ?? null,
            sums: known?.readAt == null ? null : sumsOf(pieces[index] ?? [], span, sinceOf({ server, path })),
          }
        }),
      }
    },
    /** null: the stream has no recordings and is not configured to be recorded. */
    calendar: async (asked: AskedPath & { readonly zone: string }, signal?: AbortSignal): Promise<RecordingCalendar | null> => {
      const found = await find(asked, signal)
      if (found === null) return null
      const { named, span, pieces, known, resolutionMs } = found
      return {
        ...{ zone: asked.zone, resolutionMs, readAt: known?.readAt ?? null },
        days: localDays(span, asked.zone).map((day) => ({ ...day, ...sumsOf(pieces, day, sinceOf(named)) })),
      }
    },
    lane: async (asked: AskedPath, signal?: AbortSignal): Promise<RecordingLane | null> => {
      const found = await find(asked, signal)
      if (found === null) return null
      const { named, span, pieces, known, resolutionMs } = found
      const { starts = new Float64Array() } = known?.paths.get(named.path) ?? {}
      return {
        ...{ ...span, resolutionMs, readAt: known?.readAt ?? null, plan: planOf(named), pieces },
        segments: [...starts].filter((at) => at >= span.from && at < span.to).slice(0, mostRecordingSegments),
        sums: sumsOf(pieces, span, sinceOf(named)),
      }
    },
    /** The segments that start within a period. */
    deletable: async ({ server: name, ...asked }: AskedDeletion & { readonly server: string }): Promise<Result<Deletable, ServerError> | null> => {
      const server = serverNamed(name)
      return server === undefined ? null : deleting.preview(server, asked)
    },
    delete: async ({ server: name, ...deletion }: Deletion & { readonly server: string }): Promise<DeletedRecordings | null> => {
      const server = serverNamed(name)
      if (server === undefined) return null
      const done = await deleting.run(server, deletion)
      // Recordings deleted on purpose are not missing.
      const planned = reads.of(server.id)?.planned
      if (planned?.has(deletion.path)) planned.set(deletion.path, clock.now())
      await reads.refresh([server], 0, ended)
      return done
    },
  }
}

/** From when on recordings of a stream should be there: what its server's retention or somebody deleted is not missing. null: none was seen. */
function keptFrom(known: ServerRecordings | null, path: string): number | null {
  const first = Math.min(known?.paths.get(path)?.starts[0] ?? Number.POSITIVE_INFINITY, known?.lost.get(path)?.from ?? Number.POSITIVE_INFINITY)
  return known?.missing.get(path)?.since ?? (first === Number.POSITIVE_INFINITY ? null : first)
}

/** The segments of a stream that are known. */
function segmentsIn(known: ServerRecordings | null, path: string, plan: ConfiguredPath['recording'] | null, now: number) {
  const { starts = new Float64Array(), ends = new Map<number, number>() } = known?.paths.get(path) ?? {}
  return { starts, ends, segmentMs: plan?.segmentMs ?? null, listedAt: known?.readAt ?? now, lost: known?.lost.get(path) ?? null }
}

/** State of a stream's recording; `onSince`: epoch ms. null: not to be recorded, or unknown. Cheap, as each poll calls it for each stream. */
export function recordingFiguresOf(
  known: ServerRecordings | undefined,
  path: string,
  onSince: number,
  planOf: () => ConfiguredPath['recording'] | null,
  now: number,
): RecordingFigures | null {
  const since = known?.planned.get(path)
  const plan = since === undefined ? null : planOf()
  if (!known || since === undefined || !plan || known.readAt === null || now - known.readAt > tooOldMs) return null
  // Of one that is not recorded any more the last segment may be deleted, too: that is no new beginning.
  const from = Math.max(since, onSince, known.paths.has(path) || known.lost.has(path) ? (keptFrom(known, path) ?? since) : since)
  // The list is older than the stream, or incomplete.
  if (!(from < known.readAt) || (known.cut && !known.paths.has(path))) return null
  const before = known.figures.get(path)
  if (before?.from === from) return before.found
  const found = recordingFigures(segmentsIn(known, path, plan, now), { from, to: known.readAt })
  known.figures.set(path, { from, found })
  return found
}

export function recordingsRouter(recordings: Recordings, refuseUnknown: RefuseUnknownServer) {
  return {
    list: api.recordings.list.handler(async ({ input, context, signal }) => {
      refuseUnknown('server', input?.server, context)
      return await recordings.list({ offset: 0, limit: 100, ...input }, signal)
    }),
    calendar: api.recordings.calendar.handler(async ({ input, errors, signal }) => orNotFound(await recordings.calendar(input, signal), errors)),
    lane: api.recordings.lane.handler(async ({ input, errors, signal }) => orNotFound(await recordings.lane(input, signal), errors)),
    deletable: api.recordings.deletable.handler(async ({ input: { since, until, ...asked }, errors }) => {
      const found = orNotFound(await recordings.deletable({ ...asked, from: since, to: until }), errors)
      if (!found.ok) throw errors.UNREADABLE({ data: found.error })
      return found.value
    }),
    delete: api.recordings.delete.handler(async ({ input, context, errors }) =>
      orNotFound(await recordings.delete({ ...input, by: context.operator.name }), errors),
    ),
  }
}
