import type { Clock } from '../clock/clock.ts'

/** A thousand streams that are measured take a third of this, bytes. */
export const mostMemoryBytes = 1_500_000_000
const lookEveryMs = 500

/**
 * Calls `onTooMuch` once the process has taken more memory than `mostMemoryBytes`: FFmpeg sets no limit to a playlist or header that never ends. Ended and
 * started again, it has lost nothing but the streams that it was reading.
 */
export function limitMemory(clock: Pick<Clock, 'setTimeout'>, residentBytes: () => number, onTooMuch: () => void): void {
  const look = (): void => {
    if (residentBytes() > mostMemoryBytes) onTooMuch()
    else clock.setTimeout(look, lookEveryMs)
  }
  look()
}
