/** Milliseconds per day. All days here are UTC days. */
export const dayMs = 86_400_000
export function dayOf(at: number): number {
  return Math.floor(at / dayMs)
}
export function dayStartOf(at: number): number {
  return dayOf(at) * dayMs
}
