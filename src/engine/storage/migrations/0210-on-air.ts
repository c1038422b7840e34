import type { Database } from 'better-sqlite3'

/** Times on air that were entered in the console: `input` is JSON (`onAirInputSchema`). What their calendars had is kept in `calendars`. */
export function migration0210OnAir(db: Database): void {
  db.exec(`
    CREATE TABLE on_air (
      id TEXT PRIMARY KEY,
      input TEXT NOT NULL,
      by TEXT NOT NULL,
      added_at INTEGER NOT NULL
    ) STRICT;
  `)
}
