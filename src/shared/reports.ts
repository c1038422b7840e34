import { z } from 'zod'
import { languages } from '../i18n/languages.ts'
import type { AlarmStatistics } from './alarmStatistics.ts'
import type { Alarm } from './alarms.ts'
import type { Availability, AvailabilityRow } from './availability.ts'
import { messageSchema } from './channels.ts'
import { dossierMadeSchema } from './dossier.ts'
import { enteredName } from './entered.ts'
import { type Scope, type Span, scopeFields, zoneSchema } from './maintenance.ts'
import { administer, operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { epochMs } from './time.ts'
import { invalid } from './validationErrors.ts'

// Scheduled reports: availability, outages, alarms and viewers of a period, by e-mail.

export const mostReports = 20
const mostReportChannels = 20
/** Number of reports that are kept after they were made, of each schedule. */
export const mostMade = 5

export const reportSteps = ['day', 'week', 'month'] as const

export const reportInputSchema = z.object({
  name: enteredName(60),
  enabled: z.boolean().default(true),
  /** Of yesterday, on Mondays of last week, or on the first of last month: whole days of the zone. */
  every: z.enum(reportSteps).default('day'),
  /** Time of day in the zone. */
  at: z
    .string()
    .trim()
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, invalid({ kind: 'notSuchAs', example: '07:00' }))
    .default('07:00'),
  zone: zoneSchema,
  language: z.enum(languages).default('en'),
  /** Names of e-mail channels. */
  channels: z.array(z.string().trim().min(1).max(100)).min(1).max(mostReportChannels),
  /** What it is about; empty: everything. */
  tags: scopeFields.tags,
  servers: scopeFields.servers,
})
export type ReportInput = z.infer<typeof reportInputSchema>

/** A report that was made, and what became of its e-mails. */
const madeSchema = z.object({
  id: z.number().int(),
  at: epochMs,
  /** When it was due; null: somebody asked for it. */
  dueAt: epochMs.nullable(),
  by: z.string().nullable(),
  sent: z.array(
    messageSchema.pick({ channel: true, state: true, at: true, endedAt: true, failure: true }).extend({
      words: said('sendFailure', z.string().optional()),
    }),
  ),
})

export const reportSchema = reportInputSchema.extend({
  id: z.string(),
  by: z.string(),
  changedAt: epochMs,
  /** When it is due next; null: it is switched off. */
  nextAt: epochMs.nullable(),
  /** The last one; null: none was made. */
  last: madeSchema.nullable(),
  /** Since when one is due that could not be made; it is tried again each minute. null: none. */
  failingSince: epochMs.nullable(),
  /** Those of its channels that can't be sent a report: there is none of that name, or it is no e-mail channel. */
  noChannels: z.array(z.string()),
})
export type Report = z.infer<typeof reportSchema>

/** What people watched, and for how long. */
export interface WatchedPlace extends Pick<AvailabilityRow, 'subject' | 'name'> {
  /** The camera of its streams, of which `subject` is one; null: a stream without a camera. */
  readonly camera: { readonly name: string; readonly project: string | null } | null
  /** Above 0. */
  readonly hours: number
}

export interface ReportFacts {
  readonly name: string
  readonly isDemo: boolean
  readonly madeAt: number
  readonly period: Span
  readonly zone: string
  readonly scope: Pick<Scope, 'tags' | 'servers'>
  /** It was due then, and is made late because the console was not running; null: it is in time. */
  readonly dueAt: number | null
  readonly all: Availability['all']
  /** By tag of the server, null: servers without a tag. A stream counts in each tag of its server. */
  readonly projects: readonly { readonly tag: string | null; readonly streams: number; readonly figures: Availability['all'] }[]
  readonly streams: readonly (AvailabilityRow & { readonly tags: readonly string[]; readonly watchedHours: number | null })[]
  /** Streams that were not examined in all of the fleet, and those without any time that counts. */
  readonly left: number
  readonly notCounted: number
  /** What people watched most, the streams of a camera together; null: nothing is known. */
  readonly watched: readonly WatchedPlace[] | null
  /** The longest first. */
  readonly outages: readonly (Span & Pick<AvailabilityRow, 'subject' | 'name'> & { readonly downMs: number })[]
  readonly outagesTotal: number
  /** How many there were, and who took them, with the median time from the (last) begin of an alarm to that; `rows`: those raised in the period, the worst first. */
  readonly alarms: Pick<AlarmStatistics, 'began' | 'taken' | 'knownFrom'> & {
    readonly takers: readonly { readonly by: string; readonly link: string | null; readonly taken: number; readonly takenAfterMs: number }[]
    readonly rows: readonly (Pick<Alarm, 'id' | 'kind' | 'rule' | 'ruleName' | 'subject' | 'serverName' | 'severity' | 'why' | 'since'> & {
      readonly endedAt: number | null
      readonly takenBy: Pick<NonNullable<Alarm['acknowledged']>, 'by' | 'link'> | null
    })[]
    readonly total: number
  }
}

const reportId = z.object({ id: z.string().max(100) })
const NOT_FOUND = refused(404, 'noSuch')
const NAME_TAKEN = refused(409, 'taken')
const tags = ['shifts']
export const reportsContract = {
  list: view.route({ method: 'GET', path: '/reports', tags, summary: 'Scheduled reports, and what became of the last of each' }).output(z.array(reportSchema)),
  add: administer
    .errors({ NAME_TAKEN, TOO_MANY: refused(409, 'tooMany') })
    .route({ method: 'POST', path: '/reports', successStatus: 201, tags })
    .input(reportInputSchema)
    .output(reportSchema),
  update: administer
    .errors({ NOT_FOUND, NAME_TAKEN })
    .route({ method: 'PUT', path: '/reports/{id}', tags })
    .input(reportId.extend({ change: reportInputSchema }))
    .output(reportSchema),
  remove: administer.errors({ NOT_FOUND }).route({ method: 'DELETE', path: '/reports/{id}', successStatus: 204, tags }).input(reportId),
  /** Makes it for the period as of now, and sends it; the schedule stays as it is. */
  send: operate
    .errors({ NOT_FOUND })
    .route({ method: 'POST', path: '/reports/{id}/send', tags, summary: 'Make and send a report now' })
    .input(reportId)
    .output(reportSchema),
  /** Makes it as it would be sent now; GET of the link answers with the page. */
  show: view
    .errors({ NOT_FOUND })
    .route({ method: 'POST', path: '/reports/{id}/show', tags, summary: 'Make a report without sending it; GET answers with the page' })
    .input(reportId)
    .output(dossierMadeSchema),
}
