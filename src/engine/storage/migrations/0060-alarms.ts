import type { Database } from 'better-sqlite3'

/**
 * Alarms, and what became of each. `alarm` and `change` are JSON (`alarmSchema` without its state, `alarmChangeSchema`); the other columns repeat
 * what is searched for. `owner_id` is the server or host, `path` is NULL for the server itself.
 */
export function migration0060Alarms(db: Database): void {
  db.exec(`
    CREATE TABLE alarms (
      id TEXT PRIMARY KEY NOT NULL,
      owner_id TEXT NOT NULL,
      path TEXT,
      severity TEXT NOT NULL,
      raised_at INTEGER NOT NULL,
      closed_at INTEGER,
      alarm TEXT NOT NULL
    ) STRICT;
    CREATE INDEX open_alarms ON alarms (id) WHERE closed_at IS NULL;
    CREATE INDEX closed_alarms ON alarms (raised_at) WHERE closed_at IS NOT NULL;
    CREATE TABLE alarm_changes (
      alarm_id TEXT NOT NULL REFERENCES alarms (id) ON DELETE CASCADE,
      place INTEGER NOT NULL,
      change TEXT NOT NULL,
      PRIMARY KEY (alarm_id, place)
    ) STRICT, WITHOUT ROWID;
  `)
}
