import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { invalid } from '../../shared/validationErrors.ts'
import { refused, oneLine as singleLine, suchAs } from '../../shared/written.ts'
import type { HttpClient, Sent } from './httpClient.ts'
import type { ChannelBase, Notification, NotificationText } from './notification.ts'

export interface SendContext {
  readonly clock: Clock
  readonly http: ReturnType<HttpClient['through']>
  readonly signal: AbortSignal
  /** The notification in the language of the channel. */
  readonly text: NotificationText
  /** Unique id of the message, the same for each retry. */
  readonly id: string
  /** Receipt returned by the channel for an earlier message about an incident; null: none. */
  readonly receiptOf: (key: string) => string | null
}

/** Receipt of the message with the start of the incident that an update or end is about; null: there is none. */
export function startOf({ event, key, startMissed }: Notification, receiptOf: SendContext['receiptOf']): string | null {
  return (event === 'update' || event === 'end') && !startMissed ? receiptOf(key) : null
}

/** The text of a file, as it is entered: its name in the configuration file, its content in the console. */
type FileText = z.ZodType<string, string>
export type ChannelKeys = (fileText: FileText) => z.ZodRawShape
/** A channel whose own keys are these. */
export type ChannelOf<Keys extends ChannelKeys> = Readonly<z.output<z.ZodObject<ReturnType<Keys>>>> & ChannelBase

/** A kind of channel. Its key in the configuration file is its name in the registry. */
export interface ChannelKind<Channel extends ChannelBase> {
  /** Schemas of its keys, in addition to those of every channel. Their errors are translated into every language. */
  readonly keys: ChannelKeys
  /** Whether it has a secret. A `user` always needs one; `ofUser`: it needs a user, too. A channel without secret has no proxy either. */
  readonly secret: 'none' | 'optional' | 'ofUser' | 'required'
  /** What is wrong with the secret: there has to be one, or it has to look like the example; null: nothing. */
  readonly secretProblem?: (channel: Readonly<Record<string, unknown>>, secret: string | undefined) => 'missing' | { readonly example: string } | null
  /** The channel tracks each incident by its key, so messages are never combined. */
  readonly isKeyed?: true
  /** It shows HTML with a file beside it: handovers and scheduled reports go there. */
  readonly takesDocuments?: true
  /** Destination for display, without secrets. Left out: scheme, host and port of its address. */
  readonly origin?: (channel: Channel) => string
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

/** A URL. Unlike the address of a server, it may have a query. The error does not quote it, as it is often a secret. */
export const httpUrl = suchAs('https://example.org/…', (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))

/** One line of text. */
export function line() {
  return singleLine().min(1, invalid({ kind: 'empty' }))
}

/** Scheme, host and port only. */
export function address(schemes: readonly string[], example: string) {
  return z.string().transform((text, ctx) => {
    if (!URL.canParse(text)) return refused(ctx, { kind: 'notSuchAs', example })
    const { protocol, host, hostname, username, password, pathname, search, hash } = new URL(text)
    if (username !== '' || password !== '') return refused(ctx, { kind: 'userInAddress' })
    if (search !== '' || hash !== '') return refused(ctx, { kind: 'queryInAddress' })
    const isOne = schemes.some((scheme) => protocol === `${scheme}:`) && hostname !== '' && /^\/?$/.test(pathname)
    return isOne ? `${protocol}//${host}` : refused(ctx, { kind: 'notSuchAs', example })
  })
}

/** Checks a secret that is a URL, or the rest of `base`. */
export function urlProblem(base: unknown, secret: string | undefined): { readonly example: string } | null {
  if (secret === undefined || !URL.canParse(String(base))) return null
  const isUrl = URL.canParse(secret, String(base)) && /^https?:$/.test(new URL(secret, String(base)).protocol)
  return isUrl ? null : { example: 'https://example.org/…' }
}
