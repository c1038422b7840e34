import { z } from 'zod'
import { administer } from './permissions.ts'
import { ruleKinds, type WatchedKind } from './ruleKinds.ts'
import { ruleCallSchema } from './rules.ts'
import { subjectKinds, subjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'

/** So many subjects of a rule are listed. */
export const mostBeyondListed = 50

export const beyondInputSchema = z.object({
  /** As one entry of `rules:` in the configuration file says it. It counts as switched on. */
  rule: ruleCallSchema,
  /** Lists only those with this text in their own name, or in that of their server or host. */
  find: z.string().max(200).optional(),
})
export type BeyondInput = z.infer<typeof beyondInputSchema>

/** Something that a rule judges. */
export const judgedSubjectSchema = z.object({
  subject: subjectSchema,
  /** Name of its server or host. */
  serverName: z.string(),
  /** What is compared with the limits: a figure in its unit, by how much it changed, or how many spreads it is off what is usual. null: not known now. */
  value: z.number().nullable(),
  isBeyond: z.boolean(),
  /** Which of the rule's exceptions judges it, counted from 0; null: none does. */
  exception: z.number().int().nullable(),
  /** Alarms of the rule about it that were open within the last day. */
  alarms: z.number(),
})
export type JudgedSubject = z.infer<typeof judgedSubjectSchema>

export const beyondNowSchema = z.object({
  rule: z.string(),
  at: epochMs,
  /** What it judges. null: such a rule compares no figure, and nothing below is known. */
  of: z.enum(subjectKinds).nullable(),
  /** Kind of the rule; null: as `of`. */
  by: z.enum(Object.keys(ruleKinds) as [WatchedKind, ...WatchedKind[]]).nullable(),
  /** Those that the rule judges and that had figures within the last day. */
  subjects: z.number(),
  /** Those of them whose figure is known now. */
  known: z.number(),
  /** How many of these are beyond its limit, whether for long enough or not. */
  beyond: z.number(),
  /** The same with the rule as it stands; null: it is a new one, or was about another figure. */
  standing: z.number().nullable(),
  /** There are more than are looked at. */
  tooMany: z.object({ subjects: z.number(), of: z.number() }).nullable(),
  /** Those with most alarms first, then those that are farthest beyond, or nearest to, a limit; 50 at most. */
  listed: z.array(judgedSubjectSchema).max(mostBeyondListed),
  /** What it comes to, in the requested language. Sent over REST only. */
  text: z.string().optional(),
})
export type BeyondNow = z.infer<typeof beyondNowSchema>

export const beyondContract = {
  /** Changes nothing. For those who edit rules; calls wait for one another. */
  beyond: administer
    .route({ method: 'POST', path: '/rules/beyond', tags: ['alarms'], summary: 'How much of what a changed or new rule judges is beyond its limit now' })
    .input(beyondInputSchema)
    .output(beyondNowSchema),
}
