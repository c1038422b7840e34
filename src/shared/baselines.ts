import { z } from 'zod'
import { type MetricIdOf, metrics, pathMetricIds } from './metrics.ts'
import { view } from './permissions.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { askedMs, epochMs } from './time.ts'

// What is usual for a stream by weekday and hour, learned from its quarter-hour values (ADR 18).

/** An hour of the week is evaluated once it is known for this many weeks. */
export const weeksNeeded = 4
export const weeksKept = 8

export const learnedMetrics = pathMetricIds.filter((metric) => 'baseline' in metrics[metric]) as unknown as readonly [
  MetricIdOf<'stream'>,
  ...MetricIdOf<'stream'>[],
]

/** Minimum and maximum of whole quarter hours, excluding the most extreme week. */
const baselineRangeSchema = z.object({ low: z.number(), high: z.number(), weeks: z.number().int() })
export type BaselineRange = z.infer<typeof baselineRangeSchema>
export type Band = Pick<BaselineRange, 'low' | 'high'>

const weekHourSchema = z.object({
  /** 1: Monday, 7: Sunday. */
  weekday: z.number().int().min(1).max(7),
  hour: z.number().int().min(0).max(23),
  zone: z.string(),
})
export type WeekHour = z.infer<typeof weekHourSchema>

const baselineHourSchema = weekHourSchema.extend({
  /** null: not enough weeks. */
  range: baselineRangeSchema.nullable(),
  /** Number of weeks in which this hour was complete, on air and without alarms. */
  weeks: z.number().int(),
  /** Number of weeks required. */
  needed: z.number().int(),
  /** When earlier learning was discarded, as the stream changed; null: it was not. */
  forgotten: epochMs.nullable(),
})

const baselineSchema = z.object({
  metric: z.enum(learnedMetrics),
  /** The moment up to which data was learned. */
  at: epochMs,
  /** Start of the first hour learned; null: none. */
  since: epochMs.nullable(),
  /** The hour of `at`. */
  now: baselineHourSchema,
  /** Hours of the requested period, oldest first, without those for which nothing is known. */
  hours: z.object({ at: z.array(z.number()), low: z.array(z.number()), high: z.array(z.number()) }),
  text: said('baseline', z.string().optional()),
})
export type Baseline = z.infer<typeof baselineSchema>

export const longestBaselineMs = 35 * 86_400_000

const baselineInputSchema = z.object({
  serverId: serverIdSchema,
  path: z.string().min(1),
  metric: z.enum(learnedMetrics).default(learnedMetrics[0]),
  /** Use only data up to this moment; default: now. */
  at: askedMs.optional(),
  /** Requested period, at most 35 days. Default: the hour of `at`. */
  from: askedMs.optional(),
  to: askedMs.optional(),
})
export type BaselineInput = z.infer<typeof baselineInputSchema>

/** Minimum width of a range, as high ÷ low: otherwise any small change of a nearly constant value would be unusual. */
const leastSpread = 1.2

const spreadOf = ({ low, high }: Band): number => Math.max(leastSpread, low > 0 ? high / low : Number.POSITIVE_INFINITY)

/** The limits beyond which values are unusual: the range, extended on each side by its own width (high ÷ low) to the power of `factor`. */
export function baselineLimits(range: Band, factor: number): { readonly below: number; readonly above: number } {
  const spread = spreadOf(range) ** factor
  return { below: range.low / spread, above: range.high * spread }
}

/** How many spreads a value is below (negative) or above a range; 0: within it; NaN: unknown. */
export function offBaselineBy(value: number, range: Band): number {
  const { low, high } = range
  if (Number.isNaN(value) || Number.isNaN(low)) return Number.NaN
  if (value >= low && value <= high) return 0
  const spread = Math.log(spreadOf(range))
  return value < low ? -Math.log(low / Math.max(value, 1)) / spread : Math.log(value / high) / spread
}

export const baselineContract = {
  /** What is usual for a stream, by weekday and hour. */
  baseline: view
    .errors({ NOT_FOUND: refused(404, 'noSuch') })
    .route({ method: 'GET', path: '/streams/baseline', tags: ['streams'] })
    .input(baselineInputSchema)
    .output(baselineSchema),
}
