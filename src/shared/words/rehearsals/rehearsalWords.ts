import type { BeyondNow } from '../../beyondNow.ts'
import type { Unrehearsed } from '../../rehearsal.ts'
import type { SubjectKind } from '../../subjects.ts'
import type { Texts } from '../texts.ts'

type JudgedBy = NonNullable<BeyondNow['by']>

/** What a rehearsal of a rule comes to. */
export interface RehearsalWords {
  /** Number of alarms with the changed rule, and with the one that stands. */
  readonly instead: (after: number, before: number) => string
  /** Of a new rule. */
  readonly alarms: (after: number) => string
  /** How many of those with a known figure are beyond the limit, and how many with the rule as it stands (null: it is a new one). */
  readonly beyond: (facts: Pick<BeyondNow, 'beyond' | 'standing' | 'known'> & { readonly of: SubjectKind; readonly by: JudgedBy }) => string
  /** There is no figure of any of them, or nothing is known to be usual. */
  readonly noneKnown: (by: JudgedBy) => string
  /** The same of so many more. */
  readonly unknown: (count: number, by: JudgedBy) => string
  readonly unrehearsed: Texts<Unrehearsed>
}
