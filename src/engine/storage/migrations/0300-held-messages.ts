import type { Database } from 'better-sqlite3'

/**
 * Until when an operator has paused a channel, by its name, also one of the configuration file (`engine/notifications/channelPauses.ts`); and the incidents
 * of which a channel was not told because its routes were closed (`engine/notifications/heldBackRows.ts`).
 */
export function migration0300HeldMessages(db: Database): void {
  db.exec(`
    CREATE TABLE channel_pauses (channel TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, by TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE held_back (channel TEXT NOT NULL, incident TEXT NOT NULL, PRIMARY KEY (channel, incident)) STRICT;
  `)
}
