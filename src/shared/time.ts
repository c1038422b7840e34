import { z } from 'zod'

/** The end of the calendar: what is beyond it can't be written. */
export const latestTime = 8.64e15
/** Milliseconds since 1970-01-01 UTC. All times inside mtxdeck have this form; ISO 8601 stands at its borders only. */
export const epochMs = z.number().min(-latestTime).max(latestTime)
/** The same as an address has it, as text. */
export const askedMs = z.coerce.number().pipe(epochMs)

/** ISO 8601 in UTC, or null. */
export const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
