import type { ReadTimeline } from './timeline.ts'

/** Weight of a server that is down, in streams in trouble: all its streams are hidden. */
const downWeight = 10
/** The search stops at buckets of this width. */
const fineMs = 2000
const points = 500
/** Safety limit: each step narrows the span some hundred times, so three months reach two seconds in fewer. */
const mostSteps = 6

/**
 * The moment within `span` with the most trouble, shown first when a bundle is opened. The earliest one if several are equally
 * bad; null: no trouble is known.
 */
export async function worstMoment(read: ReadTimeline, span: { readonly from: number; readonly to: number }): Promise<number | null> {
  let { from, to } = span
  let worstAt: number | null = null
  for (let step = 0; step < mostSteps && to > from; step++) {
    const { at, widthMs, troubled, down } = await read({ from, to, points })
    let worst = -1
    let most = 0
    at.forEach((begins, index) => {
      const wrong = (troubled[index] ?? 0) + downWeight * (down[index] ?? 0)
      if (wrong > most && begins <= to && begins + widthMs > from) {
        most = wrong
        worst = index
      }
    })
    // A coarser bucket may have counted trouble just outside the narrower span.
    if (worst < 0) break
    const begins = at[worst] as number
    // At the bucket's end all of its samples are known.
    worstAt = Math.min(span.to, Math.max(span.from, begins + widthMs - 1))
    if (widthMs <= fineMs) break
    from = Math.max(from, begins)
    to = Math.min(to, begins + widthMs)
  }
  return worstAt
}
