import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import type { ServerError } from '../../shared/errors.ts'
import { ciphers, evaluateCertificate, isoOf, shownName, subjectName, systemTrust } from './serverTls.ts'

interface ShownChain {
  readonly names: string
  readonly issuer: string
  /** ISO 8601, or as it stands in the certificate. */
  readonly validTo: string
  /** Certificates that it shows, its own included. */
  readonly chain: number
  /** Why we do not accept it; null: we do. */
  readonly error: ServerError | null
}

const mostLinks = 10
function linksOf(certificate: DetailedPeerCertificate): number {
  let links = 0
  // The issuer of a root is itself.
  for (
    let one: DetailedPeerCertificate | undefined = certificate;
    one && links < mostLinks;
    one = one.issuerCertificate === one ? undefined : one.issuerCertificate
  )
    links++
  return links
}

/** Speaks TLS over a TCP connection, which it takes over; the caller ends it. Rejects with a system error or the signal's reason. */
export async function speakTls(socket: Socket, host: string, fingerprint: string | null, signal: AbortSignal): Promise<TLSSocket> {
  const isName = !/^[\d.]+$|:/.test(host)
  // Judged afterwards: Node's own check would end the connection without giving us the certificate.
  const secure = connect({
    socket,
    host,
    ...(isName && { servername: host }),
    rejectUnauthorized: false,
    ciphers,
    ...(fingerprint === null && { secureContext: systemTrust() }),
  })
  return whenOpen(secure, 'secureConnect', signal)
}

/** Waits until a socket is open; one that can't be opened is destroyed. Rejects with a system error, or the signal's reason. */
export async function whenOpen<Opened extends Socket>(socket: Opened, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<Opened> {
  // A late error of the connection must not be thrown.
  socket.on('error', () => {})
  try {
    await once(socket, event, { signal })
    return socket
  } catch (error) {
    socket.destroy()
    throw signal.aborted ? signal.reason : error
  }
}

/** The certificates of a TLS connection, judged like those of polling: by the pinned fingerprint, or the system's trust. */
export function chainOf(secure: TLSSocket, fingerprint: string | null, now: number): ShownChain {
  const certificate = secure.getPeerX509Certificate()
  const error = evaluateCertificate(secure, certificate, fingerprint, now)
  const issuer = certificate?.issuer ?? ''
  return {
    names: shownName(certificate ? (certificate.subjectAltName ?? subjectName(certificate)) : ''),
    issuer: shownName(/^CN=(.+)$/m.exec(issuer)?.[1] ?? issuer.replaceAll('\n', ', ')),
    validTo: isoOf(certificate?.validTo ?? ''),
    chain: certificate ? linksOf(secure.getPeerCertificate(true)) : 0,
    error,
  }
}
