import type { Database } from 'better-sqlite3'

/**
 * Paths that were seen live: the expected streams until there is an inventory. `looked_at` is when a server was last
 * polled: up to that time its `live` paths were live.
 */
export function migration0020SeenStreams(db: Database): void {
  db.exec(`
    CREATE TABLE seen_streams (
      server_id TEXT NOT NULL,
      path TEXT NOT NULL,
      last_live_at INTEGER NOT NULL,
      live INTEGER NOT NULL,
      PRIMARY KEY (server_id, path)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE seen_servers (
      server_id TEXT PRIMARY KEY NOT NULL,
      looked_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `)
}
