import type { Baseline } from '../../shared/baselines.ts'
import { type Gap, gapsInWindow, gapsWithin, mergeGaps, splitGaps } from '../../shared/gaps.ts'
import { metrics } from '../../shared/metrics.ts'
import type { DrawnLimits } from '../fleet/figureChart.ts'
import { type DrawnPoint, type DrawnSeries, drawnPoints } from './joinSeries.ts'
import { isLevel, isReachable, isShare, isWhole, type Lane, roundTripLimits } from './lanes.ts'
import { type BaselinePoint, type LimitLine, limitLines } from './limitLines.ts'
import { bridgeOutage, withoutStretches } from './stateGaps.ts'
import { type AxisLabels, levelScale, tickLabels, type ValueScale, valueScale } from './ticks.ts'
import type { TimeWindow } from './timeRange.ts'

export interface LaneInput {
  readonly lane: Lane
  readonly series: DrawnSeries
  readonly bucketMs: number
  /** null: none, or unknown. */
  readonly budget: number | null
  /** Shifted to the same wall-clock times; null: no comparison. */
  readonly other: DrawnSeries | null
  readonly baseline?: Baseline | null
  readonly evaluated?: DrawnLimits | null
}

export interface StackInput {
  readonly window: TimeWindow
  readonly intervalMs: number
  /** After so long without a sample, one counts as missing. */
  readonly toleranceMs: number
  /** null: every gap. */
  readonly unknown: readonly Gap[] | null
  /** Every lane is interrupted in them. */
  readonly unpublished: readonly Gap[]
}

/** unknown: no data; absent: known to have had no value; partly: some servers are missing from the sum. */
export interface LaneArea {
  readonly kind: 'unknown' | 'absent' | 'partly'
  readonly from: number
  readonly to: number
}

interface Period {
  readonly series: DrawnSeries
  readonly gaps: readonly Gap[]
  readonly points: readonly DrawnPoint[]
}

export interface LaneDrawing extends Period {
  readonly lane: Lane
  readonly perMinute: number
  readonly bucketMs: number
  readonly other: Period | null
  readonly baseline: readonly BaselinePoint[]
  readonly areas: readonly LaneArea[]
  readonly scale: ValueScale
  readonly axis: AxisLabels
  readonly limits: ReturnType<typeof roundTripLimits>
  readonly lines: readonly LimitLine[]
  readonly absentNow: boolean
}

export function drawLane({ lane, series: whole, bucketMs, budget, other, baseline = null, evaluated = null }: LaneInput, stack: StackInput): LaneDrawing {
  const { window, intervalMs, unknown, unpublished } = stack
  const perMinute = lane.perMinute ? 60_000 / intervalMs : 1
  const toleranceMs = Math.max(stack.toleranceMs, 1.5 * bucketMs)
  const knownOf = (series: DrawnSeries) => {
    const { brief, long } = lacksOf(series, window, toleranceMs)
    return { series: withoutStretches(series, brief), missing: mergeGaps([...gapsInWindow(series, window, toleranceMs, bucketMs), ...brief]), partly: long }
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
  const baselineSteps = baseline === null ? [] : baselinePoints(baseline, window)
  const lines = evaluated === null ? [] : limitLines(evaluated, baselineSteps)
  const reached = lines.flatMap(({ points }) => points.flatMap(({ value }) => value ?? []))
  const most = Math.max(
    ...reached,
    limits?.lostFrom ?? 0,
    largest(own.points, (point) => (lane.shape === 'bars' ? point.mean : point.band?.[1])),
    largest(compared?.points ?? [], (point) => point.mean),
    largest(baselineSteps, ({ band }) => band?.[1]),
  )
  const least = Math.min(
    ...reached,
    -largest(own.points, (point) => -(point.band?.[0] ?? 0)),
    -largest(compared?.points ?? [], (point) => -(point.mean ?? 0)),
    -largest(baselineSteps, ({ band }) => -(band?.[0] ?? 0)),
    0,
  )
  const scale = scaleOf(lane, most, least)
  return {
    lane,
    ...own,
    perMinute,
    bucketMs,
    other: compared,
    baseline: baselineSteps,
    areas: [...areasOf('unknown', split.inside), ...areasOf('absent', split.outside), ...areasOf('partly', partly)],
    scale,
    axis: tickLabels(scale, metrics[lane.metric].unit, Math.max(most, -least)),
    limits,
    lines,
    absentNow: (split.outside.at(-1)?.[1] ?? 0) >= window.to,
  }
}

const hourMs = 3_600_000
/** With a break where the next hour is unknown. */
function baselinePoints({ hours }: Baseline, { from, to }: TimeWindow): readonly BaselinePoint[] {
  return hours.at.flatMap((begin, index): BaselinePoint[] => {
    const end = begin + hourMs
    if (end <= from || begin >= to) return []
    const band = [hours.low[index] as number, hours.high[index] as number] as const
    const point = { at: Math.max(begin, from), band }
    const next = hours.at[index + 1]
    return next === end && end < to ? [point] : [point, { at: Math.min(end, to), band }, { at: Math.min(end, to), band: null }]
  })
}

/** Missing parts of a sum. `brief`, such as after a restart: the rest would look like a dip, so it counts as unknown. Still missing: not brief. */
function lacksOf({ lacking }: DrawnSeries, { from, to }: TimeWindow, toleranceMs: number): Readonly<Record<'brief' | 'long', readonly Gap[]>> {
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

function scaleOf(lane: Lane, most: number, least: number): ValueScale {
  if (isReachable(lane.metric)) return { top: 1.2, ticks: [0, 1] }
  if (isLevel(metrics[lane.metric].unit)) return levelScale(least, most)
  if (least < 0) {
    // A clock may be behind as well as ahead, so the scale is symmetric around 0.
    const { top } = valueScale(Math.max(most, -least), isWhole(lane.metric))
    return { bottom: -top, top, ticks: [-top, 0, top] }
  }
  if (isShare(lane.metric) && most > 50) return { top: 100, ticks: [0, 50, 100] }
  return valueScale(most, isWhole(lane.metric))
}

const areasOf = (kind: LaneArea['kind'], gaps: readonly Gap[]): readonly LaneArea[] => gaps.map(([from, to]) => ({ kind, from, to }))
const largest = <Point>(points: readonly Point[], read: (point: Point) => number | null | undefined): number =>
  points.reduce((most, point) => Math.max(most, read(point) ?? 0), 0)
