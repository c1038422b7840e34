import type { Database } from 'better-sqlite3'

/**
 * Maintenance that was planned in the console: `input` is JSON (`maintenanceInputSchema`). `calendars` has the windows that each calendar had when it was
 * read last, as JSON of pairs of moments; its key does not show the calendar's address, which may be secret.
 */
export function migration0090Maintenance(db: Database): void {
  db.exec(`
    CREATE TABLE maintenance (
      id TEXT PRIMARY KEY,
      input TEXT NOT NULL,
      by TEXT NOT NULL,
      added_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE calendars (
      key TEXT PRIMARY KEY,
      windows TEXT NOT NULL
    ) STRICT;
  `)
}
