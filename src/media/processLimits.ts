import { setPriority } from 'node:os'
import type { Clock } from '../clock/clock.ts'

/** Lowers this process's priority below that of polling, if the system permits. */
export function lowerPriority(): void {
  try {
    setPriority(10)
  } catch {
    // Pictures are taken even without the lower priority.
  }
}

/** Limit, bytes: a thousand probes take a third of it. */
export const mostMemoryBytes = 1_500_000_000
const checkEveryMs = 500

/**
 * Calls `onTooMuch` once the process takes more memory than `mostMemoryBytes`: FFmpeg sets no limit to a playlist or header that never ends. When the process is
 * restarted, only the reads in progress are lost.
 */
export function limitMemory(clock: Pick<Clock, 'setTimeout'>, residentBytes: () => number, onTooMuch: () => void): void {
  const check = (): void => {
    if (residentBytes() > mostMemoryBytes) onTooMuch()
    else clock.setTimeout(check, checkEveryMs)
  }
  check()
}

/** A cancelled read that has not returned after this long is stuck in native code. */
export const stuckAfterMs = 5_000

/**
 * Counts the reads that are stuck now. A read that returns late was only slow, and is no longer counted.
 * Calls `onTooMany` once, when `most` reads are stuck at the same time: each holds a thread and memory for good.
 */
export function createStuckReads({ clock, most, onTooMany }: { readonly clock: Clock; readonly most: number; readonly onTooMany: () => void }) {
  let stuck = 0
  return {
    /** Watches cancelled work, which should settle soon. */
    watch: (work: Promise<unknown>) => {
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
