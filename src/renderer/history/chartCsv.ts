import { shownToCsv } from '../../shared/csv.ts'
import { metrics } from '../../shared/metrics.ts'
import { partOf } from '../../shared/subjects.ts'
import { isoOrNull } from '../../shared/time.ts'
import { offsetText, type ZoneClock } from '../app/zoneClock.ts'
import type { DrawnSeries } from './joinSeries.ts'
import type { Lane } from './lanes.ts'

/** Another period at the times it is laid over, and when it really was. */
export interface ComparedLane extends DrawnSeries {
  readonly original: readonly number[]
}

interface ChartCsvInput {
  readonly lanes: readonly Lane[]
  readonly series: readonly DrawnSeries[]
  /** One for each lane; null: nothing is compared. */
  readonly compared?: readonly (ComparedLane | null)[] | null
  readonly bucketMs: number
  readonly from: number
  readonly to: number
  /** The clock that the operator reads, for a column beside UTC; null: it is UTC. */
  readonly clock?: ZoneClock | null
}

interface Row {
  at: number
  compareAt: number | null
  readonly places: (number | undefined)[]
  readonly compared: (number | undefined)[]
}

/** ISO 8601 with the offset that the clock had then: 2026-11-14T03:12:40.000+01:00. */
const isoOn = (clock: ZoneClock, at: number): string => `${new Date(clock.wall(at)).toISOString().slice(0, -1)}${offsetText(clock, at)}`

/**
 * All lanes as they are drawn, a row a bucket: min, mean and max in plain units, and from which tier they come; what is not known
 * is empty. The lanes' first samples of one bucket come at slightly different moments: they share the row of the earliest. Another
 * period stands beside it with its own times.
 */
export function chartCsv({ lanes, series, compared = null, bucketMs, from, to, clock = null }: ChartCsvInput): string {
  const rows = new Map<number, Row>()
  const rowOf = (at: number): Row => {
    const key = Math.floor((at - from) / bucketMs)
    const row = rows.get(key) ?? { at, compareAt: null, places: [], compared: [] }
    row.at = Math.min(row.at, at)
    rows.set(key, row)
    return row
  }
  series.forEach((one, column) => {
    one.at.forEach((at, place) => {
      rowOf(at).places[column] = place
    })
  })
  compared?.forEach((one, column) => {
    one?.at.forEach((at, place) => {
      // It is asked for with round ends.
      if (at < from || at > to) return
      const row = rowOf(at)
      row.compared[column] = place
      row.compareAt ??= one.original[place] ?? null
    })
  })
  const subject = (lane: Lane) => (lane.of === undefined || partOf(lane.of) === null ? lane.metric : `${partOf(lane.of)}_${lane.metric}`)
  const named = (lane: Lane, which: string) => `${subject(lane)}_${which}_${metrics[lane.metric].unit}`
  const values = (one: DrawnSeries, place: number | undefined) =>
    place === undefined ? [null, null, null] : [one.min[place] ?? null, one.mean[place] ?? null, one.max[place] ?? null]
  return shownToCsv(
    [
      'at',
      ...(clock ? ['at_local'] : []),
      ...lanes.flatMap((lane) => [...['min', 'mean', 'max'].map((which) => named(lane, which)), `${subject(lane)}_tier`]),
      ...(compared ? ['compared_at', ...lanes.flatMap((lane) => ['min', 'mean', 'max'].map((which) => named(lane, `compared_${which}`)))] : []),
    ],
    [...rows.values()]
      .sort((a, b) => a.at - b.at)
      .map((row) => [
        isoOrNull(row.at),
        ...(clock ? [isoOn(clock, row.at)] : []),
        ...series.flatMap((one, column) => [...values(one, row.places[column]), row.places[column] === undefined ? null : one.tier]),
        ...(compared
          ? [isoOrNull(row.compareAt), ...compared.flatMap((one, column) => (one === null ? [null, null, null] : values(one, row.compared[column])))]
          : []),
      ]),
  )
}
