import { median, quantile } from './trend.ts'

/** `y = base + slope × x`. */
export interface Line {
  readonly slope: number
  readonly base: number
  /** Share of y's deviations from its median that the line explains, 0 to 1. */
  readonly explains: number
  readonly points: number
}

const mostPoints = 200

/** Spread of x: its 95th percentile minus its 5th. */
export function spreadOf(xs: readonly number[]): number {
  return quantile(xs, 0.95) - quantile(xs, 0.05)
}

/**
 * Theil–Sen line through points in any order: the median of the slopes of all pairs whose x differ by at least a fifth of
 * the spread, and the base with as many points above as below the line. null: all x are equal or nearly so.
 */
export function fitLine(xs: readonly number[], ys: readonly number[]): Line | null {
  const step = Math.max(1, Math.ceil(xs.length / mostPoints))
  const x = xs.filter((_, i) => i % step === 0)
  const y = ys.filter((_, i) => i % step === 0)
  const least = spreadOf(x) / 5
  if (!(least > 0)) return null
  const slopes: number[] = []
  for (let i = 0; i < x.length; i++)
    for (let j = i + 1; j < x.length; j++) {
      const apart = (x[j] as number) - (x[i] as number)
      if (Math.abs(apart) >= least) slopes.push(((y[j] as number) - (y[i] as number)) / apart)
    }
  if (slopes.length === 0) return null
  const slope = median(slopes)
  const base = median(y.map((value, i) => value - slope * (x[i] as number)))
  const middle = median(y)
  const sum = (of: (value: number, i: number) => number) => y.reduce((total, value, i) => total + Math.abs(of(value, i)), 0)
  const apart = sum((value) => value - middle)
  const left = sum((value, i) => value - base - slope * (x[i] as number))
  return { slope, base, explains: apart === 0 ? 0 : Math.max(0, 1 - left / apart), points: xs.length }
}
