import type { TFunction } from 'i18next'
import { eventLabel } from '../../i18n/eventText.ts'
import type { Language } from '../../i18n/languages.ts'
import { figuresIn } from '../../i18n/metricText.ts'
import { storeSeverities } from '../../shared/consoleTroubles.ts'
import { type ChangeKey, changeDirections, changeKeys } from '../../shared/ruleKinds/change.ts'
import { flapKeyOf } from '../../shared/ruleKinds/flapping.ts'
import type { Limit } from '../../shared/ruleKinds/limit.ts'
import { keyOfSide } from '../../shared/ruleKinds/offBaseline.ts'
import type { RuleLevel } from '../../shared/ruleKinds/ruleKind.ts'
import { stateKeyOf } from '../../shared/ruleKinds/state.ts'
import { subjectOfTrouble } from '../../shared/ruleKinds/trouble.ts'
import type { Watched, WatchedKind, WatchedOf } from '../../shared/ruleKinds.ts'
import { isShippedRule, type Rule, type RuleEvaluation, type Scope, shippedRules } from '../../shared/rules.ts'
import { type Severity, severityRank } from '../../shared/severities.ts'
import type { SubjectKind } from '../../shared/subjectNames.ts'
import { kindOfMetric } from '../../shared/subjects.ts'
import { defaultSeverity, isTroubleKind } from '../../shared/troubles.ts'
import { formatNumber, formatSpan } from '../../shared/units.ts'

/** What rules watch, in the order in which they are listed. */
export const ruleGroups = ['streams', 'servers', 'hosts', 'probes', 'console', 'events'] as const
export type RuleGroup = (typeof ruleGroups)[number]
export const ruleGroupText = {
  streams: 'common.streams',
  servers: 'common.servers',
  hosts: 'common.hosts',
  probes: 'common.probes',
  console: 'rules.group.console',
  events: 'kept.name.events',
} as const satisfies Record<RuleGroup, string>
/** Where a rule is set. */
export const ruleOriginText = {
  shipped: 'common.mtxdeck',
  changed: 'settings.yaml',
  file: 'settings.yaml',
  edited: 'rules.origin.here',
  own: 'rules.origin.here',
} as const satisfies Record<Rule['origin'], string>

/** Keys of an entry in the configuration file; those that are null are left out. */
export type Entry = Readonly<Record<string, unknown>>

/** How a kind of rule is shown. */
interface RuleKindShown<Kind extends WatchedKind> {
  readonly group: (watches: WatchedOf<Kind>) => RuleGroup
  /** What it watches, with the limits of all levels, the mildest first. */
  readonly when: (watches: WatchedOf<Kind>, t: TFunction, language: Language) => string
  /** What a rule of one's own of this kind needs in the configuration file beside its limits. */
  readonly own: (watches: WatchedOf<Kind>) => Entry
  /** Its limits there, if they are not the usual ones; null: it has none. */
  readonly limits: ((watches: WatchedOf<Kind>, isException: boolean) => Entry) | null
}

const groupOfSubject: Readonly<Record<SubjectKind, RuleGroup>> = { stream: 'streams', server: 'servers', host: 'hosts', device: 'hosts', probe: 'probes' }
function groupOfTrouble(trouble: WatchedOf<'trouble'>['trouble']): RuleGroup {
  const subject = subjectOfTrouble[trouble]
  return subject === null ? 'console' : groupOfSubject[subject]
}

/** Troubles of which more is to be said than their name. */
const explained = ['serverSilent', 'streamsLost', 'diskFilling'] as const
function troubleText(trouble: WatchedOf<'trouble'>['trouble'], t: TFunction): string {
  const known = explained.find((one) => one === trouble)
  return known === undefined ? t(`troubleKind.${trouble}`) : t(`rules.trouble.${known}`)
}

const sideSigns = { above: '> ', below: '< ', beyond: '> ±' } as const
const spreadSigns = { above: '+', below: '−', beyond: '±' } as const
const changeSigns = { up: '+', down: '−', either: '±' } as const

const kinds: { readonly [Kind in WatchedKind]: RuleKindShown<Kind> } = {
  trouble: { group: ({ trouble }) => groupOfTrouble(trouble), when: ({ trouble }, t) => troubleText(trouble, t), own: () => ({}), limits: null },
  event: {
    group: () => 'events',
    when: ({ event }, _t, language) => eventLabel(event, language),
    own: ({ event }) => ({ event }),
    limits: null,
  },
  state: {
    group: ({ of }) => groupOfSubject[of],
    when: (watches, t) => t(stateLabel(watches)),
    own: ({ of, state }) => ({ [stateKeyOf[of]]: state }),
    limits: null,
  },
  flapping: {
    group: ({ of }) => groupOfSubject[of],
    when: ({ flaps, withinMs }, t) => t('rules.flapping', { flaps, time: formatSpan(withinMs) }),
    own: () => ({}),
    limits: ({ of, flaps, clear, withinMs }, isException) => ({
      [flapKeyOf[of]]: flaps,
      clear: clear === flaps ? null : clear,
      withinMinutes: isException ? null : withinMs / 60_000,
    }),
  },
  unusual: {
    group: () => 'streams',
    when: ({ metric, side, levels }, t, language) =>
      t('rules.spreads', {
        metric: figuresIn(language).labelOf(metric),
        factor: levels.map(({ limit }) => `${spreadSigns[side]}${formatNumber(limit, 1, language)}`).join(' · '),
      }),
    own: ({ metric }) => ({ metric }),
    limits: ({ side, levels: [level] }) => ({ [keyOfSide[side]]: level?.limit, severity: level?.severity }),
  },
  limit: {
    group: ({ metric }) => groupOfSubject[kindOfMetric(metric)],
    when: ({ metric, per, side, levels }, t, language) => {
      const { labelOf, figure } = figuresIn(language)
      if (levels.length === 0) return t('rules.noLimit', { metric: labelOf(metric) })
      return `${labelOf(metric)} ${sideSigns[side]}${levels.map(({ limit }) => figure(limit, metric, per)).join(' · ')}`
    },
    own: ({ metric, per }) => ({ metric, per }),
    limits: ({ side, levels, clearWhen }, isException) => ({
      ...levelsEntry(side, levels),
      clearWhen: clearWhen === undefined || isException ? null : { metric: clearWhen.metric, [clearWhen.side]: clearWhen.limit },
    }),
  },
  change: {
    group: ({ metric }) => groupOfSubject[kindOfMetric(metric)],
    when: ({ metric, per, direction, isRelative, withinMs, levels }, t, language) => {
      const { labelOf, changed } = figuresIn(language)
      const by = levels.map(({ limit }) => `${changeSigns[direction]}${changed(limit, metric, isRelative ? '%' : per)}`).join(' · ')
      return t('rules.change', { metric: labelOf(metric), by, time: formatSpan(withinMs) })
    },
    own: ({ metric, per, withinMs }) => ({ metric, per, withinSeconds: withinMs / 1000 }),
    limits: ({ direction, isRelative, levels }) => levelsEntry(changeKeyOf(direction), levels, isRelative ? '%' : ''),
  },
  absence: {
    group: ({ metric }) => groupOfSubject[metric === null ? 'stream' : kindOfMetric(metric)],
    when: ({ metric, streams }, t, language) =>
      metric === null ? t('rules.absent.streams', { streams: streams.join(', ') }) : `${figuresIn(language).labelOf(metric)}: ${t('common.noData')}`,
    own: ({ metric, streams }) => ({ metric, absent: metric === null ? streams : true }),
    limits: null,
  },
}
/** The words of a state. */
export function stateLabel({ of, state }: Pick<WatchedOf<'state'>, 'of' | 'state'>) {
  return of === 'stream' ? (`streamState.${state as 'gone'}` as const) : (`serverState.${state as 'down'}` as const)
}
/** The key that says a change of this direction. */
function changeKeyOf(direction: WatchedOf<'change'>['direction']): ChangeKey {
  return changeKeys.find((key) => changeDirections[key] === direction) ?? 'changesBy'
}

const shownOf = ({ kind }: Watched) => kinds[kind] as RuleKindShown<WatchedKind>

export function ruleGroup({ watches }: { readonly watches: Watched }): RuleGroup {
  return shownOf(watches).group(watches)
}
export function whenText(watches: Watched, t: TFunction, language: Language): string {
  return shownOf(watches).when(watches, t, language)
}

/** What its kind writes of a rule or an exception into the configuration file. `usual`: what counts if it is left out. */
export function kindEntry(id: string | null, watches: Watched, usual: Watched | null): Entry {
  const { own, limits } = shownOf(watches)
  const isShipped = id === null || isShippedRule(id)
  const standard = usual ?? (id !== null && isShippedRule(id) ? shippedRules[id].watches : null)
  const isUsual = JSON.stringify(watches) === JSON.stringify(standard)
  return { ...(!isShipped && own(watches)), ...(isUsual || limits === null ? {} : limits(watches, id === null)) }
}

/** One limit by its key, or all levels. */
function levelsEntry(key: string, levels: readonly RuleLevel[], sign = ''): Entry {
  const entries = levels.map(({ severity, limit, clear }) => ({
    [key]: sign === '' ? limit : `${limit}${sign}`,
    clear: clear === limit ? null : clear,
    severity,
  }))
  return entries.length === 1 ? (entries[0] as Entry) : { levels: entries }
}

/** When a level has healed. */
export function healedText({ metric, per, clearWhen }: Limit, clear: number, t: TFunction, language: Language): string {
  if (clearWhen !== undefined) {
    const { labelOf, figure } = figuresIn(language)
    return t('rules.healed', { limit: `${labelOf(clearWhen.metric)} ${sideSigns[clearWhen.side]}${figure(clearWhen.limit, clearWhen.metric, null)}` })
  }
  return t('rules.healed', { limit: figuresIn(language).figure(clear, metric, per) })
}

/** What it is for: all of these parts have to fit. */
export function scopeText({ tags = [], servers = [], hosts = [], streams = [], where = [], devices = [], probes = [] }: Scope, t: TFunction): string {
  const parts = [tags.map((tag) => t('maintenance.tag', { tag })), servers, hosts, streams, where, devices, probes]
  return (
    parts
      .filter((part) => part.length > 0)
      .map((part) => part.join(', '))
      .join(' · ') || t('common.all')
  )
}

/** Severities of its levels, or that its alarms may have, the mildest first. */
export function severitiesOf({ severity, watches }: RuleEvaluation): readonly Severity[] {
  if (!('levels' in watches)) return severity !== null ? [severity] : watches.kind === 'trouble' ? severitiesOfTrouble(watches.trouble) : []
  return [...new Set(watches.levels.map((level) => level.severity))].sort((a, b) => severityRank[b] - severityRank[a])
}

const severitiesOfTrouble = (trouble: WatchedOf<'trouble'>['trouble']): readonly Severity[] =>
  isTroubleKind(trouble) ? [defaultSeverity[trouble]] : trouble === 'storeFailing' ? storeSeverities : []

/** How an exception judges, as far as it differs from its rule. */
export function exceptionText(exception: RuleEvaluation, rule: RuleEvaluation, t: TFunction, language: Language): string {
  if (!exception.enabled && rule.enabled) return t('rules.off')
  const severityText = severitiesOf(exception)
    .map((severity) => t(`severity.${severity}`))
    .join(', ')
  const differs = JSON.stringify(exception.watches) !== JSON.stringify(rule.watches)
  const changes = [
    ...(exception.enabled && !rule.enabled ? [t('rules.on')] : []),
    ...(differs ? [whenText(exception.watches, t, language)] : []),
    ...(differs || exception.severity !== rule.severity ? [severityText] : []),
    ...(exception.onDelayMs === rule.onDelayMs ? [] : [`${t('rules.column.onDelay')}: ${formatSpan(exception.onDelayMs)}`]),
    ...(exception.offDelayMs === rule.offDelayMs ? [] : [`${t('rules.column.offDelay')}: ${formatSpan(exception.offDelayMs)}`]),
  ]
  return changes.join(', ') || t('rules.on')
}
