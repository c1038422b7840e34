import type { MetricId } from '../../metrics.ts'

export interface MetricWords {
  /** Name beside a chart, without a unit. */
  readonly label: string
  /** What the metric measures, in a sentence or two. */
  readonly help: string
}
/** A metric without words in one of the languages does not compile. */
export type MetricCatalogue = Readonly<Record<MetricId, MetricWords>>
