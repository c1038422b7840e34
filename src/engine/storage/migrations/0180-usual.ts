import type { Database } from 'better-sqlite3'

/**
 * What is usual for a stream by hour of the week: `ranges` as `engine/usual/usualRows.ts` packs them, empty if nothing is known yet. History has all that it is learned from.
 * `alarms_of_part` finds the alarms of a stream.
 */
export function migration0180Usual(db: Database): void {
  db.exec(`
    CREATE TABLE usual (
      server_id TEXT NOT NULL,
      path TEXT NOT NULL,
      metric TEXT NOT NULL,
      zone TEXT NOT NULL,
      learned_at INTEGER NOT NULL,
      ranges BLOB NOT NULL,
      PRIMARY KEY (server_id, path, metric)
    ) STRICT;
    CREATE INDEX alarms_of_part ON alarms (owner_id, path, raised_at);
  `)
}
