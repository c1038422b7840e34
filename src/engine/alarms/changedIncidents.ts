import type { AlarmChange } from '../../shared/alarms.ts'
import { type Severity, severities } from '../../shared/severities.ts'
import { type ChangedAlarm, isActive } from './alarmLife.ts'
import { count, createTally, type IncidentTally, type OpenAlarms } from './openAlarms.ts'

/** The worst severity of active alarms; null: none is active. */
export function worstOf({ ranks }: Pick<IncidentTally, 'ranks'>): Severity | null {
  return severities[ranks.findIndex((alarms) => alarms > 0)] ?? null
}

function copyOf(tally: IncidentTally): IncidentTally {
  return { ...tally, ranks: [...tally.ranks], owners: new Map(tally.owners) }
}

/** What was well for longer than this begins anew when it goes wrong again, ms. */
export const freshMs = 60_000

/** Summary of an incident at one time, as needed for notifications. */
export interface IncidentExtent {
  /** Number of alarms that have not cleared, and how many of those are notified (not shelved, suppressed or impossible to evaluate). */
  readonly ongoing: number
  readonly active: number
  /** Number of notified alarms that nobody has acknowledged. */
  readonly unacknowledged: number
  /** The worst severity of the notified alarms; null: there are none. */
  readonly severity: Severity | null
  /** Number of notified alarms that are not back to normal, and of notified ones of servers that are down. */
  readonly wrong: number
  readonly down: number
  /** Ids of servers and hosts with alarms that have not cleared. */
  readonly owners: readonly string[]
}

/** An incident with simultaneous changes of its alarms. */
export interface ChangedIncident {
  readonly id: string
  readonly before: IncidentExtent
  readonly now: IncidentExtent
  /** Changes of alarms that are notified, or were before. */
  readonly changes: readonly AlarmChange[]
}

export function extentOf(tally: IncidentTally): IncidentExtent {
  const { ongoing, active, unacknowledged, wrong, down, owners } = tally
  return { ongoing, active, unacknowledged, severity: worstOf(tally), wrong, down, owners: [...owners.keys()] }
}

/** Returns the incidents affected by changed alarms. Call it before `open` is updated. Its cost depends on the number of changes, not of alarms. */
export function changedIncidents(changed: readonly ChangedAlarm[], open: OpenAlarms): readonly ChangedIncident[] {
  const incidents = new Map<string, { readonly before: IncidentTally; readonly now: IncidentTally; readonly changes: AlarmChange[] }>()
  const incidentOf = (id: string) => {
    const known = incidents.get(id)
    if (known !== undefined) return known
    const before = open.tally(id) ?? createTally()
    const incident = { before, now: copyOf(before), changes: [] as AlarmChange[] }
    incidents.set(id, incident)
    return incident
  }
  for (const { alarm, changes } of changed) {
    const was = open.get(alarm.id)
    if (was !== undefined) count(incidentOf(was.incident).now, was, -1)
    const incident = incidentOf(alarm.incident)
    count(incident.now, alarm, 1)
    if (isActive(alarm) || (was !== undefined && isActive(was))) incident.changes.push(...changes)
  }
  return Array.from(incidents, ([id, { before, now, changes }]) => ({ id, before: extentOf(before), now: extentOf(now), changes }))
}
