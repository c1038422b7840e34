/** Adds a value to a sum. null is unknown: it adds nothing, and a sum of only unknowns stays null, never 0. */
export const addKnown = (sum: number | null, value: number | null): number | null => (value === null ? sum : (sum ?? 0) + value)

/** The sum of the known values; null if there are none. */
export const sumKnown = (values: readonly (number | null)[]): number | null => values.reduce(addKnown, null)
