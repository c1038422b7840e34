import { type MetricId, type MetricSubject, metricIds, metrics } from '../../../shared/metrics.ts'
import { isOwnName, type OwnerKind, ownerKindOf } from './storedSubject.ts'

/** Which metric lies in which column of a row. Kept in the database, so that the metric table may grow and change its order. */
export interface SampleLayout {
  readonly metrics: readonly MetricId[]
  /** Whole numbers per unit of each column. */
  readonly scales: Float64Array
}

/** Row id of a chunk: a seal's chunks are next to each other, ordered by the paths' numbers within their owner. 16 million of those fit. */
export const chunkId = (seal: number, pathNo: number): number => seal * 2 ** 24 + pathNo

/** What changes with nearly every poll: in the first six columns they cost one byte of header. */
const restless: readonly MetricId[] = ['path.bitrateIn', 'path.bitrateOut', 'path.jitter', 'path.rtt', 'path.receiveRate', 'path.linkCapacity']

/** Exact for whole quanta, too: whole numbers divided by it are multiples of the quantum. */
const scaleOf = (quantum: number): number => (quantum >= 1 ? 1 / quantum : Math.round(1 / quantum))

function layoutFor(of: MetricSubject): SampleLayout {
  const ids = metricIds.filter((id) => metrics[id].of === of)
  const ordered = [...restless.filter((id) => ids.includes(id)), ...ids.filter((id) => !restless.includes(id))]
  return { metrics: ordered, scales: Float64Array.from(ordered, (id) => scaleOf(metrics[id].quantum)) }
}

/** One for each kind of subject: no two kinds share columns. */
export const layouts: Readonly<Record<MetricSubject, SampleLayout>> = {
  path: layoutFor('path'),
  server: layoutFor('server'),
  host: layoutFor('host'),
  device: layoutFor('device'),
}

/** Layouts of an owner's own rows and of those of its parts. */
export interface OwnerLayouts {
  readonly own: SampleLayout
  readonly parts: SampleLayout
}
export const ownerLayouts = {
  server: { own: layouts.server, parts: layouts.path },
  host: { own: layouts.host, parts: layouts.device },
} as const satisfies Record<OwnerKind, OwnerLayouts>
export const ownerKinds = Object.keys(ownerLayouts) as readonly OwnerKind[]

/** As this version writes the rows of a subject. */
export const layoutOf = (ownerId: string, path: string): SampleLayout => ownerLayouts[ownerKindOf(ownerId)][isOwnName(path) ? 'own' : 'parts']
/** Columns that rows of either kind have room for. */
export const strideOf = ({ own, parts }: OwnerLayouts): number => Math.max(own.metrics.length, parts.metrics.length)

/** As it is kept: `[["path.bitrateIn", 1], …]`. */
export const layoutToText = (layout: SampleLayout): string => JSON.stringify(layout.metrics.map((id, c) => [id, layout.scales[c]]))

/** Metrics that this version does not know keep their column. */
export function textToLayout(text: string): SampleLayout {
  const rows = JSON.parse(text) as [MetricId, number][]
  return { metrics: rows.map(([id]) => id), scales: Float64Array.from(rows, ([, scale]) => scale) }
}
