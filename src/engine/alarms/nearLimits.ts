import type { SeriesColumns } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { LimitSide } from '../../shared/ruleKinds/limit.ts'
import type { WatchedOf } from '../../shared/ruleKinds.ts'
import { type StreamState, streamStateCodes } from '../../shared/streams.ts'
import { tierStepMs } from '../../shared/tiers.ts'
import { offUsualBy } from '../../shared/usual.ts'
import { levelAt } from './breaches.ts'
import { metricsOf } from './limits.ts'
import { type UsualThen, unusualLevels } from './unusualThen.ts'

// Which quarter hours of the past may matter to a rule, by their least and greatest figures. All others are not looked at any closer.

export const quarterMs = tierStepMs.quarterHours

/** Least and greatest figures of a quarter hour, counted since 1970, and how many there are; 0: not asked for. */
export type Span = readonly [quarter: number, low: number, high: number, count: number]
/** The past that is looked at. */
export interface PastPeriod {
  /** The first and the last quarter hour. */
  readonly from: number
  readonly to: number
  /** What was usual for the subject then; null: that is not asked. */
  readonly usual: UsualThen | null
}

/** Where in stored history a rule of one kind may have had an alarm. */
export interface PastOfKind<Watches> {
  /** The metrics whose least and greatest figures say whether it matters; null: none is kept of what it watches. */
  readonly metrics: (watches: Watches) => readonly MetricId[] | null
  /** The quarter hours in which it may have had one, oldest first. `spans`: by metric, in their order. */
  readonly near: (watches: Watches, spans: readonly (readonly Span[])[], past: PastPeriod) => Iterable<number>
  /** Whether it is about a stream or another part; left out: about all that the rule is for. Figures are counted then. */
  readonly isOf?: (watches: Watches, part: string | null) => boolean
  /** Streams that it is about also where nothing is kept of them. */
  readonly names?: (watches: Watches) => readonly string[]
  /** Whether all that it is about on a server is to be looked at together. */
  readonly together?: (watches: Watches) => boolean
}

/** Troubles that are judged of a stream's state or losses alone, and the metric that shows them. */
const metricOfTrouble: Readonly<Partial<Record<WatchedOf<'trouble'>['trouble'], MetricId>>> = {
  streamGone: 'path.state',
  streamStalled: 'path.state',
  slateOnAir: 'path.state',
  packetsLost: 'path.lostLastMinute',
}
const troubled = [streamStateCodes.slate, streamStateCodes.stalled, streamStateCodes.gone]

export const nearTrouble: PastOfKind<WatchedOf<'trouble'>> = {
  metrics: ({ trouble }) => {
    const metric = metricOfTrouble[trouble]
    return metric === undefined ? null : [metric]
  },
  near: ({ trouble }, [spans = []]) =>
    nearWhere(spans, trouble === 'packetsLost' ? (_, high) => high > 0 : (low, high) => troubled.some((code) => low <= code && code <= high)),
}

/** A state of streams as it was at each poll. While their server is away, nothing of them is kept. */
export const nearState: PastOfKind<WatchedOf<'state'>> = {
  metrics: ({ of, state }) => (of === 'stream' && state !== 'unknown' ? ['path.state'] : null),
  near: ({ state }, [spans = []]) => {
    const code = streamStateCodes[state as StreamState]
    return nearWhere(spans, (low, high) => low <= code && code <= high)
  },
}

/** Where streams were both live and not, and for as long after that as it counts. */
export const nearFlaps: PastOfKind<WatchedOf<'flapping'>> = {
  metrics: ({ of }) => (of === 'stream' ? ['path.state'] : null),
  near: function* ({ withinMs }, [spans = []]) {
    const after = Math.ceil(withinMs / quarterMs) + 1
    for (const [quarter, low, high] of spans) if (low === streamStateCodes.live && high > low) for (let next = 0; next <= after; next++) yield quarter + next
  },
}

export const nearLimit: PastOfKind<WatchedOf<'limit'>> = {
  metrics: (watches) => (watches.clearWhen === undefined ? metricsOf(watches) : [...metricsOf(watches), watches.clearWhen.metric]),
  near: (watches, spans) => {
    const last = watches.levels.length - 1
    const { clearWhen } = watches
    const clearing = new Map((clearWhen === undefined ? [] : (spans.at(-1) ?? [])).map((span) => [span[0], span]))
    /** Whether it is not sure that it heals then. */
    const isHeld = (quarter: number): boolean => {
      const [, low, high] = clearing.get(quarter) ?? []
      if (clearWhen === undefined) return false
      return low === undefined || high === undefined || (clearWhen.side === 'above' ? low <= clearWhen.limit : high >= clearWhen.limit)
    }
    return nearWhere(
      divided(spans.slice(0, watches.per === null ? 1 : 2)),
      (low, high, wasNear, quarter) => levelAt(farthest(low, high, watches.side), watches, wasNear ? last : -1) >= 0 || (wasNear && isHeld(quarter)),
    )
  },
}
/** By how far least and greatest figures are off what was usual then. */
export const nearUnusual: PastOfKind<WatchedOf<'unusual'>> = {
  metrics: ({ metric }) => [metric],
  near: (watches, [spans = []], { usual }) => {
    const off = spans.flatMap(([quarter, low, high]): readonly Span[] => {
      const range = usual?.(quarter * quarterMs).range
      return range == null ? [] : [[quarter, offUsualBy(low, range), offUsualBy(high, range), 0]]
    })
    const levels = unusualLevels(watches)
    return nearWhere(off, (low, high, wasNear) => levelAt(farthest(low, high, levels.side), levels, wasNear ? 0 : -1) >= 0)
  },
}
const farthest = (low: number, high: number, side: LimitSide): number =>
  side === 'above' ? high : side === 'below' ? low : Math.abs(low) > Math.abs(high) ? low : high

/** Those of the first metric, divided by those of the second, if there is one. */
export function divided([figures = [], divisors]: readonly (readonly Span[])[]): readonly Span[] {
  if (divisors === undefined) return figures
  const byQuarter = new Map(divisors.map((span) => [span[0], span]))
  return figures.flatMap(([quarter, low, high]): readonly Span[] => {
    const by = byQuarter.get(quarter)
    return by === undefined ? [] : [[quarter, low / by[2], high / by[1], 0]]
  })
}

/** The quarter hours in which something may be wrong, or not well again where it was, each with the one after it. */
function* nearWhere(spans: readonly Span[], isNear: (low: number, high: number, wasNear: boolean, quarter: number) => boolean): Iterable<number> {
  // Also over what is not known: while a server is away, what was wrong stays so.
  let wasNear = false
  for (const [quarter, low, high] of spans) {
    const isSo = isNear(low, high, wasNear, quarter)
    if (isSo) {
      yield quarter
      yield quarter + 1
    } else if (wasNear) yield quarter
    wasNear = isSo
  }
}

const bucketOf = (at: number): number => Math.floor(at / quarterMs)

export const spansOf = ({ at, min, max, count }: SeriesColumns): readonly Span[] =>
  at.map((moment, index) => [bucketOf(moment), min[index] as number, max[index] as number, count?.[index] ?? 0])

/** The same with the first quarter hour behind each in which their server or host answered: there it shows what is still wrong, or not listed any more. */
export function withReturns(near: ReadonlySet<number>, polls: SeriesColumns | undefined): ReadonlySet<number> {
  if (near.size === 0 || polls === undefined) return near
  const answered = polls.at.flatMap((at, i) => ((polls.max[i] as number) > 0 ? [bucketOf(at)] : []))
  const all = new Set(near)
  let next = 0
  for (const bucket of [...near].sort((a, b) => a - b)) {
    while (next < answered.length && (answered[next] as number) <= bucket) next++
    const back = answered[next]
    if (back !== undefined) all.add(back)
  }
  return all
}
