import { z } from 'zod'
import type { Alarm, AlarmStep } from './alarms.ts'
import { askedFlag } from './askedFlag.ts'
import type { Message } from './channels.ts'
import type { DeckEvent } from './events.ts'
import type { SeriesColumns } from './history.ts'
import type { Incident } from './incidents.ts'
import type { MetricId } from './metrics.ts'
import { mistaken } from './mistakes.ts'
import { view } from './permissions.ts'
import { refused } from './refusals.ts'
import type { Rule } from './rules.ts'
import { serverIdSchema } from './servers.ts'
import type { PastSession } from './sessions.ts'
import { askedMs } from './time.ts'
import { languages } from './words/languages.ts'

// All that is known of an incident or a period, as one file that is read without a console (`dossierPage.ts`).

/** Longest period of one, ms; of a longer one it is about the last part. */
export const longestDossierMs = 31 * 86_400_000
/** What one lists at most. The most alarms, incidents and servers are also what is asked for. */
export const dossierLimits = { alarms: 200, incidents: 20, servers: 20, rows: 500, sessions: 300, messages: 200, changes: 200, pictures: 24 } as const
/** Bytes of all pictures of one together, as they are kept; in the file they take a third more. */
export const mostPictureBytes = 12_000_000
/** Bytes of a file. What it lists is bounded so that only pictures can reach this, which are left out then. */
export const mostDossierBytes = 25_000_000

/** A list with how many there are beyond what is listed. */
export interface Listed<T> {
  readonly rows: readonly T[]
  /** `least`: at least so many. */
  readonly more: number
  readonly isLeast?: boolean
}
export interface DossierChart {
  /** Of what: names of a stream and its server, of a server or of a host. */
  readonly name: string
  readonly metric: MetricId
  readonly columns: SeriesColumns
}
export interface DossierPicture {
  readonly server: string
  readonly path: string
  readonly at: number
  readonly isSlate: boolean
  readonly widthPx: number
  readonly heightPx: number
  /** In base64. */
  readonly jpeg: string
}
/** A line of a server's configuration that changed. */
export interface ConfigurationDifference {
  readonly at: number
  readonly server: string
  readonly key: string
  /** null: it was not set. */
  readonly before: string | null
  readonly after: string | null
}
export interface DossierFacts {
  readonly madeAt: number
  readonly version: string
  /** The console shows simulated servers. */
  readonly isDemo: boolean
  readonly from: number
  readonly to: number
  /** Names; empty: all servers. */
  readonly servers: readonly string[]
  /** That it is about; null: about a period. */
  readonly incident: Incident | null
  /** Those of the period. */
  readonly incidents: Listed<Incident>
  readonly alarms: Listed<Alarm>
  /** What happened to alarms, and events, oldest first. */
  readonly steps: Listed<AlarmStep>
  readonly events: Listed<DeckEvent>
  /** Of streams and servers, and of hosts. */
  readonly charts: readonly DossierChart[]
  readonly hostCharts: readonly DossierChart[]
  readonly pictures: Listed<DossierPicture>
  readonly sessions: Listed<PastSession>
  /** From when on sessions are kept; null: none is. */
  readonly sessionsSince: number | null
  readonly messages: Listed<Message>
  /** null: no history of configurations is kept. */
  readonly differences: Listed<ConfigurationDifference> | null
  /** Closed alarms could not all be read, so some may be missing. */
  readonly isAlarmsUnread: boolean
  /** Stand-ins are in place of addresses and users of clients. */
  readonly isHidden: boolean
  /** For their names. */
  readonly rules: readonly Rule[]
}

export const dossierMadeSchema = z.object({
  /** Suggested file name, such as `mtxdeck-2026-11-14-0312.html`. */
  name: z.string(),
  bytes: z.number(),
  /** Where to fetch it, below the console's own address; valid for ten minutes. */
  link: z.string(),
})
export type DossierMade = z.infer<typeof dossierMadeSchema>

const lang = z.enum(languages).default('en')
/** Stand-ins in place of addresses and users of clients, the same for the same. */
const hideAddresses = askedFlag
export const incidentDossierSchema = z.object({ id: z.string().max(100), lang, hideAddresses })
export type IncidentDossierInput = z.infer<typeof incidentDossierSchema>
export const periodDossierSchema = z
  .object({
    since: askedMs,
    until: askedMs,
    /** Default: all. */
    servers: z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(serverIdSchema).min(1).max(dossierLimits.servers).optional()),
    lang,
    hideAddresses,
  })
  .refine(({ since, until }) => since < until, mistaken({ kind: 'rangeReversed' }))
export type PeriodDossierInput = z.infer<typeof periodDossierSchema>

export const dossiersContract = {
  /** What is known of an incident, from shortly before it began until it was over. */
  ofIncident: view
    .errors({ NOT_FOUND: refused(404, 'noSuchAlarm') })
    .route({
      method: 'POST',
      path: '/incidents/{id}/dossier',
      tags: ['alarms'],
      summary: 'Make a dossier of an incident: one HTML file; GET answers with the file',
    })
    .input(incidentDossierSchema)
    .output(dossierMadeSchema),
  ofPeriod: view
    .route({ method: 'POST', path: '/dossier', tags: ['alarms'], summary: 'Make a dossier of a period: one HTML file; GET answers with the file' })
    .input(periodDossierSchema)
    .output(dossierMadeSchema),
}
