import { redactText } from '../../shared/redact.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import { failureCode } from '../http/failureCode.ts'
import { oneLine } from './plainText.ts'

/** A try that failed. `mayHaveArrived`: it failed after it was sent, so the channel may have got it. `retryAfterMs`: as the channel asked for. */
export interface NotSent {
  readonly ok: false
  readonly failure: SendFailure
  /** The channel does not take this message, and it is of no use to send it again. */
  readonly isFinal: boolean
  readonly mayHaveArrived: boolean
  readonly retryAfterMs: number | null
}

/** How a try ended. */
export type Sent =
  | {
      readonly ok: true
      /** What the channel needs with later notifications of the same incident, or of those in the same message. */
      readonly receipt?: string | undefined
      /** It was accepted, but not by all. */
      readonly caution?: SendFailure
    }
  | NotSent

/** A channel that does not answer within this time is tried again. */
export const answerLimitMs = 10_000

/** Codes of connections that never came about, so nothing was sent. */
const notConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/** What is wrong with the certificate that a channel showed, before anything was sent; null: nothing. */
function certificateProblem(code: string): Extract<SendFailure, { kind: 'certificate' }>['problem'] | null {
  if (code === 'CERT_HAS_EXPIRED') return 'expired'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'otherName'
  return code.includes('CERT') || code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' ? 'untrusted' : null
}

/** A try that the channel answered with a failure. */
export function answered(failure: SendFailure, isFinal: boolean, retryAfterMs: number | null = null): NotSent {
  return {
    ok: false,
    failure,
    isFinal,
    mayHaveArrived: false,
    retryAfterMs,
  }
}

const longestSaid = 200
/** What a channel said, for the screen. */
export function saidOf(text: string): string {
  return oneLine(redactText(text), longestSaid)
}

/** A try that ended without an answer: no connection, one that was cut, or `isLate`. */
export function noAnswer(error: unknown, isLate: boolean): NotSent {
  // Of undici and nodemailer: the proxy opened no tunnel, so nothing was sent.
  const [refused] = /^(Proxy response|Invalid response from proxy)\D+\d+\)?/.exec(String(Object(error).message)) ?? []
  if (refused !== undefined) return answered({ kind: 'answer', said: refused, isPassing: true }, false)
  const code = isLate ? 'ETIMEDOUT' : failureCode(error)
  const problem = certificateProblem(code)
  if (problem !== null) return { ok: false, failure: { kind: 'certificate', problem, code }, isFinal: false, mayHaveArrived: false, retryAfterMs: null }
  const isUnsent = notConnected.has(code) || code.startsWith('ERR_TLS')
  return { ok: false, failure: { kind: isUnsent ? 'unreachable' : 'noAnswer', code }, isFinal: false, mayHaveArrived: !isUnsent, retryAfterMs: null }
}
