import type { Migration } from '../../storage/migrate.ts'
import type { OpenDatabaseOptions } from '../../storage/openDatabase.ts'

/** Schema of history.db: what is recorded now, and the list of the archives of past days. docs/store.md describes every byte. */
const schema = `
  CREATE TABLE layouts (
    id INTEGER PRIMARY KEY,
    columns TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE servers (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    -- Rounds up to this one lie in seals; those after it in the journal.
    sealed_round INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE paths (
    server INTEGER NOT NULL REFERENCES servers(no),
    no INTEGER NOT NULL,
    name TEXT NOT NULL,
    -- The day (since 1970, UTC) of the newest seal that the path is in: a name that is in no seal any more goes.
    day INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (server, name)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX paths_by_no ON paths(server, no);
  -- Some minutes of samples of a server or host, which lie in chunks and minutes.
  CREATE TABLE seals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    server INTEGER NOT NULL REFERENCES servers(no),
    from_at REAL NOT NULL,
    to_at REAL NOT NULL,
    -- Its rounds as in an archive (codec/roundList.ts), behind a CRC-32.
    rounds BLOB NOT NULL,
    -- Bytes of its chunks; 0 where samples were not stored or are dropped already.
    sample_bytes INTEGER NOT NULL,
    minute_bytes INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX seals_by_server ON seals(server, to_at);
  CREATE INDEX seals_by_age ON seals(to_at);
  CREATE INDEX seals_by_begin ON seals(from_at);
  CREATE INDEX seals_with_samples ON seals(to_at) WHERE sample_bytes > 0;
  CREATE INDEX seals_with_minutes ON seals(to_at) WHERE minute_bytes > 0;
  -- id is seal * 2^24 + a number, so that no index is needed and a seal lies in one piece.
  CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,
    rows BLOB NOT NULL
  ) STRICT;
  CREATE TABLE minutes (
    id INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
  ) STRICT;
  -- Rows that no owner needs are overwritten instead of deleted (journal.ts).
  CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    -- Rows were written in this order.
    no INTEGER NOT NULL,
    -- Length of the records; what follows them in the blob is zeros.
    bytes INTEGER NOT NULL,
    path_layout INTEGER NOT NULL REFERENCES layouts(id),
    server_layout INTEGER NOT NULL REFERENCES layouts(id),
    records BLOB NOT NULL
  ) STRICT;
  -- One row: journal rows with a smaller number are free, and not read any more.
  CREATE TABLE journal_start (
    id INTEGER PRIMARY KEY,
    no INTEGER NOT NULL
  ) STRICT;
  INSERT INTO journal_start VALUES (1, 0);
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    server_id TEXT,
    server_name TEXT,
    path TEXT,
    text TEXT NOT NULL,
    facts TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_at ON events(at);
  CREATE INDEX events_by_server ON events(server_id, at);
  CREATE INDEX events_by_path ON events(server_id, path, at);
  CREATE INDEX events_by_kind ON events(kind, at);
  CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    json TEXT NOT NULL UNIQUE
  ) STRICT;
  -- What was known of a path ('' is the server itself) from 'at' on; text is null where it was not there any more.
  CREATE TABLE facts (
    server INTEGER NOT NULL REFERENCES servers(no),
    path INTEGER NOT NULL,
    at REAL NOT NULL,
    text INTEGER REFERENCES texts(id),
    PRIMARY KEY (server, path, at)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX facts_by_text ON facts(text);
  CREATE TABLE archives (
    name TEXT PRIMARY KEY,
    tier TEXT NOT NULL,
    from_at REAL NOT NULL,
    to_at REAL NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT
  ) STRICT, WITHOUT ROWID;
  -- Not used any more: the names of the files say it.
  CREATE TABLE set_aside (
    file TEXT PRIMARY KEY,
    at REAL NOT NULL,
    words TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  -- Bytes of what shares the file with the samples.
  CREATE TABLE tallies (
    kept TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO tallies VALUES ('events', 0), ('minutes', 0), ('facts', 0);
`

/** Forms 1 and 2 were those of before 30 November 2026, which are not read any more: tools/bringOver.ts. */
export const historyMigrations: readonly Migration[] = [{ version: 3, run: (db) => void db.exec(schema) }]

export const historyFile: OpenDatabaseOptions = {
  migrations: historyMigrations,
  shrinks: true,
  // Small pages, because a commit of a small fleet has some hundred bytes but writes whole pages. Large rows span many pages anyway.
  pageSize: 2048,
}
