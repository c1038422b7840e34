import type { PlainRefusal, RefusalOf } from '../../refusals.ts'
import type { Texts } from '../texts.ts'

/** Refusals in one language. */
export type RefusalWords = { readonly [K in PlainRefusal]: () => string } & Texts<RefusalOf<'notAllowed' | 'notStored' | 'searchTooWide'>> & {
    /** `mistakes`: the listed mistakes as one text. */
    readonly notAccepted: (mistakes: string, more: number) => string
    /** Used when there is no error that says why. */
    readonly hostNotAsked: (name: string) => string
    /** `since`: a moment in words. */
    readonly alarmsNotKept: (since: string) => string
    readonly toolUnusable: (problem: string) => string
  }
