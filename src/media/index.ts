// Entry of the media process: a child of Node (IPC), or a utilityProcess of Electron (parentPort). It reads streams of
// strangers with native code and may crash for it; whoever started it starts it again. UV_THREADPOOL_SIZE is set by that
// one: each blocked read holds a thread of libuv's pool, and the pool's size is fixed when the process starts.
import { setPriority } from 'node:os'
import { createSystemClock, TimeLimitError, timeLimit } from '../clock/clock.ts'
import { type FromMedia, type MediaError, toMediaSchema, type WholeSnapshotRequest } from '../shared/media.ts'
import { checkSourceAddress } from './sourceAddress.ts'

/** Snapshots at once: more only share the same cores, each with its own memory. */
const maxAtOnce = 4
/** An aborted read that has not come back after this long is stuck in native code. */
const stuckAfterMs = 5_000
/** So many stuck reads and this process is of no more use: it ends, and is started again. */
const maxStuck = 3

interface ParentPort {
  readonly postMessage: (message: unknown) => void
  readonly on: (event: 'message', listener: (event: { readonly data: unknown }) => void) => void
}
const parentPort = (process as { readonly parentPort?: ParentPort }).parentPort
const send = (message: FromMedia) => (parentPort ? parentPort.postMessage(message) : process.send?.(message))

const clock = createSystemClock()
const running = new Map<number, AbortController>()
const waiting: (() => void)[] = []
let atWork = 0
let stuck = 0

const turn = (signal: AbortSignal): Promise<boolean> => {
  if (atWork < maxAtOnce) {
    atWork++
    return Promise.resolve(true)
  }
  return new Promise((resolve) => {
    const begin = () => {
      signal.removeEventListener('abort', leave)
      atWork++
      resolve(true)
    }
    const leave = () => {
      waiting.splice(waiting.indexOf(begin), 1)
      resolve(false)
    }
    signal.addEventListener('abort', leave, { once: true })
    waiting.push(begin)
  })
}
const endTurn = () => {
  atWork--
  waiting.shift()?.()
}

try {
  // The console's polling goes first.
  setPriority(10)
} catch {
  // Not every system lets us; then we just aren't polite.
}

const start = async () => {
  const { takeSnapshot } = await import('./takeSnapshot.ts')

  const snapshot = async (id: number, request: WholeSnapshotRequest) => {
    const startedAt = clock.monotonic()
    const own = new AbortController()
    running.set(id, own)
    const limit = timeLimit(clock, request.timeoutMs, own.signal)
    const { signal } = limit
    const fail = (error: MediaError) => send({ kind: 'failed', id, error })
    const calledOff = (): MediaError => (signal.reason instanceof TimeLimitError ? { kind: 'timedOut', limitMs: request.timeoutMs } : { kind: 'cancelled' })
    try {
      const source = await checkSourceAddress(request.url)
      if (!source.ok) return fail({ kind: 'refusedAddress', detail: source.error })
      if (signal.aborted || !(await turn(signal))) return fail(calledOff())
      const work = takeSnapshot(source.value, { ...request, signal }).finally(endTurn)
      // The answer keeps its deadline even where native code does not let go in time.
      const aborted = new Promise<null>((resolve) => {
        if (signal.aborted) resolve(null)
        else signal.addEventListener('abort', () => resolve(null), { once: true })
      })
      const taken = await Promise.race([work, aborted])
      if (taken === null) {
        const watch = clock.setTimeout(() => {
          stuck++
          if (stuck >= maxStuck) process.exit(70)
        }, stuckAfterMs)
        void work.catch(() => {}).finally(() => clock.clearTimeout(watch))
        return fail(calledOff())
      }
      if (taken.ok) send({ kind: 'snapshot', id, snapshot: { ...taken.value, tookMs: clock.monotonic() - startedAt } })
      else fail(taken.error.kind === 'cancelled' && signal.aborted ? calledOff() : taken.error)
    } catch (error) {
      fail({ kind: 'undecodable', detail: error instanceof Error ? error.name : 'unknown' })
    } finally {
      limit[Symbol.dispose]()
      running.delete(id)
    }
  }

  const onMessage = (message: unknown) => {
    const parsed = toMediaSchema.safeParse(message)
    if (!parsed.success) throw new Error('a message of another form came')
    switch (parsed.data.kind) {
      case 'snapshot':
        void snapshot(parsed.data.id, parsed.data.request)
        return
      case 'cancel':
        running.get(parsed.data.id)?.abort()
        return
    }
  }
  if (parentPort) parentPort.on('message', (event) => onMessage(event.data))
  else {
    process.on('message', onMessage)
    process.on('disconnect', () => process.exit(0))
  }
  send({ kind: 'ready' })
}
start().catch((error: unknown) => {
  // A packaged build carries no FFmpeg; some systems have no binary of it.
  send({
    kind: 'unavailable',
    detail: error instanceof Error && 'code' in error ? `FFmpeg is not part of this build (${String(error.code)})` : 'FFmpeg could not be loaded',
  })
})
