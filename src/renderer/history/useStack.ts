import { useMemo } from 'react'
import type { Baseline } from '../../shared/baselines.ts'
import { type Gap, gapsInWindow } from '../../shared/gaps.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { type Tier, tierStepMs, tiers } from '../../shared/tiers.ts'
import { useMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { zoneClock } from '../app/zoneClock.ts'
import { useBaseline } from './baseline.tsx'
import { alongside, compareDays, earlierWindow, useCompare } from './compare.ts'
import type { LaneInput, StackInput } from './laneDrawing.ts'
import { isLeftOut, type Lane } from './lanes.ts'
import { isOffAirCode, unknownStretches, unpublishedStretches } from './stateGaps.ts'
import type { TimeRange } from './timeRange.ts'
import { type SeriesState, useSeries, type WantedSeries } from './useSeries.ts'

/** With spacing; determines the number of requested buckets. */
const barPx = 8
const noGaps: readonly Gap[] = []
const nothingWanted: readonly WantedSeries[] = []

interface StackOptions {
  readonly lanes: readonly Lane[]
  readonly subjects: readonly Subject[]
  readonly range: TimeRange
  readonly intervalMs: number
  readonly plotPx: number
  /** Omitted or null: by the window's moment. */
  readonly learnedBy?: number | null
}

export interface ShownLane extends LaneInput {
  /** null: unknown, or not live. */
  readonly last: number | null
}

export interface Stack extends StackInput {
  readonly state: SeriesState
  readonly lanes: readonly ShownLane[]
  readonly moment: number | null
  /** Of the newest sample, even if its bucket contains better moments. */
  readonly absentNow: boolean
  readonly tier: Tier
  /** The compared period is so many days earlier; 0: no comparison. */
  readonly days: number
  readonly comparedFailure: string | null
  /** null: not shown. */
  readonly baseline: Baseline | null
}

export function useStack({ lanes, subjects, range, intervalMs, plotPx, learnedBy = null }: StackOptions): Stack {
  const moment = useMoment()
  const clock = zoneClock(usePreferences().zone)
  const { compare } = useCompare()
  const kind = subjects[0]?.kind
  const wanted = useWanted(lanes, subjects, plotPx)
  const ofLanes = useMemo(() => wanted.slice(0, lanes.length), [wanted, lanes.length])
  const toleranceMs = Math.max(3 * intervalMs, 6000) + 2000
  const state = useSeries(wanted, range, moment, toleranceMs)
  const { window } = state

  const { unknown, unpublished } = useMemo(() => {
    const presence = state.series[lanes.length]
    if (!presence || kind !== 'stream') return { unknown: null, unpublished: noGaps }
    const gaps = gapsInWindow(presence, window, Math.max(toleranceMs, 1.5 * (state.bucketMs[lanes.length] ?? 0)))
    return { unknown: unknownStretches(presence, gaps, window.to), unpublished: unpublishedStretches(presence, window.to) }
  }, [state.series, state.bucketMs, window, lanes.length, kind, toleranceMs])

  const days = compare === null ? 0 : compareDays[compare]
  const other = useSeries(
    days === 0 || state.series.length === 0 ? nothingWanted : ofLanes,
    { kind: 'between', ...earlierWindow(window, days, clock) },
    null,
    toleranceMs,
  )
  const compared = useMemo(
    () => (days === 0 || other.series.length === 0 ? null : other.series.map((series) => alongside(series, days, clock))),
    [other.series, days, clock],
  )

  const baseline = useBaseline(subjects.length === 1 ? (subjects[0] ?? null) : null, lanes, window, learnedBy ?? moment)
  const shown = lanes.flatMap((lane, index): ShownLane[] => {
    const series = state.series[index]
    const before = compared?.[index]
    if (!series || (isLeftOut(lane, series) && (!before || isLeftOut(lane, before)))) return []
    return [
      {
        lane,
        series,
        last: state.last[index] ?? null,
        // A coarse value stands for a whole step of its tier, whatever number of buckets was requested.
        bucketMs: Math.max(state.bucketMs[index] ?? 1000, tierStepMs[series.tier]),
        budget: lane.budget ? (state.series[lanes.length + 1]?.mean.at(-1) ?? null) : null,
        other: before ?? null,
        baseline: baseline?.metric === lane.metric && lane.of === undefined ? baseline : null,
      },
    ]
  })
  return {
    state,
    lanes: shown,
    window,
    intervalMs,
    toleranceMs,
    unknown,
    unpublished,
    // During playback the charts of a live range lag behind a little.
    moment: moment !== null && range.kind !== 'between' ? window.to : moment,
    absentNow: kind === 'stream' && isOffAirCode(state.last[lanes.length] ?? undefined),
    tier: shown.reduce<Tier>((coarsest, { series }) => (tiers.indexOf(series.tier) > tiers.indexOf(coarsest) ? series.tier : coarsest), 'samples'),
    days,
    comparedFailure: other.status === 'failed' ? (other.words ?? '') : null,
    baseline,
  }
}

/** Of the lanes in order, then a stream's state, then the budgets. */
function useWanted(lanes: readonly Lane[], subjects: readonly Subject[], plotPx: number): readonly WantedSeries[] {
  // So that resizing a window does not cause a query per pixel.
  const px = plotPx === 0 ? 0 : Math.max(256, Math.ceil(plotPx / 64) * 64)
  return useMemo(() => {
    if (px === 0) return []
    const linePoints = Math.min(1000, Math.floor(px / 2))
    const of = (metric: Lane['metric'], points: number, whose?: Lane['of']): WantedSeries => ({ metric, points, of: whose ? [whose] : subjects })
    return [
      ...lanes.map((lane) => of(lane.metric, lane.shape === 'bars' ? Math.floor(px / barPx) : linePoints, lane.of)),
      ...(subjects[0]?.kind === 'stream' ? [of('path.state', linePoints)] : []),
      ...lanes.flatMap((lane) => (lane.budget ? [of(lane.budget, linePoints)] : [])),
    ]
  }, [lanes, subjects, px])
}
