import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { Damage } from '../../shared/events.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { damageText } from '../storage/damageText.ts'
import type { WatchedDatabase } from '../storage/fileWatch.ts'
import { createLastingDatabase } from '../storage/lastingDatabase.ts'
import { shapeProblem } from '../storage/migrate.ts'
import { watchFile } from '../storage/movedFile.ts'
import { type Database, type DatabaseError, databaseErrorOf, openDatabase } from '../storage/openDatabase.ts'
import { databaseFiles, setDatabaseAside } from '../storage/setAside.ts'
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
  /** Renames the file, which was found to be damaged while in use, and creates a new one. null: that failed for now (see `trouble`), and `db` may be closed. */
  readonly recreate: () => Damage | null
  /** Why no new file can be created; null: it can. */
  readonly trouble: () => ConsoleTrouble | null
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
  let trouble: ConsoleTrouble | null = null
  return ok({
    db: lasting.db,
    file,
    store: 'sessions',
    lasting,
    watched: watchFile(file, 'sessions'),
    reopen: () => openUsable(file),
    damage: opened.value.damage,
    recreate: () => {
      if (lasting.db.open) lasting.db.close()
      const anew = beginAnew(deps, file)
      trouble = anew.ok ? null : anew.error.trouble
      if (!anew.ok) {
        deps.log.error({ file }, anew.error.words)
        return null
      }
      lasting.replace(anew.value.db)
      return anew.value.damage
    },
    trouble: () => trouble,
  })
}

function openOrBegin(
  deps: { readonly clock: Pick<Clock, 'now'>; readonly log: Log },
  file: string,
): Result<{ readonly db: Database; readonly damage: Damage | null }, DatabaseError> {
  const opened = openUsable(file)
  if (opened.ok) return ok({ db: opened.value, damage: null })
  return opened.error.kind === 'databaseDamaged' ? beginAnew(deps, file) : opened
}

/** Sets a damaged file aside and creates a new one. */
function beginAnew(
  { clock, log }: { readonly clock: Pick<Clock, 'now'>; readonly log: Log },
  file: string,
): Result<{ readonly db: Database; readonly damage: Damage }, DatabaseError> {
  let aside = file
  try {
    // A previous attempt may have come this far.
    if (databaseFiles(file).some((one) => existsSync(one))) aside = setDatabaseAside(file, clock.now())
  } catch (error) {
    const known = databaseErrorOf(file, error)
    if (known === null) throw error
    return err(known)
  }
  const anew = openUsable(file)
  if (!anew.ok) return anew
  const damage: Damage = { damage: 'sessionsBegunAnew', setAside: basename(aside) }
  log.error({ file, setAside: damage.setAside }, damageText(damage))
  return ok({ db: anew.value, damage })
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
