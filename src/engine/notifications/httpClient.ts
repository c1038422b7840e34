import { request } from 'undici'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import { redactText } from '../../shared/redact.ts'
import { isPassing, type SendFailure } from '../../shared/sendFailures.ts'
import { oneLine } from '../../shared/visibleText.ts'
import { createWays, proxyFor } from '../http/proxies.ts'
import { failureCode } from '../http/serverFailure.ts'
import type { EnginePorts } from '../ports.ts'
import { bodyWithin } from '../readBounded.ts'
import { storedJson } from '../storage/storedJson.ts'

export interface NotSent {
  readonly ok: false
  readonly failure: SendFailure
  /** The channel rejects this message: it is not retried. */
  readonly isFinal: boolean
  /** It failed after the message was sent, so the channel may have got it. */
  readonly mayHaveArrived: boolean
  readonly retryAfterMs: number | null
}

export type Sent =
  | {
      readonly ok: true
      /** What the channel needs with later notifications of the same incident. */
      readonly receipt?: string | undefined
      /** It was accepted, but not for all recipients. */
      readonly caution?: SendFailure
    }
  | NotSent

/** A channel that does not answer within this time is tried again. */
export const answerLimitMs = 10_000

/** Codes of connections that were never established, so nothing was sent. */
const notConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/** Whether the certificate of a channel was refused, before anything was sent. */
const isOfCertificate = (code: string): boolean => code.includes('CERT') || code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'

/** An attempt that the channel answered with a failure. */
export function answered(failure: SendFailure, isFinal: boolean, retryAfterMs: number | null = null): NotSent {
  return { ok: false, failure, isFinal, mayHaveArrived: false, retryAfterMs }
}

const longestSaid = 200
/** The words of a channel, for display. */
export function saidOf(text: string): string {
  return oneLine(redactText(text), longestSaid)
}

/** An attempt without an answer: no connection, one that was cut, or a timeout (`isLate`). */
export function noAnswer(error: unknown, isLate: boolean): NotSent {
  // From undici and nodemailer: the proxy opened no tunnel, so nothing was sent.
  const [refused] = /^(Proxy response|Invalid response from proxy)\D+\d+\)?/.exec(String(Object(error).message)) ?? []
  if (refused !== undefined) return answered({ kind: 'answer', said: refused, isPassing: true }, false)
  const code = isLate ? 'ETIMEDOUT' : failureCode(error)
  if (isOfCertificate(code)) return answered({ kind: 'certificate', code }, false)
  const isUnsent = notConnected.has(code) || code.startsWith('ERR_TLS')
  return { ...answered({ kind: isUnsent ? 'unreachable' : 'noAnswer', code }, false), mayHaveArrived: !isUnsent }
}

/** The longest delay that a channel may ask for. */
const longestWaitMs = 3_600_000
/** Longer answers are not read, bytes. */
const longestAnswer = 65_536

/** RFC 9110, 10.2.3: seconds or a date. null: neither. */
function retryAfterMs(header: string | string[] | undefined, now: number): number | null {
  const text = String(header ?? '').trim()
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isFinite(ms) ? Math.min(longestWaitMs, Math.max(0, ms)) : null
}

interface Post {
  /** JSON, unless the headers say otherwise. */
  readonly body: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Outcome of a request, and the answer: '' without one, and for one that is too long. */
export type Posted = ({ readonly ok: true } | NotSent) & { readonly text: string; readonly status: number | null }

/** Sends to channels that speak HTTP. A redirect counts as refused: the URL is to be corrected. */
export function createHttpClient(clock: Clock, userAgent: string, systemProxy?: EnginePorts['systemProxy']) {
  const ways = createWays(answerLimitMs, systemProxy)
  const ask = async (url: string, post: Post | null, proxy: string | undefined, signal: AbortSignal): Promise<Posted> => {
    using limit = timeLimit(clock, answerLimitMs, signal)
    try {
      const answer = await request(url, {
        ...(post === null ? { method: 'GET' } : { method: 'POST', body: post.body }),
        dispatcher: await ways.to(url, proxy),
        headers: { ...(post !== null && { 'content-type': 'application/json', ...lowerCased(post.headers) }), 'user-agent': userAgent },
        signal: limit.signal,
      })
      const text = (await bodyWithin(answer.body, longestAnswer))?.toString('utf8') ?? ''
      const { statusCode: status } = answer
      if (status >= 200 && status < 300) return { ok: true, text, status }
      const waitMs = retryAfterMs(answer.headers['retry-after'], clock.now())
      // Wrong credentials are no fault of the message.
      if (status === 401) return { ...answered({ kind: 'signIn', said: String(status) }, false, waitMs), text, status }
      // 407 comes from the proxy, so it is no fault of the message either.
      return { ...answered({ kind: 'status', status }, !isPassing(status) && status !== 407, waitMs), text, status }
    } catch (error) {
      signal.throwIfAborted()
      return { ...noAnswer(error, limit.signal.aborted), text: '', status: null }
    }
  }
  return {
    close: ways.close,
    /** Requests through the proxy that a channel has; undefined: none. They reject only if the signal was aborted. */
    through: (proxy: string | undefined) => ({
      post: (url: string, post: Post, signal: AbortSignal) => ask(url, post, proxy, signal),
      get: (url: string, signal: AbortSignal) => ask(url, null, proxy, signal),
      /** The proxy on the way to a URL; null: none. */
      proxyTo: (url: string) => proxyFor(proxy, url, systemProxy),
    }),
  }
}
export type HttpClient = ReturnType<typeof createHttpClient>

/** The JSON that was answered; {}: it is none. */
export function answerIn({ text }: Posted): Readonly<Record<string, unknown>> {
  return Object(storedJson(text))
}

/** The same failure with the words of the channel, if it gave any. */
export function explained(posted: Posted, said: unknown): Sent {
  if (posted.ok || posted.failure.kind !== 'status' || typeof said !== 'string' || said === '') return posted
  return { ...posted, failure: { kind: 'answer', said: saidOf(`${posted.status} ${said}`), isPassing: !posted.isFinal } }
}

/** A URL below another one, whose path and query are kept. */
export function under(base: string, path: string): string {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`
  return url.href
}

/** The password of a user, or a token. */
export function authorization(user: string | undefined, secret: string | undefined): Readonly<Record<string, string>> {
  if (secret === undefined) return {}
  return { authorization: user === undefined ? `Bearer ${secret}` : `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` }
}

/** Header names are case-insensitive: one that is configured must not stand beside ours. */
const lowerCased = (headers: Post['headers'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
