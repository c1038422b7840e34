/** More than this many usual intervals without a sample make a gap. */
export const missingIntervals = 3

/** Usual interval assumed if there are too few rounds to compute it, ms. */
export const assumedIntervalMs = 2000

/** Median step of an owner's rounds, ms; null: no step goes forward. */
export function usualInterval(times: ArrayLike<number>): number | null {
  const steps: number[] = []
  for (let i = 1; i < times.length; i++) {
    const step = (times[i] as number) - (times[i - 1] as number)
    if (step > 0) steps.push(step)
  }
  if (steps.length === 0) return null
  steps.sort((a, b) => a - b)
  return steps[steps.length >> 1] as number
}
