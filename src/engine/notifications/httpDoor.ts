import { request } from 'undici'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import { isPassing } from '../../shared/sendFailures.ts'
import { createWays, proxyFor } from '../http/proxies.ts'
import type { EnginePorts } from '../ports.ts'
import { answered, answerLimitMs, type NotSent, noAnswer, type Sent, saidOf } from './sent.ts'

/** The longest wait that a channel may ask for. */
const longestWaitMs = 3_600_000
/** Of an answer no more is read. */
const longestAnswer = 65_536

/** RFC 9110, 10.2.3: seconds or a date. null: neither. */
function retryAfterMs(header: string | string[] | undefined, now: number): number | null {
  const text = String(header ?? '').trim()
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isFinite(ms) ? Math.min(longestWaitMs, Math.max(0, ms)) : null
}

export interface Post {
  /** JSON, unless the headers say otherwise. */
  readonly body: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** How a post ended, and what was answered: '' without an answer. */
export type Posted = ({ readonly ok: true } | NotSent) & { readonly text: string; readonly status: number | null }

/** Posts notifications to channels that speak HTTP. A redirect counts as refused: the URL is to be corrected. */
export interface HttpDoor {
  /** Rejects only if the signal was aborted. */
  readonly post: (url: string, post: Post, signal: AbortSignal) => Promise<Posted>
  /** Asks for what a URL has; the same answers count. */
  readonly get: (url: string, signal: AbortSignal) => Promise<Posted>
  /** The same door, whose way leads through a proxy, as set for a channel. */
  readonly through: (proxy: string | undefined) => HttpDoor
  /** The proxy on its way to a URL; null: none. */
  readonly proxyTo: (url: string) => Promise<string | null>
  readonly close: () => Promise<void>
}

export function createHttpDoor(clock: Clock, userAgent: string, systemProxy?: EnginePorts['systemProxy']): HttpDoor {
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
      const text = await textOf(answer.body)
      const { statusCode: status } = answer
      if (status >= 200 && status < 300) return { ok: true, text, status }
      const waitMs = retryAfterMs(answer.headers['retry-after'], clock.now())
      // Wrong credentials are no fault of the message.
      if (status === 401) return { ...answered({ kind: 'signIn', said: String(status) }, false, waitMs), text, status }
      // 407 is of the proxy, so no fault of the message either.
      return { ...answered({ kind: 'status', status }, !isPassing(status) && status !== 407, waitMs), text, status }
    } catch (error) {
      signal.throwIfAborted()
      return { ...noAnswer(error, limit.signal.aborted), text: '', status: null }
    }
  }
  const doorThrough = (proxy: string | undefined): HttpDoor => ({
    post: (url, post, signal) => ask(url, post, proxy, signal),
    get: (url, signal) => ask(url, null, proxy, signal),
    through: doorThrough,
    proxyTo: (url) => proxyFor(proxy, url, systemProxy),
    close: ways.close,
  })
  return doorThrough(undefined)
}

/** The JSON that was answered; null: it is none. */
export function answerIn({ text }: Posted): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

/** The same failure with the words of the channel, if it gave any. */
export function explained(posted: Posted, said: unknown): Sent {
  if (posted.ok || posted.failure.kind !== 'status' || typeof said !== 'string' || said === '') return posted
  return { ...posted, failure: { kind: 'answer', said: saidOf(`${posted.status} ${said}`), isPassing: !posted.isFinal } }
}

/** A URL under another one, whose path and query stay. */
export function under(base: string, path: string): string {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`
  return url.href
}

/** A password of a user, or a token. */
export function authorization(user: string | undefined, secret: string | undefined): Readonly<Record<string, string>> {
  if (secret === undefined) return {}
  return { authorization: user === undefined ? `Bearer ${secret}` : `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` }
}

/** Names of headers are the same in any case: one that the configuration sets must not stand beside ours. */
const lowerCased = (headers: Post['headers'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of body) {
    parts.push(part)
    length += part.length
    if (length > longestAnswer) break
  }
  return Buffer.concat(parts).toString('utf8', 0, longestAnswer)
}
