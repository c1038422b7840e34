import type { Database } from 'better-sqlite3'

/** Probes of streams by their addresses. `secret`: the whole address, sealed, where it has secrets. */
export function migration0230Probes(db: Database): void {
  db.exec(`
    CREATE TABLE probes (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      settings TEXT,
      secret BLOB,
      created_at INTEGER NOT NULL
    ) STRICT;
  `)
}
