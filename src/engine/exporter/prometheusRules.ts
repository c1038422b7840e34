import type { Language } from '../../i18n/languages.ts'
import { ruleName, ruleTodo } from '../../i18n/ruleText.ts'
import { sayIn } from '../../i18n/say.ts'
import { canaryReaderPatterns, canaryReadProtocols } from '../../shared/canaries.ts'
import { exportedMetric } from '../../shared/exportedMetrics.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { RuleLevel } from '../../shared/ruleKinds/ruleKind.ts'
import type { Watched, WatchedKind, WatchedOf } from '../../shared/ruleKinds.ts'
import type { Rule, RuleEvaluation, Scope } from '../../shared/rules.ts'
import type { SubjectKind } from '../../shared/subjectNames.ts'
import { kindOfMetric } from '../../shared/subjects.ts'
import { yaml } from '../yaml.ts'

/** Why a rule can't be written for Prometheus. `off`: it is switched off; `noLimit`: nobody has given its limit. */
type NotExportable = 'event' | 'field' | 'unusual' | 'noMetric' | 'state' | 'ofReadings' | 'off' | 'noLimit'
/** How a rule there differs from ours. */
type RuleRemark = 'averaged' | 'soundToo' | 'eachLevel'

/** An alerting rule of Prometheus. */
interface AlertingRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly keep_firing_for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** What is said in Prometheus' language of one rule: when it fires, with limits and scopes. */
interface Condition {
  readonly expr: string
  /** null: the series say it themselves. */
  readonly severity: string | null
}
interface Written {
  readonly conditions: readonly Condition[]
  /** Labels of what it is about. */
  readonly labels: readonly string[]
  readonly remarks: readonly RuleRemark[]
}
/** One rule, or one exception of it, as far as it judges `among` of its subjects. */
interface Asked {
  readonly rule: Rule
  readonly evaluation: RuleEvaluation
  readonly scopes: readonly Scope[]
  /** Subjects that an exception before it takes. */
  readonly without: readonly Scope[]
  /** Labels that its alerts have beside the rule's name. */
  readonly marks: Readonly<Record<string, string>>
}

const subjectLabels: Readonly<Record<SubjectKind, readonly string[]>> = {
  stream: ['server', 'path'],
  server: ['server'],
  host: ['host'],
  device: ['host', 'device'],
  probe: ['probe'],
}

/** What Prometheus is asked, by what a rule watches; or why it can't be. */
const writers: { readonly [K in WatchedKind]: (asked: Asked, watches: WatchedOf<K>) => Written | NotExportable } = {
  limit: writeLimit,
  change: writeChange,
  absence: writeAbsence,
  trouble: writeTrouble,
  event: () => 'event',
  flapping: () => 'noMetric',
  state: writeState,
  unusual: () => 'unusual',
}

/** The rules in force as a file of alerting rules over `/metrics`. What can't be said there is named at its top, with the reason. */
export function prometheusRules(rules: readonly Rule[], language: Language): string {
  const say = sayIn(language)
  const alerts: AlertingRule[] = []
  const left: string[] = []
  const remarks: string[] = []
  for (const rule of rules) {
    const enabled = variantsOf(rule).filter(({ evaluation }) => evaluation.enabled)
    const variants = enabled.filter(({ evaluation: { watches } }) => !('levels' in watches) || watches.levels.length > 0)
    if (variants.length === 0) {
      left.push(`${rule.id}: ${say(`prometheus.why.${enabled.length === 0 ? 'off' : 'noLimit'}`)}`)
      continue
    }
    for (const asked of variants) {
      const written = writeVariant(asked)
      if (typeof written === 'string') {
        left.push(`${rule.id}: ${say(`prometheus.why.${written}`)}`)
        break
      }
      for (const remark of written.remarks) remarks.push(`${rule.id}: ${say(`prometheus.remarks.${remark}`)}`)
      alerts.push(...written.conditions.map((condition) => alertOf(asked, written, condition, language)))
    }
  }
  const lines = [say('prometheus.title'), ...said(say('prometheus.differs'), [...new Set(remarks)]), ...said(say('prometheus.left'), left)]
  return `${lines.map((line) => `# ${line}`.trimEnd()).join('\n')}\n${yaml().stringify({ groups: [{ name: 'mtxdeck', rules: alerts }] }, { lineWidth: 0 })}`
}
const said = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)])

/** The rule without its exceptions, and each of them: the first that fits a subject counts for it. */
function variantsOf(rule: Rule): readonly Asked[] {
  const scopes = rule.exceptions.map(({ scope }) => scope)
  // As here, these don't judge what reads canaries back (`evaluatedBy`).
  const others: readonly Scope[] = rule.id === 'probeDown' || rule.id === 'probeFrameRateLow' ? [{ probes: canaryReaderPatterns(canaryReadProtocols) }] : []
  return [
    { rule, evaluation: rule, scopes: [rule.scope], without: [...others, ...scopes], marks: {} },
    ...rule.exceptions.map(
      (exception, index): Asked => ({
        rule,
        evaluation: exception,
        scopes: [rule.scope, exception.scope],
        without: [...others, ...scopes.slice(0, index)],
        marks: { exception: String(index + 1) },
      }),
    ),
  ]
}

function writeVariant(asked: Asked): Written | NotExportable {
  const { watches } = asked.evaluation
  if ([...asked.scopes, ...asked.without].some(({ where }) => where !== undefined)) return 'field'
  const write = writers[watches.kind] as (asked: Asked, watches: Watched) => Written | NotExportable
  return write(asked, watches)
}

function alertOf({ rule, evaluation, marks }: Asked, { labels }: Written, { expr, severity }: Condition, language: Language): AlertingRule {
  const { onDelayMs, offDelayMs } = evaluation
  const place = labels.map((label) => `{{ $labels.${label} }}`).reverse()
  const runbook = rule.runbook ?? ruleTodo(rule.id, language)
  return {
    alert: rule.id,
    expr,
    ...(onDelayMs > 0 && { for: `${Math.round(onDelayMs / 1000)}s` }),
    ...(offDelayMs > 0 && { keep_firing_for: `${Math.round(offDelayMs / 1000)}s` }),
    labels: { ...(severity !== null && { severity }), ...marks, source: 'mtxdeck' },
    annotations: {
      summary: `${literal(ruleName(rule, language))}${place.length === 0 ? '' : `: ${place.join(' · ')}`}`,
      ...(runbook !== '' && { runbook: literal(runbook) }),
      ...(rule.runbookUrl !== null && { runbook_url: literal(rule.runbookUrl) }),
    },
  }
}
/** Text that Prometheus must not take for a template. With half a character in it, it would refuse the whole file. */
const literal = (text: string): string => text.toWellFormed().replaceAll('{{', '{{"{{"}}')

/** A trouble as this console judges it now; the delays are the rule's. */
function writeTrouble(asked: Asked, { trouble }: WatchedOf<'trouble'>): Written | NotExportable {
  const severity = asked.evaluation.severity
  if (trouble === 'pollingSlowed') {
    const expr = `mtxdeck_server_poll_interval_seconds > mtxdeck_server_poll_interval_configured_seconds`
    return { conditions: [{ expr: within(expr, 'server', asked, 'mtxdeck_server_poll_interval_seconds'), severity }], labels: ['server'], remarks: [] }
  }
  const of = troubleMetrics[trouble]
  if (of === null) return 'noMetric'
  const [kind, metric] = of
  const selector = `${metric}{kind="${trouble}"}`
  if (kind === 'console') return { conditions: [{ expr: selector, severity }], labels: [], remarks: [] }
  return { conditions: [{ expr: within(selector, kind, asked, metric), severity }], labels: subjectLabels[kind], remarks: [] }
}

/** A state that the series say; what is off air has no series. */
function writeState(asked: Asked, { of, state }: WatchedOf<'state'>): Written | NotExportable {
  const { severity } = asked.evaluation
  if (of === 'stream' && (state === 'gone' || state === 'ended' || state === 'unknown')) return 'noMetric'
  const metric = of === 'stream' ? 'mtxdeck_stream_state' : `mtxdeck_${of}_info`
  return { conditions: [{ expr: within(`${metric}{state="${state}"}`, of, asked, metric), severity }], labels: subjectLabels[of], remarks: [] }
}

type TroubleMetric = readonly [of: SubjectKind | 'console', metric: string] | null
const ofServer: TroubleMetric = ['server', 'mtxdeck_server_trouble']
const ofStream: TroubleMetric = ['stream', 'mtxdeck_stream_trouble']
const ofHost: TroubleMetric = ['host', 'mtxdeck_host_trouble']
const ofConsole: TroubleMetric = ['console', 'mtxdeck_console_trouble']
const troubleMetrics: Readonly<Record<Exclude<WatchedOf<'trouble'>['trouble'], 'pollingSlowed'>, TroubleMetric>> = {
  serverDown: ofServer,
  serverHalted: ofServer,
  serverSilent: ofServer,
  streamGone: ofStream,
  streamStalled: ofStream,
  slateOnAir: ofStream,
  onDemandFailed: ofStream,
  endedWhileRead: ofStream,
  sourceFailing: ofStream,
  packetsLost: ofStream,
  hostDown: ofHost,
  hostWaiting: ofHost,
  consoleOffline: ofConsole,
  storeFailing: ofConsole,
  backupMissed: ofConsole,
  messageRefused: ofConsole,
  channelUnreachable: ofConsole,
  mediaFailing: ofConsole,
  streamsLost: null,
  apiOpen: null,
  diskFilling: null,
}

function writeLimit(asked: Asked, { metric, per, side, levels, clearWhen }: WatchedOf<'limit'>): Written | NotExportable {
  const compared = comparedOf(metric, per)
  if (typeof compared === 'string') return compared
  const { figure, scale } = compared
  const value = side === 'beyond' ? `abs(${figure})` : figure
  const sign = side === 'below' ? '<' : '>'
  const past = (limit: number) => `${value} ${sign} ${numberText((side === 'beyond' ? Math.abs(limit) : limit) * scale)}`
  if (clearWhen === undefined) return writeLevels(asked, metric, per, levels, past)
  const clearing = comparedOf(clearWhen.metric, null)
  if (typeof clearing === 'string') return clearing
  return writeLevels(asked, metric, per, levels, past, {
    figure: value,
    cleared: `${clearing.figure} ${clearWhen.side === 'below' ? '<' : '>'} ${numberText(clearWhen.limit * clearing.scale)}`,
  })
}

function writeChange(asked: Asked, { metric, per, direction, isRelative, withinMs, levels }: WatchedOf<'change'>): Written | NotExportable {
  const compared = comparedOf(metric, per)
  if (typeof compared === 'string') return compared
  const { figure, scale } = compared
  const over = `((${figure})[${Math.round(withinMs / 1000)}s:])`
  const by = (change: string, was: string, limit: number) =>
    isRelative ? `(${change}) / ${was} > ${numberText(limit / 100)}` : `${change} > ${numberText(limit * scale)}`
  const up = (limit: number) => by(`${figure} - min_over_time${over}`, `min_over_time${over}`, limit)
  const down = (limit: number) => by(`max_over_time${over} - (${figure})`, `max_over_time${over}`, limit)
  const past = { up, down, either: (limit: number) => `(${up(limit)} or ${down(limit)})` }[direction]
  return writeLevels(asked, metric, per, levels, past)
}

/** A live stream that lacks a figure, or a host or server that answers and lacks it; or streams that should be there by name. */
function writeAbsence(asked: Asked, { metric, streams }: WatchedOf<'absence'>): Written | NotExportable {
  const { severity } = asked.evaluation
  if (metric === null) {
    const missing = streams.map((pattern) => {
      const there = `mtxdeck_stream_state{state="live",path=~${patternsText([pattern])}}`
      return `label_replace(mtxdeck_server_info{state="up"} unless on (server) ${there}, "path", ${quoted(pattern.replaceAll('$', '$$$$'))}, "", "")`
    })
    const conditions = [{ expr: within(missing.join(' or '), 'server', asked, 'mtxdeck_server_info'), severity }]
    return { conditions, labels: ['server', 'path'], remarks: [] }
  }
  const { name, type } = exportedMetric(metric)
  if (type === 'stateset') return 'state'
  const kind = kindOfMetric(metric)
  // Which parts a host has is known by their figures alone.
  if (kind === 'device') return 'noMetric'
  const labels = subjectLabels[kind]
  const there = kind === 'stream' ? 'mtxdeck_stream_state{state="live"}' : `mtxdeck_${kind}_info{state="up"}`
  const base = kind === 'stream' ? 'mtxdeck_stream_state' : `mtxdeck_${kind}_info`
  return { conditions: [{ expr: within(`${there} unless on (${labels.join(', ')}) ${name}`, kind, asked, base), severity }], labels, remarks: [] }
}

/** The figure of a rule as Prometheus has it, and the factor of its limits; or why it can't have it. */
function comparedOf(metric: MetricId, per: MetricId | null): { readonly figure: string; readonly scale: number } | NotExportable {
  const exported = exportedMetric(metric)
  const divisor = per === null ? null : exportedMetric(per)
  if (exported.type === 'stateset' || divisor?.type === 'stateset') return 'state'
  // Each probe is read at its own interval, which a rate over a fixed time can't follow.
  if (kindOfMetric(metric) === 'probe' && (exported.type === 'counter' || divisor?.type === 'counter')) return 'ofReadings'
  return { figure: per === null ? figureOf(metric) : `${figureOf(metric)} / ${figureOf(per)}`, scale: exported.scale / (divisor?.scale ?? 1) }
}

/** Another figure by which an alert ends. */
interface Held {
  readonly figure: string
  readonly cleared: string
}

/** An alert for each level; between a limit and where it clears, one that fires goes on. */
function writeLevels(
  asked: Asked,
  metric: MetricId,
  per: MetricId | null,
  levels: readonly RuleLevel[],
  past: (limit: number) => string,
  held?: Held,
): Written {
  const { rule, marks } = asked
  const kind = kindOfMetric(metric)
  const labels = subjectLabels[kind]
  const conditions = levels.map(({ severity, limit, clear }) => {
    const own = { alertname: rule.id, alertstate: 'firing', severity, ...marks }
    const firing = `ALERTS{${Object.entries(own)
      .map(([name, value]) => `${name}=${quoted(value)}`)
      .join(',')}}`
    const on = `on (${labels.join(', ')})`
    const goesOn =
      held !== undefined
        ? `(${held.figure} and ${on} ${firing} unless ${on} (${held.cleared}))`
        : clear === limit
          ? null
          : `(${past(clear)} and ${on} ${firing})`
    const raised = goesOn === null ? past(limit) : `(${past(limit)} or ${goesOn})`
    const live = kind === 'stream' ? ' and on (server, path) mtxdeck_stream_state{state="live"}' : ''
    return { expr: within(`${raised}${live}`, kind, asked, exportedMetric(metric).name), severity }
  })
  const remarks: RuleRemark[] = []
  if ([metric, ...(per === null ? [] : [per])].some((id) => exportedMetric(id).type === 'counter')) remarks.push('averaged')
  if (rule.id === 'bitrateLow') remarks.push('soundToo')
  if (levels.length > 1) remarks.push('eachLevel')
  return { conditions, labels, remarks }
}

/** What a rule compares: of what grows, the increase with a poll. */
function figureOf(metric: MetricId): string {
  const { name, type } = exportedMetric(metric)
  if (type !== 'counter') return name
  return `rate(${name}[1m]) * on (server) group_left () mtxdeck_server_poll_interval_seconds`
}
const numberText = (value: number): string => String(Number(value.toPrecision(12)))

/** Limits a condition to what a rule is for. `metric` has all of its subjects. */
function within(expr: string, kind: SubjectKind, { scopes, without }: Asked, metric: string): string {
  const labels = subjectLabels[kind].join(', ')
  const chosen = scopes.filter((scope) => Object.keys(scope).length > 0).map((scope) => ` and on (${labels}) ${inScope(metric, kind, scope)}`)
  const left = without.map((scope) => ` unless on (${labels}) ${inScope(metric, kind, scope)}`)
  return chosen.length + left.length === 0 ? expr : `(${expr})${chosen.join('')}${left.join('')}`
}

function inScope(metric: string, kind: SubjectKind, { tags, servers, hosts, streams, devices, probes }: Scope): string {
  const isOfServer = kind === 'server' || kind === 'stream'
  const own = [
    ...(servers && isOfServer ? [`server=~${patternsText(servers)}`] : []),
    ...(hosts ? [`host=~${patternsText(hosts)}`] : []),
    ...(streams ? [`path=~${patternsText(streams)}`] : []),
    ...(devices ? [`device=~${patternsText(devices)}`] : []),
    ...(probes ? [`probe=~${patternsText(probes)}`] : []),
    ...(tags && kind === 'probe' ? [`project=~${quoted(tags.map(escaped).join('|'))}`] : []),
  ]
  const ofPlace = [
    ...(tags && kind !== 'probe' ? [`tags=~${quoted(`.*,(?:${tags.map(escaped).join('|')}),.*`)}`] : []),
    // A host has the tags of its server, and is chosen with it.
    ...(servers && !isOfServer ? [`server=~${patternsText(servers)}`] : []),
  ]
  const selector = own.length === 0 ? metric : `${metric}{${own.join(',')}}`
  if (ofPlace.length === 0) return selector
  const [label, info] = isOfServer ? ['server', 'mtxdeck_server_info'] : ['host', 'mtxdeck_host_info']
  return `(${selector} and on (${label}) ${info}{${ofPlace.join(',')}})`
}

/** Prometheus' expressions are RE2, as ours are, and always of the whole text. */
const patternsText = (patterns: readonly string[]): string => quoted(patterns.map(patternText).join('|'))
const patternText = (pattern: string): string => (pattern.startsWith('~') ? `.*(?:${pattern.slice(1)}).*` : pattern.split('*').map(escaped).join('.*'))
const escaped = (text: string): string => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
/** The sign for what is no character is taken for broken text in an expression: any character stands there instead. */
const quoted = (text: string): string =>
  `"${text.toWellFormed().replaceAll('\ufffd', '.').replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
