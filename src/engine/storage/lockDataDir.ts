import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3, { type Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { classifyStorageError } from './storageTrouble.ts'

export interface DataDirLock {
  readonly [Symbol.dispose]: () => void
}

/** The kinds are those of `EngineStartError`. */
export interface LockError {
  readonly kind: 'dataDirInUse' | 'dataDirNotWritable'
  readonly words: string
}

/**
 * One engine a data folder. Makes the folder where it is missing.
 *
 * 1. The lock is the kernel's, taken by SQLite on `engine.lock`: it ends with its process, however that died,
 *    so there are no stale locks to judge, and a pid that was given away again means nothing.
 * 2. `engine.json` beside it only says who holds it, for words; nothing is decided by it.
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
    if (kind === 'busy')
      return err({
        kind: 'dataDirInUse',
        words: `Another mtxdeck${holderWords(holderFile)} uses ${dataDir}. Stop it first, or give this one another data folder.`,
      })
    const because = messageOf(error)
    if (kind === 'full') return err({ kind: 'dataDirNotWritable', words: `The disk of ${dataDir} is full. Free some space and start again.` })
    if (kind !== null) return err({ kind: 'dataDirNotWritable', words: `${dataDir} cannot be written (${because}). Check who owns it and what it allows.` })
    throw error
  }
  const held = db
  return ok({ [Symbol.dispose]: () => void held.close() })
}

function holderWords(file: string): string {
  try {
    const holder: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof holder !== 'object' || holder === null) return ''
    const { pid, since } = holder as Record<string, unknown>
    return ` (process ${Number(pid)}, started ${String(since)})`
  } catch {
    // It may be just being written: the refusal stands without it.
    return ''
  }
}
