// Watches the event loop of a process from within. Loaded before the console's process by its test (node --import), it
// answers each message with what it saw since the last one.
import { isMainThread } from 'node:worker_threads'

export interface LoopHolds {
  /** Longest time that a turn of the loop held it, ms of this thread's own processor time: other programs don't count. */
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

/** Returns a function that gives the holds since its last call. */
export function watchLoop(): () => LoopHolds {
  const cpuMs = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  let holds: LoopHolds = { longestHoldMs: 0, longestWallMs: 0, starvedMs: 0 }
  let cpu = cpuMs()
  let wall = performance.now()
  const look = () => {
    const [cpuNow, wallNow] = [cpuMs(), performance.now()]
    const [held, late] = [cpuNow - cpu - everyMs, wallNow - wall - everyMs]
    holds = {
      longestHoldMs: Math.max(holds.longestHoldMs, held),
      longestWallMs: Math.max(holds.longestWallMs, late),
      starvedMs: holds.starvedMs + (late - held >= starvedFromMs ? late - held : 0),
    }
    cpu = cpuNow
    wall = wallNow
  }
  setInterval(look, everyMs).unref()
  return () => {
    look()
    const seen = holds
    holds = { longestHoldMs: 0, longestWallMs: 0, starvedMs: 0 }
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
