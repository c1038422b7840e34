import type { Mistake, MistakeNoun } from '../../mistakes.ts'
import type { Texts } from '../texts.ts'

export type Nouns = Readonly<Record<MistakeNoun, string>>

/** What is wrong with a value that was entered, in one language; without a full stop, as it may stand behind its key. */
export type MistakeWords = Texts<Exclude<Mistake, { kind: 'said' }>>
