import type { Alarm, AlarmState } from '../../shared/alarms.ts'
import { isWrongNow } from '../../shared/incidents.ts'
import { streamSubject } from '../../shared/subjects.ts'
import { type Severity, severityRank } from '../../shared/troubles.ts'
import { type AlarmRecord, stateOf } from './alarmLife.ts'
import type { OpenAlarms } from './openAlarms.ts'

/** Whether an alarm lasts, and nobody has put it away: it is neither shelved, nor suppressed, nor out of service. */
export const isInTrouble = (alarm: Pick<Alarm, 'state' | 'healedAt' | 'calmSince'>): boolean => isWrongNow(alarm) && isInService(alarm.state)
const isInService = (state: AlarmState): boolean => state === 'unacknowledged' || state === 'acknowledged'

// It is asked with each poll of each open alarm, which is not copied for it.
const isRecordInTrouble = (alarm: AlarmRecord): boolean => isWrongNow(alarm) && isInService(stateOf(alarm))

/** The worst severity of alarms that last and that nobody has put away; null: there is none. */
export function worstOf(alarms: Iterable<AlarmRecord>): Severity | null {
  let worst: Severity | null = null
  for (const alarm of alarms) if (isRecordInTrouble(alarm) && (worst === null || severityRank[alarm.severity] < severityRank[worst])) worst = alarm.severity
  return worst
}

/** What open alarms say of streams. */
export const verdictsBy = (open: Pick<OpenAlarms, 'at' | 'of'>) => ({
  severityOf: (serverId: string, path: string): Severity | null => worstOf(open.at(streamSubject(serverId, path)).values()),
  inTroubleOf: (serverId: string): number => {
    const paths = new Set<string>()
    for (const alarm of open.of(serverId).values()) if (alarm.subject.kind === 'stream' && isRecordInTrouble(alarm)) paths.add(alarm.subject.path)
    return paths.size
  },
})
