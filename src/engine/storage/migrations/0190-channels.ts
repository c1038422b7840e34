import type { Database } from 'better-sqlite3'

/**
 * Channels and routes that were entered in the console. `sealed` is JSON as it was typed, with secrets, sealed like the credentials of servers;
 * `entries` of a route is JSON as it was typed.
 */
export function migration0190Channels(db: Database): void {
  db.exec(`
    CREATE TABLE channels (
      name TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      origin TEXT NOT NULL,
      sealed BLOB NOT NULL,
      by TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE routes (
      id TEXT PRIMARY KEY,
      place INTEGER NOT NULL,
      entries TEXT NOT NULL,
      by TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;
  `)
}
