import type { Alarm, AlarmCounts, AlarmState } from '../../shared/alarms.ts'
import type { Incident } from '../../shared/incidents.ts'
import { type Severity, severities } from '../../shared/troubles.ts'

/** Open alarms. */
export interface OpenAlarms {
  /** Worst first; at most 500 of them. */
  readonly list: readonly Alarm[]
  /** Worst first; at most 500 of them. */
  readonly incidents: readonly Incident[]
  /** Of all of them. */
  readonly counts: Readonly<Record<AlarmState, number>>
  readonly bySeverity: AlarmCounts
  readonly total: number
  /** As `FleetChanges.alarmsKeptFrom`. */
  readonly keptFrom: number | null
}

const sum = (counts: AlarmCounts[AlarmState]) => severities.reduce((all, severity) => all + counts[severity], 0)
export function openAlarms(list: readonly Alarm[], bySeverity: AlarmCounts, incidents: readonly Incident[] = [], keptFrom: number | null = null): OpenAlarms {
  const counts = Object.fromEntries(Object.entries(bySeverity).map(([state, each]) => [state, sum(each)])) as OpenAlarms['counts']
  return { list, incidents, bySeverity, counts, keptFrom, total: Object.values(counts).reduce((all, count) => all + count, 0) }
}

/** What title and tray say of open alarms. */
export interface AlarmsInBrief {
  /** Those that nobody has taken; one that is shelved, suppressed or out of service is not loud. */
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
