import type { Database } from 'better-sqlite3'

/**
 * When the first answer came that did not show a path live any more: with `last_live_at` what is known of when it went, over a restart too.
 * NULL: it is live, or went before this was noted.
 */
export function migration0050WentBefore(db: Database): void {
  db.exec('ALTER TABLE seen_streams ADD COLUMN went_before INTEGER')
}
