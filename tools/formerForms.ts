import type { Database } from 'better-sqlite3'
import { formOf } from '../src/engine/storage/migrate.ts'

// What led from the forms of 28 November 2026 to the first ones that mtxdeck still reads. What the tables are for is said in src/engine/storage/mainMigrations.ts.

const people = `
  CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    password TEXT NOT NULL,
    totp BLOB,
    totp_step INTEGER NOT NULL,
    recovery TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_sign_in_at INTEGER,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE named_tokens (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    by TEXT NOT NULL,
    rotated_at INTEGER,
    last_used_at INTEGER
  ) STRICT;
  CREATE TABLE sign_ins (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    address TEXT NOT NULL,
    browser TEXT NOT NULL
  ) STRICT;
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    by_id TEXT,
    sender TEXT,
    action TEXT NOT NULL,
    what TEXT NOT NULL,
    ids TEXT NOT NULL,
    count INTEGER NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
`
const cameraTables = `
  CREATE TABLE cameras (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    secret BLOB,
    pushed TEXT,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    by TEXT NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE favourite_cameras (
    operator TEXT NOT NULL,
    camera TEXT NOT NULL,
    PRIMARY KEY (operator, camera)
  ) STRICT, WITHOUT ROWID;
`
const shiftTables = `
  CREATE TABLE handovers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    note TEXT NOT NULL,
    taken_at INTEGER,
    taken_by TEXT,
    facts BLOB NOT NULL
  ) STRICT;
  CREATE TABLE reports (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    done_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE made_reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    report TEXT NOT NULL,
    at INTEGER NOT NULL,
    due_at INTEGER,
    by TEXT,
    document BLOB NOT NULL
  ) STRICT;
  CREATE INDEX made_reports_of_report ON made_reports (report, id);
`
const signInWays = `
  CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    public_key BLOB NOT NULL,
    counter INTEGER NOT NULL,
    transports TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER
  ) STRICT;
  CREATE TABLE provider_people (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
  ) STRICT;
`
const guestTables = `
  CREATE TABLE guest_links (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    hash TEXT NOT NULL,
    ends_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    by TEXT NOT NULL,
    last_used_at INTEGER,
    ended_at INTEGER,
    ended_by TEXT
  ) STRICT;
`
const cameraExpectation = `
  ALTER TABLE cameras ADD COLUMN expected_since INTEGER NOT NULL DEFAULT 0;
  UPDATE cameras SET expected_since = changed_at;
`
/** A link shows streams or a wall: for a camera the one of its streams that is shown first. What ended is not kept any more, and walls are listed by name. */
const lastingLinks = `
  UPDATE guest_links SET input = json_set(input, '$.shows', json_object('kind', 'streams', 'streams', json((
    SELECT json_group_array(json_object('serverId', first ->> 'serverId', 'path', first ->> 'path')) FROM (
      SELECT coalesce(cameras.pushed, (
        SELECT value FROM json_each(cameras.input, '$.streams') WHERE value ->> 'serverId' IS NOT NULL ORDER BY value ->> 'use' <> 'main' LIMIT 1
      )) AS first FROM json_each(guest_links.input, '$.shows.ids') AS ids JOIN cameras ON cameras.id = ids.value AND json_valid(cameras.input) AND (cameras.pushed IS NULL OR json_valid(cameras.pushed))
      ORDER BY ids.key
    ) WHERE first IS NOT NULL))))
    WHERE CASE WHEN json_valid(input) THEN input ->> '$.shows.kind' = 'cameras' END;
  DELETE FROM guest_links WHERE ended_at IS NOT NULL OR CASE WHEN json_valid(input) THEN json_array_length(input, '$.shows.streams') = 0 END;
  ALTER TABLE guest_links DROP COLUMN ended_at;
  ALTER TABLE guest_links DROP COLUMN ended_by;
  ALTER TABLE walls DROP COLUMN place;
  ALTER TABLE walls DROP COLUMN by;
  ALTER TABLE walls DROP COLUMN changed_at;
`

const views = `
  CREATE TABLE views (
    no INTEGER PRIMARY KEY,
    person_id TEXT NOT NULL,
    person TEXT NOT NULL,
    server_id TEXT NOT NULL,
    server TEXT NOT NULL,
    path TEXT NOT NULL,
    way TEXT NOT NULL,
    began INTEGER NOT NULL,
    ended INTEGER,
    how TEXT NOT NULL,
    why TEXT,
    tries INTEGER NOT NULL
  ) STRICT;
`

/** By the form that each leads to. */
type Steps = Readonly<Record<number, string>>
export const mainSteps: Steps = { 4: people, 5: cameraTables, 6: shiftTables, 7: signInWays, 8: guestTables, 9: cameraExpectation, 10: lastingLinks }
export const sessionSteps: Steps = { 3: views, 4: 'ALTER TABLE sessions ADD COLUMN is_cdn INTEGER NOT NULL DEFAULT 0' }

/** Takes all steps from the form that a database has. */
export function takeSteps(db: Database, steps: Steps): void {
  for (let form = formOf(db) + 1; steps[form] !== undefined; form++)
    db.transaction(() => {
      db.exec(steps[form] as string)
      db.pragma(`user_version = ${form}`)
    })()
}
