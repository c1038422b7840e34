import type { Damage, EventKind, ManyReaders, ManyStreamsKind, OneFacts, ReaderKind } from '../../events.ts'
import type { Problem } from '../../mistakes.ts'
import type { Language } from '../languages.ts'
import { problemText } from '../mistakeText.ts'
import type { Say } from '../say.ts'

/** What a sentence may say of its event beside its facts. */
export interface Told {
  /** Of its server or host, as it was called then. */
  readonly name: string
  readonly path: string | null
  readonly at: number
}

/** What every language says of events: a kind without a sentence in one of them does not compile. */
export interface EventWords {
  /** Stands for the name of a server that is not known, at the beginning of a sentence. */
  readonly someServer: string
  /** What kind of event it is, in a word or two. */
  readonly labels: Readonly<Record<EventKind, string>>
  readonly events: { readonly [K in EventKind]: (facts: OneFacts<K>, told: Told) => string }
  /** `list`: names in brackets or behind a colon, as the language has it; '' where there are none. */
  readonly manyStreams: { readonly [K in ManyStreamsKind]: (count: number, server: string, list: string) => string }
  /** Some names, and how many there are beyond them, as the end of a sentence. */
  readonly listed: (names: readonly string[], more: number) => string
  readonly manyReaders: { readonly [K in ReaderKind]: (facts: ManyReaders, server: string) => string }
  readonly damage: { readonly [K in Damage['damage']]: (facts: Extract<Damage, { damage: K }>, told: Told) => string }
}

export type Sender = Pick<OneFacts<'streamOn'>, 'sourceType' | 'remoteAddr'>
export type Lasted = OneFacts<'serverUp'>
export type Went = OneFacts<'streamOff'>
export type Reader = OneFacts<'readerJoined'>

export const damageWords = (facts: Damage, told: Told, { damage }: EventWords): string =>
  (damage[facts.damage] as (of: Damage, told: Told) => string)(facts, told)

/** How many servers and hosts a configuration file added, changed and removed. */
export const configurationCounts = (facts: OneFacts<'configurationRead'>) => ({
  added: facts.serversAdded + facts.hostsAdded,
  changed: facts.serversChanged + facts.hostsChanged,
  removed: facts.serversRemoved + facts.hostsRemoved,
})

/** What is wrong with a configuration file; an earlier version kept it as a sentence. */
export const firstMistake = (first: string | Problem, language: Language): string => (typeof first === 'string' ? first : problemText(first, language))

/** "reader joined: 300, off: 20": how many events of each kind. */
export const kindsWords = (kinds: OneFacts<'tooMuchSent'>['kinds'], { labels }: EventWords, say: Say): string =>
  kinds.map(({ kind, count }) => `${Object.hasOwn(labels, kind) ? labels[kind as EventKind] : kind}: ${say.number(count)}`).join(', ')
