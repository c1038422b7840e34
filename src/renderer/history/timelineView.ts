import type { Timeline, TimelineInput } from '../../shared/history.ts'
import type { TimeRange } from './timeRange.ts'

/** The stretch of time that the timeline shows, epoch ms. */
export interface View {
  readonly from: number
  readonly to: number
}
/** As far as the timeline can be moved: from the oldest moment that anything is kept of to now. */
export type Bounds = View

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Ten seconds, below which there is hardly a sample a pixel. */
export const shortestViewMs = 10 * second
/** Three months, and the days that they have more. */
export const longestViewMs = 92 * day

/** The offered spans, longest first. */
export const viewSpans = [
  { id: '90d', ms: 90 * day },
  { id: '30d', ms: 30 * day },
  { id: '7d', ms: 7 * day },
  { id: '24h', ms: day },
  { id: '6h', ms: 6 * hour },
  { id: '1h', ms: hour },
  { id: '15m', ms: 15 * minute },
  { id: '10s', ms: 10 * second },
] as const
export type ViewSpan = (typeof viewSpans)[number]
/** The offered span that a view has, within a hundredth. */
export const spanOf = (view: View): ViewSpan | null => viewSpans.find(({ ms }) => Math.abs(view.to - view.from - ms) <= ms / 100) ?? null

/**
 * How much to show while nothing was chosen: the shortest offered span, from a quarter of an hour to a day, into which all fits
 * that is kept. A console that was started just now would else be one bar beside a day of nothing.
 */
export function usualSpanMs(bounds: Bounds): number {
  const kept = bounds.to - bounds.from
  return viewSpans.findLast(({ ms }) => ms >= 15 * minute && ms <= day && ms >= kept)?.ms ?? day
}

/** Moves a view into its bounds without changing its length; one that is longer than they are ends with them. */
function within(from: number, span: number, bounds: Bounds): View {
  const start = Math.min(bounds.to - span, Math.max(Math.min(bounds.from, bounds.to - span), from))
  return { from: Math.round(start), to: Math.round(start + span) }
}

/** The view made `factor` times as long (below 1: zoomed in) without moving the moment `anchor` on the screen, as far as the bounds allow. */
export function zoomView(view: View, factor: number, anchor: number, bounds: Bounds): View {
  const old = view.to - view.from
  const span = Math.min(longestViewMs, Math.max(shortestViewMs, old * factor))
  const share = (anchor - view.from) / old
  return within(anchor - share * span, span, bounds)
}

/** The view moved by so many ms. */
export const panView = (view: View, byMs: number, bounds: Bounds): View => within(view.from + byMs, view.to - view.from, bounds)

/** A view of this length with the moment in its middle. */
export function viewAround(at: number, span: number, bounds: Bounds): View {
  const length = Math.min(longestViewMs, Math.max(shortestViewMs, span))
  return within(at - length / 2, length, bounds)
}

/** What a drag over a part of the view zooms to; null where it is too short to be meant. */
export function viewOfDrag(view: View, startShare: number, endShare: number, bounds: Bounds): View | null {
  const low = Math.max(0, Math.min(startShare, endShare))
  const high = Math.min(1, Math.max(startShare, endShare))
  if (high - low < 0.004) return null
  const span = view.to - view.from
  const from = view.from + low * span
  const length = (high - low) * span
  return length < shortestViewMs ? viewAround(from + length / 2, shortestViewMs, bounds) : within(from, length, bounds)
}

/** Where the view must be for a moment to be seen: unchanged while it is, else turned like a page, with a little of what was before. */
export function viewWith(view: View, at: number, bounds: Bounds): View {
  const span = view.to - view.from
  if (at >= view.from && at <= view.to - span * 0.02) return view
  if (at > view.to - span * 0.02 && at <= view.to && view.to >= bounds.to) return view
  return within(at > view.from ? at - span * 0.1 : at - span * 0.9, span, bounds)
}

/** Widths that the engine gives buckets: round on every clock, and coarse values fit into them whole. */
const bucketSteps = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 15, 30].map((count) => count * minute),
  ...[1, 2, 4, 8, 12, 24].map((count) => count * hour),
]
/** A bar and the air beside it, at least. */
const barPx = 3

/**
 * What to ask for, so that bars are some pixels wide. Beside the view it holds a good part of what lies next to it, and its
 * ends are round: panning a little asks for nothing, and what it then shows is there already.
 */
export function timelineInputOf(view: View, width: number): TimelineInput {
  const wanted = (view.to - view.from) / Math.max(1, Math.floor(width / barPx))
  const step = bucketSteps.find((candidate) => candidate >= wanted) ?? day
  const block = step * 60
  const from = Math.max(0, Math.floor(view.from / block - 0.5) * block)
  const to = Math.ceil(view.to / block + 0.5) * block
  const points = Math.round((to - from) / step)
  return { from, to, points: Math.min(5000, points) }
}

/** A bar of the timeline: what was at worst in one bucket, or in several where they are narrower than bars. */
export interface TimelineBar {
  /** Pixels from the left, and width. */
  readonly x: number
  readonly width: number
  /** Most streams in trouble, how many there were on average, and servers that did not answer. 0: known, and none. */
  readonly troubled: number
  readonly troubledMean: number
  readonly down: number
}
export interface TimelineShape {
  readonly bars: readonly TimelineBar[]
  /** Pixels from, to: nothing is known there. */
  readonly unknown: readonly (readonly [number, number])[]
  /** Most streams in trouble in one bar. */
  readonly most: number
}

/** The least share of the height that servers which did not answer are drawn with: one of hundreds is the largest outage there is. */
const leastDownShare = 0.4
/** Share of the height for so many servers down of all. Pure. */
export const downShare = (down: number, servers: number): number => (down <= 0 ? 0 : Math.min(1, Math.max(leastDownShare, servers > 0 ? down / servers : 1)))

/**
 * A timeline as bars over a view `width` pixels wide. Nothing after `now` is called unknown: it has not been yet; nor is what is
 * newer than `comingMs`: it may still come. Pure.
 */
export function timelineShape(timeline: Timeline, view: View, width: number, now: number, comingMs = 0): TimelineShape {
  const bars: TimelineBar[] = []
  const unknown: [number, number][] = []
  let most = 0
  const scale = width / (view.to - view.from)
  const bucketPx = timeline.widthMs * scale
  // Where buckets are narrow several share a slot, and its worst counts.
  const perSlot = Math.max(1, Math.ceil(3 / bucketPx))
  const end = Math.min(view.to, now)
  for (let first = 0; first < timeline.at.length; first += perSlot) {
    const start = timeline.at[first] ?? 0
    const stop = start + timeline.widthMs * Math.min(perSlot, timeline.at.length - first)
    if (stop <= view.from || start >= end) continue
    let troubled: number | null = null
    let down: number | null = null
    let meanSum = 0
    let means = 0
    for (let index = first; index < Math.min(first + perSlot, timeline.at.length); index++) {
      const ofTroubled = timeline.troubled[index] ?? null
      const ofDown = timeline.down[index] ?? null
      if (ofTroubled !== null) troubled = Math.max(troubled ?? 0, ofTroubled)
      if (ofDown !== null) down = Math.max(down ?? 0, ofDown)
      const ofMean = timeline.troubledMean[index] ?? null
      if (ofMean === null) continue
      meanSum += ofMean
      means++
    }
    const x = (start - view.from) * scale
    const right = (Math.min(stop, now) - view.from) * scale
    if (troubled === null && down === null) {
      const last = unknown.at(-1)
      if (last && x - last[1] < 0.5) last[1] = right
      else unknown.push([Math.max(0, x), right])
      continue
    }
    bars.push({ x, width: right - x, troubled: troubled ?? 0, troubledMean: means === 0 ? 0 : meanSum / means, down: down ?? 0 })
    most = Math.max(most, troubled ?? 0)
  }
  const settled = Math.min(width, (now - comingMs - view.from) * scale)
  return { bars, unknown: unknown.map(([from, to]) => [from, Math.min(settled, to)] as const).filter(([from, to]) => to > from), most }
}

/** Events of some neighbouring buckets under one mark. */
export interface EventCluster {
  readonly x: number
  readonly from: number
  readonly to: number
  /** How many of each kind, most first. */
  readonly kinds: readonly (readonly [kind: string, count: number])[]
  readonly count: number
}

/** Events of the view as marks at least `markPx` apart. `wanted` leaves kinds out. Pure. */
export function eventClusters(timeline: Timeline, view: View, width: number, wanted: (kind: string) => boolean, markPx = 20): readonly EventCluster[] {
  const scale = width / (view.to - view.from)
  const clusters: { x: number; from: number; to: number; counts: Map<string, number> }[] = []
  timeline.events.forEach((record, index) => {
    const kinds = Object.entries(record).filter(([kind, count]) => count > 0 && wanted(kind))
    const from = timeline.at[index] ?? 0
    const to = from + timeline.widthMs
    if (kinds.length === 0 || to <= view.from || from >= view.to) return
    const x = Math.min(width, Math.max(0, ((from + to) / 2 - view.from) * scale))
    let last = clusters.at(-1)
    if (!last || x - last.x >= markPx) {
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

/** How a view stands in the address: one of the offered spans while it ends with now, else its two ends. */
export function rangeOfView(view: View, live: boolean): TimeRange {
  const span = live ? spanOf(view) : null
  return span === null || span.id === '10s' ? { kind: 'between', from: view.from, to: view.to } : { kind: 'last', id: span.id }
}
