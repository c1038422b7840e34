import type { TFunction } from 'i18next'
import { storeSeverities } from '../../shared/consoleTroubles.ts'
import type { Limit } from '../../shared/ruleKinds/limit.ts'
import type { WatchedOf } from '../../shared/ruleKinds.ts'
import type { RuleJudges, Scope } from '../../shared/rules.ts'
import { isTroubleKind, type Severity, severityRank, usualSeverity } from '../../shared/troubles.ts'
import { formatSpan } from '../../shared/units.ts'
import type { Language } from '../../shared/words/languages.ts'
import { figuresIn } from '../../shared/words/metricText.ts'
import { whenWords } from './ruleKindsShown.ts'

/** When a level has healed. */
export function healedWords({ metric, per, side, clearWhen }: Limit, clear: number, t: TFunction, language: Language): string {
  if (clearWhen !== undefined) {
    const { labelOf, figure } = figuresIn(language)
    return t(`rules.healedBy.${clearWhen.side}`, { metric: labelOf(clearWhen.metric), limit: figure(clearWhen.limit, clearWhen.metric, null) })
  }
  return t(`rules.healed.${side}`, { limit: figuresIn(language).figure(clear, metric, per) })
}

export function delayWords(ms: number, t: TFunction): string {
  return ms === 0 ? t('rules.atOnce') : formatSpan(ms)
}

/** What it is for: all of these parts have to fit. */
export function scopeWords({ tags = [], servers = [], hosts = [], streams = [], where = [], devices = [], probes = [] }: Scope, t: TFunction): string {
  const parts = [tags.map((tag) => t('maintenance.tag', { tag })), servers, hosts, streams, where, devices, probes]
  return (
    parts
      .filter((part) => part.length > 0)
      .map((part) => part.join(', '))
      .join(' · ') || t('rules.all')
  )
}

/** Severities of its levels, or that its alarms may have, the mildest first. */
export function severitiesOf({ severity, watches }: RuleJudges): readonly Severity[] {
  if (!('levels' in watches)) return severity !== null ? [severity] : watches.kind === 'trouble' ? severitiesOfTrouble(watches.trouble) : []
  return [...new Set(watches.levels.map((level) => level.severity))].sort((a, b) => severityRank[b] - severityRank[a])
}

const severitiesOfTrouble = (trouble: WatchedOf<'trouble'>['trouble']): readonly Severity[] =>
  isTroubleKind(trouble) ? [usualSeverity[trouble]] : trouble === 'storeFailing' ? storeSeverities : []

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
