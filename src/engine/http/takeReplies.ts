import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { dateOf } from '../../shared/serverClock.ts'
import type { BodyBuffers } from './bodyBuffers.ts'
import type { ReplyHead } from './serverFailure.ts'

/** One whole answer, any status. */
export interface WholeReply extends ReplyHead {
  readonly body: Buffer
  /** Monotonic arrival of the last byte. */
  readonly arrivedAt: number
  readonly tookMs: number
  /** Server's Date header, epoch ms. */
  readonly serverDate: number | null
}

/** One whole answer, with all of its headers. */
export interface SentReply extends WholeReply {
  readonly headers: ReplyHeaders
}

/** What is sent beside a path. */
export interface Sending {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS'

/** Takes one answer as it arrives. */
interface ReplyHandler {
  readonly onHead: (status: number, headers: ReplyHeaders, controller: Dispatcher.DispatchController) => void
  readonly onData: (chunk: Buffer, controller: Dispatcher.DispatchController) => void
  readonly onEnd: () => void
  /** Called on a failure after the head. */
  readonly onCut: (error: Error) => void
}
/** Begins to take an answer. `settle` ends the request with an outcome, and only its first call counts; `abort` breaks it off. */
export type TakeReply<T> = (settle: (value: Result<T, ServerError>) => void, abort: (reason: Error) => void) => ReplyHandler

const text = (value: string | readonly string[] | undefined): string => (typeof value === 'string' ? value : (value?.[0] ?? ''))

const headOf = (status: number, headers: ReplyHeaders): ReplyHead => ({
  status,
  contentType: text(headers['content-type']),
  server: text(headers.server),
  location: text(headers.location),
})

/** Takes a complete answer of at most `limitBytes`. The time that it took counts from this call, over all attempts. */
export function takeWhole(clock: Clock, limitBytes: number, newBody: () => WholeBody): TakeReply<SentReply> {
  const startedAt = clock.monotonic()
  return (settle) => {
    let head: (ReplyHead & Pick<SentReply, 'headers'>) | undefined
    let serverDate: number | null = null
    let size = 0
    const body = newBody()
    const tooLarge = (controller: Dispatcher.DispatchController) => {
      body.drop()
      settle(err({ kind: 'tooLarge', limitBytes }))
      controller.abort(new Error('answer too large'))
    }
    return {
      onHead: (status, headers, controller) => {
        head = { ...headOf(status, headers), headers }
        serverDate = dateOf(text(headers.date), clock.now())
        if (Number(text(headers['content-length'])) > limitBytes) tooLarge(controller)
      },
      onData: (chunk, controller) => {
        size += chunk.length
        if (size > limitBytes) tooLarge(controller)
        else body.add(chunk)
      },
      onEnd: () => {
        if (!head) return
        const arrivedAt = clock.monotonic()
        settle(ok({ ...head, body: body.take(), arrivedAt, tookMs: arrivedAt - startedAt, serverDate }))
      },
      onCut: body.drop,
    }
  }
}

/** Takes the head of an answer, and its body as fast as the caller reads it. */
export function takeOpen(): TakeReply<OpenReply> {
  return (settle, abort) => {
    let body: Readable | undefined
    return {
      onHead: (status, headers, controller) => {
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
        settle(ok({ ...headOf(status, headers), headers, body }))
      },
      onData: (chunk, controller) => {
        if (body?.push(chunk) === false) controller.pause()
      },
      onEnd: () => body?.push(null),
      onCut: (error) => body?.destroy(error),
    }
  }
}
/** An answer whose body is still arriving. The caller must read it to the end or destroy it. */
export interface OpenReply extends ReplyHead {
  readonly headers: ReplyHeaders
  readonly body: Readable
}
/** Headers of an answer by their names, which are in lower case. */
type ReplyHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** Most paths whose answer lengths are remembered. */
const mostExpected = 50

const unpooled: Pick<BodyBuffers, 'take' | 'give'> = { take: (bytes) => Buffer.allocUnsafeSlow(bytes), give: () => {} }

/** Collects bodies of answers, in memory that is used again where there are buffers to which they are returned. */
export function createWholeBodies(buffers = unpooled) {
  /** Lengths of answers by path, as the next one is rarely much longer. */
  const expectedBytes = new Map<string, number>()
  /** The body of one answer while it arrives. */
  return (path: string) => {
    let size = 0
    let whole: Buffer | null = null
    return {
      add: (chunk: Buffer): void => {
        const from = size
        size += chunk.length
        if (whole === null || whole.length < size) {
          const larger = buffers.take(Math.max(expectedBytes.get(path) ?? 0, 2 * size))
          if (whole !== null) {
            whole.copy(larger, 0, 0, from)
            buffers.give(whole)
          }
          whole = larger
        }
        chunk.copy(whole, from)
      },
      /** Returns the whole body. The caller owns it from here on. */
      take: (): Buffer => {
        if (whole === null) return Buffer.alloc(0)
        if (expectedBytes.size < mostExpected || expectedBytes.has(path)) expectedBytes.set(path, Math.ceil(size * 1.02))
        const body = whole.subarray(0, size)
        whole = null
        return body
      },
      /** Discards the data so far. */
      drop: (): void => {
        if (whole !== null) buffers.give(whole)
        whole = null
      },
    }
  }
}
type WholeBody = ReturnType<ReturnType<typeof createWholeBodies>>
