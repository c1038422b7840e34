const hourMs = 3_600_000

/**
 * A token bucket, full at first. The returned function takes one token; false: none is left. `atOnce`: how many it holds at most; where this grows,
 * the difference is available immediately. `anHour`: how many come in an hour. `now`: monotonic, ms.
 */
export function createAllowance(): (atOnce: number, anHour: number, now: number) => boolean {
  let left = Number.POSITIVE_INFINITY
  let most = 0
  let at = 0
  return (atOnce, anHour, now) => {
    left = Math.min(atOnce, left + Math.max(0, atOnce - most) + ((now - at) / hourMs) * anHour)
    most = atOnce
    at = now
    if (left < 1) return false
    left--
    return true
  }
}
