import { type Severity, severities } from '../../shared/severities.ts'
import type { OpenAlarms } from '../fleet/openAlarms.ts'

interface Wishes {
  readonly soundSeverities: readonly Severity[]
  /** Until then nothing sounds, this machine's clock. */
  readonly mutedUntil: number
}

/** Mutes last this long, ms; nothing is muted without an end. */
export const muteSpans = { quarter: 15 * 60_000, hour: 3_600_000, shift: 8 * 3_600_000 } as const
const longestMuteMs = muteSpans.shift

/** End of the mute that holds at a moment; null: nothing is muted. A mute that lies further ahead than any can is of a clock that was wrong. */
export function mutedUntilAt({ mutedUntil }: Pick<Wishes, 'mutedUntil'>, now: number): number | null {
  return mutedUntil > now && mutedUntil <= now + longestMuteMs ? mutedUntil : null
}

/** The severity that sounds: the worst of what nobody has and what is to sound at this desk. null: silence. Pure. */
export function soundOf(alarms: OpenAlarms | null, wishes: Wishes, now: number): Severity | null {
  if (alarms === null || mutedUntilAt(wishes, now) !== null) return null
  return severities.find((severity) => wishes.soundSeverities.includes(severity) && alarms.alarmsBySeverity.unacknowledged[severity] > 0) ?? null
}
