import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TestCertificate } from './certificate.ts'

export interface WhepServerOptions {
  /** Speaks TLS. */
  readonly certificate?: TestCertificate
  /** Value of the Authorization header that is wanted; null: anybody reads and publishes. */
  readonly authorization?: string | null
  /** Paths that are on air. */
  readonly paths?: readonly string[]
  /** Its `Link` headers. */
  readonly links?: readonly string[]
  /** A prefix of all paths, as a proxy has it. */
  readonly prefix?: string
}

export interface WhepRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface WhepServer {
  readonly url: string
  readonly requests: readonly WhepRequest[]
  /** Secrets of the open sessions. */
  readonly sessions: () => readonly string[]
  /** Answers this instead, where it returns true. */
  readonly override: (handler: ((request: IncomingMessage, response: ServerResponse) => boolean) | null) => void
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

export const answerSdp = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=candidate:1 1 udp 2130706431 192.168.1.9 8189 typ host\r\n'

/** The WebRTC door of MediaMTX as its version 1.20 behaves, without media: what it says is never connected to. */
export async function startWhepServer(options: WhepServerOptions = {}): Promise<WhepServer> {
  const { certificate, authorization = null, paths = ['cam1'], links = [], prefix = '' } = options
  const requests: WhepRequest[] = []
  const sessions = new Map<string, string>()
  let override: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null

  const refuse = (response: ServerResponse, status: number, error: string) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...(status === 401 && { 'www-authenticate': 'Basic realm="mediamtx"' }) })
    response.end(JSON.stringify({ status: 'error', error }))
  }
  const negotiate = (request: IncomingMessage, response: ServerResponse, path: string, use: string) => {
    if (authorization !== null && request.headers.authorization !== authorization) return refuse(response, 401, 'authentication error')
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { 'accept-post': 'application/sdp', link: [...links] }).end()
      return
    }
    if (request.method !== 'POST') return refuse(response, 405, 'method not allowed')
    if (request.headers['content-type'] !== 'application/sdp') return refuse(response, 400, 'invalid Content-Type')
    if (use === 'whep' && !paths.includes(path)) return refuse(response, 404, `no stream is available on path '${path}'`)
    const secret = randomUUID()
    sessions.set(secret, path)
    const query = request.url?.split('?')[1]
    // Names are written as they are, except for what a header can't hold.
    const location = Buffer.from(`${prefix}/${path}/${use}/${secret}${query === undefined ? '' : `?${query}`}`)
      .toString('latin1')
      .replace(/[^\x20-\x7e\x80-\xff]/g, ' ')
    response.writeHead(201, {
      'content-type': 'application/sdp',
      etag: '*',
      id: randomUUID(),
      'accept-patch': 'application/trickle-ice-sdpfrag',
      link: [...links],
      location,
    })
    response.end(answerSdp)
  }
  const listener: RequestListener = (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      response.setHeader('server', 'mediamtx')
      if (override?.(request, response)) return
      const pathname = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname)
      const [, path, use, secret] = (pathname.startsWith(prefix) && /^\/(.+?)\/(whip|whep)(?:\/([^/]+))?$/.exec(pathname.slice(prefix.length))) || []
      if (path === undefined || use === undefined) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found')
        return
      }
      if (secret === undefined) return negotiate(request, response, path, use)
      if (sessions.get(secret) !== path) return refuse(response, 404, 'session not found')
      if (request.method === 'DELETE') {
        sessions.delete(secret)
        response.writeHead(200).end('{"status":"ok"}')
      } else if (request.method === 'PATCH') response.writeHead(204).end()
      else response.writeHead(404).end()
    })
  }
  const server: Server = certificate ? createSecureServer({ cert: certificate.cert, key: certificate.key }, listener) : createServer(listener)
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    requests,
    sessions: () => [...sessions.keys()],
    override: (handler) => {
      override = handler
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
