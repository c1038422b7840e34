import { offBaselineBy } from '../../shared/baselines.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { Reason } from '../../shared/reasons.ts'
import { type LimitSide, leastFactor, type RuleLevel, type Watched, type WatchedKind, type WatchedOf } from '../../shared/ruleKinds.ts'
import type { Rule, RuleAlarmKind } from '../../shared/rules.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { ownerIdOf, partOf, type Subject, type SubjectKind } from '../../shared/subjectNames.ts'
import { kindOfMetric, seriesNamed } from '../../shared/subjects.ts'
import type { Baselines } from '../baselines/baselines.ts'
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
interface FigureKind<Kind extends WatchedKind> {
  readonly kind: Kind
  readonly alarm: RuleAlarmKind
  /** Metrics that it reads from a poll; the first determines the kind of subject. */
  readonly metrics: (watches: WatchedOf<Kind>) => readonly [MetricId, ...MetricId[]]
  readonly levels: (watches: WatchedOf<Kind>) => Levels
  /** `isFor`: whether the rule applies to a subject. */
  readonly figures: (watches: WatchedOf<Kind>, isFor: (ownerId: string, part: string | null) => boolean) => Figures
  readonly why: (breach: Breach<WatchedOf<Kind>>) => Reason
}

/** A figure unknown for longer than this, ms, no longer counts as beyond its limit, unless its batch specifies another time. */
const unknownForMs = 30_000
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
    if (first === undefined) return null
    const metrics = kind.metrics(first)
    const tests = watched.map(kind.levels).map(({ side, levels }) => {
      const all = levels.map(({ limit }) => limit)
      return { side, limit: side === 'below' ? Math.max(...all) : Math.min(...all) }
    })
    const isFor = (ownerId: string, part: string | null) => rules.applied(rule.id, seriesNamed(ownerId, part, metrics[0]).subject) !== null
    // Previous figures are kept if only other rules have changed.
    const figuresKey = JSON.stringify(first)
    const before = [...byKind.values()].flat().find((watch) => watch.rule.id === rule.id && watch.figuresKey === figuresKey)
    return { rule, figuresKey, metrics, tests, figures: before?.figures ?? kind.figures(first, isFor) }
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

  const updateBreach = (
    ofRule: OfRule,
    { rule, metrics }: Watch,
    ownerId: string,
    part: string | null,
    value: number,
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
    if (level === undefined) ofRule.delete(part)
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
        updateBreach(ofRule, watch, ownerId, part, value, at, holdsMs ?? null)
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
function metricsOf({ metric, per }: WatchedOf<'limit' | 'change'>): readonly [MetricId, ...MetricId[]] {
  return per === null ? [metric] : [metric, per]
}
function plainFigure({ values, columns: [column = 0, perColumn] }: Rows): (row: number, from: number) => number {
  if (perColumn === undefined) return (_, from) => values[from + column] as number
  return (_, from) => (values[from + column] as number) / (values[from + perColumn] as number)
}

/** Figures beyond a limit. */
export const limits: FigureKind<'limit'> = {
  kind: 'limit',
  alarm: 'limitCrossed',
  metrics: metricsOf,
  levels: (watches) => watches,
  figures: () => ({ of: plainFigure, forget: () => undefined }),
  why: ({ watches: { metric, per, side, levels }, worst, level }) => ({
    kind: 'limitCrossed',
    metric,
    per,
    side,
    value: worst,
    limit: level.limit,
    // The alarm clears at the mildest level.
    clear: levels[0]?.clear ?? level.clear,
  }),
}

/** Into so many slots the period of a change is divided; each keeps a minimum and a maximum. */
const slots = 8
/** How long it is remembered which subjects a rule is for, ms: tags and names of servers may change. */
const scopeForMs = 60_000
/** Earlier figures of one subject: the latest slot, and minimum and maximum of each, by slot number modulo `slots`. */
interface Earlier {
  slot: number
  readonly lows: number[]
  readonly highs: number[]
}
function newEarlier(slot: number): Earlier {
  return { slot: slot - 1, lows: new Array<number>(slots).fill(Number.POSITIVE_INFINITY), highs: new Array<number>(slots).fill(Number.NEGATIVE_INFINITY) }
}
function addFigure(earlier: Earlier, slot: number, figure: number): void {
  for (let next = Math.max(earlier.slot + 1, slot - slots + 1); next <= slot; next++) {
    earlier.lows[next % slots] = Number.POSITIVE_INFINITY
    earlier.highs[next % slots] = Number.NEGATIVE_INFINITY
  }
  earlier.slot = Math.max(earlier.slot, slot)
  const at = slot % slots
  earlier.lows[at] = Math.min(earlier.lows[at] as number, figure)
  earlier.highs[at] = Math.max(earlier.highs[at] as number, figure)
}
/** Change of a figure from its minimum or maximum in the period, in percent of that. For either direction a fall is negative. NaN: undefined. */
function changeOf(figure: number, { lows, highs }: Earlier, direction: WatchedOf<'change'>['direction']): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let at = 0; at < slots; at++) {
    low = Math.min(low, lows[at] as number)
    high = Math.max(high, highs[at] as number)
  }
  const rise = ((figure - low) / Math.abs(low)) * 100
  const fall = ((high - figure) / Math.abs(high)) * 100
  if (direction === 'up') return rise
  if (direction === 'down') return fall
  return rise > fall || Number.isNaN(fall) ? rise : -fall
}

/** How fast figures change. Earlier figures are kept for live subjects in the rule's scope only. */
export const changes: FigureKind<'change'> = {
  kind: 'change',
  alarm: 'changedFast',
  metrics: metricsOf,
  levels: ({ direction, levels }) => ({ side: direction === 'either' ? 'beyond' : 'above', levels }),
  figures: ({ withinMs, direction }, isFor) => {
    /** null: not in the scope of the rule. */
    const byOwner = new Map<string, { parts: readonly string[] | null; since: number; readonly known: Map<string | null, Earlier | null> }>()
    return {
      of: (rows) => {
        const { ownerId, at, parts, isLive } = rows
        const figureOf = plainFigure(rows)
        const slot = Math.floor(at / (withinMs / slots))
        const ofOwner = byOwner.get(ownerId) ?? { parts, since: at, known: new Map<string | null, Earlier | null>() }
        byOwner.set(ownerId, ofOwner)
        const { known } = ofOwner
        if (ofOwner.parts !== parts || Math.abs(at - ofOwner.since) >= scopeForMs) {
          for (const [part, earlier] of known) if (earlier === null || slot - earlier.slot >= slots) known.delete(part)
          Object.assign(ofOwner, { parts, since: at })
        }
        return (row, from) => {
          const part = parts === null ? null : (parts[row] as string)
          const figure = figureOf(row, from)
          let earlier = known.get(part)
          if (earlier === undefined && isLive(from)) {
            earlier = isFor(ownerId, part) ? newEarlier(slot) : null
            known.set(part, earlier)
          }
          if (earlier == null) return Number.NaN
          // Figures from before the stream went off air may be those of another publisher.
          if (!isLive(from)) known.delete(part)
          if (!isLive(from) || !Number.isFinite(figure)) return Number.NaN
          addFigure(earlier, slot, figure)
          return changeOf(figure, earlier, direction)
        }
      },
      forget: (ownerId) => void byOwner.delete(ownerId),
    }
  },
  why: ({ watches: { metric, per, direction, withinMs }, worst, level }) => ({
    kind: 'changedFast',
    metric,
    per,
    change: direction === 'down' ? -worst : worst,
    withinMs,
    limit: level.limit,
  }),
}

/** Usual values of streams now, or at the time that is being replayed. */
export type BaselinesNow = Pick<Baselines, 'rangesOf' | 'hourOf'>
/** No usual values are known. */
export const noBaselines: BaselinesNow = {
  rangesOf: () => null,
  hourOf: () => ({ range: null, hour: { weekday: 1, hour: 0, zone: 'UTC' } }),
}
/** Smaller deviations than any rule may watch are not remembered: variable bit rates are slightly outside their range all the time. */
const notableOff = leastFactor / 2

/** How far figures deviate from their usual range. A figure within its range costs two comparisons and no memory. */
export function unusual({ rangesOf, hourOf }: BaselinesNow): FigureKind<'unusual'> {
  /** The largest deviation of each stream since it left its usual range, by server and path. */
  const farthest = new Map<string, Map<string, { readonly value: number; readonly off: number; readonly at: number }>>()
  return {
    kind: 'unusual',
    alarm: 'offUsual',
    metrics: ({ metric }) => [metric],
    levels: ({ levels }) => ({ side: 'beyond', levels }),
    figures: () => ({
      of: ({ ownerId, at, parts, values, columns: [column = 0], isLive }) => {
        const ranges = parts === null ? null : rangesOf(ownerId, parts, at)
        if (ranges === null || parts === null) return () => Number.NaN
        const { low, high } = ranges
        const noted = farthest.get(ownerId) ?? new Map<string, { readonly value: number; readonly off: number; readonly at: number }>()
        farthest.set(ownerId, noted)
        return (row, from) => {
          const value = values[from + column] as number
          const [least, most] = [low[row] as number, high[row] as number]
          const path = parts[row] as string
          if (value >= least && value <= most) {
            if (noted.size > 0) noted.delete(path)
            return 0
          }
          const off = offBaselineBy(value, { low: least, high: most })
          if (Math.abs(off) > Math.abs(noted.get(path)?.off ?? notableOff) && isLive(from)) noted.set(path, { value, off, at })
          return off
        }
      },
      forget: (ownerId) => void farthest.delete(ownerId),
    }),
    why: ({ subject, watches: { metric }, worst, level, seenAt }) => {
      const [serverId, path] = subject.kind === 'stream' ? [subject.serverId, subject.path] : ['', '']
      const { value = 0, at = seenAt } = farthest.get(serverId)?.get(path) ?? {}
      const { range, hour } = hourOf(serverId, path, at)
      const { low = value, high = value, weeks = 0 } = range ?? {}
      return { kind: 'offUsual', metric, side: worst < 0 ? 'below' : 'above', value, factor: Math.abs(level.limit), low, high, weeks, ...hour }
    },
  }
}
