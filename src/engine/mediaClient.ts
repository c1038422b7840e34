import type { Clock, Timer } from '../clock/clock.ts'
import { type FromMedia, fromMediaSchema, type MediaError, type Snapshot, type SnapshotRequest, snapshotRequestSchema, type ToMedia } from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'

/** Pictures of streams, made in a process of their own. */
export interface MediaClient {
  /** One picture; answers within the request's `timeoutMs` and a little, whatever becomes of the process. */
  readonly snapshot: (request: SnapshotRequest, signal?: AbortSignal) => Promise<Result<Snapshot, MediaError>>
  /** The running process; null while there is none. */
  readonly pid: () => number | null
  /** Ends the process; requests under way answer `cancelled`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** A media process, however it is started: a child of Node, or a utilityProcess of Electron. */
export interface MediaChild {
  readonly pid: () => number | null
  /** Does nothing when the process is gone. */
  readonly post: (message: ToMedia) => void
  /** Ends it at once: blocked native reads would keep it for as long as they like. */
  readonly kill: () => void
}
/** Starts a media process with this environment. `onEnd` is called once, however it ends. */
export type StartMediaChild = (
  env: Readonly<Record<string, string>>,
  on: { readonly onMessage: (message: unknown) => void; readonly onEnd: (why: string) => void },
) => MediaChild

/** Threads of libuv's pool in the media process: each blocked read holds one, name lookups need some too. */
const threads = 32
const firstBackoffMs = 250
const longestBackoffMs = 30_000
/** Deaths with the same address at work after which it is set aside, and for how long. */
const deathsLimit = 3
const setAsideMs = 600_000
/** Our own deadline comes after the process's: it is for a process that says nothing any more. */
const graceMs = 2_000
/** Passed on to the child: nothing that could hold a secret. */
const passedOn = ['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'LANG', 'TZ', 'LD_LIBRARY_PATH'] as const

interface Asked {
  readonly id: number
  readonly request: SnapshotRequest
  readonly settle: (result: Result<Snapshot, MediaError>) => void
}

/**
 * Starts the media process at the first request and keeps it alive.
 *
 * 1. At most one process exists; after a death the next one waits 0.25 s, doubling up to 30 s, until one answers again.
 * 2. What was asked of a process that died answers `crashed`; what waits for the next one is asked then.
 * 3. An address on which three processes died is set aside for ten minutes.
 */
export const createMediaClient = ({
  clock,
  log,
  start,
}: {
  readonly clock: Clock
  readonly log: { readonly warn: (facts: object, text: string) => void }
  readonly start: StartMediaChild
}): MediaClient => {
  const asked = new Map<number, Asked>()
  /** Asked and not yet sent: no process is ready. */
  const queue = new Set<Asked>()
  const deathsByUrl = new Map<string, { count: number; until: number }>()
  let child: MediaChild | null = null
  let isReady = false
  let unavailable: string | null = null
  let waiting: Timer | null = null
  let deaths = 0
  let nextId = 1
  let closed = false
  let onGone: () => void = () => {}

  const onMessage = (message: FromMedia) => {
    switch (message.kind) {
      case 'ready':
        isReady = true
        for (const one of queue) post(one)
        queue.clear()
        return
      case 'unavailable':
        unavailable = message.detail
        for (const one of [...asked.values()]) one.settle(err({ kind: 'unavailable', detail: message.detail }))
        child?.kill()
        return
      case 'snapshot':
        deaths = 0
        asked.get(message.id)?.settle(ok(message.snapshot))
        return
      case 'failed':
        deaths = 0
        asked.get(message.id)?.settle(err(message.error))
        return
    }
  }
  const run = () => {
    waiting = null
    const passed = Object.fromEntries(passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
    isReady = false
    const onEnd = (why: string) => {
      if (child !== born) return
      child = null
      isReady = false
      onGone()
      if (closed || unavailable !== null) return
      deaths++
      log.warn({ why, deaths }, 'the media process ended and is started again')
      for (const one of [...asked.values()]) {
        if (queue.has(one)) continue
        const known = deathsByUrl.get(one.request.url) ?? { count: 0, until: 0 }
        known.count++
        if (known.count >= deathsLimit) known.until = clock.monotonic() + setAsideMs
        deathsByUrl.set(one.request.url, known)
        one.settle(err({ kind: 'crashed' }))
      }
      waiting = clock.setTimeout(run, Math.min(firstBackoffMs * 2 ** (deaths - 1), longestBackoffMs))
    }
    const born = start(
      { ...passed, UV_THREADPOOL_SIZE: String(threads) },
      {
        onMessage: (message) => {
          const parsed = fromMediaSchema.safeParse(message)
          if (parsed.success) onMessage(parsed.data)
          // Native code went astray in there: nothing it says can be relied on.
          else born.kill()
        },
        onEnd,
      },
    )
    child = born
  }
  const say = (message: ToMedia) => {
    child?.post(message)
  }
  const post = (one: Asked) => say({ kind: 'snapshot', id: one.id, request: one.request })

  return {
    snapshot: (given, signal) => {
      if (closed || signal?.aborted) return Promise.resolve(err({ kind: 'cancelled' }))
      if (unavailable !== null) return Promise.resolve(err({ kind: 'unavailable', detail: unavailable }))
      const parsed = snapshotRequestSchema.safeParse(given)
      if (!parsed.success) return Promise.resolve(err({ kind: 'refusedAddress', detail: 'the request has another form' }))
      const request = parsed.data
      const aside = deathsByUrl.get(request.url)
      if (aside && aside.count >= deathsLimit) {
        const leftMs = aside.until - clock.monotonic()
        if (leftMs > 0) return Promise.resolve(err({ kind: 'setAside', untilMs: clock.now() + leftMs }))
        deathsByUrl.delete(request.url)
      }
      return new Promise((resolve) => {
        const id = nextId++
        const onAbort = () => {
          say({ kind: 'cancel', id })
          one.settle(err({ kind: 'cancelled' }))
        }
        const limit = clock.setTimeout(() => {
          say({ kind: 'cancel', id })
          one.settle(err({ kind: 'timedOut', limitMs: request.timeoutMs }))
        }, request.timeoutMs + graceMs)
        const one: Asked = {
          id,
          request,
          settle: (result) => {
            if (!asked.delete(id)) return
            queue.delete(one)
            clock.clearTimeout(limit)
            signal?.removeEventListener('abort', onAbort)
            if (result.ok) deathsByUrl.delete(request.url)
            resolve(result)
          },
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        asked.set(id, one)
        if (isReady) post(one)
        else {
          queue.add(one)
          if (child === null && waiting === null) run()
        }
      })
    },
    pid: () => child?.pid() ?? null,
    [Symbol.asyncDispose]: async () => {
      closed = true
      if (waiting !== null) clock.clearTimeout(waiting)
      for (const one of [...asked.values()]) one.settle(err({ kind: 'cancelled' }))
      const last = child
      if (last === null) return
      await new Promise<void>((resolve) => {
        onGone = resolve
        last.kill()
      })
    },
  }
}
