import type { Database } from 'better-sqlite3'

/** What was entered in the console about rules: `input` is JSON (`ruleInputSchema`). */
export function migration0170Rules(db: Database): void {
  db.exec(`
    CREATE TABLE rules (
      id TEXT PRIMARY KEY,
      input TEXT NOT NULL,
      by TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;
  `)
}
