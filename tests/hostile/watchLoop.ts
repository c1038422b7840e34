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
  /** The third longest of them: a single one may be a collection of garbage, or time that a virtual machine's host took and counts as this thread's. */
  readonly thirdHoldMs: number
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

type Three = readonly [number, number, number]
const zeros: Three = [0, 0, 0]
/** The three longest with this one, longest first. */
function withOne(three: Three, ms: number): Three {
  const [first, second, third] = three
  if (ms <= third) return three
  if (ms <= second) return [first, second, ms]
  return ms <= first ? [first, ms, second] : [ms, first, second]
}

/** Returns a function that gives the three longest callbacks since its last call, ms of this thread's processor time. */
function watchCallbacks(): () => Three {
  let depth = 0
  let from = cpuMs()
  let longest = zeros
  const next = () => {
    const now = cpuMs()
    longest = withOne(longest, now - from)
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
    const seen = longest
    longest = zeros
    return seen
  }
}

/** Returns a function that gives the holds since its last call. */
export function watchLoop(): () => LoopHolds {
  const longestCallbacks = watchCallbacks()
  const none = { turns: zeros, longestWallMs: 0, starvedMs: 0 }
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
      turns: deniedMs < everyMs ? withOne(holds.turns, held) : holds.turns,
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
    const { turns, longestWallMs, starvedMs } = holds
    const callbacks = longestCallbacks()
    holds = none
    // A hold is seen both ways: the lists are compared place by place, not joined.
    return { longestHoldMs: Math.max(turns[0], callbacks[0]), thirdHoldMs: Math.max(turns[2], callbacks[2]), longestWallMs, starvedMs }
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
