import type { Migration } from '../storage/migrate.ts'

/**
 * Schema of snapshots.db, the index of the pictures in day folders, and the reports of the daily check whose pictures are among them. `folder` is the folder of a stream within each of them. `crc` is the CRC-32 of the file,
 * and `lasting` is 1 for one around the onset of an alarm.
 */
export const snapshotMigrations: readonly Migration[] = [
  {
    version: 1,

    run: (db) => {
      db.exec(`
        CREATE TABLE snapshot_streams (
          no INTEGER PRIMARY KEY,
          server_id TEXT NOT NULL,
          path TEXT NOT NULL,
          folder TEXT NOT NULL,
          UNIQUE (server_id, path)
        ) STRICT;
        CREATE TABLE snapshots (
          stream INTEGER NOT NULL REFERENCES snapshot_streams (no),
          at INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          width INTEGER NOT NULL,
          height INTEGER NOT NULL,
          slate INTEGER NOT NULL,
          lasting INTEGER NOT NULL,
          crc INTEGER NOT NULL,
          PRIMARY KEY (stream, at)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX snapshots_by_age ON snapshots (lasting, at);
        CREATE TABLE daily_reports (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          state TEXT NOT NULL,
          planned_at INTEGER NOT NULL,
          started_at INTEGER,
          ends_at INTEGER NOT NULL,
          ended_at INTEGER,
          started_by TEXT,
          wakes INTEGER NOT NULL,
          left_out INTEGER NOT NULL,
          told INTEGER NOT NULL,
          before INTEGER,
          counts TEXT
        ) STRICT;
        CREATE INDEX daily_reports_by_time ON daily_reports (planned_at);
        CREATE TABLE daily_cameras (
          report INTEGER NOT NULL REFERENCES daily_reports (id) ON DELETE CASCADE,
          no INTEGER NOT NULL,
          owner TEXT NOT NULL,
          path TEXT NOT NULL,
          name TEXT NOT NULL,
          place TEXT NOT NULL,
          verdict TEXT NOT NULL,
          change TEXT,
          fault_since INTEGER,
          checked_at INTEGER,
          found TEXT NOT NULL,
          PRIMARY KEY (report, no)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX daily_cameras_by_name ON daily_cameras (report, owner, path);
        CREATE TABLE daily_known (
          owner TEXT NOT NULL,
          path TEXT NOT NULL,
          name TEXT NOT NULL,
          place TEXT NOT NULL,
          fault_since INTEGER,
          width INTEGER,
          height INTEGER,
          report INTEGER NOT NULL,
          PRIMARY KEY (owner, path)
        ) STRICT, WITHOUT ROWID;
      `)
    },
  },
]
