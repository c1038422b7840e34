import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { DeckEvent } from '../../shared/events.ts'
import { eventLabel } from '../../shared/words/eventText.ts'
import { isLanguage, type Language } from '../../shared/words/languages.ts'
import { serverStateWords } from './StateMark.tsx'

/** The language of the window. */
export function useLanguage(): Language {
  const { language } = useTranslation().i18n
  return isLanguage(language) ? language : 'en'
}

/** Kind of a server error; in older events `error` is the kind itself. */
const errorKindOf = ({ error }: DeckEvent['facts']): unknown => (typeof error === 'object' && error !== null && 'kind' in error ? error.kind : error)

/** Label for one event, a word or two. A server that cannot be read gets the same word as on its page. */
export function eventWords({ kind, facts }: Pick<DeckEvent, 'kind' | 'facts'>, language: Language, t: TFunction): string {
  return kind === 'serverDown' ? serverStateWords({ state: 'down', error: { kind: errorKindOf(facts) } }, t) : eventLabel(kind, language)
}
