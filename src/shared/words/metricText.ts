import { type MetricId, metrics } from '../metrics.ts'
import { formatValue } from '../units.ts'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'
import type { MetricCatalogue, MetricWords } from './metrics/metricWords.ts'

const catalogues = catalogueOf<MetricCatalogue>('metrics')

export function metricWords(id: MetricId, language: Language): MetricWords {
  return catalogues[language][id]
}

/** Writes names and values of metrics in one language. */
export function figuresIn(language: Language) {
  const numbers = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 })
  return {
    labelOf: (id: MetricId): string => metricWords(id, language).label,
    /** `per`: the value is a multiple of this metric. */
    figure: (value: number, id: MetricId, per: MetricId | null): string =>
      per === null ? formatValue(value, metrics[id].unit, language) : `${numbers.format(value)} × ${metricWords(per, language).label}`,
    /** A change of it; `%`: in percent of what it was. */
    changed: (by: number, id: MetricId, per: MetricId | null | '%'): string =>
      per === '%' ? `${numbers.format(by)} %` : per === null ? formatValue(by, metrics[id].unit, language) : numbers.format(by),
  }
}
