import type { Clock } from '../../clock/clock.ts'
import type { Log } from '../ports.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import type { AlarmRows } from './alarmRows.ts'

/** Maximum duration of moving closed alarms per call, ms, and the pause after a failure. */
const moveForMs = 10
const moveAgainMs = 60_000

interface ClosedMovesDeps {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Log
  readonly rows: Pick<AlarmRows, 'move' | 'discardExcess' | 'isClosedDbDamaged'>
  /** Whether alarms.db is missing: closed alarms stay in main.db until it is back. */
  readonly isClosedAlarmsMissing: () => boolean
  /** alarms.db is damaged: the next start sets it aside. */
  readonly onClosedAlarmsDamaged: () => void
}

/** Moves closed alarms to alarms.db, some per call. Alarms that can't be moved stay in main.db and are found there. */
export function createClosedMoves({ clock, log, rows, isClosedAlarmsMissing, onClosedAlarmsDamaged }: ClosedMovesDeps): () => void {
  let moveAt = Number.NEGATIVE_INFINITY
  return () => {
    const began = clock.monotonic()
    if (began < moveAt) return
    if (isClosedAlarmsMissing()) return rows.discardExcess()
    try {
      while (rows.move() && clock.monotonic() - began < moveForMs);
      if (!rows.isClosedDbDamaged()) return
      moveAt = began + moveAgainMs
      onClosedAlarmsDamaged()
      rows.discardExcess()
    } catch (error) {
      const trouble = classifyStorageError(error)
      if (trouble === null) throw error
      moveAt = began + moveAgainMs
      log.warn({ trouble }, 'closed alarms cannot be moved to alarms.db now')
      if (trouble !== 'full') rows.discardExcess()
    }
  }
}
