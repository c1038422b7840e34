import type { Clock } from '../../clock/clock.ts'
import { oneAtATime } from '../../clock/semaphore.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import { familyOf } from '../../shared/alarms.ts'
import { offBaselineBy } from '../../shared/baselines.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import {
  mostRehearsed,
  mostRehearsedDays,
  type Rehearsal,
  type Rehearsed,
  type RehearsedAlarm,
  type RehearseInput,
  type Unrehearsed,
} from '../../shared/rehearsal.ts'
import type { Watched, WatchedOf } from '../../shared/ruleKinds.ts'
import { type Rule, type RuleInput, shippedRuleIds, shippedRules } from '../../shared/rules.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { type Owner, ownerIdOf, ownerOf, partOf, type Subject } from '../../shared/subjectNames.ts'
import { kindOfMetric, seriesNamed, seriesOf } from '../../shared/subjects.ts'
import { type Tier, tierStepMs, tiers } from '../../shared/tiers.ts'
import type { Baselines, HourRanges } from '../baselines/baselines.ts'
import type { History } from '../history/history.ts'
import { type BaselinesNow, levelAt, noBaselines } from './breaches.ts'
import { createReplay, type ReplayedFleet } from './replay.ts'
import { createRuleSet, placesIn, type RuleSet } from './ruleSet.ts'

// Plays history through a changed or new rule. The minimum and maximum of each quarter hour show where it may have found something; only that is read at full
// resolution, and judged by the code that judges what is live, with a clock of its own.

export interface RehearsalDeps extends ReplayedFleet {
  readonly clock: Pick<Clock, 'now'>
  readonly history: Pick<History, 'range' | 'subjects' | 'figures'>
  readonly slices: Slices
  readonly rules: () => readonly RuleInput[]
  readonly baseline: Pick<Baselines, 'learnedOver'>
  readonly signal: AbortSignal
}

export type Rehearse = ReturnType<typeof createRehearsal>

const dayMs = 86_400_000
const quarterMs = tierStepMs.quarterHours
const mostSubjects = 20_000
/** Maximum number of subjects whose usual values are learned, which reads eight weeks of each. */
const mostLearned = 2_000
/** Maximum number of values per history query, because receiving a response can't be interrupted. */
const mostValues = 60_000
/** Maximum number of figures judged individually; if there are more, the next coarser tier is used. */
const mostFigures = 3_000_000
/** Minimum distance at which samples are distinguished, ms. */
const sampleStepMs = 500
/** Length of the period judged at a time, by tier, ms. */
const chunkMs = { samples: 3_600_000, minutes: 6 * 3_600_000, quarterHours: mostRehearsedDays * dayMs } as const
type ReplayTier = keyof typeof chunkMs
/** Distance of values in each tier when polling every 2 s, ms. */
const usualStepMs: Readonly<Record<ReplayTier, number>> = { ...tierStepMs, samples: 2_000 }
const { live, slate, stalled, gone } = streamStateCodes

/** Usual values of one stream at a past time, as learned before it. */
type BaselineThen = Awaited<ReturnType<Baselines['learnedOver']>>
interface Variant {
  readonly inputs: readonly RuleInput[]
  readonly set: RuleSet
  readonly rule: Rule | null
}
interface Run extends RehearsalDeps {
  readonly variants: readonly Variant[]
  readonly metrics: readonly MetricId[]
  readonly from: number
  readonly to: number
  readonly slice: Slice
}
/** A server, host or probe with those of its parts that the rule is for, or itself. */
interface OwnerPast {
  readonly owner: Owner
  readonly subjects: Subject[]
  /** Quarter hours in which the rule may have found something, counted since 1970. */
  readonly quarters: Map<Subject, ReadonlySet<number>>
  /** By path; empty: no rule needs them. */
  readonly baselines: Map<string, BaselineThen>
}

export function createRehearsal(deps: RehearsalDeps) {
  // One at a time: each uses the full capacity of history and this process.
  const inTurn = oneAtATime()
  return (input: RehearseInput, asked = deps.signal): Promise<Rehearsal> => {
    const signal = AbortSignal.any([asked, deps.signal])
    return inTurn(signal, () => rehearse({ ...deps, signal }, input))
  }
}

async function rehearse(deps: RehearsalDeps, { rule: input, from: askedFrom, to: askedTo }: RehearseInput): Promise<Rehearsal> {
  const to = Math.min(askedTo ?? deps.clock.now(), deps.clock.now())
  const from = Math.min(to, Math.max(askedFrom, to - mostRehearsedDays * dayMs))
  const currentRules = deps.rules()
  const after = variantOf(deps, [...currentRules.filter(({ id }) => id !== input.id), input], input.id)
  const current = variantOf(deps, currentRules, input.id)
  const watchedBy = (variants: readonly Variant[]) => variants.flatMap(({ rule }) => (rule === null ? [] : [rule.watches]))
  const kindsOf = (watched: readonly Watched[]) => new Set(watched.flatMap((one) => recordedFor(one) ?? []).map(kindOfMetric))
  // If its metric is now about another kind of subject, it is a different rule.
  const before = kindsOf(watchedBy([current, after])).size > 1 ? { ...current, rule: null } : current
  const variants = [before, after]
  const watched = watchedBy(variants)
  const answer = { rule: input.id, from, to, before: before.rule && rehearsed([]), after: rehearsed([]), subjects: 0 }
  if (watched.some((one) => recordedFor(one) === null)) return { ...answer, unrehearsed: [{ kind: 'notKeptAsFigures' }] }

  // What figures say counts only while their stream is live.
  const state = kindsOf(watched).has('stream') ? (['path.state'] as const) : []
  const metrics = [...new Set([...state, ...watched.flatMap((one) => recordedFor(one) ?? [])])]
  const run = { ...deps, variants, metrics, from, to, slice: deps.slices.begin() }
  const { pasts, subjects, of } = await findSubjects(run, watched.some(({ kind }) => kind === 'unusual') ? mostLearned : mostSubjects)
  for (const past of pasts) await findQuarters(run, past)
  const tier = tierFor(pasts, metrics.length)
  const alarms = variants.map((): RehearsedAlarm[] => [])
  let coarsest = 0
  for (const past of pasts) coarsest = Math.max(coarsest, await replayOwner(run, past, tier, alarms))
  const [beforeAlarms = [], afterAlarms = []] = alarms
  const unrehearsed: Unrehearsed[] = []
  const keptFrom = (await deps.history.figures()).from ?? to
  if (keptFrom >= from + quarterMs) unrehearsed.push({ kind: 'keptSince', from: Math.min(keptFrom, to) })
  if (subjects < of) unrehearsed.push({ kind: 'tooMany', subjects, of })
  const coarse = tiers[coarsest]
  if (coarse !== undefined && coarse !== 'samples') unrehearsed.push({ kind: 'coarse', tier: coarse, stepMs: tierStepMs[coarse] })
  if (watched.some(({ kind }) => kind === 'trouble' || kind === 'flapping')) unrehearsed.push({ kind: 'plans' })
  return { ...answer, before: before.rule && rehearsed(beforeAlarms), after: rehearsed(afterAlarms), subjects, unrehearsed }
}

const rehearsed = (alarms: readonly RehearsedAlarm[]): Rehearsed => ({
  alarms: alarms.toSorted((a, b) => a.start - b.start).slice(0, mostRehearsed),
  total: alarms.length,
})

/** The rules with everything disabled except this one and those whose alarms it may share. */
function variantOf({ server, host, probe, fieldsOf }: RehearsalDeps, all: readonly RuleInput[], id: string): Variant {
  const familyOfRule = (of: string) => (Object.hasOwn(familyOf, of) ? familyOf[of as keyof typeof familyOf] : null)
  const family = familyOfRule(id)
  const isIncluded = (other: string) => other === id || (family !== null && Object.hasOwn(shippedRules, other) && familyOfRule(other) === family)
  const off = shippedRuleIds.filter((other) => !isIncluded(other)).map((other): RuleInput => ({ id: other, enabled: false }))
  const inputs = [...off, ...all.filter((one) => isIncluded(one.id))]
  const set = createRuleSet(placesIn(server, host, probe), fieldsOf)
  set.configure(inputs)
  return { inputs, set, rule: set.all().find((rule) => rule.id === id) ?? null }
}

/** Metrics of history that show what such a rule would have found; null: none does. */
function recordedFor(watches: Watched): readonly MetricId[] | null {
  switch (watches.kind) {
    case 'limit':
    case 'change':
      return watches.per === null ? [watches.metric] : [watches.metric, watches.per]
    case 'unusual':
      return [watches.metric]
    case 'flapping':
      return ['path.state']
    case 'trouble':
      if (watches.trouble === 'packetsLost') return ['path.lostLastMinute']
      return (['streamGone', 'streamStalled', 'slateOnAir'] as const).some((one) => one === watches.trouble) ? ['path.state'] : null
    default:
      return null
  }
}

/** What a variant watches of a subject; null: nothing. */
function watchedOf({ set, rule }: Variant, subject: Subject): Watched | null {
  return (rule && set.applied(rule.id, subject)?.evaluation.watches) ?? null
}

/** Finds what the variants are for, up to `most` subjects of all `of`. */
async function findSubjects({ history, server, host, probe, variants, metrics, from, to, slice, signal }: Run, most: number) {
  const kinds = new Set(metrics.map(kindOfMetric))
  const pasts = new Map<string, OwnerPast>()
  const pastOf = (owner: Owner): OwnerPast => {
    const past = pasts.get(ownerIdOf(owner)) ?? { owner, subjects: [], quarters: new Map(), baselines: new Map() }
    pasts.set(ownerIdOf(owner), past)
    return past
  }
  let [subjects, of] = [0, 0]
  for (const subject of await history.subjects(from, to)) {
    if (slice.isOver()) await slice.next(signal)
    const id = ownerIdOf(subject)
    if ((server(id) ?? host(id) ?? probe(id)) === null) continue
    if (!kinds.has(subject.kind) || !variants.some((one) => watchedOf(one, subject) !== null)) continue
    if (of++ >= most) continue
    subjects++
    pastOf(ownerOf(subject)).subjects.push(subject)
  }
  return { pasts: [...pasts.values()], subjects, of }
}

/** Splits a list, so that no response of history is too large. */
function* chunksOf<Item>(items: readonly Item[], size: number): Iterable<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}

/** Finds the quarter hours that have to be read closely. */
async function findQuarters(run: Run, { subjects, quarters, baselines }: OwnerPast): Promise<void> {
  const { history, baseline, variants, metrics, from, to, slice, signal } = run
  const [first, end] = [quarterOf(from), quarterOf(to) + 1]
  const period = { from: first * quarterMs, to: end * quarterMs, points: end - first + 1, tier: 'quarterHours' } as const
  for (const part of chunksOf(subjects, Math.ceil(mostValues / (period.points * metrics.length)))) {
    const series = part.flatMap((subject) => metrics.map((metric) => seriesNamed(ownerIdOf(subject), partOf(subject), metric)))
    const columns = await history.range({ series, ...period }, signal)
    let at = 0
    for (const subject of part) {
      const ofSubject = new Map(metrics.map((metric) => [metric, columns[at++] as SeriesColumns]))
      const watched = variants.flatMap((variant) => watchedOf(variant, subject) ?? [])
      const isLearned = subject.kind === 'stream' && watched.some(({ kind }) => kind === 'unusual')
      const then = isLearned ? await baseline.learnedOver(subject, from, to, signal) : null
      if (then !== null) baselines.set(partOf(subject) ?? '', then)
      const found = new Set(watched.flatMap((one) => [...relevantQuarters(one, ofSubject, first, end, then)]))
      if (found.size > 0) quarters.set(subject, found)
      if (slice.isOver()) await slice.next(signal)
    }
  }
}

/** Minimum and maximum of a quarter hour. */
type Span = readonly [low: number, high: number]
const quarterOf = (at: number): number => Math.floor(at / quarterMs)
const quartersOf = (from: number, to: number): number[] => Array.from({ length: quarterOf(to) - quarterOf(from) + 1 }, (_, index) => quarterOf(from) + index)
/** Of a metric, divided by a second one if there is one; by quarter hour. */
function spansOf([columns, divisors]: readonly (SeriesColumns | undefined)[]): ReadonlyMap<number, Span> {
  const by = divisors && spansOf([divisors])
  const { at: times, min, max } = columns ?? { at: [], min: [], max: [] }
  return new Map(
    times.flatMap((at, index): (readonly [number, Span])[] => {
      const [least, most] = by === undefined ? [1, 1] : (by.get(quarterOf(at)) ?? [0, 0])
      return most === 0 ? [] : [[quarterOf(at), [(min[index] as number) / most, (max[index] as number) / least]]]
    }),
  )
}

/** Quarter hours in which something may be wrong or not yet recovered, each with the following one, and with those that are judged together with it. */
function* relevantQuarters(
  watches: Watched,
  columns: ReadonlyMap<MetricId, SeriesColumns>,
  first: number,
  end: number,
  baseline: BaselineThen | null,
): Iterable<number> {
  const recorded = recordedFor(watches) ?? []
  const spans = spansOf(recorded.map((metric) => columns.get(metric)))
  const states = recorded.includes('path.state') ? null : spansOf([columns.get('path.state')])
  const around = 'withinMs' in watches ? Math.ceil(watches.withinMs / quarterMs) + 1 : 0
  const isRelevant = relevanceOf(watches, spans, around, baseline)
  const unknown = new Set((columns.get(recorded[0] as MetricId)?.gaps ?? []).flatMap(([from, to]) => quartersOf(from, to)))
  // Persists over quarter hours in which its stream was not always known and live: while a server is unreachable or a stream is lost, a trouble persists, and what
  // was well too shortly before that has not ended.
  let is = false
  for (let quarter = first; quarter < end; quarter++) {
    const span = spans.get(quarter)
    const [lowest, highest] = states?.get(quarter) ?? [live, live]
    const wasLive = lowest === live && highest === live
    is = span === undefined ? is : isRelevant(span, is, quarter) || (is && (!wasLive || unknown.has(quarter)))
    if (is) for (let near = quarter - around; near <= quarter + Math.max(1, around); near++) yield near
  }
}

function relevanceOf(
  watches: Watched,
  spans: ReadonlyMap<number, Span>,
  around: number,
  baseline: BaselineThen | null,
): (span: Span, wasRelevant: boolean, quarter: number) => boolean {
  const isBeyond = (low: number, high: number, { side, levels }: Pick<WatchedOf<'limit'>, 'side' | 'levels'>, was: boolean) => {
    const farthest = side === 'above' ? high : side === 'below' ? low : Math.abs(low) > Math.abs(high) ? low : high
    return levelAt(farthest, { side, levels }, was ? levels.length - 1 : -1) >= 0
  }
  switch (watches.kind) {
    case 'limit':
      return ([low, high], was) => isBeyond(low, high, watches, was)
    case 'unusual':
      return ([low, high], was, quarter) => {
        const range = baseline?.(quarter * quarterMs).range ?? null
        return range !== null && isBeyond(offBaselineBy(low, range), offBaselineBy(high, range), { side: 'beyond', levels: watches.levels }, was)
      }
    case 'change': {
      const least = Math.min(...watches.levels.flatMap(({ limit, clear }) => [limit, clear]))
      return (_span, _was, quarter) => {
        const known = Array.from({ length: around + 1 }, (_, ago) => spans.get(quarter - ago)).filter((one) => one !== undefined)
        const [low, high] = [Math.min(...known.map(([one]) => one)), Math.max(...known.map(([, one]) => one))]
        return ((high - low) / Math.min(Math.abs(low), Math.abs(high))) * 100 > least
      }
    }
    case 'flapping':
      return ([low, high], _was, quarter) => low !== high || (spans.get(quarter - 1)?.[1] ?? low) !== low
    case 'trouble':
      if (watches.trouble === 'packetsLost') return ([, high]) => high > 0
      return ([low, high]) => [slate, stalled, gone].some((code) => low <= code && code <= high)
    default:
      return () => false
  }
}

const chunkOf = (quarter: number, tier: ReplayTier): number => Math.floor((quarter * quarterMs) / chunkMs[tier])

/** The finest tier with few enough figures. */
function tierFor(pasts: readonly OwnerPast[], metrics: number): ReplayTier {
  const fits = (tier: ReplayTier) => {
    let chunks = 0
    for (const { quarters } of pasts) for (const one of quarters.values()) chunks += new Set(Array.from(one, (quarter) => chunkOf(quarter, tier))).size
    return (chunks * metrics * chunkMs[tier]) / usualStepMs[tier] <= mostFigures
  }
  return fits('samples') ? 'samples' : fits('minutes') ? 'minutes' : 'quarterHours'
}

/** Replays what was found of one server, host or probe, oldest first, through all variants. Returns the index of the coarsest tier that was read. */
async function replayOwner(run: Run, past: OwnerPast, tier: ReplayTier, alarms: readonly RehearsedAlarm[][]): Promise<number> {
  const { variants, metrics, from, to, slice, signal } = run
  const { owner, quarters } = past
  const baseline = baselinesThen(past.baselines)
  const replays = variants.map(({ inputs, rule }) =>
    createReplay(run, owner, inputs, { kind: rule?.watches.kind === 'trouble' ? rule.watches.trouble : null, metrics, baseline }),
  )
  const chunks = new Map<number, Subject[]>()
  for (const [subject, ofSubject] of quarters)
    for (const chunk of new Set(Array.from(ofSubject, (quarter) => chunkOf(quarter, tier)))) {
      const ofChunk = chunks.get(chunk) ?? []
      chunks.set(chunk, ofChunk)
      ofChunk.push(subject)
    }
  let [coarsest, last] = [0, Number.NaN]
  for (const [chunk, subjects] of [...chunks].sort(([a], [b]) => a - b)) {
    const begin = Math.max(from, chunk * chunkMs[tier])
    const end = Math.min(to, (chunk + 1) * chunkMs[tier])
    if (begin >= end) continue
    if (last !== chunk - 1) for (const { skipTo } of replays) skipTo(begin)
    last = chunk
    const rounds = await readRounds(run, owner, subjects, tier, begin, end)
    coarsest = Math.max(coarsest, rounds.tier)
    for (const round of rounds.each) {
      for (const { addPoll } of replays) addPoll(round)
      if (slice.isOver()) await slice.next(signal)
    }
  }
  for (const [index, replay] of replays.entries()) alarms[index]?.push(...replay.finishAt(to))
  return coarsest
}

/** Usual values at past times, for the streams of a server that they were learned for. */
function baselinesThen(streams: ReadonlyMap<string, BaselineThen>): BaselinesNow {
  let known: { readonly parts: readonly string[]; readonly quarter: number; readonly ranges: HourRanges } | null = null
  return {
    rangesOf: (_, parts, at) => {
      // Ranges change hourly, and in all time zones hours begin at a quarter hour.
      const quarter = quarterOf(at)
      if (known?.parts === parts && known.quarter === quarter) return known.ranges
      const ofAll = (edge: 'low' | 'high') => Float32Array.from(parts, (path) => streams.get(path)?.(at).range?.[edge] ?? Number.NaN)
      known = { parts, quarter, ranges: { low: ofAll('low'), high: ofAll('high') } }
      return known.ranges
    },
    hourOf: (serverId, path, at) => streams.get(path)?.(at) ?? noBaselines.hourOf(serverId, path, at),
  }
}

const reachableMetrics = { server: 'server.reachable', host: 'host.reachable', probe: 'probe.up' } as const

/** Reads the polls of a server or host in a period, with figures of some of its parts, or its own. `tier`: index of the coarsest tier read. */
async function readRounds({ history, metrics, signal }: Run, owner: Owner, subjects: readonly Subject[], tier: ReplayTier, from: number, to: number) {
  const widthMs = tier === 'samples' ? sampleStepMs : tierStepMs[tier]
  const points = Math.ceil((to - from) / widthMs) + 2
  // Aligned so that buckets are exactly `widthMs` wide.
  const first = Math.floor(from / widthMs) * widthMs
  const period = { from: first, to: first + (points - 1) * widthMs, points, tier }
  const ofSubjects = subjects.flatMap((subject) => metrics.map((metric) => seriesNamed(ownerIdOf(owner), partOf(subject), metric)))
  const asked = chunksOf([seriesOf(owner, reachableMetrics[owner.kind]), ...ofSubjects], Math.ceil(mostValues / points))
  const answers = await Promise.all(Array.from(asked, (series) => history.range({ series: [...series], ...period }, signal)))
  const [polls, ...columns] = answers.flat() as [SeriesColumns, ...SeriesColumns[]]
  const coarsest = [polls, ...columns].reduce((most, { at, tier: read }) => (at.length === 0 ? most : Math.max(most, tiers.indexOf(read))), 0)
  const stepMs = Math.max(widthMs, tierStepMs[tiers[coarsest] as Tier])
  const placeOf = (at: number) => Math.floor(at / stepMs)
  /** When it was read and, as far as that is known, whether its owner answered; by place in time. */
  const polled = new Map<number, { readonly at: number; readonly isUp: boolean | null }>()
  for (const { at } of columns) for (const moment of at) if (!polled.has(placeOf(moment))) polled.set(placeOf(moment), { at: moment, isUp: null })
  for (const [index, moment] of polls.at.entries()) {
    const one = polled.get(placeOf(moment)) ?? { at: moment, isUp: null }
    polled.set(placeOf(moment), { at: one.at, isUp: one.isUp === true || (polls.max[index] as number) > 0 })
  }
  const rows = [...polled].sort(([a], [b]) => a - b)
  const indexOf = new Map(rows.map(([place], index) => [place, index]))
  const width = subjects.length * metrics.length
  const values = new Float64Array(rows.length * width).fill(Number.NaN)
  for (const [column, { at, mean }] of columns.entries())
    for (const [index, moment] of at.entries()) values[(indexOf.get(placeOf(moment)) as number) * width + column] = mean[index] as number
  const isOwn = subjects.some((subject) => partOf(subject) === null)
  const parts = isOwn ? null : subjects.map((subject) => partOf(subject) ?? '')
  return {
    tier: coarsest,
    each: rows.map(([, { at, isUp }], index) => ({
      at,
      // For a probe, being unreadable is one of its own figures.
      isUp: owner.kind === 'probe' || (isUp ?? true),
      parts,
      values: values.subarray(index * width, (index + 1) * width),
    })),
  }
}
