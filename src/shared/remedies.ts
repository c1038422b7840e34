import { z } from 'zod'
import { enteredText } from './entered.ts'
import { administer, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { unrehearsedSchema } from './rehearsal.ts'
import { remedyActs } from './remedyActs.ts'
import { remedySchema } from './remedyInput.ts'
import { remedyOutcomes, remedyWhySchema } from './remedyOutcomes.ts'
import { alarmSubjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'

// Remedies: what rules do about their alarms by themselves, once somebody has armed them.

/** Acts that did not help, one after the other, after which a remedy stops by itself. */
export const mostUnhelpful = 3
/** A remedy can be armed for so long after its rehearsal, ms. */
export const rehearsalLastsMs = 86_400_000
/** How much of the past a remedy is rehearsed on, ms. */
export const rehearsedMs = 7 * 86_400_000
/** Most acts that a rehearsal lists. */
export const mostRehearsedActs = 200
/** Most acts in one answer. */
export const mostActsListed = 1_000

/**
 * - off: nobody has armed it.
 * - armed: it acts.
 * - stopped: it was armed, and stopped by itself after acts that did not help.
 * - changed: it was armed, and its rule or what it does has changed since: it does not act.
 */
const remedyStates = ['off', 'armed', 'stopped', 'changed'] as const

const armingSchema = z.object({ by: z.string(), at: epochMs, reason: z.string() })

/** One act. It is written down before it is done. */
export const remedyActSchema = z.object({
  id: z.number().int(),
  rule: z.string(),
  at: epochMs,
  act: z.enum(remedyActs),
  subject: alarmSubjectSchema,
  /** Name of its server or host then. */
  ownerName: z.string(),
  alarm: z.string(),
  outcome: z.enum(remedyOutcomes),
  why: remedyWhySchema.nullable(),
  /** Whether the alarm healed in time afterwards; null: not known, or not yet. */
  helped: z.boolean().nullable(),
  /** What was done and what came of it, in the requested language. Sent over REST only. */
  text: z.string().optional(),
})
export type RemedyActed = z.infer<typeof remedyActSchema>

/** What a remedy would have done. */
export const remedyRehearsalSchema = z.object({
  at: epochMs,
  from: epochMs,
  to: epochMs,
  /** Alarms that there would have been, and acts on them: the first of these. */
  alarms: z.number().int(),
  acts: z.number().int(),
  first: z.array(z.object({ subject: alarmSubjectSchema, ownerName: z.string(), at: epochMs })),
  /** Times at which the limit of acts an hour held it back. */
  held: z.number().int(),
  unrehearsed: z.array(unrehearsedSchema),
  /** What it comes to, and what it does not say, in the requested language. Sent over REST only. */
  text: z.string().optional(),
  remarks: z.array(z.string()).optional(),
})
export type RemedyRehearsal = z.infer<typeof remedyRehearsalSchema>

export const remedyOfRuleSchema = z.object({
  rule: z.string(),
  /** Whether its rule is in force. */
  enabled: z.boolean(),
  remedy: remedySchema,
  state: z.enum(remedyStates),
  /** Who armed it last; null: nobody. */
  armed: armingSchema.nullable(),
  /** When it stopped by itself; null: it did not. */
  stoppedAt: epochMs.nullable(),
  /** Of the rule and remedy as they are now; null: none since this console started. */
  rehearsed: remedyRehearsalSchema.nullable(),
  actsLastHour: z.number().int(),
  last: remedyActSchema.nullable(),
})
export type RemedyOfRule = z.infer<typeof remedyOfRuleSchema>

const tags = ['alarms']
const ofRule = z.object({ rule: z.string().max(100) })
const reason = enteredText('reason', 200, z.string().trim())
const noRemedy = { NOT_FOUND: refused(404, 'noSuchRemedy') }

export const remediesContract = {
  list: view.route({ method: 'GET', path: '/remedies', tags, summary: 'What rules do about their alarms by themselves' }).output(z.array(remedyOfRuleSchema)),
  /** Newest first. */
  acts: view
    .route({ method: 'GET', path: '/remedies/acts', tags, summary: 'What remedies did' })
    .input(z.object({ rule: z.string().max(100).optional(), limit: z.coerce.number().int().min(1).max(mostActsListed).default(100) }))
    .output(z.array(remedyActSchema)),
  /** Does nothing but look at the past. */
  rehearse: administer
    .errors({ ...noRemedy, TOO_MANY_REQUESTS: refused(429, 'rehearsalRunning') })
    .route({ method: 'POST', path: '/remedies/{rule}/rehearse', tags, summary: 'What a remedy would have done in the last 7 days' })
    .input(ofRule)
    .output(remedyRehearsalSchema),
  arm: administer
    .errors({ ...noRemedy, CONFLICT: refused(409, 'remedyNotRehearsed') })
    .route({ method: 'POST', path: '/remedies/{rule}/arm', tags, summary: 'Lets a remedy act that was rehearsed within a day' })
    .input(ofRule.extend({ reason }))
    .output(remedyOfRuleSchema),
  disarm: administer
    .errors(noRemedy)
    .route({ method: 'POST', path: '/remedies/{rule}/disarm', tags, summary: 'A remedy acts no more' })
    .input(ofRule.extend({ reason }))
    .output(remedyOfRuleSchema),
}
