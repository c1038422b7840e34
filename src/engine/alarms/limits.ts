import type { MetricId } from '../../shared/metrics.ts'
import type { Limit } from '../../shared/ruleKinds/limit.ts'
import type { FigureKind, Rows } from './breaches.ts'

/** The metric, and the metric it is divided by if any. */
export function metricsOf({ metric, per }: Pick<Limit, 'metric' | 'per'>): readonly [MetricId, ...MetricId[]] {
  return per === null ? [metric] : [metric, per]
}
export function plainFigure({ values, columns: [column = 0, perColumn] }: Rows): (row: number, from: number) => number {
  if (perColumn === undefined) return (_, from) => values[from + column] as number
  return (_, from) => (values[from + column] as number) / (values[from + perColumn] as number)
}

export const limits: FigureKind<'limit'> = {
  kind: 'limit',
  alarm: 'limitCrossed',
  metrics: metricsOf,
  levels: (watches) => watches,
  clearWhen: ({ clearWhen }) => clearWhen ?? null,
  figures: () => ({ of: plainFigure, forget: () => undefined }),
  why: ({ watches: { metric, per, side, levels, clearWhen }, worst, level }) => ({
    kind: 'limitCrossed',
    metric,
    per,
    side,
    value: worst,
    limit: level.limit,
    // The alarm clears at the mildest level.
    ...(clearWhen === undefined ? { clear: levels[0]?.clear ?? level.clear } : { clearWhen }),
  }),
}
