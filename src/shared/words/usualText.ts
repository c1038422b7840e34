import { type MetricId, metrics } from '../metrics.ts'
import { formatRange } from '../units.ts'
import type { Usual, UsualRange, WeekHour } from '../usual.ts'
import type { Language } from './languages.ts'
import { joined } from './texts.ts'
import { de } from './usual/de.ts'
import { en } from './usual/en.ts'
import { ko } from './usual/ko.ts'
import { ru } from './usual/ru.ts'
import type { UsualWords } from './usual/usualWords.ts'
import { zh } from './usual/zh.ts'

const catalogues: Readonly<Record<Language, UsualWords>> = { en, de, zh, ru, ko }

/** What is usual in an hour of the week, and from how many weeks that is known. */
export function usualRangeText(metric: MetricId, { low, high, weeks }: Pick<UsualRange, 'low' | 'high' | 'weeks'>, hour: WeekHour, language: Language): string {
  const words = catalogues[language]
  return words.usually(formatRange(low, high, metrics[metric].unit, language), words.on(hour), weeks)
}

/** What is usual now, or why that is not known; since when it is learned, if something was forgotten. */
export function usualText({ metric, now }: Pick<Usual, 'metric' | 'now'>, language: Language): string {
  const words = catalogues[language]
  const { range, weeks, needed, forgotten } = now
  const known = range === null ? words.notKnown(words.on(now), weeks, needed) : usualRangeText(metric, range, now, language)
  return joined(known, forgotten !== null && words.forgotten(forgotten))
}
