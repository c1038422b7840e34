import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { PictureReason } from '../../shared/previews.ts'
import type { Result } from '../../shared/result.ts'
import type { Refused } from './refusals.ts'

/** An address on loopback at which the media process reads one open picture through the relay. */
interface PictureEndpoint {
  /** Origin, without a slash at its end. */
  readonly url: string
  /** Bytes of bodies that went through. */
  readonly bytes: () => number
  /** Why the relay first refused a playlist; null: it refused none. */
  readonly refusal: () => PictureReason | null
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/**
 * FFmpeg is given this address in place of the server's: the relay signs in, checks the certificate and keeps to the server,
 * so neither credentials nor redirects nor playlists of strangers reach FFmpeg. Only who knows the picture's ticket gets in.
 */
export async function openPictureEndpoint(part: (request: Request) => Promise<Result<Response, Refused>>): Promise<PictureEndpoint> {
  let bytes = 0
  let refusal: PictureReason | null = null
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const ended = new AbortController()
    response.once('close', () => ended.abort())
    // One that can't be parsed has no ticket.
    const url = URL.parse(request.url ?? '', 'http://127.0.0.1')
    const answered = url === null ? null : await part(new Request(url, { method: request.method ?? 'GET', signal: ended.signal }))
    if (answered === null || !answered.ok) {
      // Segments come and go; FFmpeg skips those that are not there.
      if (answered !== null && url?.pathname.endsWith('.m3u8')) refusal ??= answered.error.why
      response.writeHead(answered?.error.status ?? 404).end()
      return
    }
    const { status, headers, body } = answered.value
    response.writeHead(status, Object.fromEntries(headers))
    if (body === null) return void response.end()
    const counted = Readable.fromWeb(body as NodeReadableStream)
    counted.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length
    })
    await pipeline(counted, response)
  }
  const server = createServer((request, response) => {
    // FFmpeg leaves in the middle of a segment when its picture is whole, and a server that breaks off says so by that.
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    refusal: () => refusal,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
