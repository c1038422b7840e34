import type { Clock } from './clock.ts'

/**
 * Splits long work into short pieces, so that it never blocks the event loop for long.
 *
 * All work that shares one `Slices` gets a single piece per turn of the loop, the longest-waiting first: many long tasks at
 * once do not add up to one long block.
 */
export interface Slices {
  readonly begin: () => Slice
}

export interface Slice {
  /** Whether this piece has used up its time. Cheap enough to call after every few microseconds of work. */
  readonly isOver: () => boolean
  /** Resolves when the next piece may begin. Rejects with the signal's reason once it is aborted. */
  readonly next: (signal: AbortSignal) => Promise<void>
  /** How long all its pieces have worked so far, ms. */
  readonly workedMs: () => number
}

const sliceMs = 5

export function createSlices(clock: Clock): Slices {
  const waiting: (() => void)[] = []
  let isScheduled = false
  const runOne = () => {
    waiting.shift()?.()
    isScheduled = waiting.length > 0
    if (isScheduled) setImmediate(runOne)
  }
  return {
    begin: () => {
      let began = clock.monotonic()
      /** When it was last asked whether it is over. */
      let askedAt = began
      let before = 0
      return {
        isOver: () => {
          askedAt = clock.monotonic()
          return askedAt - began >= sliceMs
        },
        workedMs: () => before + clock.monotonic() - began,
        next: async (signal) => {
          before += Math.max(0, askedAt - began)
          await new Promise<void>((resolve) => {
            waiting.push(resolve)
            if (!isScheduled) setImmediate(runOne)
            isScheduled = true
          })
          signal.throwIfAborted()
          began = clock.monotonic()
        },
      }
    },
  }
}
/** Work in steps, so that other work can run between them. */
export type Steps<Result> = Generator<void, Result>
/** No other work waits: all steps are done in one turn. */
export function never(): boolean {
  return false
}
