import type { MetricId } from '../../metrics.ts'

export interface MetricWords {
  /** Its name beside a chart, without a unit. */
  readonly label: string
  /** What it measures, in a sentence or two. */
  readonly help: string
}
/** A metric without words in any one of the languages does not compile. */
export type MetricCatalogue = Readonly<Record<MetricId, MetricWords>>
