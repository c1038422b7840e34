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

/** What `work` resolves to; null: it takes longer than `ms`, or `parent` was aborted meanwhile. It goes on then, and nobody waits for it. */
export async function inTime<T>(clock: Clock, ms: number, work: Promise<T>, parent?: AbortSignal): Promise<T | null> {
  using limit = timeLimit(clock, ms, parent)
  if (limit.signal.aborted) {
    work.catch(() => {})
    return null
  }
  return await Promise.race([work, new Promise<null>((resolve) => limit.signal.addEventListener('abort', () => resolve(null), { once: true }))])
}

/** Backoff after `failures` failures in a row: starts at `firstMs`, doubles each time, and stays at `longestMs`. */
export function doublingMs(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1))
}

/** Servers' slots differ by less than this. A larger step back means that the clock was set back, and is kept. */
const longestDisorderMs = 60_000

/** `at`, raised to the previous entry's time if that is slightly later, so that entries stay in order of arrival. */
export function notBefore(last: number, at: number): number {
  return at < last && last - at < longestDisorderMs ? last : at
}

/** Converts a monotonic time to wall time, by the wall clock's present setting, in whole milliseconds. */
export function wallAt(clock: Clock, monotonicAt: number): number {
  return Math.round(clock.now() - (clock.monotonic() - monotonicAt))
}

/** A difference between the clocks below this is drift, not a change of the wall clock, ms. */
const leastMs = 1_000

/**
 * Returns a function that looks whether somebody has set the wall clock back since the last look, and calls `heed` with the amount, ms.
 * Where `heed` throws, the next look finds it again.
 */
export function createSetBackWatch(clock: Pick<Clock, 'now' | 'monotonic'>, heed: (backMs: number) => void): () => void {
  // Changes only when the clock is set.
  const ahead = () => clock.monotonic() - clock.now()
  let seen = ahead()
  return () => {
    const now = ahead()
    if (now - seen > leastMs) heed(now - seen)
    seen = now
  }
}

/** Waits until the time is over, the signal is aborted, or somebody calls `hurry`, which does nothing from then on. */
export function hurriedPause(clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>, one: { hurry: () => void }, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clock.clearTimeout(timer)
      signal.removeEventListener('abort', done)
      one.hurry = () => {}
      resolve()
    }
    const timer = clock.setTimeout(done, ms)
    one.hurry = done
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
