import { createSemaphore, type Semaphore } from '../../clock/semaphore.ts'

/** A connection's place in the queue. */
export interface QueueTurn {
  /** Its last attempt failed: others go first, and such connections get at most half of the places, so that dead hosts do not delay the others. */
  readonly doubtful: boolean
  readonly signal: AbortSignal
}

/** Connections opened at once in the whole engine. */
const connectsAtOnce = 4

/** Limits how many connections are opened at once: a handshake costs some ms of CPU, and hundreds of them together would block everything else. */
export class ConnectQueue {
  readonly #places: Semaphore
  readonly #doubtfulPlaces: Semaphore

  constructor(limit = connectsAtOnce) {
    this.#places = createSemaphore(limit)
    this.#doubtfulPlaces = createSemaphore(Math.max(1, Math.floor(limit / 2)))
  }

  /** Runs `work` when it is its turn. Rejects with the signal's reason when that is aborted before. */
  run<T>(turn: QueueTurn, work: () => Promise<T>): Promise<T> {
    const atPlace = () => runAt(this.#places, turn, work)
    return turn.doubtful ? runAt(this.#doubtfulPlaces, turn, atPlace) : atPlace()
  }
}

async function runAt<T>(places: Semaphore, { doubtful, signal }: QueueTurn, work: () => Promise<T>): Promise<T> {
  if (!(await places.acquire(signal, doubtful))) throw signal.reason
  try {
    return await work()
  } finally {
    places.release()
  }
}
