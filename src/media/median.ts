/** A median of however many values with bounded memory. */
interface BoundedMedian {
  readonly add: (value: number) => void
  /** null: no value yet. */
  readonly value: () => number | null
  readonly clear: () => void
}

/** Keeps at most `most` values: every one at first, then evenly every second, every fourth and so on. Exact up to `most` values. */
export function createBoundedMedian(most = 256): BoundedMedian {
  let kept: number[] = []
  let stride = 1
  let seen = 0
  return {
    add: (value) => {
      if (seen++ % stride !== 0) return
      kept.push(value)
      if (kept.length < most) return
      kept = kept.filter((_, index) => index % 2 === 0)
      stride *= 2
    },
    value: () => {
      const sorted = kept.toSorted((a, b) => a - b)
      const middle = sorted.length >> 1
      const upper = sorted[middle]
      if (upper === undefined) return null
      return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
    },
    clear: () => {
      kept = []
      stride = 1
      seen = 0
    },
  }
}
