import type { Database } from 'better-sqlite3'
import type { ChangedAlarm } from './alarmLife.ts'
import { createAlarmLookup } from './alarmLookup.ts'
import { createAlarmReading } from './alarmReading.ts'
import { closedLimits, createAlarmStoring } from './alarmStoring.ts'
import type { ClosedRows } from './closedRows.ts'

/**
 * What is stored of alarms, with a room each for storing, looking one up and reading many: the only SQL on `alarms` and `alarm_changes`. main.db has the
 * open ones and those that have just been closed; these are moved to alarms.db, first stored there and then deleted here, so that each is always in one of
 * them. One that is in both is that of alarms.db.
 */
export function createAlarmRows(db: Database, past: ClosedRows, alongside: (changed: readonly ChangedAlarm[]) => void, limits = closedLimits) {
  const lookup = createAlarmLookup(db, past)
  return {
    ...lookup,
    ...createAlarmStoring(db, past, lookup, alongside, limits),
    ...createAlarmReading(db, past, lookup, limits),
    /** Whether alarms.db is damaged: closed ones that are not here can't be read. */
    isPastDamaged: past.isDamaged,
    /** As of `ClosedRows`. */
    pastFailures: past.failures,
  }
}
export type AlarmRows = ReturnType<typeof createAlarmRows>
