import type { Database } from 'better-sqlite3'

/**
 * Messages about alarms, to be sent and sent. `state` is waiting, sending, delivered or refused. `next_at` is when a waiting one may be tried,
 * `failure` JSON (`sendFailureSchema`).
 */
export function migration0070Messages(db: Database): void {
  db.exec(`
    CREATE TABLE messages (
      id INTEGER PRIMARY KEY,
      alarm_id TEXT NOT NULL REFERENCES alarms (id) ON DELETE CASCADE,
      channel TEXT NOT NULL,
      event TEXT NOT NULL,
      at INTEGER NOT NULL,
      state TEXT NOT NULL,
      tries INTEGER NOT NULL,
      next_at INTEGER NOT NULL,
      ended_at INTEGER,
      failure TEXT,
      may_repeat INTEGER NOT NULL,
      start_missed INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX messages_of_alarm ON messages (alarm_id, channel);
    CREATE INDEX unsent_messages ON messages (channel, id) WHERE state IN ('waiting', 'sending');
  `)
}
