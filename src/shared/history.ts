import { oc } from '@orpc/contract'
import { z } from 'zod'
import { eventSchema } from './events.ts'
import { type MetricId, metricIds } from './metrics.ts'
import { serverIdSchema } from './servers.ts'
import { epochMs } from './time.ts'

/** Three values, never a joined string. `path` is '' for the server itself. */
export const seriesSchema = z.object({ serverId: serverIdSchema, path: z.string(), metric: z.enum(metricIds as [MetricId, ...MetricId[]]) })
export type Series = z.infer<typeof seriesSchema>

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
})
export type SeriesColumns = z.infer<typeof seriesColumnsSchema>

export const rangeInputSchema = z.object({
  series: z.array(seriesSchema).min(1).max(64),
  from: epochMs,
  to: epochMs,
  /** Most buckets wanted per series: about one per two pixels. */
  points: z.number().int().min(1).max(5000).default(500),
})
export type RangeInput = z.infer<typeof rangeInputSchema>

export const eventFilterSchema = z.object({
  serverId: serverIdSchema.optional(),
  path: z.string().optional(),
  kinds: z.array(z.string()).optional(),
  from: epochMs.optional(),
  to: epochMs.optional(),
  /** Only events with a smaller id: the next page. */
  before: z.number().optional(),
  limit: z.number().int().min(1).max(1000).default(100),
})
export type EventFilter = z.infer<typeof eventFilterSchema>

export const storeFiguresSchema = z.object({
  bytes: z.number(),
  /** Oldest sample kept. */
  from: epochMs.nullable(),
  keepDays: z.number(),
  keepBytes: z.number(),
  /** Set when the store can't write: what is wrong and what to do. */
  trouble: z.string().nullable(),
})
export type StoreFigures = z.infer<typeof storeFiguresSchema>

export const historyContract = {
  range: oc
    .route({ method: 'POST', path: '/history/range', tags: ['history'] })
    .input(rangeInputSchema)
    .output(z.array(seriesColumnsSchema)),
  /** Samples newer than `since`, at most 30 minutes back; asked again with the last `at` it is a live tail that costs the engine no memory. */
  tail: oc
    .route({ method: 'POST', path: '/history/tail', tags: ['history'] })
    .input(z.object({ series: z.array(seriesSchema).min(1).max(64), since: epochMs }))
    .output(z.array(z.object({ at: z.array(z.number()), values: z.array(z.number().nullable()) }))),
  events: oc
    .route({ method: 'GET', path: '/events', tags: ['history'] })
    .input(eventFilterSchema.partial().optional())
    .output(z.array(eventSchema)),
  store: oc.route({ method: 'GET', path: '/history/store', tags: ['history'] }).output(storeFiguresSchema),
  keep: oc
    .route({ method: 'PUT', path: '/history/keep', tags: ['history'] })
    .input(z.object({ keepDays: z.number().min(0.01).max(3650), keepBytes: z.number().min(10e6) }))
    .output(storeFiguresSchema),
}
