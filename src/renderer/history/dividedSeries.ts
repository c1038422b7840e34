import type { DrawnSeries, TailColumns } from './joinSeries.ts'

/**
 * A series divided by another one that was read with it: bucket by bucket (`bucketMs`), from its least by the other's greatest value to the reverse.
 * A bucket in which the other one is unknown or 0 is left out.
 */
export function dividedSeries(figures: DrawnSeries, by: DrawnSeries, bucketMs: number): DrawnSeries {
  const of = (column: readonly number[], index: number) => column[index] as number
  let other = 0
  const rows = figures.at.flatMap((at, index) => {
    const distance = (place: number) => Math.abs((by.at[place] ?? Number.POSITIVE_INFINITY) - at)
    while (other + 1 < by.at.length && distance(other + 1) <= distance(other)) other++
    // Their buckets may begin with different polls.
    if (!(distance(other) < bucketMs) || !(of(by.mean, other) > 0)) return []
    const mean = of(figures.mean, index) / of(by.mean, other)
    const least = of(by.min, other)
    const max = least > 0 ? of(figures.max, index) / least : mean
    return [{ at, min: of(figures.min, index) / of(by.max, other), max, mean, count: of(figures.count, index) }]
  })
  const pick = (key: keyof (typeof rows)[number]) => rows.map((row) => row[key])
  return { at: pick('at'), min: pick('min'), mean: pick('mean'), max: pick('max'), count: pick('count'), gaps: figures.gaps, tier: figures.tier }
}

/** The same of raw samples, which are of the same polls. */
export function dividedTail(figures: TailColumns, by: TailColumns): TailColumns {
  const others = new Map(by.at.map((at, index) => [at, by.values[index] ?? null]))
  return { at: figures.at, values: figures.at.map((at, index) => dividedValue(figures.values[index], others.get(at))) }
}

/** null: one of them is unknown, or it would be divided by 0. */
export function dividedValue(value: number | null = null, by: number | null = null): number | null {
  return value === null || !by ? null : value / by
}
