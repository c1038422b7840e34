import { Pool } from 'undici'
import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { headersThrough } from '../../shared/headers.ts'
import type { Result } from '../../shared/result.ts'
import { type BodyBuffers, createReadBuffers } from './bodyBuffers.ts'
import { contextOf, type Gate } from './gate.ts'
import { unreachedHeadBytes } from './limitAnswers.ts'
import { createRequests } from './requests.ts'
import { createServerConnector, type ShownCertificate } from './serverTls.ts'
import { createWholeBodies, type Method, type OpenReply, type Sending, type SentReply, takeOpen, takeWhole, type WholeReply } from './takeReplies.ts'

/** Connections to one address of one media server. Everything is GET, except that an operator may disconnect a session, delete recordings, change settings of a path and have it tried what is allowed, and that WebRTC is negotiated. */
export interface ServerPool {
  /** Reads a complete answer of at most `maxResponseBytes`. `path` starts with a slash and is sent unchanged. */
  readonly read: (path: string, signal: AbortSignal, headers?: Readonly<Record<string, string>>) => Promise<Result<WholeReply, ServerError>>
  /** Sends what negotiates WebRTC, changes the configuration, or asks what would be allowed, and reads the answer like `read`. */
  readonly send: (method: Exclude<Method, 'GET'>, path: string, signal: AbortSignal, sending?: Sending) => Promise<Result<SentReply, ServerError>>
  /** Waits for the head of an answer; its body arrives as fast as the caller reads it. */
  readonly open: (path: string, signal: AbortSignal, headers?: Readonly<Record<string, string>>) => Promise<Result<OpenReply, ServerError>>
  /** The certificate of the latest connection; null: there was none, or it has none. */
  readonly certificate: () => ShownCertificate | null
  /** Sees which certificate the server shows now, with a connection of its own. */
  readonly checkCertificate: (signal: AbortSignal) => Promise<void>
  /** Bytes of all bodies so far, including failed ones. */
  readonly bytesRead: () => number
  /** Requests so far. */
  readonly requestsMade: () => number
  readonly close: () => Promise<void>
}

export interface ServerPoolOptions {
  readonly clock: Clock
  /** Only scheme, host and port are used. */
  readonly url: string
  readonly fingerprint: string | null
  /** What a gate before it wants (`gateAt`). */
  readonly gate?: Gate | null | undefined
  readonly userAgent: string
  readonly maxResponseBytes?: number
  readonly connections?: number
  /** Buffers for complete answers, whose bodies callers must return. Connections read into them, too, so such a pool can't use `open`. */
  readonly buffers?: BodyBuffers
}

/** MediaMTX never answers more than a tenth of this, but a wrong address may. */
const defaultMaxResponseBytes = 64_000_000
/** We close idle connections before MediaMTX does, which is after 10 s (its readTimeout) or 30 s. */
const keepAliveMs = 8_000

/**
 * 1. Time limits come from the caller's signals; undici's own are off, so that tests can control time.
 * 2. A request that failed on a reused socket before an answer began is sent again, until it fails on a fresh one:
 *    the server closes idle connections, and its close may cross our request.
 * 3. Redirects are returned as answers, never followed.
 */
export function createServerPool(options: ServerPoolOptions): ServerPool {
  const { clock, fingerprint, gate, userAgent, maxResponseBytes = defaultMaxResponseBytes, connections = 2, buffers } = options
  const traffic = { bodyBytes: 0, requests: 0 }
  const connector = createServerConnector({
    clock,
    fingerprint,
    context: contextOf(gate),
    bodyBytes: () => traffic.bodyBytes,
    reads: buffers ? createReadBuffers(buffers) : null,
  })
  const { origin, protocol, port } = new URL(options.url)
  const pool = new Pool(origin, {
    connections,
    connect: connector.connect,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: unreachedHeadBytes,
    pipelining: 1,
  })
  const request = createRequests({ pool, connector, connections, userAgent, port: Number(port) || (protocol === 'https:' ? 443 : 80), traffic })
  const wholeBodies = createWholeBodies(buffers)
  const whole = (method: Method, path: string, signal: AbortSignal, sending: Sending) =>
    request(
      method,
      path,
      signal,
      { ...sending, headers: headersThrough(gate, sending.headers ?? {}) },
      takeWhole(clock, maxResponseBytes, () => wholeBodies(path)),
    )

  return {
    read: (path, signal, headers = {}) => whole('GET', path, signal, { headers }),
    send: (method, path, signal, sending = {}) => whole(method, path, signal, sending),
    open: (path, signal, headers = {}) => {
      if (buffers) throw new Error('what is read as it comes would be read over: open streams with a pool without buffers')
      return request('GET', path, signal, { headers: headersThrough(gate, headers) }, takeOpen())
    },
    certificate: connector.certificate,
    checkCertificate: async (signal) => {
      const { protocol, hostname, host, port } = new URL(options.url)
      // Sockets want IPv6 addresses without the brackets of URLs.
      if (protocol === 'https:') await connector.look({ protocol, hostname: hostname.replace(/^\[|\]$/g, ''), host, port }, signal)
    },
    bytesRead: () => traffic.bodyBytes,
    requestsMade: () => traffic.requests,
    close: () => pool.destroy(),
  }
}

/** A path's name encoded for a URL: everything except "/", which names may contain. */
export function encodePathName(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/')
}
