/** Milliseconds per day. All days here are UTC days. */
export const dayMs = 86_400_000
export const dayOf = (at: number): number => Math.floor(at / dayMs)
export const dayStartOf = (at: number): number => dayOf(at) * dayMs
