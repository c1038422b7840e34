import type { Database } from 'better-sqlite3'

/**
 * Closed alarms leave for alarms.db, and what was told of them stays here: `messages` and `escalations` no longer go with the rows of alarms. `no` numbers
 * alarms in the order in which they were raised, `moved` is the greatest one that alarms.db has had.
 */
export function migration0220ClosedAlarms(db: Database): void {
  db.exec(`
    ALTER TABLE alarms ADD COLUMN no INTEGER NOT NULL DEFAULT 0;
    UPDATE alarms SET no = ranked.no FROM (SELECT id, row_number() OVER (ORDER BY raised_at, id) AS no FROM alarms) AS ranked WHERE alarms.id = ranked.id;
    CREATE INDEX alarms_by_no ON alarms (no);
    ALTER TABLE alarms_kept ADD COLUMN moved INTEGER NOT NULL DEFAULT 0;

    CREATE TABLE messages_kept (
      id INTEGER PRIMARY KEY,
      alarm_id TEXT NOT NULL,
      channel TEXT NOT NULL,
      event TEXT NOT NULL,
      at INTEGER NOT NULL,
      state TEXT NOT NULL,
      tries INTEGER NOT NULL,
      next_at INTEGER NOT NULL,
      ended_at INTEGER,
      failure TEXT,
      may_repeat INTEGER NOT NULL,
      start_missed INTEGER NOT NULL,
      receipt TEXT,
      escalated INTEGER NOT NULL DEFAULT 0,
      told_with INTEGER,
      severity TEXT
    ) STRICT;
    INSERT INTO messages_kept SELECT id, alarm_id, channel, event, at, state, tries, next_at, ended_at, failure, may_repeat, start_missed, receipt, escalated,
      told_with, severity FROM messages;
    DROP TABLE messages;
    ALTER TABLE messages_kept RENAME TO messages;
    CREATE INDEX messages_of_alarm ON messages (alarm_id, channel);
    CREATE INDEX messages_by_state ON messages (state, channel, ended_at);

    CREATE TABLE escalations_kept (
      incident TEXT NOT NULL,
      channel TEXT NOT NULL,
      due_at INTEGER NOT NULL,
      PRIMARY KEY (incident, channel)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO escalations_kept SELECT incident, channel, due_at FROM escalations;
    DROP TABLE escalations;
    ALTER TABLE escalations_kept RENAME TO escalations;
    CREATE INDEX due_escalations ON escalations (due_at);
  `)
}
