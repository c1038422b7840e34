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

/** Of time that this process did not run, stopped, asleep or starved, not more than this counts at once, ms. */
const sliceMs = 1_000
/** A timer this late ran before what had arrived meanwhile was read, ms: that takes one more, as long as this. */
const lateMs = 100

/** Calls `run` once, after this process has run for `ms` and has read what had arrived by then. Returns what cancels it. */
export function afterRunning(clock: Clock, ms: number, run: () => void): () => void {
  let timer: Timer
  const wait = (leftMs: number) => {
    const forMs = Math.min(sliceMs, leftMs)
    const due = clock.monotonic() + forMs
    timer = clock.setTimeout(() => {
      if (leftMs > forMs) wait(leftMs - forMs)
      else if (clock.monotonic() - due > lateMs) timer = clock.setTimeout(run, lateMs)
      else run()
    }, forMs)
  }
  wait(ms)
  return () => clock.clearTimeout(timer)
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
 * A signal that aborts with `TimeLimitError` after this process has run for `ms`, or with the parent's reason when the parent
 * aborts. Dispose it when the work is done: it holds a timer and a listener.
 */
export function timeLimit(clock: Clock, ms: number, parent?: AbortSignal): { readonly signal: AbortSignal; readonly [Symbol.dispose]: () => void } {
  const controller = new AbortController()
  const onParent = () => controller.abort(parent?.reason)
  const cancel = afterRunning(clock, ms, () => controller.abort(new TimeLimitError(ms)))
  if (parent?.aborted) onParent()
  else parent?.addEventListener('abort', onParent, { once: true })
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      cancel()
      parent?.removeEventListener('abort', onParent)
    },
  }
}
