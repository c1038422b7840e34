import type { Clock } from './clock.ts'

/** Converts a monotonic time to wall time, by the wall clock's present setting, in whole milliseconds. */
export function wallAt(clock: Clock, monotonicAt: number): number {
  return Math.round(clock.now() - (clock.monotonic() - monotonicAt))
}
