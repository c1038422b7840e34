import { type DeckEvent, eventFacts, isEventKind, isManyStreamsKind, manyReadersSchema, manyStreamsSchema, type NewEvent } from '../events.ts'
import { quoted } from '../quoted.ts'
import { pathOf } from '../subjects.ts'
import { de } from './events/de.ts'
import { en } from './events/en.ts'
import type { EventWords, Told } from './events/eventWords.ts'
import { ko } from './events/ko.ts'
import { ru } from './events/ru.ts'
import { zh } from './events/zh.ts'
import type { Language } from './languages.ts'

export const eventWords: Readonly<Record<Language, EventWords>> = { en, de, zh, ru, ko }

type ToldEvent = NewEvent | Omit<DeckEvent, 'id'>

/**
 * An event in words: one sentence, complete in itself. One of an older version keeps the English sentence that it was
 * stored with, one of a newer version is shown by its kind and facts.
 */
export function eventText(event: ToldEvent, language: Language): string {
  if ('text' in event && event.text !== '') return event.text
  return madeText(event, eventWords[language]) ?? factsText(event)
}

/** null: its kind, or its facts, are of another version. */
function madeText({ kind, facts, ownerName, subject, at }: ToldEvent, words: EventWords): string | null {
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
  // Kind and facts belong together, which a map of kinds can't tell the compiler.
  return one.success ? (words.events[kind] as (facts: unknown, told: Told) => string)(one.data, { name, path, at }) : null
}

/** Letters of facts that are not understood. */
const longestFacts = 1_000

function factsText({ kind, facts }: ToldEvent): string {
  const listed = Object.entries(facts).map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return listed.length === 0 ? kind : `${kind} (${quoted(listed.join(', '), longestFacts)})`
}

/** What kind of event it is, in a word or two, as a label of many; a kind of a newer engine is its own name. */
export const eventLabel = (kind: string, language: Language): string => (isEventKind(kind) ? eventWords[language].labels[kind] : kind)
