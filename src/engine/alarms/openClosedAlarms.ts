import { join } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import type { FileFault } from '../../shared/fileFaults.ts'
import { err, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { shapeProblem } from '../storage/migrate.ts'
import { type Database, type DatabaseError, databaseErrorOf, openDatabase } from '../storage/openDatabase.ts'
import { type OpenedOrBegun, openOrBegin } from '../storage/openOrBegin.ts'
import { DamageFound, faultOf } from '../storage/storageTrouble.ts'
import { closedMigrations } from './closedMigrations.ts'

export function closedAlarmsFile(dataDir: string): string {
  return join(dataDir, 'alarms.db')
}

/** Opens alarms.db. It is not checked completely: it may have a gigabyte. */
export function openClosedAlarms({
  dataDir,
  ...deps
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly dataDir: string
}): Result<OpenedOrBegun, DatabaseError> {
  const file = closedAlarmsFile(dataDir)
  return openOrBegin(deps, 'alarms', file, () => openUsable(file))
}

/** Opens a file after checking its tables: otherwise no statement could be prepared. */
function openUsable(file: string): Result<Database, DatabaseError> {
  const opened = openDatabase(file, { migrations: closedMigrations })
  if (!opened.ok) return opened
  const problem = indexProblem(opened.value) ?? shapeProblem(opened.value, closedMigrations)
  if (problem === null) return opened
  opened.value.close()
  return err(databaseErrorOf(file, new DamageFound(problem)) as DatabaseError)
}
/** FTS5 reports damage to the data that each query needs as an SQL error. */
function indexProblem(db: Database): FileFault | null {
  try {
    db.prepare("SELECT rowid FROM closed_words WHERE closed_words MATCH 'x' LIMIT 1").get()
    return null
  } catch (error) {
    return faultOf(error)
  }
}
