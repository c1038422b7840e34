import type { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import type { MistakeNoun } from '../../shared/mistakes.ts'
import type { Language } from '../../shared/words/languages.ts'
import type { HttpDoor } from './httpDoor.ts'
import type { Sent } from './sent.ts'
import type { Told } from './told.ts'

/** What every channel has. It never leaves the engine as a whole. */
export interface ChannelBase {
  readonly name: string
  /** Language of its messages; English by default. */
  readonly language?: Language | undefined
  /** Password, token or key. */
  readonly secret?: string | undefined
  /** It gets so many messages in `perMinutes` (an hour by default); the last of them says all that waits. */
  readonly atMost?: number | undefined
  readonly perMinutes?: number | undefined
  /** What comes within so many minutes is told as one. */
  readonly digestMinutes?: number | undefined
  /** false: its messages have no link to acknowledge with, as too many people read them. */
  readonly acknowledgeLink?: boolean | undefined
}

/** What a channel may use to send. */
export interface SendContext {
  readonly clock: Clock
  readonly http: HttpDoor
  readonly signal: AbortSignal
  /** The same whenever this message is sent, and of no other. */
  readonly id: string
  /** What the channel answered to the message that told the start of an incident, alone or with others; null: there is no receipt of it. */
  readonly receiptOf: (key: string) => string | null
}

/** Receipt of the one message that all of a message follows; null: something begins with it, or it follows several. */
export function followed(told: Told, receiptOf: SendContext['receiptOf']): string | null {
  const items = told.items ?? [told]
  if (items.some(({ event, startMissed }) => (event !== 'update' && event !== 'end') || startMissed)) return null
  const receipts = new Set(items.map(({ key }) => receiptOf(key)))
  const [only = null] = receipts
  return receipts.size === 1 ? only : null
}

/** Whether a channel has no secret, may or must have one. */
export type SecretUse = 'noSecret' | 'maySecret' | 'mustSecret'

/** Says what is wrong across the keys of a channel. */
export type FormCheck = (channel: Readonly<Record<string, unknown>>, ctx: z.core.$RefinementCtx) => void

/** The parts that forms of channels are built of. Each refuses with a mistake that has words in every language. */
export interface FormParts {
  /** A channel with these keys beside `name`, `language` and, where it has a secret, the keys of that. */
  readonly channel: <Shape extends z.ZodRawShape>(shape: Shape, secret: SecretUse, check?: FormCheck) => z.ZodType<z.output<z.ZodObject<Shape>> & ChannelBase>
  /** A URL, which may hold a secret. */
  readonly httpUrl: z.ZodType<string>
  /** Scheme, host and port, without anything else. */
  readonly address: (schemes: readonly string[], example: string) => z.ZodType<string>
  readonly suchAs: (example: string, isOne: (text: string) => boolean) => z.ZodType<string>
  /** One or several, at most so many. */
  readonly several: (each: z.ZodType<string>, most: number) => z.ZodType<readonly string[]>
  readonly boolean: z.ZodType<boolean>
  /** Names a file, and is its content. */
  readonly fileText: z.ZodType<string>
  readonly oneOf: <const Words extends readonly string[]>(words: Words) => z.ZodType<Words[number]>
  readonly count: (least: number, most: number) => z.ZodType<number>
  readonly needsSecret: (key: string) => FormCheck
  readonly secretNeeds: (key: string) => FormCheck
  /** The secret is a URL, or the rest of the one of this key. */
  readonly secretIsUrl: (key: string) => FormCheck
  readonly secretIs: (example: string, isOne: (text: string) => boolean) => FormCheck
  readonly headerName: z.ZodType<string, string>
  /** What HTTP can carry in a header. */
  readonly headerValue: z.ZodType<string>
  /** One line of text. */
  readonly line: (what: MistakeNoun) => z.ZodType<string>
}

/** A kind of channel. Its key in the configuration file is its name in the registry. */
export interface ChannelKind<Channel extends ChannelBase> {
  readonly form: (parts: FormParts) => z.ZodType<Channel>
  /** It follows each incident by its key, so messages are never told as one. */
  readonly isKeyed?: true
  /** Where it sends to, for the screen: without secrets. */
  readonly origin: (channel: Channel) => string
  /** Of a channel that forgets: tells it again and again what lasts, at most `mostRenewed` at once. */
  readonly renewal?: {
    readonly everyMs: number
    readonly send: (
      channel: Channel,
      lasting: readonly { readonly told: Told; readonly receipt: string | null }[],
      context: Pick<SendContext, 'http' | 'signal'>,
    ) => Promise<Sent>
  }
  /** Rejects only if the signal was aborted. */
  readonly send: (channel: Channel, told: Told, context: SendContext) => Promise<Sent>
}

/** How many alarms a channel is told again in one message. */
export const mostRenewed = 500

export const languageOf = ({ language }: Pick<ChannelBase, 'language'>): Language => language ?? 'en'
