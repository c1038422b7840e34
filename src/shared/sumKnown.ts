/** Adds a value to a sum. null is unknown: it adds nothing, and a sum of only unknowns stays null, never 0. */
export function addKnown(sum: number | null, value: number | null): number | null {
  return value === null ? sum : (sum ?? 0) + value
}

/** The sum of the known values; null if there are none. */
export function sumKnown(values: readonly (number | null)[]): number | null {
  return values.reduce(addKnown, null)
}
