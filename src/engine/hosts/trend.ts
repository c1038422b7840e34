import { median, quantile } from '../../shared/statistics.ts'

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

/** The slopes of all pairs of points that are apart, by `least` at least. */
export function slopesOf(points: readonly TrendPoint[], least = 0): number[] {
  return points.flatMap((one, place) =>
    points.slice(place + 1).flatMap((other) => {
      const apart = other.at - one.at
      return apart === 0 || Math.abs(apart) < least ? [] : (other.value - one.value) / apart
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
