import { z } from 'zod'
import { remedyActs } from './acts.ts'
import { enteredText } from './entered.ts'
import { administer, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { remedyOutcomes, remedySchema, remedyWhySchema } from './remedyInput.ts'
import { said } from './said.ts'
import { alarmSubjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'

// Remedies: actions that rules perform on their alarms automatically, once somebody has armed them.

/** Number of consecutive acts without effect after which a remedy stops itself. */
export const mostUnhelpful = 3
export const mostActsListed = 1_000

/**
 * - off: not armed, or its rule or action has changed since.
 * - armed: it acts.
 * - stopped: it was armed, and stopped itself after acts that did not help.
 */
const remedyStates = ['off', 'armed', 'stopped'] as const

const armingSchema = z.object({ by: z.string(), at: epochMs, reason: z.string() })

/** One act. It is stored before it is performed. */
export const remedyActSchema = z.object({
  id: z.number().int(),
  rule: z.string(),
  at: epochMs,
  act: z.enum(remedyActs),
  subject: alarmSubjectSchema,
  /** Name of its server or host at that time. */
  ownerName: z.string(),
  alarm: z.string(),
  outcome: z.enum(remedyOutcomes),
  why: remedyWhySchema.nullable(),
  /** Whether the alarm cleared in time afterwards; null: unknown, or not decided yet. */
  helped: z.boolean().nullable(),
  text: said('remedyAct', z.string().optional()),
})
export type RemedyActed = z.infer<typeof remedyActSchema>

const remedyOfRuleSchema = z.object({
  rule: z.string(),
  remedy: remedySchema,
  state: z.enum(remedyStates),
  /** Who armed it last; null: nobody. */
  armed: armingSchema.nullable(),
  /** When it stopped itself; null: it did not. */
  stoppedAt: epochMs.nullable(),
})
export type RemedyOfRule = z.infer<typeof remedyOfRuleSchema>

const tags = ['alarms']
const ofRule = z.object({ rule: z.string().max(100) })
const reason = enteredText(200, z.string().trim())
const noRemedy = { NOT_FOUND: refused(404, 'noSuch') }

const administerRemedy = administer.errors(noRemedy)
export const remediesContract = {
  list: view.route({ method: 'GET', path: '/remedies', tags, summary: 'What rules do about their alarms by themselves' }).output(z.array(remedyOfRuleSchema)),
  /** Newest first. */
  acts: view
    .route({ method: 'GET', path: '/remedies/acts', tags, summary: 'What remedies did' })
    .input(z.object({ rule: z.string().max(100).optional(), limit: z.coerce.number().int().min(1).max(mostActsListed).default(100) }))
    .output(z.array(remedyActSchema)),
  arm: administerRemedy
    .route({ method: 'POST', path: '/remedies/{rule}/arm', tags, summary: 'Lets a remedy act' })
    .input(ofRule.extend({ reason }))
    .output(remedyOfRuleSchema),
  disarm: administerRemedy
    .route({ method: 'POST', path: '/remedies/{rule}/disarm', tags, summary: 'A remedy acts no more' })
    .input(ofRule.extend({ reason }))
    .output(remedyOfRuleSchema),
}
