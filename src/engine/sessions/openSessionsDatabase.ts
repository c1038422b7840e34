import { join } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import { err, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { shapeProblem } from '../storage/migrate.ts'
import { type Database, type DatabaseError, databaseErrorOf, openDatabase } from '../storage/openDatabase.ts'
import { type OpenedOrBegun, openOrBegin } from '../storage/openOrBegin.ts'
import { DamageFound } from '../storage/storageTrouble.ts'
import { sessionMigrations } from './sessionMigrations.ts'
import { readAllButBlocks } from './sessionRows.ts'

function sessionsFile(dataDir: string): string {
  return join(dataDir, 'sessions.db')
}

/** Opens sessions.db. Its blocks are not read: they may have hundreds of megabytes. */
export function openSessionsDatabase({
  dataDir,
  ...deps
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly dataDir: string
}): Result<OpenedOrBegun, DatabaseError> {
  const file = sessionsFile(dataDir)
  return openOrBegin(deps, 'sessions', file, () => openUsable(file))
}

/** Opens a file whose tables are as they should be, and can be read as far as each start and each session need them. */
function openUsable(file: string): Result<Database, DatabaseError> {
  const opened = openDatabase(file, { migrations: sessionMigrations })
  if (!opened.ok) return opened
  try {
    const problem = shapeProblem(opened.value, sessionMigrations)
    if (problem !== null) throw new DamageFound(problem)
    readAllButBlocks(opened.value)
    // All that writes tries again: nothing else is to wait for another process that holds it.
    opened.value.pragma('busy_timeout = 100')
    return opened
  } catch (error) {
    opened.value.close()
    const known = databaseErrorOf(file, error)
    if (known === null) throw error
    return err(known)
  }
}
