import type { Database } from 'better-sqlite3'

/**
 * Who says that a stream is expected (`engine/streams/expectation.ts`). What was learned of it by days and hours becomes a time, so that an upgrade
 * does not stop watching anything.
 */
export function migration0290ExpectedStreams(db: Database): void {
  db.exec(`
    CREATE TABLE expected_streams (
      server_id TEXT NOT NULL,
      path TEXT NOT NULL,
      by TEXT NOT NULL,
      since INTEGER NOT NULL,
      expects INTEGER NOT NULL,
      operator TEXT,
      PRIMARY KEY (server_id, path)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE seen_streams ADD COLUMN learned_at INTEGER;
    UPDATE seen_streams SET learned_at = last_live_at WHERE live_days >= 3 OR live_ms >= 86400000;
    ALTER TABLE seen_streams DROP COLUMN live_days;
    ALTER TABLE seen_streams DROP COLUMN live_ms;
  `)
}
