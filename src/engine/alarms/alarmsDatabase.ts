import { join } from 'node:path'
import type { Result } from '../../shared/result.ts'
import type { Migration } from '../storage/migrate.ts'
import type { DatabaseError } from '../storage/openDatabase.ts'
import { type DataFolder, type OpenedOrBegun, openOrBegin } from '../storage/openOrBegin.ts'

/** Alarms that lasted longer are few, and have an index of their own: what was open at a moment long ago is found without reading all that closed since. */
export const longMs = 86_400_000

/**
 * Schema of alarms.db: alarms, open and closed, and the messages that are written in the same transaction. What is JSON is so by the schema in parentheses;
 * times are epoch ms.
 */
const schema = `
  -- no numbers alarms in the order in which they were raised. alarm (storedAlarmSchema) is JSON, the other columns repeat what is searched for: incident is
  -- the id of the alarm that founded it, path is null for what has none, severity goes from 0 (critical) to 3, closed_at is null for open alarms.
  CREATE TABLE alarms (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    incident TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    path TEXT,
    rule TEXT NOT NULL,
    severity INTEGER NOT NULL,
    raised_at INTEGER NOT NULL,
    closed_at INTEGER,
    alarm TEXT NOT NULL
  ) STRICT;
  CREATE INDEX alarms_of_incident ON alarms (incident) WHERE incident <> id;
  CREATE INDEX alarms_of_owner ON alarms (owner_id);
  CREATE INDEX alarms_of_path ON alarms (path, owner_id);
  CREATE INDEX alarms_of_paths ON alarms (path) WHERE path IS NOT NULL;
  CREATE INDEX alarms_of_rule ON alarms (rule);
  CREATE INDEX alarms_of_severity ON alarms (severity);
  CREATE INDEX alarms_raised ON alarms (raised_at);
  CREATE INDEX alarm_spans ON alarms (closed_at, raised_at);
  CREATE INDEX long_spans ON alarms (closed_at, raised_at) WHERE closed_at - raised_at > ${longMs};
  -- What happened to an alarm (alarmChangeSchema), in its order.
  CREATE TABLE alarm_changes (
    alarm_no INTEGER NOT NULL REFERENCES alarms (no) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    change TEXT NOT NULL,
    PRIMARY KEY (alarm_no, place)
  ) STRICT, WITHOUT ROWID;
  -- The words of closed alarms (alarmSearch.ts), by their trigrams; rowid is no.
  CREATE VIRTUAL TABLE alarm_words USING fts5(words, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1');
  CREATE VIRTUAL TABLE alarm_trigrams USING fts5vocab(alarm_words, row);
  -- One row: since when all alarms are known.
  CREATE TABLE alarms_kept (since INTEGER NOT NULL) STRICT;

  -- Messages about alarms. state is waiting, sending, delivered or refused; next_at: when a waiting one may be tried; failure (sendFailureSchema). receipt:
  -- the channel's kind, a space and what it wants to hear when it is told more, such as the id of its message. told_with: the first of those that were told
  -- as one. severity: what it says of its incident; null: not tried yet. escalated: an escalation began it.
  CREATE TABLE messages (
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
  CREATE INDEX messages_of_alarm ON messages (alarm_id, channel);
  CREATE INDEX messages_by_state ON messages (state, channel, ended_at);
  -- Channels that are told of an incident at due_at unless somebody takes it before.
  CREATE TABLE escalations (
    incident TEXT NOT NULL,
    channel TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (incident, channel)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX due_escalations ON escalations (due_at);
  -- Test messages and those of the drill; failure (sendFailureSchema) is null where the channel accepted it.
  CREATE TABLE channel_tests (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    at INTEGER NOT NULL,
    failure TEXT,
    is_drill INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX tests_of_channel ON channel_tests (channel, at);
  -- Until when a channel is paused, by its name, also one of the configuration file; and incidents of which one was not told because its routes were closed.
  CREATE TABLE channel_pauses (channel TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, by TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE held_back (channel TEXT NOT NULL, incident TEXT NOT NULL, PRIMARY KEY (channel, incident)) STRICT;
`

/** Form 1 was that of before 27 November 2026: tools/bringOver.ts. */
export const alarmMigrations: readonly Migration[] = [{ version: 2, run: (db) => void db.exec(schema) }]

export function alarmsFile(dataDir: string): string {
  return join(dataDir, 'alarms.db')
}

/** Opens alarms.db. Closed alarms are not checked: there may be gigabytes of them. */
export function openAlarmsDatabase({ dataDir, ...deps }: DataFolder): Result<OpenedOrBegun, DatabaseError> {
  return openOrBegin(deps, 'alarms', alarmsFile(dataDir), {
    migrations: alarmMigrations,
    reads: [
      'SELECT * FROM alarms WHERE closed_at IS NULL',
      "SELECT * FROM messages WHERE state IN ('waiting', 'sending')",
      'SELECT * FROM escalations',
      'SELECT * FROM held_back',
      'SELECT * FROM alarms_kept',
      // What each query of the index reads.
      "SELECT rowid FROM alarm_words WHERE alarm_words MATCH 'xyz' LIMIT 1",
    ],
  })
}
