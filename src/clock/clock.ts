/** A pending timer; opaque, given back to `clearTimeout`. */
export type Timer = { readonly id: unknown }

/**
 * The only source of time in the engine, the demo fleet and the headless server. Tests pass
 * `createTestClock()`, whose time they advance themselves.
 */
export interface Clock {
  /** Wall time, epoch milliseconds. May jump; used for labels and storage, never for rates. */
  readonly now: () => number
  /** Monotonic time in milliseconds from an arbitrary start, with fractions. Used for rates and time limits. */
  readonly monotonic: () => number
  /** Calls `run` once after `ms` (0 or more). */
  readonly setTimeout: (run: () => void, ms: number) => Timer
  readonly clearTimeout: (timer: Timer) => void
}

/** The machine's clock. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimeout: (run, ms) => ({ id: setTimeout(run, ms) }),
    clearTimeout: (timer) => clearTimeout(timer.id as ReturnType<typeof setTimeout>),
  }
}

/** Resolves after `ms`, or rejects with the signal's reason when it is aborted first. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const onAbort = () => {
      clock.clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = clock.setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** The reason of a signal that `timeLimit` aborted. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError'
  readonly limitMs: number
  constructor(limitMs: number) {
    super(`no answer within ${limitMs} ms`)
    this.limitMs = limitMs
  }
}

/**
 * A signal that aborts with `TimeLimitError` after `ms`, or with the parent's reason when the parent
 * aborts. Dispose it when the work is done: it holds a timer and a listener.
 */
export function timeLimit(clock: Clock, ms: number, parent?: AbortSignal): { readonly signal: AbortSignal; readonly [Symbol.dispose]: () => void } {
  const controller = new AbortController()
  const onParent = () => controller.abort(parent?.reason)
  const timer = clock.setTimeout(() => controller.abort(new TimeLimitError(ms)), ms)
  if (parent?.aborted) onParent()
  else parent?.addEventListener('abort', onParent, { once: true })
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clock.clearTimeout(timer)
      parent?.removeEventListener('abort', onParent)
    },
  }
}
