import type { Database } from 'better-sqlite3'

/** Test messages to channels, and what became of them: `failure` is JSON (`sendFailureSchema`), NULL where the channel accepted it. */
export function migration0150ChannelTests(db: Database): void {
  db.exec(`
    CREATE TABLE channel_tests (
      id INTEGER PRIMARY KEY,
      channel TEXT NOT NULL,
      at INTEGER NOT NULL,
      failure TEXT
    ) STRICT;
    CREATE INDEX tests_of_channel ON channel_tests (channel, at);
  `)
}
