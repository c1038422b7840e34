import type { EngineLife, Verdict } from '../shared/shell.ts'
import type { Severity } from '../shared/troubles.ts'
import { desktopWords } from '../shared/words/desktopText.ts'
import type { Language } from '../shared/words/languages.ts'

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

/** The icon that says it: a severity, `ok` only where everything is known. */
export const worstSign = ({ verdict, severity }: Worst): Severity | 'ok' | 'unknown' =>
  verdict === 'trouble' && severity !== null ? severity : verdict === 'well' ? 'ok' : 'unknown'

/** In words, for tray and taskbar: "3 troubles, the worst is critical". `worst` null: nothing is known. */
export function worstWords(life: EngineLife | null, worst: Worst | null, language: Language): string {
  const { fleet, troubles } = desktopWords[language]
  if (life?.state === 'failed') return fleet.engineFailed
  if (life?.state === 'restarting') return fleet.engineRestarts
  if (life === null || worst === null) return fleet.notKnownYet
  if (worst.verdict !== 'trouble') return fleet[worst.verdict]
  return worst.severity === null ? fleet.notKnownYet : troubles(worst.count, worst.severity)
}
