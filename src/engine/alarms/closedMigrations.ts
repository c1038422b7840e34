import type { Migration } from '../storage/migrate.ts'

/**
 * Schema of alarms.db, which holds closed alarms. `no` numbers alarms in the order in which they were raised, `body` is what `packAlarm` returns, and the
 * other columns repeat what is asked for by others than `closed_words`: `key` and `incident` stand for ids, `owner`, `path` and `place` for what the alarm is about (`hash48`), `severity` from 0 (critical)
 * to 3. `closed_words` has the tokens of `alarmSearch.ts`. Long are alarms that lasted for more than a day. `closed_blocks` has a row for each thousand
 * numbers, which stays when its alarms are deleted: the greatest that was ever stored, and between which moments they were raised.
 */
const schema = `
  CREATE TABLE closed_alarms (
    no INTEGER PRIMARY KEY,
    key INTEGER NOT NULL,
    incident INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    path INTEGER,
    place INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    raised_at INTEGER NOT NULL,
    closed_at INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX closed_by_key ON closed_alarms (key);
  CREATE INDEX closed_of_incident ON closed_alarms (incident) WHERE incident <> key;
  CREATE INDEX closed_spans ON closed_alarms (closed_at, raised_at);
  CREATE INDEX long_spans ON closed_alarms (closed_at, raised_at) WHERE closed_at - raised_at > 86400000;
  CREATE VIRTUAL TABLE closed_words USING fts5(words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii', prefix = '1 2');
  CREATE TABLE closed_blocks (
    block INTEGER PRIMARY KEY,
    last_no INTEGER NOT NULL,
    raised_from INTEGER NOT NULL,
    raised_to INTEGER NOT NULL
  ) STRICT;
`

export const closedMigrations: readonly Migration[] = [{ version: 1, run: (db) => void db.exec(schema) }]
