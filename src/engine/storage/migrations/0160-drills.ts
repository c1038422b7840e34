import type { Database } from 'better-sqlite3'

/** Test messages that nobody asked for: those of the drill. */
export function migration0160Drills(db: Database): void {
  db.exec('ALTER TABLE channel_tests ADD COLUMN is_drill INTEGER NOT NULL DEFAULT 0')
}
