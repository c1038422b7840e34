import type { Database } from '../../../storage/openDatabase.ts'

/**
 * Journal rows that no owner needs are overwritten instead of deleted (`journalRows.ts`), so the order of rows is that of `no`, no longer that
 * of `id`.
 */
export function migration0040JournalOverwritten(db: Database): void {
  // Finds damaged rows, which would otherwise be a constraint that fails. One at a time: a large journal has a hundred megabytes.
  const row = db.prepare<[number]>('SELECT * FROM journal WHERE id = ?')
  for (const id of db.prepare<[], number>('SELECT id FROM journal').pluck().all()) row.get(id)
  db.exec(`
    ALTER TABLE journal RENAME TO journal_before;
    CREATE TABLE journal (
      id INTEGER PRIMARY KEY,
      -- Rows were written in this order.
      no INTEGER NOT NULL,
      -- Length of the records; what follows them in the blob is zeros.
      bytes INTEGER NOT NULL,
      form INTEGER NOT NULL,
      path_layout INTEGER NOT NULL REFERENCES layouts(id),
      server_layout INTEGER NOT NULL REFERENCES layouts(id),
      records BLOB NOT NULL
    ) STRICT;
    INSERT INTO journal SELECT id, id, length(records), form, path_layout, server_layout, records FROM journal_before ORDER BY id;
    DROP TABLE journal_before;
    -- One row: journal rows with a smaller number are free, and not read any more.
    CREATE TABLE journal_start (
      id INTEGER PRIMARY KEY,
      no INTEGER NOT NULL
    ) STRICT;
    INSERT INTO journal_start VALUES (1, 0);
  `)
}
