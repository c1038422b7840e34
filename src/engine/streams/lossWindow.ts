/** Losses of the last minute, in steps of 5 s. Created for a stream at its first loss. */
export interface LossWindow {
  /** Books `count` at monotonic time `atMs`, which is `at` by the wall clock. */
  readonly add: (atMs: number, count: number, at: number) => void
  /** Sum of the last minute. */
  readonly sum: (atMs: number) => number
  /** Wall time of the first loss in the current run, in which losses are less than a minute apart; NaN: no loss. */
  readonly since: () => number
}

const stepMs = 5_000
const steps = 12

export function createLossWindow(): LossWindow {
  const counts = new Float64Array(steps)
  let newest = Number.NEGATIVE_INFINITY
  let since = Number.NaN
  // Invariant: counts[s % steps] belongs to step s for newest - steps < s <= newest.
  const moveTo = (atMs: number) => {
    const step = Math.floor(atMs / stepMs)
    if (step - newest >= steps) counts.fill(0)
    else for (let s = newest + 1; s <= step; s++) counts[s % steps] = 0
    if (step > newest) newest = step
  }
  const sum = (atMs: number) => {
    moveTo(atMs)
    return counts.reduce((total, count) => total + count, 0)
  }
  return {
    add: (atMs, count, at) => {
      if (sum(atMs) === 0) since = at
      const i = newest % steps
      counts[i] = (counts[i] ?? 0) + count
    },
    sum,
    since: () => since,
  }
}
