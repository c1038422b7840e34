import type { Language } from '../i18n/languages.ts'
import { sayIn } from '../i18n/say.ts'
import type { Severity } from '../shared/severities.ts'
import type { EngineLife, Verdict } from '../shared/shell.ts'

// A record, so that adding a severity to shared does not compile until it is listed here. Imports the type only, because main starts without zod.
const severities = { critical: true, major: true, minor: true, warning: true } satisfies Record<Severity, true>
const isSeverity = (value: unknown): value is Severity => typeof value === 'string' && Object.hasOwn(severities, value)

const verdicts = { trouble: true, well: true, unknown: true, nothing: true } satisfies Record<Verdict, true>
const isVerdict = (value: unknown): value is Verdict => typeof value === 'string' && Object.hasOwn(verdicts, value)

export interface Worst {
  readonly verdict: Verdict
  /** The worst of the open incidents; null: none is known. */
  readonly severity: Severity | null
  readonly count: number
}

/** Parses a message from a window; null: not a valid message of ours. */
export function parseWorst(verdict: unknown, severity: unknown, count: unknown): Worst | null {
  if (!isVerdict(verdict) || (severity !== null && !isSeverity(severity))) return null
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 ? { verdict, severity, count } : null
}

/** The icon for a state: the severity of the worst alarm, or `ok`, but only if everything is known and well. */
export function worstSign({ verdict, severity }: Worst): Severity | 'ok' | 'unknown' {
  return severity ?? (verdict === 'well' ? 'ok' : 'unknown')
}

/** The text for tray and taskbar: "3 open incidents, the worst is critical". `worst` null: unknown. */
export function worstText(life: EngineLife | null, worst: Worst | null, language: Language): string {
  const say = sayIn(language)
  if (life?.state === 'failed') return say('desktop.fleet.engineFailed')
  if (life?.state === 'restarting') return say('desktop.fleet.engineRestarts')
  if (life === null || worst === null) return say('desktop.fleet.unknown')
  if (worst.count > 0 && worst.severity !== null) {
    return say('desktop.alarms', { count: worst.count, worst: say(`notifications.severity.${worst.severity}`) })
  }
  return say(`desktop.fleet.${worst.verdict === 'trouble' ? 'taken' : worst.verdict}`)
}
