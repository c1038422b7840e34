import type { Language } from './languages.ts'
import { de } from './prometheus/de.ts'
import { en } from './prometheus/en.ts'
import { ko } from './prometheus/ko.ts'
import type { PrometheusWords } from './prometheus/prometheusWords.ts'
import { ru } from './prometheus/ru.ts'
import { zh } from './prometheus/zh.ts'

const catalogues: Readonly<Record<Language, PrometheusWords>> = { en, de, zh, ru, ko }

/** Comments in the file of rules for Prometheus. */
export function prometheusWords(language: Language): PrometheusWords {
  return catalogues[language]
}
