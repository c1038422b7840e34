import type { Reason } from '../../reasons.ts'
import type { TroubleKind } from '../../troubles.ts'
import type { Texts } from '../texts.ts'

/** Reasons, and what to do about troubles, in one language. */
export interface ReasonWords {
  /** Reasons whose sentence is not taken from an event, or from the error of a server or host. */
  readonly reasons: Texts<
    Exclude<
      Reason,
      { kind: 'streamOff' | 'streamEnded' | 'slateOn' | 'serverError' | 'hostError' | 'probeDown' | 'consoleTrouble' | 'happened' | 'noNetwork' | 'told' }
    >
  >
  readonly todo: Readonly<Record<TroubleKind, string>>
}
