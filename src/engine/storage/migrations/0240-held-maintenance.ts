import type { Database } from 'better-sqlite3'

/** Maintenance as it was: the windows that began, for whom (`scope` is JSON: tags, servers, streams), and until when they lasted or are to. */
export function migration0240HeldMaintenance(db: Database): void {
  db.exec(`
    CREATE TABLE held_maintenance (
      key TEXT PRIMARY KEY,
      scope TEXT NOT NULL,
      from_at INTEGER NOT NULL,
      to_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX held_maintenance_to ON held_maintenance (to_at);
  `)
}
