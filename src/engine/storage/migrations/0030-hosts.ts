import type { Database } from 'better-sqlite3'

/**
 * Hosts by stored id, as servers are kept: `settings` null is the id of a host that only the configuration file names.
 * `host_keys` are the keys that somebody compared and accepted, for `host:port`, whichever hosts are there or
 * behind it.
 */
export function migration0030Hosts(db: Database): void {
  db.exec(`
    CREATE TABLE hosts (
      id TEXT PRIMARY KEY NOT NULL,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      settings TEXT,
      secret BLOB,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE host_keys (
      target TEXT NOT NULL,
      key_type TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      accepted_at INTEGER NOT NULL,
      PRIMARY KEY (target, fingerprint)
    ) STRICT, WITHOUT ROWID;
  `)
}
