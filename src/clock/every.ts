import { type Clock, timeLimit } from './clock.ts'

/** How a loop runs. */
export interface EveryOptions {
  /** Distance of two slots, milliseconds; a function is asked again for each slot. */
  readonly intervalMs: number | (() => number)
  /** Time limit of one run, milliseconds; its signal aborts with `TimeLimitError`. null: the run has limits of its own, and gets the loop's signal. */
  readonly timeoutMs: number | null
  /** Spreads loops out: the same seed has the same phase after each restart. */
  readonly seed: string
  /** Phases are multiples of this, milliseconds (1 where it is left out): loops of one step wake together, which spares many short ones most of their cost. */
  readonly phaseStepMs?: number
  /** Ends the loop. */
  readonly signal: AbortSignal
  /** Asked after each run: wait this long for the next one, whatever the slots are; null: wait for the next slot. */
  readonly delayMs?: () => number | null
  /** Waits this long before the first run instead of running at once. */
  readonly firstDelayMs?: number
  /** Called with how many slots passed unused because a run took too long or the machine slept. */
  readonly onMissed?: (count: number) => void
  /** Called with the error of a run that threw; the loop goes on. Not called for cancellation and time limits: they are not bugs. */
  readonly onBug: (error: unknown) => void
}

/** A timer this late was held up by more than a busy loop: the machine slept, or stood still. */
const lateMs = 1_000

/** FNV-1a, 32 bit: spreads short strings evenly; not for security. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/**
 * Runs `run` once at once and then in each slot.
 *
 * 1. A loop never overlaps itself: a slot that opens during a run is missed, and counted.
 * 2. Missed slots are never made up in a burst.
 * 3. A slot's time `at` is computed (phase + n × interval), not read from the clock when the timer fires a little late.
 *    After a sleep of the machine it is read from the clock: a slot that opened in the sleep is not one that was used.
 * 4. The phase comes from `seed`, so a hundred loops spread out the same way after each restart.
 *
 * Resolves when the signal is aborted and the last run has ended.
 */
export const every =
  (clock: Clock) =>
  async (options: EveryOptions, run: (at: number, signal: AbortSignal) => Promise<void>): Promise<void> => {
    const { signal, timeoutMs, seed, phaseStepMs = 1, onMissed, onBug } = options
    const intervalOf = () => (typeof options.intervalMs === 'number' ? options.intervalMs : options.intervalMs())
    // Epoch slots, so that two launches agree on them; waits are computed from wall time each round,
    // and a jump of the wall clock moves the slots, never makes a burst.
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
      // The first slot after a first run at once may lie a few ms ahead: give it at least half an interval.
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
