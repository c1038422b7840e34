import type { Database } from 'better-sqlite3'

/**
 * Changes of path settings that were made through this console (`engine/configurations/pathEditRows.ts`). `shown` is what may be shown of one as JSON, without
 * secrets. `kept` is what is needed to set it back, with secrets: sealed (`sealed` 1), or where nothing can be sealed as JSON without them; null: it can't be set
 * back. `undoes` is the change that this one set back. Times are epoch ms.
 */
export function migration0260PathEdits(db: Database): void {
  db.exec(`
    CREATE TABLE path_edits (
      no INTEGER PRIMARY KEY,
      server_id TEXT NOT NULL,
      at INTEGER NOT NULL,
      by TEXT NOT NULL,
      reason TEXT NOT NULL,
      path TEXT NOT NULL,
      change TEXT NOT NULL,
      outcome TEXT NOT NULL,
      shown TEXT NOT NULL,
      kept BLOB,
      sealed INTEGER NOT NULL,
      undoes INTEGER
    ) STRICT;
    CREATE INDEX path_edits_of_server ON path_edits (server_id, no);
  `)
}
