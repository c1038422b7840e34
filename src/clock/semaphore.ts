/** Limits how many callers run at once. The others wait in order of arrival; low-priority callers run after all others. */
export interface Semaphore {
  /** true: a slot is held, to be returned with `release`. false: the signal aborted first. */
  readonly acquire: (signal: AbortSignal, isLowPriority?: boolean) => Promise<boolean>
  readonly release: () => void
  readonly wake: () => void
}

/** `mostAtOnce`: asked each time; after it has grown, call `wake`. */
export function createSemaphore(mostAtOnce: number | (() => number)): Semaphore {
  const ahead = new Set<() => void>()
  const behind = new Set<() => void>()
  let held = 0
  const most = typeof mostAtOnce === 'number' ? () => mostAtOnce : mostAtOnce
  const wake = (): void => {
    while (held < most() && ahead.size + behind.size > 0) {
      const [next] = ahead.size > 0 ? ahead : behind
      next?.()
    }
  }
  return {
    acquire: (signal, isLowPriority = false) => {
      if (signal.aborted) return Promise.resolve(false)
      if (held < most()) {
        held++
        return Promise.resolve(true)
      }
      const waiting = isLowPriority ? behind : ahead
      return new Promise((resolve) => {
        const begin = () => {
          signal.removeEventListener('abort', leave)
          waiting.delete(begin)
          held++
          resolve(true)
        }
        const leave = () => {
          waiting.delete(begin)
          resolve(false)
        }
        signal.addEventListener('abort', leave, { once: true })
        waiting.add(begin)
      })
    },
    wake,
    release: () => {
      held--
      wake()
    },
  }
}

/** Runs a call in a slot of its own. Where the signal aborts while it waits for one, it is not begun, and rejects with the signal's reason. */
export async function inTurn<T>(semaphore: Semaphore, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  if (!(await semaphore.acquire(signal))) throw signal.reason
  try {
    return await run()
  } finally {
    semaphore.release()
  }
}

/** Runs calls one after the other, in order of arrival. One whose signal aborts while it waits is not begun, and rejects with the signal's reason. */
export function oneAtATime() {
  const semaphore = createSemaphore(1)
  return <T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> => inTurn(semaphore, signal, run)
}

const hourMs = 3_600_000

/**
 * A token bucket, full at first. The returned function takes one token; false: none is left. `atOnce`: how many it holds at most; where this grows,
 * the difference is available immediately. `anHour`: how many come in an hour. `now`: monotonic, ms.
 */
export function createAllowance(): (atOnce: number, anHour: number, now: number) => boolean {
  let left = Number.POSITIVE_INFINITY
  let most = 0
  let at = 0
  return (atOnce, anHour, now) => {
    left = Math.min(atOnce, left + Math.max(0, atOnce - most) + ((now - at) / hourMs) * anHour)
    most = atOnce
    at = now
    if (left < 1) return false
    left--
    return true
  }
}
