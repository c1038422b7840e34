import type { Dispatcher } from 'undici'
import type { ServerError } from '../../shared/errors.ts'
import { err, type Result } from '../../shared/result.ts'
import { failureToServerError, isBrokenConnection } from './serverFailure.ts'
import type { ServerConnector } from './serverTls.ts'
import type { Method, Sending, TakeReply } from './takeReplies.ts'

interface RequestsDeps {
  readonly pool: Dispatcher
  readonly connector: Pick<ServerConnector, 'dialling' | 'opened' | 'abandon' | 'alert'>
  /** How many connections the pool has at most. */
  readonly connections: number
  readonly userAgent: string
  /** Of the server. */
  readonly port: number
  /** Grows with each body. */
  readonly traffic: { bodyBytes: number; requests: number }
}

/** `again`: the server closed a reused socket before an answer began. */
type Outcome<T> = { readonly result: Result<T, ServerError> } | { readonly again: true }

/** Makes the requests of one pool, and sends those again that may be (see `createServerPool`, 2). */
export function createRequests({ pool, connector, connections, userAgent, port, traffic }: RequestsDeps) {
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

  return async <T>(method: Method, path: string, signal: AbortSignal, sending: Sending, takeReply: TakeReply<T>): Promise<Result<T, ServerError>> => {
    for (let tries = 0; tries <= connections; tries++) {
      const outcome = await attempt(method, path, signal, sending, takeReply)
      if ('result' in outcome) return outcome.result
    }
    return err({ kind: 'unreachable', reason: 'reset' })
  }
}
