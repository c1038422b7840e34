import type { Clock } from '../../clock/clock.ts'
import { offBaselineBy } from '../../shared/baselines.ts'
import { leastFactor } from '../../shared/ruleKinds/offBaseline.ts'
import type { WatchedOf } from '../../shared/ruleKinds.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import type { BaselineInHour, Baselines, HourRanges } from '../baselines/baselines.ts'
import { createBreaches, type FigureKind, type Levels } from './breaches.ts'
import type { Finder } from './findings.ts'
import type { RuleSet } from './ruleSet.ts'
import type { IsOffPlan } from './states.ts'

/** Usual values of streams now, or at the time that is being replayed. */
export type BaselinesNow = Pick<Baselines, 'rangesOf' | 'hourOf'>
/** Usual values of one stream at a past time, as learned before it. */
export type BaselineThen = (at: number) => BaselineInHour

/** No usual values are known. */
export const noBaselines: BaselinesNow = {
  rangesOf: () => null,
  hourOf: () => ({ range: null, hour: { weekday: 1, hour: 0, zone: 'UTC' } }),
}

/** Limits for the deviation on the side that the rule watches. */
export function offBaselineLevels({ side, levels }: WatchedOf<'unusual'>): Levels {
  return {
    side,
    levels: side === 'below' ? levels.map((level) => ({ ...level, limit: -level.limit, clear: -level.clear })) : levels,
  }
}

/** Ranges change hourly, and in all time zones hours begin at a quarter hour. */
const quarterMs = 900_000

/** Usual values at past times, for the streams of a server that they were learned for. */
export function baselinesThen(streams: ReadonlyMap<string, BaselineThen>): BaselinesNow {
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
    hourOf: (serverId, path, at) => streams.get(path)?.(at) ?? noBaselines.hourOf(serverId, path, at),
  }
}

/** The largest deviation of a stream since it left its usual range. */
interface Farthest {
  readonly value: number
  readonly off: number
  readonly at: number
}
/** Smaller deviations than any rule may watch are not remembered: variable bit rates are slightly outside their range all the time. */
const notableOff = leastFactor / 2

/** Calculates how far figures deviate from their usual range. A figure within its range costs two comparisons and no memory. */
function offBaselineFigures({ rangesOf, hourOf }: BaselinesNow): FigureKind<'unusual'> {
  const farthest = new Map<string, Map<string, Farthest>>()
  const ofOwner = (ownerId: string) => {
    const known = farthest.get(ownerId) ?? new Map<string, Farthest>()
    farthest.set(ownerId, known)
    return known
  }
  return {
    kind: 'unusual',
    alarm: 'offUsual',
    metrics: ({ metric }) => [metric],
    levels: offBaselineLevels,
    figures: () => ({
      of: ({ ownerId, at, parts, values, columns: [column = 0], isLive }) => {
        const ranges = parts === null ? null : rangesOf(ownerId, parts, at)
        if (ranges === null || parts === null) return () => Number.NaN
        const { low, high } = ranges
        const noted = ofOwner(ownerId)
        return (row, from) => {
          const value = values[from + column] as number
          const [least, most] = [low[row] as number, high[row] as number]
          const path = parts[row] as string
          if (value >= least && value <= most) {
            if (noted.size > 0) noted.delete(path)
            return 0
          }
          const off = offBaselineBy(value, { low: least, high: most })
          if (Math.abs(off) > Math.abs(noted.get(path)?.off ?? notableOff) && isLive(from)) noted.set(path, { value, off, at })
          return off
        }
      },
      forget: (ownerId) => void farthest.delete(ownerId),
    }),
    why: ({ subject, watches: { metric }, worst, level, seenAt }) => {
      const [serverId, path] = subject.kind === 'stream' ? [subject.serverId, subject.path] : ['', '']
      const { value = 0, at = seenAt } = farthest.get(serverId)?.get(path) ?? {}
      const { range, hour } = hourOf(serverId, path, at)
      const { low = value, high = value, weeks = 0 } = range ?? {}
      return { kind: 'offUsual', metric, side: worst < 0 ? 'below' : 'above', value, factor: Math.abs(level.limit), low, high, weeks, ...hour }
    },
  }
}

export function createOffBaseline({ rules, isEvaluated, baseline }: FinderDeps): Finder {
  return createBreaches(offBaselineFigures(baseline), rules, isEvaluated)
}
export interface FinderDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly rules: RuleSet
  /** Whether a rule applies to a subject within its scope. */
  readonly isEvaluated: (rule: string, subject: Subject) => boolean
  readonly isOffPlan: IsOffPlan
  readonly baseline: BaselinesNow
}
