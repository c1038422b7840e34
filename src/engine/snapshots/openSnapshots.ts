import { basename } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import type { Damage } from '../../shared/events.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { damageText } from '../storage/damageText.ts'
import { type Database, type DatabaseError, openDatabase } from '../storage/openDatabase.ts'
import { setDatabaseAside } from '../storage/setAside.ts'
import { snapshotsFile } from './snapshotFiles.ts'
import { snapshotMigrations } from './snapshotMigrations.ts'

/** Opens the index of snapshots. A damaged one is renamed and a new one created; its pictures stay until their folders are due to be deleted. */
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
  // It is checked whole: the rows of a hundred thousand pictures are some megabytes.
  const opened = openDatabase(file, { migrations: snapshotMigrations, check: true })
  if (opened.ok) return ok({ db: opened.value, damage: null })
  if (opened.error.kind !== 'databaseDamaged') return opened
  const damage: Damage = { damage: 'snapshotsBegunAnew', setAside: basename(setDatabaseAside(file, clock.now())) }
  log.error({ file, setAside: damage.setAside }, damageText(damage))
  const created = openDatabase(file, { migrations: snapshotMigrations })
  return created.ok ? ok({ db: created.value, damage }) : created
}
