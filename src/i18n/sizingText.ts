import type { SizingWhy } from '../shared/sizing.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

/** Why the cost of a stream is unknown. */
export function sizingWhyText(why: SizingWhy, language: Language): string {
  return sayIn(language)(`sizing.${why.kind}`, { ...why })
}
