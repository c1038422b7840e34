import { z } from 'zod'
import { consoleTroubleSchema, setAsideSchema } from './consoleTroubles.ts'
import { eventSchema } from './events.ts'
import { type MetricId, metricIds } from './metrics.ts'
import { administer, view } from './permissions.ts'
import { serverIdSchema } from './servers.ts'
import { kindOfMetric, seriesSchema, subjectNamed, subjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'

/**
 * How fine the past is kept, finest first: samples as they were polled, then what became of each minute, quarter of an
 * hour and two hours (min, max, sum, count, first, last). Finer tiers are dropped sooner.
 */
export const tierSchema = z.enum(['samples', 'minutes', 'quarterHours', 'twoHours'])
export type Tier = z.infer<typeof tierSchema>
export const tiers: readonly Tier[] = tierSchema.options
/** Width of a tier's buckets, ms; 0: each sample stands for itself. */
export const tierStepMs = { samples: 0, minutes: 60_000, quarterHours: 900_000, twoHours: 7_200_000 } as const satisfies Record<Tier, number>

/**
 * One series reduced to at most `points` buckets. Columns of equal length; a bucket without samples is left
 * out, and `gaps` says where the line must break. `at` is a bucket's first sample's time.
 */
export const seriesColumnsSchema = z.object({
  at: z.array(z.number()),
  min: z.array(z.number()),
  mean: z.array(z.number()),
  max: z.array(z.number()),
  /** Pairs [from, to) in which nothing is known. */
  gaps: z.array(z.tuple([z.number(), z.number()])),
  /** The coarsest tier that was read for it: `at` and `gaps` are no finer than its step. */
  tier: tierSchema,
  /** With `totals`: how many samples each bucket has, their sum, and the values of the first and last of them. */
  count: z.array(z.number()).optional(),
  sum: z.array(z.number()).optional(),
  first: z.array(z.number()).optional(),
  last: z.array(z.number()).optional(),
})
export type SeriesColumns = z.infer<typeof seriesColumnsSchema>

export const rangeInputSchema = z.object({
  series: z.array(seriesSchema).min(1).max(64),
  from: epochMs,
  to: epochMs,
  /** Most buckets wanted per series: about one per two pixels. */
  points: z.number().int().min(1).max(5000).default(500),
  /** Read this tier, or what is kept instead of it where it is gone. Left out: the finest one that answers in about 50 ms. */
  tier: tierSchema.optional(),
  /** Also count, sum, first and last of each bucket. */
  totals: z.boolean().optional(),
})
export type RangeInput = z.infer<typeof rangeInputSchema>

/** A sum: its points are some `bucketMs` apart, and `lacking` says which subjects are not in it while others are. */
export const sumColumnsSchema = seriesColumnsSchema.pick({ at: true, min: true, mean: true, max: true, gaps: true, tier: true }).extend({
  /** The sum at the end, of samples as they were; null: nothing is known then. */
  last: z.number().nullable(),
  /** By their place in the question, and when. */
  lacking: z.array(z.object({ part: z.number(), gaps: z.array(z.tuple([z.number(), z.number()])) })),
})
export type SumColumns = z.infer<typeof sumColumnsSchema>

export const sumInputSchema = z
  .object({
    metrics: z
      .array(z.enum(metricIds as readonly [MetricId, ...MetricId[]]))
      .min(1)
      .max(16),
    /** Whose values are added up: each has all of the metrics. */
    subjects: z.array(subjectSchema).min(1).max(1000),
    from: epochMs,
    to: epochMs,
    /** Distance of the points. */
    bucketMs: z.number().min(1),
    /** Without a sample for longer than this a subject is not known, ms. */
    toleranceMs: z.number().min(0).max(86_400_000),
    /** Read this tier, or what is kept instead of it where it is gone. Left out: one that only the length of the stretch decides. */
    tier: tierSchema.optional(),
  })
  .refine(({ from, to, bucketMs }) => (to - from) / bucketMs <= 5000, 'more than 5,000 points')
  .refine(({ metrics, subjects }) => subjects.every(({ kind }) => metrics.every((metric) => kindOfMetric(metric) === kind)), 'a subject has no such metric')
export type SumInput = z.infer<typeof sumInputSchema>

export const eventFilterSchema = z.object({
  /** Of a server or host with all that is theirs; of a stream also events of many at once that name it. */
  of: subjectSchema.optional(),
  kinds: z.array(z.string()).optional(),
  from: epochMs.optional(),
  to: epochMs.optional(),
  /** Only events with a smaller id: the next page. */
  before: z.number().optional(),
  limit: z.number().int().min(1).max(1000).default(100),
})
export type EventFilter = z.infer<typeof eventFilterSchema>

/** `serverId` and `path` are older than `of`, and short in an address: a host's id may stand for the server's. */
const eventsInputSchema = eventFilterSchema
  .partial()
  .extend({ serverId: serverIdSchema.optional(), path: z.string().min(1).optional() })
  .refine(({ serverId, path }) => path === undefined || serverId !== undefined, 'a path is of a server: name it as serverId')
  .transform(({ serverId, path, ...filter }) => (serverId === undefined ? filter : { ...filter, of: filter.of ?? subjectNamed(serverId, path ?? null) }))

/** What is kept, each with limits of its own. */
export const keptSchema = z.enum([...tierSchema.options, 'events'])
export type Kept = z.infer<typeof keptSchema>

/** Whichever is reached first. Whole days go, the oldest first; the running day never. */
export const keepLimitSchema = z.object({ days: z.number().min(0.01).max(36_500), bytes: z.number().min(10e6) })
export type KeepLimit = z.infer<typeof keepLimitSchema>
/** Drops nothing: of who only reads a history. */
export const keepEverything: Readonly<Record<Kept, KeepLimit>> = Object.fromEntries(
  keptSchema.options.map((kept) => [kept, { days: 36_500, bytes: 1e15 }]),
) as Record<Kept, KeepLimit>

export const storeFiguresSchema = z.object({
  /** All files of the history together. */
  bytes: z.number(),
  /** Oldest moment of which anything is kept. */
  from: epochMs.nullable(),
  kept: z.array(
    z.object({
      kept: keptSchema,
      limit: keepLimitSchema,
      bytes: z.number(),
      from: epochMs.nullable(),
      /** At today's load, for a forecast; null: not watched for long enough to tell. */
      bytesPerDay: z.number().nullable(),
    }),
  ),
  /** Room on the disk; null where the system does not tell. */
  freeBytes: z.number().nullable(),
  /** The disk is nearly full: samples are not stored, minutes, events and all coarser tiers still are. */
  samplesStopped: z.boolean(),
  /** Values of servers and hosts that cannot be true and were kept as unknown, since the start. */
  refusedValues: z.number(),
  /** Files that were damaged and lie beside the others under another name. */
  setAside: z.array(
    z.object({
      file: z.string(),
      at: epochMs,
      damage: setAsideSchema,
      /** `damage` as a sentence: over REST alone. Else `setAsideText` makes it. */
      words: z.string().optional(),
    }),
  ),
  /** Set when the store can't write all that it should. */
  why: consoleTroubleSchema.nullable(),
  /** `why` as a sentence, and what to do: over REST alone. Else `consoleTroubleText` makes it. */
  trouble: z.string().nullable().optional(),
})
export type StoreFigures = z.infer<typeof storeFiguresSchema>

export const timelineInputSchema = z.object({
  from: epochMs,
  to: epochMs,
  /** Most buckets wanted. */
  points: z.number().int().min(1).max(5000).default(1000),
  /** Left out: all servers that history knows. */
  serverIds: z.array(serverIdSchema).max(1000).optional(),
})
export type TimelineInput = z.infer<typeof timelineInputSchema>

/** The whole fleet over time. Columns of equal length, one entry a bucket, without holes; null is not known. */
export const timelineSchema = z.object({
  /** Start of each bucket. */
  at: z.array(z.number()),
  widthMs: z.number(),
  /** Sum over the servers of the most streams that were in trouble at once. */
  troubled: z.array(z.number().nullable()),
  /** Sum over the servers of the streams that were in trouble, on average. */
  troubledMean: z.array(z.number().nullable()),
  /** Servers that did not answer at some time of the bucket. */
  down: z.array(z.number().nullable()),
  /** Sum over the servers of the streams that were live, on average. */
  live: z.array(z.number().nullable()),
  /** How many events of each kind; buckets without any have an empty record. */
  events: z.array(z.record(z.string(), z.number())),
  tier: tierSchema,
})
export type Timeline = z.infer<typeof timelineSchema>

export const historyContract = {
  range: view
    .route({ method: 'POST', path: '/history/range', tags: ['history'] })
    .input(rangeInputSchema)
    .output(z.array(seriesColumnsSchema)),
  /** A metric of many subjects added up, in the order of `metrics`: at each moment of those that are known then, unknown where none is. */
  sum: view
    .route({ method: 'POST', path: '/history/sum', tags: ['history'] })
    .input(sumInputSchema)
    .output(z.array(sumColumnsSchema)),
  /** Samples newer than `since`, at most 30 minutes back; asked again with the last `at` it is a live tail that costs the engine no memory. */
  tail: view
    .route({ method: 'POST', path: '/history/tail', tags: ['history'] })
    .input(z.object({ series: z.array(seriesSchema).min(1).max(64), since: epochMs }))
    .output(z.array(z.object({ at: z.array(z.number()), values: z.array(z.number().nullable()) }))),
  events: view
    .route({ method: 'GET', path: '/events', tags: ['history'] })
    .input(eventsInputSchema.optional())
    .output(z.array(eventSchema)),
  store: view.route({ method: 'GET', path: '/history/store', tags: ['history'] }).output(storeFiguresSchema),
  keep: administer
    .route({ method: 'PUT', path: '/history/keep', tags: ['history'] })
    .input(z.partialRecord(keptSchema, keepLimitSchema))
    .output(storeFiguresSchema),
  timeline: view
    .route({ method: 'POST', path: '/history/timeline', tags: ['history'] })
    .input(timelineInputSchema)
    .output(timelineSchema),
}
