import { closeSync, openSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Database } from 'better-sqlite3'
import { classifyStorageError } from './storageTrouble.ts'

/** 256 KB per turn of the event loop: about 0.2 ms. */
const pagesAtOnce = 64
/** Turns between two syncs. Without them the last step would wait until the disk has written everything. */
const turnsPerSync = 16

/** Lets SQLite make a consistent copy in one piece of work, even while others write. It is not yet synced to disk. `target` must not exist. */
export function vacuumInto(db: Database, target: string): void {
  createPrivateFile(target)
  db.prepare('VACUUM INTO ?').run(target)
}

/**
 * Copies a database in small steps between other work, including everything that this connection writes until the copy is complete. An async caller continues
 * right after the last step, with no other work in between. `target` must not exist. A gigabyte takes some seconds; the last step is the longest, in which the
 * disk writes some 20 MB.
 * Rejects with the signal's reason once it is aborted.
 */
export async function copyInSteps(db: Database, target: string, signal: AbortSignal): Promise<void> {
  createPrivateFile(target)
  const handle = await open(target, 'r+')
  const disk = syncsOf(handle)
  let turns = 0
  try {
    await db.backup(target, {
      progress: () => {
        signal.throwIfAborted()
        if (turns === turnsPerSync && !disk.begin()) return 0
        turns = (turns % turnsPerSync) + 1
        return pagesAtOnce
      },
    })
  } finally {
    // Not awaited: others could write before the caller continues.
    void handle.close()
  }
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

/** Syncs a file in the background, one sync at a time. */
function syncsOf(handle: FileHandle) {
  let isSyncing = false
  const pause = new Int32Array(new SharedArrayBuffer(4))
  return {
    /** Begins a sync; false: the previous one has not ended. */
    begin: (): boolean => {
      // The copy calls this in every turn of the event loop: without a pause it would take a whole core.
      if (isSyncing) Atomics.wait(pause, 0, 0, 1)
      else {
        isSyncing = true
        const ended = () => {
          isSyncing = false
        }
        // If the disk fails, the last step fails, too.
        handle.datasync().then(ended, ended)
        return true
      }
      return false
    },
  }
}

/** Creates an empty file that only this user can read. SQLite would create a world-readable one, but accepts an existing empty file. */
const createPrivateFile = (file: string): void => closeSync(openSync(file, 'wx', 0o600))
