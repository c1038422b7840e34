/** How a connection waits for its turn. */
export interface QueueTurn {
  /** Failed the last time: lets others go first, and takes at most half of the places, so that dead hosts keep nobody waiting. */
  readonly doubtful: boolean
  readonly signal: AbortSignal
}

/**
 * Lets few connections be made at once: a handshake costs some ms of CPU, and hundreds of them together would hold
 * everything else up.
 */
export interface ConnectQueue {
  /** Runs `work` when it is its turn. Rejects with the signal's reason when that is aborted before. */
  readonly run: <T>(turn: QueueTurn, work: () => Promise<T>) => Promise<T>
  readonly running: () => number
  readonly waiting: () => number
}

/** As many at once in the whole engine. */
export const connectsAtOnce = 4

interface Waiting {
  readonly doubtful: boolean
  readonly start: () => void
}

export function createConnectQueue(limit = connectsAtOnce): ConnectQueue {
  const waiting = new Set<Waiting>()
  const doubtfulLimit = Math.max(1, Math.floor(limit / 2))
  let running = 0
  let doubtfulRunning = 0

  const next = () => {
    while (running < limit) {
      let chosen: Waiting | null = null
      for (const one of waiting) {
        if (!one.doubtful) {
          chosen = one
          break
        }
        if (doubtfulRunning < doubtfulLimit) chosen ??= one
      }
      if (chosen === null) return
      waiting.delete(chosen)
      running++
      if (chosen.doubtful) doubtfulRunning++
      chosen.start()
    }
  }

  const turnOf = ({ doubtful, signal }: QueueTurn) =>
    new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const onAbort = () => {
        waiting.delete(one)
        reject(signal.reason)
      }
      const one: Waiting = {
        doubtful,
        start: () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      waiting.add(one)
      next()
    })

  return {
    run: async (turn, work) => {
      await turnOf(turn)
      try {
        return await work()
      } finally {
        running--
        if (turn.doubtful) doubtfulRunning--
        next()
      }
    },
    running: () => running,
    waiting: () => waiting.size,
  }
}
