import { z } from 'zod'
import { isFor, scopeFields, zoneSchema } from './maintenance.ts'
import { mistaken } from './mistakes.ts'
import { administer, operate, view } from './permissions.ts'
import { pictureReasonSchema } from './previews.ts'
import { type ContentFinding, contentFaultMs } from './probeContent.ts'
import { contractDifferenceSchema } from './probeContracts.ts'
import { probeIdSchema } from './probeIds.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { keptPictureSchema } from './snapshots.ts'
import { askedMs, epochMs } from './time.ts'

// Once a day a look at every camera: which give a picture, which not and why, and what is otherwise than the day before.

/** The least and the most of each setting. */
export const dailyLimits = {
  windowMinutes: [5, 720],
  lookSeconds: [2, 30],
  atOnce: [1, 32],
  megabitsPerSecond: [1, 10_000],
  keepDays: [1, 3_650],
} as const
function count([least, most]: readonly [number, number]) {
  const wrong = mistaken({ kind: 'notACount', least, most })
  return z.number(wrong).int(wrong).min(least, wrong).max(most, wrong)
}
/** Most cameras in one report; further ones are counted only. */
export const mostCameras = 20_000
export const mostTold = 20

/** What a look of some seconds can tell of pictures and sound. */
export const dailyContentChecks = ['black', 'oneColour', 'colourBars', 'frozen', 'silent'] as const
const dailyContentCheckSchema = z.enum(dailyContentChecks)
export type DailyContentCheck = z.infer<typeof dailyContentCheckSchema>
/** What is so in all of a look is a fault, unless the look was shorter than this, ms: two pictures of a quiet scene may be the same. */
const leastFromStartMs: Readonly<Record<DailyContentCheck, number>> = { black: 0, oneColour: 0, colourBars: 0, frozen: 3_000, silent: 3_000 }
/** Whether what was found in a look is a fault of that day. */
export const isDailyFault = ({ check, seconds, isFromStart }: ContentFinding): boolean =>
  dailyContentChecks.some((one) => one === check && ((isFromStart && seconds * 1_000 >= leastFromStartMs[one]) || seconds * 1_000 > contentFaultMs[one]))

/** Streams that are looked at for other things than the others. */
const exceptionSchema = z.strictObject({
  ...scopeFields,
  checks: z.array(dailyContentCheckSchema).max(dailyContentChecks.length),
})
const mostExceptions = 50

const timeOfDay = /^(?:[01]\d|2[0-3]):[0-5]\d$/

export const dailySettingsSchema = z.strictObject({
  enabled: z.boolean().default(false),
  /** Time of day at which it begins, such as `06:00`, on the clocks of `zone`. */
  at: z
    .string()
    .trim()
    .regex(timeOfDay, mistaken({ kind: 'notATimeOfDay' }))
    .default('06:00'),
  zone: zoneSchema.default('UTC'),
  /** It ends after so many minutes; what was not reached by then is not checked. */
  windowMinutes: count(dailyLimits.windowMinutes).default(60),
  /** Which streams; what is left empty means all. */
  ...scopeFields,
  /** Also probes. */
  probes: z.boolean().default(true),
  /** Sources on demand are started for it: of each server one at a time. */
  wakesOnDemand: z.boolean().default(false),
  checks: z.array(dailyContentCheckSchema).max(dailyContentChecks.length).default(['black', 'oneColour', 'colourBars', 'frozen']),
  /** The first that is about a stream counts for it. Probes have checks of their own. */
  exceptions: z
    .array(exceptionSchema)
    .max(mostExceptions, mistaken({ kind: 'tooManyAtOnce', most: mostExceptions }))
    .default([]),
  /** How much of each stream is read, s of its own time. */
  lookSeconds: count(dailyLimits.lookSeconds).default(6),
  /** Streams that are read at once. */
  atOnce: count(dailyLimits.atOnce).default(4),
  /** What they may have together, Mbit/s; one is always read. */
  megabitsPerSecond: count(dailyLimits.megabitsPerSecond).default(50),
  keepDays: count(dailyLimits.keepDays).default(30),
  /** Names of the channels that get each report. */
  tell: z
    .array(z.string().trim().min(1).max(100))
    .max(mostTold, mistaken({ kind: 'tooManyAtOnce', most: mostTold }))
    .default([]),
  /** Only a report with faults, or one that was missed, is told. */
  tellFaultsOnly: z.boolean().default(false),
})
export type DailySettings = z.output<typeof dailySettingsSchema>

/** What a stream is looked at for. */
export const dailyChecksFor = (
  { checks, exceptions }: Pick<DailySettings, 'checks' | 'exceptions'>,
  server: Parameters<typeof isFor>[1],
  path: string,
): DailySettings['checks'] => (exceptions.find((exception) => isFor(exception, server, path)) ?? { checks }).checks

/** What is wrong with a camera. */
export const dailyFaultSchema = z.discriminatedUnion('kind', [
  /** It could not be read. */
  z.object({ kind: z.literal('noPicture'), why: pictureReasonSchema }),
  /** Nothing is published although it is expected; null: it was never seen live. */
  z.object({ kind: z.literal('offAir'), since: epochMs.nullable() }),
  /** A slate is on air. */
  z.object({ kind: z.literal('slate') }),
  z.object({ kind: z.literal('noKeyframe'), seconds: z.number() }),
  /** In its pictures or sound for so long, s; `isFromStart`: in all that was read. */
  z.object({ kind: z.literal('content'), check: dailyContentCheckSchema, seconds: z.number(), isFromStart: z.boolean() }),
  /** The picture has another size than it is known to have. */
  z.object({ kind: z.literal('size'), widthPx: z.number(), heightPx: z.number(), knownWidthPx: z.number(), knownHeightPx: z.number() }),
  /** It is otherwise than was agreed for its probe. */
  z.object({ kind: z.literal('contract'), differences: z.array(contractDifferenceSchema).min(1) }),
])
export type DailyFault = z.infer<typeof dailyFaultSchema>

/** Why a camera was not checked. */
export const plainSkips = [
  /** On demand, and its source is not to be started. */
  'asleep',
  'noTime',
  'offPlan',
  'maintenance',
  'paused',
  /** Its server refused others, and is not asked again with the same credentials. */
  'refusedBefore',
  /** The console itself has no network. */
  'offline',
  'stopped',
  /** The console did not run. */
  'consoleOff',
  'removed',
] as const
export const dailySkipSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(plainSkips) }),
  /** This console can't read any stream. */
  z.object({ kind: z.literal('noTools'), why: pictureReasonSchema }),
])
export type DailySkip = z.infer<typeof dailySkipSchema>

/** `waiting`: its turn is still to come. `gone`: it was in an earlier report, and is not known any more. */
export const dailyVerdicts = ['fault', 'notChecked', 'gone', 'ok', 'waiting'] as const
export const dailyVerdictSchema = z.enum(dailyVerdicts)
export type DailyVerdict = z.infer<typeof dailyVerdictSchema>
/** What is otherwise than in the report before. `new`: a camera that was in none. */
export const dailyChanges = ['newFault', 'stillFault', 'mended', 'new', 'gone'] as const
export const dailyChangeSchema = z.enum(dailyChanges)
export type DailyChange = z.infer<typeof dailyChangeSchema>

const pictureFactsSchema = z.object({ at: epochMs, widthPx: z.number(), heightPx: z.number() })
/** What was measured of a stream that could be read. */
const measuredSchema = z.object({
  /** null: no video. */
  codec: z.string().nullable(),
  widthPx: z.number().nullable(),
  heightPx: z.number().nullable(),
  fps: z.number().nullable(),
  bitrateBps: z.number().nullable(),
  /** Pictures that were looked at. */
  pictures: z.number().int(),
})
export type DailyMeasured = z.infer<typeof measuredSchema>

const sentences = z.array(z.string()).optional()
/** What was found of a camera before. */
const earlierSchema = z.object({
  /** When its report began. */
  at: epochMs,
  verdict: dailyVerdictSchema,
  faults: z.array(dailyFaultSchema),
  why: dailySkipSchema.nullable(),
  picture: pictureFactsSchema.nullable(),
  /** Its faults, or why it was not checked, in words. Sent over REST only. */
  words: sentences,
})

/** One camera in a report. */
export const dailyCameraSchema = z.object({
  /** Its number in the report. */
  no: z.number().int(),
  /** null: it is a probe. */
  serverId: serverIdSchema.nullable(),
  path: z.string().nullable(),
  probeId: probeIdSchema.nullable(),
  /** Path of a stream, or name of a probe. */
  name: z.string(),
  /** Name of the server, or project of the probe. */
  place: z.string(),
  verdict: dailyVerdictSchema,
  /** The worst first. */
  faults: z.array(dailyFaultSchema),
  /** Why it was not checked; null: it was, or its turn is still to come. */
  why: dailySkipSchema.nullable(),
  change: dailyChangeSchema.nullable(),
  /** When the first report in a row began in which it has a fault; null: it has none. */
  faultSince: epochMs.nullable(),
  checkedAt: epochMs.nullable(),
  /** Its source was started for it. */
  woken: z.boolean(),
  measured: measuredSchema.nullable(),
  picture: pictureFactsSchema.nullable(),
  /** In the report before this one; null: it was not in that. */
  before: earlierSchema.nullable(),
  /** Its faults, or why it was not checked, in words. Sent over REST only. */
  words: sentences,
})
export type DailyCamera = z.infer<typeof dailyCameraSchema>

const countsSchema = z.object({
  /** All of them, without those that are gone. */
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

/** `missed`: no console ran when it was due. `stopped`: somebody ended it. */
export const dailyStates = ['running', 'done', 'stopped', 'missed'] as const
const reportFields = {
  id: z.number().int(),
  state: z.enum(dailyStates),
  /** When it was due, or was begun by hand. */
  plannedAt: epochMs,
  startedAt: epochMs.nullable(),
  /** End of its window. */
  endsAt: epochMs,
  endedAt: epochMs.nullable(),
  /** Who began it by hand; null: it was its time. */
  by: z.string().nullable(),
  /** Sources on demand were started for it. */
  wakes: z.boolean(),
  /** Cameras beyond `mostCameras`, which are in no report. */
  leftOut: z.number().int(),
  counts: countsSchema,
}
export const dailyReportSchema = z.object(reportFields)
export type DailyReport = z.infer<typeof dailyReportSchema>

/** What stands in a message about a report. */
export interface DailyDetails extends DailyReport {
  /** The worst and newest first; not those that are well. */
  readonly cameras: readonly DailyCamera[]
}

export const dailyStatusSchema = z.object({
  settings: dailySettingsSchema,
  /** `yaml`: from the configuration file, and changed only there. */
  origin: z.enum(['stored', 'yaml']),
  /** When the next one begins; null: it is off. */
  nextAt: epochMs.nullable(),
  /** The one that runs; null: none does. */
  running: dailyReportSchema.nullable(),
  /** Of the channels to tell, those that there are not, and those that take alarms only. */
  untold: z.array(z.string()),
  /** Why no stream can be read at all; null: they can. */
  why: pictureReasonSchema.nullable(),
  /** `why` in words. Sent over REST only. */
  words: z.string().nullable().optional(),
  /** Reports that are kept. */
  reports: z.number().int(),
})
export type DailyStatus = z.infer<typeof dailyStatusSchema>

/** At most this many pictures in one answer. */
export const mostDailyPictures = 60
/** At most this many cameras in one answer. */
export const mostDailyCameras = 1_000

const reportId = z.object({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) })
const errors = {
  NOT_FOUND: refused(404, 'noSuchDailyCheck'),
  FORBIDDEN: refused(403, 'dailyCheckFromFile'),
  CONFLICT: refused(409, 'dailyCheckRunning'),
} as const
const tags = ['daily checks']

export const dailyChecksContract = {
  list: view
    .route({ method: 'GET', path: '/daily-checks', tags, summary: 'Reports of the daily check, the newest first' })
    .input(z.object({ until: askedMs.optional(), limit: z.coerce.number().int().min(1).max(1_000).default(100) }).optional())
    .output(z.array(dailyReportSchema)),
  status: view
    .route({ method: 'GET', path: '/daily-checks/status', tags, summary: 'When cameras are checked, and what is under way' })
    .output(dailyStatusSchema),
  get: view
    .errors(errors)
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
  /** For each camera by its number in the report, its picture and the one of the report before; null: none is kept. */
  pictures: view
    .errors(errors)
    .route({ method: 'POST', path: '/daily-checks/{id}/pictures', tags, summary: 'Pictures of a report, and those of the report before' })
    .input(reportId.extend({ cameras: z.array(z.number().int().min(0)).max(mostDailyPictures), before: z.boolean().default(false) }))
    .output(z.array(z.object({ picture: keptPictureSchema.nullable(), before: keptPictureSchema.nullable() }))),
  /** Checks all cameras now. `wakes`: sources on demand are started for it, one at a time on each server. */
  run: operate
    .errors(errors)
    .route({ method: 'POST', path: '/daily-checks/run', successStatus: 201, tags, summary: 'Check all cameras now' })
    .input(z.object({ wakes: z.boolean().default(false) }))
    .output(dailyReportSchema),
  /** Ends the one that runs; what was not reached is not checked. */
  stop: operate.errors(errors).route({ method: 'POST', path: '/daily-checks/{id}/stop', tags }).input(reportId).output(dailyReportSchema),
  /** The size that a camera has in this report is the right one from now on. */
  acceptSize: operate
    .errors(errors)
    .route({ method: 'POST', path: '/daily-checks/{id}/cameras/{no}/accept-size', successStatus: 204, tags })
    .input(reportId.extend({ no: z.coerce.number().int().min(0) })),
  keep: administer
    .errors(errors)
    .route({ method: 'PUT', path: '/daily-checks/settings', tags, summary: 'When and how cameras are checked' })
    .input(dailySettingsSchema)
    .output(dailyStatusSchema),
}
