import type { Reason } from '../reasons.ts'
import type { Trouble } from '../troubles.ts'
import { serverErrorWords } from './errorText.ts'
import { sentences } from './eventText.ts'
import type { Language } from './languages.ts'
import { serverErrorWhat } from './sentences.ts'
import { textOf } from './texts.ts'

/** Why something is as it is, in one sentence. */
export function reasonText(reason: Reason, language: Language): string {
  const words = sentences[language]
  const nameless = { name: words.someServer, path: null, at: 0 }
  switch (reason.kind) {
    case 'streamOff':
      return words.events.streamOff(reason, nameless)
    case 'streamEnded':
      return words.events.streamEnded(reason, nameless)
    case 'slateOn':
      return words.events.slateOn(reason, nameless)
    case 'serverError':
      return serverErrorWhat(reason.error, words)
    case 'noNetwork':
      return words.events.consoleGap({ cause: 'noNetwork', begins: true }, nameless)
    case 'told':
      return reason.text
    default:
      return textOf(words.reasons, reason)
  }
}

/** The same where there may be none. */
export const reasonTextOrNull = (reason: Reason | null, language: Language): string | null => (reason === null ? null : reasonText(reason, language))

/** What is wrong in one sentence, and what to do in another. */
export function troubleWords({ kind, why }: Pick<Trouble, 'kind' | 'why'>, language: Language): { readonly text: string; readonly todo: string } {
  const { advice } = sentences[language]
  return { text: reasonText(why, language), todo: why.kind === 'serverError' ? serverErrorWords(why.error, language).todo : advice.troubles[kind] }
}
