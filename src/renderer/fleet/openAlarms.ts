import type { Alarm, AlarmCounts, AlarmState } from '../../shared/alarms.ts'
import type { FleetChanges } from '../../shared/fleet.ts'
import { type Incident, isOpenIncident, isWrongNow, type OpenIncidents, openIncidentsOf } from '../../shared/incidents.ts'
import { severities } from '../../shared/severities.ts'

export interface OpenAlarms {
  /** Worst first; at most 500 of them. */
  readonly list: readonly Alarm[]
  /** Worst first; at most 500 of them. */
  readonly incidents: readonly Incident[]
  readonly counts: Readonly<Record<AlarmState, number>>
  readonly bySeverity: AlarmCounts
  readonly open: OpenIncidents
  /** Of all alarms, with their number. */
  readonly alarmsBySeverity: AlarmCounts
  readonly total: number
  /** As `FleetChanges.alarmsKeptFrom`. */
  readonly keptFrom: number | null
}

const sum = (counts: AlarmCounts[AlarmState]) => severities.reduce((all, severity) => all + counts[severity], 0)
const totalOf = (counts: AlarmCounts) => Object.values(counts).reduce((all, each) => all + sum(each), 0)
export function openAlarms(sent: Pick<FleetChanges, 'alarms' | 'incidents' | 'alarmCounts' | 'incidentCounts' | 'alarmsKeptFrom'>): OpenAlarms {
  const { alarms, incidents, alarmCounts, incidentCounts: bySeverity, alarmsKeptFrom: keptFrom } = sent
  const counts = Object.fromEntries(Object.entries(bySeverity).map(([state, each]) => [state, sum(each)])) as OpenAlarms['counts']
  const open = openIncidentsOf(bySeverity)
  return { list: alarms ?? [], incidents: incidents ?? [], counts, bySeverity, open, alarmsBySeverity: alarmCounts, total: totalOf(alarmCounts), keptFrom }
}

/** `list`: unacknowledged, then taken, then healed ones, each group worst first. `away`: active but shelved, suppressed or out of service. */
export function penaltyOrder(incidents: readonly Incident[]) {
  const rank = (one: Incident) => (isWrongNow(one) ? 0 : 2) + Number(one.state === 'acknowledged')
  return {
    list: incidents.filter(isOpenIncident).toSorted((a, b) => rank(a) - rank(b)),
    away: incidents.filter((incident) => isWrongNow(incident) && !isOpenIncident(incident)),
  }
}
