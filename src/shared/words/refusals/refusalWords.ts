import type { PlainRefusal, RefusalOf } from '../../refusals.ts'
import type { Texts } from '../texts.ts'

/** Why a call is not answered, in one language. */
export type RefusalWords = { readonly [K in PlainRefusal]: () => string } & Texts<RefusalOf<'notAllowed' | 'notStored'>> & {
    /** `mistakes`: those that are named, joined. */
    readonly notAccepted: (mistakes: string, more: number) => string
    /** Where no error says why. */
    readonly hostNotAsked: (name: string) => string
    readonly toolUnusable: (problem: string) => string
  }
