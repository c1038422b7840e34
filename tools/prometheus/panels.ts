import { metricHelp, metricLabel } from '../../src/i18n/metricText.ts'
import { exportedMetric } from '../../src/shared/exportedMetrics.ts'
import { type MetricId, type MetricLane, metricIds, metrics, type Unit } from '../../src/shared/metrics.ts'

/** What Prometheus is asked, and how its answers are called: `{{server}}` is the value of a label. */
export interface Target {
  readonly expr: string
  readonly legend: string
}

/** One panel of a dashboard; its place follows from its width and those before it. */
export interface Panel {
  readonly kind: 'chart' | 'stat' | 'table' | 'states'
  readonly title: string
  readonly help?: string | undefined
  /** Grafana's id of a unit. */
  readonly unit: string
  readonly targets: readonly Target[]
  /** Of 24 columns. */
  readonly width: number
  readonly shape?: MetricLane['shape']
  readonly isStacked?: boolean
  /** Drawn in red. */
  readonly isTrouble?: boolean
  readonly max?: number
  /** Names of values. */
  readonly values?: Readonly<Record<string, string>>
}

/** Grafana's unit for ours as exported, and the factor to it: operators read bits, not bytes. */
const units: Readonly<Record<Unit, readonly [id: string, factor: number]>> = {
  bps: ['bps', 8],
  mbps: ['bps', 8],
  bytes: ['bytes', 1],
  ms: ['s', 1],
  days: ['s', 1],
  percent: ['percentunit', 1],
  celsius: ['celsius', 1],
  perSecond: ['cps', 1],
  packetsPerSecond: ['pps', 1],
  ticks: ['short', 1],
  count: ['short', 1],
  dbfs: ['suffix: dBFS', 1],
  lufs: ['suffix: LUFS', 1],
  lu: ['suffix: LU', 1],
  state: ['short', 1],
}
const ownUnits: Partial<Record<MetricId, string>> = { 'probe.audioSampleRate': 'hertz', 'probe.width': 'pixel', 'probe.height': 'pixel' }

/** Never beyond 1, so that its chart has the whole of it. */
const isShare = (id: MetricId): boolean =>
  metrics[id].unit === 'percent' && (metrics[id].of === 'host' || metrics[id].of === 'device') && id !== 'host.mediaCpu'

const times = (factor: number, expr: string): string => (factor === 1 ? expr : `${factor} * ${expr}`)

/** A chart of a metric of the table. `selector` is what stands between its braces. */
export function metricPanel(id: MetricId, selector: string, legend: string): Panel {
  const { name, type } = exportedMetric(id)
  const { unit, lane }: { readonly unit: Unit; readonly lane: MetricLane | null } = metrics[id]
  const [label, help] = [metricLabel(id, 'en'), metricHelp(id, 'en') ?? undefined]
  const [unitId, factor] = units[unit]
  const series = `${name}{${selector}}`
  const isCounter = type === 'counter'
  return {
    kind: 'chart',
    title: isCounter ? `${label}, per minute` : label,
    help,
    unit: ownUnits[id] ?? unitId,
    targets: [{ expr: isCounter ? `60 * rate(${series}[$__rate_interval])` : times(factor, series), legend }],
    width: 12,
    shape: lane?.shape ?? (isCounter ? 'bars' : 'line'),
    isTrouble: lane?.tone === 'trouble',
    ...(isShare(id) && { max: 1 }),
  }
}

/** Metrics that a stack of our own charts draws, in its order. */
export function charted(chart: MetricLane['charts'][number]): readonly MetricId[] {
  return metricIds.filter((id) => (metrics[id].lane as MetricLane | null)?.charts.includes(chart))
}

/** Metrics of a kind of subject that no chart of ours draws. States are drawn in their own way. */
export function uncharted(of: (typeof metrics)[MetricId]['of']): readonly MetricId[] {
  return metricIds.filter((id) => metrics[id].of === of && metrics[id].lane === null && metrics[id].kind !== 'state')
}

/** One figure of now. */
export function statPanel(title: string, help: string | undefined, expr: string, more: Partial<Panel> = {}): Panel {
  return { kind: 'stat', title, help, unit: 'short', targets: [{ expr, legend: '' }], width: 4, ...more }
}
/** A metric of the table, added up. */
export function sumPanel(id: MetricId, selector: string): Panel {
  const [unit, factor] = units[metrics[id].unit]
  const [label, help] = [metricLabel(id, 'en'), metricHelp(id, 'en') ?? undefined]
  return statPanel(label, help, times(factor, `sum(${exportedMetric(id).name}{${selector}})`), { unit, isTrouble: metrics[id].lane?.tone === 'trouble' })
}
/** The streams that have most of a metric. */
export function topPanel(id: MetricId, selector: string, most = 10): Panel {
  const panel = metricPanel(id, selector, '{{server}} · {{path}}')
  return {
    ...panel,
    title: `${panel.title}: the ${most} streams with most`,
    targets: panel.targets.map((one) => ({ ...one, expr: `topk(${most}, ${one.expr})` })),
  }
}
export function chartPanel(title: string, help: string, unit: string, targets: readonly Target[], more: Partial<Panel> = {}): Panel {
  return {
    kind: 'chart',
    title,
    help,
    unit,
    targets,
    width: 12,
    ...more,
  }
}
export function tablePanel(title: string, help: string, expr: string, more: Partial<Panel> = {}): Panel {
  return {
    kind: 'table',
    title,
    help,
    unit: 'short',
    targets: [{ expr, legend: '' }],
    width: 12,
    ...more,
  }
}
