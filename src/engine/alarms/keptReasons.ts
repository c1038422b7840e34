import type { AlarmChange } from '../../shared/alarms.ts'
import type { AlarmRecord } from './alarmLife.ts'
import type { OpenAlarms } from './openAlarms.ts'

/** How often a reason that changes is stored at most, ms: one that has a figure may change with each poll. */
const leastGapMs = 60_000
/** And not before this part of its age has passed: that is some 50 steps in a day, and 100 in a year. */
const partOfAge = 8

interface Kept {
  /** When its reason was stored last. */
  readonly at: number
  /** It says something else since. */
  readonly isOwed: boolean
}

/** Remembers which alarms say something else than what is stored of their reasons, and says when it is to be stored. */
export function createKeptReasons() {
  /** Of alarms that have said something else since their onset. */
  const reasons = new Map<string, Kept>()
  let prunedAt = Number.NEGATIVE_INFINITY
  return {
    /** The step that is to be stored of an open alarm. `isOther`: it says something else than before. */
    step: ({ id, raisedAt, why, said }: AlarmRecord, isOther: boolean, at: number): readonly AlarmChange[] => {
      const known = reasons.get(id)
      if (!isOther && known?.isOwed !== true) return []
      // The clock may have been set back.
      const keptAt = Math.min(known?.at ?? raisedAt, at)
      const isDue = at - keptAt >= Math.max(leastGapMs, (at - raisedAt) / partOfAge)
      reasons.set(id, { at: isDue ? at : keptAt, isOwed: !isDue })
      return isDue ? [{ kind: 'why', at, why, ...(said !== undefined && { said }) }] : []
    },
    /** It is stored with an onset. */
    stored: (id: string, at: number): void => {
      if (reasons.has(id)) reasons.set(id, { at, isOwed: false })
    },
    /** Forgets alarms that are closed, once a minute: there may be 10,000. */
    prune: (open: Pick<OpenAlarms, 'get'>, at: number): void => {
      if (Math.abs(at - prunedAt) < leastGapMs) return
      prunedAt = at
      for (const id of reasons.keys()) if (open.get(id) === undefined) reasons.delete(id)
    },
  }
}
