import { offBaselineBy } from '../../shared/baselines.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { LimitSide } from '../../shared/ruleKinds/levels.ts'
import type { WatchedOf } from '../../shared/ruleKinds.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { tierStepMs } from '../../shared/tiers.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { levelAt, metricsOf } from './breaches.ts'
import { type BaselineThen, offBaselineLevels } from './offBaseline.ts'

// Selects the past quarter hours that may be relevant to a rule, by their minimum and maximum values. All others are skipped.

export const quarterMs = tierStepMs.quarterHours

/** A quarter hour, numbered from 1970, with minimum, maximum and number of samples (0: not requested). */
export type Span = readonly [quarter: number, low: number, high: number, count: number]
/** The examined period. */
export interface ExaminedPeriod {
  /** The first and the last quarter hour. */
  readonly from: number
  readonly to: number
  /** Usual ranges of the subject at the time; null: not needed. */
  readonly baseline: BaselineThen | null
}

/** Finds where in the stored history a rule of one kind may have raised an alarm. */
export interface CandidateSearch<Watches> {
  /** The metrics whose minimum and maximum decide whether a quarter hour is relevant; null: none is stored for what the rule watches. */
  readonly metrics: (watches: Watches) => readonly MetricId[] | null
  /** The quarter hours in which the rule may have had an alarm, oldest first. `spans`: one list per metric, in the order of `metrics`. */
  readonly quarters: (watches: Watches, spans: readonly (readonly Span[])[], past: ExaminedPeriod) => Iterable<number>
  /** Whether the rule applies to a stream or other part; omitted: to all in its scope. If given, samples are counted. */
  readonly isOf?: (watches: Watches, part: string | null) => boolean
  /** Streams the rule applies to even if nothing is stored of them. */
  readonly names?: (watches: Watches) => readonly string[]
  /** Whether all subjects of the rule on a server must be examined together. */
  readonly together?: (watches: Watches) => boolean
}

/** Troubles judged solely by a stream's state or losses, with the metric that shows them. */
const metricOfTrouble: Readonly<Partial<Record<WatchedOf<'trouble'>['trouble'], MetricId>>> = {
  streamGone: 'path.state',
  streamStalled: 'path.state',
  slateOnAir: 'path.state',
  packetsLost: 'path.lostLastMinute',
}
const troubled = [streamStateCodes.slate, streamStateCodes.stalled, streamStateCodes.gone]

export const troubleCandidates: CandidateSearch<WatchedOf<'trouble'>> = {
  metrics: ({ trouble }) => {
    const metric = metricOfTrouble[trouble]
    return metric === undefined ? null : [metric]
  },
  quarters: ({ trouble }, [spans = []]) =>
    quartersWhere(spans, trouble === 'packetsLost' ? (_, high) => high > 0 : (low, high) => troubled.some((code) => low <= code && code <= high)),
}

/** The state of streams at each poll. Nothing is stored of them while their server is unreachable. */
export const stateCandidates: CandidateSearch<WatchedOf<'state'>> = {
  metrics: ({ of, state }) => (of === 'stream' && state !== 'unknown' ? ['path.state'] : null),
  quarters: ({ state }, [spans = []]) => {
    const code = streamStateCodes[state as StreamState]
    return quartersWhere(spans, (low, high) => low <= code && code <= high)
  },
}

/** Quarter hours in which streams were both live and not live, and those within the rule's period after them. */
export const flapCandidates: CandidateSearch<WatchedOf<'flapping'>> = {
  metrics: ({ of }) => (of === 'stream' ? ['path.state'] : null),
  quarters: function* ({ withinMs }, [spans = []]) {
    const after = Math.ceil(withinMs / quarterMs) + 1
    for (const [quarter, low, high] of spans) if (low === streamStateCodes.live && high > low) for (let next = 0; next <= after; next++) yield quarter + next
  },
}

export const limitCandidates: CandidateSearch<WatchedOf<'limit'>> = {
  metrics: (watches) => (watches.clearWhen === undefined ? metricsOf(watches) : [...metricsOf(watches), watches.clearWhen.metric]),
  quarters: (watches, spans) => {
    const last = watches.levels.length - 1
    const { clearWhen } = watches
    const clearing = new Map((clearWhen === undefined ? [] : (spans.at(-1) ?? [])).map((span) => [span[0], span]))
    /** Whether it is uncertain that the alarm clears in this quarter hour. */
    const isHeld = (quarter: number): boolean => {
      const [, low, high] = clearing.get(quarter) ?? []
      if (clearWhen === undefined) return false
      return low === undefined || high === undefined || (clearWhen.side === 'above' ? low <= clearWhen.limit : high >= clearWhen.limit)
    }
    return quartersWhere(
      divided(spans.slice(0, watches.per === null ? 1 : 2)),
      (low, high, wasCandidate, quarter) =>
        levelAt(farthest(low, high, watches.side), watches, wasCandidate ? last : -1) >= 0 || (wasCandidate && isHeld(quarter)),
    )
  },
}
/** Judges by how far minimum and maximum deviate from the usual range at the time. */
export const offBaselineCandidates: CandidateSearch<WatchedOf<'unusual'>> = {
  metrics: ({ metric }) => [metric],
  quarters: (watches, [spans = []], { baseline }) => {
    const off = spans.flatMap(([quarter, low, high]): readonly Span[] => {
      const range = baseline?.(quarter * quarterMs).range
      return range == null ? [] : [[quarter, offBaselineBy(low, range), offBaselineBy(high, range), 0]]
    })
    const levels = offBaselineLevels(watches)
    return quartersWhere(off, (low, high, wasCandidate) => levelAt(farthest(low, high, levels.side), levels, wasCandidate ? 0 : -1) >= 0)
  },
}
const farthest = (low: number, high: number, side: LimitSide): number =>
  side === 'above' ? high : side === 'below' ? low : Math.abs(low) > Math.abs(high) ? low : high

/** Values of the first metric, divided by those of the second, if there is one. */
export function divided([figures = [], divisors]: readonly (readonly Span[])[]): readonly Span[] {
  if (divisors === undefined) return figures
  const byQuarter = new Map(divisors.map((span) => [span[0], span]))
  return figures.flatMap(([quarter, low, high]): readonly Span[] => {
    const by = byQuarter.get(quarter)
    return by === undefined ? [] : [[quarter, low / by[2], high / by[1], 0]]
  })
}

/** The quarter hours in which something may be wrong or not yet recovered, each with the following one. */
function* quartersWhere(spans: readonly Span[], matches: (low: number, high: number, wasCandidate: boolean, quarter: number) => boolean): Iterable<number> {
  // `wasCandidate` persists over missing quarter hours: while a server is unreachable, a trouble persists.
  let wasCandidate = false
  for (const [quarter, low, high] of spans) {
    const isCandidate = matches(low, high, wasCandidate, quarter)
    if (isCandidate) {
      yield quarter
      yield quarter + 1
    } else if (wasCandidate) yield quarter
    wasCandidate = isCandidate
  }
}

const bucketOf = (at: number): number => Math.floor(at / quarterMs)

export function spansOf({ at, min, max, count }: SeriesColumns): readonly Span[] {
  return at.map((moment, index) => [bucketOf(moment), min[index] as number, max[index] as number, count?.[index] ?? 0])
}

/** Adds, after each, the first quarter hour in which the server or host answered: it shows what is still wrong or no longer listed. */
export function withReturns(quarters: ReadonlySet<number>, polls: SeriesColumns | undefined): ReadonlySet<number> {
  if (quarters.size === 0 || polls === undefined) return quarters
  const answered = polls.at.flatMap((at, i) => ((polls.max[i] as number) > 0 ? [bucketOf(at)] : []))
  const all = new Set(quarters)
  let next = 0
  for (const bucket of [...quarters].sort((a, b) => a - b)) {
    while (next < answered.length && (answered[next] as number) <= bucket) next++
    const back = answered[next]
    if (back !== undefined) all.add(back)
  }
  return all
}
