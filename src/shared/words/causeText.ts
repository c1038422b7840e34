import type { Cause } from '../causes.ts'
import { catalogueOf } from './catalogue.ts'
import type { CauseWords } from './causes/causeWords.ts'
import { de } from './causes/de.ts'
import { en } from './causes/en.ts'
import { ko } from './causes/ko.ts'
import { ru } from './causes/ru.ts'
import { zh } from './causes/zh.ts'
import type { Language } from './languages.ts'
import { textOf } from './texts.ts'

const catalogues = catalogueOf<CauseWords>('causes', { en, de, zh, ru, ko }, ['causes.*'])

/** One clause of why something went wrong, with how sure it is. */
export function causeText({ facts, sure }: Cause, language: Language): string {
  const words = catalogues[language]
  return words.sure[sure](textOf(words.causes, facts))
}

/** All of them as a sentence; '' without any. */
export function causesText(causes: readonly Cause[] | undefined, language: Language): string {
  return causes === undefined || causes.length === 0 ? '' : catalogues[language].sentence(causes.map((cause) => causeText(cause, language)))
}
