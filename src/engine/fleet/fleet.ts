import type { Clock, Timer } from '../../clock/clock.ts'
import { countsOf } from '../../shared/alarms.ts'
import { evaluatedServer, type FleetChanges, type FleetSummary, mostAlarmsSent } from '../../shared/fleet.ts'
import { openIncidentsOf } from '../../shared/incidents.ts'
import type { Operator } from '../../shared/permissions.ts'
import type { Reason } from '../../shared/reasons.ts'
import { countServers, type Server, sumsLack, sumTotals } from '../../shared/servers.ts'
import type { SubjectOf } from '../../shared/subjectNames.ts'
import { createTombstones } from '../../shared/tombstones.ts'
import type { Alarms } from '../alarms/alarms.ts'
import { api } from '../api.ts'
import type { Past } from '../past/past.ts'
import type { Streams } from '../streams/streams.ts'

interface FleetDeps {
  readonly clock: Clock
  readonly launch: string
  readonly streams: Pick<Streams, 'revision' | 'nextRevision' | 'changedSince' | 'alarmsChanged' | 'onChange'>
  readonly servers: () => readonly Server[]
  readonly alarms: Pick<Alarms, 'open' | 'counts' | 'incidents' | 'inTrouble'> & { readonly verdicts: Pick<Alarms['verdicts'], 'severityOfServer'> }
  /** Why the console itself can't see any server, such as no network; null: it can. */
  readonly consoleWhy: () => Reason | null
  /** Aborted when the engine ends; waiting callers are answered then. */
  readonly signal: AbortSignal
  /** For tests: maximum streams per answer. */
  readonly mostStreamsAnAnswer?: number
}

interface ChangesInput {
  readonly launch: string | null
  readonly since: number
  readonly waitMs: number
  /** What ends the wait; any change where it is left out. */
  readonly until?: 'change' | 'alarm'
}

/** All servers and streams together: changes and totals. */
export type Fleet = ReturnType<typeof createFleet>

/** Minimum time between two answers to waiting callers. */
const coalesceMs = 250
/** How many removed servers are remembered. Callers with an older revision get a full reset. */
const mostTombstones = 1_000
/**
 * Maximum streams per answer: building and writing 10,000 of them blocks the event loop for 130 ms, and polls with it.
 * A larger change is sent in pieces.
 */
const mostStreamsAnAnswer = 2_000
/** Older than every revision: `changedSince(everything)` returns the whole fleet. */
const everything = -1

export function createFleet(deps: FleetDeps) {
  const { clock, launch, streams } = deps
  const serverRevisions = new Map<string, number>()
  const removed = createTombstones<string>(mostTombstones)
  const waiters = createWaiters(clock, coalesceMs, deps.signal)
  /** Those that wait for alarms only. */
  const ofAlarms = createWaiters(clock, coalesceMs, deps.signal)

  /** Revision of the latest change of alarms. */
  let alarmsRevision = streams.revision()
  /** The same of what happened to them. */
  let happenedRevision = alarmsRevision

  const stopHearing = streams.onChange((serverId) => {
    serverRevisions.set(serverId, streams.revision())
    waiters.wake()
  })
  deps.signal.addEventListener('abort', stopHearing)

  /** Changes since a revision, or the whole fleet for `everything`. null: `since` is too old to know what was removed. */
  const changesSince = (since: number): FleetChanges | null => {
    const whole = since === everything
    const ofStreams = !whole && !removed.reachBackTo(since) ? null : streams.changedSince(since, deps.mostStreamsAnAnswer ?? mostStreamsAnAnswer)
    if (ofStreams === null) return null
    const servers = deps.servers()
    const ids = new Set(servers.map(({ id }) => id))
    return {
      launch,
      revision: ofStreams.revision,
      reset: whole,
      more: ofStreams.more,
      at: clock.now(),
      servers: servers
        .filter(({ id }) => {
          const changed = serverRevisions.get(id) ?? 0
          // The first piece of a full answer lists all servers, because the streams of later pieces refer to them.
          return whole || (changed > since && changed <= ofStreams.revision)
        })
        .map((server) => evaluatedServer(server, deps.alarms.verdicts.severityOfServer(server.id))),
      removedServers: whole ? [] : removed.between(since, Number.POSITIVE_INFINITY).filter((id) => !ids.has(id)),
      streams: ofStreams.facts,
      removedSlots: whole ? [] : ofStreams.removedSlots,
      figures: ofStreams.figures,
      alarms: whole || alarmsRevision > since ? deps.alarms.open({ limit: mostAlarmsSent }) : null,
      incidents: whole || alarmsRevision > since ? deps.alarms.incidents().slice(0, mostAlarmsSent) : null,
      alarmCounts: deps.alarms.counts(),
      incidentCounts: countsOf(deps.alarms.incidents()),
      alarmsKeptFrom: null,
      consoleWhy: deps.consoleWhy(),
    }
  }

  return {
    /**
     * Changes since a revision; waits up to `waitMs` for one. A waiting caller is answered at most every 250 ms, with all
     * changes of that time. When the signal is aborted it is answered immediately, with the changes so far.
     */
    changes: async ({ launch: callerLaunch, since, waitMs, until = 'change' }: ChangesInput, signal?: AbortSignal): Promise<FleetChanges> => {
      const asked = callerLaunch !== launch || since < 0 || since > streams.revision() ? everything : since
      const isNew = until === 'alarm' ? () => happenedRevision > asked : () => streams.revision() > asked
      if (asked !== everything && waitMs > 0) await (until === 'alarm' ? ofAlarms : waiters).wait(isNew, waitMs, signal)
      const changes = changesSince(asked) ?? changesSince(everything)
      if (changes === null) throw new Error('there is always a whole fleet')
      return changes
    },
    summary: (): FleetSummary => {
      const servers = deps.servers()
      return {
        at: clock.now(),
        ...countServers(servers),
        totals: sumTotals(servers.map(({ totals }) => totals)),
        ...sumsLack(servers),
        troubles: deps.alarms.inTrouble().length,
        incidents: openIncidentsOf(countsOf(deps.alarms.incidents())).bySeverity,
      }
    },
    /** Marks a server as changed: something other than its streams. Also used when the console's own state changed. */
    touchServer: (serverId: string): void => {
      serverRevisions.set(serverId, streams.nextRevision())
      waiters.wake()
    },
    /** Open alarms changed. `happened`: not merely their figures or reasons. `evaluated`: servers and streams of which they say something else. */
    touchAlarms: (happened: boolean, evaluated: readonly SubjectOf<'server' | 'stream'>[]): void => {
      streams.alarmsChanged(evaluated.filter((subject) => subject.kind === 'stream'))
      const servers = new Set(evaluated.flatMap(({ kind, serverId }) => (kind === 'server' ? [serverId] : [])))
      if (servers.size > 0) for (const { id } of deps.servers()) if (servers.has(id)) serverRevisions.set(id, streams.nextRevision())
      alarmsRevision = streams.nextRevision()
      waiters.wake()
      if (!happened) return
      happenedRevision = alarmsRevision
      ofAlarms.wake()
    },
    removeServer: (serverId: string): void => {
      serverRevisions.delete(serverId)
      removed.add(streams.nextRevision(), serverId)
      waiters.wake()
    },
  }
}
/** Callers waiting for a change. They are answered together, at most once per `coalesceMs`. When `signal` is aborted all waiting callers are answered, and later ones don't wait. */
function createWaiters(clock: Clock, coalesceMs: number, signal: AbortSignal) {
  const waiting = new Set<() => void>()
  let lastAnswerAt = Number.NEGATIVE_INFINITY
  let answering: Timer | null = null

  const stopAnswering = () => {
    if (answering !== null) clock.clearTimeout(answering)
    answering = null
  }
  const answerAll = () => {
    stopAnswering()
    lastAnswerAt = clock.monotonic()
    const all = [...waiting]
    waiting.clear()
    for (const answer of all) answer()
  }
  const wake = () => {
    if (waiting.size === 0 || answering !== null) return
    answering = clock.setTimeout(answerAll, Math.max(0, lastAnswerAt + coalesceMs - clock.monotonic()))
  }
  signal.addEventListener('abort', answerAll)
  return {
    wake,
    /** Resolves when something changed, after `waitMs`, or when the caller's signal is aborted. */
    wait: (isNew: () => boolean, waitMs: number, callerSignal: AbortSignal | undefined): Promise<void> =>
      new Promise((resolve) => {
        if (signal.aborted || callerSignal?.aborted) return resolve()
        const done = () => {
          waiting.delete(done)
          clock.clearTimeout(limit)
          callerSignal?.removeEventListener('abort', done)
          if (waiting.size === 0) stopAnswering()
          resolve()
        }
        const limit = clock.setTimeout(done, waitMs)
        callerSignal?.addEventListener('abort', done, { once: true })
        waiting.add(done)
        if (isNew()) wake()
      }),
  }
}

export function fleetRouter(fleet: Fleet, pastOf: (operator: Operator) => Past) {
  return {
    changes: api.fleet.changes.handler(({ input, signal }) => fleet.changes(input, signal)),
    past: api.fleet.past.handler(({ input, context, signal }) => pastOf(context.operator).fleet(input, signal)),
    summary: api.fleet.summary.handler(() => fleet.summary()),
  }
}
