import type { WatchedOf } from '../../shared/ruleKinds.ts'
import type { HourRanges, UsualInHour, UsualOfStreams } from '../usual/usual.ts'
import type { Levels } from './breaches.ts'

/** Usual values of streams now, or at the time that is being replayed. */
export type UsualNow = Pick<UsualOfStreams, 'rangesOf' | 'hourOf' | 'doubt'>
/** Usual values of one stream at a past time, as learned before it. */
export type UsualThen = (at: number) => UsualInHour

/** No usual values are known. */
export const nothingUsual: UsualNow = {
  rangesOf: () => null,
  hourOf: () => ({ range: null, hour: { weekday: 1, hour: 0, zone: 'UTC' } }),
  doubt: () => undefined,
}

/** Limits for the deviation on the side that the rule watches. */
export function unusualLevels({ side, levels }: WatchedOf<'unusual'>): Levels {
  return {
    side,
    levels: side === 'below' ? levels.map((level) => ({ ...level, limit: -level.limit, clear: -level.clear })) : levels,
  }
}

/** Ranges change hourly, and in all time zones hours begin at a quarter hour. */
const quarterMs = 900_000

/** Usual values at past times, for the streams of a server that they were learned for. */
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
