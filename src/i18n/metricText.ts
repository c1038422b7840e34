import { type MetricId, metrics } from '../shared/metrics.ts'
import { formatValue } from '../shared/units.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

/** Name beside a chart, without a unit. */
export function metricLabel(id: MetricId, language: Language): string {
  return sayIn(language)(`metrics.${id}.label`)
}
/** What the metric measures, in a sentence or two. */
export function metricHelp(id: MetricId, language: Language): string {
  return sayIn(language)(`metrics.${id}.help`)
}

/** Writes names and values of metrics in one language. */
export function figuresIn(language: Language) {
  const numbers = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 })
  return {
    labelOf: (id: MetricId): string => metricLabel(id, language),
    /** `per`: the value is a multiple of this metric. */
    figure: (value: number, id: MetricId, per: MetricId | null): string =>
      per === null ? formatValue(value, metrics[id].unit, language) : `${numbers.format(value)} × ${metricLabel(per, language)}`,
    /** A change of it; `%`: in percent of what it was. */
    changed: (by: number, id: MetricId, per: MetricId | null | '%'): string =>
      per === '%' ? `${numbers.format(by)} %` : per === null ? formatValue(by, metrics[id].unit, language) : numbers.format(by),
  }
}
