import type { SeriesColumns } from '../../shared/history.ts'
import type { Series } from '../../shared/subjects.ts'
import { tierStepMs, tiers } from '../../shared/tiers.ts'

/** That of the last bucket, if at most `toleranceMs` back or followed without a gap: samples may be far apart, as in the demo's past. */
export function valueAt(columns: SeriesColumns | undefined, at: number, toleranceMs: number): number | null {
  if (!columns) return null
  let place = columns.at.length - 1
  while (place >= 0 && (columns.at[place] ?? 0) > at) place--
  const from = columns.at[place]
  if (from === undefined) return null
  const next = columns.at[place + 1]
  const isBetween = next !== undefined && !columns.gaps.some(([start, end]) => start < next && end > from)
  if (at - from > Math.max(toleranceMs, tierStepMs[columns.tier]) && !isBetween) return null
  return columns.last?.[place] ?? columns.mean[place] ?? null
}

/** How far before the moment to read: a bucket of the coarsest tier found, and at least some readings. */
export function reachMs(columns: readonly SeriesColumns[], intervalMs: number): number {
  return Math.max(3 * intervalMs, 90_000, ...columns.map(({ tier }) => (tiers.indexOf(tier) > 0 ? 1.1 * tierStepMs[tier] : 0)))
}

/** Wider than any distance of samples in the demo's past. */
const sparseReachMs = 330_000
const mostAtOnce = 64

interface RangeAsked {
  readonly series: Series[]
  readonly from: number
  readonly to: number
  readonly points: number
  readonly totals: boolean
}
export type AskHistory = (asked: RangeAsked) => Promise<readonly SeriesColumns[]>

interface ViewsAsked<View> {
  readonly asked: readonly { readonly series: readonly Series[]; readonly viewOf: (columns: readonly SeriesColumns[]) => View }[]
  readonly at: number
  /** Longest interval at which one of them is read, ms. */
  readonly everyMs: number
  readonly isUnknown: (view: View) => boolean
  readonly range: AskHistory
}
export async function readViews<View>({ asked, at, everyMs, isUnknown, range }: ViewsAsked<View>): Promise<readonly View[]> {
  const ask = async (of: typeof asked, backMs: number, onMs = 1): Promise<readonly SeriesColumns[]> => {
    const all = of.flatMap(({ series }) => series)
    const chunks = Array.from({ length: Math.ceil(all.length / mostAtOnce) }, (_, place) => all.slice(place * mostAtOnce, (place + 1) * mostAtOnce))
    const answers = await Promise.all(chunks.map((series) => range({ series, from: at - backMs, to: at + onMs, points: 20, totals: true })))
    return answers.flat()
  }
  const viewsFrom = (of: typeof asked, columns: readonly SeriesColumns[]): readonly View[] => {
    let place = 0
    return of.map(({ series, viewOf }) => {
      const own = columns.slice(place, place + series.length)
      place += series.length
      return viewOf(own)
    })
  }
  const near = await ask(asked, reachMs([], everyMs))
  // The distant past only has wide buckets, which begin long before the moment.
  const reach = reachMs(near, everyMs)
  const views = viewsFrom(asked, reach > reachMs([], everyMs) ? await ask(asked, reach) : near)
  // Others would be read twice at each moment that the cursor passes.
  const places = views.flatMap((view, place) => (isUnknown(view) ? [place] : []))
  const unknown = places.flatMap((place) => asked[place] ?? [])
  const sparse = viewsFrom(unknown, await ask(unknown, sparseReachMs, sparseReachMs))
  const found = new Map(places.map((place, index) => [place, sparse[index]]))
  return views.map((view, place) => found.get(place) ?? view)
}
