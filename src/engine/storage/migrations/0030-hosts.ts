import type { Database } from 'better-sqlite3'

/**
 * Hosts by stored id, stored like servers: `settings` is null if only the configuration file names the host.
 * `host_keys` are the SSH keys that an operator accepted for a `host:port`, no matter which hosts connect to it or
 * through it.
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
