import type { Mistake, MistakeNoun } from '../../mistakes.ts'
import type { Texts } from '../texts.ts'

export type Nouns = Readonly<Record<MistakeNoun, string>>

/** Mistakes in one language. Without a full stop, because a mistake may follow its key. */
export type MistakeWords = Texts<Exclude<Mistake, { kind: 'said' }>>
