import type { MetricId } from '../../shared/metrics.ts'
import type { Reason } from '../../shared/reasons.ts'
import type { ClearWhen, LimitSide } from '../../shared/ruleKinds/limit.ts'
import type { RuleLevel } from '../../shared/ruleKinds/ruleKind.ts'
import type { Watched, WatchedKind, WatchedOf } from '../../shared/ruleKinds.ts'
import type { Rule, RuleAlarmKind } from '../../shared/rules.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { ownerIdOf, partOf } from '../../shared/subjectNames.ts'
import { kindOfMetric, type Subject, type SubjectKind, seriesNamed } from '../../shared/subjects.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Finder } from './finder.ts'
import { byRule } from './findings.ts'
import type { RuleSet } from './ruleSet.ts'

/** Limits that a figure is compared with, the mildest first. */
export interface Levels {
  readonly side: LimitSide
  readonly levels: readonly RuleLevel[]
}

/** A figure beyond a limit. */
export interface Breach<Watches = Watched> {
  readonly rule: string
  readonly subject: Subject
  watches: Watches
  /** First sample beyond a limit, epoch ms; no later than the latest, also where somebody has set the clock back. */
  since: number
  /** Of the level reached. */
  level: RuleLevel
  /** The value farthest beyond it since it is at this level. */
  worst: number
  /** Latest sample that was known, epoch ms. */
  seenAt: number
  /** How long that counts without another, ms; null: it is polled, `unknownForMs`. */
  holdsMs: number | null
}

/** The rows of one poll that a rule may look at. */
export interface Rows {
  readonly ownerId: string
  readonly at: number
  readonly parts: readonly string[] | null
  readonly values: Float64Array
  /** Where the metrics that the kind asks for are in a row. */
  readonly columns: readonly number[]
  /** Whether the stream of a row is live; of what is no stream, always. `from`: where the row begins in `values`. */
  readonly isLive: (from: number) => boolean
}

/** Makes the figures of one rule. */
export interface Figures {
  /** Returns what makes the figure of each row of a poll, in order; NaN: none. */
  readonly of: (rows: Rows) => (row: number, from: number) => number
  readonly forget: (ownerId: string) => void
}

/** A kind of rule that compares a figure of each subject with limits. */
export interface FigureKind<Kind extends WatchedKind> {
  readonly kind: Kind
  readonly alarm: RuleAlarmKind
  /** What it reads of a poll; the first says what it is about. null: such a rule compares no figure. */
  readonly metrics: (watches: WatchedOf<Kind>) => readonly [MetricId, ...MetricId[]] | null
  readonly levels: (watches: WatchedOf<Kind>) => Levels
  /** By which other figure what is beyond a limit heals; null, or left out: by its own. */
  readonly clearing?: (watches: WatchedOf<Kind>) => ClearWhen | null
  /** `isFor`: whether the rule is for a subject. */
  readonly figures: (watches: WatchedOf<Kind>, isFor: (ownerId: string, part: string | null) => boolean) => Figures
  readonly why: (breach: Breach<WatchedOf<Kind>>) => Reason
}

/** A figure that is unknown for longer than this is not beyond its limit any more, ms, unless its batch says otherwise. */
export const unknownForMs = 30_000

const isPast = (value: number, limit: number, side: LimitSide): boolean =>
  side === 'above' ? value > limit : side === 'below' ? value < limit : Math.abs(value) > Math.abs(limit)

/** The level that a value reaches: up at the limit of each, down only past where it clears. -1: none. */
export function levelAt(value: number, { side, levels }: Levels, before: number): number {
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
  /** What its figures are made by. */
  readonly made: string
  readonly metrics: readonly [MetricId, ...MetricId[]]
  readonly figures: Figures
  readonly clearing: ClearWhen | null
  /** The limits easiest to cross, of the rule and its exceptions: a value within all of them concerns nobody. */
  readonly tests: readonly { readonly side: LimitSide; readonly limit: number }[]
}

const liveCode = streamStateCodes.live
type OfRule = Map<string | null, Breach>
function dropUnknown(ofRule: OfRule, at: number): void {
  for (const [part, { seenAt, holdsMs }] of ofRule) if (at - seenAt > (holdsMs ?? unknownForMs)) ofRule.delete(part)
}

/**
 * Watches the figures that rules of one kind set limits to. A figure within its limits costs a comparison and no memory. Figures of streams count
 * while the stream is live: one that stalls, is gone or on its slate is another trouble.
 */
export function createBreaches<Kind extends WatchedKind>(kind: FigureKind<Kind>, rules: RuleSet, isJudged: (rule: string, subject: Subject) => boolean) {
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
    // What figures were is not forgotten because some other rule has changed.
    const made = JSON.stringify(first)
    const before = [...byKind.values()].flat().find((watch) => watch.rule.id === rule.id && watch.made === made)
    return { rule, made, metrics, tests, clearing: kind.clearing?.(first) ?? null, figures: before?.figures ?? kind.figures(first, isFor) }
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

  /** `isHeld`: by another figure it has not healed, wherever its own is. */
  const note = (
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
    // Of what is not polled, a figure that was unknown for too long begins anew.
    const breach = last !== undefined && last.holdsMs !== null && at - last.seenAt > last.holdsMs ? undefined : last
    const subject = breach?.subject ?? seriesNamed(ownerId, part, metrics[0]).subject
    const watches = rules.applied(rule.id, subject)?.judges.watches
    if (watches === undefined || !ofKind(watches)) {
      ofRule.delete(part)
      return
    }
    const { side, levels } = kind.levels(watches)
    const before = breach === undefined ? -1 : levels.findIndex((level) => level.limit === breach.level.limit)
    const level = levels[levelAt(value, { side, levels }, before)]
    if (level === undefined && breach !== undefined && isHeld) breach.seenAt = at
    else if (level === undefined) ofRule.delete(part)
    else if (breach !== undefined) {
      // At another level it is worth saying anew how far it went.
      if (level.limit !== breach.level.limit || isPast(value, breach.worst, side)) breach.worst = value
      breach.level = level
      breach.watches = watches
      breach.since = Math.min(breach.since, at)
      breach.seenAt = at
      breach.holdsMs = holdsMs
    } else if (!isJudged(rule.id, subject)) ofRule.delete(part)
    else ofRule.set(part, { rule: rule.id, subject, watches, since: at, level, worst: value, seenAt: at, holdsMs })
  }

  /** Compares a poll's figures with the limits. Returns whether its server or host has, or had, some beyond them. */
  const see = ({ owner, at, parts, metrics, values, holdsMs }: SampleBatch): boolean => {
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
      const { clearing } = watch
      const clearColumn = clearing === null ? -1 : metrics.indexOf(clearing.metric)
      const figureOf = watch.figures.of({ ownerId, at, parts, values, columns, isLive })
      const ofRule: OfRule = ofOwner.get(watch.rule.id) ?? new Map()
      for (let row = 0, from = 0; row < count; row++, from += metrics.length) {
        const value = figureOf(row, from)
        const part = parts === null ? null : (parts[row] as string)
        const concerns = watch.tests.some(({ side, limit }) => isPast(value, limit, side)) || (ofRule.size > 0 && ofRule.has(part))
        if (!concerns || !Number.isFinite(value) || !isLive(from)) continue
        // A figure that is not known heals nothing.
        const isHeld = clearing !== null && !isPast(values[from + clearColumn] as number, clearing.limit, clearing.side)
        note(ofRule, watch, ownerId, part, value, isHeld, at, holdsMs ?? null)
      }
      dropUnknown(ofRule, at)
      if (ofRule.size > 0) ofOwner.set(watch.rule.id, ofRule)
      else ofOwner.delete(watch.rule.id)
    }
    if (ofOwner.size > 0) breaches.set(ownerId, ofOwner)
    else breaches.delete(ownerId)
    return had || ofOwner.size > 0
  }
  /** Those of a server or host now. */
  function* of(ownerId: string): Iterable<Breach<Watches>> {
    for (const ofRule of breaches.get(ownerId)?.values() ?? []) yield* ofRule.values() as Iterable<Breach<Watches>>
  }
  const finder: Finder = {
    configure,
    see,
    pass: (ownerId, at) => {
      for (const ofRule of breaches.get(ownerId)?.values() ?? []) dropUnknown(ofRule, at)
    },
    findings: function* ({ id, name, isUp }) {
      if (!isUp) return
      for (const breach of of(id)) {
        const { rule, subject, since, seenAt, level } = breach
        const applied = rules.applied(rule, subject)
        // Until its on-delay is over it is nothing to be judged: of small cameras there may be thousands with every poll.
        if (applied === null || seenAt - since < applied.judges.onDelayMs) continue
        const about = { kind: kind.alarm, subject, since, serverName: name, streams: subject.kind === 'stream' ? 0 : null, readers: null }
        yield { ...byRule(rule, applied, level.severity), ...about, why: kind.why(breach), onDelayMs: 0 }
      }
    },
    isPending: (rule, subject) => breaches.get(ownerIdOf(subject))?.get(rule)?.has(partOf(subject)) ?? false,
    forget: (ownerId) => {
      breaches.delete(ownerId)
      for (const watches of byKind.values()) for (const { figures } of watches) figures.forget(ownerId)
    },
  }
  return { ...finder, see, of }
}
