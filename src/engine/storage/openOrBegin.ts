import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import { eventText } from '../../i18n/eventText.ts'
import { type Damage, newEvent } from '../../shared/events.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { type Database, type DatabaseError, databaseErrorOf, type OpenDatabaseOptions, openDatabase } from './openDatabase.ts'
import { setDatabaseAside } from './setAside.ts'
import { classifyStorageError, damageOf, storageError } from './storageTrouble.ts'

/** Describes in English what was done about a damaged file, for the log. */
export function damageText(damage: Damage): string {
  return eventText(newEvent('storeDamaged', 0, damage), 'en')
}

/** An open database, and what was done where the file could not be used; null: it was fine. */
export interface OpenedOrBegun {
  readonly db: Database
  readonly damage: (Damage & { readonly damage: 'setAside' }) | null
}

/** Marker file: the database was found to be damaged while it was in use, which its next start need not notice. */
function damageMarker(file: string): string {
  return `${file}-damaged`
}

/** Has the next start set this database aside. Where the disk refuses that, only what the start reads itself is noticed. */
export function noteDamaged(file: string): void {
  try {
    closeSync(openSync(damageMarker(file), 'a', 0o600))
  } catch (error) {
    if (classifyStorageError(error) === null) throw error
  }
}

/** Where a database of its own is opened. */
export interface DataFolder {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly dataDir: string
}

/** The policy for every database of which there are no backups: a damaged file is set aside, and an empty one begun. */
export function openOrBegin(
  { clock, log }: Omit<DataFolder, 'dataDir'>,
  store: (Damage & { readonly damage: 'setAside' })['store'],
  file: string,
  options: OpenDatabaseOptions,
): Result<OpenedOrBegun, DatabaseError> {
  const marker = damageMarker(file)
  const opened = existsSync(marker)
    ? err(storageError('databaseDamaged', { kind: 'databaseDamaged', file, because: damageOf('found while it was in use') }))
    : openDatabase(file, options)
  if (opened.ok) return ok({ db: opened.value, damage: null })
  if (opened.error.kind !== 'databaseDamaged') return opened
  try {
    const setAside = setDatabaseAside(file, clock.now())
    rmSync(marker, { force: true })
    const begun = openDatabase(file, options)
    if (!begun.ok) return begun
    const damage = { damage: 'setAside', store, file: basename(file), setAside, backupAt: null } as const
    log.error({ file, setAside, because: opened.error.words }, damageText(damage))
    return ok({ db: begun.value, damage })
  } catch (error) {
    const known = databaseErrorOf(file, error)
    if (known === null) throw error
    return err(known)
  }
}
