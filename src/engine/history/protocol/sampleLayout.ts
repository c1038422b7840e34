import { type MetricId, type MetricSubject, metricIds, metrics } from '../../../shared/metrics.ts'
import { isOwnName, type OwnerKind, ownerKindOf } from './storedSubject.ts'

/** Maps the columns of a row to metrics. Stored in the database, so that the metric table may grow and be reordered. */
export interface SampleLayout {
  readonly metrics: readonly MetricId[]
  /** Factor per column: a value is stored as the whole number value × scale. */
  readonly scales: Float64Array
}

/** Row id of a chunk. A seal's chunks are adjacent, ordered by path number within the owner. There is room for 16 million paths. */
export function chunkId(seal: number, pathNo: number): number {
  return seal * 2 ** 24 + pathNo
}

/** Metrics that change with nearly every poll. In the first six columns they need only one byte of row header. */
const fastChanging: readonly MetricId[] = ['path.bitrateIn', 'path.bitrateOut', 'path.jitter', 'path.rtt', 'path.receiveRate', 'path.linkCapacity']

/** Scale for a quantum. Exact for quanta of 1 or more, too: a stored whole number divided by the scale is a multiple of the quantum. */
const scaleOf = (quantum: number): number => (quantum >= 1 ? 1 / quantum : Math.round(1 / quantum))

function layoutFor(of: MetricSubject): SampleLayout {
  const ids = metricIds.filter((id) => metrics[id].of === of)
  const ordered = [...fastChanging.filter((id) => ids.includes(id)), ...ids.filter((id) => !fastChanging.includes(id))]
  return { metrics: ordered, scales: Float64Array.from(ordered, (id) => scaleOf(metrics[id].quantum)) }
}

/** One layout per kind of subject; no two kinds share columns. */
export const layouts: Readonly<Record<MetricSubject, SampleLayout>> = {
  stream: layoutFor('stream'),
  server: layoutFor('server'),
  host: layoutFor('host'),
  device: layoutFor('device'),
  probe: layoutFor('probe'),
}

/** The layouts of an owner's own rows and of its parts' rows. */
export interface OwnerLayouts {
  readonly own: SampleLayout
  readonly parts: SampleLayout
}
export const ownerLayouts = {
  server: { own: layouts.server, parts: layouts.stream },
  host: { own: layouts.host, parts: layouts.device },
  probe: { own: layouts.probe, parts: { metrics: [], scales: new Float64Array() } },
} as const satisfies Record<OwnerKind, OwnerLayouts>
export const ownerKinds = Object.keys(ownerLayouts) as readonly OwnerKind[]

/** The layout in which this version writes a subject's rows. */
export function layoutOf(ownerId: string, path: string): SampleLayout {
  return ownerLayouts[ownerKindOf(ownerId)][isOwnName(path) ? 'own' : 'parts']
}
/** Columns reserved per row: enough for the owner's and for its parts' layout. */
export function strideOf({ own, parts }: OwnerLayouts): number {
  return Math.max(own.metrics.length, parts.metrics.length)
}

/** The stored form of a layout: `[["path.bitrateIn", 1], …]`. */
export function layoutToText(layout: SampleLayout): string {
  return JSON.stringify(layout.metrics.map((id, c) => [id, layout.scales[c]]))
}

/** Parses a stored layout. Metrics unknown to this version keep their column. */
export function textToLayout(text: string): SampleLayout {
  const rows = JSON.parse(text) as [MetricId, number][]
  return { metrics: rows.map(([id]) => id), scales: Float64Array.from(rows, ([, scale]) => scale) }
}
