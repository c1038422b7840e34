import type { Clock } from '../clock/clock.ts'
import { type FromMedia, type MediaError, type Snapshot, type SnapshotRequest, snapshotRequestSchema, type ToMedia } from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'

/** The asking side's half of the media process: what was asked, and what becomes of it when the process dies. */
export interface MediaRequests {
  /** One picture; answers within the request's `timeoutMs` and a little, whatever becomes of the process. */
  readonly snapshot: (request: SnapshotRequest, signal?: AbortSignal) => Promise<Result<Snapshot, MediaError>>
  /** A process is ready: what waits is asked now. What an earlier one was asked answers `crashed`. */
  readonly opened: (say: (message: ToMedia) => void) => void
  readonly answered: (message: Extract<FromMedia, { readonly id: number }>) => void
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

interface Asked {
  readonly id: number
  readonly request: SnapshotRequest
  readonly settle: (result: Result<Snapshot, MediaError>) => void
}

/**
 * `want` is called when something is asked and no process is ready. An address on which three processes died is set aside
 * for ten minutes.
 */
export const createMediaRequests = ({ clock, want }: { readonly clock: Clock; readonly want: () => void }): MediaRequests => {
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
      const known = deathsByUrl.get(one.request.url) ?? { count: 0, until: 0 }
      known.count++
      if (known.count >= deathsLimit) known.until = clock.monotonic() + setAsideMs
      deathsByUrl.set(one.request.url, known)
      one.settle(err({ kind: 'crashed' }))
    }
  }

  return {
    snapshot: (given, signal) => {
      if (signal?.aborted) return Promise.resolve(err({ kind: 'cancelled' }))
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
        const giveUp = (error: MediaError) => {
          if (!queue.has(one)) say?.({ kind: 'cancel', id })
          one.settle(err(error))
        }
        const onAbort = () => giveUp({ kind: 'cancelled' })
        const limit = clock.setTimeout(() => giveUp({ kind: 'timedOut', limitMs: request.timeoutMs }), request.timeoutMs + graceMs)
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
        if (say) say({ kind: 'snapshot', id, request })
        else {
          queue.add(one)
          want()
        }
      })
    },
    opened: (next) => {
      if (say) died()
      say = next
      for (const { id, request } of queue) next({ kind: 'snapshot', id, request })
      queue.clear()
    },
    answered: (message) => asked.get(message.id)?.settle(message.kind === 'snapshot' ? ok(message.snapshot) : err(message.error)),
    died,
    settleAll: (error) => {
      for (const one of [...asked.values()]) one.settle(err(error))
    },
  }
}
