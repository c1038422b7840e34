/**
 * Divides `px` among lanes by their weights, in whole pixels. No lane gets less than `least`; the others give up room for it.
 * If there is not enough room, all lanes get `least` and the stack is higher than `px`.
 */
export function laneHeights(weights: readonly number[], px: number, least: number): readonly number[] {
  let small = new Set<number>()
  for (;;) {
    const rest = weights.reduce((sum, weight, index) => (small.has(index) ? sum : sum + weight), 0)
    const free = px - small.size * least
    const heights = weights.map((weight, index) => (small.has(index) || rest === 0 ? least : Math.floor((free * weight) / rest)))
    const tooSmall = new Set(heights.flatMap((height, index) => (height < least || small.has(index) ? [index] : [])))
    if (tooSmall.size === small.size) return heights
    small = tooSmall
  }
}
