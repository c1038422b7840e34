/** How often and how long a path was live, and when last. Decides whether a path that is not configured is expected. */
export interface Learning {
  /** Epoch ms; NaN: never. */
  lastLiveAt: number
  /** Days in UTC on which it was live. */
  liveDays: number
  /** Total time on air, ms: observed between answers, plus what its server reports for the time before. */
  liveMs: number
}

const dayMs = 86_400_000
const daysUntilLearned = 3
const liveMsUntilLearned = dayMs
/** After this long without being live, a path counts as never seen. */
export const learningKeptMs = 30 * dayMs

const dayOf = (at: number) => Math.floor(at / dayMs)

/** A path is learned once it was live on three different days (UTC) or for 24 h in total, so an afternoon's test is never learned. */
export function isLearned({ liveDays, liveMs }: Readonly<Learning>): boolean {
  return liveDays >= daysUntilLearned || liveMs >= liveMsUntilLearned
}

/** Records that the path is live at `at`, and was so without a break since `from` or `lastLiveAt`, whichever is later; NaN: start unknown. */
export function recordLive(learning: Learning, at: number, from: number): void {
  const last = learning.lastLiveAt
  learning.lastLiveAt = at
  if (at <= last) return
  const since = Number.isNaN(from) ? at : Math.min(at, Number.isNaN(last) ? from : Math.max(last, from))
  const firstDay = dayOf(since)
  learning.liveDays += dayOf(at) - firstDay + (firstDay === dayOf(last) ? 0 : 1)
  learning.liveMs += at - since
}

/** Adds a complete stretch: live from `lastLiveAt` until `at`. */
export function extendLive(learning: Readonly<Learning>, at: number): Learning {
  const { lastLiveAt, liveDays, liveMs } = learning
  if (!(at > lastLiveAt)) return { ...learning }
  return { lastLiveAt: at, liveDays: liveDays + dayOf(at) - dayOf(lastLiveAt), liveMs: liveMs + at - lastLiveAt }
}
