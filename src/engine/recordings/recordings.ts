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
  type RecordingDisk,
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
import { localDays, type OnAirPiece, onAirPieces, type RecordingFigures, recordedPieces, recordedSpansOf, recordingFigures, sumsOf } from './recordedPieces.ts'
import { createRecordingReads, type RecordingReadsDeps, type RecordingsClient, type ServerRecordings } from './recordingReads.ts'

/** A stream that is recorded now. */
interface RecordedNow {
  readonly bitrateBps: number
  /** Its server deletes what is older, ms; 0: never. */
  readonly deleteAfterMs: number
  /** When its oldest segment begins, epoch ms; null: there is none. */
  readonly oldest: number | null
}

/**
 * After how long a disk is full at the current bit rates, ms; null: never, because by then as much is deleted as is recorded. A stream needs more space until
 * its oldest recording is old enough to be deleted, and none from then on.
 */
export function fullInMs(streams: readonly RecordedNow[], freeBytes: number, now: number): number | null {
  const growing = streams
    .map(({ bitrateBps, deleteAfterMs, oldest }) => ({
      bytesPerMs: bitrateBps / 8_000,
      untilMs: deleteAfterMs === 0 ? Number.POSITIVE_INFINITY : Math.max(0, deleteAfterMs - (oldest === null ? 0 : now - oldest)),
    }))
    .sort((a, b) => a.untilMs - b.untilMs)
  let [at, free, rate] = [0, freeBytes, growing.reduce((sum, { bytesPerMs }) => sum + bytesPerMs, 0)]
  for (const { bytesPerMs, untilMs } of growing) {
    const needed = (untilMs - at) * rate
    if (needed > free) return at + free / rate
    free -= needed
    at = untilMs
    rate -= bytesPerMs
  }
  return null
}

interface Disk {
  readonly mount: string
  readonly freeBytes: number
}

/** The disk that a folder lies on; null: not known, as a relative folder depends on where its server was started. */
export function diskOf<D extends Disk>(folder: string | null, disks: readonly D[]): D | null {
  if (folder === null) return null
  if (!isAbsolute(folder)) return disks.length === 1 ? (disks[0] as D) : null
  const holds = ({ mount }: D) => mount === '/' || folder === mount || folder.startsWith(/[/\\]$/.test(mount) ? mount : `${mount}/`)
  return disks.filter(holds).toSorted((a, b) => b.mount.length - a.mount.length)[0] ?? null
}
const isAbsolute = (folder: string): boolean => /^(?:\/|[a-z]:[\\/])/i.test(folder)

/** A forecast for each known disk that holds recordings of one server. */
export function forecastDisks(
  host: { readonly id: string; readonly name: string; readonly disks: readonly Disk[] },
  streams: readonly (RecordedNow & { readonly folder: string | null })[],
  now: number,
): RecordingDisk[] {
  const byDisk = Map.groupBy(streams, ({ folder }) => diskOf(folder, host.disks))
  return [...byDisk].flatMap(([disk, of]) => {
    if (disk === null) return []
    const { mount, freeBytes } = disk
    const bitrateBps = of.reduce((sum, one) => sum + one.bitrateBps, 0)
    return { hostId: host.id, host: host.name, mount, freeBytes, streams: of.length, bitrateBps, fullInMs: fullInMs(of, freeBytes, now) }
  })
}

interface RecordingsDeps extends RecordingReadsDeps, Pick<DeletingDeps, 'stateOf' | 'record'> {
  /** null: there is no such server. */
  readonly clientOf: (serverId: string) => (RecordingsClient & DeletingClient) | null
  readonly slices: Slices
  readonly history: Pick<History, 'range' | 'events'>
  /** Current bit rate of a stream, bit/s; null: it is not live, or that is unknown. */
  readonly bitrateOf: (serverId: string, path: string) => number | null
  /** Tracks of a stream that is on air; otherwise none. */
  readonly tracksOf: (serverId: string, path: string) => readonly { readonly codec: string }[]
  /** Since when a stream is live; null: it is not, or that is unknown. */
  readonly liveSince: (serverId: string, path: string) => number | null
  /** The host of a server, with its disks as last read; null: unknown. */
  readonly disksOf: (serverId: string) => Parameters<typeof forecastDisks>[0] | null
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

/** What servers have recorded, and what is missing. */
export type Recordings = ReturnType<typeof createRecordings>

export function createRecordings(deps: RecordingsDeps) {
  const { clock, slices, history, servers, eachPlanned, recordingOf, playbackOf, bitrateOf, liveSince, tracksOf, disksOf, signal: ended } = deps
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

  /** The pieces of a period, for each of these streams. */
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
    // While its server did not answer, nobody knows whether it was on air.
    const isUnseen = ({ is }: RecordingPiece) => (is === 'gap' || is === 'notMeant' ? 'unknown' : is)
    const seen = silences.reduce((all, { from, to }) => changedWithin(all, { from, to: Math.min(to, exactFrom) }, isUnseen), pieces)
    // What was recorded since its server listed it.
    const listed = { from: known?.readAt ?? Number.NEGATIVE_INFINITY, to: span.to }
    return changedWithin(seen, listed, ({ is }) => (is === 'gap' ? 'unknown' : is))
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
  const disksNow = (server: Server): RecordingDisk[] => {
    const host = disksOf(server.id)
    if (host === null) return []
    const streams = [...eachPlanned(server.id)].flatMap((path) => {
      const plan = recordingOf(server.id, path)
      const bitrateBps = plan && plan.deleteAfterMs !== null ? bitrateOf(server.id, path) : null
      if (!plan || plan.deleteAfterMs === null || bitrateBps === null) return []
      return [{ folder: plan.folder, deleteAfterMs: plan.deleteAfterMs, bitrateBps, oldest: reads.of(server.id)?.paths.get(path)?.starts[0] ?? null }]
    })
    return forecastDisks(host, streams, clock.now())
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
              disks: asked.until === undefined ? disksNow(server) : [],
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
      const { starts = new Float64Array(), ends } = known?.paths.get(named.path) ?? {}
      return {
        ...{ ...span, resolutionMs, readAt: known?.readAt ?? null, plan: planOf(named), pieces },
        by: (ends?.size ?? 0) > 0 ? 'playback' : 'starts',
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

/** What it is as `is` says, where a piece lies within a span. One that stays what it was stays whole, unless all are split. */
function changedWithin<Piece extends Span & { readonly is: string }>(
  pieces: readonly Piece[],
  { from, to }: Span,
  is: (piece: Piece) => Piece['is'],
  splitsAll = false,
): Piece[] {
  return pieces.flatMap((piece) => {
    const [begin, end] = [Math.max(piece.from, from), Math.min(piece.to, to)]
    if (end <= begin || (!splitsAll && is(piece) === piece.is)) return [piece]
    const parts = [
      { ...piece, to: begin },
      { ...piece, from: begin, to: end, is: is(piece) },
      { ...piece, from: end },
    ]
    return parts.filter((part) => part.to > part.from)
  })
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
