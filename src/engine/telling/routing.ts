import type { Clock } from '../../clock/clock.ts'
import { createSetBackWatch } from '../../clock/setBackWatch.ts'
import type { ShownRoute } from '../../shared/channels.ts'
import type { ChangedIncident, IncidentExtent } from '../alarms/changedIncidents.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { unsynced } from '../storage/unsynced.ts'
import { createEscalationRows } from './escalationRows.ts'
import { isTold } from './eventFor.ts'
import type { IncidentMessages } from './incidentMessages.ts'
import type { MessageRows } from './messageRows.ts'
import { createRoutes, type RouteInForce, type Routes, type RoutesDeps } from './routes.ts'

export interface RoutingDeps extends RoutesDeps {
  readonly clock: Clock
  /** main.db. */
  readonly db: Database
  /** What an incident comes to; null: it has no open alarm. */
  readonly extent: (incident: string) => IncidentExtent | null
  /** The same of all with open alarms. */
  readonly extents: () => Iterable<readonly [incident: string, IncidentExtent]>
  /** By how much the clock was set back while no console ran, ms; left out: not at all. */
  readonly setBackMs?: number
}

/** Which channels hear of an incident: by the routes in force at once or when their times begin, and later by escalations of what nobody takes. */
export function createRouting(deps: RoutingDeps, rows: MessageRows, messages: IncidentMessages) {
  const { clock, db } = deps
  const escalations = createEscalationRows(db)
  let routes: Routes | null = null
  /** Nothing was looked at by these routes yet. */
  let isNew = true
  if (deps.setBackMs) escalations.setBack(deps.setBackMs)
  /** Where somebody has set the clock back, nobody waits the longer for it. */
  const heedSetBack = createSetBackWatch(clock, escalations.setBack)

  /** Whoever an incident is escalated to is told later, unless somebody takes it before. */
  const escalateLater = (id: string, extent: IncidentExtent) => {
    if (routes === null || extent.untaken === 0) return
    for (const [name, afterMs] of routes.escalations(extent, clock.now())) if (!isTold(rows.last(id, name))) escalations.add(id, name, clock.now() + afterMs)
  }
  return {
    /** null: everything goes to every channel. */
    configure: (wanted: readonly RouteInForce[] | null): void => {
      routes = wanted && createRoutes(wanted, deps)
      isNew = true
    },
    /** Escalations to channels that the routes do not name any more are dropped. */
    abandon: (): void => escalations.keepOnly(routes?.escalatedTo ?? []),
    areTimed: (): boolean => routes?.areTimed === true,
    shown: (): ShownRoute[] | null => routes?.shown(clock.now()) ?? null,
    /** Those that hear of an incident now; `all`: the channels that do without routes. */
    channels: (extent: IncidentExtent, all: Iterable<string>): ReadonlySet<string> => new Set(routes === null ? all : routes.channels(extent, clock.now())),
    /** An incident changed: within the transaction that stores that. */
    changed: (incident: ChangedIncident): void => {
      heedSetBack()
      if (endsEscalation(incident)) escalations.removeOf(incident.id)
      escalateLater(incident.id, incident.now)
    },
    /** The times of routes may have begun, and escalations be due. Returns whether messages may have been added. */
    look: (isChannel: (name: string) => boolean): boolean => {
      const at = clock.now()
      attemptWrite(heedSetBack)
      const opened = routes?.opened(at) ?? null
      // What can't be judged now waits.
      const due = escalations.due(at).filter(({ incident }) => (deps.extent(incident)?.untaken ?? 0) > 0)
      if (opened === null && due.length === 0 && !isNew) return false
      const write = db.transaction(() => {
        for (const escalation of due) {
          const { incident, channel } = escalation
          const extent = deps.extent(incident)
          escalations.remove(escalation)
          if (extent !== null && isChannel(channel)) messages.addAsIs(channel, incident, extent, true)
        }
        if (opened === null && !isNew) return
        for (const [id, extent] of deps.extents()) {
          for (const name of new Set(opened?.channels(extent))) messages.addAsIs(name, id, extent, false)
          escalateLater(id, extent)
        }
      })
      if (!attemptWrite(() => unsynced(db, () => write()))) return false
      isNew = false
      opened?.seen()
      return true
    },
  }
}

/** Somebody took it or put it away, or it is over; that it can't be judged for a while changes nothing. */
function endsEscalation({ now, changes }: ChangedIncident): boolean {
  const isUnjudged = changes.every((change) => change.kind === 'suppressed' && change.because !== 'maintenance' && change.because !== 'paused')
  return now.untaken === 0 && !(isUnjudged && changes.length > 0)
}
