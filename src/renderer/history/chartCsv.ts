import { shownToCsv } from '../../shared/csv.ts'
import { metrics } from '../../shared/metrics.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { isoOrNull } from '../../shared/time.ts'
import { offsetText, type ZoneClock } from '../app/zoneClock.ts'
import type { DrawnSeries } from './joinSeries.ts'
import type { Lane } from './lanes.ts'

/** The compared period, shifted to the times it is overlaid on, with its original times. */
interface ComparedLane extends DrawnSeries {
  readonly original: readonly number[]
}

interface ChartCsvInput {
  readonly lanes: readonly Lane[]
  readonly series: readonly DrawnSeries[]
  /** One per lane; null: no comparison. */
  readonly compared?: readonly (ComparedLane | null)[] | null
  readonly bucketMs: number
  readonly from: number
  readonly to: number
  /** The operator's clock, for a column beside UTC; null: the operator uses UTC. */
  readonly clock?: ZoneClock | null
}

interface Row {
  at: number
  compareAt: number | null
  readonly places: (number | undefined)[]
  readonly compared: (number | undefined)[]
}

/** ISO 8601 with the clock's offset at that time: 2026-11-14T03:12:40.000+01:00. */
const isoOn = (clock: ZoneClock, at: number): string => `${new Date(clock.wall(at)).toISOString().slice(0, -1)}${offsetText(clock, at)}`

/**
 * All lanes as drawn, one row per bucket: min, mean and max in base units, and the tier they come from; unknown values are empty.
 * The first samples of a bucket differ slightly in time between lanes; they share the row of the earliest. A compared
 * period has columns of its own, with its original times.
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
      // The query had rounded ends.
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
