import type { Database } from 'better-sqlite3'

/**
 * Remedies of rules (`engine/remedies/remedyRows.ts`). `remedy_arms`: those that somebody let act; `fingerprint` is of the rule and remedy as they were
 * then, `stopped_at` when it stopped by itself (null: it did not). `remedy_acts`: what they did; `subject` and `why` are JSON, `helped` 1, 0 or null (not
 * known). Times are epoch ms.
 */
export function migration0270Remedies(db: Database): void {
  db.exec(`
    CREATE TABLE remedy_arms (
      rule TEXT PRIMARY KEY,
      fingerprint TEXT NOT NULL,
      by TEXT NOT NULL,
      at INTEGER NOT NULL,
      reason TEXT NOT NULL,
      armed INTEGER NOT NULL,
      stopped_at INTEGER
    ) STRICT;
    CREATE TABLE remedy_acts (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      rule TEXT NOT NULL,
      at INTEGER NOT NULL,
      act TEXT NOT NULL,
      subject TEXT NOT NULL,
      owner_name TEXT NOT NULL,
      alarm TEXT NOT NULL,
      outcome TEXT NOT NULL,
      why TEXT,
      helped INTEGER
    ) STRICT;
    CREATE INDEX remedy_acts_of_rule ON remedy_acts (rule, id);
  `)
}
