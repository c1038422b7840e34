/** A stretch in which something is not known, in epoch ms; the end is not part of it. */
export type Gap = readonly [from: number, to: number]

/** Overlapping and touching stretches as one, in order. */
export function mergeGaps(gaps: readonly Gap[]): readonly Gap[] {
  const merged: [number, number][] = []
  for (const [from, to] of [...gaps].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

/** What of them lies within a stretch. */
export const gapsWithin = (gaps: readonly Gap[], from: number, to: number): readonly Gap[] =>
  gaps.flatMap(([start, end]): Gap[] => (end > from && start < to ? [[Math.max(start, from), Math.min(end, to)]] : []))

/** Gaps in order, in two parts: what lies in others, and what does not. */
export function splitGaps(gaps: readonly Gap[], others: readonly Gap[]): { readonly inside: readonly Gap[]; readonly outside: readonly Gap[] } {
  const inside: Gap[] = []
  const outside: Gap[] = []
  for (const [from, to] of gaps) {
    let left = from
    for (const [start, end] of others) {
      if (end <= left || start >= to) continue
      if (start > left) outside.push([left, start])
      inside.push([Math.max(start, left), Math.min(end, to)])
      left = Math.min(end, to)
    }
    if (left < to) outside.push([left, to])
  }
  return { inside, outside }
}

/** What is unknown in every one of several series. */
export function commonGaps(all: readonly (readonly Gap[])[]): readonly Gap[] {
  const [first, ...rest] = all
  if (!first) return []
  return rest.reduce((common, gaps) => splitGaps(common, gaps).inside, first)
}

/** How far apart the first two samples are; 0 where a gap lies between them, or there is no second. */
function firstDistance([first = 0, second = first]: readonly number[], gaps: readonly Gap[]): number {
  return gaps.some(([from, to]) => from < second && to > first) ? 0 : second - first
}

/** Of a series: when its buckets begin, its gaps, and when its newest sample was; null: it has none. */
export interface KnownTimes {
  readonly at: readonly number[]
  readonly gaps: readonly Gap[]
  readonly newest: number | null
}

/**
 * Gaps of a series inside a window, both ends known. Where the first sample comes later than `toleranceMs` after its beginning, or
 * the last one as long before its end, that is a gap too (`at` of a bucket is its first sample, it may last `bucketMs`): a line must
 * never look as if it went on, and what was before the first sample is not known. Samples that are farther apart than usual may be
 * as late at the beginning: the one before them lies outside the window.
 */
export function gapsInWindow(
  { at, gaps, newest }: KnownTimes,
  window: { readonly from: number; readonly to: number },
  toleranceMs: number,
  bucketMs = 1,
): readonly Gap[] {
  const first = at[0] ?? null
  if (first === null || newest === null) return [[window.from, window.to]]
  const shown = gaps.map(([from, to]): Gap => {
    // Rates are known again a poll later than they were lost: without a sample in between, all of it is the gap.
    const before = at.findLast((moment) => moment < from)
    return [before !== undefined && from - before > toleranceMs ? Math.min(from, before + bucketMs) : Math.max(from, window.from), Math.min(to, window.to)]
  })
  if (first - window.from > Math.max(toleranceMs, 1.5 * firstDistance(at, gaps))) shown.push([window.from, first])
  const open = shown.some((gap) => gap[1] >= window.to)
  if (!open && window.to - newest > toleranceMs) shown.push([newest, window.to])
  return mergeGaps(shown.filter(([from, to]) => to > from))
}
