import { TimeLimitError } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { redactText, redactUrl } from '../../shared/redact.ts'
import { quoted } from '../../shared/visibleText.ts'
import { isEvaluatedError } from './serverTls.ts'

/** How far a request had come when it failed. */
export interface Progress {
  /** No TCP connection yet. */
  readonly dialling: boolean
  readonly answering: boolean
  readonly receivedBytes: number
  /** The port of the server, where it is said in advice. */
  readonly port?: number
}

const unreachable = (reason: 'refused' | 'noRoute' | 'nameNotFound' | 'reset'): ServerError => ({ kind: 'unreachable', reason })
const silent = ({ port }: Progress): ServerError => ({ kind: 'unreachable', reason: 'connectTimeout', ...(port !== undefined && { port }) })

/** Error codes of Node and undici for a connection that ended too early. */
const brokenConnection = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'UND_ERR_SOCKET',
  'UND_ERR_ABORTED',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_INFO',
])

/** OpenSSL's error codes for bytes that are not a TLS record. */
const notTlsCodes = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_BAD_RECORD_TYPE',
  'ERR_SSL_UNEXPECTED_MESSAGE',
  'ERR_SSL_RECORD_LAYER_FAILURE',
])

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** Whether the connection ended in a way that a second try on a fresh socket may fix. */
export function isBrokenConnection(error: unknown): boolean {
  return brokenConnection.has(codeOf(error))
}

/** Converts an error of a connection, of TLS, of invalid HTTP or of a time limit; rethrows bugs and cancellations. */
export function failureToServerError(error: unknown, progress: Progress): ServerError {
  if (error instanceof TimeLimitError) return progress.dialling ? silent(progress) : { kind: 'timedOut', limitMs: error.limitMs }
  if (isEvaluatedError(error)) return error.serverError
  // With several addresses (localhost has two) Node reports the failure of each; the last one is used.
  if (error instanceof AggregateError && error.errors.length > 0) return failureToServerError(error.errors.at(-1), progress)
  const code = codeOf(error)
  switch (code) {
    case 'ECONNREFUSED':
      return unreachable('refused')
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'EPERM':
    case 'EINVAL':
      return unreachable('noRoute')
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
    case 'EAI_FAIL':
      return unreachable('nameNotFound')
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return progress.answering ? { kind: 'cutReply', receivedBytes: progress.receivedBytes } : silent(progress)
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
    case 'HPE_INVALID_EOF_STATE':
      return { kind: 'cutReply', receivedBytes: progress.receivedBytes }
    case 'UND_ERR_HEADERS_OVERFLOW':
      return { kind: 'notMediaMtx', contentType: '', server: '' }
    default:
  }
  if (brokenConnection.has(code)) return progress.answering ? { kind: 'cutReply', receivedBytes: progress.receivedBytes } : unreachable('reset')
  if (notTlsCodes.has(code)) return { kind: 'notTls' }
  // OpenSSL's message, if Node does not give the error its own code.
  if (code === 'EPROTO' && error instanceof Error && /wrong version number|packet length too long|http request|unknown protocol/i.test(error.message))
    return { kind: 'notTls' }
  if (/_ALERT_(?:CERTIFICATE_\w+|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE)$/.test(code))
    return { kind: 'badReply', detail: { kind: 'clientCertificateWanted' } }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return { kind: 'badReply', detail: { kind: 'handshakeFailed', code } }
  // Replies that the parser accepts but undici's client asserts to be impossible, e.g. a status below 100.
  if (code === 'ERR_ASSERTION') return { kind: 'badReply', detail: { kind: 'httpBroken' } }
  if (code.startsWith('HPE_') || (error instanceof Error && error.name === 'HTTPParserError')) {
    if (progress.answering) return { kind: 'badReply', detail: { kind: 'httpBroken' } }
    // A TLS server answers a plain request with an alert record, which no HTTP parser understands.
    const received = error instanceof Error && 'data' in error ? error.data : ''
    const head = typeof received === 'string' ? received.slice(0, 2) : Buffer.isBuffer(received) ? received.subarray(0, 2).toString('latin1') : ''
    return head === '\x15\x03' ? { kind: 'tlsRequired' } : { kind: 'notMediaMtx', contentType: '', server: '' }
  }
  throw error
}

/** The parts of an answer's head that are needed to judge it. */
export interface ReplyHead {
  readonly status: number
  readonly contentType: string
  readonly server: string
  readonly location: string
}

/** Messages of Go and nginx for plain HTTP on a TLS port. */
const wantsTls = /HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)/i

const longestQuote = 200
/** The server's message for a failure, short and without secrets: `error` of its JSON, or one line of plain text. */
export function quotedMessage(contentType: string, text: string): string {
  if (/json/i.test(contentType)) {
    try {
      const body: unknown = JSON.parse(text)
      if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string')
        return quoted(redactText(body.error), longestQuote) ?? ''
    } catch {
      // An unreadable message is ignored: the status is enough.
    }
    return ''
  }
  return /^text\/plain/i.test(contentType) ? (quoted(redactText(text.split('\n', 1)[0] ?? ''), longestQuote) ?? '') : ''
}

/** As gates in front of servers name their pages: Cloudflare Access, oauth2-proxy, Authelia, Keycloak. */
const signInPage = /\b(?:log-?in|sign-?in|sso|oauth2?|openid-connect|saml2?|authorize|cdn-cgi\/access|authelia)\b/i

/** `shown`: as much of its target as is shown. */
export function redirected({ status, location }: Pick<ReplyHead, 'status' | 'location'>, shown: string): ServerError {
  const isSignIn = signInPage.test(location)
  return { kind: 'redirected', status, location: shown, ...(isSignIn && { isSignIn }) }
}

/** Converts a status other than 200. 404 becomes `noApiHere`; callers handle cases with another meaning. */
export function statusToServerError(head: ReplyHead, text: string, credentialsGiven: boolean): ServerError {
  const { status } = head
  if (status >= 300 && status < 400) {
    return redirected(head, quoted(redactUrl(head.location), longestQuote) ?? '')
  }
  switch (status) {
    case 401:
      return { kind: 'unauthorized', credentialsGiven }
    case 403:
      return { kind: 'forbidden' }
    case 404:
      return { kind: 'noApiHere' }
    case 400:
      return wantsTls.test(text) ? { kind: 'tlsRequired' } : { kind: 'httpStatus', status, message: quotedMessage(head.contentType, text) }
    default:
      return { kind: 'httpStatus', status, message: quotedMessage(head.contentType, text) }
  }
}

/** The code of a failed request, of the error itself or of its cause. It may be anything that the other side could make of it. */
export function failureCode(error: unknown): string {
  const code: unknown = Object(error).code ?? Object(Object(error).cause).code
  return typeof code === 'string' ? code.slice(0, 60) : 'UNKNOWN'
}
