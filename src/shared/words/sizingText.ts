import { sayIn } from '../../i18n/say.ts'
import type { SizingWhy } from '../sizing.ts'
import type { Language } from './languages.ts'

/** Why the cost of a stream is unknown. */
export function sizingWhyText(why: SizingWhy, language: Language): string {
  return sayIn(language)(`sizing.why.${why.kind}`, { ...why })
}
