import { stringify } from 'yaml'
import { ruleName, ruleTodo } from '../../src/i18n/ruleText.ts'
import { canaryReaderPatterns, canaryReadProtocols } from '../../src/shared/canaries.ts'
import { exportedMetric } from '../../src/shared/exportedMetrics.ts'
import type { MetricId } from '../../src/shared/metrics.ts'
import type { Watched, WatchedOf } from '../../src/shared/ruleKinds.ts'
import { type Rule, rulesOf } from '../../src/shared/rules.ts'
import type { SubjectKind } from '../../src/shared/subjectNames.ts'
import { kindOfMetric } from '../../src/shared/subjects.ts'

/** When a rule fires, in Prometheus' language. `severity` null: the series say it themselves. */
interface Condition {
  readonly expr: string
  readonly severity: string | null
}

const subjectLabels: Readonly<Record<SubjectKind | 'console', readonly string[]>> = {
  stream: ['server', 'path'],
  server: ['server'],
  host: ['host'],
  device: ['host', 'device'],
  probe: ['probe'],
  console: [],
}

/** The rules that come with mtxdeck, as alerting rules over `/metrics`. What can't be said there is named at the top, with the reason. */
export function prometheusRules(): string {
  const left: string[] = []
  const alerts = rulesOf([]).flatMap((rule) => {
    const written = writtenOf(rule)
    if (typeof written !== 'string') return written
    left.push(`${rule.id}: ${written}`)
    return []
  })
  const head = [
    'The rules that come with mtxdeck, as alerting rules over its /metrics (Prometheus 2.42 or newer). Made by tools/prometheus.ts.',
    'Incidents, shelves, maintenance and flapping stay with mtxdeck, and so does what was changed of its rules: copy that by hand.',
    'Each level of a rule is an alert of its own; let Alertmanager inhibit the milder one. What grows is averaged over a minute.',
    '',
    'Not in this file:',
    ...left.map((line) => `  ${line}`),
  ]
  return `${head.map((line) => `# ${line}`.trimEnd()).join('\n')}\n${stringify({ groups: [{ name: 'mtxdeck', rules: alerts }] }, { lineWidth: 0 })}`
}

/** Alerts of a rule, one a level; or why there are none. */
function writtenOf(rule: Rule): readonly object[] | string {
  const { watches, severity } = rule
  if (!rule.enabled) return 'it is switched off'
  if (watches.kind === 'limit') {
    if (watches.levels.length === 0) return 'it has no limit until somebody gives one'
    return watches.levels.map((level) => alertOf(rule, kindOfMetric(watches.metric), limitCondition(rule, watches, level)))
  }
  if (watches.kind === 'event') return 'it watches an event, which is no figure'
  if (watches.kind === 'unusual') return 'it compares with a baseline, which mtxdeck learns'
  if (watches.kind !== 'trouble') return noMetric
  if (watches.trouble === 'pollingSlowed')
    return [alertOf(rule, 'server', { expr: 'mtxdeck_server_poll_interval_seconds > mtxdeck_server_poll_interval_configured_seconds', severity })]
  const of = troubleOf[watches.trouble]
  return of === null ? noMetric : [alertOf(rule, of, { expr: `mtxdeck_${of}_trouble{kind="${watches.trouble}"}`, severity })]
}
const noMetric = 'what it watches is no metric'

function alertOf(rule: Rule, kind: SubjectKind | 'console', { expr, severity }: Condition): object {
  const { onDelayMs, offDelayMs } = rule
  const place = subjectLabels[kind].map((label) => `{{ $labels.${label} }}`).reverse()
  const todo = ruleTodo(rule.id, 'en')
  return {
    alert: rule.id,
    expr: within(expr, kind, rule),
    ...(onDelayMs > 0 && { for: `${Math.round(onDelayMs / 1000)}s` }),
    ...(offDelayMs > 0 && { keep_firing_for: `${Math.round(offDelayMs / 1000)}s` }),
    labels: { ...(severity !== null && { severity }), source: 'mtxdeck' },
    annotations: { summary: [ruleName(rule, 'en'), place.join(' · ')].filter(Boolean).join(': '), ...(todo !== '' && { runbook: todo }) },
  }
}

/** What troubles are about; null: they are no metric. */
const troubleOf: Readonly<Record<Exclude<WatchedOf<'trouble'>['trouble'], 'pollingSlowed'>, 'server' | 'stream' | 'host' | 'console' | null>> = {
  serverDown: 'server',
  serverHalted: 'server',
  serverSilent: 'server',
  streamGone: 'stream',
  streamStalled: 'stream',
  slateOnAir: 'stream',
  onDemandFailed: 'stream',
  endedWhileRead: 'stream',
  sourceFailing: 'stream',
  packetsLost: 'stream',
  hostDown: 'host',
  hostWaiting: 'host',
  consoleOffline: 'console',
  storeFailing: 'console',
  backupMissed: 'console',
  messageRefused: 'console',
  channelUnreachable: 'console',
  mediaFailing: 'console',
  streamsLost: null,
  apiOpen: null,
  diskFilling: null,
}

/** Past the limit, or past where it clears while it fires. */
function limitCondition({ id }: Rule, { metric, per, side }: WatchedOf<'limit'>, { severity, limit, clear }: WatchedOf<'limit'>['levels'][number]): Condition {
  const kind = kindOfMetric(metric)
  const on = `on (${subjectLabels[kind].join(', ')})`
  const scale = exportedMetric(metric).scale / (per === null ? 1 : exportedMetric(per).scale)
  const figure = per === null ? figureOf(metric) : `${figureOf(metric)} / ${figureOf(per)}`
  const value = side === 'beyond' ? `abs(${figure})` : figure
  const past = (at: number) => `${value} ${side === 'below' ? '<' : '>'} ${Number(((side === 'beyond' ? Math.abs(at) : at) * scale).toPrecision(12))}`
  const firing = `ALERTS{alertname="${id}",alertstate="firing",severity="${severity}"}`
  const raised = clear === limit ? past(limit) : `(${past(limit)} or (${past(clear)} and ${on} ${firing}))`
  return { expr: kind === 'stream' ? `${raised} and on (server, path) mtxdeck_stream_state{state="live"}` : raised, severity }
}

/** What a rule compares: of what grows, the increase with a poll. */
function figureOf(metric: MetricId): string {
  const { name, type } = exportedMetric(metric)
  return type === 'counter' ? `rate(${name}[1m]) * on (server) group_left () mtxdeck_server_poll_interval_seconds` : name
}

/** Limits a condition to what a rule is for. As in mtxdeck, some rules don't evaluate what reads canaries back. */
function within(expr: string, kind: SubjectKind | 'console', { id, scope, watches }: Rule): string {
  const labels = subjectLabels[kind].join(', ')
  const selected = ({ devices, probes }: Rule['scope']) => [
    ...(devices ? [`device=~${patternsText(devices)}`] : []),
    ...(probes ? [`probe=~${patternsText(probes)}`] : []),
  ]
  const own = selected(scope)
  const left = id === 'probeDown' || id === 'probeFrameRateLow' ? selected({ probes: canaryReaderPatterns(canaryReadProtocols) }) : []
  if (own.length + left.length === 0) return expr
  const { name } = exportedMetric((watches as Extract<Watched, { metric: MetricId }>).metric)
  return `(${expr})${own.length > 0 ? ` and on (${labels}) ${name}{${own.join(',')}}` : ''}${left.length > 0 ? ` unless on (${labels}) ${name}{${left.join(',')}}` : ''}`
}

/** Prometheus' expressions are RE2, as ours are, and always of the whole text. */
const patternsText = (patterns: readonly string[]): string => JSON.stringify(patterns.map(patternText).join('|'))
const patternText = (pattern: string): string =>
  pattern
    .split('*')
    .map((part) => part.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&'))
    .join('.*')
