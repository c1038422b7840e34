/** How far apart something comes, by a clock that stands still between its ticks. */
export interface Spacing {
  /** It comes, at or after this tick and before the next one. */
  readonly came: (tickMs: number) => void
  /** The next tick. */
  readonly ticked: (tickMs: number) => void
  /** It is not judged until it comes again. */
  readonly forget: () => void
  /** The look ends: the longest distance, ms (null: none is known), and how many were above the limit. What is still open counts, once. */
  readonly take: (tickMs: number) => { readonly longestMs: number | null; readonly errors: number }
}

/**
 * A distance is from the tick before it came to the tick before it came again. An error is only what is certain: from the tick after it came. So
 * none is found that is not there.
 */
export function createSpacing(limitMs: number): Spacing {
  let cameMs = Number.NaN
  /** The tick after it came. */
  let sinceMs = Number.NaN
  let isPending = false
  let isCounted = false
  let longestMs: number | null = null
  let errors = 0
  const measure = (tickMs: number) => {
    if (isPending || Number.isNaN(sinceMs)) return
    longestMs = Math.max(longestMs ?? 0, tickMs - cameMs)
    if (tickMs - sinceMs <= limitMs || isCounted) return
    errors++
    isCounted = true
  }
  return {
    came: (tickMs) => {
      measure(tickMs)
      // Several within a tick are one.
      if (!isPending) cameMs = tickMs
      isPending = true
      isCounted = false
    },
    ticked: (tickMs) => {
      if (isPending) sinceMs = tickMs
      isPending = false
    },
    forget: () => {
      sinceMs = Number.NaN
      isPending = false
      isCounted = false
    },
    take: (tickMs) => {
      measure(tickMs)
      const taken = { longestMs, errors }
      longestMs = null
      errors = 0
      return taken
    },
  }
}
