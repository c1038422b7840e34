import type { Database } from 'better-sqlite3'

/** Channels that are told of an incident at `due_at` unless somebody takes it before. `escalated` marks the messages that began so. */
export function migration0130Escalations(db: Database): void {
  db.exec(`
    CREATE TABLE escalations (
      incident TEXT NOT NULL REFERENCES alarms (id) ON DELETE CASCADE,
      channel TEXT NOT NULL,
      due_at INTEGER NOT NULL,
      PRIMARY KEY (incident, channel)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX due_escalations ON escalations (due_at);
    ALTER TABLE messages ADD COLUMN escalated INTEGER NOT NULL DEFAULT 0;
  `)
}
