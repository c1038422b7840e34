import { z } from 'zod'
import { languages } from '../i18n/languages.ts'
import { askedFlag } from './asked.ts'
import { view } from './permissions.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { askedMs } from './time.ts'
import { invalid } from './validationErrors.ts'

// Everything known about an incident or a period, as one file that can be read without a console (`engine/dossier`).

/** Maximum period of a dossier, ms; of a longer one only the last part is covered. */
export const longestDossierMs = 31 * 86_400_000
/** Maximum number of entries listed. Those of alarms, incidents and servers also limit the queries. */
export const dossierLimits = { alarms: 200, incidents: 20, servers: 20, rows: 500, sessions: 300, messages: 200, changes: 200, pictures: 24 } as const
/** Maximum total bytes of the pictures as stored; in the file (base64) they take a third more. */
export const mostPictureBytes = 12_000_000

export const dossierMadeSchema = z.object({
  /** Suggested file name, such as `mtxdeck-2026-11-14-0312.html`. */
  name: z.string(),
  bytes: z.number(),
  /** Where to fetch it, below the console's own address; valid for ten minutes. */
  link: z.string(),
})
export type DossierMade = z.infer<typeof dossierMadeSchema>

const lang = z.enum(languages).default('en')
/** Replaces addresses and users of clients by pseudonyms, consistently. */
const hideAddresses = askedFlag
const incidentDossierSchema = z.object({ id: z.string().max(100), lang, hideAddresses })
export type IncidentDossierInput = z.infer<typeof incidentDossierSchema>
const periodDossierSchema = z
  .object({
    since: askedMs,
    until: askedMs,
    /** Default: all. */
    servers: z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(serverIdSchema).min(1).max(dossierLimits.servers).optional()),
    lang,
    hideAddresses,
  })
  .refine(({ since, until }) => since < until, invalid({ kind: 'rangeReversed' }))
export type PeriodDossierInput = z.infer<typeof periodDossierSchema>

const tags = ['alarms']
export const dossiersContract = {
  /** Covers an incident from shortly before it began until it was over. */
  ofIncident: view
    .errors({ NOT_FOUND: refused(404, 'noSuch') })
    .route({
      method: 'POST',
      path: '/incidents/{id}/dossier',
      tags,
      summary: 'Make a dossier of an incident: one HTML file; GET answers with the file',
    })
    .input(incidentDossierSchema)
    .output(dossierMadeSchema),
  ofPeriod: view
    .route({ method: 'POST', path: '/dossier', tags, summary: 'Make a dossier of a period: one HTML file; GET answers with the file' })
    .input(periodDossierSchema)
    .output(dossierMadeSchema),
}
