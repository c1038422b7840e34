import type { PathEditOutcome } from '../../pathChanges.ts'

/** Words of changes of path settings, in one language. */
export interface PathEditWords {
  /** What a change interrupts. `streams` null: not known. */
  readonly nothing: () => string
  readonly recording: () => string
  readonly streams: (streams: number | null, readers: number) => string
  /** How long a change lasts. */
  readonly lasts: () => string
  /** Settings whose value is not kept, as a list. */
  readonly notKept: (settings: string) => string
  /** What came of a change. */
  readonly outcomes: { readonly [K in PathEditOutcome]: () => string }
}
