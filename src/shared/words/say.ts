import { formatDuration, formatInterval, formatMomentInZone, formatSize } from '../units.ts'
import type { Language } from './languages.ts'

/** The plural forms of a noun in a language. */
export type Forms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>

/** Writes figures in one language. */
export interface Say {
  readonly number: (value: number) => string
  /** "1.5 GB", "20 MB": in the fitting unit unless one is given. */
  readonly size: (bytes: number, unit?: 'GB' | 'MB') => string
  /** A number with the matching form of the noun. */
  readonly count: (value: number, forms: Forms) => string
  readonly duration: (ms: number) => string
  /** A duration known only by its limits. */
  readonly interval: (minMs: number, maxMs: number) => string
  /** Date, time and time zone. */
  readonly moment: (at: number) => string
  /** The same from ISO 8601 text; other text stays as it is. */
  readonly momentOf: (text: string) => string
}

export function sayIn(language: Language): Say {
  // Created once: that takes longer than using them a hundred times.
  const numbers = new Intl.NumberFormat(language)
  const plurals = new Intl.PluralRules(language)
  const number = (value: number) => numbers.format(value)
  return {
    number,
    size: (bytes, unit) => formatSize(bytes, unit ?? null, language),
    count: (value, forms) => `${number(value)} ${forms[plurals.select(value)] ?? forms.other}`,
    duration: (ms) => formatDuration(ms, language),
    interval: (minMs, maxMs) => formatInterval(minMs, maxMs, language),
    moment: (at) => formatMomentInZone(at, language),
    momentOf: (text) => (Number.isNaN(Date.parse(text)) ? text : formatMomentInZone(Date.parse(text), language)),
  }
}
