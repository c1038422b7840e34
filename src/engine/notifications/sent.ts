import { redactText } from '../../shared/redact.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import { failureCode } from '../http/failureCode.ts'
import { oneLine } from './notificationText.ts'

/** A failed attempt. */
export interface NotSent {
  readonly ok: false
  readonly failure: SendFailure
  /** The channel rejects this message: it is not retried. */
  readonly isFinal: boolean
  /** It failed after the message was sent, so the channel may have got it. */
  readonly mayHaveArrived: boolean
  /** Delay that the channel asked for, ms. */
  readonly retryAfterMs: number | null
}

/** Outcome of an attempt to send a message. */
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
