import { z } from 'zod'
import { tierSchema } from './history.ts'
import { type Mistake, mistaken } from './mistakes.ts'
import { administer } from './permissions.ts'
import { refused } from './refusals.ts'
import { ruleCallSchema } from './rules.ts'
import { alarmSubjectSchema } from './subjects.ts'
import { askedMs, epochMs } from './time.ts'
import { severitySchema } from './troubles.ts'

/** Longest period that is rehearsed at once, days. */
export const mostRehearsedDays = 31
/** The most alarms that a rehearsal lists. */
export const mostRehearsed = 1_000

/** A rule as one entry of `rules:` in the configuration file says it, and the period in which it is tried. */
export const rehearseInputSchema = z
  .object({
    rule: ruleCallSchema,
    from: askedMs,
    /** Left out: until now, and of a longer period the last 31 days. */
    to: askedMs.optional(),
  })
  .superRefine(({ from, to }, ctx) => {
    if (to === undefined) return
    const wrong = (key: string, mistake: Mistake) => ctx.addIssue({ code: 'custom', path: [key], message: mistaken(mistake) })
    if (to <= from) wrong('to', { kind: 'endBeforeBegin' })
    else if (to - from > mostRehearsedDays * 86_400_000) wrong('from', { kind: 'notDays', least: 0, most: mostRehearsedDays })
  })
export type RehearseInput = z.infer<typeof rehearseInputSchema>

/** An alarm that there would have been. */
export const rehearsedAlarmSchema = z.object({
  subject: alarmSubjectSchema,
  serverName: z.string(),
  /** The worst that it had. */
  severity: severitySchema,
  start: epochMs,
  /** null: it lasted at the end. */
  end: epochMs.nullable(),
  /** How often what is wrong began in it. */
  count: z.number(),
})
export type RehearsedAlarm = z.infer<typeof rehearsedAlarmSchema>
const rehearsedSchema = z.object({
  /** The first of them, in the order in which they begin. */
  alarms: z.array(rehearsedAlarmSchema),
  total: z.number(),
})
export type Rehearsed = z.infer<typeof rehearsedSchema>

/** What a rehearsal does not say, and why. */
export const unrehearsedSchema = z.discriminatedUnion('kind', [
  /** What the rule watches is not kept as figures: only that it was so, and when, as alarms say it. */
  z.object({ kind: z.literal('notKeptAsFigures') }),
  /** Of a remedy: by the alarms that the rule made in that time, as it was then. */
  z.object({ kind: z.literal('byAlarms') }),
  /** Nothing is kept before `from`. */
  z.object({ kind: z.literal('keptSince'), from: epochMs }),
  /** There are more streams or hosts than are looked at. */
  z.object({ kind: z.literal('tooMany'), subjects: z.number(), of: z.number() }),
  /** What lasts for less than this, ms, may be missing, or seem longer. */
  z.object({ kind: z.literal('coarse'), tier: tierSchema.exclude(['samples']), stepMs: z.number() }),
  /** Maintenance windows and times on air of then are left aside. */
  z.object({ kind: z.literal('plans') }),
])
export type Unrehearsed = z.infer<typeof unrehearsedSchema>

export const rehearsalSchema = z.object({
  rule: z.string(),
  from: epochMs,
  to: epochMs,
  /** With the rule as it stands; null: it is a new one. */
  before: rehearsedSchema.nullable(),
  after: rehearsedSchema,
  /** How many servers, streams, hosts or parts of hosts it was tried on. */
  subjects: z.number(),
  /** The coarsest resolution of what was judged; null: nothing came near a limit. */
  tier: tierSchema.nullable(),
  unrehearsed: z.array(unrehearsedSchema),
  /** What it comes to, and what it does not say, in the requested language. Sent over REST only. */
  text: z.string().optional(),
  remarks: z.array(z.string()).optional(),
})
export type Rehearsal = z.infer<typeof rehearsalSchema>

export const rehearsalContract = {
  /** Changes nothing, and costs seconds of a core: for those who edit rules, and one at a time for each of them. */
  rehearse: administer
    .errors({ TOO_MANY_REQUESTS: refused(429, 'rehearsalRunning') })
    .route({ method: 'POST', path: '/rules/rehearse', tags: ['alarms'], summary: 'Alarms that a changed or new rule would have made of the past' })
    .input(rehearseInputSchema)
    .output(rehearsalSchema),
}
