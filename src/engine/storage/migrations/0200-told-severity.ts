import type { Database } from 'better-sqlite3'

/** How bad a message says that its incident is; NULL: it was not tried yet, or is of before this step. */
export function migration0200ToldSeverity(db: Database): void {
  db.exec('ALTER TABLE messages ADD COLUMN severity TEXT')
}
