import type { TFunction } from 'i18next'
import { eventLabel } from '../../i18n/eventText.ts'
import type { Language } from '../../i18n/languages.ts'
import type { DeckEvent } from '../../shared/events.ts'
import { serverStateText } from '../fleet/StateMark.tsx'

/** Kind of a server error; in older events `error` is the kind itself. */
const errorKindOf = ({ error }: DeckEvent['facts']): unknown => (typeof error === 'object' && error !== null && 'kind' in error ? error.kind : error)

/** Label for one event, a word or two. A server that cannot be read gets the same word as on its page. */
export function eventMessage({ kind, facts }: Pick<DeckEvent, 'kind' | 'facts'>, language: Language, t: TFunction): string {
  return kind === 'serverDown' ? serverStateText({ state: 'down', error: { kind: errorKindOf(facts) } }, t) : eventLabel(kind, language)
}
