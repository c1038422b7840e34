import type { ConnectionStep, StepFound, TestedPort, YmlLine } from '../connectionTest.ts'
import { catalogueOf } from './catalogue.ts'
import type { ConnectionWords, Finding } from './connection/connectionWords.ts'
import { de } from './connection/de.ts'
import { en } from './connection/en.ts'
import { ko } from './connection/ko.ts'
import { ru } from './connection/ru.ts'
import { zh } from './connection/zh.ts'
import { serverErrorWords } from './errorText.ts'
import type { Language } from './languages.ts'
import { joined, textOf } from './texts.ts'

const catalogues = catalogueOf<ConnectionWords>('connection', { en, de, zh, ru, ko }, ['found.*'])

export function portText(port: TestedPort, language: Language): string {
  return catalogues[language].ports[port]
}

function findingOf(found: StepFound, key: TestedPort, language: Language): Finding {
  const words = catalogues[language]
  if (found.kind === 'error') {
    if (found.error.kind === 'unauthorized' && found.error.credentialsGiven) return words.wrongPassword
    const { what, todo } = serverErrorWords(found.error, language)
    return [what, found.apiPort === null ? todo : joined(todo, words.usualPort(found.apiPort))]
  }
  if (found.kind === 'apiElsewhere') return [serverErrorWords(found.error, language).what, words.useAddress(found.api)]
  return textOf(words.found, found, { port: words.ports[key], key, without: words.without[key] })
}

/** What a step of the connection test found, and what to do about it; '' where there is nothing to do. */
export function stepText({ what: port, found }: Pick<ConnectionStep, 'what' | 'found'>, language: Language): { readonly what: string; readonly todo: string } {
  const finding = findingOf(found, port, language)
  return typeof finding === 'string' ? { what: finding, todo: '' } : { what: finding[0], todo: finding[1] }
}

/** Lines of mediamtx.yml as a text to copy. */
export function ymlText(lines: readonly YmlLine[], language: Language): string {
  return lines.map((line) => `${typeof line === 'string' ? line : `${line.before}${catalogues[language].remarks[line.remark]}${line.after}`}\n`).join('')
}
