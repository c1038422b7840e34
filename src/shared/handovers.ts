import { z } from 'zod'
import { alarmSchema } from './alarms.ts'
import { availabilitySchema } from './availability.ts'
import { storedCausesSchema } from './causes.ts'
import { enteredOrEmpty, nameOrEmpty } from './entered.ts'
import { incidentSchema } from './incidents.ts'
import { scopeSchema } from './maintenance.ts'
import { operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { epochMs } from './time.ts'

// Handovers of shifts: what the one who goes leaves to the one who comes.

/** Maximum number of stored handovers, of entries of each list in one, and length of the note. */
export const mostHandovers = 500
export const mostHandedOver = 30
export const mostWorstStreams = 5
export const longestNote = 4_000
/** What happened is counted since the last handover, at most this far back; without one, of a shift of this length. */
export const longestShiftMs = 7 * 86_400_000
export const usualShiftMs = 12 * 3_600_000
/** Maintenance is listed that begins within this time. */
export const maintenanceAheadMs = 86_400_000

const briefAlarm = alarmSchema.pick({
  id: true,
  kind: true,
  rule: true,
  ruleName: true,
  subject: true,
  serverName: true,
  severity: true,
  why: true,
  since: true,
})
/** The first ones of a list, and how many there are. */
const listOf = <Row extends z.ZodType>(row: Row) => z.object({ rows: z.array(row).max(mostHandedOver), total: z.number().int() })

/** Without the lists of its alarms and servers. */
const handedIncident = z.object({
  incident: incidentSchema,
  /** null: nobody has acknowledged any of its alarms. */
  taken: z.object({ by: z.string(), link: z.string().optional(), at: epochMs }).nullable(),
  /** The last comment on its main alarm. */
  comment: z.object({ by: z.string(), text: z.string() }).nullable(),
  /** How often its main alarm began in the shift, each time as an incident of its own or soon enough to be the same. Older handovers lack it. */
  times: z.number().int().optional(),
})

export const handoverFactsSchema = z.object({
  at: epochMs,
  /** From when on it says what happened: the last handover (`isSinceHandover`), if it was not too long ago. */
  since: epochMs,
  isSinceHandover: z.boolean(),
  /** Open incidents, worst first. */
  open: listOf(handedIncident),
  /** Those that ended before anybody saw them. Handovers from before 30 November 2026 lack them. */
  unseen: listOf(handedIncident).optional(),
  shelved: listOf(briefAlarm.extend({ by: z.string(), at: epochMs, until: epochMs, reason: z.string() })),
  /** Windows that last, and those that begin within a day. */
  maintenance: listOf(z.object({ name: z.string(), scope: scopeSchema, from: epochMs, to: epochMs })),
  /** The least available streams since then, of those that were down; null: history could not be read. */
  worst: availabilitySchema.shape.rows.max(mostWorstStreams).nullable(),
  figures: z.object({
    /** Alarms and incidents that began, and acknowledgements. */
    began: z.number(),
    incidents: z.number(),
    taken: z.number(),
  }),
})
export type HandoverFacts = z.infer<typeof handoverFactsSchema>

const storedIncidents = listOf(handedIncident.extend({ incident: incidentSchema.extend({ causes: storedCausesSchema.optional() }) }))
/** The same as it was stored. */
export const storedHandoverFactsSchema = handoverFactsSchema.extend({ open: storedIncidents, unseen: storedIncidents.optional() })

const briefHandover = z.object({
  id: z.number().int(),
  at: epochMs,
  by: z.string(),
  note: z.string(),
  /** Who took over, and when; null: nobody yet. */
  taken: z.object({ by: z.string(), at: epochMs }).nullable(),
})
export type BriefHandover = z.infer<typeof briefHandover>
const handoverSchema = briefHandover.extend({ facts: handoverFactsSchema })
export type Handover = z.infer<typeof handoverSchema>

const handoverId = z.object({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) })
/** Where a console has no accounts, one operator stands for all, and is asked who is at the desk. */
const named = { name: nameOrEmpty(60).default('') }
export const handOverInputSchema = z.object({ note: enteredOrEmpty(longestNote, z.string().trim()).default(''), ...named })
export type HandOverInput = z.infer<typeof handOverInputSchema>

const NOT_FOUND = refused(404, 'noSuch')
const BAD_REQUEST = refused(400, 'nameMissing')
const tags = ['shifts']
export const handoversContract = {
  current: view
    .route({ method: 'GET', path: '/handovers/current', tags, summary: 'What would be handed over now' })
    /** `operator`: who would hand over; null: the call has to name somebody. */
    .output(z.object({ facts: handoverFactsSchema, operator: z.string().nullable() })),
  list: view
    .route({ method: 'GET', path: '/handovers', tags, summary: 'Handovers, newest first' })
    .input(z.object({ limit: z.coerce.number().int().min(1).max(mostHandovers).default(50) }).prefault({}))
    .output(z.array(briefHandover)),
  get: view
    .errors({ NOT_FOUND })
    .route({ method: 'GET', path: '/handovers/{id}', tags, summary: 'A handover, with the facts as they were then' })
    .input(handoverId)
    .output(handoverSchema),
  /** Stores the facts as they are now. */
  handOver: operate
    .errors({ BAD_REQUEST })
    .route({ method: 'POST', path: '/handovers', successStatus: 201, tags, summary: 'Hand over the shift' })
    .input(handOverInputSchema)
    .output(handoverSchema),
  takeOver: operate
    .errors({ NOT_FOUND, BAD_REQUEST, CONFLICT: refused(409, 'alreadyTakenOver') })
    .route({ method: 'POST', path: '/handovers/{id}/take-over', tags, summary: 'Take over the shift' })
    .input(handoverId.extend(named))
    .output(handoverSchema),
  /** Queues it for an e-mail channel, in the language of that. */
  mail: operate
    .errors({ NOT_FOUND, NO_CHANNEL: refused(404, 'noSuch'), CONFLICT: refused(409, 'channelNotMail') })
    .route({ method: 'POST', path: '/handovers/{id}/mail', successStatus: 202, tags })
    .input(handoverId.extend({ channel: z.string().min(1).max(100) })),
}
