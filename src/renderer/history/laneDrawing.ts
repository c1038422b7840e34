import { type Gap, gapsWithin, mergeGaps, splitGaps } from '../../shared/gaps.ts'
import { metrics } from '../../shared/metrics.ts'
import { type DrawnPoint, type DrawnSeries, drawnPoints, shownGaps } from './joinSeries.ts'
import { isReachable, isShare, isWhole, type Lane, roundTripLimits } from './lanes.ts'
import { bridgeOutage, withoutStretches } from './stateGaps.ts'
import { type AxisLabels, tickLabels, type ValueScale, valueScale } from './ticks.ts'
import type { TimeWindow } from './timeRange.ts'

/** A lane and its data. */
export interface LaneInput {
  readonly lane: Lane
  readonly series: DrawnSeries
  readonly bucketMs: number
  /** Value of the lane's budget; null: it has none, or it is not known. */
  readonly budget: number | null
  /** The other period, moved to where the clock shows the same; null: nothing is compared. */
  readonly other: DrawnSeries | null
}

/** What all lanes of a stack have in common. */
export interface StackInput {
  readonly window: TimeWindow
  readonly intervalMs: number
  /** A sample is missed when none came for so long. */
  readonly toleranceMs: number
  /** Stretches in which the state of the stream was unknown; null: every gap is. */
  readonly unknown: readonly Gap[] | null
  /** Stretches without a publisher: every lane breaks there. */
  readonly unpublished: readonly Gap[]
}

/**
 * A stretch of a lane that is shaded. unknown: nothing is known; absent: known that there was nothing; partly: some servers are
 * not in the sum.
 */
export interface LaneArea {
  readonly kind: 'unknown' | 'absent' | 'partly'
  readonly from: number
  readonly to: number
}

/** One period of a lane: its samples, its gaps, and the points to draw. */
interface Period {
  readonly series: DrawnSeries
  readonly gaps: readonly Gap[]
  readonly points: readonly DrawnPoint[]
}

/** One lane as plain data: what a chart library is given, and what the readout beside it reads. */
export interface LaneDrawing extends Period {
  readonly lane: Lane
  readonly perMinute: number
  readonly bucketMs: number
  readonly other: Period | null
  readonly areas: readonly LaneArea[]
  readonly scale: ValueScale
  readonly axis: AxisLabels
  readonly limits: ReturnType<typeof roundTripLimits>
  /** Known that there is no value now. */
  readonly absentNow: boolean
}

/** What to draw of a lane. */
export function drawLane({ lane, series: whole, bucketMs, budget, other }: LaneInput, stack: StackInput): LaneDrawing {
  const { window, intervalMs, unknown, unpublished } = stack
  const perMinute = lane.perMinute ? 60_000 / intervalMs : 1
  const toleranceMs = Math.max(stack.toleranceMs, 1.5 * bucketMs)
  const knownOf = (series: DrawnSeries) => {
    const { brief, long } = lacksOf(series, window, toleranceMs)
    return { series: withoutStretches(series, brief), missing: mergeGaps([...shownGaps(series, window, toleranceMs, bucketMs), ...brief]), partly: long }
  }
  const periodOf = (series: DrawnSeries, gaps: readonly Gap[]): Period => ({ series, gaps, points: drawnPoints(series, gaps, perMinute) })

  const { series, missing, partly } = knownOf(whole)
  const own = periodOf(
    withoutStretches(series, unpublished),
    isReachable(lane.metric) ? bridgeOutage(series, missing) : mergeGaps([...missing, ...gapsWithin(unpublished, window.from, window.to)]),
  )
  const otherKnown = other === null ? null : knownOf(other)
  const compared = otherKnown && periodOf(otherKnown.series, otherKnown.missing)
  const split = unknown === null ? { inside: own.gaps, outside: [] } : splitGaps(own.gaps, unknown)
  const limits = roundTripLimits(budget)
  const most = Math.max(
    limits?.lostFrom ?? 0,
    largest(own.points, (point) => (lane.shape === 'bars' ? point.mean : point.band?.[1])),
    largest(compared?.points ?? [], (point) => point.mean),
  )
  const scale = scaleOf(lane, most)
  return {
    lane,
    ...own,
    perMinute,
    bucketMs,
    other: compared,
    areas: [...areasOf('unknown', split.inside), ...areasOf('absent', split.outside), ...areasOf('partly', partly)],
    scale,
    axis: tickLabels(scale, metrics[lane.metric].unit, most),
    limits,
    absentNow: (split.outside.at(-1)?.[1] ?? 0) >= window.to,
  }
}

/**
 * When a sum lacks some of its parts. `brief`: for less time than a sample may be late, as at a restart, when each server's
 * rates come back a moment after another's: the sum of the others would look like a dip, so it counts as unknown. What is
 * lacking still counts as long, as it may be away for good.
 */
function lacksOf({ lacking = [] }: DrawnSeries, { from, to }: TimeWindow, toleranceMs: number): Readonly<Record<'brief' | 'long', readonly Gap[]>> {
  const lacks = mergeGaps(lacking.flatMap(({ gaps }) => gaps))
  const isBrief = ([start, end]: Gap) => end < to && end - start < toleranceMs
  return {
    brief: gapsWithin(lacks.filter(isBrief), from, to),
    long: gapsWithin(
      lacks.filter((lack) => !isBrief(lack)),
      from,
      to,
    ),
  }
}

function scaleOf(lane: Lane, most: number): ValueScale {
  if (isReachable(lane.metric)) return { top: 1.2, ticks: [0, 1] }
  if (isShare(lane.metric) && most > 50) return { top: 100, ticks: [0, 50, 100] }
  return valueScale(most, isWhole(lane.metric))
}

const areasOf = (kind: LaneArea['kind'], gaps: readonly Gap[]): readonly LaneArea[] => gaps.map(([from, to]) => ({ kind, from, to }))
const largest = (points: readonly DrawnPoint[], read: (point: DrawnPoint) => number | null | undefined): number =>
  points.reduce((most, point) => Math.max(most, read(point) ?? 0), 0)
