import { isReach } from '../../shared/alarms.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import { type Severity, severities, severityRank } from '../../shared/troubles.ts'
import { type AlarmRecord, stateOf } from './alarmLife.ts'

/** Totals of the open alarms of an incident, updated incrementally: an incident may have 10,000. */
export interface IncidentTally {
  /** Number of ongoing alarms: those that have not healed. */
  ongoing: number
  /** Number of ongoing alarms that are active: neither shelved, suppressed nor out of service. */
  active: number
  unacknowledged: number
  /** Number of active alarms that are not back to normal, and of active ones of servers that are down. */
  wrong: number
  down: number
  /** Number of active alarms by rank of their severity. */
  readonly ranks: number[]
  /** Number of ongoing alarms by id of their server or host. */
  readonly owners: Map<string, number>
}

export function createTally(): IncidentTally {
  return {
    ongoing: 0,
    active: 0,
    unacknowledged: 0,
    wrong: 0,
    down: 0,
    ranks: severities.map(() => 0),
    owners: new Map(),
  }
}

/** Whether an alarm is active: ongoing, and neither shelved, suppressed nor out of service. */
export function isActive(alarm: AlarmRecord): boolean {
  const state = stateOf(alarm)
  return alarm.closed === null && (state === 'unacknowledged' || state === 'acknowledged')
}

/** Adds an alarm (1), or subtracts it again in its previous state (-1). */
export function count(tally: IncidentTally, alarm: AlarmRecord, by: 1 | -1): void {
  if (alarm.closed !== null || alarm.healedAt !== null) return
  tally.ongoing += by
  const owner = ownerIdOf(alarm.subject)
  const ofOwner = (tally.owners.get(owner) ?? 0) + by
  if (ofOwner === 0) tally.owners.delete(owner)
  else tally.owners.set(owner, ofOwner)
  if (!isActive(alarm)) return
  tally.active += by
  if (alarm.acknowledged === null) tally.unacknowledged += by
  if (alarm.calmSince === undefined) tally.wrong += by
  if (isReach(alarm)) tally.down += by
  const rank = severityRank[alarm.severity]
  tally.ranks[rank] = (tally.ranks[rank] ?? 0) + by
}

/** The worst severity of active alarms; null: none is active. */
export function worstOf({ ranks }: Pick<IncidentTally, 'ranks'>): Severity | null {
  return severities[ranks.findIndex((alarms) => alarms > 0)] ?? null
}

export function copyOf(tally: IncidentTally): IncidentTally {
  return { ...tally, ranks: [...tally.ranks], owners: new Map(tally.owners) }
}

/** What was well for longer than this begins anew when it goes wrong again, ms. */
export const freshMs = 60_000
