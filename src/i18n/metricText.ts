import type { SentenceId } from '../shared/messageIds.ts'
import { type MetricId, metrics } from '../shared/metrics.ts'
import { formatValue } from '../shared/units.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

/** Metrics that are called as another one, a check or a rule. */
const namedAs = {
  'server.bitrateIn': 'metrics.labels.path.bitrateIn',
  'server.bitrateOut': 'metrics.labels.path.bitrateOut',
  'server.readers': 'metrics.labels.path.readers',
  'host.reachable': 'metrics.labels.server.reachable',
  'probe.up': 'metrics.labels.server.reachable',
  'host.answerMs': 'metrics.labels.server.answerMs',
  'probe.answerMs': 'metrics.labels.server.answerMs',
  'host.clockSkew': 'metrics.labels.server.clockSkew',
  'host.udpBufferErrors': 'rules.names.udpErrors',
  'path.framesInError': 'rules.names.framesInError',
  'path.notRecorded': 'rules.names.recordingStopped',
  'probe.loudnessOffset': 'rules.names.loudnessOff',
  'probe.blackMs': 'grades.checks.black',
  'probe.oneColourMs': 'grades.checks.oneColour',
  'probe.colourBarsMs': 'grades.checks.colourBars',
  'probe.frozenMs': 'grades.checks.frozen',
  'probe.noMotionMs': 'grades.checks.noMotion',
  'probe.silentMs': 'grades.checks.silent',
} as const satisfies { readonly [Id in MetricId]?: SentenceId }
type OwnName = Exclude<MetricId, keyof typeof namedAs>

/** Name beside a chart, without a unit. */
export function metricLabel(id: MetricId, language: Language): string {
  return sayIn(language)(id in namedAs ? namedAs[id as keyof typeof namedAs] : `metrics.labels.${id as OwnName}`)
}
/** What the metric measures, in a sentence or two; null where its name says all. */
export function metricHelp(id: MetricId, language: Language): string | null {
  const help = `metrics.help.${id}`
  const said = sayIn(language)(help as SentenceId)
  return said === help ? null : said
}

/** Writes names and values of metrics in one language. */
export function figuresIn(language: Language) {
  const numbers = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 })
  return {
    labelOf: (id: MetricId): string => metricLabel(id, language),
    /** `per`: the value is a multiple of this metric. */
    figure: (value: number, id: MetricId, per: MetricId | null): string =>
      per === null ? formatValue(value, metrics[id].unit, language) : `${numbers.format(value)} × ${metricLabel(per, language)}`,
    /** A change of it; `%`: in percent of what it was. */
    changed: (by: number, id: MetricId, per: MetricId | null | '%'): string =>
      per === '%' ? `${numbers.format(by)} %` : per === null ? formatValue(by, metrics[id].unit, language) : numbers.format(by),
  }
}
