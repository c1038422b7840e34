/** Adds a value to a sum. null is not known: it adds nothing, and a sum of nothing else stays unknown, never 0. */
export const addKnown = (sum: number | null, value: number | null): number | null => (value === null ? sum : (sum ?? 0) + value)

/** The sum of what is known; null where nothing is. */
export const sumKnown = (values: readonly (number | null)[]): number | null => values.reduce(addKnown, null)
