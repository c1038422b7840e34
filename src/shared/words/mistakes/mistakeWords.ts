import type { Mistake, MistakeNoun } from '../../mistakes.ts'

export type Nouns = Readonly<Record<MistakeNoun, string>>

/** What is wrong with a value that was entered, in one language; without a full stop, as it may stand behind its key. */
export type MistakeWords = { readonly [K in Exclude<Mistake['kind'], 'said'>]: (facts: Extract<Mistake, { kind: K }>) => string }
