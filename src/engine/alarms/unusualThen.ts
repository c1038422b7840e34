import type { WatchedOf } from '../../shared/ruleKinds.ts'
import type { HourRanges, UsualInHour, UsualOfStreams } from '../usual/usual.ts'
import type { Levels } from './breaches.ts'

/** What is usual for streams now, or at the moment that is played. */
export type UsualNow = Pick<UsualOfStreams, 'rangesOf' | 'hourOf' | 'doubt'>
/** What was usual for one stream at a moment, as it was learned before. */
export type UsualThen = (at: number) => UsualInHour

/** Nothing is known to be usual. */
export const nothingUsual: UsualNow = {
  rangesOf: () => null,
  hourOf: () => ({ range: null, hour: { weekday: 1, hour: 0, zone: 'UTC' } }),
  doubt: () => undefined,
}

/** How far off it is, on the side that is watched. */
export function unusualLevels({ side, levels }: WatchedOf<'unusual'>): Levels {
  return {
    side,
    levels: side === 'below' ? levels.map((level) => ({ ...level, limit: -level.limit, clear: -level.clear })) : levels,
  }
}

/** Ranges change by the hour, and hours of all zones begin with a quarter hour. */
const quarterMs = 900_000

/** The same of the past, for those streams of a server of which it was learned. */
export function usualThen(streams: ReadonlyMap<string, UsualThen>): UsualNow {
  let known: { readonly parts: readonly string[]; readonly quarter: number; readonly ranges: HourRanges } | null = null
  return {
    rangesOf: (_, parts, at) => {
      const quarter = Math.floor(at / quarterMs)
      if (known?.parts === parts && known.quarter === quarter) return known.ranges
      const all = parts.map((path) => streams.get(path)?.(at).range ?? null)
      const ranges = {
        low: Float32Array.from(all, (range) => range?.low ?? Number.NaN),
        high: Float32Array.from(all, (range) => range?.high ?? Number.NaN),
      }
      known = { parts, quarter, ranges }
      return ranges
    },
    hourOf: (serverId, path, at) => streams.get(path)?.(at) ?? nothingUsual.hourOf(serverId, path, at),
    doubt: () => undefined,
  }
}
