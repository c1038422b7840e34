import type { Alarm } from '../alarms.ts'
import { consoleTroubleSchema } from '../consoleTroubles.ts'
import { type MetricId, metrics } from '../metrics.ts'
import type { Reason, ReasonOf } from '../reasons.ts'
import { isTroubleKind } from '../troubles.ts'
import { formatBoth, formatDuration, formatNumber } from '../units.ts'
import { catalogueOf } from './catalogue.ts'
import { consoleTroubleText } from './consoleTroubleText.ts'
import { hostErrorWords, serverErrorWords } from './errorText.ts'
import { eventText, eventWords } from './eventText.ts'
import type { Language } from './languages.ts'
import { figuresIn } from './metricText.ts'
import { pictureText } from './pictureText.ts'
import { de } from './reasons/de.ts'
import { en } from './reasons/en.ts'
import { ko } from './reasons/ko.ts'
import { type LimitWords, type ReasonWords, timeMetrics } from './reasons/reasonWords.ts'
import { ru } from './reasons/ru.ts'
import { zh } from './reasons/zh.ts'
import { ruleTodo } from './ruleText.ts'
import { sendFailureText } from './sendFailureText.ts'
import { joined, textOf } from './texts.ts'
import { usualRangeText } from './usualText.ts'

const catalogues = catalogueOf<ReasonWords>('reasons', { en, de, zh, ru, ko }, ['reasons.*', 'limits.said.*'])

/** A reason in one sentence. */
export function reasonText(reason: Reason, language: Language): string {
  const words = eventWords[language]
  const { events } = words
  const nameless = { name: words.someServer, path: null, at: 0, words }
  switch (reason.kind) {
    case 'streamOff':
      return events.streamOff(reason, nameless)
    case 'streamEnded':
      return events.streamEnded(reason, nameless)
    case 'slateOn':
      return events.slateOn(reason, nameless)
    case 'serverError':
      return serverErrorWords(reason.error, language).what
    case 'limitCrossed':
      return limitText(reason, language)
    case 'probeDown':
      return pictureText(reason.error, language)
    case 'hostError':
      return hostErrorWords(reason.error, language).what
    case 'consoleTrouble': {
      const known = consoleTroubleSchema.safeParse(reason.trouble)
      return known.success ? consoleTroubleText(known.data, language) : String(reason.trouble.kind)
    }
    case 'happened':
      return eventText({ ...reason.event, text: '' }, language)
    case 'noNetwork':
      return events.consoleGap({ cause: 'noNetwork', begins: true }, nameless)
    case 'offUsual':
      return `${catalogues[language].reasons.offUsual(reason)} ${usualRangeText(reason.metric, reason, reason, language)}`
    case 'messageRefused':
    case 'channelUnreachable':
    case 'drillFailed':
      return `${textOf(catalogues[language].reasons, reason)} ${sendFailureText(reason.failure, language)}`
    case 'mediaFailing':
      return `${textOf(catalogues[language].reasons, reason)} ${pictureText(reason.error, language)}`
    default:
      return textOf(catalogues[language].reasons, reason)
  }
}

/** Metrics whose clauses say all: a limit adds nothing. */
const withoutLimit: ReadonlySet<MetricId> = new Set([...timeMetrics, 'server.certificateDays', 'probe.up', 'probe.elsewhereUp'])

function limitText({ metric, per, value, limit, clearWhen }: ReasonOf<'limitCrossed'>, language: Language): string {
  const words: LimitWords = catalogues[language].limits
  const { labelOf, figure } = figuresIn(language)
  const heals = clearWhen !== undefined && words.heals(labelOf(clearWhen.metric), clearWhen.side, figure(clearWhen.limit, clearWhen.metric, null))
  const crossed = per === null ? plainLimitText() : multipleText(labelOf(per))
  return joined(crossed, heals)

  function multipleText(unitLabel: string): string {
    const times = (ratio: number) => formatNumber(ratio, 2, language)
    if (metric === 'path.latency' && per === 'path.rtt') return words.latency(times(value))
    return words.withLimit(words.multiple(labelOf(metric), times(value), unitLabel), `${times(limit)} ×`)
  }
  function plainLimitText(): string {
    const { unit } = metrics[metric]
    const said = Object.hasOwn(words.said, metric) ? words.said[metric as keyof LimitWords['said']] : null
    const isTime = timeMetrics.some((one) => one === metric)
    const [written, ofLimit] = formatBoth(said ? Math.abs(value) : value, limit, unit, language)
    const clause = said?.(isTime ? formatDuration(value, language) : written, value) ?? words.is(labelOf(metric), written, unit === 'count')
    // Where any, or none at all, is the fault, the limit adds nothing either.
    const saysAll = limit === 0 || withoutLimit.has(metric) || (unit === 'count' && value === 0 && limit === 1)
    return saysAll ? words.plain(clause) : words.withLimit(clause, ofLimit)
  }
}

/** `reasonText`, or null without a reason. */
export function reasonTextOrNull(reason: Reason | null, language: Language): string | null {
  return reason === null ? null : reasonText(reason, language)
}

/** `text` says what is wrong, `todo` what to do: for an alarm as its rule says. */
export function troubleWords(trouble: Parameters<typeof troubleTodo>[0], language: Language): { readonly text: string; readonly todo: string } {
  return { text: reasonText(trouble.why, language), todo: troubleTodo(trouble, language) }
}

export function troubleTodo({ kind, why, rule = kind, runbook }: Pick<Alarm, 'kind' | 'why' | 'rule' | 'runbook'>, language: Language): string {
  if (runbook != null) return runbook
  if (why.kind === 'serverError') return serverErrorWords(why.error, language).todo
  if (why.kind === 'hostError') return hostErrorWords(why.error, language).todo
  return todoOf(isTroubleKind(kind) ? kind : rule, language)
}

/** What to do about what a shipped rule finds; '' for other rules. */
export function todoOf(rule: string, language: Language): string {
  return isTroubleKind(rule) ? catalogues[language].todo[rule] : ruleTodo(rule, language)
}
