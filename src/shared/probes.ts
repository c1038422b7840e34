import { z } from 'zod'
import { canaryReadProtocols } from './canaries.ts'
import { countWithin, enteredName, enteredText, nameOrEmpty, originSchema } from './entered.ts'
import { mediaErrorSchema, mediaSchemes } from './media.ts'
import { administer, operate, view } from './permissions.ts'
import { pictureWordsSchema } from './previews.ts'
import { contentFields, lastingChecks } from './probeContent.ts'
import { contractDifferenceSchema, gradeReasonSchema, grades, stabilities, streamContractSchema } from './probeGrades.ts'
import { probeIdSchema } from './probeIds.ts'
import { probeReadingSchema } from './probeReadings.ts'
import { refused } from './refusals.ts'
import { elsewhereSchema } from './remoteProbes.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { severitySchema } from './severities.ts'
import { keptPictureSchema } from './snapshots.ts'
import { askedMs, epochMs } from './time.ts'
import { invalid, validationErrorSchema } from './validationErrors.ts'

export const probeLimits = { intervalSeconds: [5, 86_400], lookSeconds: [2, 60], retries: [0, 10], atOnce: [1, 1_000] } as const

/** turns: the stream is opened, read for one look, and closed. continuous: it stays open. */
export const probeModes = ['turns', 'continuous'] as const

/** A regular expression because `URL` in Chromium before 130, which windows may run in, finds no host in addresses of schemes it does not know. */
const streamAddress = /^([a-z]+):\/\/(?:[^/?#]*@)?(\[[\da-f:.]+\]|[^\s/?#:@[\]]+)(?::\d{1,5})?(?:(\/[^?#]*)|[?#]|$)/i
/** Host and path of a stream's address; null: not a stream's address. */
export function partsOfStreamAddress(text: string): { readonly host: string; readonly path: string } | null {
  const [, scheme, host = '', path = ''] = streamAddress.exec(text) ?? []
  return mediaSchemes.some((known) => known === scheme?.toLowerCase()) ? { host, path } : null
}

/** FFmpeg and players write listening addresses without a host, and those of UDP with a leading @. */
const withHost = (text: string): string => text.replace(/^udp:\/\/@/i, 'udp://').replace(/^(srt|udp):\/\/(?=:\d)/i, '$1://0.0.0.0')

const probeFields = {
  name: enteredName(100),
  /**
   * The stream's address, including user, password, passphrase or key if required. These are secrets, displayed as `***`.
   * Entering the address as displayed leaves it unchanged.
   */
  url: enteredText(4_096, z.string().trim().overwrite(withHost)).refine(
    (text) => partsOfStreamAddress(text) !== null,
    invalid({ kind: 'notSuchAs', example: mediaSchemes.map((scheme) => `${scheme}://…`).join(', ') }),
  ),
  /** Groups probes, here and in the `video_stream_*` metrics; empty: none. */
  project: nameOrEmpty(100),
  intervalSeconds: countWithin(probeLimits.intervalSeconds),
  mode: z.enum(probeModes),
  /** How much of the stream is read for one reading, seconds of media time. */
  lookSeconds: countWithin(probeLimits.lookSeconds),
  /** Number of retries, after 1, 2, 4 … s, before a stream that can't be read is down. */
  retries: countWithin(probeLimits.retries),
  paused: z.boolean(),
  /** Agreed properties of the stream; null: none. */
  contract: streamContractSchema.nullable(),
  /** Checks of its pictures and sound. */
  ...contentFields,
}
/** By default, nothing is checked. */
const contentDefaults = {
  profile: contentFields.profile.default(null),
  checks: contentFields.checks.default([]),
  thresholds: contentFields.thresholds.default({}),
}
export const probeInputSchema = z.object({
  ...probeFields,
  project: probeFields.project.default(''),
  intervalSeconds: probeFields.intervalSeconds.default(30),
  mode: probeFields.mode.default('turns'),
  lookSeconds: probeFields.lookSeconds.default(6),
  retries: probeFields.retries.default(3),
  paused: probeFields.paused.default(false),
  contract: probeFields.contract.default(null),
  ...contentDefaults,
})
export type ProbeInput = z.infer<typeof probeInputSchema>
const probeChangeSchema = z.object(probeFields).partial()
export type ProbeChange = z.infer<typeof probeChangeSchema>

/** connecting: not read yet. retrying: the last attempt failed and is being retried. */
const probeStateSchema = z.enum(['connecting', 'up', 'retrying', 'down', 'paused'])
export type ProbeState = z.infer<typeof probeStateSchema>

export const probeSchema = z.object({
  id: probeIdSchema,
  origin: originSchema,
  name: z.string(),
  /** Set if the probe reads back the test signal that this console publishes to a server; null: it reads a stream. */
  canary: z.object({ serverId: z.string(), protocol: z.enum(canaryReadProtocols) }).nullable(),
  /** Without its secrets. */
  url: z.string(),
  project: z.string(),
  intervalSeconds: z.number(),
  mode: z.enum(probeModes),
  lookSeconds: z.number(),
  retries: z.number(),
  paused: z.boolean(),
  contract: streamContractSchema.nullable(),
  ...contentFields,
  /** Differences of the last reading from the contract. */
  differences: z.array(contractDifferenceSchema),
  state: probeStateSchema,
  stateSince: epochMs,
  /** Why the last attempt to read it failed; null: it succeeded. */
  why: mediaErrorSchema.nullable(),
  words: pictureWordsSchema,
  /** The last successful reading, and when it ended; null: none since the console started. */
  reading: probeReadingSchema.nullable(),
  readAt: epochMs.nullable(),
  /** When the next reading is due; in the past: since then it waits for its turn; null: it is being read, or not at all. */
  nextAt: epochMs.nullable(),
  /** Over at most the last twenty readings: mean and coefficient of variation (standard deviation / mean); null: fewer than two readings. */
  bitrate: z.object({ meanBps: z.number(), variation: z.number(), stability: z.enum(stabilities) }).nullable(),
  /** Persisting faults of its pictures and sound: since when, and for how long observed, ms. */
  lasting: z.array(z.object({ check: z.enum(lastingChecks), since: epochMs, lastedMs: z.number() })),
  /** What other consoles with a probe of the same name see. */
  elsewhere: z.array(elsewhereSchema),
  /** null: not read yet, or paused. */
  grade: z.enum(grades).nullable(),
  /** Why the grade is not good, worst first. */
  gradeReasons: z.array(gradeReasonSchema),
  /** Severity of its worst alarm that is not shelved; null: none. */
  severity: severitySchema.nullable(),
})
export type Probe = z.infer<typeof probeSchema>

export const mostEvidence = 12

export const probeSettingsSchema = z.strictObject({
  /** Maximum number of probes read at the same time. */
  atOnce: countWithin(probeLimits.atOnce).default(100),
})
export type ProbeSettings = z.output<typeof probeSettingsSchema>

const probeStatusSchema = z.object({
  settings: probeSettingsSchema,
  /** Why no probe can be read at all; null: probes are read. */
  why: mediaErrorSchema.nullable(),
  words: pictureWordsSchema,
  probes: z.number().int(),
  reading: z.number().int(),
  /** Number of probes overdue by more than half their interval, because too many are due at once. */
  late: z.number().int(),
})
export type ProbeStatus = z.infer<typeof probeStatusSchema>

/** Columns of a CSV list, in any order; only `name` and `url` are required. */
export const probeColumns = ['name', 'url', 'project', 'intervalSeconds', 'mode', 'lookSeconds', 'retries', 'paused', 'profile', 'checks'] as const
/** Maximum length of a list, in UTF-16 units. */
export const longestProbeList = 900_000

/** A mistake in a list, with its line (the header is line 1) and column; null: it concerns the whole line or list. */
const listValidationErrorSchema = z.object({
  line: z.number().int(),
  column: z.string().nullable(),
  validationError: validationErrorSchema,
  words: said('validationError', z.string().optional()),
})
export type ListValidationError = z.infer<typeof listValidationErrorSchema>
const importedProbesSchema = z.object({
  added: z.number().int(),
  changed: z.number().int(),
  validationErrors: z.array(listValidationErrorSchema),
})
export type ImportedProbes = z.infer<typeof importedProbesSchema>

const testedProbeSchema = z.object({ reading: probeReadingSchema.nullable(), why: mediaErrorSchema.nullable(), words: pictureWordsSchema })
export type TestedProbe = z.infer<typeof testedProbeSchema>

const byId = z.object({ id: probeIdSchema })
const errors = {
  NOT_FOUND: refused(404, 'noSuch'),
  READ_ONLY: refused(409, 'fromFile'),
  OF_CANARY: refused(409, 'probeOfCanary'),
  NAME_TAKEN: refused(409, 'taken'),
  TOO_MANY: refused(409, 'tooMany'),
  KEY_UNAVAILABLE: refused(503, 'secretsUnavailable'),
  NOT_READ: refused(409, 'probeNotRead'),
  SECRETS_HIDDEN: refused(422, 'secretsHidden'),
} as const
const viewProbes = view.errors(errors)
const operateProbes = operate.errors(errors)
const administerProbes = administer.errors(errors)

const tags = ['probes']
export const probesContract = {
  list: viewProbes.route({ method: 'GET', path: '/probes', tags, summary: 'All probes with what they measured last' }).output(z.array(probeSchema)),
  /** Omits probes of other streams, and of addresses that could belong to two streams. */
  streams: viewProbes
    .route({ method: 'GET', path: '/probes/streams', tags, summary: 'Which streams of the watched servers probes read' })
    .output(z.array(z.object({ probeId: probeIdSchema, serverId: serverIdSchema, path: z.string() }))),
  get: viewProbes.route({ method: 'GET', path: '/probes/{id}', tags }).input(byId).output(probeSchema),
  add: administerProbes.route({ method: 'POST', path: '/probes', successStatus: 201, tags }).input(probeInputSchema).output(probeSchema),
  update: administerProbes
    .route({ method: 'PATCH', path: '/probes/{id}', tags })
    .input(byId.extend({ change: probeChangeSchema }))
    .output(probeSchema),
  remove: administerProbes.route({ method: 'DELETE', path: '/probes/{id}', successStatus: 204, tags }).input(byId),
  /** Reads the probe immediately, regardless of its schedule. */
  readNow: operateProbes.route({ method: 'POST', path: '/probes/{id}/read', tags }).input(byId).output(probeSchema),
  /** Makes the last reading the contract, with tolerances: bit rate ± 50 %, frame rate ± 10 %, key frame interval up to + 50 %. */
  agree: administerProbes
    .route({ method: 'POST', path: '/probes/{id}/contract', tags, summary: 'Agree on what a stream is now' })
    .input(byId)
    .output(probeSchema),
  /** Reads an address once without storing anything. `id`: the probe whose secrets are used if the address is entered as displayed. */
  test: administerProbes
    .route({ method: 'POST', path: '/probes/test', tags })
    .input(z.object({ url: probeFields.url, lookSeconds: probeFields.lookSeconds.default(6), id: probeIdSchema.optional() }).extend(contentDefaults))
    .output(testedProbeSchema),
  /** Adds the probes of a CSV list, and changes those whose names already exist. If the list has a mistake, nothing is changed. */
  import: administerProbes
    .route({ method: 'POST', path: '/probes/import', tags, summary: 'Add and change probes from a CSV list' })
    .input(
      z.object({
        /** Lists come from elsewhere, so addresses of this machine are refused unless explicitly allowed. */
        allowsThisMachine: z.boolean().default(false),
        csv: z.string().max(longestProbeList),
      }),
    )
    .output(importedProbesSchema),
  /** Pictures that are evidence of its picture and sound faults in this period, newest first. */
  evidence: viewProbes
    .route({ method: 'GET', path: '/probes/{id}/evidence', tags, summary: 'Pictures in which faults were found' })
    .input(byId.extend({ from: askedMs.optional(), to: askedMs.optional() }))
    .output(z.array(keptPictureSchema)),
  status: viewProbes.route({ method: 'GET', path: '/probes/status', tags }).output(probeStatusSchema),
  keep: administerProbes
    .route({ method: 'PUT', path: '/probes/settings', tags, summary: 'How many probes are read at once' })
    .input(probeSettingsSchema)
    .output(probeStatusSchema),
}
