import type { Mistake, Problem } from '../mistakes.ts'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'
import { de } from './mistakes/de.ts'
import { en } from './mistakes/en.ts'
import { ko } from './mistakes/ko.ts'
import type { MistakeWords } from './mistakes/mistakeWords.ts'
import { ru } from './mistakes/ru.ts'
import { zh } from './mistakes/zh.ts'
import { textOf } from './texts.ts'

const mistakes = catalogueOf<MistakeWords>('mistakes', { en, de, zh, ru, ko }, ['*'])

/** What is wrong with a value that was entered. */
export function mistakeText(mistake: Mistake, language: Language): string {
  return mistake.kind === 'said' ? mistake.text : textOf(mistakes[language], mistake)
}

/** A mistake after its location: `mtxdeck.yaml:7:5: servers[0].intervalSeconds: expected a number`. */
export function problemText({ at, key, mistake }: Problem, language: Language): string {
  return [at, key, mistakeText(mistake, language)].filter((part) => part !== '').join(': ')
}
/** One mistake per line. */
export function problemsText(problems: readonly Problem[], language: Language): string {
  return problems.map((problem) => problemText(problem, language)).join('\n')
}
