import type { SendFailure } from '../sendFailures.ts'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'
import { de } from './sendFailures/de.ts'
import { en } from './sendFailures/en.ts'
import { ko } from './sendFailures/ko.ts'
import { ru } from './sendFailures/ru.ts'
import type { SendFailureWords } from './sendFailures/sendFailureWords.ts'
import { zh } from './sendFailures/zh.ts'
import { textOf } from './texts.ts'

const catalogues = catalogueOf<SendFailureWords>('sendFailures', { en, de, zh, ru, ko }, ['*'])

/** Why a channel did not accept a message, and what to do, in a sentence or two. */
export function sendFailureText(failure: SendFailure, language: Language): string {
  return textOf(catalogues[language], failure)
}
