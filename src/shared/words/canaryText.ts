import type { CanaryError, CanaryReadProtocol } from '../canaries.ts'
import type { PublishProtocol } from '../media.ts'
import type { CanaryWords } from './canaries/canaryWords.ts'
import { de } from './canaries/de.ts'
import { en } from './canaries/en.ts'
import { ko } from './canaries/ko.ts'
import { ru } from './canaries/ru.ts'
import { zh } from './canaries/zh.ts'
import { catalogueOf } from './catalogue.ts'
import type { Words } from './errorText.ts'
import type { Language } from './languages.ts'
import { pictureText } from './pictureText.ts'
import { textOf } from './texts.ts'

const catalogues = catalogueOf<CanaryWords>('canaries', { en, de, zh, ru, ko }, ['todo.*'])

/** Why a test signal is not published, or not read by this protocol, and what to do about it. */
export function canaryErrorWords(error: CanaryError, protocol: CanaryReadProtocol | PublishProtocol, language: Language): Words {
  const { what, todo } = catalogues[language]
  const because = error.kind === 'notPublished' ? pictureText(error.error, language) : ''
  const by = protocol.toUpperCase()
  return { what: textOf(what, error, by, because), todo: textOf(todo, error, by, because) }
}
