import type { MetricId } from '../../shared/metrics.ts'
import type { Reason } from '../../shared/reasons.ts'
import type { LimitSide } from '../../shared/ruleKinds/levels.ts'
import type { ClearWhen, Limit } from '../../shared/ruleKinds/limit.ts'
import type { RuleLevel } from '../../shared/ruleKinds/ruleKind.ts'
import type { Watched, WatchedKind, WatchedOf } from '../../shared/ruleKinds.ts'
import type { Rule, RuleAlarmKind } from '../../shared/rules.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { ownerIdOf, partOf, type Subject, type SubjectKind } from '../../shared/subjectNames.ts'
import { kindOfMetric, seriesNamed } from '../../shared/subjects.ts'
import type { SampleBatch } from '../history/history.ts'
import { type Finder, ruleFields } from './findings.ts'
import type { RuleSet } from './ruleSet.ts'

/** Limits that a figure is compared with, least severe first. */
export interface Levels {
  readonly side: LimitSide
  readonly levels: readonly RuleLevel[]
}

/** A figure beyond a limit. */
interface Breach<Watches = Watched> {
  readonly rule: string
  readonly subject: Subject
  watches: Watches
  /** First sample beyond a limit, epoch ms; never later than the latest sample, even if the clock was set back. */
  since: number
  /** The level reached. */
  level: RuleLevel
  /** The value farthest beyond the limit since this level was reached. */
  worst: number
  /** Time of the latest known sample, epoch ms. */
  seenAt: number
  /** Time at which its subject was last live, even if the figure was not read, epoch ms. */
  liveAt: number
  /** How long the latest sample stays valid without a new one, ms; null: polled, `unknownForMs` or `unreadForMs`. */
  holdsMs: number | null
}

/** The rows of one poll that a rule can read. */
export interface Rows {
  readonly ownerId: string
  readonly at: number
  readonly parts: readonly string[] | null
  readonly values: Float64Array
  /** Column indexes of the kind's `metrics` within a row. */
  readonly columns: readonly number[]
  /** Whether the stream of a row is live; always true for other subjects. `from`: offset of the row in `values`. */
  readonly isLive: (from: number) => boolean
}

/** Calculates the figures of one rule. */
export interface Figures {
  /** Returns a function that calculates the figure of a row, called for the rows of a poll in order; NaN: no figure. */
  readonly of: (rows: Rows) => (row: number, from: number) => number
  readonly forget: (ownerId: string) => void
}

/** A kind of rule that compares a figure of each subject with limits. */
export interface FigureKind<Kind extends WatchedKind> {
  readonly kind: Kind
  readonly alarm: RuleAlarmKind
  /** Metrics that it reads from a poll; the first determines the kind of subject. null: such a rule compares no figure. */
  readonly metrics: (watches: WatchedOf<Kind>) => readonly [MetricId, ...MetricId[]] | null
  readonly levels: (watches: WatchedOf<Kind>) => Levels
  /** Condition on another figure that clears a breach; null or omitted: it clears by its own figure. */
  readonly clearWhen?: (watches: WatchedOf<Kind>) => ClearWhen | null
  /** `isFor`: whether the rule applies to a subject. */
  readonly figures: (watches: WatchedOf<Kind>, isFor: (ownerId: string, part: string | null) => boolean) => Figures
  readonly why: (breach: Breach<WatchedOf<Kind>>) => Reason
}

/** A figure unknown for longer than this, ms, no longer counts as beyond its limit, unless its batch specifies another time. */
export const unknownForMs = 30_000
/** The same while its subject is live, ms: a figure that is not read for a moment is no recovery, and one that can't be read any more keeps no alarm open. */
const unreadForMs = 300_000

const isPast = (value: number, limit: number, side: LimitSide): boolean =>
  side === 'above' ? value > limit : side === 'below' ? value < limit : Math.abs(value) > Math.abs(limit)

/** Index of the level that a value reaches: up beyond its `limit`, down only past its `clear`. -1: none. `before`: index so far. */
export function levelAt(value: number, { side, levels }: Levels, before: number): number {
  let reached = -1
  for (let index = 0; index < levels.length; index++) {
    const { limit, clear } = levels[index] as RuleLevel
    if (isPast(value, limit, side) || (index <= before && isPast(value, clear, side))) reached = index
  }
  return reached
}

/** A rule prepared for comparison with polled figures. */
interface Watch {
  readonly rule: Rule
  /** JSON of what `figures` was created from. */
  readonly figuresKey: string
  readonly metrics: readonly [MetricId, ...MetricId[]]
  readonly figures: Figures
  readonly clearWhen: ClearWhen | null
  /** The limits of the rule and its exceptions that are crossed first: a value within all of them is no breach. */
  readonly tests: readonly { readonly side: LimitSide; readonly limit: number }[]
}

const liveCode = streamStateCodes.live
type OfRule = Map<string | null, Breach>
function dropUnknown(ofRule: OfRule, at: number): void {
  for (const [part, { seenAt, liveAt, holdsMs }] of ofRule)
    if (at - seenAt > (holdsMs ?? (at - liveAt > unknownForMs ? unknownForMs : unreadForMs))) ofRule.delete(part)
}

/**
 * Compares figures with the limits of the rules of one kind. A figure within its limits costs a comparison and no memory. Figures of streams count only
 * while the stream is live: being stalled, gone or on its slate is a different trouble.
 */
export function createBreaches<Kind extends WatchedKind>(kind: FigureKind<Kind>, rules: RuleSet, isEvaluated: (rule: string, subject: Subject) => boolean) {
  type Watches = WatchedOf<Kind>
  const ofKind = (watches: Watched): watches is Watches => watches.kind === kind.kind
  /** By server or host, rule and part. */
  const breaches = new Map<string, Map<string, OfRule>>()
  let byKind: ReadonlyMap<SubjectKind, readonly Watch[]> = new Map()

  const watchOf = (rule: Rule): Watch | null => {
    const watched = [rule, ...rule.exceptions].flatMap(({ enabled, watches }) => (enabled && ofKind(watches) ? [watches] : []))
    const [first] = watched
    const metrics = first && kind.metrics(first)
    if (!metrics) return null
    const tests = watched.map(kind.levels).map(({ side, levels }) => {
      const all = levels.map(({ limit }) => limit)
      return { side, limit: side === 'below' ? Math.max(...all) : Math.min(...all) }
    })
    const isFor = (ownerId: string, part: string | null) => rules.applied(rule.id, seriesNamed(ownerId, part, metrics[0]).subject) !== null
    // Previous figures are kept if only other rules have changed.
    const figuresKey = JSON.stringify(first)
    const before = [...byKind.values()].flat().find((watch) => watch.rule.id === rule.id && watch.figuresKey === figuresKey)
    return { rule, figuresKey, metrics, tests, clearWhen: kind.clearWhen?.(first) ?? null, figures: before?.figures ?? kind.figures(first, isFor) }
  }
  const configure = (): void => {
    const next = new Map<SubjectKind, Watch[]>()
    for (const watch of rules.all().flatMap((rule) => watchOf(rule) ?? [])) {
      const about = kindOfMetric(watch.metrics[0])
      next.set(about, [...(next.get(about) ?? []), watch])
    }
    byKind = next
  }
  configure()

  /** `isHeld`: the other figure required for clearing does not clear it yet, whatever its own value is. */
  const updateBreach = (
    ofRule: OfRule,
    { rule, metrics }: Watch,
    ownerId: string,
    part: string | null,
    value: number,
    isHeld: boolean,
    at: number,
    holdsMs: number | null,
  ): void => {
    const last = ofRule.get(part)
    // If the figure is not polled and was unknown for too long, a new breach begins.
    const breach = last !== undefined && last.holdsMs !== null && at - last.seenAt > last.holdsMs ? undefined : last
    const subject = breach?.subject ?? seriesNamed(ownerId, part, metrics[0]).subject
    const watches = rules.applied(rule.id, subject)?.evaluation.watches
    if (watches === undefined || !ofKind(watches)) {
      ofRule.delete(part)
      return
    }
    const { side, levels } = kind.levels(watches)
    const before = breach === undefined ? -1 : levels.findIndex((level) => level.limit === breach.level.limit)
    const level = levels[levelAt(value, { side, levels }, before)]
    if (level === undefined && breach !== undefined && isHeld) breach.seenAt = breach.liveAt = at
    else if (level === undefined) ofRule.delete(part)
    else if (breach !== undefined) {
      // The worst value is tracked per level.
      if (level.limit !== breach.level.limit || isPast(value, breach.worst, side)) breach.worst = value
      breach.level = level
      breach.watches = watches
      breach.since = Math.min(breach.since, at)
      breach.seenAt = breach.liveAt = at
      breach.holdsMs = holdsMs
    } else if (!isEvaluated(rule.id, subject)) ofRule.delete(part)
    else ofRule.set(part, { rule: rule.id, subject, watches, since: at, level, worst: value, seenAt: at, liveAt: at, holdsMs })
  }

  /** Compares a poll's figures with the limits. Returns whether its server or host has, or had before, any breaches. */
  const addSamples = ({ owner, at, parts, metrics, values, holdsMs }: SampleBatch): boolean => {
    const ownerId = ownerIdOf(owner)
    const about = parts === null ? owner.kind : owner.kind === 'server' ? 'stream' : 'device'
    const ofOwner = breaches.get(ownerId) ?? new Map<string, OfRule>()
    const had = ofOwner.size > 0
    const count = parts?.length ?? 1
    const stateColumn = metrics.indexOf('path.state')
    const isLive = stateColumn < 0 ? () => true : (from: number) => values[from + stateColumn] === liveCode
    for (const watch of byKind.get(about) ?? []) {
      const columns = watch.metrics.map((metric) => metrics.indexOf(metric))
      if (columns.some((column) => column < 0)) {
        const known = ofOwner.get(watch.rule.id)
        if (known !== undefined) dropUnknown(known, at)
        continue
      }
      const { clearWhen } = watch
      const clearColumn = clearWhen === null ? -1 : metrics.indexOf(clearWhen.metric)
      const figureOf = watch.figures.of({ ownerId, at, parts, values, columns, isLive })
      const ofRule: OfRule = ofOwner.get(watch.rule.id) ?? new Map()
      for (let row = 0, from = 0; row < count; row++, from += metrics.length) {
        const value = figureOf(row, from)
        const part = parts === null ? null : (parts[row] as string)
        const concerns = watch.tests.some(({ side, limit }) => isPast(value, limit, side)) || (ofRule.size > 0 && ofRule.has(part))
        if (!concerns || !isLive(from)) continue
        if (!Number.isFinite(value)) {
          const known = ofRule.get(part)
          // Otherwise it was read, and there is nothing any more that it could be compared with.
          if (known !== undefined && columns.some((column) => Number.isNaN(values[from + column]))) known.liveAt = at
          continue
        }
        // An unknown figure clears nothing.
        const isHeld = clearWhen !== null && !isPast(values[from + clearColumn] as number, clearWhen.limit, clearWhen.side)
        updateBreach(ofRule, watch, ownerId, part, value, isHeld, at, holdsMs ?? null)
      }
      dropUnknown(ofRule, at)
      if (ofRule.size > 0) ofOwner.set(watch.rule.id, ofRule)
      else ofOwner.delete(watch.rule.id)
    }
    if (ofOwner.size > 0) breaches.set(ownerId, ofOwner)
    else breaches.delete(ownerId)
    return had || ofOwner.size > 0
  }
  /** Current breaches of a server or host. */
  function* of(ownerId: string): Iterable<Breach<Watches>> {
    for (const ofRule of breaches.get(ownerId)?.values() ?? []) yield* ofRule.values() as Iterable<Breach<Watches>>
  }
  const finder: Finder = {
    configure,
    addSamples,
    advanceTo: (ownerId, at) => {
      for (const ofRule of breaches.get(ownerId)?.values() ?? []) dropUnknown(ofRule, at)
    },
    findings: function* ({ subject: owner, name, isUp }) {
      if (!isUp) return
      for (const breach of of(ownerIdOf(owner))) {
        const { rule, subject, since, seenAt, level } = breach
        const applied = rules.applied(rule, subject)
        // Not evaluated before its on-delay is over: with small cameras there may be thousands in each poll.
        if (applied === null || seenAt - since < applied.evaluation.onDelayMs) continue
        const about = { kind: kind.alarm, subject, since, serverName: name, streams: subject.kind === 'stream' ? 0 : null, readers: null }
        yield { ...ruleFields(rule, applied, level.severity), ...about, why: kind.why(breach), onDelayMs: 0 }
      }
    },
    isPending: (rule, subject) => breaches.get(ownerIdOf(subject))?.get(rule)?.has(partOf(subject)) ?? false,
    forget: (ownerId) => {
      breaches.delete(ownerId)
      for (const watches of byKind.values()) for (const { figures } of watches) figures.forget(ownerId)
    },
  }
  return { ...finder, addSamples, of }
}

/** The metric, and the metric it is divided by if any. */
export function metricsOf({ metric, per }: Pick<Limit, 'metric' | 'per'>): readonly [MetricId, ...MetricId[]] {
  return per === null ? [metric] : [metric, per]
}
export function plainFigure({ values, columns: [column = 0, perColumn] }: Rows): (row: number, from: number) => number {
  if (perColumn === undefined) return (_, from) => values[from + column] as number
  return (_, from) => (values[from + column] as number) / (values[from + perColumn] as number)
}

export const limits: FigureKind<'limit'> = {
  kind: 'limit',
  alarm: 'limitCrossed',
  metrics: metricsOf,
  levels: (watches) => watches,
  clearWhen: ({ clearWhen }) => clearWhen ?? null,
  figures: () => ({ of: plainFigure, forget: () => undefined }),
  why: ({ watches: { metric, per, side, levels, clearWhen }, worst, level }) => ({
    kind: 'limitCrossed',
    metric,
    per,
    side,
    value: worst,
    limit: level.limit,
    // The alarm clears at the mildest level.
    ...(clearWhen === undefined ? { clear: levels[0]?.clear ?? level.clear } : { clearWhen }),
  }),
}
