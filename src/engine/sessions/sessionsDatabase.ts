import { join } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import { err, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { type Migration, shapeProblem } from '../storage/migrate.ts'
import { type Database, type DatabaseError, databaseErrorOf, openDatabase } from '../storage/openDatabase.ts'
import { type OpenedOrBegun, openOrBegin } from '../storage/openOrBegin.ts'
import { DamageFound } from '../storage/storageTrouble.ts'

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
    lost INTEGER
  ) STRICT;
  CREATE INDEX session_spans ON sessions (ended, began);
  CREATE INDEX long_sessions ON sessions (ended, began) WHERE ended - began > ${longMs};
  CREATE INDEX sessions_of_host ON sessions (host, ended, began);
  CREATE TABLE session_servers (server_id TEXT PRIMARY KEY, name TEXT NOT NULL, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE sessions_kept (since INTEGER NOT NULL) STRICT;
`

export const sessionMigrations: readonly Migration[] = [{ version: 1, run: (db) => void db.exec(schema) }]

export function sessionsFile(dataDir: string): string {
  return join(dataDir, 'sessions.db')
}

/** Opens sessions.db. Sessions that ended are not read: there may be hundreds of megabytes. */
export function openSessionsDatabase({
  dataDir,
  ...deps
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly dataDir: string
}): Result<OpenedOrBegun, DatabaseError> {
  const file = sessionsFile(dataDir)
  return openOrBegin(deps, 'sessions', file, () => openUsable(file))
}

/** Opens a file whose tables are as they should be, and can be read as far as each start and each session need them. */
function openUsable(file: string): Result<Database, DatabaseError> {
  const opened = openDatabase(file, { migrations: sessionMigrations })
  if (!opened.ok) return opened
  const db = opened.value
  try {
    const problem = shapeProblem(db, sessionMigrations)
    if (problem !== null) throw new DamageFound(problem)
    for (const from of ['sessions WHERE ended IS NULL', 'session_servers', 'sessions_kept', '(SELECT * FROM sessions ORDER BY no DESC LIMIT 100)'])
      for (const _ of db.prepare(`SELECT * FROM ${from}`).iterate());
    // All that writes tries again: nothing else is to wait for another process that holds it.
    db.pragma('busy_timeout = 100')
    return opened
  } catch (error) {
    db.close()
    const known = databaseErrorOf(file, error)
    if (known === null) throw error
    return err(known)
  }
}
