// Watches the event loop of a process from within. Loaded before the console's process by its test (node --import), it
// answers each message with what it saw since the last one.
import { createHook, executionAsyncResource } from 'node:async_hooks'
import { isMainThread } from 'node:worker_threads'

export interface LoopHolds {
  /**
   * Longest time that the loop was held, ms of this thread's own processor time: other programs don't count. By one callback, or by a turn
   * with all that was ready in it. After others had the processor that is what piled up meanwhile, and only callbacks count.
   */
  readonly longestHoldMs: number
  /** The same by the clock: with what other programs took. */
  readonly longestWallMs: number
  /** Together, ms: how long this thread wanted to run and did not get a processor, where that was long enough to delay a poll. */
  readonly starvedMs: number
}
export interface LoopUse extends LoopHolds {
  /** After a garbage collection: objects and buffers. */
  readonly usedBytes: number
  readonly rssBytes: number
}

/** A turn is seen where a timer fires late; between two of them lie at most so many ms of other turns. */
const everyMs = 5
const starvedFromMs = 100

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Ticks and microtasks belong to the callback that they follow: the loop goes on only behind them. */
const isTick = (resource: object): boolean => ['Object', 'AsyncResource'].includes(resource.constructor?.name)

/** Returns a function that gives the longest callback since its last call, ms of this thread's processor time. */
function watchCallbacks(): () => number {
  let depth = 0
  let from = cpuMs()
  let longestMs = 0
  const next = () => {
    const now = cpuMs()
    longestMs = Math.max(longestMs, now - from)
    from = now
  }
  createHook({
    before: () => {
      if (depth++ === 0 && !isTick(executionAsyncResource())) next()
    },
    after: () => void depth--,
    trackPromises: false,
  }).enable()
  return () => {
    next()
    const seen = longestMs
    longestMs = 0
    return seen
  }
}

/** Returns a function that gives the holds since its last call. */
export function watchLoop(): () => LoopHolds {
  const longestCallbackMs = watchCallbacks()
  const none: LoopHolds = { longestHoldMs: 0, longestWallMs: 0, starvedMs: 0 }
  let holds = none
  let cpu = cpuMs()
  let wall = performance.now()
  /** How long others had the processor since a turn was last on time. */
  let deniedMs = 0
  const look = () => {
    const [cpuNow, wallNow] = [cpuMs(), performance.now()]
    const [held, late] = [cpuNow - cpu - everyMs, wallNow - wall - everyMs]
    const denied = Math.max(0, late - held)
    deniedMs += denied
    holds = {
      longestHoldMs: deniedMs < everyMs ? Math.max(holds.longestHoldMs, held) : holds.longestHoldMs,
      longestWallMs: Math.max(holds.longestWallMs, late),
      starvedMs: holds.starvedMs + (denied >= starvedFromMs ? denied : 0),
    }
    if (late < everyMs) deniedMs = 0
    cpu = cpuNow
    wall = wallNow
  }
  setInterval(look, everyMs).unref()
  return () => {
    look()
    const seen = { ...holds, longestHoldMs: Math.max(holds.longestHoldMs, longestCallbackMs()) }
    holds = none
    return seen
  }
}

if (isMainThread && process.argv[1]?.endsWith('serveChild.ts')) {
  const holds = watchLoop()
  // The test was killed: it can't end this process any more.
  process.on('disconnect', () => process.exit(1))
  process.on('message', async () => {
    const seen = holds()
    globalThis.gc?.()
    // Memory of buffers that the first one found unused is given back a little later.
    await new Promise((resolve) => setTimeout(resolve, 200))
    globalThis.gc?.()
    const { heapUsed, external, rss } = process.memoryUsage()
    // Not counted: what the collection took.
    holds()
    process.send?.({ ...seen, usedBytes: heapUsed + external, rssBytes: rss } satisfies LoopUse)
  })
}
