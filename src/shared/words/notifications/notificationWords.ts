import type { AlarmState } from '../../alarms.ts'
import type { Severity } from '../../troubles.ts'

/** What stands around an alarm in messages to people, in one language. Moments are ISO 8601. */
export interface NotificationWords {
  readonly severity: Readonly<Record<Severity, string>>
  readonly state: Readonly<Record<AlarmState, string>>
  readonly ended: string
  /** Before the severity, of an update: it is worse than the message before said, less bad, or as bad. */
  readonly worse: string
  readonly eased: string
  readonly changed: string
  /** What stands before the place and what is wrong there: in capitals, how long it lasted or has lasted, ms. */
  readonly endedAfter: (lasted: { readonly minMs: number; readonly maxMs: number }) => string
  readonly stillAfter: (of: { readonly severity: string; readonly ms: number }) => string
  /** Title of several messages as one. */
  readonly summary: (messages: number) => string
  readonly summed: (of: { readonly began: number; readonly changed: number; readonly ended: number }) => string
  readonly test: string
  /** The end of an alarm of which nothing else is known. */
  readonly unreadable: string
  /** Text of a test message, and of the one that the drill sends. */
  readonly tested: string
  readonly drilled: string
  readonly since: (moment: string) => string
  readonly endedAt: (moment: string) => string
  /** How often it came back, and within how long, ms. */
  readonly returned: (of: { readonly returns: number; readonly ms: number }) => string
  /** It is well since then, but has not been for long enough to be over. */
  readonly calm: (moment: string) => string
  readonly startMissed: string
  readonly escalated: string
  readonly mayRepeat: string
  /** On the button or link that leads to the alarm. */
  readonly open: string
  /** On the one that leads to where it can be acknowledged. */
  readonly take: string
}
