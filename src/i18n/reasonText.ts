import type { Alarm } from '../shared/alarms.ts'
import type { Baseline, BaselineRange, WeekHour } from '../shared/baselines.ts'
import { consoleTroubleSchema } from '../shared/consoleTroubles.ts'
import { type MetricId, metrics } from '../shared/metrics.ts'
import type { Reason, ReasonOf } from '../shared/reasons.ts'
import { isPassing, type SendFailure } from '../shared/sendFailures.ts'
import { isTroubleKind } from '../shared/troubles.ts'
import { formatBoth, formatDuration, formatNumber, formatRange, unknownMark } from '../shared/units.ts'
import { consoleTroubleText } from './consoleTroubleText.ts'
import { hostErrorMessage, serverErrorText } from './errorText.ts'
import { eventText } from './eventText.ts'
import type { Language } from './languages.ts'
import { figuresIn, metricLabel } from './metricText.ts'
import { pictureText } from './pictureText.ts'
import { ruleTodo } from './ruleText.ts'
import { type Facts, type Say, sayIn } from './say.ts'
import { joined, namesText, withoutStop } from './texts.ts'

const nameless = { at: 0, subject: null, ownerName: null, text: '' }

export function reasonText(reason: Reason, language: Language): string {
  const say = sayIn(language)
  switch (reason.kind) {
    case 'streamOff':
    case 'streamEnded':
    case 'slateOn':
      return eventText({ ...nameless, kind: reason.kind, facts: reason }, language)
    case 'serverError':
      return serverErrorText(reason.error, language).what
    case 'limitCrossed':
      return limitText(reason, language)
    case 'probeDown':
      return pictureText(reason.error, language)
    case 'hostError':
      return hostErrorMessage(reason.error, language).what
    case 'consoleTrouble': {
      const known = consoleTroubleSchema.safeParse(reason.trouble)
      return known.success ? consoleTroubleText(known.data, language) : String(reason.trouble.kind ?? unknownMark)
    }
    case 'happened':
      return eventText({ ...reason.event, text: '' }, language)
    case 'noNetwork':
      return eventText({ ...nameless, kind: 'consoleGap', facts: { cause: 'noNetwork', begins: true } }, language)
    case 'offUsual':
      return joined(limitClause(reason, null, language), baselineRangeText(reason.metric, reason, reason, language))
    case 'messageRefused':
    case 'channelUnreachable':
    case 'drillFailed':
      return joined(say(`reasons.${reason.kind}`, reason), sendFailureText(reason.failure, language))
    case 'mediaFailing':
      return joined(say('reasons.mediaFailing'), pictureText(reason.error, language))
    case 'streamsLost': {
      const { lost, of: all, isReturn, paths } = reason
      return say('reasons.streamsLost', { context: isReturn ? 'return' : undefined, lost, all, names: namesText(paths.slice(0, 10), lost, language) })
    }
    case 'notRecorded':
      return say('reasons.nothingKept')
    default:
      return say(`reasons.${reason.kind}`, { ...reason, ...withTexts(reason, say) })
  }
}

/** The form of the sentence, and facts that need words. */
function withTexts(reason: Reason, { language }: Say): Facts {
  const { labelOf, changed } = figuresIn(language)
  switch (reason.kind) {
    case 'senderLeft':
      return { context: reason.pulled ? 'pulled' : undefined }
    case 'packetsLost':
      return { context: reason.estimated ? 'estimated' : undefined }
    case 'changedFast': {
      const amount = (by: number) => changed(Math.abs(by), reason.metric, '%')
      return { context: reason.change < 0 ? 'below' : undefined, label: labelOf(reason.metric), change: amount(reason.change), limit: amount(reason.limit) }
    }
    case 'pollingSlowed':
      return { askedMs: reason.askedSeconds * 1000, everyMs: reason.everySeconds * 1000 }
    default:
      return {}
  }
}

/** Metrics that say how long something lasts: "Not recorded for 2 min 48 s". */
const lastingMetrics: ReadonlySet<MetricId> = new Set([
  'path.notRecorded',
  'path.lossMs',
  'probe.blackMs',
  'probe.oneColourMs',
  'probe.colourBarsMs',
  'probe.frozenMs',
  'probe.noMotionMs',
  'probe.silentMs',
])
/** Metrics whose name and figure make no sentence that an operator would say. */
const spokenMetrics = [
  'path.recordingMissing',
  'server.certificateDays',
  'server.clockSkew',
  'device.used',
  'probe.up',
  'probe.elsewhereUp',
  'probe.loudnessOffset',
  'probe.audioAhead',
] as const satisfies readonly MetricId[]
/** Metrics of which only 0 is said in a sentence. */
const spokenNone = ['path.readers', 'path.people'] as const satisfies readonly MetricId[]
/** Metrics that are said as another one. */
const saidAs: Readonly<Partial<Record<MetricId, MetricId>>> = { 'host.clockSkew': 'server.clockSkew', 'probe.canarySoundAhead': 'probe.audioAhead' }
/** Metrics whose clauses say all: a limit adds nothing. */
const withoutLimit: ReadonlySet<MetricId> = new Set([...lastingMetrics, 'path.recordingMissing', 'server.certificateDays', 'probe.up', 'probe.elsewhereUp'])

function limitText({ metric, per, value, limit }: ReasonOf<'limitCrossed'>, language: Language): string {
  const say = sayIn(language)
  const { labelOf } = figuresIn(language)
  const times = (ratio: number) => formatNumber(ratio, 2, language)
  return per === null ? limitClause({ metric, value }, limit, language) : multipleText(per)

  function multipleText(unit: MetricId): string {
    if (metric === 'path.latency' && unit === 'path.rtt') return say('reasons.limits.latency', { times: times(value) })
    const label = labelOf(unit)
    const clause = say('reasons.limits.multiple', {
      label: labelOf(metric),
      times: times(value),
      per: language === 'en' ? `${label.charAt(0).toLowerCase()}${label.slice(1)}` : label,
    })
    return say('reasons.limits.withLimit', { clause, limit: `${times(limit)} ×` })
  }
}

/** A figure as a sentence, with the limit that it crossed where that says more. */
function limitClause({ metric, value }: Pick<ReasonOf<'limitCrossed'>, 'metric' | 'value'>, limit: number | null, language: Language): string {
  const say = sayIn(language)
  const { unit } = metrics[metric]
  const clause = lastingMetrics.has(metric) && limit !== null ? lasting() : figureClause()
  const ofLimit = formatBoth(value, limit ?? value, unit, language)[1]
  // Where any, or none at all, is the fault, the limit adds nothing either.
  const saysAll = limit === null || limit === 0 || withoutLimit.has(metric) || (unit === 'count' && value === 0 && limit === 1)
  return saysAll ? say('reasons.limits.plain', { clause }) : say('reasons.limits.withLimit', { clause, limit: ofLimit })

  function lasting(): string {
    return say('grades.lasting', { what: metricLabel(metric, language), time: formatDuration(value, language) })
  }
  function figureClause(): string {
    const of = saidAs[metric] ?? metric
    const spoken = limit === null ? undefined : [...spokenMetrics, ...(value === 0 ? spokenNone : [])].find((one) => one === of)
    const [figure] = formatBoth(spoken ? Math.abs(value) : value, limit ?? value, unit, language)
    if (spoken === undefined) return say('reasons.limits.is', { label: metricLabel(metric, language), figure })
    return say(`reasons.limits.said.${spoken}`, {
      context: value < 0 ? 'below' : value === 0 || (spoken === 'server.certificateDays' && value < 1) ? 'none' : undefined,
      figure: spoken === 'path.recordingMissing' ? formatDuration(value, language) : figure,
      days: Math.floor(Math.abs(value)),
    })
  }
}

export function reasonTextOrNull(reason: Reason | null, language: Language): string | null {
  return reason === null ? null : reasonText(reason, language)
}

/** `text` says what is wrong, or was where it is well by now, and `todo` what to do: for an alarm as its rule says. */
export function troubleText(trouble: Parameters<typeof troubleTodo>[0], language: Language): { readonly text: string; readonly todo: string } {
  return { text: whileCalm(reasonText(trouble.why, language), trouble, language), todo: troubleTodo(trouble, language) }
}
/** Its text, as what was before where its trouble is absent. */
export function whileCalm(text: string, { calmSince }: Pick<Alarm, 'calmSince'>, language: Language): string {
  return calmSince === undefined ? text : sayIn(language)('incidents.calm', { before: text })
}

export function troubleTodo(
  { kind, why, rule, runbook, calmSince, causes = [] }: Pick<Alarm, 'kind' | 'why' | 'rule' | 'runbook' | 'calmSince' | 'causes'>,
  language: Language,
): string {
  if (runbook != null) return runbook
  if (calmSince !== undefined) return ''
  // Who disconnected it on purpose needs no advice.
  if ('kicked' in why && why.kicked !== undefined) return ''
  if (causes.some(({ facts }) => facts.kind === 'pathRemoved')) return sayIn(language)('causes.todo.pathRemoved')
  if (why.kind === 'serverError') return serverErrorText(why.error, language).todo
  if (why.kind === 'hostError') return hostErrorMessage(why.error, language).todo
  // It stalled first: its server closes what sends nothing. One that hung up is as good as gone.
  const found = why.kind === 'hungUp' ? 'streamGone' : kind === 'streamGone' && 'withoutData' in why && why.withoutData !== undefined ? 'streamStalled' : kind
  return ruleTodo(isTroubleKind(found) ? found : rule, language)
}

/** The hour of the week, with the name of its day. */
const hourFacts = ({ weekday, hour, zone }: WeekHour, language: Language) => ({
  // The first of January 2024 was a Monday.
  weekday: new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, weekday)),
  hour,
  zone,
})

/** What is usual in an hour of the week, and from how many weeks that is known. */
function baselineRangeText(metric: MetricId, { low, high, weeks }: Pick<BaselineRange, 'low' | 'high' | 'weeks'>, hour: WeekHour, language: Language): string {
  return sayIn(language)('baseline.usually', { figures: formatRange(low, high, metrics[metric].unit, language), ...hourFacts(hour, language), weeks })
}

/** What is usual now, or why that is not known; since when it is learned, if something was forgotten. */
export function baselineText({ metric, now }: Pick<Baseline, 'metric' | 'now'>, language: Language): string {
  const say = sayIn(language)
  const { range, weeks, needed, forgotten } = now
  const known = range === null ? say('baseline.notKnown', { ...hourFacts(now, language), weeks, needed }) : baselineRangeText(metric, range, now, language)
  return joined(known, forgotten !== null && say('baseline.forgotten', { at: forgotten }))
}

/** Why a channel did not accept a message, and what to do, in a sentence or two. */
export function sendFailureText(failure: SendFailure, language: Language): string {
  if (failure.kind === 'status') return sendFailureText({ kind: 'answer', said: `HTTP ${failure.status}`, isPassing: isPassing(failure.status) }, language)
  const said = 'said' in failure && { said: withoutStop(failure.said) }
  return sayIn(language)(`sendFailures.${failure.kind}`, {
    context: failure.kind === 'answer' && failure.isPassing ? 'passing' : undefined,
    ...failure,
    ...said,
  })
}
