import type { Clock } from '../../clock/clock.ts'
import type { SeriesColumns, Timeline, TimelineInput } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import type { Series } from '../../shared/subjects.ts'
import { type Tier, tierStepMs, tiers } from '../../shared/tiers.ts'
import type { History } from '../history/history.ts'
import type { createConsoleGaps } from './consoleGaps.ts'

interface TimelineDeps {
  readonly clock: Clock
  readonly history: Pick<History, 'range' | 'servers' | 'countEvents'>
}

const ofServer = ['server.streamsInTrouble', 'server.reachable'] as const satisfies readonly MetricId[]
/** Retries are 30 s apart at most: two failed polls no farther apart than this count as one continuous outage. */
const longestRetryMs = 45_000

export type ReadTimeline = (input: TimelineInput, signal?: AbortSignal) => Promise<Timeline>

/** Builds the timeline of the whole fleet from the servers' own series and the events. */
export function createTimeline({ clock, history }: TimelineDeps): ReadTimeline {
  return async ({ from, to, points }, signal) => {
    const { widthMs, start, count } = gridOf(from, to, points)
    const end = start + count * widthMs
    const ids = await history.servers()
    const series: Series[] = ids.flatMap((serverId) => ofServer.map((metric): Series => ({ subject: serverSubject(serverId), metric })))
    const tier = tierFor(widthMs)
    const [found, counted] = await Promise.all([
      series.length === 0 || end <= start
        ? []
        : history.range({ series, from: start, to: end, points: count === 1 ? 1 : count + 1, ...(tier !== null && { tier }) }, signal),
      history.countEvents({ from: start, to: end, widthMs }),
    ])
    const grid: Grid = { start, widthMs, count, until: Math.min(end, clock.now()) }
    const [troubled, down] = [nothingKnown(count), nothingKnown(count)]
    for (let i = 0; i < found.length; i += ofServer.length) {
      const [inTrouble, reachable] = [found[i], found[i + 1]] as [SeriesColumns, SeriesColumns]
      addTo(troubled, spread(grid, inTrouble, inTrouble.max, 0))
      const isDown = reachable.min.map((value) => Number(value < 1))
      addTo(down, spread(grid, reachable, isDown, longestRetryMs))
    }
    const events = Array.from({ length: count }, (): Record<string, number> => ({}))
    for (const { bucket, kind, count: howMany } of counted) {
      const counts = events[bucket]
      if (counts) counts[kind] = (counts[kind] ?? 0) + howMany
    }
    return {
      at: Array.from({ length: count }, (_, bucket) => start + bucket * widthMs),
      widthMs,
      troubled: known(troubled),
      down: known(down),
      events,
      tier: coarsest(found),
    }
  }
}

interface Grid {
  readonly start: number
  readonly widthMs: number
  readonly count: number
  /** End of known data: the grid's end, or now if that is earlier. */
  readonly until: number
}

const dayMs = 86_400_000
/** Allowed bucket widths, ms: a step of a coarser tier never straddles two buckets. */
const widths = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1_000),
  ...[1, 2, 5, 15, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 4, 8, 12].map((hours) => hours * 3_600_000),
]

/** At most `points` buckets, aligned to multiples of their width since 1970, so that the chart does not jump as the span moves on. */
function gridOf(from: number, to: number, points: number): { readonly widthMs: number; readonly start: number; readonly count: number } {
  const span = Math.max(1, to - from)
  if (points === 1) return { widthMs: span, start: from, count: 1 }
  const fits = (width: number) => Math.ceil(Math.max(to, from + 1) / width) - Math.floor(from / width) <= points
  const widthMs = widths.find(fits) ?? Math.ceil(span / (points - 1) / dayMs) * dayMs
  const start = Math.floor(from / widthMs) * widthMs
  return { widthMs, start, count: Math.ceil(Math.max(to, from + 1) / widthMs) - start / widthMs }
}

/** The coarsest tier whose step fits into a bucket. null: let history choose one that is fast enough. */
const tierFor = (widthMs: number): Tier | null => tiers.filter((tier) => tierStepMs[tier] > 0 && tierStepMs[tier] <= widthMs).at(-1) ?? null

const coarsest = (columns: readonly SeriesColumns[]): Tier => tiers[Math.max(0, ...columns.map(({ tier }) => tiers.indexOf(tier)))] as Tier

/**
 * One value for each bucket; NaN means unknown. A value holds until the next one unless a gap lies between them. A gap
 * between two values above 0 that are at most `bridgeMs` apart is ignored.
 */
function spread({ start, widthMs, count, until }: Grid, { at, gaps }: SeriesColumns, values: readonly number[], bridgeMs: number): Float64Array {
  const out = nothingKnown(count)
  const bucketOf = (moment: number) => Math.floor((moment - start) / widthMs)
  let gap = 0
  for (let i = 0; i < at.length; i++) {
    const [here, value] = [at[i] as number, values[i] as number]
    const bucket = bucketOf(here)
    if (bucket < 0 || bucket >= count) continue
    out[bucket] = value
    const next = at[i + 1]
    const bridges = value > 0 && (next === undefined ? until : next) - here <= bridgeMs && (next === undefined || (values[i + 1] as number) > 0)
    const last = next === undefined ? Math.ceil((until - start) / widthMs) - 1 : bucketOf(next) - 1
    for (let filled = bucket + 1; filled <= Math.min(last, count - 1); filled++) {
      const begins = start + filled * widthMs
      while ((gaps[gap]?.[1] ?? Number.POSITIVE_INFINITY) <= here) gap++
      let first = gap
      while ((gaps[first]?.[1] ?? Number.POSITIVE_INFINITY) <= begins) first++
      const between = gaps[first]
      if (!bridges && between !== undefined && between[0] < begins + widthMs) continue
      out[filled] = value
    }
  }
  return out
}

/** NaN: not known. */
const nothingKnown = (count: number): Float64Array => new Float64Array(count).fill(Number.NaN)
function addTo(sum: Float64Array, values: Float64Array): void {
  for (const [bucket, value] of values.entries()) if (!Number.isNaN(value)) sum[bucket] = (sum[bucket] || 0) + value
}
const known = (sum: Float64Array): (number | null)[] => Array.from(sum, (value) => (Number.isNaN(value) ? null : value))

/** Weight of a server that is down, in streams in trouble: all its streams are hidden. */
const downWeight = 10
/** The search stops at buckets of this width. */
const fineMs = 2000
const searchedPoints = 500
/** Safety limit: each step narrows the span some hundred times, so three months reach two seconds in fewer. */
const mostSteps = 6

type ConsoleAt = ReturnType<typeof createConsoleGaps>['at']

/** The last moment of a bucket at which this console watched; null: at neither end of it. */
async function watchedIn(consoleAt: ConsoleAt, begins: number, ends: number): Promise<number | null> {
  const { gap, noNetwork } = await consoleAt(ends)
  const last = gap === null ? ends : gap.from - 1
  if (last < begins) return null
  return noNetwork !== null && (await consoleAt(begins)).noNetwork !== null ? null : last
}

/**
 * The moment within `span` with the most trouble, shown first when a bundle is opened. The earliest one if several are equally
 * bad, and one at which this console watched; null: no trouble is known.
 */
export async function worstMoment(read: ReadTimeline, consoleAt: ConsoleAt, span: { readonly from: number; readonly to: number }): Promise<number | null> {
  let { from, to } = span
  let worstAt: number | null = null
  for (let step = 0; step < mostSteps && to > from; step++) {
    const { at, widthMs, troubled, down } = await read({ from, to, points: searchedPoints })
    const buckets = at
      .map((begins, index) => ({ begins, wrong: (troubled[index] ?? 0) + downWeight * (down[index] ?? 0) }))
      .filter(({ begins, wrong }) => wrong > 0 && begins <= to && begins + widthMs > from)
      .sort((one, other) => other.wrong - one.wrong)
    let found: number | null = null
    for (const { begins } of buckets) {
      // At the bucket's end all of its samples are known.
      const watched = await watchedIn(consoleAt, begins, begins + widthMs - 1)
      if (watched === null) continue
      found = begins
      worstAt = Math.min(span.to, Math.max(span.from, watched))
      break
    }
    // A coarser bucket may have counted trouble just outside the narrower span.
    if (found === null || widthMs <= fineMs) break
    from = Math.max(from, found)
    to = Math.min(to, found + widthMs)
  }
  return worstAt
}
