import type { Clock } from './clock.ts'

/** A moment of the monotonic clock by the wall clock as it stands now, in whole milliseconds. */
export const wallAt = (clock: Clock, monotonicAt: number): number => Math.round(clock.now() - (clock.monotonic() - monotonicAt))
