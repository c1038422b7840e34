import { toCsv } from '../../shared/csv.ts'
import { metrics } from '../../shared/metrics.ts'
import { isoOrNull } from '../../shared/time.ts'
import type { DrawnSeries } from './joinSeries.ts'
import type { Lane } from './lanes.ts'

/**
 * All lanes as they are drawn, a row a bucket: min, mean and max in plain units; what is not known is empty. The lanes' first
 * samples of one bucket come at slightly different moments: they share the row of the earliest.
 */
export const chartCsv = (lanes: readonly Lane[], series: readonly DrawnSeries[], bucketMs: number, from: number): string => {
  const rowOf = (at: number) => Math.floor((at - from) / bucketMs)
  const rows = new Map<number, { at: number; readonly places: (number | undefined)[] }>()
  series.forEach((one, column) => {
    one.at.forEach((at, place) => {
      const key = rowOf(at)
      const row = rows.get(key) ?? { at, places: [] }
      row.at = Math.min(row.at, at)
      row.places[column] = place
      rows.set(key, row)
    })
  })
  return toCsv(
    ['at', ...lanes.flatMap((lane) => ['min', 'mean', 'max'].map((which) => `${lane.metric}_${which}_${metrics[lane.metric].unit}`))],
    [...rows.values()]
      .sort((a, b) => a.at - b.at)
      .map((row) => [
        isoOrNull(row.at),
        ...series.flatMap((one, column) => {
          const place = row.places[column]
          return place === undefined ? [null, null, null] : [one.min[place] ?? null, one.mean[place] ?? null, one.max[place] ?? null]
        }),
      ]),
  )
}
