import { z } from 'zod'
import { type AlarmCounts, type AlarmState, alarmSchema, alarmStateSchema, mostUpstreams, notKept, seenCameraSchema, upstreamSchema } from './alarms.ts'
import { causeSchema } from './causes.ts'
import { view } from './permissions.ts'
import { reasonSchema } from './reasons.ts'
import { momentErrors, refused } from './refusals.ts'
import { alarmKindSchema } from './rules.ts'
import { said } from './said.ts'
import { type Severity, severities, severitySchema } from './severities.ts'
import { alarmSubjectSchema } from './subjects.ts'
import { askedMs, epochMs } from './time.ts'

/** Something that the streams of an incident have in common. */
const factorSchema = z.discriminatedUnion('kind', [
  /**
   * The servers themselves are in trouble. `streams`: number of their streams in state unknown, null if not known; `alarms`: number of stream alarms with
   * the same cause.
   */
  z.object({
    kind: z.literal('server'),
    servers: z.number(),
    streams: z.number().nullable(),
    alarms: z.number(),
    /** All of these servers are back: `alarms` streams of them are not. */
    isOver: z.boolean().optional(),
  }),
  /** `count` of the `of` polled servers went down within `spanMs`. */
  z.object({ kind: z.literal('servers'), count: z.number(), of: z.number(), spanMs: z.number() }),
  /** The same path on several servers. */
  z.object({ kind: z.literal('path'), path: z.string(), servers: z.number(), spanMs: z.number() }),
  /** Of the `of` streams with this `value` that were on air, `count` went into alarm within `spanMs`. */
  z.object({
    kind: z.enum(['together', 'address', 'source', 'network']),
    /** Name of the server, address of the publisher, host of the pulled source, or network of the publishers. */
    value: z.string(),
    count: z.number(),
    of: z.number(),
    spanMs: z.number(),
  }),
  /** `count` streams on `servers` are fed by other streams of the incident, such as `stream` through its `upstreams`, nearest first. */
  z.object({
    kind: z.literal('upstream'),
    count: z.number(),
    servers: z.number(),
    stream: upstreamSchema.omit({ by: true }),
    upstreams: z.array(upstreamSchema).min(1).max(mostUpstreams),
  }),
])
export type Factor = z.infer<typeof factorSchema>

export const mostListedOfIncident = 100

/** One cause with everything it explains: alarms with the same `incident` id, notified and shown as one. */
export const incidentSchema = z.object({
  /** Id of the alarm that opened it; its key in messages. */
  id: z.string(),
  /** Id of the alarm that best describes the problem; `kind`, `subject`, `serverName` and `why` are taken from it. */
  lead: z.string(),
  kind: alarmKindSchema,
  rule: z.string(),
  ruleName: z.string().optional(),
  runbook: z.string().optional(),
  runbookUrl: z.string().optional(),
  subject: alarmSubjectSchema,
  serverName: z.string(),
  /** If it is about a single stream. */
  camera: seenCameraSchema,
  why: reasonSchema,
  said: z.string().optional(),
  /** The reason shared by all of its streams; null: reasons differ, or the incident is about a server. */
  common: reasonSchema.nullable(),
  /** Worst severity of its active alarms, or of all alarms if none is active. */
  severity: severitySchema,
  /** State of the alarm that most needs an operator. */
  state: alarmStateSchema,
  /** Start of the trouble that it is called after, and the end of that. */
  since: epochMs,
  /** Its servers don't answer, so that it is unknown whether it lasts. Omitted: it is known. */
  isUnknown: z.boolean().optional(),
  /** When it cleared; null: still active. */
  healedAt: epochMs.nullable(),
  /** It ended while this console was not running: it is known to have lasted until then. */
  wrongUntil: epochMs.optional(),
  /** Since when all active alarms have been back to normal, though not yet long enough to clear. */
  calmSince: epochMs.optional(),
  /** When it will clear if they stay so. */
  clearsAt: epochMs.optional(),
  /** What is wrong with how many of its streams, most of them first. Omitted: the same with all. */
  kinds: z.array(alarmSchema.pick({ kind: true, rule: true, ruleName: true, why: true }).extend({ streams: z.number() })).optional(),
  /** What its alarms have in common, the best evidence first; empty if it has a single alarm. */
  factors: z.array(factorSchema),
  /** Why its lead alarm was raised; with many streams, only causes that concern their host. Omitted: not determined. */
  causes: z.array(causeSchema).optional(),
  /** Names of affected servers, up to 100; names of hosts only if no server is affected. */
  servers: z.array(z.string()),
  serversTotal: z.number(),
  /** Number of affected streams; null: unknown. */
  streams: z.number().nullable(),
  /** Number of affected readers; null: unknown. */
  readers: z.number().nullable(),
  /** Ids of its alarms, up to 100; active ones first, then by severity. */
  members: z.array(z.string()),
  membersTotal: z.number(),
  lasting: z.number(),
  title: said('incidentTitle', z.string().optional()),
  cause: said('incidentCause', z.string().optional()),
  todo: said('alarmTodo', z.string().optional()),
  /** Both before it. */
  text: said('incidentText', z.string().optional()),
})
export type Incident = z.infer<typeof incidentSchema>
/** Incidents that are not over, by their worst severity now: what pages, title, tray, REST and `/metrics` count. Nothing that was put away is among them. */
export interface OpenIncidents {
  readonly bySeverity: Readonly<Record<Severity, number>>
  readonly total: number
  /** null: there are none. */
  readonly worst: Severity | null
}
/** `counts`: of all incidents, by state. */
export function openIncidentsOf({ unacknowledged, acknowledged }: AlarmCounts): OpenIncidents {
  const bySeverity = Object.fromEntries(severities.map((severity) => [severity, unacknowledged[severity] + acknowledged[severity]])) as Record<Severity, number>
  return {
    bySeverity,
    total: severities.reduce((sum, severity) => sum + bySeverity[severity], 0),
    worst: severities.find((severity) => bySeverity[severity] > 0) ?? null,
  }
}
/** Whether an incident is counted there. */
export function isOpenIncident({ state }: Pick<Incident, 'state'>): boolean {
  return state === 'unacknowledged' || state === 'acknowledged'
}

/** Whether something is wrong right now. An alarm back to normal stays active until it has been so for some time. */
export function isWrongNow({ healedAt, calmSince }: Pick<Incident, 'healedAt' | 'calmSince'>): boolean {
  return healedAt === null && calmSince === undefined
}

/** Whether an alarm is wrong right now and neither shelved, suppressed nor out of service. */
export function isInTrouble(alarm: Pick<Incident, 'healedAt' | 'calmSince'>, state: AlarmState): boolean {
  return isWrongNow(alarm) && (state === 'unacknowledged' || state === 'acknowledged')
}

/** Maximum number of alarms sent with one incident. */
export const mostAlarmsOfIncident = 1_000
const incidentDetailsSchema = incidentSchema.extend({ alarms: z.array(alarmSchema) })
export type IncidentDetails = z.infer<typeof incidentDetailsSchema>

const incidentsInputSchema = z
  .object({
    /** The state at this moment; omitted: now. */
    at: askedMs.optional(),
    limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
    offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  })
  .prefault({})

const tags = ['alarms']
export const incidentsContract = {
  list: view
    .errors({ ...notKept, ...momentErrors })
    .route({ method: 'GET', path: '/incidents', tags, summary: 'Open incidents, worst first: one cause with the alarms that it explains' })
    .input(incidentsInputSchema)
    .output(z.array(incidentSchema)),
  get: view
    .errors({ NOT_FOUND: refused(404, 'noSuch') })
    .route({ method: 'GET', path: '/incidents/{id}', tags, summary: 'An incident, open or closed, with its alarms, up to 1,000' })
    .input(z.object({ id: z.string().max(100) }))
    .output(incidentDetailsSchema),
}
