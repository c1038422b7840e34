import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3, { type Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { err, messageOf, ok, type Result } from '../../shared/result.ts'
import { classifyStorageError, type StorageError, storageError } from './storageTrouble.ts'

interface DataDirLock {
  readonly [Symbol.dispose]: () => void
}

/** The kinds are those of `EngineStartError`. */
type LockError = StorageError<'dataDirInUse' | 'dataDirNotWritable'>

/**
 * Locks the data folder, so that only one engine uses it. Creates the folder if it is missing.
 *
 * 1. The lock is a kernel lock that SQLite takes on `engine.lock`. It ends with its process, however that dies, so there
 *    are no stale locks to detect, and a reused pid does no harm.
 * 2. `engine.json` next to it only names the holder for messages; nothing is decided by it.
 */
export function lockDataDir(deps: { readonly clock: Clock; readonly dataDir: string }): Result<DataDirLock, LockError> {
  const { clock, dataDir } = deps
  const holderFile = join(dataDir, 'engine.json')
  const lockFile = join(dataDir, 'engine.lock')
  let db: Database | undefined
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    closeSync(openSync(lockFile, 'a', 0o600))
    db = new BetterSqlite3(lockFile, { timeout: 0 })
    db.exec('BEGIN EXCLUSIVE')
    writeFileSync(holderFile, `${JSON.stringify({ pid: process.pid, since: new Date(clock.now()).toISOString() })}\n`, { mode: 0o600 })
  } catch (error) {
    db?.close()
    const kind = classifyStorageError(error)
    if (kind === 'busy') return err(storageError('dataDirInUse', { kind: 'dataDirInUse', folder: dataDir, ...holderOf(holderFile) }))
    if (kind === 'full') return err(storageError('dataDirNotWritable', { kind: 'diskFull', folder: dataDir }))
    if (kind !== null) return err(storageError('dataDirNotWritable', { kind: 'notWritable', file: dataDir, because: messageOf(error) }))
    throw error
  }
  const held = db
  return ok({ [Symbol.dispose]: () => void held.close() })
}

function holderOf(file: string): { readonly pid: number | null; readonly since: string } {
  try {
    const { pid, since } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    return { pid: Number(pid), since: String(since) }
  } catch {
    // It may be half written; the lock is refused in any case.
    return { pid: null, since: '' }
  }
}
