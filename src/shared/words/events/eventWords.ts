import type { Damage, EventKind, ManyReaders, ManyStreamsKind, OneFacts, ReaderKind } from '../../events.ts'
import type { Problem } from '../../mistakes.ts'
import type { Language } from '../languages.ts'
import { problemText } from '../mistakeText.ts'
import type { Say } from '../say.ts'

/** What a sentence may mention besides the event's facts. */
export interface EventContext {
  /** Name of the server or host at that time. */
  readonly name: string
  readonly path: string | null
  readonly at: number
  readonly words: EventWords
}

/** Event texts of one language. A kind without a sentence does not compile. */
export interface EventWords {
  /** Replaces an unknown server name at the beginning of a sentence. */
  readonly someServer: string
  /** Label for a kind of event, a word or two. */
  readonly labels: Readonly<Record<EventKind, string>>
  readonly events: { readonly [K in EventKind]: (facts: OneFacts<K>, context: EventContext) => string }
  /** `list`: names in brackets or after a colon, depending on the language; '' if there are none. */
  readonly manyStreams: { readonly [K in ManyStreamsKind]: (count: number, server: string, list: string) => string }
  /** The end of a sentence: some names, and how many more there are. */
  readonly listed: (names: readonly string[], more: number) => string
  readonly manyReaders: { readonly [K in ReaderKind]: (facts: ManyReaders, server: string) => string }
  readonly damage: { readonly [K in Damage['damage']]: (facts: Extract<Damage, { damage: K }>, context: EventContext) => string }
}

export type Sender = Pick<OneFacts<'streamOn'>, 'sourceType' | 'remoteAddr'>
export type Lasted = OneFacts<'serverUp'>
export type Went = OneFacts<'streamOff'>
export type Reader = OneFacts<'readerJoined'>

export function damageWords(facts: Damage, context: EventContext): string {
  return (context.words.damage[facts.damage] as (of: Damage, context: EventContext) => string)(facts, context)
}

/** How many servers, hosts and probes a configuration file added, changed and removed. */
export function configurationCounts(facts: OneFacts<'configurationRead'>) {
  return {
    added: facts.serversAdded + facts.hostsAdded + facts.probesAdded,
    changed: facts.serversChanged + facts.hostsChanged + facts.probesChanged,
    removed: facts.serversRemoved + facts.hostsRemoved + facts.probesRemoved,
  }
}

/** What is wrong with a configuration file. Earlier versions stored a sentence. */
export function firstMistake(first: string | Problem, language: Language): string {
  return typeof first === 'string' ? first : problemText(first, language)
}

/** "reader joined: 300, off: 20": how many events of each kind. */
export function kindsWords(kinds: OneFacts<'tooMuchSent'>['kinds'], { labels }: EventWords, say: Say): string {
  return kinds.map(({ kind, count }) => `${Object.hasOwn(labels, kind) ? labels[kind as EventKind] : kind}: ${say.number(count)}`).join(', ')
}
