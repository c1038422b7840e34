import { type Clock, timeLimit } from './clock.ts'

interface EveryOptions {
  /** Milliseconds between slots; a function is called again for each slot. */
  readonly intervalMs: number | (() => number)
  /** Time limit of one run in milliseconds; its signal aborts with `TimeLimitError`. null: the run has its own limits and gets the loop's signal. */
  readonly timeoutMs: number | null
  /** Spreads loops out: the same seed has the same phase after each restart. */
  readonly seed: string
  /**
   * Phases are multiples of this many milliseconds. By default loops wake together at whole seconds, which saves most of the cost of many short ones; those
   * that ask other machines spread out with a smaller step.
   */
  readonly phaseStepMs?: number
  readonly signal: AbortSignal
  /** Called after each run: milliseconds to the next run, regardless of slots; null: wait for the next slot. */
  readonly delayMs?: () => number | null
  /** Waits this long before the first run instead of running at once. */
  readonly firstDelayMs?: number
  /** Called with the number of slots missed because a run took too long or the machine slept. */
  readonly onMissed?: (count: number) => void
  /** Called with the error of a run that threw; the loop continues. Not called for cancellation and time limits, which are no bugs. */
  readonly onBug: (error: unknown) => void
}

/** A timer this late was delayed by more than a busy event loop: the machine slept or froze. */
const lateMs = 1_000

const wholeSecondMs = 1_000

/** FNV-1a, 32 bit: spreads short strings evenly; not for security. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/**
 * Runs `run` immediately (or after `firstDelayMs`), then in each slot.
 *
 * 1. A loop never overlaps itself: a slot that opens during a run is missed, and counted.
 * 2. Missed slots are never made up in a burst.
 * 3. A slot's time `at` is computed (phase + n × interval), not read from the clock when the timer fires a little late.
 *    After the machine slept it is read from the clock: a slot that opened during the sleep was missed.
 * 4. The phase comes from `seed`, so a hundred loops spread out the same way after each restart.
 *
 * Resolves when the signal is aborted and the last run has ended.
 */
export function every(clock: Clock) {
  return async (options: EveryOptions, run: (at: number, signal: AbortSignal) => Promise<void>): Promise<void> => {
    const { signal, timeoutMs, seed, phaseStepMs = wholeSecondMs, onMissed, onBug } = options
    const intervalOf = () => (typeof options.intervalMs === 'number' ? options.intervalMs : options.intervalMs())
    // Slots count from the epoch, so that they are the same after a restart. Waits are computed from wall time each round:
    // a jump of the wall clock moves the slots but never causes a burst.
    const slotAfter = (at: number, intervalMs: number) => {
      const steps = Math.max(1, Math.round(intervalMs / phaseStepMs))
      const phase = (hash32(seed) % steps) * phaseStepMs
      return Math.floor((at - phase) / intervalMs + 1) * intervalMs + phase
    }
    // One listener for all waits: adding one per wait costs more than many runs do.
    let wake = () => {}
    signal.addEventListener('abort', () => wake(), { once: true })
    const wait = (ms: number) =>
      new Promise<void>((resolve) => {
        if (signal.aborted) return resolve()
        const timer = clock.setTimeout(resolve, ms)
        wake = () => {
          clock.clearTimeout(timer)
          resolve()
        }
      })

    if (options.firstDelayMs !== undefined) await wait(options.firstDelayMs)
    let at = clock.now()
    while (!signal.aborted) {
      const startedMonotonic = clock.monotonic()
      {
        using limit = timeoutMs === null ? null : timeLimit(clock, timeoutMs, signal)
        try {
          await run(at, limit?.signal ?? signal)
        } catch (error) {
          if (!signal.aborted && limit?.signal.aborted !== true) onBug(error)
        }
      }
      if (signal.aborted) return
      const intervalMs = intervalOf()
      const tookMs = clock.monotonic() - startedMonotonic
      const now = clock.now()
      // The first run starts at any time, so the next slot may open a few ms later: wait at least half an interval.
      const delayMs = options.delayMs?.() ?? null
      let next = delayMs === null ? slotAfter(now, intervalMs) : now + delayMs
      if (delayMs === null && next - at < intervalMs / 2) next += intervalMs
      const missed = Math.floor(tookMs / intervalMs)
      if (missed > 0) onMissed?.(missed)
      await wait(next - now)
      const late = clock.now() - next
      if (late >= intervalMs) onMissed?.(Math.floor(late / intervalMs))
      if (late >= Math.min(intervalMs, lateMs)) next = clock.now()
      at = next
    }
  }
}
