import type { Database } from 'better-sqlite3'

/**
 * What a channel answered to a message and wants to hear when it is told more of the same alarm, such as the id of its message. Before it stand the
 * kind of the channel and a space.
 */
export function migration0080Receipts(db: Database): void {
  db.exec('ALTER TABLE messages ADD COLUMN receipt TEXT')
}
