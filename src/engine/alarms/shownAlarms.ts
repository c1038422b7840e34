import { type Alarm, type AlarmsInput, alarmStates } from '../../shared/alarms.ts'
import { pageOf } from '../../shared/fleet.ts'
import { isInTrouble } from '../../shared/incidents.ts'
import { type Severity, severityRank } from '../../shared/severities.ts'
import { ownerIdOf, partOf, pathOf, probeSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { type AlarmRecord, stateOf } from './alarmLife.ts'
import type { OpenAlarms } from './openAlarms.ts'

export function selectedOf(alarms: readonly Alarm[], { state, severity, serverId, hostId, probeId, path, ...page }: Partial<AlarmsInput>): readonly Alarm[] {
  return [
    ...pageOf(
      alarms.filter(
        (alarm) =>
          (state?.includes(alarm.state) ?? true) &&
          (severity?.includes(alarm.severity) ?? true) &&
          (serverId === undefined || serverId === ownerIdOf(alarm.subject)) &&
          (hostId === undefined || hostId === ownerIdOf(alarm.subject)) &&
          (probeId === undefined || probeId === ownerIdOf(alarm.subject)) &&
          (path === undefined || path === pathOf(alarm.subject)),
      ),
      page,
    ),
  ]
}
export function shown(record: AlarmRecord): Alarm {
  return { ...record, state: stateOf(record) }
}
/** Order: worst first, unacknowledged before others, whole servers and hosts before their parts, newest first. */
export function compareAlarms(a: Alarm, b: Alarm) {
  return (
    severityRank[a.severity] - severityRank[b.severity] ||
    alarmStates.indexOf(a.state) - alarmStates.indexOf(b.state) ||
    Number(partOf(a.subject) !== null) - Number(partOf(b.subject) !== null) ||
    b.since - a.since ||
    a.id.localeCompare(b.id)
  )
}

const isRecordInTrouble = (alarm: AlarmRecord): boolean => isInTrouble(alarm, stateOf(alarm))

/** The worst severity of ongoing alarms that are neither shelved, suppressed nor out of service; null: none. */
export function worstOf(alarms: Iterable<AlarmRecord>): Severity | null {
  let worst: Severity | null = null
  for (const alarm of alarms) if (isRecordInTrouble(alarm) && (worst === null || severityRank[alarm.severity] < severityRank[worst])) worst = alarm.severity
  return worst
}

/** Severities of servers, streams and probes from their open alarms. */
export function verdictsBy(open: Pick<OpenAlarms, 'at' | 'of'>) {
  return {
    severityOf: (serverId: string, path: string): Severity | null => worstOf(open.at(streamSubject(serverId, path)).values()),
    severityOfServer: (serverId: string): Severity | null => worstOf(open.at(serverSubject(serverId)).values()),
    severityOfProbe: (probeId: string): Severity | null => worstOf(open.at(probeSubject(probeId)).values()),
    isMissed: (serverId: string, path: string): boolean => {
      for (const alarm of open.at(streamSubject(serverId, path)).values())
        if (alarm.healedAt === null && (alarm.kind === 'streamGone' || alarm.kind === 'streamStalled')) return true
      return false
    },
    inTroubleOf: (serverId: string): number => {
      const paths = new Set<string>()
      for (const alarm of open.of(serverId).values()) if (alarm.subject.kind === 'stream' && isRecordInTrouble(alarm)) paths.add(alarm.subject.path)
      return paths.size
    },
  }
}
