import type { Database } from 'better-sqlite3'
import type { ChangedAlarm } from './alarmLife.ts'
import { createAlarmLookup } from './alarmLookup.ts'
import { createAlarmReading } from './alarmReading.ts'
import { closedLimits, createAlarmStoring } from './alarmStoring.ts'
import type { ClosedRows } from './closedRows.ts'

/**
 * The stored alarms; writing, lookup and reading each have a file of their own. The only SQL on `alarms` and `alarm_changes`. main.db has the open alarms and
 * recently closed ones; these are moved to alarms.db: stored there first and then deleted here, so that each is always in at least one of them. If it is
 * in both, alarms.db counts.
 */
export function createAlarmRows(db: Database, past: ClosedRows, alongside: (changed: readonly ChangedAlarm[]) => void, limits = closedLimits) {
  const lookup = createAlarmLookup(db, past)
  return {
    ...lookup,
    ...createAlarmStoring(db, past, lookup, alongside, limits),
    ...createAlarmReading(db, past, lookup, limits),
    /** Whether alarms.db is damaged: closed alarms in it can't be read. */
    isClosedDbDamaged: past.isDamaged,
    /** See `ClosedRows`. */
    closedReadFailures: past.failures,
  }
}
export type AlarmRows = ReturnType<typeof createAlarmRows>
