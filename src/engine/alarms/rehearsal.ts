import type { Clock } from '../../clock/clock.ts'
import { oneAtATime } from '../../clock/semaphore.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import { familyOf } from '../../shared/alarms.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import type { Host } from '../../shared/hosts.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { Probe } from '../../shared/probes.ts'
import {
  mostExamples,
  mostRehearsed,
  mostRehearsedDays,
  type Rehearsal,
  type Rehearsed,
  type RehearsedAlarm,
  type RehearseInput,
  type Unrehearsed,
} from '../../shared/rehearsal.ts'
import type { Watched } from '../../shared/ruleKinds.ts'
import { type Rule, type RuleInput, shippedRuleIds, shippedRules } from '../../shared/rules.ts'
import type { Server } from '../../shared/servers.ts'
import { type AlarmSubject, type Owner, ownerIdOf, ownerOf, partOf, type Subject, type SubjectKind, streamSubject } from '../../shared/subjectNames.ts'
import { kindOfMetric, seriesNamed, seriesOf } from '../../shared/subjects.ts'
import { type Tier, tierStepMs, tiers } from '../../shared/tiers.ts'
import type { Baselines } from '../baselines/baselines.ts'
import type { History } from '../history/history.ts'
import { quarterMs, withReturns } from './candidateQuarters.ts'
import { type BaselineThen, baselinesThen } from './offBaseline.ts'
import { createReplay, type Replay } from './replay.ts'
import { candidateMetrics, candidateQuarters, candidateSearchOf } from './ruleKinds.ts'
import { createRuleSet, type FieldsOf, placesIn, type RuleSet } from './ruleSet.ts'

export interface RehearsalDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly history: Pick<History, 'range' | 'subjects'>
  readonly slices: Slices
  readonly server: (id: string) => Server | null
  readonly host: (id: string) => Host | null
  readonly probe: (id: string) => Probe | null
  /** The fields of a stream's name according to the current naming templates. */
  readonly fieldsOf: FieldsOf
  readonly hasVideo: (serverId: string, path: string) => boolean
  /** The rules of the configuration file. */
  readonly rules: () => readonly RuleInput[]
  readonly baseline: Pick<Baselines, 'learnedOver'>
  readonly signal: AbortSignal
}

export type Rehearse = (input: RehearseInput, signal?: AbortSignal) => Promise<Rehearsal>

const dayMs = 86_400_000
/** Kinds of rules that take on-air plans into account. */
const evaluatedByState: ReadonlySet<Watched['kind']> = new Set(['trouble', 'state', 'flapping'])
/** Maximum number of streams or hosts examined. */
const mostSubjects = 20_000
/** Maximum number of subjects whose usual values are learned, which reads eight weeks of each. */
const mostLearned = 2_000
/** Maximum number of values per history query, because receiving a response can't be interrupted. */
const mostValues = 60_000
const readsAhead = 2
/** Maximum number of figures judged individually; if there are more, the next coarser tier is used. */
const mostFigures = 3_000_000
/** Minimum distance at which samples are distinguished, ms. */
const sampleStepMs = 500
/** Length of the period judged at a time, by tier, ms. */
const chunkMs: Readonly<Record<'samples' | 'minutes' | 'quarterHours', number>> = {
  samples: 3_600_000,
  minutes: 6 * 3_600_000,
  quarterHours: mostRehearsedDays * dayMs,
}
type ReplayTier = keyof typeof chunkMs
/** Distance of values in each tier when polling every 2 s, ms. */
const usualStepMs: Readonly<Record<ReplayTier, number>> = { samples: 2_000, minutes: tierStepMs.minutes, quarterHours: quarterMs }

/** A stream or host that may have had an alarm, with the quarter hours concerned, counted since 1970. */
interface Candidate {
  readonly subject: Subject
  readonly quarters: ReadonlySet<number>
  /** What was usual for it; null: not needed by any rule. */
  readonly baseline: BaselineThen | null
}

/**
 * Replays history through a changed or new rule. The minimum and maximum of each quarter hour show which periods may be relevant to the rule; only
 * those are read at full resolution, and judged by the same code as live data (`replay.ts`).
 */
export function createRehearsal(deps: RehearsalDeps): Rehearse {
  // One at a time: each uses the full capacity of history and this process.
  const inTurn = oneAtATime()
  return (input, asked = deps.signal) => {
    const signal = AbortSignal.any([asked, deps.signal])
    return inTurn(signal, () => rehearse(deps, input, signal))
  }
}

async function rehearse(deps: RehearsalDeps, { rule: input, from: askedFrom, to: askedTo }: RehearseInput, signal: AbortSignal): Promise<Rehearsal> {
  const { clock, history } = deps
  const to = Math.min(askedTo ?? clock.now(), clock.now())
  const from = Math.min(to, Math.max(askedFrom, to - mostRehearsedDays * dayMs))
  const currentRules = deps.rules()
  const after = variantOf(deps, [...currentRules.filter(({ id }) => id !== input.id), input], input.id)
  const current = variantOf(deps, currentRules, input.id)
  // If its metric is now about another kind of subject, it is a different rule.
  const before = kindsOf([current, after]).size > 1 ? { ...current, rule: null } : current
  const empty: Rehearsed = { alarms: [], total: 0 }
  const answer = { rule: input.id, from, to, before: before.rule && empty, after: empty, subjects: 0, examples: [], tier: null }
  const watched = [before, after].flatMap(({ rule }) => (rule === null ? [] : [rule.watches]))
  if (watched.some((one) => candidateMetrics(one) === null)) return { ...answer, unrehearsed: [{ kind: 'notKeptAsFigures' }] }

  const kinds = kindsOf([before, after])
  const isWatched = (subject: Subject) => kinds.has(subject.kind) && nameOf(deps, subject) !== null
  const known = await history.subjects(from, to)
  const slice = deps.slices.begin()
  const all: Subject[] = []
  for (const subject of known) {
    if (isWatched(subject) && [before, after].some((one) => concerns(one, subject))) all.push(subject)
    if (slice.isOver()) await slice.next(signal)
  }
  all.push(
    ...notAmong(
      known,
      [before, after].flatMap((variant) => namedStreams(variant, known)),
    ),
  )
  const subjects = all.slice(0, watched.some(({ kind }) => kind === 'unusual') ? mostLearned : mostSubjects)
  const found = await findCandidates(deps, [before, after], subjects, { from, to }, slice, signal)
  const tier = tierFor(found.candidates, new Set(watched.flatMap(metricsFor)).size)
  const replayed = await replay(deps, [before, after], found.candidates, tier, { from, to }, slice, signal)
  const [beforeAlarms, afterAlarms] = replayed.alarms as [readonly RehearsedAlarm[], readonly RehearsedAlarm[]]
  const unrehearsed: Unrehearsed[] = []
  if (found.keptFrom === null || found.keptFrom >= from + quarterMs) unrehearsed.push({ kind: 'keptSince', from: found.keptFrom ?? to })
  if (subjects.length < all.length) unrehearsed.push({ kind: 'tooMany', subjects: subjects.length, of: all.length })
  if (replayed.tier !== null && replayed.tier !== 'samples') unrehearsed.push({ kind: 'coarse', tier: replayed.tier, stepMs: tierStepMs[replayed.tier] })
  if (watched.some(({ kind }) => evaluatedByState.has(kind))) unrehearsed.push({ kind: 'plans' })
  return {
    ...answer,
    before: before.rule && rehearsed(beforeAlarms),
    after: rehearsed(afterAlarms),
    subjects: subjects.length,
    examples: examplesOf(deps, after, subjects, afterAlarms),
    tier: replayed.tier,
    unrehearsed,
  }
}

/** The current or the changed rules. */
interface Variant {
  readonly inputs: readonly RuleInput[]
  readonly set: RuleSet
  readonly rule: Rule | null
}
/** The rules with everything disabled except this one and those whose alarms it may share. */
function variantOf({ server, host, fieldsOf }: RehearsalDeps, all: readonly RuleInput[], id: string): Variant {
  const family = familyIn(id)
  const isIncluded = (other: string) => other === id || family.has(other)
  const off = shippedRuleIds.filter((other) => !isIncluded(other)).map((other): RuleInput => ({ id: other, enabled: false }))
  const inputs = [...off, ...all.filter((one) => isIncluded(one.id))]
  const set = createRuleSet(placesIn(server, host), fieldsOf)
  set.configure(inputs)
  return { inputs, set, rule: set.all().find((rule) => rule.id === id) ?? null }
}
function familyIn(id: string): ReadonlySet<string> {
  const familyOfRule = (of: string) => (Object.hasOwn(familyOf, of) ? familyOf[of as keyof typeof familyOf] : null)
  const family = familyOfRule(id)
  return new Set(family === null ? [] : Object.keys(shippedRules).filter((other) => familyOfRule(other) === family))
}

/** Splits a list, so that no response of history is too large. */
function* chunksOf<Item>(items: readonly Item[], size: number): Iterable<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}

/** Name of the subject's server, host or probe; null: it is no longer watched. */
const nameOf = ({ server, host, probe }: RehearsalDeps, subject: Subject): string | null =>
  (server(ownerIdOf(subject)) ?? host(ownerIdOf(subject)) ?? probe(ownerIdOf(subject)))?.name ?? null

function examplesOf(deps: RehearsalDeps, { set, rule }: Variant, subjects: readonly Subject[], alarms: readonly RehearsedAlarm[]): Rehearsal['examples'] {
  const keyOf = (subject: AlarmSubject) => `${ownerIdOf(subject)} ${partOf(subject)}`
  const counts = new Map<string, number>()
  for (const { subject } of alarms) counts.set(keyOf(subject), (counts.get(keyOf(subject)) ?? 0) + 1)
  return subjects
    .flatMap((subject) => {
      const applied = rule && set.applied(rule.id, subject)
      const serverName = nameOf(deps, subject)
      return applied && serverName !== null ? [{ subject, serverName, exception: applied.exception, alarms: counts.get(keyOf(subject)) ?? 0 }] : []
    })
    .sort((a, b) => b.alarms - a.alarms)
    .slice(0, mostExamples)
}

const kindsOf = (variants: readonly Variant[]): ReadonlySet<SubjectKind> =>
  new Set(variants.flatMap(({ rule }) => (rule === null ? [] : metricsFor(rule.watches))).map(kindOfMetric))

const metricsFor = (watched: Watched): readonly MetricId[] => candidateMetrics(watched) ?? []

const rehearsed = (alarms: readonly RehearsedAlarm[]): Rehearsed => ({
  alarms: alarms.toSorted((a, b) => a.start - b.start).slice(0, mostRehearsed),
  total: alarms.length,
})

function watchedOf({ set, rule }: Variant, subject: Subject): Watched | null {
  const watched = (rule && set.applied(rule.id, subject)?.evaluation.watches) ?? null
  return watched === null || (candidateSearchOf(watched)?.isOf?.(watched, partOf(subject)) ?? true) ? watched : null
}
/** Streams that a rule refers to by name, on each server to which it applies. */
function namedStreams({ set, rule }: Variant, known: readonly Subject[]): readonly Subject[] {
  const names = (rule && candidateSearchOf(rule.watches)?.names?.(rule.watches)) ?? []
  if (rule === null || names.length === 0) return []
  return known.flatMap((subject) =>
    subject.kind !== 'server' || set.applied(rule.id, subject) === null ? [] : names.map((name) => streamSubject(subject.serverId, name)),
  )
}
function notAmong(known: readonly Subject[], named: readonly Subject[]): readonly Subject[] {
  if (named.length === 0) return []
  const keyOf = (subject: Subject) => `${ownerIdOf(subject)} ${partOf(subject)}`
  const seen = new Set(known.map(keyOf))
  return [...new Map(named.map((subject) => [keyOf(subject), subject])).values()].filter((subject) => !seen.has(keyOf(subject)))
}
const concerns = (variant: Variant, subject: Subject): boolean => watchedOf(variant, subject) !== null

interface Period {
  readonly from: number
  readonly to: number
}

/** Reads the items in order, the next ones already while one is processed: history has two reading threads. */
async function* readAhead<Item, Found>(items: Iterable<Item>, read: (item: Item) => Promise<Found>): AsyncIterable<readonly [Item, Found]> {
  const asked: (readonly [Item, Promise<Found>])[] = []
  for (const item of items) {
    const found = read(item)
    // A failure is reported to whoever awaits it later.
    found.catch(() => undefined)
    asked.push([item, found])
    const first = asked.length > readsAhead ? asked.shift() : undefined
    if (first !== undefined) yield [first[0], await first[1]]
  }
  for (const [item, found] of asked) yield [item, await found]
}

async function findCandidates(
  { history, baseline: { learnedOver } }: RehearsalDeps,
  variants: readonly Variant[],
  subjects: readonly Subject[],
  { from, to }: Period,
  slice: Slice,
  signal: AbortSignal,
): Promise<{ readonly candidates: readonly Candidate[]; readonly keptFrom: number | null }> {
  const candidates: Candidate[] = []
  let keptFrom: number | null = null
  const [first, end] = [Math.floor(from / quarterMs) * quarterMs, Math.ceil((to + 1) / quarterMs) * quarterMs]
  const points = (end - first) / quarterMs + 1
  const wanted = function* () {
    for (const part of chunksOf(subjects, Math.ceil(mostValues / points)))
      yield part.map((subject) => {
        const watched = variants.flatMap((variant) => watchedOf(variant, subject) ?? [])
        return { subject, watched, metrics: [...new Set(watched.flatMap(metricsFor))] }
      })
  }
  const isCounted = variants.some(({ rule }) => rule !== null && candidateSearchOf(rule.watches)?.isOf !== undefined)
  const parts = readAhead(wanted(), (part) => {
    const series = part.flatMap(({ subject, metrics }) => metrics.map((metric) => seriesNamed(ownerIdOf(subject), partOf(subject), metric)))
    return history.range({ series, from: first, to: end, points, tier: 'quarterHours', totals: isCounted }, signal)
  })
  for await (const [part, columns] of parts) {
    let at = 0
    for (const { subject, watched, metrics } of part) {
      const ofSubject = new Map(metrics.map((metric) => [metric, columns[at++] as SeriesColumns]))
      for (const { at: times } of ofSubject.values()) keptFrom = Math.min(keptFrom ?? Number.POSITIVE_INFINITY, times[0] ?? Number.POSITIVE_INFINITY)
      const isLearned = subject.kind === 'stream' && watched.some(({ kind }) => kind === 'unusual')
      const baseline = isLearned ? await learnedOver(subject.serverId, subject.path, from, to, signal) : null
      const quarters = candidateQuarters(watched, ofSubject, { from: first / quarterMs, to: Math.floor(to / quarterMs), baseline })
      if (quarters.size > 0) candidates.push({ subject, quarters, baseline })
      if (slice.isOver()) await slice.next(signal)
    }
  }
  const polls = new Map<string, SeriesColumns>()
  const owners = [...new Map(candidates.map(({ subject }) => [ownerIdOf(subject), ownerOf(subject)])).values()]
  for await (const [part, columns] of readAhead(chunksOf(owners, Math.ceil(mostValues / points)), (some) =>
    history.range({ series: some.map(reachableOf), from: first, to: end, points, tier: 'quarterHours' }, signal),
  ))
    for (const [index, owner] of part.entries()) polls.set(ownerIdOf(owner), columns[index] as SeriesColumns)
  const isTogether = variants.some(({ rule }) => rule !== null && candidateSearchOf(rule.watches)?.together?.(rule.watches))
  const all = isTogether ? sameQuartersPerOwner(candidates, subjects) : candidates
  const withBack = all.map((one) => ({ ...one, quarters: withReturns(one.quarters, polls.get(ownerIdOf(one.subject))) }))
  return { candidates: withBack, keptFrom: keptFrom === Number.POSITIVE_INFINITY ? null : keptFrom }
}

/** Gives all subjects of a server or host the same quarter hours. */
function sameQuartersPerOwner(candidates: readonly Candidate[], subjects: readonly Subject[]): readonly Candidate[] {
  const byOwner = new Map<string, Set<number>>()
  for (const { subject, quarters } of candidates) {
    const ofOwner = byOwner.get(ownerIdOf(subject)) ?? new Set<number>()
    byOwner.set(ownerIdOf(subject), ofOwner)
    for (const quarter of quarters) ofOwner.add(quarter)
  }
  return subjects.flatMap((subject) => {
    const quarters = byOwner.get(ownerIdOf(subject))
    return quarters === undefined ? [] : [{ subject, quarters, baseline: null }]
  })
}

const reachableMetrics = { server: 'server.reachable', host: 'host.reachable', probe: 'probe.up' } as const
const reachableOf = (owner: Owner) => seriesOf(owner, reachableMetrics[owner.kind])

const chunkOf = (quarter: number, tier: ReplayTier): number => Math.floor((quarter * quarterMs) / chunkMs[tier])

/** The finest tier with few enough figures. */
function tierFor(candidates: readonly Candidate[], metrics: number): ReplayTier {
  const fits = (tier: ReplayTier) => {
    let chunks = 0
    for (const { quarters } of candidates) chunks += new Set(Array.from(quarters, (quarter) => chunkOf(quarter, tier))).size
    return (chunks * metrics * chunkMs[tier]) / usualStepMs[tier] <= mostFigures
  }
  return fits('samples') ? 'samples' : fits('minutes') ? 'minutes' : 'quarterHours'
}

interface Replayed {
  /** By variant. */
  readonly alarms: readonly (readonly RehearsedAlarm[])[]
  readonly tier: Tier | null
}

/** Replays the periods found, oldest first, through both variants for each server and host. */
async function replay(
  deps: RehearsalDeps,
  variants: readonly Variant[],
  candidates: readonly Candidate[],
  tier: ReplayTier,
  { from, to }: Period,
  slice: Slice,
  signal: AbortSignal,
): Promise<Replayed> {
  const { server, host, probe, hasVideo, fieldsOf } = deps
  const metrics = replayedMetrics(variants)
  const replays = new Map<string, readonly Replay[]>()
  const baseline = new Map<string, Map<string, BaselineThen>>()
  for (const { subject, baseline: then } of candidates)
    if (then !== null) baseline.set(ownerIdOf(subject), (baseline.get(ownerIdOf(subject)) ?? new Map<string, BaselineThen>()).set(partOf(subject) ?? '', then))
  const chunks = new Map<number, Map<string, { readonly owner: Owner; readonly subjects: Subject[] }>>()
  for (const { subject, quarters } of candidates) {
    const ownerId = ownerIdOf(subject)
    const owner = ownerOf(subject)
    if (!replays.has(ownerId)) {
      const of = {
        owner,
        server: server(ownerId),
        host: host(ownerId),
        probe: probe(ownerId),
        serverOf: server,
        hasVideo,
        fieldsOf,
        metrics,
        baseline: baselinesThen(baseline.get(ownerId) ?? new Map()),
      }
      const ofOwner = variants.map(({ inputs, rule }) =>
        createReplay({ ...of, rules: inputs, kind: rule?.watches.kind === 'trouble' ? rule.watches.trouble : null }),
      )
      replays.set(ownerId, ofOwner)
    }
    for (const chunk of new Set(Array.from(quarters, (quarter) => chunkOf(quarter, tier)))) {
      const ofChunk = chunks.get(chunk) ?? new Map<string, { readonly owner: Owner; readonly subjects: Subject[] }>()
      chunks.set(chunk, ofChunk)
      const known = ofChunk.get(ownerId)
      if (known === undefined) ofChunk.set(ownerId, { owner, subjects: [subject] })
      else known.subjects.push(subject)
    }
  }
  const spanOf = (chunk: number) => ({ from: Math.max(from, chunk * chunkMs[tier]), to: Math.min(to, (chunk + 1) * chunkMs[tier]) })
  const inTurn = [...chunks]
    .sort(([a], [b]) => a - b)
    .flatMap(([chunk, ofChunk]) => Array.from(ofChunk, ([ownerId, one]) => ({ chunk, ownerId, ...one, span: spanOf(chunk) })))
    .filter(({ span }) => span.from < span.to)
  let coarsest = -1
  const read = readAhead(inTurn, ({ owner, subjects, span }) => readRounds(deps.history, owner, subjects, metrics, tier, span, signal))
  for await (const [{ chunk, ownerId, span }, rounds] of read) {
    const ofOwner = replays.get(ownerId) ?? []
    if (!chunks.get(chunk - 1)?.has(ownerId)) for (const { skipTo } of ofOwner) skipTo(span.from)
    coarsest = Math.max(coarsest, rounds.tier)
    for (const round of rounds.each) {
      for (const { addPoll } of ofOwner) addPoll(round)
      if (slice.isOver()) await slice.next(signal)
    }
  }
  const alarms = variants.map((): RehearsedAlarm[] => [])
  for (const ofOwner of replays.values()) for (const [index, one] of ofOwner.entries()) alarms[index]?.push(...one.finishAt(to))
  return { alarms, tier: tiers[coarsest] ?? null }
}

/** Metrics to replay. Includes the state of streams, because judging their figures depends on it. */
function replayedMetrics(variants: readonly Variant[]): readonly MetricId[] {
  const metrics = new Set(variants.flatMap(({ rule }) => (rule === null ? [] : metricsFor(rule.watches))))
  return [...([...metrics].some((metric) => kindOfMetric(metric) === 'stream') ? (['path.state'] as const) : []), ...metrics].filter(
    (metric, place, all) => all.indexOf(metric) === place,
  )
}

/** Reads the polls of a server or host in a period, with figures of some of its parts, or its own. `tier`: index of the coarsest tier read. */
async function readRounds(
  history: Pick<History, 'range'>,
  owner: Owner,
  subjects: readonly Subject[],
  metrics: readonly MetricId[],
  tier: ReplayTier,
  { from, to }: Period,
  signal: AbortSignal,
) {
  const widthMs = tier === 'samples' ? sampleStepMs : tierStepMs[tier]
  const points = Math.ceil((to - from) / widthMs) + 2
  // Aligned so that buckets are exactly `widthMs` wide.
  const ask = { from: Math.floor(from / widthMs) * widthMs, to: Math.floor(from / widthMs) * widthMs + (points - 1) * widthMs, points, tier }
  const reachable = reachableOf(owner)
  const [polls, ...columns] = (
    await Promise.all(
      [
        ...chunksOf(
          [reachable, ...subjects.flatMap((subject) => metrics.map((metric) => seriesNamed(ownerIdOf(owner), partOf(subject), metric)))],
          Math.ceil(mostValues / points),
        ),
      ].map((series) => history.range({ series: [...series], ...ask }, signal)),
    )
  ).flat() as [SeriesColumns, ...SeriesColumns[]]
  const coarsest = [polls, ...columns].reduce((most, { at, tier: read }) => (at.length === 0 ? most : Math.max(most, tiers.indexOf(read))), 0)
  const stepMs = Math.max(widthMs, tierStepMs[tiers[coarsest] as Tier])
  const placeOf = (at: number) => Math.floor(at / stepMs)
  const isUp = new Map<number, boolean>()
  const times = new Map<number, number>()
  for (const { at } of columns) for (const moment of at) if (!times.has(placeOf(moment))) times.set(placeOf(moment), moment)
  for (const [index, moment] of polls.at.entries()) {
    const place = placeOf(moment)
    if (!times.has(place)) times.set(place, moment)
    isUp.set(place, (isUp.get(place) ?? false) || (polls.max[index] as number) > 0)
  }
  const places = [...times.keys()].sort((a, b) => a - b)
  const indexOf = new Map(places.map((place, index) => [place, index]))
  const width = subjects.length * metrics.length
  const values = new Float64Array(places.length * width).fill(Number.NaN)
  for (const [column, { at, mean }] of columns.entries())
    for (const [index, moment] of at.entries()) values[(indexOf.get(placeOf(moment)) as number) * width + column] = mean[index] as number
  const isOwn = subjects.some((subject) => partOf(subject) === null)
  const parts = isOwn ? null : subjects.map((subject) => partOf(subject) ?? '')
  return {
    tier: coarsest,
    each: places.map((place, index) => ({
      at: times.get(place) as number,
      // For a probe, being unreadable is one of its own figures.
      isUp: owner.kind === 'probe' || (isUp.get(place) ?? true),
      parts,
      values: values.subarray(index * width, (index + 1) * width),
    })),
  }
}
