import type { Severity } from '../shared/troubles.ts'

// A record, so that a severity added to shared does not compile here until it is named. As a type only: main starts without zod.
const severities = { critical: true, major: true, minor: true, warning: true } satisfies Record<Severity, true>
const isSeverity = (value: unknown): value is Severity => typeof value === 'string' && Object.hasOwn(severities, value)

/** What the window says of the fleet. `null`: nothing is wrong. */
export interface Worst {
  readonly severity: Severity | null
  readonly count: number
}

/** Reads what came from a window; null where it is not what a window of ours sends. */
export const parseWorst = (severity: unknown, count: unknown): Worst | null => {
  if (severity !== null && !isSeverity(severity)) return null
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 ? { severity, count } : null
}

/** In words, for tray and taskbar: "3 troubles, the worst is critical". */
export const worstWords = ({ severity, count }: Worst): string =>
  severity === null ? 'All is well' : count === 1 ? `1 trouble: ${severity}` : `${count} troubles, the worst is ${severity}`
