import type { SumColumns } from '../../../shared/history.ts'
import type { Tier } from '../../../shared/tiers.ts'
import type { StoreQueries } from '../protocol/protocol.ts'
import type { SampleQuery } from './sampleQuery.ts'
import { tierFor } from './seriesQuery.ts'
import { sumFrom, sumSeries } from './sumSeries.ts'

/** Sums over ranges up to this long are computed from samples. */
const longestOfSamplesMs = 2 * 3_600_000
/** The tier that sums are computed from. It depends on the range only: choosing what is fast enough now would change the picture a minute later. */
function tierOf(lengthMs: number, bucketMs: number): Tier {
  if (lengthMs <= longestOfSamplesMs) return 'samples'
  const fits = tierFor(bucketMs)
  return fits === 'samples' ? 'minutes' : fits
}

/** Also reads a little before the start of the range, because a value known there may still hold, depending on the time of its last sample. */
export async function readSum(range: SampleQuery['range'], ask: StoreQueries['sum'][0], cancelled: () => boolean): Promise<SumColumns[]> {
  const { bucketMs, toleranceMs, ...rest } = ask
  const from = ask.from - toleranceMs
  const points = Math.ceil((ask.to - from) / bucketMs) + 1
  const found = await range({ ...rest, from, points, totals: true, tier: ask.tier ?? tierOf(ask.to - ask.from, bucketMs) }, cancelled)
  return (ask.subjects[0]?.metrics ?? []).map((_, metric) =>
    sumFrom(
      sumSeries(
        found.flatMap((columns) => columns[metric] ?? []),
        { from, to: ask.until, bucketMs, toleranceMs },
      ),
      ask.from,
      ask.until,
    ),
  )
}
