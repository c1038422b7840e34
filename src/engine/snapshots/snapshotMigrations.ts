import type { Migration } from '../storage/migrate.ts'

/**
 * Schema of snapshots.db, the index of the pictures in day folders. `folder` is the folder of a stream within each of them. `crc` is the CRC-32 of the file,
 * and `lasting` is 1 for one around the onset of an alarm.
 */
export const snapshotMigrations: readonly Migration[] = [
  {
    version: 10,
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
      `)
    },
  },
]
