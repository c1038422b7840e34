import type { Database } from 'better-sqlite3'

/** Until when an operator has paused a channel, by its name: also one of the configuration file (`engine/notifications/channelPauses.ts`). */
export function migration0300ChannelPauses(db: Database): void {
  db.exec('CREATE TABLE channel_pauses (channel TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, by TEXT NOT NULL) STRICT, WITHOUT ROWID')
}
