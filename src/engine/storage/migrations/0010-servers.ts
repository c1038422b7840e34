import type { Database } from 'better-sqlite3'

/**
 * Servers by stored id. Rows with `settings` were entered by an operator. A row without them keeps the id of a server
 * that only the configuration file names, so that it stays linked to its history.
 */
export function migration0010Servers(db: Database): void {
  db.exec(`
    CREATE TABLE servers (
      id TEXT PRIMARY KEY NOT NULL,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      settings TEXT,
      secret BLOB,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE settings (
      key TEXT PRIMARY KEY NOT NULL,
      value TEXT NOT NULL
    ) STRICT;
  `)
}
