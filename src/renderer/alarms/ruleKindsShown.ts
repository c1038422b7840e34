import { eventLabel } from '../../i18n/eventText.ts'
import { figuresIn } from '../../i18n/metricText.ts'
import { storeSeverities } from '../../shared/consoleTroubles.ts'
import { subjectsOf, type Watched, type WatchedOf } from '../../shared/ruleKinds.ts'
import type { Rule, RuleEvaluation, Scope } from '../../shared/rules.ts'
import { type Severity, severityRank } from '../../shared/severities.ts'
import { defaultSeverity, isTroubleKind } from '../../shared/troubles.ts'
import { formatNumber, formatSpan } from '../../shared/units.ts'
import { language, t } from '../app/words.ts'

export const ruleGroups = ['streams', 'servers', 'hosts', 'probes', 'console', 'events'] as const
export type RuleGroup = (typeof ruleGroups)[number]
export const ruleGroupText = {
  streams: 'common.streams',
  servers: 'common.servers',
  hosts: 'common.hosts',
  probes: 'common.probes',
  console: 'common.thisConsole',
  events: 'kept.name.events',
} as const satisfies Record<RuleGroup, string>
export const ruleOriginText = {
  shipped: 'common.mtxdeck',
  file: 'settings.yaml',
  console: 'common.thisConsole',
} as const satisfies Record<Rule['origin'], string>

export function ruleGroup({ watches }: { readonly watches: Watched }): RuleGroup {
  if (watches.kind === 'event') return 'events'
  const of = subjectsOf(watches)
  return of === null ? 'console' : of === 'device' ? 'hosts' : `${of}s`
}

/** Troubles that need more than their name. */
const explained = ['serverSilent', 'streamsLost', 'diskFilling'] as const
function troubleText(trouble: WatchedOf<'trouble'>['trouble']): string {
  const known = explained.find((one) => one === trouble)
  return known === undefined ? t(`troubleKind.${trouble}`) : t(`rules.trouble.${known}`)
}

const sideSigns = { above: '> ', below: '< ', beyond: '> ±' } as const
const changeSigns = { up: '+', down: '−', either: '±' } as const

/** With the limits of all levels, mildest first. */
export function whenText(watches: Watched): string {
  const { labelOf, figure } = figuresIn(language)
  switch (watches.kind) {
    case 'trouble':
      return troubleText(watches.trouble)
    case 'event':
      return eventLabel(watches.event, language)
    case 'flapping':
      return t('rules.flapping', { flaps: watches.flaps, time: formatSpan(watches.withinMs) })
    case 'unusual': {
      const factor = watches.levels.map(({ limit }) => `±${formatNumber(limit, 1, language)}`).join(' · ')
      return t('rules.spreads', { metric: labelOf(watches.metric), factor })
    }
    case 'change': {
      const by = watches.levels.map(({ limit }) => `${changeSigns[watches.direction]}${formatNumber(limit, 1, language)} %`).join(' · ')
      return t('rules.change', { metric: labelOf(watches.metric), by, time: formatSpan(watches.withinMs) })
    }
    case 'limit': {
      const { metric, per, side, levels } = watches
      if (levels.length === 0) return t('rules.noLimit', { metric: labelOf(metric) })
      return `${labelOf(metric)} ${sideSigns[side]}${levels.map(({ limit }) => figure(limit, metric, per)).join(' · ')}`
    }
    default:
      return watches satisfies never
  }
}

/** All of these parts have to fit. */
export function scopeText({ tags = [], servers = [], hosts = [], streams = [], where = [], devices = [], probes = [] }: Scope): string {
  const parts = [tags.map((tag) => t('maintenance.tag', { tag })), servers, hosts, streams, where, devices, probes]
  return (
    parts
      .filter((part) => part.length > 0)
      .map((part) => part.join(', '))
      .join(' · ') || t('common.all')
  )
}

/** Severities of its levels, or that its alarms may have, mildest first. */
export function severitiesOf({ severity, watches }: RuleEvaluation): readonly Severity[] {
  if (!('levels' in watches)) return severity !== null ? [severity] : watches.kind === 'trouble' ? severitiesOfTrouble(watches.trouble) : []
  return [...new Set(watches.levels.map((level) => level.severity))].sort((a, b) => severityRank[b] - severityRank[a])
}

const severitiesOfTrouble = (trouble: WatchedOf<'trouble'>['trouble']): readonly Severity[] =>
  isTroubleKind(trouble) ? [defaultSeverity[trouble]] : trouble === 'storeFailing' ? storeSeverities : []

export function exceptionText(exception: RuleEvaluation, rule: RuleEvaluation): string {
  if (!exception.enabled && rule.enabled) return t('rules.off')
  const severityText = severitiesOf(exception)
    .map((severity) => t(`severity.${severity}`))
    .join(', ')
  const differs = JSON.stringify(exception.watches) !== JSON.stringify(rule.watches)
  const changes = [
    ...(exception.enabled && !rule.enabled ? [t('rules.on')] : []),
    ...(differs ? [whenText(exception.watches)] : []),
    ...(differs || exception.severity !== rule.severity ? [severityText] : []),
    ...(exception.onDelayMs === rule.onDelayMs ? [] : [`${t('rules.column.onDelay')}: ${formatSpan(exception.onDelayMs)}`]),
    ...(exception.offDelayMs === rule.offDelayMs ? [] : [`${t('rules.column.offDelay')}: ${formatSpan(exception.offDelayMs)}`]),
  ]
  return changes.join(', ') || t('rules.on')
}
