import type { Database } from 'better-sqlite3'

/** What waits, was refused or was accepted last of a channel is found without reading all of its messages, of which there may be a million. */
export function migration0120MessagesByState(db: Database): void {
  db.exec(`
    DROP INDEX unsent_messages;
    CREATE INDEX messages_by_state ON messages (state, channel, ended_at);
  `)
}
