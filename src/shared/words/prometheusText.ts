import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'
import type { PrometheusWords } from './prometheus/prometheusWords.ts'

const catalogues = catalogueOf<PrometheusWords>('prometheus')

/** Comments in the file of rules for Prometheus. */
export function prometheusWords(language: Language): PrometheusWords {
  return catalogues[language]
}
