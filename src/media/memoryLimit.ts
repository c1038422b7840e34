import type { Clock } from '../clock/clock.ts'

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
