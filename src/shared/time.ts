import { z } from 'zod'

/** Milliseconds since 1970-01-01 UTC. All times inside mtxdeck have this form; ISO 8601 stands at its borders only. */
export const epochMs = z.number()

/** ISO 8601 in UTC, or null. */
export const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
