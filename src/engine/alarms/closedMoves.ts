import type { Clock } from '../../clock/clock.ts'
import type { Log } from '../ports.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import type { AlarmRows } from './alarmRows.ts'

/** Maximum duration of moving closed alarms per call, ms, and the pause after a failure. */
const moveForMs = 10
const moveAgainMs = 60_000

interface ClosedMovesDeps {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly log: Log
  readonly rows: Pick<AlarmRows, 'move' | 'discardExcess' | 'isClosedDbDamaged' | 'recreateClosedAlarms'>
  /** Whether alarms.db is missing: closed alarms stay in main.db until it is back. */
  readonly isClosedAlarmsMissing: () => boolean
  /** Sets the damaged alarms.db aside and creates a new one. Returns whether it succeeded. */
  readonly recreateClosedAlarms: () => boolean
}

/** Moves closed alarms to alarms.db, some per call. Alarms that can't be moved stay in main.db and are found there. A damaged alarms.db is recreated. */
export function createClosedMoves({ clock, log, rows, isClosedAlarmsMissing, recreateClosedAlarms }: ClosedMovesDeps): () => void {
  let moveAt = Number.NEGATIVE_INFINITY
  return () => {
    const began = clock.monotonic()
    if (began < moveAt) return
    if (isClosedAlarmsMissing()) return rows.discardExcess()
    try {
      while (rows.move() && clock.monotonic() - began < moveForMs);
      if (!rows.isClosedDbDamaged()) return
      // A disk that damages every new file would otherwise fill up with them.
      moveAt = began + moveAgainMs
      if (!rows.recreateClosedAlarms(clock.now(), recreateClosedAlarms)) rows.discardExcess()
    } catch (error) {
      const trouble = classifyStorageError(error)
      if (trouble === null) throw error
      moveAt = began + moveAgainMs
      log.warn({ trouble }, 'closed alarms cannot be moved to alarms.db now')
      if (trouble !== 'full') rows.discardExcess()
    }
  }
}
