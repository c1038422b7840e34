import type { Database } from 'better-sqlite3'

/** Walls that were made in the console (`engine/walls/wallRows.ts`), in the order of `place`: `input` is JSON (`wallInputSchema`). */
export function migration0280Walls(db: Database): void {
  db.exec(`
    CREATE TABLE walls (
      id TEXT PRIMARY KEY,
      place INTEGER NOT NULL,
      input TEXT NOT NULL,
      revision INTEGER NOT NULL,
      by TEXT NOT NULL,
      changed_at INTEGER NOT NULL
    ) STRICT;
  `)
}
