import { createFigureColumns, type EvaluatedStream, type FigureColumns } from '../../shared/fleet.ts'
import type { Severity } from '../../shared/severities.ts'
import { createTombstones } from '../../shared/tombstones.ts'
import type { ServerStreams } from './serverState.ts'
import { factsOf, pushFigures, type ShownStream } from './streamRecord.ts'

/** What alarms say of streams. */
export interface Verdicts {
  /** The worst severity of its alarms that last and that nobody has put away; null: it has none. */
  readonly severityOf: (serverId: string, path: string) => Severity | null
  /** Whether an alarm says that its data is missing, and that lasts. */
  readonly isMissed: (serverId: string, path: string) => boolean
  /** Number of a server's streams that have one. */
  readonly inTroubleOf: (serverId: string) => number
}
export const allWell: Verdicts = { severityOf: () => null, isMissed: () => false, inTroubleOf: () => 0 }

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
