import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request as askPlainly, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as askSecurely } from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import { headersThrough } from '../shared/headers.ts'
import type { MediaError, MediaGate } from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { CheckedWay } from './checkingProxy.ts'
import { basicOf, connectBehind, connectionFault, GatedAgent, portOf, unreachable, withoutUser } from './connecting.ts'
import type { FoundAddress } from './sourceAddress.ts'

/** Maximum size of a description (SDP), which is usually a few kB, bytes. */
const longestDescription = 65_536

interface Asked {
  readonly addresses: readonly string[]
  readonly userAgent: string
  readonly url: URL
  readonly body: string
  readonly gate: MediaGate | null
  /** Left out: the user in the URL. */
  readonly authorization?: string | null
}

/** Asks for a session of WHEP or WHIP, or ends it, by one request only to the addresses that were checked: no redirect is followed, and a session must be at the server that was asked. */
export function askForSession(
  method: 'POST' | 'DELETE',
  { addresses, userAgent, url, body, gate, authorization = basicOf(url) }: Asked,
  signal: AbortSignal,
): Promise<Result<{ readonly status: number; readonly body: string; readonly location: URL | null }, MediaError>> {
  const plain = withoutUser(url)
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

/**
 * An endpoint on loopback by which FFmpeg publishes by WHIP through a gate: it has no options for headers or a client certificate there. Only who knows the
 * ticket in its address gets in.
 */
export async function openWhipEndpoint({ source, addresses }: FoundAddress, gate: MediaGate, signal: AbortSignal): Promise<CheckedWay> {
  const url = new URL(source.url)
  const ticket = `/${randomUUID()}`
  let fault: MediaError | null = null
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method, headers, url: target = '' } = request
    if (!target.startsWith(`${ticket}/`) || (method !== 'POST' && method !== 'DELETE')) return void response.writeHead(404).end()
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of request) {
      bytes += chunk.length
      if (bytes > longestDescription) return void response.destroy()
      chunks.push(chunk)
    }
    const asked = await askForSession(
      method,
      {
        addresses,
        gate,
        userAgent: headers['user-agent'] ?? 'mtxdeck',
        url: new URL(url.origin + target.slice(ticket.length)),
        body: Buffer.concat(chunks).toString(),
        authorization: headers.authorization ?? null,
      },
      method === 'DELETE' ? new AbortController().signal : signal,
    )
    if (!asked.ok) {
      fault = asked.error
      return void response.writeHead(502).end()
    }
    const { status, body, location } = asked.value
    response.writeHead(status, { 'content-type': 'application/sdp', ...(location !== null && { location: ticket + location.pathname + location.search }) })
    response.end(body)
  }
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    source: { ...source, url: `http://127.0.0.1:${port}${ticket}${url.pathname}${url.search}` },
    explain: (error) => (error.kind === 'unreachable' ? (fault ?? error) : error),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
