import type { MetricId } from '../metrics.ts'
import type { Language } from './languages.ts'
import { de } from './metrics/de.ts'
import { en } from './metrics/en.ts'
import { ko } from './metrics/ko.ts'
import { ru } from './metrics/ru.ts'
import { zh } from './metrics/zh.ts'

export interface MetricWords {
  /** Its name beside a chart, without a unit. */
  readonly label: string
  /** What it measures, in a sentence or two. */
  readonly help: string
}
/** A metric without words in any one of the languages does not compile. */
export type MetricCatalogue = Readonly<Record<MetricId, MetricWords>>

const catalogues: Readonly<Record<Language, MetricCatalogue>> = { en, de, zh, ru, ko }

export const metricWords = (id: MetricId, language: Language): MetricWords => catalogues[language][id]
