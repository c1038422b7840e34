import type { createConsoleGaps } from './consoleGaps.ts'
import type { ReadTimeline } from './timeline.ts'

/** Weight of a server that is down, in streams in trouble: all its streams are hidden. */
const downWeight = 10
/** The search stops at buckets of this width. */
const fineMs = 2000
const points = 500
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
    const { at, widthMs, troubled, down } = await read({ from, to, points })
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
