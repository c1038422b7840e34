import type { Database } from 'better-sqlite3'

/** Messages that were told as one have the id of the first of them, others NULL. */
export function migration0140ToldWith(db: Database): void {
  db.exec('ALTER TABLE messages ADD COLUMN told_with INTEGER')
}
