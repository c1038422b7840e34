import type { Database } from 'better-sqlite3'

/**
 * Configurations of servers, without secrets. `configuration_texts` has each distinct one once, packed (`engine/configurations/configurationRows.ts`), `hash` is
 * the SHA-256 of its JSON. `configuration_spans` says when a server had which one: `since` and `until` are when it was first and last read, `seen_before` when
 * the one before it was last read (null: there is none). `changes` is how many settings changed, `some` the first of these as JSON. Times are epoch ms.
 */
export function migration0250Configurations(db: Database): void {
  db.exec(`
    CREATE TABLE configuration_texts (
      no INTEGER PRIMARY KEY,
      hash BLOB NOT NULL UNIQUE,
      packed BLOB NOT NULL
    ) STRICT;
    CREATE TABLE configuration_spans (
      no INTEGER PRIMARY KEY,
      server_id TEXT NOT NULL,
      since INTEGER NOT NULL,
      until INTEGER NOT NULL,
      seen_before INTEGER,
      text_no INTEGER NOT NULL,
      changes INTEGER NOT NULL,
      some TEXT NOT NULL
    ) STRICT;
    CREATE INDEX configuration_spans_of_server ON configuration_spans (server_id, since);
    CREATE INDEX configuration_spans_of_text ON configuration_spans (text_no);
  `)
}
