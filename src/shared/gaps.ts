/** A period in which something is unknown, in epoch ms; `to` is exclusive. */
export type Gap = readonly [from: number, to: number]

/** Merges overlapping and touching gaps; the result is in order. */
export function mergeGaps(gaps: readonly Gap[]): [number, number][] {
  const merged: [number, number][] = []
  for (const [from, to] of [...gaps].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

export function gapsWithin(gaps: readonly Gap[], from: number, to: number): readonly Gap[] {
  return gaps.flatMap(([start, end]): Gap[] => (end > from && start < to ? [[Math.max(start, from), Math.min(end, to)]] : []))
}

/** Splits ordered gaps into what lies inside `others` and what lies outside. */
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

/** Periods that are gaps in every one of several series. */
export function commonGaps(all: readonly (readonly Gap[])[]): readonly Gap[] {
  const [first, ...rest] = all
  if (!first) return []
  return rest.reduce((common, gaps) => splitGaps(common, gaps).inside, first)
}

/** Distance between the first two samples, ms; 0 if a gap lies between them or there is no second. */
function firstDistance([first = 0, second = first]: readonly number[], gaps: readonly Gap[]): number {
  return gaps.some(([from, to]) => from < second && to > first) ? 0 : second - first
}

/** Times of a series: where its buckets begin, and its gaps. */
interface KnownTimes {
  readonly at: readonly number[]
  readonly gaps: readonly Gap[]
}

/**
 * Gaps of a series inside a window, with finite ends. A first sample more than `toleranceMs` after the window's beginning, or a
 * last one that long before its end, also leaves a gap: a line must not suggest data where none is known. `at` of a bucket is
 * its first sample, and the bucket may last `bucketMs`. If samples are farther apart than usual, the first may be late by their
 * distance, because the sample before it lies outside the window.
 */
export function gapsInWindow(
  { at, gaps }: KnownTimes,
  window: { readonly from: number; readonly to: number },
  toleranceMs: number,
  bucketMs = 1,
): readonly Gap[] {
  const [first, newest] = [at[0], at.at(-1)]
  if (first === undefined || newest === undefined) return [[window.from, window.to]]
  const shown = gaps.map(([from, to]): Gap => {
    // A rate needs two polls, so it comes back one poll late: without a sample in between, the whole period is the gap.
    const before = at.findLast((moment) => moment < from)
    return [before !== undefined && from - before > toleranceMs ? Math.min(from, before + bucketMs) : Math.max(from, window.from), Math.min(to, window.to)]
  })
  if (first - window.from > Math.max(toleranceMs, 1.5 * firstDistance(at, gaps))) shown.push([window.from, first])
  const open = shown.some((gap) => gap[1] >= window.to)
  if (!open && window.to - newest > toleranceMs) shown.push([newest, window.to])
  return mergeGaps(shown.filter(([from, to]) => to > from))
}
