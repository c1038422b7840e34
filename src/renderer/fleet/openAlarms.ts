import type { Alarm, AlarmCounts, AlarmState } from '../../shared/alarms.ts'
import type { FleetChanges } from '../../shared/fleet.ts'
import { type Incident, type OpenIncidents, openIncidentsOf } from '../../shared/incidents.ts'
import { severities } from '../../shared/severities.ts'

/** Open alarms and their incidents, which are what is counted on every page. */
export interface OpenAlarms {
  /** Worst first; at most 500 of them. */
  readonly list: readonly Alarm[]
  /** Worst first; at most 500 of them. */
  readonly incidents: readonly Incident[]
  /** Of all incidents. */
  readonly counts: Readonly<Record<AlarmState, number>>
  readonly bySeverity: AlarmCounts
  readonly open: OpenIncidents
  /** The same of all alarms, and how many there are. */
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
