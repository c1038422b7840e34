import type { MetricId } from '../metrics.ts'
import type { Language } from './languages.ts'
import { de } from './metrics/de.ts'
import { en } from './metrics/en.ts'
import { ko } from './metrics/ko.ts'
import type { MetricCatalogue, MetricWords } from './metrics/metricWords.ts'
import { ru } from './metrics/ru.ts'
import { zh } from './metrics/zh.ts'

const catalogues: Readonly<Record<Language, MetricCatalogue>> = { en, de, zh, ru, ko }

export const metricWords = (id: MetricId, language: Language): MetricWords => catalogues[language][id]
