import { leastFactor } from '../../shared/ruleKinds/unusual.ts'
import { offUsualBy } from '../../shared/usual.ts'
import { createBreaches, type FigureKind } from './breaches.ts'
import type { Finder } from './findings.ts'
import type { FinderDeps } from './ruleKinds.ts'
import { type UsualNow, unusualLevels } from './unusualThen.ts'

/** The largest deviation of a stream since it left its usual range. */
interface Farthest {
  readonly value: number
  readonly off: number
  readonly at: number
}
/** Smaller deviations than any rule may watch are not remembered: variable bit rates are slightly outside their range all the time. */
const notableOff = leastFactor / 2

/** Calculates how far figures deviate from their usual range. A figure within its range costs two comparisons and no memory. */
export function unusualFigures({ rangesOf, hourOf }: UsualNow): FigureKind<'unusual'> {
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
    levels: unusualLevels,
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
          const off = offUsualBy(value, { low: least, high: most })
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

export function createUnusual({ rules, isJudged, usual }: FinderDeps): Finder {
  const breaches = createBreaches(unusualFigures(usual), rules, isJudged)
  return {
    ...breaches,
    findings: function* (judged) {
      for (const finding of breaches.findings(judged)) {
        // The encoder may have new settings; in that case the learned ranges are discarded.
        if (finding.subject.kind === 'stream') usual.doubt(finding.subject.serverId, finding.subject.path)
        yield finding
      }
    },
  }
}
