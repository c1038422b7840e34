import type { Database } from './openDatabase.ts'

/** Writes without waiting for the disk, which would block the engine. A killed process loses nothing by that, a power cut may. */
export function unsynced(db: Database, write: () => void): void {
  db.pragma('synchronous = NORMAL')
  try {
    write()
  } finally {
    db.pragma('synchronous = FULL')
  }
}
