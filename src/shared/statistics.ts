/** Adds a value to a sum. null is unknown: it adds nothing, and a sum of only unknowns stays null, never 0. */
export function addKnown(sum: number | null, value: number | null): number | null {
  return value === null ? sum : (sum ?? 0) + value
}

/** The sum of the known values; null if there are none. */
export function sumKnown(values: readonly (number | null)[]): number | null {
  return values.reduce(addKnown, null)
}

/** The largest of the known values; null if there are none. */
export function largestKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

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
