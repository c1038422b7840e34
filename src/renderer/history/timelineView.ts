import type { Timeline, TimelineInput } from '../../shared/history.ts'
import { lastIds, lastSpans, shortestSpanMs, type TimeRange } from './timeRange.ts'

/** Epoch ms. */
export interface View {
  readonly from: number
  readonly to: number
}
/** From the oldest stored data to now. */
export type Bounds = View

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

export const longestViewMs = 92 * day

export const viewSpans = [...lastIds.toReversed().map((id) => ({ id, ms: lastSpans[id] })), { id: '10s', ms: shortestSpanMs } as const]
type ViewSpan = (typeof viewSpans)[number]
/** Matches a view's length within 1 %. */
export function spanOf(view: View): ViewSpan | null {
  return viewSpans.find(({ ms }) => Math.abs(view.to - view.from - ms) <= ms / 100) ?? null
}

export const usualSpanMs = day

/** Keeps the length; a view longer than the bounds is aligned to their end. */
function within(from: number, span: number, bounds: Bounds): View {
  const start = Math.min(bounds.to - span, Math.max(Math.min(bounds.from, bounds.to - span), from))
  return { from: Math.round(start), to: Math.round(start + span) }
}

/** `factor` below 1 zooms in, around the moment `anchor`. */
export function zoomView(view: View, factor: number, anchor: number, bounds: Bounds): View {
  const old = view.to - view.from
  const span = Math.min(longestViewMs, Math.max(shortestSpanMs, old * factor))
  const share = (anchor - view.from) / old
  return within(anchor - share * span, span, bounds)
}

export function panView(view: View, byMs: number, bounds: Bounds): View {
  return within(view.from + byMs, view.to - view.from, bounds)
}

export function viewAround(at: number, span: number, bounds: Bounds): View {
  const length = Math.min(longestViewMs, Math.max(shortestSpanMs, span))
  return within(at - length / 2, length, bounds)
}

/** null if too short to be intended. */
export function viewOfDrag(view: View, startShare: number, endShare: number, bounds: Bounds): View | null {
  const low = Math.max(0, Math.min(startShare, endShare))
  const high = Math.min(1, Math.max(startShare, endShare))
  if (high - low < 0.004) return null
  const span = view.to - view.from
  const from = view.from + low * span
  const length = (high - low) * span
  return length < shortestSpanMs ? viewAround(from + length / 2, shortestSpanMs, bounds) : within(from, length, bounds)
}

/** Unchanged if the moment is visible, otherwise paged with a little overlap. */
export function viewWith(view: View, at: number, bounds: Bounds): View {
  const span = view.to - view.from
  if (at >= view.from && at <= view.to - span * 0.02) return view
  if (at > view.to - span * 0.02 && at <= view.to && view.to >= bounds.to) return view
  return within(at > view.from ? at - span * 0.1 : at - span * 0.9, span, bounds)
}

/** Round on every clock, and multiples of the coarser tiers' steps. */
const bucketSteps = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 15, 30].map((count) => count * minute),
  ...[1, 2, 4, 8, 12, 24].map((count) => count * hour),
]
const barPx = 3

/** Wider than the view and with rounded ends, so that panning a little needs no new query. Buckets make bars a few pixels wide. */
export function timelineInputOf(view: View, width: number): TimelineInput {
  const wanted = (view.to - view.from) / Math.max(1, Math.floor(width / barPx))
  const step = bucketSteps.find((candidate) => candidate >= wanted) ?? day
  const block = step * 60
  const from = Math.max(0, Math.floor(view.from / block - 0.5) * block)
  const to = Math.ceil(view.to / block + 0.5) * block
  const points = Math.round((to - from) / step)
  return { from, to, points: Math.min(5000, points) }
}

interface TimelineBar {
  readonly x: number
  readonly width: number
  /** Worst in the bucket; 0 means known to be none. */
  readonly troubled: number
  readonly down: number
}
export interface TimelineShape {
  readonly bars: readonly TimelineBar[]
  /** As [from, to] in pixels. */
  readonly unknown: readonly (readonly [number, number])[]
  readonly most: number
}

/** Even one down server of hundreds is a major outage. */
const leastDownShare = 0.4
export function downShare(down: number, servers: number): number {
  return down <= 0 ? 0 : Math.min(1, Math.max(leastDownShare, servers > 0 ? down / servers : 1))
}

/** The future is not marked unknown, nor what is newer than `comingMs`, whose data may still arrive. */
export function timelineShape(timeline: Timeline, view: View, width: number, now: number, comingMs = 0): TimelineShape {
  const bars: TimelineBar[] = []
  const unknown: [number, number][] = []
  let most = 0
  const scale = width / (view.to - view.from)
  const end = Math.min(view.to, now)
  for (const [index, start] of timeline.at.entries()) {
    const stop = start + timeline.widthMs
    if (stop <= view.from || start >= end) continue
    const troubled = timeline.troubled[index] ?? null
    const down = timeline.down[index] ?? null
    const x = (start - view.from) * scale
    const right = (Math.min(stop, now) - view.from) * scale
    if (troubled === null && down === null) {
      const last = unknown.at(-1)
      if (last && x - last[1] < 0.5) last[1] = right
      else unknown.push([Math.max(0, x), right])
      continue
    }
    bars.push({ x, width: right - x, troubled: troubled ?? 0, down: down ?? 0 })
    most = Math.max(most, troubled ?? 0)
  }
  const settled = Math.min(width, (now - comingMs - view.from) * scale)
  return { bars, unknown: unknown.map(([from, to]) => [from, Math.min(settled, to)] as const).filter(([from, to]) => to > from), most }
}

export interface EventCluster {
  readonly x: number
  readonly from: number
  readonly to: number
  readonly kinds: readonly (readonly [kind: string, count: number])[]
  readonly count: number
}

const clusterPx = 24
export function eventClusters(timeline: Timeline, view: View, width: number): readonly EventCluster[] {
  const scale = width / (view.to - view.from)
  const clusters: { x: number; from: number; to: number; counts: Map<string, number> }[] = []
  timeline.events.forEach((record, index) => {
    const kinds = Object.entries(record).filter(([, count]) => count > 0)
    const from = timeline.at[index] ?? 0
    const to = from + timeline.widthMs
    if (kinds.length === 0 || to <= view.from || from >= view.to) return
    const x = Math.min(width, Math.max(0, ((from + to) / 2 - view.from) * scale))
    let last = clusters.at(-1)
    if (!last || x - last.x >= clusterPx) {
      last = { x, from, to, counts: new Map() }
      clusters.push(last)
    }
    last.to = to
    for (const [kind, count] of kinds) last.counts.set(kind, (last.counts.get(kind) ?? 0) + count)
  })
  return clusters.map(({ x, from, to, counts }) => {
    const kinds = [...counts].sort((a, b) => b[1] - a[1])
    return { x, from, to, kinds, count: kinds.reduce((sum, [, count]) => sum + count, 0) }
  })
}

/** An offered span if it ends with now, otherwise both ends. */
export function rangeOfView(view: View, live: boolean): TimeRange {
  const span = live ? spanOf(view) : null
  return span === null || span.id === '10s' ? { kind: 'between', from: view.from, to: view.to } : { kind: 'last', id: span.id }
}
