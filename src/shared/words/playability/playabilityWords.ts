import type { PlayabilityClient, PlayabilityReason, PlayabilityRow } from '../../playability.ts'
import type { Texts } from '../texts.ts'

/** By which players a stream plays, in one language. */
export interface PlayabilityWords {
  readonly clients: Readonly<Record<PlayabilityClient, string>>
  readonly verdicts: Readonly<Record<PlayabilityRow['verdict'], string>>
  readonly reasons: Texts<Exclude<PlayabilityReason, { kind: 'doorFails' }>>
}
