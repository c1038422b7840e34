import type { SumColumns, Tier } from '../../../shared/history.ts'
import type { ReaderAsks } from '../protocol/protocol.ts'
import type { SampleReader } from './sampleReader.ts'
import { tierFor } from './seriesReader.ts'
import { sumFrom, sumSeries } from './sumSeries.ts'

/** Sums of no longer stretches are made of samples. */
const longestOfSamplesMs = 2 * 3_600_000
/** What sums are made of: the same each time. What happens to be quick enough now would show another picture a minute later. */
function tierOf(lengthMs: number, bucketMs: number): Tier {
  if (lengthMs <= longestOfSamplesMs) return 'samples'
  const fits = tierFor(bucketMs)
  return fits === 'samples' ? 'minutes' : fits
}

/** Reads a little before the beginning, too: what was known there may go on, and where the last sample was says whether it does. */
export async function readSum(range: SampleReader['range'], ask: ReaderAsks['sum'][0], cancelled: () => boolean): Promise<SumColumns[]> {
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
