import type { Clock } from '../../clock/clock.ts'
import type { Log } from '../ports.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import type { AlarmRows } from './alarmRows.ts'

/** For so long closed alarms are moved each time, ms, and after a failure not before so many. */
const moveForMs = 10
const moveAgainMs = 60_000

export interface ClosedMovesDeps {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly log: Log
  readonly rows: Pick<AlarmRows, 'move' | 'shed' | 'isPastDamaged' | 'beginPastAnew'>
  /** Whether alarms.db was moved away: closed alarms wait in main.db until it is back. */
  readonly isPastAway: () => boolean
  /** Sets alarms.db aside, which is damaged, and begins a new one. Returns whether it did. */
  readonly beginPastAnew: () => boolean
}

/** Moves closed alarms to alarms.db, some with each call. What can't be moved stays in main.db, and is found there. A damaged alarms.db is begun anew. */
export function createClosedMoves({ clock, log, rows, isPastAway, beginPastAnew }: ClosedMovesDeps): () => void {
  let moveAt = Number.NEGATIVE_INFINITY
  return () => {
    const began = clock.monotonic()
    if (began < moveAt) return
    if (isPastAway()) return rows.shed()
    try {
      while (rows.move() && clock.monotonic() - began < moveForMs);
      if (!rows.isPastDamaged()) return
      // A disk that damages each file would fill up with them.
      moveAt = began + moveAgainMs
      if (!rows.beginPastAnew(clock.now(), beginPastAnew)) rows.shed()
    } catch (error) {
      const trouble = classifyStorageError(error)
      if (trouble === null) throw error
      moveAt = began + moveAgainMs
      log.warn({ trouble }, 'closed alarms cannot be moved to alarms.db now')
      if (trouble !== 'full') rows.shed()
    }
  }
}
