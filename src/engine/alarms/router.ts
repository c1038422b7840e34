import { pageOf, troubleReports } from '../../shared/fleet.ts'
import type { Operator } from '../../shared/permissions.ts'
import type { AlarmsNotKept } from '../../shared/refusals.ts'
import type { Rule } from '../../shared/rules.ts'
import { api, onePerOperator, orNotFound, orRefused } from '../api.ts'
import type { Past } from '../past/past.ts'
import type { RefuseUnknownServer } from '../refusing.ts'
import type { SeesCamera } from './alarmSearch.ts'
import type { CountAlarms } from './alarmStatistics.ts'
import type { Alarms } from './alarms.ts'
import type { AlarmsThen } from './alarmsThen.ts'
import type { Rehearse } from './rehearsal.ts'
import type { RuleEdits } from './ruleEdits.ts'

export function alarmsRouter(
  alarms: Alarms,
  countAlarms: CountAlarms,
  pastOf: (operator: Operator) => Past,
  refuseUnknown: RefuseUnknownServer,
  seesOf: (operator: Operator) => SeesCamera | null,
) {
  /** Runs a query on closed alarms; throws `NOT_READ` if some could not be read. */
  const read = async <Answer>(errors: { readonly NOT_READ: () => Error }, ask: () => Answer | Promise<Answer>): Promise<Answer> => {
    const before = alarms.readFailures()
    const answer = await ask()
    if (alarms.readFailures() !== before) throw errors.NOT_READ()
    return answer
  }
  return {
    alarms: {
      list: api.alarms.list.handler(async ({ input, context, errors, signal }) => {
        // A past moment may have had other servers.
        if (input.at === undefined) refuseUnknown('serverId', input.serverId, context)
        const of = input.at === undefined ? alarms : await keptThen(pastOf(context.operator), input.at, errors, signal)
        return [...of.open(input)]
      }),
      past: api.alarms.past.handler(async ({ input, context, errors, signal }) => {
        const found = await read(errors, () => alarms.past(input, signal, seesOf(context.operator)))
        if (!found.ok) throw errors.TOO_WIDE({ data: found.error })
        return [...found.value]
      }),
      kept: api.alarms.kept.handler(() => alarms.kept()),
      statistics: api.alarms.statistics.handler(({ input }) => countAlarms(input.days)),
      steps: api.alarms.steps.handler(async ({ input, errors, signal }) => [...(await read(errors, () => alarms.steps(input, signal)))]),
      similar: api.alarms.similar.handler(async ({ input, errors, signal }) => [
        ...orNotFound(await read(errors, () => alarms.similar(input.id, signal)), errors),
      ]),
      get: api.alarms.get.handler(async ({ input: { id, at }, context, errors, signal }) => {
        const alarm = orNotFound(await read(errors, () => alarms.get(id, at)), errors)
        // For a past moment, its state at that time as listed.
        const listed = at === undefined ? undefined : (await pastOf(context.operator).alarms(at, signal)).open().find((other) => other.id === id)
        return { ...alarm, ...listed }
      }),
      acknowledge: api.alarms.acknowledge.handler(({ input, context, errors }) => orRefused(alarms.acknowledge(input, context.operator.name), errors)),
      unacknowledge: api.alarms.unacknowledge.handler(({ input, context }) => alarms.unacknowledge(input.ids, context.operator.name)),
      shelve: api.alarms.shelve.handler(({ input, context, errors }) => orRefused(alarms.shelve(input, context.operator.name), errors)),
      unshelve: api.alarms.unshelve.handler(({ input, context }) => alarms.unshelve(input.ids, context.operator.name)),
      comment: api.alarms.comment.handler(({ input, context }) => alarms.comment(input, context.operator.name)),
    },
    incidents: {
      list: api.incidents.list.handler(async ({ input, context, errors, signal }) => {
        const listed = input.at === undefined ? alarms.incidents() : (await keptThen(pastOf(context.operator), input.at, errors, signal)).incidents
        return [...pageOf(listed, input)]
      }),
      get: api.incidents.get.handler(({ input, errors }) => orNotFound(alarms.incident(input.id), errors)),
    },
    /** Part of the fleet in the contract. */
    troubles: api.fleet.troubles.handler(async ({ input, context, errors, signal }) => {
      const of = input?.at === undefined ? alarms : await keptThen(pastOf(context.operator), input.at, errors, signal)
      return [...pageOf(troubleReports(of.inTrouble()), input)]
    }),
  }
}

/** The alarms of a past moment. Refused if none are stored for it, because recomputed ones would be judged by today's rules. */
async function keptThen(
  past: Past,
  at: number,
  errors: { readonly NOT_KEPT: (details: { readonly data: AlarmsNotKept }) => Error },
  signal: AbortSignal | undefined,
): Promise<AlarmsThen> {
  const then = await past.alarms(at, signal)
  if (then.keptFrom !== null) throw errors.NOT_KEPT({ data: { kind: 'alarmsNotKept', since: then.keptFrom } })
  return then
}

export function rulesRouter(rules: () => readonly Rule[], ruleEdits: RuleEdits, rehearse: Rehearse) {
  const oneAtATime = onePerOperator()
  const all = () => [...rules()]
  const inForce = (id: string) => {
    const found = all().find((rule) => rule.id === id)
    if (found === undefined) throw new Error('a rule that was entered is in force')
    return found
  }
  return {
    list: api.rules.list.handler(() => all()),
    add: api.rules.add.handler(({ input, context, errors }) => {
      orRefused(ruleEdits.add(input, context.operator.name), errors)
      return inForce(input.id)
    }),
    update: api.rules.update.handler(({ input: { id, change, openedAt }, context, errors }) => {
      orRefused(ruleEdits.update({ id, ...change }, context.operator.name, openedAt), errors)
      return inForce(id)
    }),
    remove: api.rules.remove.handler(({ input, context, errors }) => {
      orRefused(ruleEdits.remove(input.id, context.operator.name), errors)
    }),
    rehearse: api.rules.rehearse.handler(({ input, context, signal, errors }) => oneAtATime(context.operator, errors, () => rehearse(input, signal))),
    exportYaml: api.rules.exportYaml.handler(() => ({ yaml: ruleEdits.exportYaml() })),
  }
}
