import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TestCertificate } from './certificate.ts'

export interface HlsServerOptions {
  /** Speaks TLS. */
  readonly certificate?: TestCertificate
  /** Value of the Authorization header that a reader needs; null: anybody reads. */
  readonly authorization?: string | null
  /** Paths that have a picture. */
  readonly paths?: readonly string[]
  /** Up to 1.17: no cookies, no sessions, every request signs in. */
  readonly old?: boolean
}

export interface HlsRequest {
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

export interface HlsServer {
  readonly url: string
  readonly requests: readonly HlsRequest[]
  /** Sessions opened so far: each is a viewer in MediaMTX's lists. */
  readonly sessions: () => number
  /** Answers this instead, where it returns true. */
  readonly override: (handler: ((request: IncomingMessage, response: ServerResponse) => boolean) | null) => void
  /** Lets requests that wait for a part (`_HLS_part`) go. */
  readonly publishPart: () => void
  readonly waiting: () => number
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** The HLS door of MediaMTX as its version 1.20 behaves: cookie check, sessions by cookie or query, parts that are waited for. */
export async function startHlsServer(options: HlsServerOptions = {}): Promise<HlsServer> {
  const { certificate, authorization = null, paths = ['cam1'], old = false } = options
  const requests: HlsRequest[] = []
  const secrets = new Map<string, string>()
  let waiting: (() => void)[] = []
  let override: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null

  const refuse = (response: ServerResponse, status: number, error: string) => {
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      ...(status === 401 ? { 'www-authenticate': 'Basic realm="mediamtx"' } : {}),
    })
    response.end(JSON.stringify({ status: 'error', error }))
  }
  const playlist = (response: ServerResponse, text: string) => {
    response.setHeader('content-type', 'application/vnd.apple.mpegurl')
    response.end(text)
  }
  const cookie = (request: IncomingMessage, name: string) => new RegExp(`(?:^|; )${name}=([^;]*)`).exec(request.headers.cookie ?? '')?.[1]

  const listener: RequestListener = (request, response) => {
    requests.push({ url: request.url ?? '', headers: request.headers })
    response.setHeader('server', 'mediamtx')
    if (override?.(request, response)) return
    const url = new URL(request.url ?? '/', 'http://x')
    const pathname = decodeURIComponent(url.pathname)
    const folder = pathname.slice(1, pathname.lastIndexOf('/'))
    const file = pathname.slice(pathname.lastIndexOf('/') + 1)
    if (file === 'index.m3u8' && !old && url.searchParams.get('cookieCheck') !== '1') {
      const query = new URLSearchParams(url.search)
      query.set('cookieCheck', '1')
      response.setHeader('set-cookie', 'cookieCheck=1; HttpOnly; Secure; SameSite=None; Partitioned')
      response.writeHead(302, { location: `${url.pathname}?${query}` }).end()
      return
    }
    if ((file === 'index.m3u8' || old) && authorization !== null && request.headers.authorization !== authorization) {
      refuse(response, 401, 'authentication error')
      return
    }
    if (!paths.includes(folder)) {
      refuse(response, 404, 'no stream is available')
      return
    }
    if (file === 'index.m3u8') {
      const query = new URLSearchParams(url.search)
      query.delete('cookieCheck')
      if (!old) {
        const secret = randomUUID()
        secrets.set(secret, folder)
        if (cookie(request, 'cookieCheck') === '1') response.setHeader('set-cookie', `hlsSession=${secret}; HttpOnly; Secure; SameSite=None; Partitioned`)
        else query.set('session', secret)
      }
      const tail = query.size > 0 ? `?${query}` : ''
      playlist(
        response,
        `#EXTM3U\n#EXT-X-VERSION:10\n#EXT-X-INDEPENDENT-SEGMENTS\n\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio2",AUTOSELECT=YES,DEFAULT=YES,URI="audio2_stream.m3u8${tail}"\n\n#EXT-X-STREAM-INF:BANDWIDTH=855764,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="audio"\nvideo1_stream.m3u8${tail}\n`,
      )
      return
    }
    const session = cookie(request, 'hlsSession') ?? url.searchParams.get('session') ?? ''
    if (!old && secrets.get(session) !== folder) {
      refuse(response, 401, 'authentication error')
      return
    }
    if (file.endsWith('.m3u8')) {
      const send = () =>
        playlist(response, `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-MAP:URI="video1_init.mp4"\n#EXTINF:1.0,\nvideo1_seg7.mp4\n`)
      if (url.searchParams.has('_HLS_part')) {
        waiting.push(send)
        response.once('close', () => {
          waiting = waiting.filter((other) => other !== send)
        })
      } else send()
      return
    }
    response.setHeader('content-type', 'video/mp4')
    response.end(Buffer.alloc(200_000, file))
  }
  const server: Server = certificate ? createSecureServer({ cert: certificate.cert, key: certificate.key }, listener) : createServer(listener)
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    sessions: () => secrets.size,
    override: (handler) => {
      override = handler
    },
    publishPart: () => {
      for (const send of waiting.splice(0)) send()
    },
    waiting: () => waiting.length,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
