import type { Database } from '../../../storage/openDatabase.ts'

const dayMs = 86_400_000

/**
 * history.db becomes the live file of a tiered history: seals of form 2 (columns, `columnChunk.ts`) have minutes next to their
 * chunks, archives of past days are listed, and facts are stored.
 */
export function migration0020Tiers(db: Database): void {
  const newest = db.prepare<[], number | null>('SELECT max(to_at) FROM seals').pluck().get() ?? 0
  db.exec(`
    -- Bytes of its chunks; 0 where samples were not stored or are dropped already, null in seals of form 1.
    ALTER TABLE seals ADD COLUMN sample_bytes INTEGER;
    ALTER TABLE seals ADD COLUMN minute_bytes INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX seals_by_begin ON seals(from_at);
    CREATE INDEX seals_with_samples ON seals(to_at) WHERE sample_bytes IS NOT 0;
    CREATE INDEX seals_with_minutes ON seals(to_at) WHERE minute_bytes > 0;
    -- The day (since 1970, UTC) of the newest seal that the path is in: a name that is in no seal any more goes.
    ALTER TABLE paths ADD COLUMN day INTEGER NOT NULL DEFAULT ${Math.floor(newest / dayMs)};
    CREATE UNIQUE INDEX paths_by_no ON paths(server, no);
    -- id as in chunks
    CREATE TABLE minutes (
      id INTEGER PRIMARY KEY,
      bytes BLOB NOT NULL
    ) STRICT;
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
    INSERT INTO tallies SELECT 'events', coalesce(sum(length(CAST(text AS BLOB)) + length(CAST(facts AS BLOB)) + 100), 0) FROM events;
    INSERT INTO tallies VALUES ('minutes', 0), ('facts', 0);
    DROP INDEX events_by_server;
    CREATE INDEX events_by_server ON events(server_id, at);
    CREATE INDEX events_by_path ON events(server_id, path, at);
    CREATE INDEX events_by_kind ON events(kind, at);
  `)
}
