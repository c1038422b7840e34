import { z } from 'zod'
import { administer } from './permissions.ts'
import { ruleKinds, type WatchedKind } from './ruleKinds.ts'
import { ruleCallSchema } from './rules.ts'
import { said } from './said.ts'
import { subjectKinds, subjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'

/** Maximum number of subjects listed for a rule. */
export const mostBeyondListed = 50

export const beyondInputSchema = z.object({
  /** In the form of one entry of `rules:` in the configuration file. Treated as enabled. */
  rule: ruleCallSchema,
  /** Lists only subjects whose name, or whose server's or host's name, contains this text. */
  find: z.string().max(200).optional(),
})
export type BeyondInput = z.infer<typeof beyondInputSchema>

/** A subject that a rule judges. */
export const judgedSubjectSchema = z.object({
  subject: subjectSchema,
  /** Name of its server or host. */
  serverName: z.string(),
  /** Value compared with the limits: a figure in its unit, its change, or its distance from the usual value in spreads. null: currently unknown. */
  value: z.number().nullable(),
  isBeyond: z.boolean(),
  /** Index of the rule's exception that applies, from 0; null: none. */
  exception: z.number().int().nullable(),
  /** Number of the rule's alarms about it that were open within the last day. */
  alarms: z.number(),
})
export type JudgedSubject = z.infer<typeof judgedSubjectSchema>

export const beyondNowSchema = z.object({
  rule: z.string(),
  at: epochMs,
  /** Kind of subject the rule judges. null: this kind of rule compares no figure, and nothing below is known. */
  of: z.enum(subjectKinds).nullable(),
  /** Kind of the rule; null in the same case as `of`. */
  by: z.enum(Object.keys(ruleKinds) as [WatchedKind, ...WatchedKind[]]).nullable(),
  /** Number of subjects that the rule judges and that had figures within the last day. */
  subjects: z.number(),
  /** Number of these whose figure is known now. */
  known: z.number(),
  /** Number of these that are beyond the limit, regardless of for how long. */
  beyond: z.number(),
  /** The same for the rule currently in force; null: the rule is new, or used a different figure. */
  standing: z.number().nullable(),
  /** Set if there are more subjects than can be examined. */
  tooMany: z.object({ subjects: z.number(), of: z.number() }).nullable(),
  /** Most alarms first, then farthest beyond, or nearest to, a limit; at most 50. */
  listed: z.array(judgedSubjectSchema).max(mostBeyondListed),
  /** Summary in the requested language. Sent over REST only. */
  text: said('beyond', z.string().optional()),
})
export type BeyondNow = z.infer<typeof beyondNowSchema>

export const beyondContract = {
  /** Changes nothing. Intended for editing rules; calls are processed one at a time. */
  beyond: administer
    .route({ method: 'POST', path: '/rules/beyond', tags: ['alarms'], summary: 'How much of what a changed or new rule judges is beyond its limit now' })
    .input(beyondInputSchema)
    .output(beyondNowSchema),
}
