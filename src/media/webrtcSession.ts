import { request as askPlainly, type IncomingMessage } from 'node:http'
import { request as askSecurely } from 'node:https'
import { isIP } from 'node:net'
import { headersThrough } from '../shared/headers.ts'
import type { MediaError, MediaGate } from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { basicOf, connectBehind, connectionFault, GatedAgent, portOf, unreachable, withoutUser } from './connecting.ts'

/** Maximum size of a description (SDP), which is usually a few kB, bytes. */
const longestDescription = 65_536

interface Asked {
  readonly addresses: readonly string[]
  readonly userAgent: string
  readonly url: URL
  readonly body: string
  readonly gate: MediaGate | null
}

/** Asks for a session of WHEP, or ends it, by one request only to the addresses that were checked: no redirect is followed, and a session must be at the server that was asked. */
export function askForSession(
  method: 'POST' | 'DELETE',
  { addresses, userAgent, url, body, gate }: Asked,
  signal: AbortSignal,
): Promise<Result<{ readonly status: number; readonly body: string; readonly location: URL | null }, MediaError>> {
  const plain = withoutUser(url)
  const authorization = basicOf(url)
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  const headers = headersThrough(gate, {
    'user-agent': userAgent,
    'content-length': String(Buffer.byteLength(body)),
    ...(method === 'POST' && { 'content-type': 'application/sdp' }),
    ...(authorization !== null && { authorization }),
  })
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => resolve(err(signal.aborted ? { kind: 'cancelled' } : connectionFault(error)))
    if (signal.aborted) return resolve(err({ kind: 'cancelled' }))
    const options = {
      method,
      headers,
      signal,
      agent: gate !== null && plain.protocol === 'https:' ? new GatedAgent({}, () => connectBehind(gate, host, addresses, portOf(plain))) : false,
      rejectUnauthorized: false,
      autoSelectFamily: true,
      lookup: (_host: string, _options: object, answer: (error: null, found: { address: string; family: number }[]) => void) => answer(null, found),
    }
    const asked = (plain.protocol === 'https:' ? askSecurely : askPlainly)(plain, options)
    asked.on('error', fail)
    // We never ask for another protocol; Node reports such an answer only by this event.
    asked.once('upgrade', ({ statusCode }, socket) => {
      socket.destroy()
      resolve(err(unreachable(statusCode === undefined ? { kind: 'noConnection' } : { kind: 'status', status: statusCode })))
    })
    asked.once('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('error', fail)
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        chunks.push(chunk)
        if (bytes <= longestDescription) return
        resolve(err({ kind: 'undecodable', because: 'notMedia' }))
        asked.destroy()
      })
      response.once('end', () => {
        const { location } = response.headers
        resolve(
          ok({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString('utf8'),
            location: location === undefined ? null : sessionAt(location, url),
          }),
        )
      })
    })
    asked.end(body)
  })
}

/** The URL of a session; null: it is at another server than the one asked. */
function sessionAt(location: string, asked: URL): URL | null {
  const at = URL.parse(location, asked.href)
  return at?.origin === asked.origin ? Object.assign(at, { username: asked.username, password: asked.password }) : null
}
