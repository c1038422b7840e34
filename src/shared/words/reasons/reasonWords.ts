import type { Reason } from '../../reasons.ts'
import type { TroubleKind } from '../../troubles.ts'
import type { Texts } from '../texts.ts'

/** Why something is as it is, and what to do about a trouble, in one language. */
export interface ReasonWords {
  /** Those that have no sentence elsewhere, as an event or an error of a server. */
  readonly reasons: Texts<Exclude<Reason, { kind: 'streamOff' | 'streamEnded' | 'slateOn' | 'serverError' | 'noNetwork' | 'told' }>>
  readonly todo: Readonly<Record<TroubleKind, string>>
}
