import type { AlarmChange } from '../../shared/alarms.ts'
import type { AlarmRecord } from './alarmLife.ts'
import type { OpenAlarms } from './openAlarms.ts'

/** Minimum time between stored reasons of an alarm, ms: a reason with a figure may change with each poll. */
const leastGapMs = 60_000
/** The time is also at least this fraction of the alarm's age: about 50 reasons in a day, 100 in a year. */
const partOfAge = 8

interface StoredReason {
  /** When its reason was last stored. */
  readonly at: number
  /** Whether the reason has changed since. */
  readonly isUnstored: boolean
}

/** Remembers which alarms have a reason other than the stored one, and decides when to store it. */
export function createKeptReasons() {
  /** Alarms whose reason has changed since their onset. */
  const reasons = new Map<string, StoredReason>()
  let prunedAt = Number.NEGATIVE_INFINITY
  return {
    /** The change to store for an open alarm. `isOther`: its reason has just changed. */
    step: ({ id, raisedAt, why, said }: AlarmRecord, isOther: boolean, at: number): readonly AlarmChange[] => {
      const known = reasons.get(id)
      if (!isOther && known?.isUnstored !== true) return []
      // The clock may have been set back.
      const keptAt = Math.min(known?.at ?? raisedAt, at)
      const isDue = at - keptAt >= Math.max(leastGapMs, (at - raisedAt) / partOfAge)
      reasons.set(id, { at: isDue ? at : keptAt, isUnstored: !isDue })
      return isDue ? [{ kind: 'why', at, why, ...(said !== undefined && { said }) }] : []
    },
    /** The reason was stored with an onset. */
    stored: (id: string, at: number): void => {
      if (reasons.has(id)) reasons.set(id, { at, isUnstored: false })
    },
    /** Drops closed alarms, once a minute: there may be 10,000. */
    prune: (open: Pick<OpenAlarms, 'get'>, at: number): void => {
      if (Math.abs(at - prunedAt) < leastGapMs) return
      prunedAt = at
      for (const id of reasons.keys()) if (open.get(id) === undefined) reasons.delete(id)
    },
  }
}
