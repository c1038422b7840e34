import { createSemaphore, type Semaphore } from '../../clock/semaphore.ts'

/** A connection's place in the queue. */
export interface QueueTurn {
  /** Its last attempt failed: others go first, and such connections get at most half of the places, so that dead hosts do not delay the others. */
  readonly doubtful: boolean
  readonly signal: AbortSignal
}

/**
 * Limits how many connections are opened at once: a handshake costs some ms of CPU, and hundreds of them together would block
 * everything else.
 */
export interface ConnectQueue {
  /** Runs `work` when it is its turn. Rejects with the signal's reason when that is aborted before. */
  readonly run: <T>(turn: QueueTurn, work: () => Promise<T>) => Promise<T>
  readonly running: () => number
  readonly waiting: () => number
}

/** Connections opened at once in the whole engine. */
export const connectsAtOnce = 4

export function createConnectQueue(limit = connectsAtOnce): ConnectQueue {
  const places = createSemaphore(limit)
  const doubtfulPlaces = createSemaphore(Math.max(1, Math.floor(limit / 2)))
  let running = 0
  let waiting = 0

  const take = async (semaphore: Semaphore, { doubtful, signal }: QueueTurn) => {
    waiting++
    const isTaken = await semaphore.acquire(signal, doubtful)
    waiting--
    if (!isTaken) throw signal.reason
  }
  const runAtPlace: ConnectQueue['run'] = async (turn, work) => {
    await take(places, turn)
    running++
    try {
      return await work()
    } finally {
      running--
      places.release()
    }
  }
  return {
    run: async (turn, work) => {
      if (!turn.doubtful) return runAtPlace(turn, work)
      await take(doubtfulPlaces, turn)
      try {
        return await runAtPlace(turn, work)
      } finally {
        doubtfulPlaces.release()
      }
    },
    running: () => running,
    waiting: () => waiting,
  }
}
