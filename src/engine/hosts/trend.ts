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

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Quantile of values in any order, with linear interpolation; NaN: no values. */
export function quantile(values: readonly number[], part: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = Float64Array.from(values).sort()
  const place = (sorted.length - 1) * part
  const low = Math.floor(place)
  const below = sorted[low] as number
  const above = sorted[Math.min(low + 1, sorted.length - 1)] as number
  return below + (above - below) * (place - low)
}

/** Theil–Sen slope: up to a quarter of the values may be outliers without changing its direction. null: fewer than two moments. */
export function theilSen(given: readonly TrendPoint[]): Trend | null {
  const points = thinned(given)
  const slopes: number[] = []
  for (let i = 0; i < points.length; i++)
    for (let j = i + 1; j < points.length; j++) {
      const [one, other] = [points[i] as TrendPoint, points[j] as TrendPoint]
      if (other.at !== one.at) slopes.push((other.value - one.value) / (other.at - one.at))
    }
  return slopes.length === 0 ? null : { slope: median(slopes), lowerQuartile: quantile(slopes, 0.25) }
}

function thinned(points: readonly TrendPoint[]): readonly TrendPoint[] {
  if (points.length <= mostPoints) return points
  const size = Math.ceil(points.length / mostPoints)
  return Array.from({ length: Math.ceil(points.length / size) }, (_, part) => {
    const some = points.slice(part * size, (part + 1) * size)
    return { at: median(some.map(({ at }) => at)), value: median(some.map(({ value }) => value)) }
  })
}
