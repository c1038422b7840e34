import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Slices } from '../../clock/slices.ts'
import {
  type Baseline,
  type BaselineHour,
  type BaselineInput,
  type Forgotten,
  learnedMetrics,
  longestBaselineMs,
  type WeekHour,
  weeksKept,
  weeksNeeded,
} from '../../shared/baselines.ts'
import type { NewEvent } from '../../shared/events.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import type { Span } from '../../shared/maintenance.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { ownerIdOf, pathOf, type SubjectOf, streamSubject } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'
import type { History, SampleBatch } from '../history/history.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { createBaselineRows, type KeptRange, type KeptRanges, packRanges, unpackRanges } from './baselineRows.ts'
import { createKnownHours, type HourRanges } from './knownHours.ts'
import { type HourSeen, type Learned, learnBaseline } from './learnBaseline.ts'
import { type ClockHour, hourBegin, hourMs, hoursBetween, quarterMs, weekHourAt, weekHourOf } from './weekHours.ts'

/** Something that lasts still has no end. */
export interface OpenSpan {
  readonly from: number
  readonly to: number | null
}

export interface BaselineDeps {
  readonly clock: Clock
  readonly log: Log
  /** Database main.db. */
  readonly db: Database
  readonly history: Pick<History, 'range' | 'events' | 'figures'>
  readonly slices: Slices
  /** Time zone of the console. */
  readonly zone: string
  readonly isKnown: (serverId: string, path: string) => boolean
  readonly troubledOf: (serverId: string, path: string, from: number, asked: AbortSignal) => Promise<readonly OpenSpan[]>
  readonly maintainedOf: (subject: SubjectOf<'stream'>, from: number, to: number) => readonly Span[]
  /** A bundle is shown: nothing is polled, and only the past can be queried. */
  readonly isBundle: boolean
  readonly signal: AbortSignal
}

export interface BaselineInHour {
  readonly range: KeptRange | null
  readonly hour: WeekHour
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
  const { clock, log, db, zone, isBundle, signal } = deps
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
      const found = await learnAt(deps, next.serverId, next.path, clock.now(), signal)
      known.keep(next, found.learned)
    }
  }
  if (!isBundle)
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
  const ask = async ({ serverId, path, at: askedAt, from, to }: BaselineInput, of = signal): Promise<Baseline | null> => {
    // Temporal throws for times outside the range that it can represent.
    const within = (moment: number) => Math.min(Math.max(moment, 0), clock.now() + longestBaselineMs)
    const at = Math.min(within(askedAt ?? clock.now()), clock.now())
    const found = await learnAt(deps, serverId, path, at, of)
    if (!found.isStored && !deps.isKnown(serverId, path)) return null
    return answerOf(zone, found.learned, at, within(from ?? at), within(to ?? at))
  }

  return {
    ask,
    /** Learns what is next in turn. For benches and tests. */
    turn,
    /** Registers the streams of a server. */
    see: ({ owner, parts }: Pick<SampleBatch, 'owner' | 'parts'>): void => {
      if (!isBundle && owner.kind === 'server' && parts !== null) known.see(owner.serverId, parts)
    },
    happened: (events: readonly NewEvent[]): void => {
      for (const { kind, subject, facts } of events) {
        if (subject === null || (kind !== 'codecChanged' && kind !== 'sizeChanged')) continue
        const paths = pathOf(subject) === null ? ('paths' in facts && Array.isArray(facts.paths) ? facts.paths : []) : [pathOf(subject)]
        for (const path of paths) known.drop(ownerIdOf(subject), String(path))
      }
    },
    /** For the streams of a poll, in their order, in this hour; NaN: not known. null: known for none of them. */
    rangesOf: known.rangesOf,
    /** For one stream in the hour of that moment, with its name. */
    hourOf: (serverId: string, path: string, at: number): BaselineInHour => ({
      range: rows.of(serverId, path)[weekHourAt(zone, at)] ?? null,
      hour: weekHourOf(zone, weekHourAt(zone, at)),
    }),
    /** The same for each moment of a period, as learned at most a week earlier. */
    learnedOver: async (serverId: string, path: string, from: number, to: number, of: AbortSignal): Promise<(at: number) => BaselineInHour> => {
      const weeks: Uint8Array[] = []
      for (let at = from; at < to; at += weekMs) weeks.push(packRanges((await learnAt(deps, serverId, path, at, of)).learned.ranges))
      let read: { readonly week: number; readonly ranges: KeptRanges } | null = null
      return (at) => {
        const week = Math.max(0, Math.floor((at - from) / weekMs))
        if (read?.week !== week) read = { week, ranges: unpackRanges(weeks[week] ?? new Uint8Array()) }
        const place = weekHourAt(zone, at)
        return { range: read.ranges[place] ?? null, hour: weekHourOf(zone, place) }
      }
    },
    forget: known.forget,
  }
}

interface Learning {
  readonly learned: Learned
  /** Whether the history has samples of the stream. */
  readonly isStored: boolean
}

/** What could be learned of a stream until a moment: from whole hours before it. */
async function learnAt(
  { history, zone, troubledOf, maintainedOf }: BaselineDeps,
  serverId: string,
  path: string,
  at: number,
  signal: AbortSignal,
): Promise<Learning> {
  const to = hourBegin(zone, at)
  const from = hourBegin(zone, to - weeksKept * weekMs)
  const subject = streamSubject(serverId, path)
  const first = Math.floor(from / quarterMs) * quarterMs
  const points = Math.ceil((to - first) / quarterMs)
  const series = [metric, 'path.state' as const].map((id) => seriesOf(subject, id))
  const [columns, [change], troubled] = await Promise.all([
    history.range({ series, from: first, to: first + points * quarterMs, points, tier: 'quarterHours' }, signal),
    history.events({ of: subject, kinds: ['codecChanged', 'sizeChanged'], from, to: at, limit: 1 }),
    troubledOf(serverId, path, from, signal),
  ])
  const [figure, state] = columns as [SeriesColumns, SeriesColumns]
  const changed: Forgotten | null = change === undefined ? null : { at: change.at, because: change.kind === 'codecChanged' ? 'codec' : 'size' }
  const hours = seenHours({
    hours: hoursBetween(zone, from, to),
    figure,
    state,
    troubled,
    maintained: maintainedOf(subject, from, to),
  })
  return { learned: learnBaseline(hours, changed), isStored: figure.at.length > 0 || state.at.length > 0 }
}

interface SeenIn {
  readonly hours: readonly ClockHour[]
  /** The figure and the state of the stream, in quarter hours. */
  readonly figure: SeriesColumns
  readonly state: SeriesColumns
  /** When it had alarms, and when work was planned on it: of that nothing is known at all. */
  readonly troubled: readonly OpenSpan[]
  readonly maintained: readonly Span[]
}

/** Which hours lie in one of these, at least in part: of many plans there may be thousands. */
function hoursIn(hours: readonly ClockHour[], spans: readonly OpenSpan[]): Uint8Array {
  const isIn = new Uint8Array(hours.length)
  for (const { from, to } of spans) {
    let [first, end] = [0, hours.length]
    while (first < end) {
      const middle = (first + end) >> 1
      if ((hours[middle] as ClockHour).at + hourMs > from) end = middle
      else first = middle + 1
    }
    for (let index = first; index < hours.length && (to === null || (hours[index] as ClockHour).at < to); index++) isIn[index] = 1
  }
  return isIn
}

/** Hours in which a stream was on air, and nothing is missing: four quarter hours without a gap. */
function seenHours({ hours, figure, state, troubled, maintained }: SeenIn): readonly HourSeen[] {
  const means = new Map(figure.at.map((at, index) => [Math.floor(at / quarterMs), figure.mean[index] as number]))
  for (const [from, to] of figure.gaps) for (let quarter = Math.floor(from / quarterMs); quarter * quarterMs < to; quarter++) means.delete(quarter)
  for (const [index, at] of state.at.entries())
    if (state.min[index] !== streamStateCodes.live || state.max[index] !== streamStateCodes.live) means.delete(Math.floor(at / quarterMs))
  const [isTroubled, isMaintained] = [hoursIn(hours, troubled), hoursIn(hours, maintained)]
  return hours.flatMap(({ at, place }, index) => {
    const first = Math.floor(at / quarterMs)
    const quarters = [first, first + 1, first + 2, first + 3].flatMap((quarter) => means.get(quarter) ?? [])
    if (quarters.length < 4 || isMaintained[index] === 1) return []
    const mean = quarters.reduce((sum, value) => sum + value, 0) / quarters.length
    return [{ at, place, low: Math.min(...quarters), high: Math.max(...quarters), mean, isTroubled: isTroubled[index] === 1 }]
  })
}

function answerOf(zone: string, learned: Learned, at: number, from: number, to: number): Baseline {
  const { ranges, weeks, since, forgotten } = learned
  const place = weekHourAt(zone, at)
  const now: BaselineHour = {
    ...weekHourOf(zone, place),
    range: ranges[place] ?? null,
    weeks: weeks[place] ?? 0,
    needed: weeksNeeded,
    forgotten,
  }
  const hours: Baseline['hours'] = { at: [], low: [], high: [], median: [] }
  const end = Math.min(to, from + longestBaselineMs)
  for (const hour of hoursBetween(zone, hourBegin(zone, from), hourBegin(zone, end) + hourMs)) {
    const range = ranges[hour.place]
    if (range == null) continue
    hours.at.push(hour.at)
    hours.low.push(range.low)
    hours.high.push(range.high)
    hours.median.push(range.median)
  }
  return { metric, at, since, now, hours }
}
