import type { ReadTimeline } from './timeline.ts'

/** A server that does not answer hides all its streams: it weighs more than one of them. */
const downWeighs = 10
/** The engine's finest buckets that are worth a question. */
const fineMs = 2000
const points = 500
/** From three months to two seconds in steps of some hundred: it ends long before. */
const mostSteps = 6

/**
 * When most was wrong within a stretch: where somebody who opens it wants to look first. The first such moment where several are
 * as bad; null: nothing is known to have been wrong.
 */
export async function worstMoment(read: ReadTimeline, span: { readonly from: number; readonly to: number }): Promise<number | null> {
  let { from, to } = span
  let worstAt: number | null = null
  for (let step = 0; step < mostSteps && to > from; step++) {
    const { at, widthMs, troubled, down } = await read({ from, to, points })
    let worst = -1
    let most = 0
    at.forEach((begins, index) => {
      const wrong = (troubled[index] ?? 0) + downWeighs * (down[index] ?? 0)
      if (wrong > most && begins <= to && begins + widthMs > from) {
        most = wrong
        worst = index
      }
    })
    // Buckets of the stretch around may have held what lies just outside of it.
    if (worst < 0) break
    const begins = at[worst] as number
    // Its newest samples are known at a bucket's end.
    worstAt = Math.min(span.to, Math.max(span.from, begins + widthMs - 1))
    if (widthMs <= fineMs) break
    from = Math.max(from, begins)
    to = Math.min(to, begins + widthMs)
  }
  return worstAt
}
