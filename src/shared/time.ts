import { z } from 'zod'
import { latestTime } from './latestTime.ts'

/** Milliseconds since 1970-01-01 UTC. All times inside mtxdeck have this form; ISO 8601 is used only in external interfaces. */
export const epochMs = z.number().min(-latestTime).max(latestTime)
/** `epochMs` from the text of a URL parameter. */
export const askedMs = z.coerce.number().pipe(epochMs)

/** ISO 8601 in UTC. */
export function isoOf(at: number): string {
  return new Date(at).toISOString()
}
export function isoOrNull(at: number | null): string | null {
  return at === null ? null : isoOf(at)
}

/** Whether a use of a secret now needs no writing, as one in the same ten minutes was written: after a start, its last use is known to within them. */
export function isUseNoted(usedAt: number | null, now: number): boolean {
  const place = (at: number) => Math.floor(at / 600_000)
  return usedAt !== null && place(usedAt) === place(now)
}

/** The name that Intl has of a time zone, such as `Europe/Berlin` of `europe/berlin`; null: there is none. */
export function zoneNamed(zone: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
