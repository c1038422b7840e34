/**
 * Heights of lanes that share `px` by their weights, whole pixels. None gets less than `least`, which the others make room
 * for; where there is not enough for all of them, all get that, and the stack is higher than `px`.
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
