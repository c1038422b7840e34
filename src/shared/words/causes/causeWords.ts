import type { CauseFacts, Sureness } from '../../causes.ts'
import type { Texts } from '../texts.ts'

/** Clauses of one sentence, without its full stop. */
export interface CauseWords {
  readonly causes: Texts<CauseFacts>
  /** A clause with how sure it is. */
  readonly sure: Readonly<Record<Sureness, (clause: string) => string>>
  readonly sentence: (clauses: readonly string[]) => string
}
