import { shownToCsv } from '../../shared/csv.ts'
import { metrics } from '../../shared/metrics.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { isoOf } from '../../shared/time.ts'
import type { DrawnSeries } from './joinSeries.ts'
import type { Lane } from './lanes.ts'

interface ChartCsvInput {
  readonly lanes: readonly Lane[]
  readonly series: readonly DrawnSeries[]
  readonly bucketMs: number
  readonly from: number
}

/** One row per bucket: min, mean and max in base units, and their tier; unknown is empty. A bucket's first samples share the earliest time. */
export function chartCsv({ lanes, series, bucketMs, from }: ChartCsvInput): string {
  const rows = new Map<number, { at: number; readonly places: (number | undefined)[] }>()
  series.forEach((one, column) => {
    one.at.forEach((at, place) => {
      const key = Math.floor((at - from) / bucketMs)
      const row = rows.get(key) ?? { at, places: [] }
      row.at = Math.min(row.at, at)
      row.places[column] = place
      rows.set(key, row)
    })
  })
  const columns = ['min', 'mean', 'max'] as const
  const subject = (lane: Lane) => (lane.of === undefined || partOf(lane.of) === null ? lane.metric : `${partOf(lane.of)}_${lane.metric}`)
  return shownToCsv(
    ['at', ...lanes.flatMap((lane) => [...columns.map((which) => `${subject(lane)}_${which}_${metrics[lane.metric].unit}`), `${subject(lane)}_tier`])],
    [...rows.values()]
      .sort((a, b) => a.at - b.at)
      .map(({ at, places }) => [
        isoOf(at),
        ...series.flatMap((one, column) => {
          const place = places[column]
          return place === undefined ? [null, null, null, null] : [...columns.map((which) => one[which][place] ?? null), one.tier]
        }),
      ]),
  )
}
