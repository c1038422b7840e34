import { basename, join } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import type { Damage } from '../../shared/events.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { damageText } from '../storage/damageText.ts'
import { type Database, type DatabaseError, openDatabase } from '../storage/openDatabase.ts'
import { setDatabaseAside } from '../storage/setAside.ts'
import { sessionMigrations } from './sessionMigrations.ts'

export const sessionsFile = (dataDir: string): string => join(dataDir, 'sessions.db')

/** Opens sessions.db. One that can't be opened is renamed, and a new one begun. It is not read whole: it may have hundreds of megabytes. */
export function openSessionsDatabase({
  clock,
  log,
  dataDir,
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly dataDir: string
}): Result<{ readonly db: Database; readonly damage: Damage | null }, DatabaseError> {
  const file = sessionsFile(dataDir)
  const opened = openDatabase(file, { migrations: sessionMigrations })
  if (opened.ok) return ok({ db: opened.value, damage: null })
  if (opened.error.kind !== 'databaseDamaged') return opened
  const damage: Damage = { damage: 'sessionsBegunAnew', setAside: basename(setDatabaseAside(file, clock.now())) }
  log.error({ file, setAside: damage.setAside }, damageText(damage))
  const anew = openDatabase(file, { migrations: sessionMigrations })
  return anew.ok ? ok({ db: anew.value, damage }) : anew
}
