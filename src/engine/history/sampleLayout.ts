import { type MetricId, type MetricSubject, metricIds, metrics, pathMetricIds, serverMetricIds } from '../../shared/metrics.ts'
import { mostColumns } from './rowCodec.ts'

/** Which metric lies in which column of a row. Kept in the database, so that the metric table may grow and change its order. */
export interface SampleLayout {
  readonly metrics: readonly MetricId[]
  /** Whole numbers per unit of each column. */
  readonly scales: Float64Array
}

/** Where a chunk lies: a seal's chunks stand together, in the order of the paths' numbers within their server. 16 million of those fit. */
export const chunkId = (seal: number, pathNo: number): number => seal * 2 ** 24 + pathNo

/** What changes with nearly every poll: in the first six columns they cost one byte of header. */
const restless: readonly MetricId[] = ['path.bitrateIn', 'path.bitrateOut', 'path.jitter', 'path.rtt', 'path.receiveRate', 'path.linkCapacity']

/** Exact for whole quanta, too: whole numbers divided by it are multiples of the quantum. */
const scaleOf = (quantum: number): number => (quantum >= 1 ? 1 / quantum : Math.round(1 / quantum))

/** Columns of `first` and behind them those of `second`, which no row of the first kind reaches to. */
const layoutOf = (first: MetricSubject, second: MetricSubject): SampleLayout => {
  const ids = [first, second].flatMap((of) => metricIds.filter((id) => metrics[id].of === of))
  const ordered = [...restless.filter((id) => ids.includes(id)), ...ids.filter((id) => !restless.includes(id))]
  if (ordered.length > mostColumns) throw new Error(`a row holds ${mostColumns} metrics, not ${ordered.length}`)
  return { metrics: ordered, scales: Float64Array.from(ordered, (id) => scaleOf(metrics[id].quantum)) }
}

/** Rows of paths, and of hosts' devices. */
export const pathLayout = layoutOf('path', 'device')
/** Rows of servers themselves, and of hosts. */
export const serverLayout = layoutOf('server', 'host')
/** How many of the columns rows of servers and their paths have. */
export const fleetColumns = Math.max(pathMetricIds.length, serverMetricIds.length)

/** As it is kept: `[["path.bitrateIn", 1], …]`. */
export const layoutToText = (layout: SampleLayout): string => JSON.stringify(layout.metrics.map((id, c) => [id, layout.scales[c]]))

/** Metrics that this version does not know keep their column. */
export const textToLayout = (text: string): SampleLayout => {
  const rows = JSON.parse(text) as [MetricId, number][]
  return { metrics: rows.map(([id]) => id), scales: Float64Array.from(rows, ([, scale]) => scale) }
}
