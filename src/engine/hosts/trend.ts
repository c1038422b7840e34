import type { SeriesColumns } from '../../shared/history.ts'
import { median, quantile } from '../../shared/statistics.ts'

export const forecastSpanMs = 7 * 86_400_000
/** The least history that shows how fast a disk fills. */
const leastSpanMs = 6 * 3_600_000
const leastPoints = 12
/** Forecasts beyond this are not shown. */
const farthestMs = 5 * 365 * 86_400_000

/**
 * When a disk of which `used` percent are used now will be full, at the pace of its history; null if it does not
 * fill, or there is no forecast: less than 6 h of history, a slope that may be noise, or more than 5 years.
 *
 *     full at = now + (100 - used) / slope
 *
 * The slope is Theil–Sen's (the median of the slopes between all pairs of hourly medians, of 7 days at most): a clean-up
 * or a copy that is removed again hardly changes it. It counts as growth if three quarters of the pairs rise.
 */
export function diskFullAt(history: Pick<SeriesColumns, 'at' | 'mean'>, used: number, now: number): number | null {
  if (!isPaceKnown(history, now)) return null
  const points = history.at.map((at, i): TrendPoint => ({ at, value: history.mean[i] as number })).filter(({ at }) => at <= now)
  const trend = theilSen(points)
  if (trend === null || trend.lowerQuartile <= 0 || trend.slope <= 0) return null
  const inMs = Math.max(0, 100 - used) / trend.slope
  return inMs > farthestMs ? null : Math.round(now + inMs)
}

/** Whether a history is long enough to know the pace at which a disk fills. */
function isPaceKnown({ at }: Pick<SeriesColumns, 'at'>, now: number): boolean {
  const past = at.filter((moment) => moment <= now)
  return past.length >= leastPoints && (past.at(-1) as number) - (past[0] as number) >= leastSpanMs
}

/** One value of a history. */
export interface TrendPoint {
  readonly at: number
  readonly value: number
}

/** Slopes are per millisecond. */
interface Trend {
  /** The median of the slopes of all pairs. */
  readonly slope: number
  /** Lower quartile of the slopes. Above 0 the values grow in spite of noise. */
  readonly lowerQuartile: number
}

/** The number of pairs grows with the square, so more points than this are merged, by the median of neighbours. */
const mostPoints = 168

/** Theil–Sen slope: up to a quarter of the values may be outliers without changing its direction. null: fewer than two moments. */
export function theilSen(given: readonly TrendPoint[]): Trend | null {
  const slopes = slopesOf(thinned(given))
  return slopes.length === 0 ? null : { slope: median(slopes), lowerQuartile: quantile(slopes, 0.25) }
}

/** The slopes of all pairs of points that are apart. */
function slopesOf(points: readonly TrendPoint[]): number[] {
  return points.flatMap((one, place) =>
    points.slice(place + 1).flatMap((other) => {
      const apart = other.at - one.at
      return apart === 0 ? [] : (other.value - one.value) / apart
    }),
  )
}

function thinned(points: readonly TrendPoint[]): readonly TrendPoint[] {
  if (points.length <= mostPoints) return points
  const size = Math.ceil(points.length / mostPoints)
  return Array.from({ length: Math.ceil(points.length / size) }, (_, part) => {
    const some = points.slice(part * size, (part + 1) * size)
    return { at: median(some.map(({ at }) => at)), value: median(some.map(({ value }) => value)) }
  })
}
