import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database, Statement } from 'better-sqlite3'
import type { FileFault } from '../../shared/fileFaults.ts'
import { err, messageOf, ok, type Result } from '../../shared/result.ts'
import { backupBeforeMigration } from './backups.ts'
import { openChecked } from './checkedDatabase.ts'
import { formOf, integrityProblem, latestForm, type Migration, migrate, otherForm, shapeProblem } from './migrate.ts'
import { attemptWrite, classifyStorageError, DamageFound, faultOf, type StorageError, storageError } from './storageTrouble.ts'

export type { Database } from 'better-sqlite3'

/** Longest wait for a lock held by another connection. */
const lockLimitMs = 5000

/** Why a database cannot be used. The kinds are those of `EngineStartError`. */
export type DatabaseError = StorageError<'databaseNewer' | 'databaseOlder' | 'databaseDamaged' | 'dataDirNotWritable'>

export interface OpenDatabaseOptions {
  readonly migrations: readonly Migration[]
  /** Read the whole file once to find damage, and verify the shape of its tables. Only for small databases: 1.6 GB take 21 s from a cold disk. */
  readonly check?: boolean
  /** Instead of `check`, for large databases: verify the shape of its tables, and read all that these queries find. */
  readonly reads?: readonly string[]
  /** Folder for a copy of an existing file, made before it is migrated to a newer form. */
  readonly backUpInto?: string
  /** With `check`: describes the content that can't be read; null: all can be read. */
  readonly unreadable?: (db: Database) => FileFault | null
  /** Give pages back to the disk in small steps (`incremental_vacuum`). Takes effect only on a new file. */
  readonly shrinks?: boolean
  readonly pageSize?: number
}

/**
 * Opens or creates a database with the settings that all our databases share: WAL, every commit safe against a power cut
 * (synchronous=FULL costs 0.3 ms; what the engine's thread writes is left to `DiskSync`), foreign keys on, migrated to this version.
 */
export function openDatabase(file: string, options: OpenDatabaseOptions): Result<Database, DatabaseError> {
  let db: Database | undefined
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    // SQLite would create a world-readable file; created here first, it keeps our permissions.
    if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600))
    db = openChecked(file, { timeout: lockLimitMs })
    if (options.check && isCutOff(db)) throw new DamageFound({ kind: 'cutOff' })
    const other = otherForm(formOf(db), options.migrations)
    if (other !== null) {
      db.close()
      const { is, form, known } = other
      if (is === 'newer') return err(storageError('databaseNewer', { kind: 'databaseNewer', file, form, known }))
      return err(storageError('databaseOlder', { kind: 'databaseOlder', file, folder: dirname(file), form, known }))
    }
    if (options.pageSize !== undefined) db.pragma(`page_size = ${options.pageSize}`)
    // Order matters: set after WAL, auto_vacuum is silently ignored.
    if (options.shrinks) db.pragma('auto_vacuum = INCREMENTAL')
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    db.pragma(`journal_size_limit = ${16 << 20}`)
    if (options.check) {
      const problem = integrityProblem(db) ?? shapeProblem(db, options.migrations)
      if (problem !== null) throw new DamageFound(problem)
    }
    const form = formOf(db)
    if (options.backUpInto !== undefined && form > 0 && form < latestForm(options.migrations)) {
      const copied = backupBeforeMigration(db, options.backUpInto)
      if (!copied.ok) {
        db.close()
        return err(storageError('dataDirNotWritable', copied.error))
      }
    }
    migrate(db, options.migrations)
    if (options.reads !== undefined) readAll(db, options.migrations, options.reads)
    const unreadable = options.check ? (options.unreadable?.(db) ?? null) : null
    if (unreadable !== null) throw new DamageFound(unreadable)
    return ok(db)
  } catch (error) {
    db?.close()
    const known = databaseErrorOf(file, error)
    if (known === null) throw error
    return err(known)
  }
}

function readAll(db: Database, migrations: readonly Migration[], queries: readonly string[]): void {
  const problem = shapeProblem(db, migrations)
  if (problem !== null) throw new DamageFound(problem)
  try {
    for (const query of queries) for (const _ of db.prepare(query).iterate());
  } catch (error) {
    // FTS5 reports damage as any error of SQL.
    throw classifyStorageError(error) === null ? new DamageFound(faultOf(error)) : error
  }
}

/** Loads SQLite's native code, which is otherwise loaded with the first file. */
export function loadSqlite(): void {
  void openChecked(':memory:', {}).close()
}

/** Opens an existing database read-only; others may write to it meanwhile. Throws SQLite's errors. */
export function openToRead(file: string): Database {
  return openChecked(file, { readonly: true, fileMustExist: true, timeout: lockLimitMs })
}

/** Brings the log of a database that others have open into it, and both to the disk. Returns whether all of it is there: somebody may read in the log, or the disk refuse it. */
export function checkpoint(file: string): boolean {
  let isWhole = false
  attemptWrite(() => {
    const db = openChecked(file, { fileMustExist: true, timeout: 0 })
    try {
      db.pragma('synchronous = FULL')
      const [{ busy, log, checkpointed }] = db.pragma('wal_checkpoint(PASSIVE)') as [{ busy: number; log: number; checkpointed: number }]
      isWhole = busy === 0 && log === checkpointed
    } finally {
      db.close()
    }
  })
  return isWhole
}

/** Classifies an error thrown while opening a database; null: a bug. */
export function databaseErrorOf(file: string, error: unknown): DatabaseError | null {
  switch (classifyStorageError(error)) {
    case 'damaged':
      return storageError('databaseDamaged', { kind: 'databaseDamaged', file, because: faultOf(error) })
    case 'full':
      return storageError('dataDirNotWritable', { kind: 'diskFull', folder: dirname(file) })
    case 'notWritable':
      return storageError('dataDirNotWritable', { kind: 'notWritable', file, because: messageOf(error) })
    case 'busy':
      return storageError('dataDirNotWritable', { kind: 'fileHeld', file })
    case null:
      return null
  }
}

/** Whether the file ends in the middle of a page. SQLite reads the rest of that page as zeros, and its own check may not notice. */
export function isCutOff(db: Database): boolean {
  // After a power cut the log still holds the page that was half written.
  if ((statSync(`${db.name}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return false
  return statSync(db.name).size % (db.pragma('page_size', { simple: true }) as number) !== 0
}

/** Prepares each statement on first use and caches it. Most queries need only a few of a file's statements. */
export type PrepareOnce = <P extends unknown[], R>(sql: string) => Statement<P, R>

export function preparedOnce(db: Database): PrepareOnce {
  const prepared = new Map<string, Statement>()
  return <P extends unknown[], R>(sql: string): Statement<P, R> => {
    const statement = prepared.get(sql) ?? db.prepare(sql)
    prepared.set(sql, statement)
    return statement as Statement<P, R>
  }
}
