import type { AlarmChange } from '../../alarms.ts'
import type { AlarmKind } from '../../rules.ts'
import type { Severity } from '../../troubles.ts'
import type { Texts } from '../texts.ts'

/** Names of troubles and severities, which the window has already. */
export interface AlarmNames {
  readonly trouble: (kind: AlarmKind) => string
  readonly severity: (severity: Severity) => string
}

/** What happened to an alarm. A kind of change without a text in one of the languages does not compile. */
export type AlarmWords = Texts<AlarmChange, [names: AlarmNames]>
