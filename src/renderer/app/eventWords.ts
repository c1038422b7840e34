import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { DeckEvent } from '../../shared/events.ts'
import { eventLabel } from '../../shared/words/eventText.ts'
import { isLanguage, type Language } from '../../shared/words/languages.ts'
import { serverStateWords } from './StateMark.tsx'

/** The language that is shown. */
export function useLanguage(): Language {
  const { language } = useTranslation().i18n
  return isLanguage(language) ? language : 'en'
}

/** Of a server that cannot be read; older events have the kind alone. */
const errorKindOf = ({ error }: DeckEvent['facts']): unknown => (typeof error === 'object' && error !== null && 'kind' in error ? error.kind : error)

/** What kind of event it is, in a word or two, as a label of one: a server that cannot be read is called what its page calls it. */
export const eventWords = ({ kind, facts }: Pick<DeckEvent, 'kind' | 'facts'>, language: Language, t: TFunction): string =>
  kind === 'serverDown' ? serverStateWords({ state: 'down', error: { kind: errorKindOf(facts) } }, t) : eventLabel(kind, language)
