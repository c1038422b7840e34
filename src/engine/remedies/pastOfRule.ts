import type { Alarm, AlarmsInput, PastAlarmsInput } from '../../shared/alarms.ts'
import { mostRehearsed, type Rehearsal, type RehearsedAlarm, type RehearseInput, type Unrehearsed } from '../../shared/rehearsal.ts'
import type { Result } from '../../shared/result.ts'
import type { Rule, RuleInput } from '../../shared/rules.ts'

interface PastOfRuleDeps {
  /** What is entered about rules, in the file and in the console. */
  readonly inputs: () => readonly RuleInput[]
  readonly rehearse: (input: RehearseInput, signal?: AbortSignal) => Promise<Rehearsal>
  readonly open: (input?: Partial<AlarmsInput>) => readonly Alarm[]
  readonly past: (input: PastAlarmsInput, signal?: AbortSignal) => Promise<Result<readonly Alarm[], unknown>>
}

/** Alarms that a rule made or would have made. */
export interface PastOfRule {
  /** Oldest first, at most 1,000 of them. */
  readonly alarms: readonly RehearsedAlarm[]
  readonly total: number
  readonly to: number
  readonly unrehearsed: readonly Unrehearsed[]
}

/** The alarms that a rule would have made since a moment; where what it watches is not kept as figures, those that it made. */
export async function pastOfRule({ inputs, rehearse, open, past }: PastOfRuleDeps, { id }: Rule, from: number, signal?: AbortSignal): Promise<PastOfRule> {
  const rule = inputs().find((input) => input.id === id) ?? { id }
  const { after, to, unrehearsed } = await rehearse({ rule, from }, signal)
  if (!unrehearsed.some(({ kind }) => kind === 'notKeptAsFigures')) return { ...after, to, unrehearsed }
  const closed = await past({ rule: id, from, limit: mostRehearsed }, signal)
  if (!closed.ok) return { alarms: [], total: 0, to, unrehearsed }
  const lasting = open().filter((alarm) => (alarm.rule ?? alarm.kind) === id && alarm.raisedAt >= from)
  const alarms = [...closed.value, ...lasting].sort((a, b) => a.raisedAt - b.raisedAt)
  return { alarms: alarms.map(rehearsed), total: alarms.length, to, unrehearsed: [{ kind: 'byAlarms' }] }
}

const rehearsed = ({ subject, serverName, severity, raisedAt, healedAt, closed, count }: Alarm): RehearsedAlarm => ({
  ...{ subject, serverName, severity, count },
  start: raisedAt,
  end: healedAt ?? closed?.at ?? null,
})
