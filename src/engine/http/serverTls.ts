import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { createSecureContext, DEFAULT_CIPHERS, getCACertificates, type SecureContext, type TLSSocket } from 'node:tls'
import { buildConnector } from 'undici'
import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { quoted } from '../../shared/visibleText.ts'
import type { ReadBuffers } from './bodyBuffers.ts'
import { limitFraming, limitHead } from './limitAnswers.ts'

/**
 * Opens connections to a media server and verifies its certificate.
 *
 * 1. A certificate is verified after the handshake and before the first byte of a request, so that no
 *    credentials go to a server that is not trusted.
 * 2. With a pinned fingerprint only that certificate is accepted, whatever its name, dates and signer.
 * 3. Without one only the system's trust decides. Verification can't be switched off.
 * 4. Sessions are never resumed, because a resumed handshake has no certificate to verify.
 * 5. No DHE: there the server chooses the group, before its certificate is verified, and one of 10,000 bits blocks this thread
 *    for a second. Every TLS 1.2 server supports ECDHE, whose curves are fixed.
 */

/** An error of a connection with its `ServerError`. */
interface EvaluatedError extends Error {
  readonly serverError: ServerError
}

const evaluatedError = (serverError: ServerError): EvaluatedError => Object.assign(new Error(`connection refused by us: ${serverError.kind}`), { serverError })

export function isEvaluatedError(error: unknown): error is EvaluatedError {
  return error instanceof Error && 'serverError' in error
}

export const ciphers = `${DEFAULT_CIPHERS}:!DHE`

/** The certificate authorities of Node and of the operating system together. */
export function trustedAuthorities(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
}
let systemContext: SecureContext | undefined
/** Trusts them. Created once, because that takes about 10 ms. */
export function systemTrust(): SecureContext {
  systemContext ??= createSecureContext({ ciphers, ca: trustedAuthorities() })
  return systemContext
}

export function isoOf(date: string): string {
  const at = Date.parse(date)
  return Number.isNaN(at) ? date : new Date(at).toISOString()
}

/** What is wrong with the certificate after a handshake; null: it is accepted. */
export function evaluateCertificate(socket: TLSSocket, certificate: X509Certificate | undefined, pinned: string | null, now: number): ServerError | null {
  if (!certificate) return { kind: 'badReply', detail: { kind: 'noCertificate' } }
  const fingerprint = certificate.fingerprint256
  if (pinned !== null) return fingerprint === pinned ? null : { kind: 'fingerprintChanged', expected: pinned, actual: fingerprint }
  if (socket.authorized) return null
  const validTo = isoOf(certificate.validTo)
  // A self-signed certificate that has also expired is reported as expired, because that is what its owner has to fix.
  if (Date.parse(certificate.validTo) < now) return { kind: 'certificateExpired', fingerprint, validTo }
  if (String(socket.authorizationError) === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return { kind: 'certificateWrongName', fingerprint, names: shownName(certificate.subjectAltName ?? subjectName(certificate)) }
  return { kind: 'certificateUntrusted', fingerprint, subject: shownName(subjectName(certificate)), validTo }
}

export interface ShownCertificate {
  /** SHA-256, in hex with colons. */
  readonly fingerprint: string
  /** End of its validity, epoch ms; null: it can't be read. */
  readonly validTo: number | null
}
function shownCertificate(certificate: X509Certificate): ShownCertificate {
  const validTo = Date.parse(certificate.validTo)
  return { fingerprint: certificate.fingerprint256, validTo: Number.isNaN(validTo) ? null : validTo }
}

/** Cleans a name of an untrusted certificate, because names are shown, sent on and stored. '' if nothing is left. */
export function shownName(name: string): string {
  return quoted(name, 200) ?? ''
}
/** The common name, or the whole subject. Node gives none for an empty subject, which a certificate with other names may have. */
export function subjectName({ subject }: { readonly subject: string | undefined }): string {
  return /^CN=(.+)$/m.exec(subject ?? '')?.[1] ?? subject?.replaceAll('\n', ', ') ?? ''
}

/** Opens connections for an undici pool, and tracks the progress of each attempt. */
export function createServerConnector(deps: {
  readonly clock: Clock
  readonly fingerprint: string | null
  /** With a client certificate; null: none is sent. */
  readonly context: SecureContext | null
  readonly bodyBytes: () => number
  /** Buffers that answers are read into; null: new memory, which the caller may keep. */
  readonly reads: ReadBuffers | null
}) {
  const { clock, fingerprint, context, bodyBytes, reads } = deps
  const shared = { timeout: 0, allowH2: false, maxCachedSessions: 0, keepAliveInitialDelay: 30_000, ...(reads ? { onread: reads.onread } : {}) }
  const build = buildConnector as (options: buildConnector.BuildOptions) => (options: buildConnector.Options, callback: buildConnector.Callback) => Socket
  const plain = build(shared)
  // We verify ourselves (see 1 to 3): Node's own check would end the connection without giving us the certificate.
  let secure: ReturnType<typeof build> | undefined
  const secureConnector = () => {
    const secureContext = context ?? (fingerprint === null ? systemTrust() : null)
    secure ??= build({ ...shared, rejectUnauthorized: false, ciphers, ...(secureContext && { secureContext }) })
    return secure
  }
  const pending = new Set<Socket>()
  const dialling = new Set<Socket>()
  let opened = 0
  let certificate: ShownCertificate | null = null
  let alert: Error | null = null

  /** What the socket gives only once. */
  const see = (socket: TLSSocket): X509Certificate | undefined => {
    const seen = socket.getPeerX509Certificate()
    if (seen) certificate = shownCertificate(seen)
    return seen
  }

  const connect: buildConnector.connector = (options, callback) => {
    const done = (...[error, socket]: Parameters<buildConnector.Callback>) => {
      pending.delete(attempt)
      dialling.delete(attempt)
      if (error) {
        callback(error, null)
        return
      }
      const secured = options.protocol === 'https:' ? (socket as TLSSocket) : null
      const wrong = secured && evaluateCertificate(secured, see(secured), fingerprint, clock.now())
      if (wrong) {
        // The listener keeps a late error of the dying socket from being thrown.
        socket.on('error', () => {})
        socket.destroy()
        callback(evaluatedError(wrong), null)
        return
      }
      opened++
      reads?.reuse(socket as Socket)
      limitHead(socket as Socket)
      limitFraming(socket as Socket, bodyBytes)
      callback(null, socket)
    }
    const attempt: Socket = options.protocol === 'https:' ? secureConnector()(options, done) : plain(options, done)
    alert = null
    // Undici only hears that the connection ended.
    attempt.once('_tlsError', (error: Error) => {
      alert = error
    })
    pending.add(attempt)
    dialling.add(attempt)
    attempt.once('connect', () => dialling.delete(attempt))
  }
  return {
    connect,
    /** That of the latest connection, accepted or not; null: none was opened, or none has one. */
    certificate: (): ShownCertificate | null => certificate,
    /** Opens a connection only to see the certificate: one that lasts shows that of its beginning. Ends with the signal at the latest. */
    look: (options: buildConnector.Options, signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const attempt = secureConnector()(options, (error, socket) => {
          if (error === null) see(socket as TLSSocket)
          end()
        })
        const end = () => {
          signal.removeEventListener('abort', end)
          // The listener keeps a late error of the dying socket from being thrown.
          attempt.on('error', () => {})
          attempt.destroy()
          resolve()
        }
        signal.addEventListener('abort', end, { once: true })
      }),
    /** What the server said in TLS when it ended the latest connection, such as that it wants a client certificate; null: nothing. */
    alert: (): Error | null => alert,
    /** Number of connections opened so far, to distinguish a reused socket from a fresh one. */
    opened: (): number => opened,
    /** Whether TCP has not connected yet. */
    dialling: (): boolean => dialling.size > 0,
    /** Aborts all attempts whose handshake is not complete. */
    abandon: (): void => {
      for (const socket of pending) socket.destroy(Object.assign(new Error('given up'), { code: 'ECONNRESET' }))
    },
  }
}
