import type { i18n } from 'i18next'
import type { DeckEvent } from '../../shared/events.ts'
import { serverStateWords } from './StateMark.tsx'

/** What kind of event it is, in a word or two, as a label of many; a kind of a newer engine is its own name. */
export const eventKindWords = (kind: string, { t, exists }: Pick<i18n, 't' | 'exists'>): string =>
  exists(`event.${kind}`) ? t(`event.${kind}` as 'event.streamOn') : kind

/** The same of a single event: a server that can not be read is called what its page calls it. */
export const eventWords = ({ kind, facts }: Pick<DeckEvent, 'kind' | 'facts'>, words: i18n): string =>
  kind === 'serverDown' ? serverStateWords({ state: 'down', error: { kind: facts.error } }, words.t) : eventKindWords(kind, words)
