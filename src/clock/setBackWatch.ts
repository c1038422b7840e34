import type { Clock } from './clock.ts'

/** Clocks that run apart by less than this between two looks were not set, ms. */
const leastMs = 1_000

/**
 * Returns a function that looks whether somebody has set the wall clock back since the last look, and calls `heed` with by how much, ms.
 * Where `heed` throws, the next look finds it again.
 */
export function createSetBackWatch(clock: Pick<Clock, 'now' | 'monotonic'>, heed: (backMs: number) => void): () => void {
  // Grows by nothing but the setting of the clock.
  const ahead = () => clock.monotonic() - clock.now()
  let seen = ahead()
  return () => {
    const now = ahead()
    if (now - seen > leastMs) heed(now - seen)
    seen = now
  }
}
