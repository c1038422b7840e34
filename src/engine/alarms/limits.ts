import type { MetricId } from '../../shared/metrics.ts'
import type { LimitSide, Rule, RuleLevel, Watched } from '../../shared/rules.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { kindOfMetric, ownerIdOf, type Subject, type SubjectKind, seriesNamed } from '../../shared/subjects.ts'
import type { SampleBatch } from '../history/history.ts'
import type { RuleSet } from './ruleSet.ts'

/** A figure beyond a limit. */
export interface Breach {
  readonly rule: string
  readonly subject: Subject
  limit: Extract<Watched, { kind: 'limit' }>
  /** First sample beyond a limit, epoch ms. */
  readonly since: number
  /** Of the level reached. */
  level: RuleLevel
  /** The value farthest beyond it since it is at this level. */
  worst: number
  /** Latest sample that was known, epoch ms. */
  seenAt: number
}

/** A figure that is unknown for longer than this is not beyond its limit any more, ms. */
const unknownForMs = 30_000

type Limit = Extract<Watched, { kind: 'limit' }>
const isPast = (value: number, limit: number, side: LimitSide): boolean =>
  side === 'above' ? value > limit : side === 'below' ? value < limit : Math.abs(value) > Math.abs(limit)

/** The level that a value reaches: up at the limit of each, down only past where it clears. -1: none. */
export function levelAt(value: number, { side, levels }: Limit, before: number): number {
  let reached = -1
  for (let index = 0; index < levels.length; index++) {
    const { limit, clear } = levels[index] as RuleLevel
    if (isPast(value, limit, side) || (index <= before && isPast(value, clear, side))) reached = index
  }
  return reached
}

/** A rule as the figures of a poll are compared with it. */
interface Watch {
  readonly rule: Rule
  readonly metric: MetricId
  readonly per: MetricId | null
  /** The limits easiest to cross, of the rule and its exceptions: a value within all of them concerns nobody. */
  readonly tests: readonly { readonly side: LimitSide; readonly limit: number }[]
}

function watchOf(rule: Rule): Watch | null {
  const limits = [rule, ...rule.exceptions].flatMap(({ enabled, watches }) => (enabled && watches.kind === 'limit' ? [watches] : []))
  const [first] = limits
  if (first === undefined) return null
  const tests = limits.map(({ side, levels }) => {
    const all = levels.map(({ limit }) => limit)
    return { side, limit: side === 'below' ? Math.max(...all) : Math.min(...all) }
  })
  return { rule, metric: first.metric, per: first.per, tests }
}

const liveCode = streamStateCodes.live

/**
 * Watches the figures that rules set limits to. A figure within its limits costs a comparison and no memory. Figures of streams count while the stream
 * is live: one that stalls, is gone or on its slate is another trouble.
 */
export function createLimits(rules: RuleSet, isJudged: (rule: string, subject: Subject) => boolean) {
  /** By server or host, rule and part. */
  const breaches = new Map<string, Map<string, Map<string | null, Breach>>>()
  let watches: ReadonlyMap<SubjectKind, readonly Watch[]> = new Map()

  const configure = (): void => {
    const byKind = new Map<SubjectKind, Watch[]>()
    for (const watch of rules.all().flatMap((rule) => watchOf(rule) ?? [])) {
      const kind = kindOfMetric(watch.metric)
      byKind.set(kind, [...(byKind.get(kind) ?? []), watch])
    }
    watches = byKind
  }
  configure()

  const see = (ofRule: Map<string | null, Breach>, { rule, metric }: Watch, ownerId: string, part: string | null, value: number, at: number): void => {
    const breach = ofRule.get(part)
    const subject = breach?.subject ?? seriesNamed(ownerId, part, metric).subject
    const limit = rules.applied(rule.id, subject)?.judges.watches
    if (limit?.kind !== 'limit') {
      ofRule.delete(part)
      return
    }
    const before = breach === undefined ? -1 : limit.levels.findIndex((level) => level.limit === breach.level.limit)
    const level = limit.levels[levelAt(value, limit, before)]
    if (level === undefined) ofRule.delete(part)
    else if (breach !== undefined) {
      // At another level it is worth saying anew how far it went.
      if (level.limit !== breach.level.limit || isPast(value, breach.worst, limit.side)) breach.worst = value
      breach.level = level
      breach.limit = limit
      breach.seenAt = at
    } else if (isJudged(rule.id, subject)) ofRule.set(part, { rule: rule.id, subject, limit, since: at, level, worst: value, seenAt: at })
  }

  return {
    configure,
    /** Compares a poll's figures with the limits. Returns whether its server or host has, or had, some beyond them. */
    see: ({ owner, at, parts, metrics, values }: SampleBatch): boolean => {
      const ownerId = ownerIdOf(owner)
      const kind = parts === null ? owner.kind : owner.kind === 'server' ? 'stream' : 'device'
      const ofOwner = breaches.get(ownerId) ?? new Map<string, Map<string | null, Breach>>()
      const had = ofOwner.size > 0
      const rows = parts?.length ?? 1
      const stateColumn = metrics.indexOf('path.state')
      for (const watch of watches.get(kind) ?? []) {
        const column = metrics.indexOf(watch.metric)
        const perColumn = watch.per === null ? -1 : metrics.indexOf(watch.per)
        if (column < 0 || (watch.per !== null && perColumn < 0)) continue
        const ofRule = ofOwner.get(watch.rule.id) ?? new Map<string | null, Breach>()
        for (let row = 0, from = 0; row < rows; row++, from += metrics.length) {
          const figure = values[from + column] as number
          const value = perColumn < 0 ? figure : figure / (values[from + perColumn] as number)
          const part = parts === null ? null : (parts[row] as string)
          const concerns = watch.tests.some(({ side, limit }) => isPast(value, limit, side)) || (ofRule.size > 0 && ofRule.has(part))
          if (!concerns || !Number.isFinite(value) || (stateColumn >= 0 && values[from + stateColumn] !== liveCode)) continue
          see(ofRule, watch, ownerId, part, value, at)
        }
        for (const [part, { seenAt }] of ofRule) if (at - seenAt > unknownForMs) ofRule.delete(part)
        if (ofRule.size > 0) ofOwner.set(watch.rule.id, ofRule)
        else ofOwner.delete(watch.rule.id)
      }
      if (ofOwner.size > 0) breaches.set(ownerId, ofOwner)
      else breaches.delete(ownerId)
      return had || ofOwner.size > 0
    },
    /** Those of a server or host now. */
    *of(ownerId: string): Iterable<Breach> {
      for (const ofRule of breaches.get(ownerId)?.values() ?? []) yield* ofRule.values()
    },
    forget: (ownerId: string): void => void breaches.delete(ownerId),
  }
}
export type Limits = ReturnType<typeof createLimits>
