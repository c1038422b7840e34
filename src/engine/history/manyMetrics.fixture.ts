import { fleetMetricIds, type MetricId, metricIds, metrics, pathMetricIds } from '../../shared/metrics.ts'

/** Two hundred additional stream metrics. Importing this before the store adds them to the store's layouts. */
export const madeUpMetrics = Array.from({ length: 200 }, (_, n) => `path.madeUp${n}` as MetricId)

for (const [n, id] of madeUpMetrics.entries())
  if (!(id in metrics)) {
    Object.assign(metrics, { [id]: { of: 'stream', unit: 'count', kind: 'gauge', quantum: [1, 0.1, 100][n % 3], lane: null } })
    for (const ids of [metricIds, pathMetricIds, fleetMetricIds]) (ids as MetricId[]).push(id)
  }
