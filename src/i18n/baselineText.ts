import type { Baseline, BaselineRange, WeekHour } from '../shared/baselines.ts'
import { type MetricId, metrics } from '../shared/metrics.ts'
import { formatRange } from '../shared/units.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'
import { joined } from './texts.ts'

/** The hour of the week, with the name of its day. */
const hourFacts = ({ weekday, hour, zone }: WeekHour, language: Language) => ({
  // The first of January 2024 was a Monday.
  weekday: new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, weekday)),
  hour,
  zone,
})

/** What is usual in an hour of the week, and from how many weeks that is known. */
export function baselineRangeText(
  metric: MetricId,
  { low, high, weeks }: Pick<BaselineRange, 'low' | 'high' | 'weeks'>,
  hour: WeekHour,
  language: Language,
): string {
  return sayIn(language)('baseline.usually', { figures: formatRange(low, high, metrics[metric].unit, language), ...hourFacts(hour, language), weeks })
}

/** What is usual now, or why that is not known; since when it is learned, if something was forgotten. */
export function baselineText({ metric, now }: Pick<Baseline, 'metric' | 'now'>, language: Language): string {
  const say = sayIn(language)
  const { range, weeks, needed, forgotten } = now
  const known = range === null ? say('baseline.notKnown', { ...hourFacts(now, language), weeks, needed }) : baselineRangeText(metric, range, now, language)
  return joined(known, forgotten !== null && say('baseline.forgotten', { at: forgotten.at }))
}
