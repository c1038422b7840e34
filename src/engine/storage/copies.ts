import { closeSync, openSync, rmSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { classifyStorageError } from './storageTrouble.ts'

/** Lets SQLite make a consistent copy in one piece of work, even while others write. It is not yet synced to disk. `target` must not exist. */
export function vacuumInto(db: Database, target: string): void {
  createPrivateFile(target)
  db.prepare('VACUUM INTO ?').run(target)
}

/** Deletes an incomplete copy. */
export function removePart(part: string): void {
  for (const name of [part, `${part}-journal`]) rmSync(name, { force: true })
}

/** Deletes an incomplete copy, and ignores failures of the disk. */
export function dropPart(part: string): void {
  try {
    removePart(part)
  } catch (error) {
    if (classifyStorageError(error) === null) throw error
  }
}

/** Creates an empty file that only this user can read. SQLite would create a world-readable one, but accepts an existing empty file. */
const createPrivateFile = (file: string): void => closeSync(openSync(file, 'wx', 0o600))
