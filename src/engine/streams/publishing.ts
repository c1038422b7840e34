import { keptEntries, sendDescriptions } from './describeStreams.ts'
import { never, type ServerStreams, type Steps } from './serverStreams.ts'
import { type StreamRecord, show } from './streamRecord.ts'
import type { StreamRevisions } from './streamRevisions.ts'
import type { StreamsDeps } from './streams.ts'
import { unreadSources } from './unreadSources.ts'

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
      const { readAt, lostWhy, lostSince, returnedAt, awaited, lostTogether } = server
      server.sessions.show()
      sessionsChanged?.(server, server.sessions.takeChanges())
      server.shown = { readAt, lostWhy, lostSince, returnedAt, awaited, lostTogether, unread: unreadSources(server) }
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
