import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MediaError, MediaGate } from '../shared/media.ts'
import { askForSession, longestDescription } from './askForSession.ts'
import type { CheckedWay } from './checkingProxy.ts'
import type { FoundAddress } from './sourceAddress.ts'

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
