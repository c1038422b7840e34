import { type Dispatcher, Pool } from 'undici'
import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { headersThrough } from '../../shared/headers.ts'
import { err, type Result } from '../../shared/result.ts'
import { type BodyBuffers, createReadBuffers } from './bodyBuffers.ts'
import { contextOf, type Gate } from './gate.ts'
import { unreachedHeadBytes } from './limitAnswers.ts'
import { failureToServerError, isBrokenConnection } from './serverFailure.ts'
import { createServerConnector } from './serverTls.ts'
import { createWholeBodies, type Method, type Sending, type TakeReply, takeOpen, takeWhole } from './takeReplies.ts'

/** `again`: the server closed a reused socket before an answer began. */
type Outcome<T> = { readonly result: Result<T, ServerError> } | { readonly again: true }

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
 * Connections to one address of one media server. Everything is GET, except that an operator may disconnect a session, delete recordings, change settings of
 * a path and have it tried what is allowed, and that WebRTC is negotiated.
 *
 * 1. Time limits come from the caller's signals; undici's own are off, so that tests can control time.
 * 2. A request that failed on a reused socket before an answer began is sent again, until it fails on a fresh one:
 *    the server closes idle connections, and its close may cross our request.
 * 3. Redirects are returned as answers, never followed.
 */
export function createServerPool(options: ServerPoolOptions) {
  const { clock, fingerprint, gate, userAgent, maxResponseBytes = defaultMaxResponseBytes, connections = 2, buffers } = options
  /** Bytes of all bodies, including failed ones. */
  const traffic = { bodyBytes: 0, requests: 0 }
  const connector = createServerConnector({
    clock,
    fingerprint,
    context: contextOf(gate),
    bodyBytes: () => traffic.bodyBytes,
    reads: buffers ? createReadBuffers(buffers) : null,
  })
  const { origin, protocol, hostname, host, port: shownPort } = new URL(options.url)
  const port = Number(shownPort) || (protocol === 'https:' ? 443 : 80)
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
  const fixedHeaders = { 'user-agent': userAgent, accept: '*/*' }
  /** Number of requests without a connection. */
  let waiting = 0

  const attempt = <T>(method: Method, path: string, signal: AbortSignal, { headers = {}, body: sent }: Sending, takeReply: TakeReply<T>): Promise<Outcome<T>> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        // A time limit that has already passed before this request is an ordinary failure; a cancellation is thrown.
        resolve({ result: err(failureToServerError(signal.reason, { dialling: connector.dialling(), answering: false, receivedBytes: 0, port })) })
        return
      }
      const openedBefore = connector.opened()
      let controller: Dispatcher.DispatchController | undefined
      let answering = false
      let receivedBytes = 0
      let settled = false
      waiting++
      let isWaiting = true
      const waitNoMore = () => {
        if (isWaiting) waiting--
        isWaiting = false
      }
      const leave = () => {
        settled = true
        waitNoMore()
        signal.removeEventListener('abort', onAbort)
      }
      const fail = (error: unknown) => {
        leave()
        try {
          resolve({ result: err(failureToServerError(error, { dialling: connector.dialling(), answering, receivedBytes, port })) })
        } catch (bugOrCancellation) {
          reject(bugOrCancellation)
        }
      }
      const onAbort = () => {
        const reason = signal.reason instanceof Error ? signal.reason : new Error('aborted')
        fail(signal.reason)
        if (controller) controller.abort(reason)
        // The next request would wait for a hanging connection, too. It is kept if other requests wait for it.
        else if (waiting === 0) connector.abandon()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      const reader = takeReply(
        (result) => {
          if (settled) return
          leave()
          resolve({ result })
        },
        (reason) => controller?.abort(reason),
      )
      traffic.requests++
      pool.dispatch(
        { method, path, headers: { ...fixedHeaders, ...headers }, ...(sent !== undefined && { body: sent }) },
        {
          onRequestStart: (started) => {
            controller = started
            waitNoMore()
            if (settled) started.abort(new Error('given up before it was sent'))
          },
          onResponseStart: (started, status, responseHeaders) => {
            if (status < 200) return
            answering = true
            reader.onHead(status, responseHeaders, started)
          },
          onResponseData: (started, chunk) => {
            receivedBytes += chunk.length
            traffic.bodyBytes += chunk.length
            reader.onData(chunk, started)
          },
          onResponseEnd: () => reader.onEnd(),
          onResponseError: (_started, error) => {
            if (answering) reader.onCut(error)
            if (settled) return
            if (!answering && isBrokenConnection(error) && connector.opened() === openedBefore && openedBefore > 0) {
              leave()
              resolve({ again: true })
            } else fail(isBrokenConnection(error) ? (connector.alert() ?? error) : error)
          },
        },
      )
    })

  /** Sends again what may be (2.). */
  const request = async <T>(method: Method, path: string, signal: AbortSignal, sending: Sending, takeReply: TakeReply<T>): Promise<Result<T, ServerError>> => {
    for (let tries = 0; tries <= connections; tries++) {
      const outcome = await attempt(method, path, signal, sending, takeReply)
      if ('result' in outcome) return outcome.result
    }
    return err({ kind: 'unreachable', reason: 'reset' })
  }
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
    /** Reads a complete answer of at most `maxResponseBytes`. `path` starts with a slash and is sent unchanged. */
    read: (path: string, signal: AbortSignal, headers: Sending['headers'] = {}) => whole('GET', path, signal, { headers }),
    /** Sends what negotiates WebRTC, changes the configuration, or asks what would be allowed, and reads the answer like `read`. */
    send: (method: Exclude<Method, 'GET'>, path: string, signal: AbortSignal, sending: Sending = {}) => whole(method, path, signal, sending),
    /** Waits for the head of an answer; its body arrives as fast as the caller reads it. */
    open: (path: string, signal: AbortSignal, headers: NonNullable<Sending['headers']> = {}) => {
      if (buffers) throw new Error('what is read as it comes would be read over: open streams with a pool without buffers')
      return request('GET', path, signal, { headers: headersThrough(gate, headers) }, takeOpen())
    },
    certificate: connector.certificate,
    /** Sees which certificate the server shows now, with a connection of its own. */
    checkCertificate: async (signal: AbortSignal): Promise<void> => {
      // Sockets want IPv6 addresses without the brackets of URLs.
      if (protocol === 'https:') await connector.look({ protocol, hostname: hostname.replace(/^\[|\]$/g, ''), host, port: shownPort }, signal)
    },
    bytesRead: (): number => traffic.bodyBytes,
    requestsMade: (): number => traffic.requests,
    close: (): Promise<void> => pool.destroy(),
  }
}
export type ServerPool = ReturnType<typeof createServerPool>

/** A path's name encoded for a URL: everything except "/", which names may contain. */
export function encodePathName(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/')
}
