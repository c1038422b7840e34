import { copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import type { Damage } from '../../shared/events.ts'
import type { FileFault } from '../../shared/fileFaults.ts'
import { err, messageOf, ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { type BackupFile, backupFolder, listBackups } from './backups.ts'
import type { Migration } from './migrate.ts'
import { type DatabaseError, openDatabase } from './openDatabase.ts'
import { damageText } from './openOrBegin.ts'
import { databaseFiles, setDatabaseAside } from './setAside.ts'
import { classifyStorageError, storageError } from './storageTrouble.ts'
import { syncFile, syncFolder } from './syncFile.ts'

/** Marker file: a restore began to move its files into the folder and has not finished. */
export function unfinishedRestoreFile(dataDir: string): string {
  return join(dataDir, 'restore-unfinished.json')
}

export interface MainDatabase {
  readonly db: Database
  /** How this start handled a damaged or missing main.db; null: it was fine. */
  readonly damage: Damage | null
}

/**
 * Opens main.db after reading it whole. A damaged file is renamed together with its log and replaced by the newest good
 * backup, or by an empty database if there is none. A disk that is full, read-only or not responding is no damage: then
 * nothing is moved, and the error says what to do.
 */
export function openMain(deps: {
  readonly clock: Clock
  readonly log: Log
  readonly dataDir: string
  readonly migrations: readonly Migration[]
  readonly unreadable: (db: Database) => FileFault | null
}): Result<MainDatabase, DatabaseError> {
  const { clock, log, dataDir, migrations } = deps
  const file = join(dataDir, 'main.db')
  const folder = backupFolder(dataDir)
  const readWhole = { migrations, check: true, unreadable: deps.unreadable }
  const options = { ...readWhole, backUpInto: folder }

  if (existsSync(unfinishedRestoreFile(dataDir))) return err(storageError('databaseDamaged', { kind: 'restoreUnfinished', folder: dataDir }))
  const candidates = listBackups(folder, 'main')
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? null
  // An interrupted first start leaves an empty file, too. Only if there are backups was something lost.
  const isGone = (bytes === null || bytes === 0) && candidates.length > 0
  if (!isGone) {
    const opened = openDatabase(file, options)
    if (opened.ok) return ok({ db: opened.value, damage: null })
    if (opened.error.kind !== 'databaseDamaged') return opened
    log.error({ file }, opened.error.words)
  }

  const part = `${file}.restored`
  const removePart = () => {
    // A leftover log of another file would be read into this one.
    for (const name of [...databaseFiles(part), `${part}-journal`]) rmSync(name, { force: true })
  }
  let from: BackupFile | null = null
  try {
    for (const candidate of candidates) {
      removePart()
      copyFileSync(candidate.file, part)
      const tried = openDatabase(part, readWhole)
      if (tried.ok) {
        tried.value.close()
        from = candidate
        break
      }
      // A copy of another form holds what was there: an empty file must not begin beside it.
      if (tried.error.kind !== 'databaseDamaged') {
        removePart()
        return err(storageError(tried.error.kind, 'file' in tried.error.trouble ? { ...tried.error.trouble, file: candidate.file } : tried.error.trouble))
      }
      log.warn({ file: candidate.file }, `A backup of main.db is of no use: ${tried.error.words}`)
    }
    const setAside = setDatabaseAside(file, clock.now())
    if (from !== null) {
      syncFile(part)
      renameSync(part, file)
      syncFolder(dataDir)
    } else removePart()
    const opened = openDatabase(file, options)
    if (!opened.ok) return opened
    const damage: Damage = { damage: 'setAside', store: 'main', file: basename(file), setAside, backupAt: from?.madeAt ?? null }
    log.error({ setAside, from: from?.file ?? null }, damageText(damage))
    return ok({ db: opened.value, damage })
  } catch (error) {
    removePart()
    if (classifyStorageError(error) === null) throw error
    return err(storageError('dataDirNotWritable', { kind: 'notWritable', file: dataDir, because: messageOf(error) }))
  }
}
