import type { Clock } from '../clock/clock.ts'

/** A cancelled read that has not returned after this long is stuck in native code. */
export const stuckAfterMs = 5_000

/** Counts the reads that are stuck now. A read that returns late was only slow, and is no longer counted. */
interface StuckReads {
  /** Watches cancelled work, which should settle soon. */
  readonly watch: (work: Promise<unknown>) => void
}

/** Calls `onTooMany` once, when `most` reads are stuck at the same time: each holds a thread and memory for good. */
export function createStuckReads({ clock, most, onTooMany }: { readonly clock: Clock; readonly most: number; readonly onTooMany: () => void }): StuckReads {
  let stuck = 0
  return {
    watch: (work) => {
      let isStuck = false
      const timer = clock.setTimeout(() => {
        isStuck = true
        stuck++
        if (stuck === most) onTooMany()
      }, stuckAfterMs)
      const settled = () => {
        clock.clearTimeout(timer)
        if (isStuck) stuck--
      }
      work.then(settled, settled)
    },
  }
}
