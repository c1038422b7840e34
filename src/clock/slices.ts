import type { Clock } from './clock.ts'

/**
 * Long work in short pieces, so that it never holds up what else the event loop has to do.
 *
 * Of all work that shares one of these a single piece is done in a turn of the loop, whoever waits longest first: many
 * long works at once do not add up to one long hold.
 */
export interface Slices {
  /** Begins a piece of work. */
  readonly begin: () => Slice
}

export interface Slice {
  /** Whether this piece has taken its time: cheap enough to be asked each few microseconds' worth of work. */
  readonly isOver: () => boolean
  /** Resolves when the next piece may begin. Rejects with the signal's reason once it is aborted. */
  readonly next: (signal: AbortSignal) => Promise<void>
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
      return {
        isOver: () => clock.monotonic() - began >= sliceMs,
        next: async (signal) => {
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
