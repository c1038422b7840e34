/** How many usual intervals without a sample make a gap. */
export const missingIntervals = 3

/** Usual interval where there are too few rounds to tell, ms. */
export const assumedIntervalMs = 2000

/** The median step of an owner's rounds, ms; null where there are none that go forward. */
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
