import { ownerIdOf } from '../../shared/subjectNames.ts'
import { type Severity, severities, severityRank } from '../../shared/troubles.ts'
import { type AlarmRecord, stateOf } from './alarmLife.ts'

/** What the open alarms of an incident come to, counted along: an incident may have 10,000. */
export interface IncidentTally {
  /** Alarms that have not healed. */
  lasting: number
  /** Of them those that are told: neither put away nor impossible to judge. */
  told: number
  untaken: number
  /** Those that are told, by the rank of their severity. */
  readonly ranks: number[]
  /** Those that last, by the id of their server or host. */
  readonly owners: Map<string, number>
  /** When the latest one healed. */
  healedAt: number
}

export const createTally = (): IncidentTally => ({
  lasting: 0,
  told: 0,
  untaken: 0,
  ranks: severities.map(() => 0),
  owners: new Map(),
  healedAt: Number.NEGATIVE_INFINITY,
})

/** Whether an alarm lasts, can be judged and is not put away. */
export function isTold(alarm: AlarmRecord): boolean {
  const state = stateOf(alarm)
  return alarm.closed === null && (state === 'unacknowledged' || state === 'acknowledged')
}

/** Adds an alarm, or takes it out again as it was. */
export function count(tally: IncidentTally, alarm: AlarmRecord, by: 1 | -1): void {
  if (alarm.closed !== null || alarm.healedAt !== null) {
    tally.healedAt = Math.max(tally.healedAt, alarm.healedAt ?? alarm.closed?.at ?? 0)
    return
  }
  tally.lasting += by
  const owner = ownerIdOf(alarm.subject)
  const ofOwner = (tally.owners.get(owner) ?? 0) + by
  if (ofOwner === 0) tally.owners.delete(owner)
  else tally.owners.set(owner, ofOwner)
  if (!isTold(alarm)) return
  tally.told += by
  if (alarm.acknowledged === null) tally.untaken += by
  const rank = severityRank[alarm.severity]
  tally.ranks[rank] = (tally.ranks[rank] ?? 0) + by
}

/** The worst severity of those that are told; null: none is. */
export const worstOf = ({ ranks }: Pick<IncidentTally, 'ranks'>): Severity | null => severities[ranks.findIndex((alarms) => alarms > 0)] ?? null

export const copyOf = (tally: IncidentTally): IncidentTally => ({ ...tally, ranks: [...tally.ranks], owners: new Map(tally.owners) })

/** An incident that healed at most this long ago may still have further effects, ms. */
export const freshMs = 60_000
/** Whether an alarm may join it. */
export const isFresh = (tally: IncidentTally | null, at: number): boolean => tally !== null && (tally.lasting > 0 || at - tally.healedAt <= freshMs)
