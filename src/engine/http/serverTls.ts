import type { Socket } from 'node:net'
import { createSecureContext, DEFAULT_CIPHERS, getCACertificates, type SecureContext, type TLSSocket } from 'node:tls'
import { buildConnector } from 'undici'
import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { quoted } from '../../shared/quoted.ts'
import { limitFraming } from './limitFraming.ts'
import { limitHead } from './limitHead.ts'
import type { ReadBuffers } from './readBuffers.ts'

/**
 * How connections to a media server are opened and its certificate is judged.
 *
 * 1. A certificate is judged when the handshake is done and before a byte of a request, so that no
 *    credentials go to a server that is not trusted.
 * 2. With a fingerprint pinned exactly that certificate is taken, whatever its name, dates and signer; and no other.
 * 3. Without one the system's trust decides alone. There is no way to switch the judgement off.
 * 4. Sessions are never resumed: a resumed handshake shows no certificate to judge.
 * 5. No DHE: there the server chooses the group, before its certificate is judged, and one of 10,000 bits holds this thread
 *    for a second. Whoever speaks TLS 1.2 can do ECDHE, whose curves are fixed.
 */

/** An error of a connection that already knows its `ServerError`. */
export interface JudgedError extends Error {
  readonly serverError: ServerError
}

const judgedError = (serverError: ServerError): JudgedError => Object.assign(new Error(`connection refused by us: ${serverError.kind}`), { serverError })

export const isJudgedError = (error: unknown): error is JudgedError => error instanceof Error && 'serverError' in error

const ciphers = `${DEFAULT_CIPHERS}:!DHE`

let systemContext: SecureContext | undefined
/** The authorities of Node and of the operating system together, made once: it takes some 10 ms. */
function systemTrust(): SecureContext {
  systemContext ??= createSecureContext({ ciphers, ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system')])] })
  return systemContext
}

function isoOf(date: string): string {
  const at = Date.parse(date)
  return Number.isNaN(at) ? date : new Date(at).toISOString()
}

/** What is wrong with the certificate of a finished handshake, or null. */
function judgeCertificate(socket: TLSSocket, pinned: string | null, now: number): ServerError | null {
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return { kind: 'badReply', detail: 'the server shows no certificate' }
  const fingerprint = certificate.fingerprint256
  if (pinned !== null) return fingerprint === pinned ? null : { kind: 'fingerprintChanged', expected: pinned, actual: fingerprint }
  if (socket.authorized) return null
  const validTo = isoOf(certificate.validTo)
  // A self-signed certificate that also expired is reported as expired: that is what its owner has to mend.
  if (Date.parse(certificate.validTo) < now) return { kind: 'certificateExpired', fingerprint, validTo }
  if (String(socket.authorizationError) === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return { kind: 'certificateWrongName', fingerprint, names: shownName(certificate.subjectAltName ?? commonName(certificate.subject)) }
  return { kind: 'certificateUntrusted', fingerprint, subject: shownName(commonName(certificate.subject)), validTo }
}

/** A certificate is a stranger's: its names are shown, sent on and kept. */
const shownName = (name: string): string => quoted(name, 200) ?? 'no name'
const commonName = (subject: string): string => /^CN=(.+)$/m.exec(subject)?.[1] ?? (subject.replaceAll('\n', ', ') || 'no name')

/** Opens connections for an undici pool, and knows how far each attempt came. */
export interface ServerConnector {
  readonly connect: buildConnector.connector
  /** Connections opened so far, for telling a used socket from a fresh one. */
  readonly opened: () => number
  /** TCP did not answer yet. */
  readonly dialling: () => boolean
  /** Gives up all attempts whose handshake is not done. */
  readonly abandon: () => void
}

export function createServerConnector(deps: {
  readonly clock: Clock
  readonly fingerprint: string | null
  /** Bytes of all bodies that came over these connections. */
  readonly bodyBytes: () => number
  /** Where answers are read into; null: into new memory, which the reader may keep. */
  readonly reads: ReadBuffers | null
}): ServerConnector {
  const { clock, fingerprint, bodyBytes, reads } = deps
  const shared = { timeout: 0, allowH2: false, maxCachedSessions: 0, keepAliveInitialDelay: 30_000, ...(reads ? { onread: reads.onread } : {}) }
  const build = buildConnector as (options: buildConnector.BuildOptions) => (options: buildConnector.Options, callback: buildConnector.Callback) => Socket
  const plain = build(shared)
  // The judgement is ours (see 1 to 3): Node's own would end the connection without telling the certificate.
  let secure: ReturnType<typeof build> | undefined
  const secureConnector = () => {
    secure ??= build({ ...shared, rejectUnauthorized: false, ciphers, ...(fingerprint === null ? { secureContext: systemTrust() } : {}) })
    return secure
  }
  const pending = new Set<Socket>()
  const dialling = new Set<Socket>()
  let opened = 0

  const connect: buildConnector.connector = (options, callback) => {
    const done = (...[error, socket]: Parameters<buildConnector.Callback>) => {
      pending.delete(attempt)
      dialling.delete(attempt)
      if (error) {
        callback(error, null)
        return
      }
      const wrong = options.protocol === 'https:' ? judgeCertificate(socket as TLSSocket, fingerprint, clock.now()) : null
      if (wrong) {
        // The listener keeps a late error of the dying socket from being thrown.
        socket.on('error', () => {})
        socket.destroy()
        callback(judgedError(wrong), null)
        return
      }
      opened++
      reads?.reuse(socket as Socket)
      limitHead(socket as Socket)
      limitFraming(socket as Socket, bodyBytes)
      callback(null, socket)
    }
    const attempt: Socket = options.protocol === 'https:' ? secureConnector()(options, done) : plain(options, done)
    pending.add(attempt)
    dialling.add(attempt)
    attempt.once('connect', () => dialling.delete(attempt))
  }
  return {
    connect,
    opened: () => opened,
    dialling: () => dialling.size > 0,
    abandon: () => {
      for (const socket of pending) socket.destroy(Object.assign(new Error('given up'), { code: 'ECONNRESET' }))
    },
  }
}
