import type { SizingWhy } from '../shared/sizing.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

export function sizingWhyText(why: SizingWhy, language: Language): string {
  return sayIn(language)(`sizing.${why.kind}`, { ...why })
}
