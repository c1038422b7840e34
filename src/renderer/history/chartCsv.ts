import { toCsv } from '../../shared/csv.ts'
import { metrics } from '../../shared/metrics.ts'
import { isoOrNull } from '../../shared/time.ts'
import type { DrawnSeries } from './joinSeries.ts'
import type { Lane } from './lanes.ts'

/** All lanes as they are drawn, a row a moment: min, mean and max in plain units; what is not known is empty. */
export const chartCsv = (lanes: readonly Lane[], series: readonly DrawnSeries[]): string => {
  const moments = [...new Set(series.flatMap((one) => one.at))].sort((a, b) => a - b)
  const places = series.map((one) => new Map(one.at.map((at, index) => [at, index])))
  return toCsv(
    ['at', ...lanes.flatMap((lane) => ['min', 'mean', 'max'].map((which) => `${lane.metric}_${which}_${metrics[lane.metric].unit}`))],
    moments.map((at) => [
      isoOrNull(at),
      ...series.flatMap((one, index) => {
        const place = places[index]?.get(at)
        return place === undefined ? [null, null, null] : [one.min[place] ?? null, one.mean[place] ?? null, one.max[place] ?? null]
      }),
    ]),
  )
}
