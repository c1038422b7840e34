import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { never, type Steps } from '../../clock/slices.ts'
import type { NewEvent } from '../../shared/events.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Log } from '../ports.ts'
import { type Describe, keptEntries, sendDescriptions } from './describeStreams.ts'
import type { OnAirOf } from './onAirPlan.ts'
import type { RoundDeps } from './roundContext.ts'
import type { ServerStreams } from './serverState.ts'
import type { InMaintenance } from './serverTotals.ts'
import type { SessionChanges } from './sessions.ts'
import { type ServerName, type StreamRecord, show } from './streamRecord.ts'
import type { StreamRevisions, Verdicts } from './streamRevisions.ts'

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
export interface StreamsDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db: remembers which paths were seen live. */
  readonly db: Database
  readonly record: (events: readonly NewEvent[]) => void
  /** One row of samples for each stream of a server. `paths` is the same array until the streams change. */
  readonly append: (batch: SampleBatch) => void
  /** Records that this server's streams are unknown from `at` on. */
  readonly gap: (serverId: string, at: number) => void
  readonly describe: Describe
  /** HLS pictures of a path that this console has open: their sessions are known as ours before a list names them. */
  readonly openPictures?: (serverId: string, path: string) => number
  /** How many RTSP and SRT readers of a path read a picture for this console now. */
  readonly pictureReads?: (serverId: string, path: string) => number
  readonly isServerHost?: RoundDeps['isServerHost']
  /** Returns what players of open pictures reported since the last call. Default: nothing. */
  readonly previewFigures?: RoundDeps['previewFigures']
  readonly recordingFigures?: RoundDeps['recordingFigures']
  /** Called with the changes of a server's sessions whenever a round is published; left out: they are not stored. */
  readonly sessionsChanged?: (server: ServerName, changes: SessionChanges) => void
  /** When streams are expected to be on air. */
  readonly onAir?: OnAirOf
  /** Default: nothing is in maintenance. */
  readonly inMaintenance?: InMaintenance
  /** Severities of the alarms of streams. Default: none. */
  readonly verdicts?: Verdicts
  /** The operator's settings for streams. Only this module reads and writes their key. */
  readonly settings: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
}
