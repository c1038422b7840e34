import { z } from 'zod'
import { askedFlag } from './asked.ts'
import { countWithin, originSchema } from './entered.ts'
import { scopeFields, zoneSchema } from './maintenance.ts'
import { administer, operate, view } from './permissions.ts'
import { pictureReasonSchema } from './previews.ts'
import { contractDifferenceSchema, gradeReasonSchema } from './probeGrades.ts'
import { probeIdSchema } from './probeIds.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { keptPictureSchema } from './snapshots.ts'
import { askedMs, epochMs } from './time.ts'
import { invalid } from './validationErrors.ts'

// The daily check looks at every camera once a day: which deliver a picture, which don't and why, and what changed since the day before.

export const dailyLimits = {
  windowMinutes: [5, 720],
  lookSeconds: [2, 30],
  atOnce: [1, 32],
  megabitsPerSecond: [1, 10_000],
  keepDays: [1, 3_650],
} as const
/** Maximum number of cameras in one report; further ones are only counted. */
export const mostCameras = 20_000
const mostReportChannels = 20

export const dailyContentChecks = ['black', 'oneColour', 'colourBars', 'frozen', 'silent'] as const
const dailyContentCheckSchema = z.enum(dailyContentChecks)
export type DailyContentCheck = z.infer<typeof dailyContentCheckSchema>

/** Streams with checks of their own. */
const exceptionSchema = z.strictObject({
  ...scopeFields,
  checks: z.array(dailyContentCheckSchema).max(dailyContentChecks.length),
})
const mostExceptions = 50

export const dailySettingsSchema = z.strictObject({
  enabled: z.boolean().default(false),
  /** Time of day at which it begins, such as `06:00`, in the time zone `zone`. */
  at: z
    .string()
    .trim()
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, invalid({ kind: 'notSuchAs', example: '06:00' }))
    .default('06:00'),
  zone: zoneSchema.default('UTC'),
  /** Time limit of one run, minutes; cameras not reached by then are not checked. */
  windowMinutes: countWithin(dailyLimits.windowMinutes).default(60),
  /** Streams to check; an empty field means all. */
  ...scopeFields,
  /** Whether probes are checked too. */
  probes: z.boolean().default(true),
  /** Whether on-demand sources are started for the check, one at a time per server. */
  wakesOnDemand: z.boolean().default(false),
  checks: z.array(dailyContentCheckSchema).max(dailyContentChecks.length).default(['black', 'oneColour', 'colourBars', 'frozen']),
  /** The first exception that matches a stream applies. Probes have checks of their own. */
  exceptions: z.array(exceptionSchema).max(mostExceptions).default([]),
  /** How much of each stream is read, seconds of media time. */
  lookSeconds: countWithin(dailyLimits.lookSeconds).default(6),
  /** Number of streams read concurrently. */
  atOnce: countWithin(dailyLimits.atOnce).default(4),
  /** Maximum total bit rate of the streams read concurrently, Mbit/s; a single stream is always read. */
  megabitsPerSecond: countWithin(dailyLimits.megabitsPerSecond).default(50),
  keepDays: countWithin(dailyLimits.keepDays).default(30),
  /** Names of the channels that each report is sent to. */
  tell: z.array(z.string().trim().min(1).max(100)).max(mostReportChannels).default([]),
  /** Send only reports with faults, and missed ones. */
  tellFaultsOnly: z.boolean().default(false),
})
export type DailySettings = z.output<typeof dailySettingsSchema>

export const dailyFaultSchema = z.discriminatedUnion('kind', [
  /** The camera could not be read. */
  z.object({ kind: z.literal('noPicture'), why: pictureReasonSchema }),
  /** Nothing is published although the stream is expected. `since` null: it was never seen live. */
  z.object({ kind: z.literal('offAir'), since: epochMs.nullable() }),
  /** A slate is on air. */
  z.object({ kind: z.literal('slate') }),
  /** Its grade is poor, as that of a probe would be. */
  z.object({ kind: z.literal('grade'), reason: gradeReasonSchema }),
  /** The stream differs from the contract of its probe. */
  z.object({ kind: z.literal('contract'), differences: z.array(contractDifferenceSchema).min(1) }),
])
export type DailyFault = z.infer<typeof dailyFaultSchema>

export const plainSkips = [
  /** On demand, and its source must not be started. */
  'asleep',
  /** Not reached before the window ended, or the console was not running. */
  'noTime',
  /** Paused, in maintenance, or not scheduled to be on air. */
  'notDue',
  /** Its server refused our credentials for other streams, and is not asked again with them. */
  'refusedBefore',
  /** Nothing is known of the cameras of a server that does not answer. */
  'serverDown',
  /** The console itself has no network. */
  'offline',
  'stopped',
  'removed',
] as const
export const dailySkipSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(plainSkips) }),
  /** This console can't read any stream. */
  z.object({ kind: z.literal('noTools'), why: pictureReasonSchema }),
])
export type DailySkip = z.infer<typeof dailySkipSchema>

/** `waiting`: not checked yet. `gone`: it was in an earlier report but no longer exists. */
export const dailyVerdicts = ['fault', 'notChecked', 'gone', 'ok', 'waiting'] as const
const dailyVerdictSchema = z.enum(dailyVerdicts)
export type DailyVerdict = z.infer<typeof dailyVerdictSchema>
/** Change since the previous report. `new`: the camera was in no earlier report. */
const dailyChangeSchema = z.enum(['newFault', 'stillFault', 'mended', 'new', 'gone'])
export type DailyChange = z.infer<typeof dailyChangeSchema>

const pictureFactsSchema = z.object({ at: epochMs, widthPx: z.number(), heightPx: z.number() })
/** Measurements of a stream that could be read. */
const measuredSchema = z.object({
  /** null: no video. */
  codec: z.string().nullable(),
  widthPx: z.number().nullable(),
  heightPx: z.number().nullable(),
  fps: z.number().nullable(),
  bitrateBps: z.number().nullable(),
})
export type DailyMeasured = z.infer<typeof measuredSchema>

const resultFields = {
  verdict: dailyVerdictSchema,
  /** Worst first. */
  faults: z.array(dailyFaultSchema),
  /** Why it was not checked; null: it was checked, or is still waiting. */
  why: dailySkipSchema.nullable(),
  picture: pictureFactsSchema.nullable(),
  words: said('dailyCamera', z.array(z.string()).optional()),
}

export const dailyCameraSchema = z.object({
  /** Its number in the report. */
  no: z.number().int(),
  /** null: the address of a probe. */
  serverId: serverIdSchema.nullable(),
  path: z.string().nullable(),
  probeId: probeIdSchema.nullable(),
  /** Path of the stream, or name of the probe. */
  name: z.string(),
  /** Name of the stream's server, or the probe's project. */
  place: z.string(),
  ...resultFields,
  change: dailyChangeSchema.nullable(),
  /** When the first of the consecutive reports with a fault began; null: it has no fault. */
  faultSince: epochMs.nullable(),
  checkedAt: epochMs.nullable(),
  /** Its on-demand source was started for the check. */
  woken: z.boolean(),
  /** Name of the probe whose reading this is; null: it was read for this report, or not at all. */
  probe: z.string().nullable().default(null),
  measured: measuredSchema.nullable(),
  /** Its result in the previous report, which began at `at`; null: it was not in that report. */
  before: z.object({ at: epochMs, ...resultFields }).nullable(),
})
export type DailyCamera = z.infer<typeof dailyCameraSchema>

const countsSchema = z.object({
  /** Total, excluding those that are gone. */
  cameras: z.number().int(),
  waiting: z.number().int(),
  ok: z.number().int(),
  fault: z.number().int(),
  notChecked: z.number().int(),
  newFault: z.number().int(),
  stillFault: z.number().int(),
  mended: z.number().int(),
  new: z.number().int(),
  gone: z.number().int(),
})
export type DailyCounts = z.infer<typeof countsSchema>

/** `missed`: the console was not running when it was due. `stopped`: an operator stopped it. */
const dailyStates = ['running', 'done', 'stopped', 'missed'] as const
export const dailyReportSchema = z.object({
  id: z.number().int(),
  state: z.enum(dailyStates),
  plannedAt: epochMs,
  startedAt: epochMs.nullable(),
  endsAt: epochMs,
  endedAt: epochMs.nullable(),
  /** Who started it manually; null: it was scheduled. */
  by: z.string().nullable(),
  wakes: z.boolean(),
  /** Number of cameras beyond `mostCameras`, which are not in the report. */
  leftOut: z.number().int(),
  counts: countsSchema,
})
export type DailyReport = z.infer<typeof dailyReportSchema>

/** Content of a notification about a report. */
export interface DailyDetails extends DailyReport {
  /** Worst and newest first; without those that are fine. */
  readonly cameras: readonly DailyCamera[]
}

const dailyStatusSchema = z.object({
  settings: dailySettingsSchema,
  origin: originSchema,
  /** When the next check begins; null: the daily check is disabled. */
  nextAt: epochMs.nullable(),
  /** The check in progress; null: none. */
  running: dailyReportSchema.nullable(),
  /** Channels in `tell` that don't exist or accept only alarms. */
  untold: z.array(z.string()),
})
export type DailyStatus = z.infer<typeof dailyStatusSchema>

export const mostDailyCameras = 1_000

const reportId = z.object({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) })
const cameraNo = reportId.extend({ no: z.coerce.number().int().min(0) })
const errors = {
  NOT_FOUND: refused(404, 'noSuch'),
  FORBIDDEN: refused(403, 'fromFile'),
  CONFLICT: refused(409, 'running'),
} as const
const tags = ['daily checks']

const viewReport = view.errors(errors)
const operateReports = operate.errors(errors)
export const dailyChecksContract = {
  list: view
    .route({ method: 'GET', path: '/daily-checks', tags, summary: 'Reports of the daily check, the newest first' })
    .input(z.object({ until: askedMs.optional(), limit: z.coerce.number().int().min(1).max(1_000).default(100) }).optional())
    .output(z.array(dailyReportSchema)),
  status: view
    .route({ method: 'GET', path: '/daily-checks/status', tags, summary: 'When cameras are checked, and what is under way' })
    .output(dailyStatusSchema),
  get: viewReport
    .route({ method: 'GET', path: '/daily-checks/{id}', tags, summary: 'One report: each camera with what was found, and what was found before' })
    .input(
      reportId.extend({
        verdict: dailyVerdictSchema.optional(),
        change: dailyChangeSchema.optional(),
        offset: z.coerce
          .number()
          .int()
          .min(0)
          .max(mostCameras * 2)
          .default(0),
        limit: z.coerce.number().int().min(1).max(mostDailyCameras).default(mostDailyCameras),
      }),
    )
    .output(z.object({ report: dailyReportSchema, cameras: z.array(dailyCameraSchema), total: z.number().int() })),
  /** The picture of a camera, and if `before` is set the one from the previous report; null: none is stored. */
  pictures: viewReport
    .route({ method: 'GET', path: '/daily-checks/{id}/cameras/{no}/pictures', tags, summary: 'The picture of a camera, and that of the report before' })
    .input(cameraNo.extend({ before: askedFlag }))
    .output(z.object({ picture: keptPictureSchema.nullable(), before: keptPictureSchema.nullable() })),
  /** Checks all cameras now. `wakes`: on-demand sources are started, one at a time per server. */
  run: operateReports
    .route({ method: 'POST', path: '/daily-checks/run', successStatus: 201, tags, summary: 'Check all cameras now' })
    .input(z.object({ wakes: z.boolean().default(false) }))
    .output(dailyReportSchema),
  /** Stops the running check; cameras not reached yet are not checked. */
  stop: operateReports.route({ method: 'POST', path: '/daily-checks/{id}/stop', tags }).input(reportId).output(dailyReportSchema),
  keep: administer
    .errors(errors)
    .route({ method: 'PUT', path: '/daily-checks/settings', tags, summary: 'When and how cameras are checked' })
    .input(dailySettingsSchema)
    .output(dailyStatusSchema),
}
