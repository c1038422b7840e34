import { Readable } from 'node:stream'
import { type Dispatcher, Pool } from 'undici'
import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { dateOf } from '../../shared/serverClock.ts'
import type { BodyBuffers } from './bodyBuffers.ts'
import { unreachedHeadBytes } from './limitHead.ts'
import { createReadBuffers } from './readBuffers.ts'
import { failureToServerError, isBrokenConnection, type ReplyHead } from './serverFailure.ts'
import { createServerConnector, type ShownCertificate } from './serverTls.ts'
import { createWholeBodies } from './wholeBody.ts'

/** One whole answer, any status. */
export interface WholeReply extends ReplyHead {
  readonly body: Buffer
  /** Monotonic arrival of the last byte. */
  readonly arrivedAt: number
  readonly tookMs: number
  /** Server's Date header, epoch ms. */
  readonly serverDate: number | null
}

/** An answer whose body is still arriving. The caller must read it to the end or destroy it. */
export interface OpenReply extends ReplyHead {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Readable
}

/** One whole answer, with all of its headers. */
export interface SentReply extends WholeReply {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** What is sent beside a path. */
export interface Sending {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS'

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
  readonly lookAtCertificate: (signal: AbortSignal) => Promise<void>
  /** Bytes of all bodies so far, including failed ones. */
  readonly bytesRead: () => number
  readonly close: () => Promise<void>
}

export interface ServerPoolOptions {
  readonly clock: Clock
  /** Only scheme, host and port are used. */
  readonly url: string
  readonly fingerprint: string | null
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

const text = (value: string | readonly string[] | undefined): string => (typeof value === 'string' ? value : (value?.[0] ?? ''))

const headOf = (status: number, headers: Readonly<Record<string, string | readonly string[] | undefined>>): ReplyHead => ({
  status,
  contentType: text(headers['content-type']),
  server: text(headers.server),
  location: text(headers.location),
})

/**
 * 1. Time limits come from the caller's signals; undici's own are off, so that tests can control time.
 * 2. A request that failed on a reused socket before an answer began is sent again, until it fails on a fresh one:
 *    the server closes idle connections, and its close may cross our request.
 * 3. Redirects are returned as answers, never followed.
 */
export function createServerPool(options: ServerPoolOptions): ServerPool {
  const { clock, fingerprint, userAgent, maxResponseBytes = defaultMaxResponseBytes, connections = 2, buffers } = options
  const connector = createServerConnector({ clock, fingerprint, bodyBytes: () => bytesRead, reads: buffers ? createReadBuffers(buffers) : null })
  const pool = new Pool(new URL(options.url).origin, {
    connections,
    connect: connector.connect,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: unreachedHeadBytes,
    pipelining: 1,
  })
  const wholeBodies = createWholeBodies(buffers)
  let bytesRead = 0
  /** Number of requests without a connection. */
  let waiting = 0
  const fixedHeaders = { 'user-agent': userAgent, accept: '*/*' }

  /** Runs one attempt; `take` gets the head and decides how to handle the body. */
  const attempt = <T>(
    method: Method,
    path: string,
    signal: AbortSignal,
    { headers = {}, body: sent }: Sending,
    handlerOf: (
      settle: (value: Result<T, ServerError>) => void,
      abort: (reason: Error) => void,
    ) => {
      readonly onHead: (status: number, headers: Record<string, string | string[] | undefined>, controller: Dispatcher.DispatchController) => void
      readonly onData: (chunk: Buffer, controller: Dispatcher.DispatchController) => void
      readonly onEnd: () => void
      /** Called on a failure after the head. */
      readonly onCut: (error: Error) => void
    },
  ): Promise<{ readonly result: Result<T, ServerError> } | { readonly again: true }> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        // A time limit that has already passed before this request is an ordinary failure; a cancellation is thrown.
        resolve({ result: err(failureToServerError(signal.reason, { dialling: connector.dialling(), answering: false, receivedBytes: 0 })) })
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
          resolve({ result: err(failureToServerError(error, { dialling: connector.dialling(), answering, receivedBytes })) })
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
      const inner = handlerOf(
        (result) => {
          if (settled) return
          leave()
          resolve({ result })
        },
        (reason) => controller?.abort(reason),
      )
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
            inner.onHead(status, responseHeaders as Record<string, string | string[] | undefined>, started)
          },
          onResponseData: (started, chunk) => {
            receivedBytes += chunk.length
            bytesRead += chunk.length
            inner.onData(chunk, started)
          },
          onResponseEnd: () => inner.onEnd(),
          onResponseError: (_started, error) => {
            if (answering) inner.onCut(error)
            if (settled) return
            if (!answering && isBrokenConnection(error) && connector.opened() === openedBefore && openedBefore > 0) {
              leave()
              resolve({ again: true })
            } else fail(error)
          },
        },
      )
    })

  const untilFresh = async <T>(run: () => Promise<{ readonly result: Result<T, ServerError> } | { readonly again: true }>): Promise<Result<T, ServerError>> => {
    for (let tries = 0; tries <= connections; tries++) {
      const outcome = await run()
      if ('result' in outcome) return outcome.result
    }
    return err({ kind: 'unreachable', reason: 'reset' })
  }

  const whole = (method: Method, path: string, signal: AbortSignal, sending: Sending): Promise<Result<SentReply, ServerError>> => {
    const startedAt = clock.monotonic()
    return untilFresh(() =>
      attempt<SentReply>(method, path, signal, sending, (settle) => {
        let head: (ReplyHead & Pick<SentReply, 'headers'>) | undefined
        let serverDate: number | null = null
        let size = 0
        const body = wholeBodies(path)
        const tooLarge = (controller: Dispatcher.DispatchController) => {
          body.drop()
          settle(err({ kind: 'tooLarge', limitBytes: maxResponseBytes }))
          controller.abort(new Error('answer too large'))
        }
        return {
          onHead: (status, headers, controller) => {
            head = { ...headOf(status, headers), headers }
            serverDate = dateOf(text(headers.date), clock.now())
            if (Number(text(headers['content-length'])) > maxResponseBytes) tooLarge(controller)
          },
          onData: (chunk, controller) => {
            size += chunk.length
            if (size > maxResponseBytes) tooLarge(controller)
            else body.add(chunk)
          },
          onEnd: () => {
            if (!head) return
            const arrivedAt = clock.monotonic()
            settle(ok({ ...head, body: body.take(), arrivedAt, tookMs: arrivedAt - startedAt, serverDate }))
          },
          onCut: body.drop,
        }
      }),
    )
  }

  return {
    read: (path, signal, headers = {}) => whole('GET', path, signal, { headers }),
    send: (method, path, signal, sending = {}) => whole(method, path, signal, sending),
    open: (path, signal, headers = {}) => {
      if (buffers) throw new Error('what is read as it comes would be read over: open streams with a pool without buffers')
      return untilFresh(() =>
        attempt<OpenReply>('GET', path, signal, { headers }, (settle, abort) => {
          let body: Readable | undefined
          return {
            onHead: (status, responseHeaders, controller) => {
              body = new Readable({
                read: () => {
                  if (controller.paused) controller.resume()
                },
                destroy: (error, callback) => {
                  if (!body?.readableEnded) abort(error ?? new Error('reader left'))
                  callback(error)
                },
              })
              // Callers that destroy the body with an error handle that; a late error must not crash the process.
              body.on('error', () => {})
              settle(ok({ ...headOf(status, responseHeaders), headers: responseHeaders, body }))
            },
            onData: (chunk, controller) => {
              if (body?.push(chunk) === false) controller.pause()
            },
            onEnd: () => body?.push(null),
            onCut: (error) => body?.destroy(error),
          }
        }),
      )
    },
    certificate: connector.certificate,
    lookAtCertificate: async (signal) => {
      const { protocol, hostname, host, port } = new URL(options.url)
      // Sockets want IPv6 addresses without the brackets of URLs.
      if (protocol === 'https:') await connector.look({ protocol, hostname: hostname.replace(/^\[|\]$/g, ''), host, port }, signal)
    },
    bytesRead: () => bytesRead,
    close: () => pool.destroy(),
  }
}
