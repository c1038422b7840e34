import type { Reason } from '../reasons.ts'
import type { Trouble } from '../troubles.ts'
import { serverErrorWords } from './errorText.ts'
import { eventWords } from './eventText.ts'
import type { Language } from './languages.ts'
import { de } from './reasons/de.ts'
import { en } from './reasons/en.ts'
import { ko } from './reasons/ko.ts'
import type { ReasonWords } from './reasons/reasonWords.ts'
import { ru } from './reasons/ru.ts'
import { zh } from './reasons/zh.ts'
import { textOf } from './texts.ts'

const catalogues: Readonly<Record<Language, ReasonWords>> = { en, de, zh, ru, ko }

/** A reason in one sentence. */
export function reasonText(reason: Reason, language: Language): string {
  const { events, someServer } = eventWords[language]
  const nameless = { name: someServer, path: null, at: 0 }
  switch (reason.kind) {
    case 'streamOff':
      return events.streamOff(reason, nameless)
    case 'streamEnded':
      return events.streamEnded(reason, nameless)
    case 'slateOn':
      return events.slateOn(reason, nameless)
    case 'serverError':
      return serverErrorWords(reason.error, language).what
    case 'noNetwork':
      return events.consoleGap({ cause: 'noNetwork', begins: true }, nameless)
    case 'told':
      return reason.text
    default:
      return textOf(catalogues[language].reasons, reason)
  }
}

/** `reasonText`, or null without a reason. */
export const reasonTextOrNull = (reason: Reason | null, language: Language): string | null => (reason === null ? null : reasonText(reason, language))

/** `text` says what is wrong, `todo` what to do. */
export function troubleWords({ kind, why }: Pick<Trouble, 'kind' | 'why'>, language: Language): { readonly text: string; readonly todo: string } {
  return { text: reasonText(why, language), todo: why.kind === 'serverError' ? serverErrorWords(why.error, language).todo : catalogues[language].todo[kind] }
}
