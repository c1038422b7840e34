import { type MetricId, metrics, type Unit } from './metrics.ts'

/** A metric as Prometheus gets it. */
interface ExportedMetric {
  /** Of a counter with `_total`. */
  readonly name: string
  /** Counters are summed up by this console from what grew between polls. */
  readonly type: 'gauge' | 'counter' | 'stateset'
  /** Factor from our unit to that of the name. */
  readonly scale: number
  /** Smallest step worth sending, in the unit of the name. */
  readonly step: number
}

/** Prometheus wants base units: seconds, bytes, ratios of 1. */
const units: Readonly<Record<Unit, readonly [suffix: string, scale: number, ending: RegExp]>> = {
  bps: ['_bytes_per_second', 1 / 8, /Bps$/],
  mbps: ['_bytes_per_second', 1e6 / 8, /Mbps$/],
  bytes: ['_bytes', 1, /Bytes$/],
  ms: ['_seconds', 1 / 1000, /Ms$/],
  days: ['_seconds', 86_400, /Days$/],
  percent: ['_ratio', 1 / 100, /Percent$/],
  celsius: ['_celsius', 1, /Celsius$/],
  perSecond: ['_per_second', 1, /PerSecond$/],
  packetsPerSecond: ['_packets_per_second', 1, /PacketsPerSecond$/],
  ticks: ['_ticks', 1, /Ticks$/],
  count: ['', 1, /Count$/],
  dbfs: ['_dbfs', 1, /Dbfs$/],
  lufs: ['_lufs', 1, /Lufs$/],
  lu: ['_lu', 1, /Lu$/],
  state: ['', 1, /^$/],
}
const unitSuffixes = [...new Set(Object.values(units).map(([suffix]) => suffix))].filter((suffix) => suffix !== '').sort((a, b) => b.length - a.length)

/** The unit that ends the name of a family, without `_total`: `bytes_per_second`; null: it has none. */
export function unitOf(family: string): string | null {
  return unitSuffixes.find((suffix) => family.endsWith(suffix))?.slice(1) ?? null
}

/** The name, type and unit of a metric outside, all from its row in the table. */
export function exportedMetric(id: MetricId): ExportedMetric {
  const { of, unit, kind, quantum } = metrics[id]
  const [suffix, scale, ending] = units[unit]
  // A name must not say its type.
  const own = id
    .slice(id.indexOf('.') + 1)
    .replace(ending, '')
    .replace(/^counter/, '')
  const snake = own.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '')
  const type = kind === 'increase' ? 'counter' : kind === 'state' ? 'stateset' : 'gauge'
  return { name: `mtxdeck_${of}_${snake}${suffix}${type === 'counter' ? '_total' : ''}`, type, scale, step: quantum * scale }
}
