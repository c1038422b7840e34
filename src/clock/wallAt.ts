import type { Clock } from './clock.ts'

/** Converts a monotonic time to wall time, by the wall clock's present setting, in whole milliseconds. */
export const wallAt = (clock: Clock, monotonicAt: number): number => Math.round(clock.now() - (clock.monotonic() - monotonicAt))
