import type { Clock } from '../clock/clock.ts'
import { type FromMedia, type MediaError, type MediaTools, type Snapshot, type SnapshotRequest, snapshotRequestSchema, type ToMedia } from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'

type Answer = Extract<FromMedia, { readonly id: number }>

/** The asking side's half of the media process: what was asked, and what becomes of it when the process dies. */
export interface MediaRequests {
  /** One picture; answers within the request's `timeoutMs` and a little, whatever becomes of the process. */
  readonly snapshot: (request: SnapshotRequest, signal?: AbortSignal) => Promise<Result<Snapshot, MediaError>>
  /** What pictures are made with there, if `ffmpeg` is what the operator names. */
  readonly tools: (ffmpeg: string, signal?: AbortSignal) => Promise<Result<MediaTools, MediaError>>
  /** A process is ready: what waits is asked now. What an earlier one was asked answers `crashed`. */
  readonly opened: (say: (message: ToMedia) => void) => void
  readonly answered: (message: Answer) => void
  /** The process died: what it was asked answers `crashed`, what waits goes on waiting. */
  readonly died: () => void
  /** Everything that was asked answers this. */
  readonly settleAll: (error: MediaError) => void
}

/** Deaths with the same address at work after which it is set aside, and for how long. */
const deathsLimit = 3
const setAsideMs = 600_000
/** Our own deadline comes after the process's: it is for a process that says nothing any more. */
const graceMs = 2_000
/** For a look at what is installed: each ffmpeg is started a few times. */
const toolsLimitMs = 15_000

interface Asked {
  readonly message: ToMedia
  /** What the process may die of; null: nothing that came from elsewhere. */
  readonly url: string | null
  readonly answer: (answer: Answer) => void
  readonly fail: (error: MediaError) => void
}

/**
 * `want` is called when something is asked and no process is ready. An address on which three processes died is set aside
 * for ten minutes.
 */
export function createMediaRequests({ clock, want }: { readonly clock: Clock; readonly want: () => void }): MediaRequests {
  const asked = new Map<number, Asked>()
  /** Asked and not yet sent: no process is ready. */
  const queue = new Set<Asked>()
  const deathsByUrl = new Map<string, { count: number; until: number }>()
  let say: ((message: ToMedia) => void) | null = null
  let nextId = 1

  const died = () => {
    say = null
    for (const one of [...asked.values()]) {
      if (queue.has(one)) continue
      if (one.url !== null) {
        const known = deathsByUrl.get(one.url) ?? { count: 0, until: 0 }
        known.count++
        if (known.count >= deathsLimit) known.until = clock.monotonic() + setAsideMs
        deathsByUrl.set(one.url, known)
      }
      one.fail({ kind: 'crashed' })
    }
  }

  /** Asks, now or when a process is ready; `read` takes from the answer what was asked for. */
  const ask = <T>(
    {
      message,
      url,
      timeoutMs,
      read,
    }: { readonly message: ToMedia; readonly url: string | null; readonly timeoutMs: number; readonly read: (answer: Answer) => T | null },
    signal: AbortSignal | undefined,
  ): Promise<Result<T, MediaError>> =>
    new Promise((resolve) => {
      const { id } = message
      const settle = (result: Result<T, MediaError>) => {
        if (!asked.delete(id)) return
        queue.delete(one)
        clock.clearTimeout(limit)
        signal?.removeEventListener('abort', onAbort)
        resolve(result)
      }
      const giveUp = (error: MediaError) => {
        if (!queue.has(one)) say?.({ kind: 'cancel', id })
        one.fail(error)
      }
      const onAbort = () => giveUp({ kind: 'cancelled' })
      const limit = clock.setTimeout(() => giveUp({ kind: 'timedOut', limitMs: timeoutMs }), timeoutMs + graceMs)
      const one: Asked = {
        message,
        url,
        answer: (answer) => {
          if (answer.kind === 'failed') return settle(err(answer.error))
          const value = read(answer)
          // An answer of another kind is none: the request keeps its own deadline.
          if (value !== null) settle(ok(value))
        },
        fail: (error) => settle(err(error)),
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      asked.set(id, one)
      if (say) say(message)
      else {
        queue.add(one)
        want()
      }
    })

  return {
    snapshot: (given, signal) => {
      if (signal?.aborted) return Promise.resolve(err({ kind: 'cancelled' }))
      const parsed = snapshotRequestSchema.safeParse(given)
      if (!parsed.success) return Promise.resolve(err({ kind: 'refusedAddress', because: 'otherForm' }))
      const request = parsed.data
      const aside = deathsByUrl.get(request.url)
      if (aside && aside.count >= deathsLimit) {
        const leftMs = aside.until - clock.monotonic()
        if (leftMs > 0) return Promise.resolve(err({ kind: 'setAside', untilMs: clock.now() + leftMs }))
        deathsByUrl.delete(request.url)
      }
      const read = (answer: Answer): Snapshot | null => {
        if (answer.kind !== 'snapshot') return null
        deathsByUrl.delete(request.url)
        return answer.snapshot
      }
      return ask({ message: { kind: 'snapshot', id: nextId++, request }, url: request.url, timeoutMs: request.timeoutMs, read }, signal)
    },
    tools: (ffmpeg, signal) => {
      if (signal?.aborted) return Promise.resolve(err({ kind: 'cancelled' }))
      const read = (answer: Answer) => (answer.kind === 'tools' ? answer.tools : null)
      return ask({ message: { kind: 'tools', id: nextId++, ffmpeg }, url: null, timeoutMs: toolsLimitMs, read }, signal)
    },
    opened: (next) => {
      if (say) died()
      say = next
      for (const { message } of queue) next(message)
      queue.clear()
    },
    answered: (message) => asked.get(message.id)?.answer(message),
    died,
    settleAll: (error) => {
      for (const one of [...asked.values()]) one.fail(error)
    },
  }
}
