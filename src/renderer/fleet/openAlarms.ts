import type { Alarm, AlarmCounts, AlarmState } from '../../shared/alarms.ts'
import type { FleetChanges } from '../../shared/fleet.ts'
import type { Incident } from '../../shared/incidents.ts'
import { type Severity, severities } from '../../shared/troubles.ts'

/** Open alarms and their incidents, which are what is counted on every page. */
export interface OpenAlarms {
  /** Worst first; at most 500 of them. */
  readonly list: readonly Alarm[]
  /** Worst first; at most 500 of them. */
  readonly incidents: readonly Incident[]
  /** Of all incidents. */
  readonly counts: Readonly<Record<AlarmState, number>>
  readonly bySeverity: AlarmCounts
  readonly totalIncidents: number
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
  const [total, totalIncidents] = [totalOf(alarmCounts), totalOf(bySeverity)]
  return { list: alarms ?? [], incidents: incidents ?? [], counts, bySeverity, totalIncidents, alarmsBySeverity: alarmCounts, total, keptFrom }
}

/** What title and tray say of open incidents. */
export interface AlarmsInBrief {
  /** Incidents that nobody has taken; one that is shelved, suppressed or out of service is not loud. */
  readonly unacknowledged: number
  readonly acknowledged: number
  /** Worst severity of the unacknowledged ones, or where there is none of the acknowledged ones; null: of neither is there any. */
  readonly worst: Severity | null
}
export function alarmsInBrief(alarms: OpenAlarms | null): AlarmsInBrief {
  const worstOf = (state: AlarmState) => severities.find((severity) => (alarms?.bySeverity[state][severity] ?? 0) > 0)
  return {
    unacknowledged: alarms?.counts.unacknowledged ?? 0,
    acknowledged: alarms?.counts.acknowledged ?? 0,
    worst: worstOf('unacknowledged') ?? worstOf('acknowledged') ?? null,
  }
}
