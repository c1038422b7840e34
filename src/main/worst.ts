import type { Verdict } from '../shared/shell.ts'
import type { Severity } from '../shared/troubles.ts'

// A record, so that a severity added to shared does not compile here until it is named. As a type only: main starts without zod.
const severities = { critical: true, major: true, minor: true, warning: true } satisfies Record<Severity, true>
const isSeverity = (value: unknown): value is Severity => typeof value === 'string' && Object.hasOwn(severities, value)

const verdicts = { trouble: true, well: true, unknown: true, nothing: true } satisfies Record<Verdict, true>
const isVerdict = (value: unknown): value is Verdict => typeof value === 'string' && Object.hasOwn(verdicts, value)

/** What the window says of the fleet. */
export interface Worst {
  readonly verdict: Verdict
  /** Of the worst trouble; null: none is known. */
  readonly severity: Severity | null
  readonly count: number
}

/** Reads what came from a window; null where it is not what a window of ours sends. */
export function parseWorst(verdict: unknown, severity: unknown, count: unknown): Worst | null {
  if (!isVerdict(verdict) || (severity !== null && !isSeverity(severity))) return null
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 ? { verdict, severity, count } : null
}

const calmWords = { well: 'All is well', unknown: 'Some states unknown', nothing: 'Nothing to watch yet' } as const

/** The icon that says it: a severity, `ok` only where everything is known. */
export const worstSign = ({ verdict, severity }: Worst): Severity | 'ok' | 'unknown' =>
  verdict === 'trouble' && severity !== null ? severity : verdict === 'well' ? 'ok' : 'unknown'

/** In words, for tray and taskbar: "3 troubles, the worst is critical". */
export const worstWords = ({ verdict, severity, count }: Worst): string =>
  verdict !== 'trouble' ? calmWords[verdict] : count === 1 ? `1 trouble: ${severity}` : `${count} troubles, the worst is ${severity}`
