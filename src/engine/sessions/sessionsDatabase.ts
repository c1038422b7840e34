import { join } from 'node:path'
import type { Result } from '../../shared/result.ts'
import type { Migration } from '../storage/migrate.ts'
import type { DatabaseError } from '../storage/openDatabase.ts'
import { type DataFolder, type OpenedOrBegun, openOrBegin } from '../storage/openOrBegin.ts'

/** Sessions that lasted longer are few, and have an index of their own: what was open at a moment long ago is found without reading all that ended since. */
export const longMs = 86_400_000

/**
 * Schema of sessions.db: who was connected to the servers. `list` is the server's list that a session is in, `id` its id there, of one that ended the first
 * 8 characters. `ended` is null for one that goes on; `ended_after` then says when it was seen first, else since when it was not seen any more (null: it
 * was until its end). `host` is the address without its port. `session_servers` has the names of servers, and when their sessions were seen last;
 * `sessions_kept` since when sessions are kept. Times are epoch ms.
 */
const schema = `
  CREATE TABLE sessions (
    no INTEGER PRIMARY KEY,
    server_id TEXT NOT NULL,
    list TEXT NOT NULL,
    id TEXT NOT NULL,
    protocol TEXT NOT NULL,
    role TEXT NOT NULL,
    path TEXT NOT NULL,
    remote_addr TEXT,
    host TEXT,
    user TEXT,
    user_agent TEXT,
    began INTEGER NOT NULL,
    ended INTEGER,
    ended_after INTEGER,
    bytes INTEGER,
    lost INTEGER,
    -- Not used any more.
    is_cdn INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX session_spans ON sessions (ended, began);
  CREATE INDEX long_sessions ON sessions (ended, began) WHERE ended - began > ${longMs};
  CREATE INDEX sessions_of_host ON sessions (host, ended, began);
  CREATE TABLE session_servers (server_id TEXT PRIMARY KEY, name TEXT NOT NULL, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE sessions_kept (since INTEGER NOT NULL) STRICT;
  -- What people watched through this console (viewing/viewLog.ts): how it ended (viewEnds), ended is null while it goes on or where that is unknown, why is JSON.
  CREATE TABLE views (
    no INTEGER PRIMARY KEY,
    person_id TEXT NOT NULL,
    person TEXT NOT NULL,
    server_id TEXT NOT NULL,
    server TEXT NOT NULL,
    path TEXT NOT NULL,
    way TEXT NOT NULL,
    began INTEGER NOT NULL,
    ended INTEGER,
    how TEXT NOT NULL,
    why TEXT,
    tries INTEGER NOT NULL
  ) STRICT;
`

/** Forms before were those of November 2026: tools/bringOver.ts. */
export const sessionMigrations: readonly Migration[] = [{ version: 4, run: (db) => void db.exec(schema) }]

function sessionsFile(dataDir: string): string {
  return join(dataDir, 'sessions.db')
}

/** Opens sessions.db. Sessions that ended are not read: there may be hundreds of megabytes. */
export function openSessionsDatabase({ dataDir, ...deps }: DataFolder): Result<OpenedOrBegun, DatabaseError> {
  return openOrBegin(deps, 'sessions', sessionsFile(dataDir), {
    migrations: sessionMigrations,
    reads: [
      'SELECT * FROM sessions WHERE ended IS NULL',
      'SELECT * FROM session_servers',
      'SELECT * FROM sessions_kept',
      'SELECT * FROM sessions ORDER BY no DESC LIMIT 100',
      'SELECT * FROM views ORDER BY no DESC LIMIT 100',
    ],
  })
}
