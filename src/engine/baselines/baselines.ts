import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Slices } from '../../clock/slices.ts'
import { type Baseline, type BaselineInput, learnedMetrics, longestBaselineMs, weeksKept, weeksNeeded } from '../../shared/baselines.ts'
import type { NewEvent } from '../../shared/events.ts'
import { type Gap, mergeGaps } from '../../shared/gaps.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import type { Span } from '../../shared/maintenance.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { ownerIdOf, pathOf, type SubjectOf, streamSubject } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'
import type { History, SampleBatch } from '../history/history.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { createBaselineRows, packRanges, unpackRanges } from './baselineRows.ts'
import { createKnownHours, type HourRanges } from './knownHours.ts'
import { type HourSeen, learnBaseline } from './learnBaseline.ts'
import { hourBegin, hourMs, hoursBetween, quarterMs, weekHourAt, weekHourOf } from './weekHours.ts'

/** Something that lasts still has no end. */
interface OpenSpan {
  readonly from: number
  readonly to: number | null
}

interface BaselineDeps {
  readonly clock: Clock
  readonly log: Log
  readonly db: Database
  readonly history: Pick<History, 'range' | 'events' | 'figures'>
  readonly slices: Slices
  readonly zone: string
  readonly isKnown: (serverId: string, path: string) => boolean
  readonly troubledOf: (serverId: string, path: string, from: number, asked: AbortSignal) => Promise<readonly OpenSpan[]>
  readonly maintainedOf: (subject: SubjectOf<'stream'>, from: number, to: number) => readonly Span[]
  readonly signal: AbortSignal
}

export type { HourRanges }

export type Baselines = ReturnType<typeof createBaselines>

const weekMs = 7 * 24 * hourMs
/** Some streams, one at a time: reading eight weeks of one takes some 20 ms of CPU, nearly all in the threads that read. */
const turnMs = 10_000
const learnedPerTurn = 5
const metric = learnedMetrics[0]

/** What is usual for streams, by weekday and hour. */
export function createBaselines(deps: BaselineDeps) {
  const { clock, log, db, zone, signal } = deps
  const rows = createBaselineRows(db, zone, metric)
  const known = createKnownHours({ clock, zone, rows, slices: deps.slices, signal })
  let kept: { readonly from: number | null; readonly at: number } | null = null

  /** When history began. Before it has enough weeks, nothing needs to be learned. */
  const isTooYoung = async (): Promise<boolean> => {
    if (kept === null || clock.now() - kept.at > hourMs) kept = { from: (await deps.history.figures()).from, at: clock.now() }
    return kept.from === null || clock.now() - kept.from < (weeksNeeded - 1) * weekMs
  }
  const turn = async (): Promise<void> => {
    await known.load()
    if (await isTooYoung()) return
    for (let learned = 0; learned < learnedPerTurn; learned++) {
      const next = known.next()
      if (next === null) return
      known.keep(next, (await learnAt(deps, next, clock.now(), signal)).learned.ranges)
    }
  }
  void every(clock)(
    {
      intervalMs: turnMs,
      firstDelayMs: turnMs,
      timeoutMs: null,
      seed: 'usual',
      signal,
      onBug: (error) => log.error({ error }, 'what is usual could not be learned'),
    },
    turn,
  )

  /** What was known of the stream at that moment; null: unknown stream. */
  const ask = async ({ serverId, path, at: askedAt, from: askedFrom, to: askedTo }: BaselineInput, of = signal): Promise<Baseline | null> => {
    // Temporal throws for times outside the range that it can represent.
    const within = (moment: number) => Math.min(Math.max(moment, 0), clock.now() + longestBaselineMs)
    const at = Math.min(within(askedAt ?? clock.now()), clock.now())
    const { isStored, learned } = await learnAt(deps, streamSubject(serverId, path), at, of)
    if (!isStored && !deps.isKnown(serverId, path)) return null
    const { ranges, weeks, since, forgotten } = learned
    const place = weekHourAt(zone, at)
    const now = { ...weekHourOf(zone, place), range: ranges[place] ?? null, weeks: weeks[place] ?? 0, needed: weeksNeeded, forgotten }
    const hours: Baseline['hours'] = { at: [], low: [], high: [] }
    const from = within(askedFrom ?? at)
    const to = Math.min(within(askedTo ?? at), from + longestBaselineMs)
    for (const hour of hoursBetween(zone, hourBegin(zone, from), hourBegin(zone, to) + hourMs)) {
      const range = ranges[hour.place]
      if (range == null) continue
      hours.at.push(hour.at)
      hours.low.push(range.low)
      hours.high.push(range.high)
    }
    return { metric, at, since, now, hours }
  }

  return {
    ask,
    /** Learns what is next in turn. For benches and tests. */
    turn,
    /** Registers the streams of a server. */
    see: ({ owner, parts }: Pick<SampleBatch, 'owner' | 'parts'>): void => {
      if (owner.kind === 'server' && parts !== null) known.see(owner.serverId, parts)
    },
    happened: (events: readonly NewEvent[]): void => {
      for (const { kind, subject, facts } of events) {
        if (subject === null || (kind !== 'codecChanged' && kind !== 'sizeChanged')) continue
        // Of many streams there is one event.
        const paths = pathOf(subject) === null ? ('paths' in facts && Array.isArray(facts.paths) ? facts.paths : []) : [pathOf(subject)]
        known.drop(ownerIdOf(subject), new Set(paths))
      }
    },
    /** For the streams of a poll, in their order, in this hour; NaN: not known. null: known for none of them. */
    rangesOf: known.rangesOf,
    /** For one stream in the hour of that moment, with its name. */
    hourOf: (serverId: string, path: string, at: number) => inHour(zone, at, rows.of(serverId, path)?.rangeAt),
    /** The same for each moment of a period, as learned at most a week earlier. */
    learnedOver: async (stream: SubjectOf<'stream'>, from: number, to: number, of: AbortSignal) => {
      const weeks: ReturnType<typeof unpackRanges>[] = []
      // Packed as in main.db: of 2,000 streams there are two million ranges.
      for (let at = from; at < to; at += weekMs) weeks.push(unpackRanges(packRanges((await learnAt(deps, stream, at, of)).learned.ranges)))
      return (at: number) => inHour(zone, at, weeks[Math.max(0, Math.floor((at - from) / weekMs))])
    },
    forget: known.forget,
  }
}

function inHour(zone: string, at: number, rangeAt: ReturnType<typeof unpackRanges> | undefined) {
  const place = weekHourAt(zone, at)
  return { range: rangeAt?.(place) ?? null, hour: weekHourOf(zone, place) }
}

/** What could be learned of a stream until a moment: from whole hours before it. `isStored`: history has samples of the stream. */
async function learnAt({ history, zone, troubledOf, maintainedOf }: BaselineDeps, stream: SubjectOf<'stream'>, at: number, signal: AbortSignal) {
  const to = hourBegin(zone, at)
  const from = hourBegin(zone, to - weeksKept * weekMs)
  const first = Math.floor(from / quarterMs) * quarterMs
  const points = Math.ceil((to - first) / quarterMs)
  const series = [metric, 'path.state' as const].map((id) => seriesOf(stream, id))
  const [columns, [change], troubled] = await Promise.all([
    history.range({ series, from: first, to: first + points * quarterMs, points, tier: 'quarterHours' }, signal),
    history.events({ of: stream, kinds: ['codecChanged', 'sizeChanged'], from, to: at, limit: 1 }),
    troubledOf(stream.serverId, stream.path, from, signal),
  ])
  const [figure, state] = columns as [SeriesColumns, SeriesColumns]
  const means = meansOnAir(figure, state)
  const isMaintained = hoursIn(maintainedOf(stream, from, to))
  const isTroubled = hoursIn(troubled)
  // Hours in which nothing is missing: four quarter hours without a gap.
  const hours = hoursBetween(zone, from, to).flatMap(({ at, place }): HourSeen[] => {
    const quarter = Math.floor(at / quarterMs)
    const quarters = [0, 1, 2, 3].flatMap((place) => means.get(quarter + place) ?? [])
    if (quarters.length < 4 || isMaintained(at)) return []
    return [{ at, place, low: Math.min(...quarters), high: Math.max(...quarters), isTroubled: isTroubled(at) }]
  })
  return { learned: learnBaseline(hours, change?.at ?? null), isStored: figure.at.length > 0 || state.at.length > 0 }
}

/** Means of the quarter hours in which a stream was on air all the time, by number since 1970. */
function meansOnAir(figure: SeriesColumns, state: SeriesColumns): ReadonlyMap<number, number> {
  const means = new Map(figure.at.map((at, index) => [Math.floor(at / quarterMs), figure.mean[index] as number]))
  for (const [from, to] of figure.gaps) for (let quarter = Math.floor(from / quarterMs); quarter * quarterMs < to; quarter++) means.delete(quarter)
  for (const [index, at] of state.at.entries())
    if (state.min[index] !== streamStateCodes.live || state.max[index] !== streamStateCodes.live) means.delete(Math.floor(at / quarterMs))
  return means
}

/** Whether an hour lies in one of these, at least in part. Hours are asked in their order: there may be thousands of spans. */
function hoursIn(spans: readonly OpenSpan[]): (at: number) => boolean {
  const merged = mergeGaps(spans.map(({ from, to }): Gap => [from, to ?? Infinity]))
  let next = 0
  return (at) => {
    while ((merged[next]?.[1] ?? Infinity) <= at) next++
    return (merged[next]?.[0] ?? Infinity) < at + hourMs
  }
}
