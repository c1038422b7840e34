import { z } from 'zod'
import { tierSchema } from './history.ts'
import { administer } from './permissions.ts'
import { refused } from './refusals.ts'
import { ruleCallSchema } from './rules.ts'
import { said } from './said.ts'
import { severitySchema } from './severities.ts'
import { alarmSubjectSchema } from './subjects.ts'
import { askedMs, epochMs } from './time.ts'
import { invalid } from './validationErrors.ts'

export const mostRehearsedDays = 31
export const mostRehearsed = 1_000

/** A rule, as an entry of `rules:` in the configuration file, and the period of the rehearsal: until now if there is no `to`, and its last 31 days if longer. */
const rehearseInputSchema = z
  .object({ rule: ruleCallSchema, from: askedMs, to: askedMs.optional() })
  .refine(({ from, to }) => to === undefined || to > from, { path: ['to'], error: invalid({ kind: 'rangeReversed' }) })
export type RehearseInput = z.infer<typeof rehearseInputSchema>

const rehearsedAlarmSchema = z.object({
  subject: alarmSubjectSchema,
  serverName: z.string(),
  /** Worst severity that it reached. */
  severity: severitySchema,
  start: epochMs,
  /** null: still active at the end of the period. */
  end: epochMs.nullable(),
  /** How often the condition began during this alarm. */
  count: z.number(),
})
export type RehearsedAlarm = z.infer<typeof rehearsedAlarmSchema>
const rehearsedSchema = z.object({
  /** The first alarms, ordered by start. */
  alarms: z.array(rehearsedAlarmSchema),
  total: z.number(),
})
export type Rehearsed = z.infer<typeof rehearsedSchema>

export const unrehearsedSchema = z.discriminatedUnion('kind', [
  /** What the rule watches is not kept as metrics; only past alarms show that and when it happened. */
  z.object({ kind: z.literal('notKeptAsFigures') }),
  /** No history is kept before `from`. */
  z.object({ kind: z.literal('keptSince'), from: epochMs }),
  /** Only `subjects` of the `of` streams or hosts were evaluated. */
  z.object({ kind: z.literal('tooMany'), subjects: z.number(), of: z.number() }),
  /** Conditions shorter than `stepMs` may be missed or appear longer. */
  z.object({ kind: z.literal('coarse'), tier: tierSchema.exclude(['samples']), stepMs: z.number() }),
  /** Past maintenance windows and on-air schedules are ignored. */
  z.object({ kind: z.literal('plans') }),
])
export type Unrehearsed = z.infer<typeof unrehearsedSchema>

const rehearsalSchema = z.object({
  rule: z.string(),
  from: epochMs,
  to: epochMs,
  /** Result with the current rule; null: the rule is new. */
  before: rehearsedSchema.nullable(),
  after: rehearsedSchema,
  /** Number of servers, streams, hosts or devices evaluated. */
  subjects: z.number(),
  unrehearsed: z.array(unrehearsedSchema),
  text: said('rehearsal', z.string().optional()),
  remarks: said('unrehearsed', z.array(z.string()).optional()),
})
export type Rehearsal = z.infer<typeof rehearsalSchema>

export const rehearsalContract = {
  /** Changes nothing, but takes seconds of a core: for users who may edit rules, one at a time per user. */
  rehearse: administer
    .errors({ TOO_MANY_REQUESTS: refused(429, 'running') })
    .route({ method: 'POST', path: '/rules/rehearse', tags: ['alarms'], summary: 'Alarms that a changed or new rule would have made of the past' })
    .input(rehearseInputSchema)
    .output(rehearsalSchema),
}
