import type { TFunction } from 'i18next'
import type { Rule, RuleJudges, Scope, Watched } from '../../shared/rules.ts'
import { kindOfMetric, type SubjectKind } from '../../shared/subjects.ts'
import { severityRank } from '../../shared/troubles.ts'
import { formatSpan } from '../../shared/units.ts'
import type { Language } from '../../shared/words/languages.ts'
import { figuresIn } from '../../shared/words/metricText.ts'

/** What rules watch, in the order in which they are listed. */
export const ruleGroups = ['streams', 'servers', 'hosts', 'console', 'events'] as const
export type RuleGroup = (typeof ruleGroups)[number]

const groupOf: Readonly<Record<SubjectKind, RuleGroup>> = { stream: 'streams', server: 'servers', host: 'hosts', device: 'hosts' }
type AlarmKind = Extract<Watched, { kind: 'trouble' }>['trouble']
const groupOfTrouble: Readonly<Record<AlarmKind, RuleGroup>> = {
  serverDown: 'servers',
  serverHalted: 'servers',
  serverSilent: 'servers',
  streamGone: 'streams',
  streamStalled: 'streams',
  slateOnAir: 'streams',
  onDemandFailed: 'streams',
  sourceFailing: 'streams',
  packetsLost: 'streams',
  hostDown: 'hosts',
  hostWaiting: 'hosts',
  diskFilling: 'hosts',
  pollingSlowed: 'servers',
  apiOpen: 'servers',
  consoleOffline: 'console',
  storeFailing: 'console',
  backupMissed: 'console',
  messageRefused: 'console',
}
export function ruleGroup({ watches }: Pick<Rule, 'watches'>): RuleGroup {
  if (watches.kind === 'event') return 'events'
  return watches.kind === 'limit' ? groupOf[kindOfMetric(watches.metric)] : groupOfTrouble[watches.trouble]
}

/** What it watches, with the limits of all levels, the mildest first. */
export function whenWords(watches: Watched, t: TFunction, language: Language): string {
  if (watches.kind !== 'limit') return t(`rules.${watches.kind}`)
  const { labelOf, figure } = figuresIn(language)
  const { metric, per, side, levels } = watches
  return t(`rules.side.${side}`, { metric: labelOf(metric), limit: levels.map(({ limit }) => figure(limit, metric, per)).join(' · ') })
}

/** When a level has healed. */
export function healedWords({ metric, per, side }: Extract<Watched, { kind: 'limit' }>, clear: number, t: TFunction, language: Language): string {
  return t(`rules.healed.${side}`, { limit: figuresIn(language).figure(clear, metric, per) })
}

export const delayWords = (ms: number, t: TFunction): string => (ms === 0 ? t('rules.atOnce') : formatSpan(ms))

/** What it is for: all of these parts have to fit. */
export function scopeWords({ tags = [], servers = [], hosts = [], streams = [], devices = [] }: Scope, t: TFunction): string {
  const parts = [tags.map((tag) => t('maintenance.tag', { tag })), servers, hosts, streams, devices]
  return (
    parts
      .filter((part) => part.length > 0)
      .map((part) => part.join(', '))
      .join(' · ') || t('rules.all')
  )
}

/** Severities of its levels, the mildest first; none: as the trouble is judged. */
export function severitiesOf({ severity, watches }: RuleJudges) {
  if (watches.kind !== 'limit') return severity === null ? [] : [severity]
  return [...new Set(watches.levels.map((level) => level.severity))].sort((a, b) => severityRank[b] - severityRank[a])
}

/** How an exception judges, as far as it differs from its rule. */
export function exceptionWords(exception: RuleJudges, rule: RuleJudges, t: TFunction, language: Language): string {
  if (!exception.enabled && rule.enabled) return t('rules.off')
  const severityText = severitiesOf(exception)
    .map((severity) => t(`severity.${severity}`))
    .join(', ')
  const differs = JSON.stringify(exception.watches) !== JSON.stringify(rule.watches)
  const changes = [
    ...(exception.enabled && !rule.enabled ? [t('rules.on')] : []),
    ...(differs ? [whenWords(exception.watches, t, language)] : []),
    ...(differs || exception.severity !== rule.severity ? [severityText] : []),
    ...(exception.onDelayMs === rule.onDelayMs ? [] : [t('rules.exception.onDelay', { time: delayWords(exception.onDelayMs, t) })]),
    ...(exception.offDelayMs === rule.offDelayMs ? [] : [t('rules.exception.offDelay', { time: delayWords(exception.offDelayMs, t) })]),
  ]
  return changes.join(', ') || t('rules.exception.usual')
}
