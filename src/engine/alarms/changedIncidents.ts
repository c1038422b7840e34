import type { AlarmChange } from '../../shared/alarms.ts'
import type { Severity } from '../../shared/troubles.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import { copyOf, count, createTally, type IncidentTally, isTold, worstOf } from './incidentTally.ts'
import type { OpenAlarms } from './openAlarms.ts'

/** What an incident comes to at one moment, as far as it is told. */
export interface IncidentExtent {
  /** Alarms that have not healed, and those of them that are told. */
  readonly lasting: number
  readonly told: number
  /** Of those that are told, those that nobody has taken. */
  readonly untaken: number
  /** The worst of those that are told; null: none is. */
  readonly severity: Severity | null
  /** Ids of servers and hosts with alarms that last. */
  readonly owners: readonly string[]
}

/** An incident with what happened to its alarms at once. */
export interface ChangedIncident {
  readonly id: string
  readonly before: IncidentExtent
  readonly now: IncidentExtent
  /** Of alarms that are told, or were before. */
  readonly changes: readonly AlarmChange[]
}

export function extentOf(tally: IncidentTally): IncidentExtent {
  const { lasting, told, untaken, owners } = tally
  return { lasting, told, untaken, severity: worstOf(tally), owners: [...owners.keys()] }
}

/** Which incidents change with these alarms, before `open` has them. Takes as long as there are changes, not alarms. */
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
    if (isTold(alarm) || (was !== undefined && isTold(was))) incident.changes.push(...changes)
  }
  return Array.from(incidents, ([id, { before, now, changes }]) => ({ id, before: extentOf(before), now: extentOf(now), changes }))
}
