import type { Database } from 'better-sqlite3'

/**
 * Servers by stored id. Rows with `settings` were entered by an operator; a row without is the id of a server
 * that only the configuration file names, kept so that its history stays its own.
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
