import { z } from 'zod'
import { consoleTroubleSchema } from './consoleTroubles.ts'
import { eventSchema } from './events.ts'
import { type MetricId, metricIds } from './metrics.ts'
import { administer, view } from './permissions.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { subjectNamed } from './subjectNames.ts'
import { kindOfMetric, seriesSchema, subjectSchema } from './subjects.ts'
import { type Kept, keptKinds, tiers } from './tiers.ts'
import { epochMs } from './time.ts'
import { invalid } from './validationErrors.ts'

export const tierSchema = z.enum(tiers)

/**
 * One series reduced to at most `points` buckets, in columns of equal length. Buckets without samples are left out, and `gaps`
 * says where the line must break. `at` is the time of a bucket's first sample.
 */
const seriesColumnsSchema = z.object({
  at: z.array(z.number()),
  min: z.array(z.number()),
  mean: z.array(z.number()),
  max: z.array(z.number()),
  /** Pairs [from, to) without known values. */
  gaps: z.array(z.tuple([z.number(), z.number()])),
  /** The coarsest tier that was read: `at` and `gaps` are no finer than its step. */
  tier: tierSchema,
  /** With `totals`: number of samples in each bucket, their sum, the values of the first and the last, and the time of the last. */
  count: z.array(z.number()).optional(),
  sum: z.array(z.number()).optional(),
  first: z.array(z.number()).optional(),
  last: z.array(z.number()).optional(),
  lastAt: z.array(z.number()).optional(),
})
export type SeriesColumns = z.infer<typeof seriesColumnsSchema>

const rangeInputSchema = z.object({
  series: z.array(seriesSchema).min(1).max(64),
  from: epochMs,
  to: epochMs,
  /** Maximum number of buckets per series: about one per two pixels. */
  points: z.number().int().min(1).max(5000).default(500),
  /** Tier to read, or the next one still kept where it is gone. Default: the finest that answers in about 50 ms. */
  tier: tierSchema.optional(),
  /** Also return count, sum, first and last of each bucket, and the time of the last. */
  totals: z.boolean().optional(),
})
export type RangeInput = z.infer<typeof rangeInputSchema>

/** A sum with points about `bucketMs` apart; `lacking` lists subjects that are missing from it while others are included. */
const sumColumnsSchema = seriesColumnsSchema.pick({ at: true, min: true, mean: true, max: true, gaps: true, tier: true }).extend({
  /** The sum at the end, of raw samples; null: unknown. */
  last: z.number().nullable(),
  /** Missing subjects by their index in the query, and when. */
  lacking: z.array(z.object({ part: z.number(), gaps: z.array(z.tuple([z.number(), z.number()])) })),
})
export type SumColumns = z.infer<typeof sumColumnsSchema>

/** Most points of a sum, and most subjects: a fleet has no limit, a question has. */
const mostSumPoints = 5_000
const mostSummed = 4_000

export const sumInputSchema = z
  .object({
    metrics: z
      .array(z.enum(metricIds as readonly [MetricId, ...MetricId[]]))
      .min(1)
      .max(16),
    /** Subjects to add up; each must have all of the metrics. */
    subjects: z.array(subjectSchema).min(1).max(mostSummed),
    from: epochMs,
    to: epochMs,
    bucketMs: z.number().min(1),
    /** A subject without a sample for longer than this, ms, counts as unknown. */
    toleranceMs: z.number().min(0).max(86_400_000),
    /** Tier to read, or the next one still kept where it is gone. Default: chosen by the length of the period alone. */
    tier: tierSchema.optional(),
  })
  .superRefine(({ metrics, subjects, from, to, bucketMs, toleranceMs }, ctx) => {
    const count = Math.ceil(Math.max(to - from, toleranceMs) / bucketMs)
    if (count > mostSumPoints) ctx.addIssue({ code: 'custom', path: ['bucketMs'], message: invalid({ kind: 'tooManyValues', count, most: mostSumPoints }) })
    const metric = metrics.find((one) => subjects.some(({ kind }) => kindOfMetric(one) !== kind))
    if (metric !== undefined) ctx.addIssue({ code: 'custom', path: ['metrics'], message: invalid({ kind: 'scopeUnfit', metric, of: kindOfMetric(metric) }) })
  })
export type SumInput = z.infer<typeof sumInputSchema>

const eventFilterSchema = z.object({
  /** A server or host stands for everything on it; a stream also matches collective events that list it. */
  of: subjectSchema.optional(),
  kinds: z.array(z.string()).optional(),
  from: epochMs.optional(),
  to: epochMs.optional(),
  /** For the next page: only events with a smaller id. */
  before: z.number().optional(),
  limit: z.number().int().min(1).max(1000).default(100),
  /** Which come first, and are listed where there are more than `limit`; default: the newest. */
  order: z.enum(['newest', 'oldest']).optional(),
})
export type EventFilter = z.infer<typeof eventFilterSchema>

/** `serverId` and `path` are the older form of `of` and short in a URL: `serverId` may also be a host's id. */
const eventsInputSchema = eventFilterSchema
  .partial()
  .extend({ serverId: serverIdSchema.optional(), path: z.string().min(1).optional() })
  .refine(({ serverId, path }) => path === undefined || serverId !== undefined, { path: ['serverId'], error: invalid({ kind: 'missing', key: 'server' }) })
  .transform(({ serverId, path, ...filter }) => (serverId === undefined ? filter : { ...filter, of: filter.of ?? subjectNamed(serverId, path ?? null) }))

/** Kinds of stored data, each with its own retention limits. */
export const keptSchema = z.enum(keptKinds)

/** Retention limit: whichever is reached first. Whole days are dropped, the oldest first, never the current day. */
export const keepLimitSchema = z.object({ days: z.number().min(0.01).max(36_500), bytes: z.number().min(10e6) })
export type KeepLimit = z.infer<typeof keepLimitSchema>
/** Drops nothing; for code that only reads a history. */
export const keepEverything: Readonly<Record<Kept, KeepLimit>> = Object.fromEntries(keptKinds.map((kept) => [kept, { days: 36_500, bytes: 1e15 }])) as Record<
  Kept,
  KeepLimit
>

const storeFiguresSchema = z.object({
  /** Size of all history files together. */
  bytes: z.number(),
  /** Oldest moment with stored data. */
  from: epochMs.nullable(),
  kept: z.array(
    z.object({
      kept: keptSchema,
      limit: keepLimitSchema,
      bytes: z.number(),
      from: epochMs.nullable(),
      /** Growth at today's load, for a forecast; null: not observed for long enough. */
      bytesPerDay: z.number().nullable(),
    }),
  ),
  /** Free space on the disk; null if the system does not report it. */
  freeBytes: z.number().nullable(),
  /** Damaged files that were renamed and left in the folder. */
  setAside: z.array(
    z.object({
      file: z.string(),
      at: epochMs,
    }),
  ),
  /** Set while the store can't write everything. */
  why: consoleTroubleSchema.nullable(),
  trouble: said('storeTrouble', z.string().nullable().optional()),
})
export type StoreFigures = z.infer<typeof storeFiguresSchema>

const timelineInputSchema = z.object({
  from: epochMs,
  to: epochMs,
  points: z.number().int().min(1).max(5000).default(1000),
})
export type TimelineInput = z.infer<typeof timelineInputSchema>

/** The whole fleet over time, in columns of equal length with one entry per bucket and no holes. null: unknown. */
const timelineSchema = z.object({
  at: z.array(z.number()),
  widthMs: z.number(),
  /** Maximum number of streams in trouble at once on each server, summed over the servers. */
  troubled: z.array(z.number().nullable()),
  /** Servers that failed to answer at some time during the bucket. */
  down: z.array(z.number().nullable()),
  /** Number of events by kind; empty for buckets without events. */
  events: z.array(z.record(z.string(), z.number())),
  tier: tierSchema,
})
export type Timeline = z.infer<typeof timelineSchema>

const tags = ['history']
export const historyContract = {
  range: view.route({ method: 'POST', path: '/history/range', tags }).input(rangeInputSchema).output(z.array(seriesColumnsSchema)),
  /** Sums of metrics over many subjects, in the order of `metrics`. At each moment the known subjects are added; unknown if none is. */
  sum: view.route({ method: 'POST', path: '/history/sum', tags }).input(sumInputSchema).output(z.array(sumColumnsSchema)),
  events: view.route({ method: 'GET', path: '/events', tags }).input(eventsInputSchema.optional()).output(z.array(eventSchema)),
  store: view.route({ method: 'GET', path: '/history/store', tags }).output(storeFiguresSchema),
  keep: administer.route({ method: 'PUT', path: '/history/keep', tags }).input(z.partialRecord(keptSchema, keepLimitSchema)).output(storeFiguresSchema),
  timeline: view.route({ method: 'POST', path: '/history/timeline', tags }).input(timelineInputSchema).output(timelineSchema),
}
