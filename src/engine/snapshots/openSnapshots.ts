import { basename } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import type { Damage } from '../../shared/events.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { damageText } from '../storage/damageText.ts'
import { shapeProblem } from '../storage/migrate.ts'
import { type Database, type DatabaseError, databaseErrorOf, openDatabase } from '../storage/openDatabase.ts'
import { setDatabaseAside } from '../storage/setAside.ts'
import { DamageFound } from '../storage/storageTrouble.ts'
import { snapshotsFile } from './snapshotFiles.ts'
import { snapshotMigrations } from './snapshotMigrations.ts'

/** Opens the index of snapshots. A damaged one is renamed, and a new one begun: its pictures stay in their folders until those are due to be deleted. */
export function openSnapshots({
  clock,
  log,
  dataDir,
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly dataDir: string
}): Result<{ readonly db: Database; readonly damage: Damage | null }, DatabaseError> {
  const file = snapshotsFile(dataDir)
  const opened = openUsable(file)
  if (opened.ok) return ok({ db: opened.value, damage: null })
  if (opened.error.kind !== 'databaseDamaged') return opened
  const damage: Damage = { damage: 'snapshotsBegunAnew', setAside: basename(setDatabaseAside(file, clock.now())) }
  log.error({ file, setAside: damage.setAside }, damageText(damage))
  const anew = openDatabase(file, { migrations: snapshotMigrations })
  return anew.ok ? ok({ db: anew.value, damage }) : anew
}

/** A hundred thousand rows are read in some ms. */
function damageIn(db: Database): string | null {
  try {
    const found = db.pragma('quick_check(1)', { simple: true })
    return found === 'ok' ? null : String(found)
  } catch (error) {
    return messageOf(error)
  }
}

function openUsable(file: string): Result<Database, DatabaseError> {
  const opened = openDatabase(file, { migrations: snapshotMigrations })
  if (!opened.ok) return opened
  const problem = shapeProblem(opened.value, snapshotMigrations) ?? damageIn(opened.value)
  if (problem === null) return opened
  opened.value.close()
  return err(databaseErrorOf(file, new DamageFound(problem)) as DatabaseError)
}
