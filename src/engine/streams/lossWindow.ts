/** How much was lost in the last minute, in steps of 5 s: made for a stream when it first loses something. */
export interface LossWindow {
  /** Books `count` at monotonic time `atMs`. */
  readonly add: (atMs: number, count: number) => void
  /** Sum of the last minute. */
  readonly sum: (atMs: number) => number
}

const stepMs = 5_000
const steps = 12

export const createLossWindow = (): LossWindow => {
  const counts = new Float64Array(steps)
  let newest = Number.NEGATIVE_INFINITY
  // Invariant: counts[s % steps] belongs to step s for newest - steps < s <= newest.
  const moveTo = (atMs: number) => {
    const step = Math.floor(atMs / stepMs)
    if (step - newest >= steps) counts.fill(0)
    else for (let s = newest + 1; s <= step; s++) counts[s % steps] = 0
    if (step > newest) newest = step
  }
  return {
    add: (atMs, count) => {
      moveTo(atMs)
      const i = newest % steps
      counts[i] = (counts[i] ?? 0) + count
    },
    sum: (atMs) => {
      moveTo(atMs)
      let sum = 0
      for (const count of counts) sum += count
      return sum
    },
  }
}
