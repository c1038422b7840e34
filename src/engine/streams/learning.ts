/** How often and how long a path was live, and when last: what decides whether it is expected though no configuration names it. */
export interface Learning {
  /** Epoch ms; NaN: never. */
  lastLiveAt: number
  /** Days in UTC on which it was live. */
  liveDays: number
  /** Time on air in all, ms: what was seen from one answer to the next, and what its server says of the time before. */
  liveMs: number
}

const dayMs = 86_400_000
const daysUntilLearned = 3
const liveMsUntilLearned = dayMs
/** Not live for this long, a path starts again as one that was never seen. */
export const learningKeptMs = 30 * dayMs

const dayOf = (at: number) => Math.floor(at / dayMs)

/** Learned: live on three different days (UTC), or for 24 h in total. A test of an afternoon never is. */
export const isLearned = ({ liveDays, liveMs }: Readonly<Learning>): boolean => liveDays >= daysUntilLearned || liveMs >= liveMsUntilLearned

/** Notes that it is live, and was so all the time since `from`, as far as that is after `lastLiveAt`; NaN: since when is not known. */
export function noteLive(learning: Learning, at: number, from: number): void {
  const last = learning.lastLiveAt
  learning.lastLiveAt = at
  if (at <= last) return
  const since = Number.isNaN(from) ? at : Math.min(at, Number.isNaN(last) ? from : Math.max(last, from))
  const firstDay = dayOf(since)
  learning.liveDays += dayOf(at) - firstDay + (firstDay === dayOf(last) ? 0 : 1)
  learning.liveMs += at - since
}

/** The same for a stretch that is known as a whole: live from `lastLiveAt` until `at`. */
export function extendLive(learning: Readonly<Learning>, at: number): Learning {
  const { lastLiveAt, liveDays, liveMs } = learning
  if (!(at > lastLiveAt)) return { ...learning }
  return { lastLiveAt: at, liveDays: liveDays + dayOf(at) - dayOf(lastLiveAt), liveMs: liveMs + at - lastLiveAt }
}
