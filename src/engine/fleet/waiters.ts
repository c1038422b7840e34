import type { Clock, Timer } from '../../clock/clock.ts'

/** Those who wait for a change: answered together, at most every `coalesceMs`. */
export interface Waiters {
  /** Resolves when there is something new, at the limit, or when the signal of whoever waits is aborted. */
  readonly wait: (isNew: () => boolean, waitMs: number, signal: AbortSignal | undefined) => Promise<void>
  /** Something changed. */
  readonly wake: () => void
}

/** When `signal` is aborted, all are answered, and later ones at once. */
export function createWaiters(clock: Clock, coalesceMs: number, signal: AbortSignal): Waiters {
  const waiting = new Set<() => void>()
  let lastAnswerAt = Number.NEGATIVE_INFINITY
  let answering: Timer | null = null

  const stopAnswering = () => {
    if (answering !== null) clock.clearTimeout(answering)
    answering = null
  }
  const answerAll = () => {
    stopAnswering()
    lastAnswerAt = clock.monotonic()
    const all = [...waiting]
    waiting.clear()
    for (const answer of all) answer()
  }
  const wake = () => {
    if (waiting.size === 0 || answering !== null) return
    answering = clock.setTimeout(answerAll, Math.max(0, lastAnswerAt + coalesceMs - clock.monotonic()))
  }
  signal.addEventListener('abort', answerAll)
  return {
    wake,
    wait: (isNew, waitMs, theirs) =>
      new Promise((resolve) => {
        if (signal.aborted || theirs?.aborted) return resolve()
        const done = () => {
          waiting.delete(done)
          clock.clearTimeout(limit)
          theirs?.removeEventListener('abort', done)
          if (waiting.size === 0) stopAnswering()
          resolve()
        }
        const limit = clock.setTimeout(done, waitMs)
        theirs?.addEventListener('abort', done, { once: true })
        waiting.add(done)
        if (isNew()) wake()
      }),
  }
}
