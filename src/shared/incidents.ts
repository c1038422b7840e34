import { z } from 'zod'
import { type AlarmState, alarmSchema, alarmStateSchema, mostUpstreams, notKept, upstreamSchema } from './alarms.ts'
import { causeSchema } from './causes.ts'
import { view } from './permissions.ts'
import { reasonSchema } from './reasons.ts'
import { momentErrors, refused } from './refusals.ts'
import { alarmKindSchema } from './rules.ts'
import { alarmSubjectSchema } from './subjects.ts'
import { askedMs, epochMs } from './time.ts'
import { severitySchema } from './troubles.ts'

/** What the streams of an incident have in common. */
export const factorSchema = z.discriminatedUnion('kind', [
  /**
   * Servers are in trouble themselves. `streams` of theirs are unknown, null: their number is unknown; `alarms` of streams have the same cause, the
   * first of which began `earlierMs` before the outage was seen; null: none did.
   */
  z.object({
    kind: z.literal('server'),
    servers: z.number(),
    streams: z.number().nullable(),
    alarms: z.number(),
    earlierMs: z.number().nullable(),
    /** All of them are back: what lasts is what is left of it. */
    isOver: z.boolean().optional(),
  }),
  /** `count` of the `of` servers that were asked went within `spanMs`. */
  z.object({ kind: z.literal('servers'), count: z.number(), of: z.number(), spanMs: z.number() }),
  /** The same path on several servers. */
  z.object({ kind: z.literal('path'), path: z.string(), servers: z.number(), spanMs: z.number() }),
  /** `count` of the `of` streams with this `value` that were on air began within `spanMs`. */
  z.object({
    kind: z.enum(['together', 'address', 'source', 'network', 'agent']),
    /** Name of the server, address of the publisher, host that is pulled from, network of the publishers, or user agent. */
    value: z.string(),
    count: z.number(),
    of: z.number(),
    spanMs: z.number(),
  }),
  /** `count` streams on `servers` come from others of the incident, as this `stream` does over its `upstreams`, nearest first. */
  z.object({
    kind: z.literal('upstream'),
    count: z.number(),
    servers: z.number(),
    stream: upstreamSchema.omit({ by: true }),
    upstreams: z.array(upstreamSchema).min(1).max(mostUpstreams),
  }),
])
export type Factor = z.infer<typeof factorSchema>

/** Names and ids are listed up to this number. */
export const mostListedOfIncident = 100

/** One cause with everything that it explains: alarms with the same `incident`, told and shown as one. */
export const incidentSchema = z.object({
  /** That of the alarm that founded it; its key in messages. */
  id: z.string(),
  /** Id of the alarm that says best what is wrong, of which `kind`, `subject`, `serverName` and `why` are. */
  lead: z.string(),
  kind: alarmKindSchema,
  rule: z.string().optional(),
  runbook: z.string().optional(),
  runbookUrl: z.string().optional(),
  subject: alarmSubjectSchema,
  serverName: z.string(),
  why: reasonSchema,
  said: z.string().optional(),
  /** What is wrong with all of its streams; null: it is not the same with all of them, or it is a server's. */
  common: reasonSchema.nullable(),
  /** The worst of its alarms that last, or of all when none does. */
  severity: severitySchema,
  /** Of the alarm that needs an operator most. */
  state: alarmStateSchema,
  since: epochMs,
  /** null: it lasts. */
  healedAt: epochMs.nullable(),
  /** All of it that lasts is well since then, but has not been for long enough to be over. */
  calmSince: epochMs.optional(),
  /** What its alarms have in common, the best evidence first; none if it has one alarm. */
  factors: z.array(factorSchema),
  /** Why its lead was raised, of many streams what is true of their host. Left out: not looked up. */
  causes: z.array(causeSchema).optional(),
  /** Names, up to 100; of machines only where no server is among what it hits. */
  servers: z.array(z.string()),
  serversTotal: z.number(),
  /** Number of streams that it hits; null: unknown. */
  streams: z.number().nullable(),
  /** null: unknown. */
  readers: z.number().nullable(),
  /** Ids of its alarms, up to 100, those that last and the worst first. */
  members: z.array(z.string()),
  membersTotal: z.number(),
  /** How many of them last. */
  lasting: z.number(),
  /** What it is called, what is wrong with what evidence, and what to do, in the requested language. Sent over REST only. */
  title: z.string().optional(),
  cause: z.string().optional(),
  text: z.string().optional(),
  todo: z.string().optional(),
})
export type Incident = z.infer<typeof incidentSchema>
/** Whether something is wrong now: what is well again lasts until it has been so for some time. */
export const isWrongNow = ({ healedAt, calmSince }: Pick<Incident, 'healedAt' | 'calmSince'>): boolean => healedAt === null && calmSince === undefined

/** Whether an alarm lasts, and nobody has put it away: it is neither shelved, nor suppressed, nor out of service. */
export const isInTrouble = (alarm: Pick<Incident, 'healedAt' | 'calmSince'>, state: AlarmState): boolean =>
  isWrongNow(alarm) && (state === 'unacknowledged' || state === 'acknowledged')

/** The most alarms that come with one incident. */
export const mostAlarmsOfIncident = 1_000
export const incidentDetailsSchema = incidentSchema.extend({ alarms: z.array(alarmSchema) })
export type IncidentDetails = z.infer<typeof incidentDetailsSchema>

export const incidentsInputSchema = z
  .object({
    /** As they stood at this moment; left out: now. */
    at: askedMs.optional(),
    limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
    offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  })
  .prefault({})

export const incidentsContract = {
  list: view
    .errors({ ...notKept, ...momentErrors })
    .route({ method: 'GET', path: '/incidents', tags: ['alarms'], summary: 'Open incidents, worst first: one cause with the alarms that it explains' })
    .input(incidentsInputSchema)
    .output(z.array(incidentSchema)),
  get: view
    .errors({ NOT_FOUND: refused(404, 'noSuchAlarm') })
    .route({ method: 'GET', path: '/incidents/{id}', tags: ['alarms'], summary: 'An incident, open or closed, with its alarms, up to 1,000' })
    .input(z.object({ id: z.string().max(100) }))
    .output(incidentDetailsSchema),
}
