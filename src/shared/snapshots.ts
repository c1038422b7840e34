import { z } from 'zod'
import { scopeFields } from './maintenance.ts'
import { administer, operate, view } from './permissions.ts'
import { pictureReasonSchema, pictureWordsSchema } from './previews.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { askedMs, epochMs } from './time.ts'

/** Width of a kept snapshot, px. The height keeps the aspect ratio; smaller pictures are not enlarged. */
export const snapshotWidthPx = 480

export const snapshotLimits = {
  everySeconds: [10, 86_400],
  megabitsPerSecond: [0.1, 10_000],
  atOnce: [1, 4],
  days: [1, 3_650],
  megabytes: [10, 10_000_000],
} as const
const within = ([least, most]: readonly [number, number]) => z.number().min(least).max(most)
const everySecondsSchema = within(snapshotLimits.everySeconds).int()
const exceptionSchema = z.strictObject({
  ...scopeFields,
  /** null: never. */
  everySeconds: everySecondsSchema.nullable(),
})

export const snapshotSettingsSchema = z.strictObject({
  /** How often each live stream is read, s. null: only when somebody asks for it. */
  everySeconds: everySecondsSchema.nullable().default(60),
  /** The first exception that matches a stream applies. */
  exceptions: z.array(exceptionSchema).max(50).default([]),
  /** Mean bit rate that all snapshots together may use, Mbit/s. Streams take turns within it, those in trouble first. */
  megabitsPerSecond: within(snapshotLimits.megabitsPerSecond).default(10),
  /** Maximum number of concurrent readers on all servers together. */
  atOnce: within(snapshotLimits.atOnce).int().default(2),
  keepDays: within(snapshotLimits.days).int().default(7),
  /** For snapshots around the onset of an alarm. */
  keepAlarmDays: within(snapshotLimits.days).int().default(90),
  /** Beyond this size, the oldest are deleted first. */
  keepMegabytes: within(snapshotLimits.megabytes).int().default(2_000),
})
export type SnapshotSettings = z.output<typeof snapshotSettingsSchema>

/** A kept snapshot, without the picture. */
const snapshotFactsSchema = z.object({
  /** When it was taken, epoch ms. */
  at: epochMs,
  bytes: z.number().int(),
  widthPx: z.number().int(),
  heightPx: z.number().int(),
  /** The picture shows the slate, not the programme. */
  isSlate: z.boolean(),
})
export type SnapshotFacts = z.infer<typeof snapshotFactsSchema>

export const keptPictureSchema = snapshotFactsSchema.extend({
  /** The JPEG in base64. */
  jpeg: z.string(),
})
export type KeptPicture = z.infer<typeof keptPictureSchema>

/** Why no snapshots of a stream or server are taken although they are due. */
const haltSchema = z.object({
  serverId: serverIdSchema,
  serverName: z.string(),
  /** null: applies to all streams of this server. */
  path: z.string().nullable(),
  why: pictureReasonSchema,
  words: said('picture', z.string().optional()),
  since: epochMs,
  /** Next attempt; null: not before the server's settings change or a picture is taken manually. */
  nextAt: epochMs.nullable(),
})
export type SnapshotHalt = z.infer<typeof haltSchema>

const snapshotStatusSchema = z.object({
  settings: snapshotSettingsSchema,
  /** Why no snapshots are taken at all; null: they are taken when due. */
  why: pictureReasonSchema.nullable(),
  words: pictureWordsSchema,
  /** Number of live streams to read. */
  streams: z.number().int(),
  /** Of these, how many have no snapshot within twice their interval, because the budget is too small or reading fails. */
  late: z.number().int(),
  /** What it costs the servers, mean of the last minute: readers at once and bit/s. `taken`: snapshots in that minute. */
  cost: z.object({ readers: z.number(), bitsPerSecond: z.number(), taken: z.number().int() }),
  /** At most 100. */
  halts: z.array(haltSchema),
  kept: z.object({
    snapshots: z.number().int(),
    bytes: z.number(),
    /** null: there are none. */
    oldestAt: epochMs.nullable(),
    /** The system's error message if snapshots can't be stored now; null: they can. */
    trouble: z.string().nullable(),
  }),
})
export type SnapshotStatus = z.infer<typeof snapshotStatusSchema>

const streamSchema = z.object({ serverId: serverIdSchema, path: z.string().min(1).max(2_048) })

export const mostPictures = 60

const takenSnapshotSchema = z.union([
  z.object({ picture: keptPictureSchema, why: z.null(), words: pictureWordsSchema }),
  z.object({ picture: z.null(), why: pictureReasonSchema, words: pictureWordsSchema }),
])
/** A snapshot that was asked for, or why there is none. */
export type TakenSnapshot = z.infer<typeof takenSnapshotSchema>

const tags = ['snapshots']
export const snapshotsContract = {
  /** The snapshots of a stream from `from` up to `to`, oldest first. If there are more than `points`, so many are spread evenly over the time, and the newest comes with them. */
  list: view
    .route({ method: 'GET', path: '/snapshots', tags, summary: 'Kept snapshots of a stream, without the pictures' })
    .input(streamSchema.extend({ from: askedMs, to: askedMs, points: z.coerce.number().int().min(1).max(1_000).default(200) }))
    .output(z.object({ snapshots: z.array(snapshotFactsSchema), total: z.number().int() })),
  /** For each stream, its newest snapshot taken at or before `at` (default: now); null: there is none. */
  newest: view
    .route({ method: 'POST', path: '/snapshots/newest', tags, summary: 'The newest picture of each stream, now or at a moment of the past' })
    .input(z.object({ streams: z.array(streamSchema).max(mostPictures), at: epochMs.optional() }))
    .output(z.array(keptPictureSchema.nullable())),
  /** The pictures taken at these times; null: not stored. */
  pictures: view
    .route({ method: 'POST', path: '/snapshots/pictures', tags, summary: 'Pictures of a stream by the moments of `list`' })
    .input(streamSchema.extend({ at: z.array(epochMs).max(mostPictures) }))
    .output(z.array(keptPictureSchema.nullable())),
  /** The last snapshot before a time, such as the onset of an alarm, and the first at or after it; null: there is none. */
  around: view
    .route({ method: 'GET', path: '/snapshots/around', tags, summary: 'The picture before a moment, and the one after it' })
    .input(streamSchema.extend({ at: askedMs }))
    .output(z.object({ before: keptPictureSchema.nullable(), after: keptPictureSchema.nullable() })),
  /** Takes and stores a snapshot now. An on-demand source is not started for it. */
  take: operate.route({ method: 'POST', path: '/snapshots', tags, summary: 'Take a snapshot of a stream now' }).input(streamSchema).output(takenSnapshotSchema),
  status: view.route({ method: 'GET', path: '/snapshots/status', tags, summary: 'What snapshots cost, and what is kept' }).output(snapshotStatusSchema),
  keep: administer
    .route({ method: 'PUT', path: '/snapshots/settings', tags, summary: 'How often snapshots are taken, and how long they are kept' })
    .input(snapshotSettingsSchema)
    .output(snapshotStatusSchema),
}
