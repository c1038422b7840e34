import type { PlainRefusal, RefusalOf } from '../../refusals.ts'
import type { Texts } from '../texts.ts'

/** Refusals in one language. */
export type RefusalWords = { readonly [K in PlainRefusal]: () => string } & Texts<RefusalOf<'notAllowed' | 'notStored' | 'searchTooWide' | 'otherSetting'>> & {
    /** `mistakes`: the listed mistakes as one text. */
    readonly notAccepted: (mistakes: string, more: number) => string
    /** Used when there is no error that says why. */
    readonly hostNotAsked: (name: string) => string
    /** `error`: a sentence; null: it is not watched. */
    readonly serverNotChanged: (name: string, error: string | null) => string
    /** `since`: a moment in words. */
    readonly alarmsNotKept: (since: string) => string
    readonly toolUnusable: (problem: string) => string
  }
