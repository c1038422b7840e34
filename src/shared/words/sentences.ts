import type { HostFailure, ServerError } from '../errors.ts'
import type { Damage, EventKind, ManyReaders, ManyStreamsKind, OneFacts, ReaderKind } from '../events.ts'
import type { Reason } from '../reasons.ts'
import type { TroubleKind } from '../troubles.ts'
import type { Say } from './say.ts'
import { type Texts, textOf } from './texts.ts'

/** What a sentence may say of its event beside its facts. */
export interface Told {
  /** Of its server or host, as it was called then. */
  readonly name: string
  readonly path: string | null
  readonly at: number
}

/** Reasons that have no sentence elsewhere, as an event or an error of a server. */
type PlainReason = Exclude<Reason, { kind: 'streamOff' | 'streamEnded' | 'slateOn' | 'serverError' | 'noNetwork' | 'told' }>

/** What to do. */
export interface Advice {
  readonly troubles: Readonly<Record<TroubleKind, string>>
  /** '' where the error says enough. */
  readonly hostErrors: Texts<HostFailure>
  readonly serverErrors: Texts<ServerError>
}

/** What every language says: a kind without a sentence in one of them does not compile. */
export interface Sentences {
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
  readonly reasons: Texts<PlainReason>
  readonly advice: Advice
  /** Why a media server could not be asked: what is wrong, without what to do. */
  readonly serverError: Texts<ServerError>
  /** Why a host cannot be read: what is wrong, without what to do. */
  readonly hostError: Texts<HostFailure>
}

export type Sender = Pick<OneFacts<'streamOn'>, 'sourceType' | 'remoteAddr'>
export type Lasted = OneFacts<'serverUp'>
export type Went = OneFacts<'streamOff'>
export type Reader = OneFacts<'readerJoined'>

export const megabytes = (bytes: number): number => Math.round(bytes / 1e6)

export const serverErrorWhat = (error: ServerError, { serverError }: Sentences): string => textOf(serverError, error)

/** A host's failure behind a jump host is what that one said. */
const withCause = (error: HostFailure, words: Sentences): HostFailure =>
  error.cause === undefined ? error : { ...error, said: hostErrorWhole(error.cause, words).replace(/[.。]$/, '') }

export const hostErrorWhat = (error: HostFailure, words: Sentences): string => textOf(words.hostError, withCause(error, words))

/** What is wrong and what to do. */
export const hostErrorWhole = (error: HostFailure, words: Sentences): string =>
  [hostErrorWhat(error, words), textOf(words.advice.hostErrors, error)].filter((part) => part !== '').join(' ')

export const damageWords = (facts: Damage, told: Told, { damage }: Sentences): string =>
  (damage[facts.damage] as (of: Damage, told: Told) => string)(facts, told)

/** Text in a sentence where there is any. */
export const where = (text: string | null | undefined, words: (text: string) => string): string => (text ? words(text) : '')
export const inBrackets = (text: string | null): string => where(text, (words) => ` (${words})`)
export const behindColon = (text: string | null): string => where(text, (words) => `: ${words}`)

/** How many servers and hosts a configuration file added, changed and removed. */
export const configurationCounts = (facts: OneFacts<'configurationRead'>) => ({
  added: facts.serversAdded + facts.hostsAdded,
  changed: facts.serversChanged + facts.hostsChanged,
  removed: facts.serversRemoved + facts.hostsRemoved,
})

/** "reader joined: 300, off: 20": how many events of each kind. */
export const kindsWords = (kinds: OneFacts<'tooMuchSent'>['kinds'], { labels }: Sentences, say: Say): string =>
  kinds.map(({ kind, count }) => `${Object.hasOwn(labels, kind) ? labels[kind as EventKind] : kind}: ${say.number(count)}`).join(', ')
