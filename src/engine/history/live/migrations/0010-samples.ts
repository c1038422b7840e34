import type { Database } from '../../../storage/openDatabase.ts'

/**
 * The first form of history.db. Names are stored as numbers that are unique within a server. A seal is some minutes of one
 * server: the times of its rounds, and a chunk for each path (`rowCodec.ts` describes the blobs).
 */
export function migration0010Samples(db: Database): void {
  db.exec(`
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
      PRIMARY KEY (server, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE seals (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      server INTEGER NOT NULL REFERENCES servers(no),
      form INTEGER NOT NULL,
      from_at REAL NOT NULL,
      to_at REAL NOT NULL,
      -- The usual time between two rounds; null where there was one at most.
      interval_ms REAL,
      path_layout INTEGER NOT NULL REFERENCES layouts(id),
      server_layout INTEGER NOT NULL REFERENCES layouts(id),
      times BLOB NOT NULL,
      -- [[before which round, at], …] as JSON
      gaps TEXT NOT NULL
    ) STRICT;
    CREATE INDEX seals_by_server ON seals(server, to_at);
    CREATE INDEX seals_by_age ON seals(to_at);
    -- id is seal * 2^24 + the path's number, so that no index is needed and a seal lies in one piece.
    CREATE TABLE chunks (
      id INTEGER PRIMARY KEY,
      rows BLOB NOT NULL
    ) STRICT;
    CREATE TABLE journal (
      id INTEGER PRIMARY KEY,
      form INTEGER NOT NULL,
      path_layout INTEGER NOT NULL REFERENCES layouts(id),
      server_layout INTEGER NOT NULL REFERENCES layouts(id),
      records BLOB NOT NULL
    ) STRICT;
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
    CREATE INDEX events_by_server ON events(server_id, path);
  `)
}
