import { basename, join } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import type { Damage } from '../../shared/events.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { damageText } from '../storage/damageText.ts'
import type { WatchedDatabase } from '../storage/fileWatch.ts'
import { createLastingDatabase } from '../storage/lastingDatabase.ts'
import { shapeProblem } from '../storage/migrate.ts'
import { watchFile } from '../storage/movedFile.ts'
import { type Database, type DatabaseError, databaseErrorOf, openDatabase } from '../storage/openDatabase.ts'
import { setDatabaseAside } from '../storage/setAside.ts'
import { DamageFound } from '../storage/storageTrouble.ts'
import { sessionMigrations } from './sessionMigrations.ts'
import { readAllButBlocks } from './sessionRows.ts'

export function sessionsFile(dataDir: string): string {
  return join(dataDir, 'sessions.db')
}

/** The open sessions.db, which is watched for being moved away. */
export interface SessionsDatabase extends WatchedDatabase {
  readonly db: Database
  /** What was done where it could not be used. */
  readonly damage: Damage | null
}

/** Opens sessions.db. One that can't be used is renamed, and a new one begun. Its blocks are not read: they may have hundreds of megabytes. */
export function openSessionsDatabase(deps: {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly dataDir: string
}): Result<SessionsDatabase, DatabaseError> {
  const file = sessionsFile(deps.dataDir)
  const opened = openOrBegin(deps, file)
  if (!opened.ok) return opened
  const lasting = createLastingDatabase(opened.value.db)
  return ok({
    db: lasting.db,
    file,
    store: 'sessions',
    lasting,
    watched: watchFile(file, 'sessions'),
    reopen: () => openUsable(file),
    damage: opened.value.damage,
  })
}

function openOrBegin(
  { clock, log }: { readonly clock: Pick<Clock, 'now'>; readonly log: Log },
  file: string,
): Result<{ readonly db: Database; readonly damage: Damage | null }, DatabaseError> {
  const opened = openUsable(file)
  if (opened.ok) return ok({ db: opened.value, damage: null })
  if (opened.error.kind !== 'databaseDamaged') return opened
  const damage: Damage = { damage: 'sessionsBegunAnew', setAside: basename(setDatabaseAside(file, clock.now())) }
  log.error({ file, setAside: damage.setAside }, damageText(damage))
  const anew = openDatabase(file, { migrations: sessionMigrations })
  return anew.ok ? ok({ db: anew.value, damage }) : anew
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
