import type { RemedyRehearsal } from '../../remedies.ts'
import type { RemedyAct } from '../../remedyActs.ts'
import type { RemedyOutcome, RemedyWhy } from '../../remedyOutcomes.ts'

/** Words of remedies, in one language. */
export interface RemedyWords {
  /** Why something was done: it is the remedy of a rule. Stands after a colon. */
  readonly reason: (rule: string) => string
  /** What came of an act: a sentence. */
  readonly acted: { readonly [A in RemedyAct]: { readonly [O in RemedyOutcome]: () => string } }
  /** Why, or what a command said: a sentence. */
  readonly why: { readonly [K in Exclude<RemedyWhy['kind'], 'server' | 'host'>]: (facts: Extract<RemedyWhy, { kind: K }>) => string }
  /** What a rehearsal comes to. */
  readonly rehearsed: (facts: Pick<RemedyRehearsal, 'alarms' | 'acts' | 'held' | 'from'>) => string
}
