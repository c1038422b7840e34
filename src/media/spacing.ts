/** Measures intervals between occurrences of something (such as a table) with a clock that only advances in ticks. */
export interface Spacing {
  /** Records an occurrence at or after this tick and before the next one. */
  readonly came: (tickMs: number) => void
  /** Records the next tick. */
  readonly ticked: (tickMs: number) => void
  /** Suspends measuring until the next occurrence. */
  readonly forget: () => void
  /** Ends the look. Returns the longest interval, ms (null: unknown), and how many exceeded the limit. An open interval counts as an error only once. */
  readonly take: (tickMs: number) => { readonly longestMs: number | null; readonly errors: number }
}

/**
 * An interval is measured from the tick before an occurrence to the tick before the next one. For errors it is measured from the tick after the first
 * occurrence, so that only certain errors are counted, without false positives.
 */
export function createSpacing(limitMs: number): Spacing {
  let cameMs = Number.NaN
  /** The tick after the last occurrence. */
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
      // Several occurrences within one tick count as one.
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
