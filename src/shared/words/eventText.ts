import { type DeckEvent, eventFacts, isEventKind, isManyStreamsKind, manyReadersSchema, manyStreamsSchema, type NewEvent } from '../events.ts'
import { quoted } from '../quoted.ts'
import { pathOf } from '../subjectNames.ts'
import { catalogueOf } from './catalogue.ts'
import { de } from './events/de.ts'
import { en } from './events/en.ts'
import type { EventContext, EventWords } from './events/eventWords.ts'
import { ko } from './events/ko.ts'
import { ru } from './events/ru.ts'
import { zh } from './events/zh.ts'
import type { Language } from './languages.ts'

export const eventWords = catalogueOf<EventWords>('events', { en, de, zh, ru, ko }, ['events.*', 'damage.*'])

type NewOrStoredEvent = NewEvent | Omit<DeckEvent, 'id'>

/**
 * An event as one self-contained sentence. Events of older versions keep the English sentence they were stored with;
 * events of newer versions are shown as their kind and facts.
 */
export function eventText(event: NewOrStoredEvent, language: Language): string {
  if ('text' in event && event.text !== '') return event.text
  return madeText(event, eventWords[language]) ?? factsText(event)
}

/** null if the kind or the facts come from another version. */
function madeText({ kind, facts, ownerName, subject, at }: NewOrStoredEvent, words: EventWords): string | null {
  const path = pathOf(subject)
  const name = ownerName ?? words.someServer
  if (path === null && isManyStreamsKind(kind)) {
    const many = manyStreamsSchema.safeParse(facts)
    if (!many.success) return null
    const { count, names } = many.data
    return words.manyStreams[kind](count, name, names.length === 0 ? '' : words.listed(names, count - names.length))
  }
  if (path === null && (kind === 'readerJoined' || kind === 'readerLeft')) {
    const many = manyReadersSchema.safeParse(facts)
    return many.success ? words.manyReaders[kind](many.data, name) : null
  }
  if (!isEventKind(kind)) return null
  const one = eventFacts[kind].safeParse(facts)
  // Kind and facts match, but the compiler can't infer that from a map of kinds.
  return one.success ? (words.events[kind] as (facts: unknown, context: EventContext) => string)(one.data, { name, path, at, words }) : null
}

/** Maximum length of facts of an unknown kind. */
const longestFacts = 1_000

function factsText({ kind, facts }: NewOrStoredEvent): string {
  const listed = Object.entries(facts).map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return listed.length === 0 ? kind : `${kind} (${quoted(listed.join(', '), longestFacts)})`
}

/** Label for a kind of event, a word or two. For a kind from a newer engine, the kind itself. */
export function eventLabel(kind: string, language: Language): string {
  return isEventKind(kind) ? eventWords[language].labels[kind] : kind
}
