import type { Clock } from './clock.ts'

/** A difference between the clocks below this is drift, not a change of the wall clock, ms. */
const leastMs = 1_000

/**
 * Returns a function that looks whether somebody has set the wall clock back since the last look, and calls `heed` with the amount, ms.
 * Where `heed` throws, the next look finds it again.
 */
export function createSetBackWatch(clock: Pick<Clock, 'now' | 'monotonic'>, heed: (backMs: number) => void): () => void {
  // Changes only when the clock is set.
  const ahead = () => clock.monotonic() - clock.now()
  let seen = ahead()
  return () => {
    const now = ahead()
    if (now - seen > leastMs) heed(now - seen)
    seen = now
  }
}
