import { createHmac } from 'node:crypto'
import { Agent, request } from 'undici'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import { type ChannelInput, isPassing, type SendFailure } from '../../shared/channels.ts'

/** How a try ended. `mayHaveArrived`: it failed after it was sent, so the channel may have got it. `retryAfterMs`: as the channel asked for. */
export type Sent =
  | { readonly ok: true }
  | { readonly ok: false; readonly failure: SendFailure; readonly isFinal: boolean; readonly mayHaveArrived: boolean; readonly retryAfterMs: number | null }

/** A channel that does not answer within this time is tried again. */
const answerLimitMs = 10_000
/** The longest wait that a channel may ask for. */
const longestWaitMs = 3_600_000

/** RFC 9110, 10.2.3: seconds or a date. null: neither. */
function retryAfterMs(header: string | string[] | undefined, now: number): number | null {
  const text = String(header ?? '').trim()
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isFinite(ms) ? Math.min(longestWaitMs, Math.max(0, ms)) : null
}

/** Codes of connections that never came about, so nothing was sent. */
const notConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/** Posts messages as JSON. A redirect counts as refused: the URL is to be corrected. */
export function createWebhookSender(clock: Clock, userAgent: string) {
  // Messages are rare: a connection that was kept would only be one that the channel has closed.
  const agent = new Agent({ connect: { timeout: answerLimitMs }, pipelining: 0 })
  return {
    send: async ({ webhook, secret, headers = {} }: ChannelInput, message: object, signal: AbortSignal): Promise<Sent> => {
      const body = JSON.stringify(message)
      using limit = timeLimit(clock, answerLimitMs, signal)
      try {
        const answer = await request(webhook, {
          method: 'POST',
          dispatcher: agent,
          body,
          headers: {
            ...headers,
            'content-type': 'application/json',
            'user-agent': userAgent,
            ...(secret !== undefined && { 'x-mtxdeck-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }),
          },
          signal: limit.signal,
        })
        // What a channel says beside its status is not read.
        await answer.body.dump({ limit: 65_536 })
        const { statusCode: status } = answer
        if (status >= 200 && status < 300) return { ok: true }
        return {
          ok: false,
          failure: { kind: 'status', status },
          isFinal: !isPassing(status),
          mayHaveArrived: false,
          retryAfterMs: retryAfterMs(answer.headers['retry-after'], clock.now()),
        }
      } catch (error) {
        signal.throwIfAborted()
        const code = limit.signal.aborted ? 'ETIMEDOUT' : codeOf(error)
        const isUnsent = notConnected.has(code) || code.startsWith('ERR_TLS') || code.startsWith('CERT_') || code.includes('CERT')
        return {
          ok: false,
          failure: { kind: isUnsent ? 'unreachable' : 'noAnswer', code },
          isFinal: false,
          mayHaveArrived: !isUnsent,
          retryAfterMs: null,
        }
      }
    },
    close: () => agent.destroy(),
  }
}

function codeOf(error: unknown): string {
  const code: unknown = Object(error).code ?? Object(Object(error).cause).code
  return typeof code === 'string' ? code.slice(0, 60) : 'UNKNOWN'
}
