import type { SeriesColumns } from '../../../shared/history.ts'
import { metrics } from '../../../shared/metrics.ts'
import { type Tier, tierStepMs, tiers } from '../../../shared/tiers.ts'
import type { StoreQueries, TailColumns } from '../protocol/protocol.ts'
import type { ListedArchive } from './readSources.ts'
import { bucketWidth, createSeriesReducer, type SeriesReducer } from './reduceSeries.ts'
import { type SeriesSources, subjectReads } from './subjectRead.ts'
import { readSubject } from './subjectSeries.ts'
import { createTailColumn } from './tailColumn.ts'
import type { Yielder } from './yielder.ts'

/** Limits of one query. When the first is reached, the rest is read from the next coarser tier. */
export interface ReadBudget {
  readonly ms: number
  /** Samples decoded, a bucket counting as one. Unlike time, this is the same on every machine. */
  readonly samples: number
}

export const usualBudget: ReadBudget = { ms: 50, samples: 4_000_000 }

/** A tier is fine enough for a chart if at least this many of its buckets fit into one of the chart's. */
const bucketsPerPoint = 2

/** The coarsest tier that is fine enough for a chart with buckets of this width. */
export function tierFor(widthMs: number): Tier {
  return tiers.findLast((tier) => tierStepMs[tier] * bucketsPerPoint <= widthMs) ?? 'samples'
}

export async function readRange(
  sources: SeriesSources,
  listed: readonly ListedArchive[],
  { tier: wanted, totals = false, until, ...ask }: StoreQueries['range'][0],
  budget: ReadBudget,
  yielder: Yielder,
): Promise<SeriesColumns[][]> {
  const { from, to, points } = ask
  const reducersOf = (ids: readonly (keyof typeof metrics)[]): SeriesReducer[] =>
    ids.map((id) => createSeriesReducer({ from, to, points, isState: metrics[id].kind === 'state', totals }))
  const out = ask.subjects.map((): SeriesColumns[] => [])
  let tier = wanted ?? tierFor(Math.min(bucketWidth(from, to, points), to - from))
  let cost = 0
  let limit = budget
  const reads = subjectReads(sources, listed, ask, (ids) => {
    const reducers = reducersOf(ids)
    return { sinks: reducers, reducers }
  })
  for (const read of reads) {
    await yielder.yieldIfDue()
    const coarser = tiers[tiers.indexOf(tier) + 1]
    if (wanted === null && coarser && (cost > limit.samples || yielder.workedMs() > limit.ms)) {
      tier = coarser
      limit = { samples: cost + budget.samples, ms: yielder.workedMs() + budget.ms }
    }
    await readSubject(sources, read, tier, yielder.yieldIfDue)
    cost += read.cost
    out[read.index] = read.sinks.map((reducer) => reducer.finish(until, tiers[read.coarsest] as Tier))
  }
  return out
}

export async function readTail(
  sources: SeriesSources,
  listed: readonly ListedArchive[],
  { subjects, since, hot }: StoreQueries['tail'][0],
  yielder: Yielder,
): Promise<TailColumns[][]> {
  const out = subjects.map((): TailColumns[] => [])
  // A tail is short, so its end needs no limit; a clock that jumped may have put samples into the future.
  const question = { subjects, hot, from: since, to: Number.MAX_VALUE }
  const reads = subjectReads(sources, listed, question, (ids) => ({ sinks: ids.map(() => createTailColumn(since)), reducers: null }))
  for (const read of reads) {
    await yielder.yieldIfDue()
    await readSubject(sources, read, 'samples', yielder.yieldIfDue)
    out[read.index] = read.sinks.map(({ at, values }) => ({ at, values }))
  }
  return out
}
