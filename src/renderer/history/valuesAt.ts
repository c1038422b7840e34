import type { RangeInput, SeriesColumns, SumColumns, SumInput } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'

/**
 * A metric and its number of buckets: about one per two pixels, fewer for bars. Several subjects are added up; all sums of one query
 * must have the same subjects.
 */
export interface WantedSeries {
  readonly metric: MetricId
  readonly of: readonly Subject[]
  readonly points: number
}

interface Asks {
  readonly range: (input: Pick<RangeInput, 'series' | 'from' | 'to' | 'points' | 'tier' | 'totals'>) => Promise<readonly SeriesColumns[]>
  readonly sum: (input: SumInput) => Promise<readonly SumColumns[]>
}

/** The newest sample of a series at a moment, from the bucket that ends with it; null: unknown then. */
const valueAt = ({ last, gaps }: SeriesColumns, moment: number): number | null => ((gaps.at(-1)?.[1] ?? 0) > moment ? null : (last?.[0] ?? null))

/**
 * What some series were at a moment of the past, exactly as polled and whatever a chart is reduced to; several of them added up.
 * null: samples of then are not kept any more.
 */
export async function readValuesAt(
  wanted: readonly Pick<WantedSeries, 'metric' | 'of'>[],
  moment: number,
  reachMs: number,
  ask: Asks,
): Promise<readonly (number | null)[] | null> {
  const span = { from: moment - reachMs, to: moment + 1, tier: 'samples' } as const
  const single = wanted.filter(({ of }) => of.length === 1)
  const sums = wanted.filter(({ of }) => of.length > 1)
  const [subjects] = sums.map(({ of }) => of)
  const [ranges, totals] = await Promise.all([
    single.length === 0
      ? []
      : ask.range({ ...span, series: single.flatMap(({ metric, of }) => of.map((one) => seriesOf(one, metric))), points: 1, totals: true }),
    subjects === undefined
      ? []
      : ask.sum({ ...span, metrics: sums.map(({ metric }) => metric), subjects: [...subjects], bucketMs: reachMs + 1, toleranceMs: 0 }),
  ])
  if ([...ranges, ...totals].some(({ tier }) => tier !== 'samples')) return null
  const values = new Map<unknown, number | null>([
    ...single.map((one, index) => [one, ranges[index] === undefined ? null : valueAt(ranges[index], moment)] as const),
    ...sums.map((one, index) => [one, totals[index]?.last ?? null] as const),
  ])
  return wanted.map((one) => values.get(one) ?? null)
}
