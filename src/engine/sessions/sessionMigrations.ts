import type { Migration } from '../storage/migrate.ts'

/**
 * Schema of sessions.db: who was connected to the servers. `open_sessions` has those that go on, for the next start; `ended_sessions` those that ended
 * lately; `session_blocks` all others, packed (`packedSessions.ts`). `span` is how long they lasted, by `spanOf`: those of one block lasted about equally
 * long, so that a moment is in few blocks. `sessions_kept` says since when they are kept, `session_servers` when those of
 * a server were seen last. Times are epoch ms.
 */
export const sessionMigrations: readonly Migration[] = [
  {
    version: 1,

    run: (db) => {
      db.exec(`
        CREATE TABLE open_sessions (
          server_id TEXT NOT NULL,
          list TEXT NOT NULL,
          id TEXT NOT NULL,
          began INTEGER NOT NULL,
          session TEXT NOT NULL,
          PRIMARY KEY (server_id, list, id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE ended_sessions (
          no INTEGER PRIMARY KEY,
          span INTEGER NOT NULL,
          began INTEGER NOT NULL,
          ended INTEGER NOT NULL,
          session TEXT NOT NULL
        ) STRICT;
        CREATE INDEX ended_sessions_by_span ON ended_sessions (span, no);
        CREATE TABLE session_blocks (
          no INTEGER PRIMARY KEY,
          span INTEGER NOT NULL,
          began_from INTEGER NOT NULL,
          ended_to INTEGER NOT NULL,
          count INTEGER NOT NULL,
          sessions BLOB NOT NULL
        ) STRICT;
        CREATE INDEX session_blocks_by_end ON session_blocks (ended_to);
        CREATE TABLE sessions_kept (since INTEGER NOT NULL) STRICT;
        CREATE TABLE session_servers (server_id TEXT PRIMARY KEY, name TEXT NOT NULL, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      `)
    },
  },
]
