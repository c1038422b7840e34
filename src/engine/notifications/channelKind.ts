import type { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import type { MistakeNoun } from '../../shared/mistakes.ts'
import type { Language } from '../../shared/words/languages.ts'
import type { HttpDoor } from './httpDoor.ts'
import type { Notification } from './notification.ts'
import type { Sent } from './sent.ts'

/** Properties of every channel. They never leave the engine as a whole, as they include the secret. */
export interface ChannelBase {
  readonly name: string
  /** Language of its messages; English by default. */
  readonly language?: Language | undefined
  /** Password, token or key. */
  readonly secret?: string | undefined
  /** Maximum number of messages per `perMinutes` (default: an hour); the last one summarizes everything that is waiting. */
  readonly atMost?: number | undefined
  readonly perMinutes?: number | undefined
  /** Notifications within this many minutes are combined into one message. */
  readonly digestMinutes?: number | undefined
  /** The proxy on the way to it, see `proxySchema`; omitted: none. */
  readonly proxy?: string | undefined
  /** false: its messages contain no acknowledge link, because too many people read them. */
  readonly acknowledgeLink?: boolean | undefined
}

/** What a channel may use to send. */
export interface SendContext {
  readonly clock: Clock
  readonly http: HttpDoor
  readonly signal: AbortSignal
  /** Unique id of the message, the same for each retry. */
  readonly id: string
  /** Receipt returned by the channel for the message that reported the start of an incident (possibly among others); null: none. */
  readonly receiptOf: (key: string) => string | null
}

/** Receipt of the one earlier message that all items of `notification` follow up; null: an item is a start, or they follow up several messages. */
export function followed(notification: Notification, receiptOf: SendContext['receiptOf']): string | null {
  const items = notification.items ?? [notification]
  if (items.some(({ event, startMissed }) => (event !== 'update' && event !== 'end') || startMissed)) return null
  const receipts = new Set(items.map(({ key }) => receiptOf(key)))
  const [only = null] = receipts
  return receipts.size === 1 ? only : null
}

/** Whether a channel has no secret, an optional or a required one. */
export type SecretUse = 'noSecret' | 'maySecret' | 'mustSecret'

/** Reports errors that involve several keys of a channel. */
export type FormCheck = (channel: Readonly<Record<string, unknown>>, ctx: z.core.$RefinementCtx) => void

/** Building blocks of channel forms. Each reports errors that are translated into every language. */
export interface FormParts {
  /** A channel with these keys in addition to `name`, `language` and, if it has a secret, the keys for that. */
  readonly channel: <Shape extends z.ZodRawShape>(shape: Shape, secret: SecretUse, check?: FormCheck) => z.ZodType<z.output<z.ZodObject<Shape>> & ChannelBase>
  /** A URL, which may contain a secret. */
  readonly httpUrl: z.ZodType<string>
  /** Scheme, host and port only. */
  readonly address: (schemes: readonly string[], example: string) => z.ZodType<string>
  readonly suchAs: (example: string, isOne: (text: string) => boolean) => z.ZodType<string>
  /** One or several values, at most `most`. */
  readonly several: (each: z.ZodType<string>, most: number) => z.ZodType<readonly string[]>
  readonly boolean: z.ZodType<boolean>
  /** Input: a file name. Output: the content of that file. */
  readonly fileText: z.ZodType<string>
  readonly oneOf: <const Words extends readonly string[]>(words: Words) => z.ZodType<Words[number]>
  readonly count: (least: number, most: number) => z.ZodType<number>
  readonly needsSecret: (key: string) => FormCheck
  readonly secretNeeds: (key: string) => FormCheck
  /** The secret is a URL, or the rest of the URL in this key. */
  readonly secretIsUrl: (key: string) => FormCheck
  readonly secretIs: (example: string, isOne: (text: string) => boolean) => FormCheck
  readonly headerName: z.ZodType<string, string>
  /** A valid HTTP header value. */
  readonly headerValue: z.ZodType<string>
  /** One line of text. */
  readonly line: (what: MistakeNoun) => z.ZodType<string>
}

/** A kind of channel. Its key in the configuration file is its name in the registry. */
export interface ChannelKind<Channel extends ChannelBase> {
  readonly form: (parts: FormParts) => z.ZodType<Channel>
  /** The channel tracks each incident by its key, so messages are never combined. */
  readonly isKeyed?: true
  /** Destination for display, without secrets. */
  readonly origin: (channel: Channel) => string
  /** For receivers that expire alarms: resends active ones periodically, at most `mostRenewed` at once. */
  readonly renewal?: {
    readonly everyMs: number
    readonly send: (
      channel: Channel,
      lasting: readonly { readonly notification: Notification; readonly receipt: string | null }[],
      context: Pick<SendContext, 'http' | 'signal'>,
    ) => Promise<Sent>
  }
  /** Rejects only if the signal was aborted. */
  readonly send: (channel: Channel, notification: Notification, context: SendContext) => Promise<Sent>
}

/** Maximum number of alarms resent in one message. */
export const mostRenewed = 500

export function languageOf({ language }: Pick<ChannelBase, 'language'>): Language {
  return language ?? 'en'
}
