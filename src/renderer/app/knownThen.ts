import type { SeriesColumns } from '../../shared/history.ts'
import type { Server } from '../../shared/servers.ts'

/** From when to when nothing was recorded; null: not within what was looked at. */
export interface Unwatched {
  readonly from: number | null
  readonly to: number | null
}

/** Nothing is known of any server at that moment: nobody watched, or nothing is kept. Paused ones are known to be paused. */
export const nothingKnown = (servers: readonly Server[]): boolean => servers.every(({ state }) => state === 'unknown' || state === 'connecting')

/**
 * The stretch around a moment in which none of the series has anything; null where one of them has. `from` and `to` of the
 * question bound what is known of it.
 */
export const unwatchedAround = (columns: readonly SeriesColumns[], at: number, from: number, to: number): Unwatched | null => {
  let start = from
  let end = to
  for (const { at: times, gaps } of columns) {
    if (times.length === 0) continue
    const gap = gaps.find(([begin, finish]) => begin <= at && at < finish)
    const before = times.findLast((time) => time <= at)
    const after = times.find((time) => time > at)
    if (!gap && before !== undefined && after !== undefined) return null
    start = Math.max(start, gap?.[0] ?? before ?? from)
    end = Math.min(end, gap?.[1] ?? after ?? to)
  }
  return { from: start <= from ? null : start, to: end >= to ? null : end }
}
