import type { Unrehearsed } from '../../rehearsal.ts'
import type { Texts } from '../texts.ts'

/** What a rehearsal of a rule comes to. */
export interface RehearsalWords {
  /** Number of alarms with the changed rule, and with the one that stands. */
  readonly instead: (after: number, before: number) => string
  /** Of a new rule. */
  readonly alarms: (after: number) => string
  readonly unrehearsed: Texts<Unrehearsed>
}
