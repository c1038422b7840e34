import type { Clock } from '../../clock/clock.ts'
import { createSetBackWatch } from '../../clock/setBackWatch.ts'
import type { ShownRoute } from '../../shared/channels.ts'
import type { ChangedIncident, IncidentExtent } from '../alarms/changedIncidents.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { unsynced } from '../storage/unsynced.ts'
import { createEscalationRows } from './escalationRows.ts'
import { isNotified } from './eventFor.ts'
import { createHeldBackRows } from './heldBackRows.ts'
import type { IncidentMessages } from './incidentMessages.ts'
import type { MessageRows } from './messageRows.ts'
import { createRoutes, type RouteInForce, type Routes, type RoutesDeps } from './routes.ts'

export interface RoutingDeps extends RoutesDeps {
  readonly clock: Clock
  /** main.db. */
  readonly db: Database
  /** The current extent of an incident; null: it has no open alarm. */
  readonly extent: (incident: string) => IncidentExtent | null
  /** The extents of all incidents with open alarms. */
  readonly extents: () => Iterable<readonly [incident: string, IncidentExtent]>
  /** By how much the clock was set back while no console was running, ms; omitted: not at all. */
  readonly setBackMs?: number
}

/**
 * Decides which channels are notified of an incident: by the routes in force immediately or when their schedule begins, and later by escalation if
 * nobody acknowledges it.
 */
export function createRouting(deps: RoutingDeps, rows: MessageRows, messages: IncidentMessages) {
  const { clock, db } = deps
  const escalations = createEscalationRows(db)
  const heldBack = createHeldBackRows(db)
  let routes: Routes | null = null
  /** The current routes have not been applied to the open incidents yet. */
  let isNew = true
  if (deps.setBackMs) escalations.setBack(deps.setBackMs)
  /** Moves due times when the clock is set back, so that escalations are not delayed by it. */
  const heedSetBack = createSetBackWatch(clock, escalations.setBack)

  const remindLater = (id: string, extent: IncidentExtent) => {
    for (const [name, everyMs] of routes?.reminders(extent, clock.now()) ?? [])
      if (extent.unacknowledged > 0 && isNotified(rows.last(id, name))) escalations.add(id, name, clock.now() + everyMs)
  }
  /** Schedules the escalations and reminders of an incident; they are dropped if somebody acknowledges it first. */
  const escalateLater = (id: string, extent: IncidentExtent) => {
    if (routes === null || extent.unacknowledged === 0) return
    for (const [name, afterMs] of routes.escalations(extent, clock.now()))
      if (!isNotified(rows.last(id, name))) escalations.add(id, name, clock.now() + afterMs)
    remindLater(id, extent)
  }
  /** What began and ended while the routes of a channel were closed. */
  const tellHeldBack = (name: string) => {
    for (const id of heldBack.take(name))
      if ((deps.extent(id)?.ongoing ?? 0) === 0 && rows.last(id, name) === null) rows.add(id, name, 'end', clock.now(), { startMissed: true })
  }
  return {
    /** null: every channel is notified of every incident. */
    configure: (wanted: readonly RouteInForce[] | null): void => {
      routes = wanted && createRoutes(wanted, deps)
      isNew = true
    },
    /** Drops escalations and reminders to channels that the routes no longer name. */
    abandon: (): void => escalations.keepOnly(routes?.laterTo ?? []),
    areTimed: (): boolean => routes?.areTimed === true,
    shown: (): ShownRoute[] | null => routes?.shown(clock.now()) ?? null,
    /** The channels to notify of an incident now; `all`: the channels used if there are no routes. */
    channels: (extent: IncidentExtent, all: Iterable<string>): ReadonlySet<string> => new Set(routes === null ? all : routes.channels(extent, clock.now())),
    /** Call when an incident changed, within the transaction that stores the change. */
    changed: (incident: ChangedIncident): void => {
      heedSetBack()
      if (endsEscalation(incident)) escalations.removeOf(incident.id)
      escalateLater(incident.id, incident.now)
      if (incident.now.active === 0) return
      for (const name of routes?.closedTo(incident.now, clock.now()) ?? []) if (rows.last(incident.id, name) === null) heldBack.add(name, incident.id)
    },
    /** Handles routes whose schedule has begun and escalations that are due. Returns whether messages may have been added. */
    check: (isChannel: (name: string) => boolean): boolean => {
      const at = clock.now()
      attemptWrite(heedSetBack)
      const opened = routes?.opened(at) ?? null
      // Escalations of incidents that can't be judged now wait.
      const due = escalations.due(at).filter(({ incident }) => (deps.extent(incident)?.unacknowledged ?? 0) > 0)
      if (opened === null && due.length === 0 && !isNew) return false
      const write = db.transaction(() => {
        for (const escalation of due) {
          const { incident, channel } = escalation
          const extent = deps.extent(incident)
          escalations.remove(escalation)
          if (extent === null || !isChannel(channel)) continue
          if (!isNotified(rows.last(incident, channel))) messages.addAsIs(channel, incident, extent, true)
          else if (routes?.reminders(extent, at).has(channel)) messages.remind(channel, incident)
          remindLater(incident, extent)
        }
        if (opened === null && !isNew) return
        // First, so that what is over and what is open are sent as one.
        for (const name of opened?.names ?? []) if (isChannel(name)) tellHeldBack(name)
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

/** Whether the incident was acknowledged, shelved or cleared. That its alarms temporarily can't be judged does not end an escalation. */
function endsEscalation({ now, changes }: ChangedIncident): boolean {
  const isUnjudged = changes.every((change) => change.kind === 'suppressed' && change.because !== 'maintenance' && change.because !== 'paused')
  return now.unacknowledged === 0 && !(isUnjudged && changes.length > 0)
}
