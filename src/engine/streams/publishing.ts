import { crc32 } from 'node:zlib'
import { notBefore } from '../../clock/notBefore.ts'
import { never, type Steps } from '../../clock/slices.ts'
import { createFigureColumns, type EvaluatedStream, type FigureColumns } from '../../shared/fleet.ts'
import { createTombstones } from '../../shared/tombstones.ts'
import type { Describe, KeptEntry, StreamsDeps, Verdicts } from './roundContext.ts'
import type { ServerStreams } from './serverState.ts'
import { factsOf, keptOf, pushFigures, type ShownStream, type StreamRecord, show } from './streamRecord.ts'

/** Handing the facts of this many streams to history's thread takes 1 to 2 ms. */
const mostDescribedAtOnce = 1_000

/**
 * Descriptions of the streams that changed, for history, without the figures that change with each poll.
 *
 * 1. The first description of a launch covers all streams; history drops what it knew of any others.
 * 2. An outage is recorded once for the server (`Streams.statusOf`), not for each of its streams.
 */
export function* keptEntries(
  describe: Describe,
  server: ServerStreams,
  at: number,
  leaving: ReadonlySet<StreamRecord>,
  isOver: () => boolean,
): Steps<readonly KeptEntry[]> {
  const first = !server.isDescribed
  const entries: KeptEntry[] = []
  for (const record of server.rows) {
    if (record.factsChanged) record.needsDescription = true
    if (!record.needsDescription && !first) continue
    // Changes during an outage are described when the server answers again.
    if ((server.lostWhy !== null && !Number.isNaN(record.describedHash)) || leaving.has(record)) continue
    record.needsDescription = false
    const facts = keptOf(record)
    const mark = crc32(JSON.stringify(facts))
    if (mark !== record.describedHash) entries.push({ part: record.path, facts, ...(!first && Number.isNaN(record.describedHash) && { isNew: true }) })
    record.describedHash = mark
    if (isOver()) yield
  }
  if (entries.length <= mostDescribedAtOnce) return entries
  // Handing over this many takes a turn of its own. The first description is never split: history ends every stream that it does not name.
  const most = server.isDescribed ? mostDescribedAtOnce : entries.length
  for (let from = 0; from < entries.length; from += most) {
    yield
    sendDescriptions(describe, server, at, entries.slice(from, from + most))
  }
  yield
  return []
}

export function sendDescriptions(describe: Describe, server: ServerStreams, at: number, entries: readonly KeptEntry[]): void {
  server.describedAt = notBefore(server.describedAt, at)
  if (entries.length > 0 || !server.isDescribed) describe(server.id, server.describedAt, entries, !server.isDescribed)
  server.isDescribed = true
}

/** Changes since a revision, across all servers. */
export interface StreamChanges {
  readonly facts: readonly EvaluatedStream[]
  readonly figures: FigureColumns
  readonly removedSlots: readonly number[]
  /** Last revision included. */
  readonly revision: number
  /** There are further changes, newer than `revision`. */
  readonly more: boolean
}

/** The most removed slots that are remembered. A client that asks for older changes gets everything again. */
const mostTombstones = 20_000
/** One revision number for all changes of this launch, and the changes since each revision. */
export interface StreamRevisions {
  readonly last: () => number
  readonly next: () => number
  /** Records that the stream of this slot is no longer listed, as of the last revision. */
  readonly addTombstone: (slot: number) => void
  /** See `Streams`. */
  readonly changedSince: (since: number, most?: number) => StreamChanges | null
}

export function createStreamRevisions(servers: ReadonlyMap<string, ServerStreams>, { severityOf }: Pick<Verdicts, 'severityOf'>): StreamRevisions {
  let last = 0
  const removed = createTombstones<number>(mostTombstones)
  return {
    last: () => last,
    next: () => ++last,
    addTombstone: (slot) => removed.add(last, slot),
    changedSince: (since, most = Number.POSITIVE_INFINITY) => {
      if (since >= 0 && !removed.reachBackTo(since)) return null
      const revision = most === Number.POSITIVE_INFINITY ? last : pieceEnd(servers.values(), since, last, most)
      const isIn = (changed: number) => changed > since && changed <= revision
      const facts: EvaluatedStream[] = []
      const figures = createFigureColumns()
      for (const server of servers.values()) {
        if (server.revision <= since) continue
        for (const { shown } of server.rows) {
          if (shown === null) continue
          const factsToo = isIn(shown.factsRevision)
          if (factsToo) facts.push({ ...factsOf(shown), severity: severityOf(server.id, shown.path) })
          if (factsToo || isIn(shown.figuresRevision)) pushFigures(figures, shown, server.shown.readAt)
        }
      }
      return {
        facts,
        figures,
        removedSlots: removed.between(since, revision),
        revision,
        more: revision < last,
      }
    },
  }
}

/** The first revision after `since` that changed a stream; NaN: none. A stream whose facts and figures fall into two pieces is sent twice, and counted in the first. */
function firstChangeAfter(since: number, { factsRevision, figuresRevision }: ShownStream): number {
  const first = factsRevision > since && (factsRevision < figuresRevision || figuresRevision <= since) ? factsRevision : figuresRevision
  return first > since ? first : Number.NaN
}

/** The last revision of a piece of at most `most` streams. A revision is never split, and holds at most 1,000 streams. */
function pieceEnd(servers: Iterable<ServerStreams>, since: number, last: number, most: number): number {
  const counts = new Map<number, number>()
  let all = 0
  for (const server of servers) {
    if (server.revision <= since) continue
    for (const { shown } of server.rows) {
      const first = shown === null ? Number.NaN : firstChangeAfter(since, shown)
      if (Number.isNaN(first)) continue
      counts.set(first, (counts.get(first) ?? 0) + 1)
      all++
    }
  }
  if (all <= most) return last
  let taken = 0
  let end = since
  for (const [revision, count] of [...counts].sort(([a], [b]) => a - b)) {
    if (taken > 0 && taken + count > most) break
    taken += count
    end = revision
  }
  return end
}

/** The most streams that one revision marks. */
const mostInRevision = 1_000

/** Publishes what changed of streams: to all who ask for changes, to history and to listeners. */
export function createPublishing(
  servers: ReadonlyMap<string, ServerStreams>,
  revisions: StreamRevisions,
  { describe, sessionsChanged }: Pick<StreamsDeps, 'describe' | 'sessionsChanged'>,
) {
  const listeners = new Set<(serverId: string) => void>()
  return {
    /** Publishes the current state of a server's streams. `entries`: what history is to have of them, if that was prepared. */
    announce: (server: ServerStreams, at: number, entries = atOnce(keptEntries(describe, server, at, noStreams, never))): void => {
      // A revision is never split when changes are sent in pieces, so its size must not grow with the server.
      let marked = 0
      for (const record of server.rows) {
        if (!record.figuresChanged && !record.factsChanged) continue
        if (++marked % mostInRevision === 0) revisions.next()
        show(record, revisions.last())
      }
      const { readAt, lostWhy, lostSince, lostTogether } = server
      server.sessions.show()
      sessionsChanged?.(server, server.sessions.takeChanges())
      server.shown = { readAt, lostWhy, lostSince, lostTogether }
      server.totals = null
      server.revision = revisions.last()
      sendDescriptions(describe, server, at, [...Array.from(server.pendingRemovals, (part) => ({ part, facts: null })), ...entries])
      server.pendingRemovals.clear()
      for (const listener of listeners) listener(server.id)
    },
    /** Publishes that what alarms say of these streams changed. */
    alarmsChanged: (changed: Iterable<{ readonly serverId: string; readonly path: string }>): void => {
      let marked = 0
      for (const { serverId, path } of changed) {
        const server = servers.get(serverId)
        const shown = server?.byPath.get(path)?.shown
        if (server === undefined || shown == null) continue
        if (marked++ % mostInRevision === 0) revisions.next()
        shown.factsRevision = revisions.last()
        server.revision = revisions.last()
      }
    },
    onChange: (listener: (serverId: string) => void) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
export type Publishing = ReturnType<typeof createPublishing>

/** Runs all steps in one turn. */
function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
const noStreams: ReadonlySet<StreamRecord> = new Set()
