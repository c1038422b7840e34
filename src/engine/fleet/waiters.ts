import type { Clock, Timer } from '../../clock/clock.ts'

/** Callers waiting for a change. They are answered together, at most once per `coalesceMs`. */
export interface Waiters {
  /** Resolves when something changed, after `waitMs`, or when the caller's signal is aborted. */
  readonly wait: (isNew: () => boolean, waitMs: number, signal: AbortSignal | undefined) => Promise<void>
  /** Something changed. */
  readonly wake: () => void
}

/** When `signal` is aborted all waiting callers are answered, and later ones don't wait. */
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
    wait: (isNew, waitMs, callerSignal) =>
      new Promise((resolve) => {
        if (signal.aborted || callerSignal?.aborted) return resolve()
        const done = () => {
          waiting.delete(done)
          clock.clearTimeout(limit)
          callerSignal?.removeEventListener('abort', done)
          if (waiting.size === 0) stopAnswering()
          resolve()
        }
        const limit = clock.setTimeout(done, waitMs)
        callerSignal?.addEventListener('abort', done, { once: true })
        waiting.add(done)
        if (isNew()) wake()
      }),
  }
}
