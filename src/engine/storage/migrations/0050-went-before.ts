import type { Database } from 'better-sqlite3'

/**
 * Time of the first answer in which a path was no longer live. Together with `last_live_at` it brackets the time when the path
 * went away, and survives a restart. NULL: the path is live, or went away before this column existed.
 */
export function migration0050WentBefore(db: Database): void {
  db.exec('ALTER TABLE seen_streams ADD COLUMN went_before INTEGER')
}
