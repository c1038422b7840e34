import { crc32 } from 'node:zlib'
import { notBefore } from '../../clock/clock.ts'
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
    if (mark !== record.describedHash) entries.push({ part: record.path, facts })
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

function sendDescriptions(describe: Describe, server: ServerStreams, at: number, entries: readonly KeptEntry[]): void {
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
/** The most streams that one revision marks: a revision is never split when changes are sent in pieces, so its size must not grow with the server. */
const mostInRevision = 1_000

type PublishingDeps = Pick<StreamsDeps, 'describe' | 'sessionsChanged'> & Pick<Verdicts, 'severityOf'>

/** Publishes what changed of streams: to all who ask for changes since a revision, to history and to listeners. */
export class Publishing {
  readonly #servers: ReadonlyMap<string, ServerStreams>
  readonly #deps: PublishingDeps
  readonly #removed = createTombstones<number>(mostTombstones)
  readonly #listeners = new Set<(serverId: string) => void>()
  /** One number for all changes of this launch; grows. */
  revision = 0

  constructor(servers: ReadonlyMap<string, ServerStreams>, deps: PublishingDeps) {
    this.#servers = servers
    this.#deps = deps
  }

  /** Records that the stream of this slot is no longer listed, as of the last revision. */
  addTombstone(slot: number): void {
    this.#removed.add(this.revision, slot)
  }

  /**
   * Changes since revision `since`; -1: everything. null: `since` is too old, and removals since then are no longer known. Returns about `most` streams
   * at most, oldest changes first; if `more` is set, ask for the rest with `revision`.
   */
  changedSince(since: number, most = Number.POSITIVE_INFINITY): StreamChanges | null {
    if (since >= 0 && !this.#removed.reachBackTo(since)) return null
    const last = this.revision
    const revision = most === Number.POSITIVE_INFINITY ? last : pieceEnd(this.#servers.values(), since, last, most)
    const isIn = (changed: number) => changed > since && changed <= revision
    const facts: EvaluatedStream[] = []
    const figures = createFigureColumns()
    for (const server of this.#servers.values()) {
      if (server.revision <= since) continue
      for (const { shown } of server.rows) {
        if (shown === null) continue
        const factsToo = isIn(shown.factsRevision)
        if (factsToo) facts.push({ ...factsOf(shown), severity: this.#deps.severityOf(server.id, shown.path) })
        if (factsToo || isIn(shown.figuresRevision)) pushFigures(figures, shown, server.shown.readAt)
      }
    }
    return { facts, figures, removedSlots: this.#removed.between(since, revision), revision, more: revision < last }
  }

  /** Publishes the current state of a server's streams. `prepared`: what history is to have of them. */
  announce(server: ServerStreams, at: number, prepared?: readonly KeptEntry[]): void {
    const { describe, sessionsChanged } = this.#deps
    const entries = prepared ?? atOnce(keptEntries(describe, server, at, noStreams, never))
    let marked = 0
    for (const record of server.rows) {
      if (!record.figuresChanged && !record.factsChanged) continue
      if (++marked % mostInRevision === 0) this.revision++
      show(record, this.revision)
    }
    const { readAt, lostWhy, lostSince, lostTogether } = server
    server.sessions.show()
    sessionsChanged?.(server, server.sessions.takeChanges())
    server.shown = { readAt, lostWhy, lostSince, lostTogether }
    server.totals = null
    server.revision = this.revision
    sendDescriptions(describe, server, at, [...Array.from(server.pendingRemovals, (part) => ({ part, facts: null })), ...entries])
    server.pendingRemovals.clear()
    for (const listener of this.#listeners) listener(server.id)
  }

  /** Publishes that what alarms say of these streams changed. */
  alarmsChanged(changed: Iterable<{ readonly serverId: string; readonly path: string }>): void {
    let marked = 0
    for (const { serverId, path } of changed) {
      const server = this.#servers.get(serverId)
      const shown = server?.byPath.get(path)?.shown
      if (server === undefined || shown == null) continue
      if (marked++ % mostInRevision === 0) this.revision++
      shown.factsRevision = this.revision
      server.revision = this.revision
    }
  }

  /** `listener` is called after each change with the server that it belongs to. Returns the unsubscribe function. */
  onChange(listener: (serverId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
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

/** Runs all steps in one turn. */
function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
const noStreams: ReadonlySet<StreamRecord> = new Set()
