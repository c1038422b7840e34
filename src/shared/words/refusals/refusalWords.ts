import type { PlainRefusal, RefusalOf } from '../../refusals.ts'

/** Why a call is not answered, in one language. */
export type RefusalWords = { readonly [K in PlainRefusal]: () => string } & {
  readonly notAllowed: (facts: RefusalOf<'notAllowed'>) => string
  readonly notStored: (facts: RefusalOf<'notStored'>) => string
  /** `mistakes`: those that are named, joined. */
  readonly notAccepted: (mistakes: string, more: number) => string
  /** Where no error says why. */
  readonly hostNotAsked: (name: string) => string
  readonly toolUnusable: (problem: string) => string
}
