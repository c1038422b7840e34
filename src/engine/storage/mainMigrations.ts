import type { Migration } from './migrate.ts'

/** Where the configurations of servers are kept. */
export const configurationTables = `
  -- Configurations that servers had, without secrets (engine/configurations/configurationLog.ts): packed is JSON, compressed; since and until are when it
  -- was first and last read, seen_before when the one before it was last read (null: there is none). changes is how many settings changed, some the first
  -- of these as JSON.
  CREATE TABLE configurations (
    no INTEGER PRIMARY KEY,
    server_id TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    seen_before INTEGER,
    packed BLOB NOT NULL,
    changes INTEGER NOT NULL,
    some TEXT NOT NULL
  ) STRICT;
  CREATE INDEX configurations_of_server ON configurations (server_id, since);
`

/**
 * Schema of main.db, which holds everything but history, alarms with their messages, and sessions. What is JSON is so by the schema in parentheses; times are
 * epoch ms.
 */
const schema = `
  -- Servers, hosts and probes by stored id. Rows with settings were entered by an operator; one without them keeps the id of what only the
  -- configuration file names, so that it stays linked to its history.
  CREATE TABLE servers (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    settings TEXT,
    secret BLOB,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE hosts (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    settings TEXT,
    secret BLOB,
    created_at INTEGER NOT NULL
  ) STRICT;
  -- secret: the whole address, sealed, where it has secrets.
  CREATE TABLE probes (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    settings TEXT,
    secret BLOB,
    created_at INTEGER NOT NULL
  ) STRICT;
  -- SSH keys that an operator accepted for a host:port, no matter which hosts connect to it or through it.
  CREATE TABLE host_keys (
    target TEXT NOT NULL,
    key_type TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (target, fingerprint)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE settings (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
  ) STRICT;

  -- Paths that were seen live. last_live_at and went_before, the first answer in which it was not live any more, bracket when it went; learned_at: since
  -- when it is expected because it was live for long.
  CREATE TABLE seen_streams (
    server_id TEXT NOT NULL,
    path TEXT NOT NULL,
    last_live_at INTEGER NOT NULL,
    live INTEGER NOT NULL,
    went_before INTEGER,
    learned_at INTEGER,
    PRIMARY KEY (server_id, path)
  ) STRICT, WITHOUT ROWID;
  -- When a server was last polled: up to then its live paths were live.
  CREATE TABLE seen_servers (
    server_id TEXT PRIMARY KEY NOT NULL,
    looked_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  -- Who says that a stream is expected (engine/streams/expectation.ts).
  CREATE TABLE expected_streams (
    server_id TEXT NOT NULL,
    path TEXT NOT NULL,
    by TEXT NOT NULL,
    since INTEGER NOT NULL,
    expects INTEGER NOT NULL,
    operator TEXT,
    PRIMARY KEY (server_id, path)
  ) STRICT, WITHOUT ROWID;
  -- What is usual by hour of the week: ranges as engine/usual/usualRows.ts packs them, empty if nothing is known yet.
  CREATE TABLE usual (
    server_id TEXT NOT NULL,
    path TEXT NOT NULL,
    metric TEXT NOT NULL,
    zone TEXT NOT NULL,
    learned_at INTEGER NOT NULL,
    ranges BLOB NOT NULL,
    PRIMARY KEY (server_id, path, metric)
  ) STRICT;

  -- What was entered about rules (ruleInputSchema).
  CREATE TABLE rules (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;

  -- Channels and routes entered in the console: sealed is JSON as it was typed, with secrets, sealed like credentials; entries is JSON as it was typed.
  CREATE TABLE channels (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    sealed BLOB NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE routes (
    id TEXT PRIMARY KEY,
    place INTEGER NOT NULL,
    entries TEXT NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;

  -- Maintenance (maintenanceInputSchema) and times on air (onAirInputSchema) planned in the console.
  CREATE TABLE maintenance (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    by TEXT NOT NULL,
    added_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE on_air (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    by TEXT NOT NULL,
    added_at INTEGER NOT NULL
  ) STRICT;
  -- What a calendar had when it was last read, as JSON of pairs of moments; key does not show its address, which may be secret.
  CREATE TABLE calendars (
    key TEXT PRIMARY KEY,
    windows TEXT NOT NULL
  ) STRICT;
  -- Maintenance as it was: the windows that began, for whom (scope is JSON: tags, servers, streams), and until when they lasted or are to.
  CREATE TABLE held_maintenance (
    key TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX held_maintenance_to ON held_maintenance (to_at);

  ${configurationTables}

  -- Remedies that somebody let act; fingerprint is of rule and remedy as they were then, stopped_at when it stopped by itself (null: it did not).
  CREATE TABLE remedy_arms (
    rule TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    armed INTEGER NOT NULL,
    stopped_at INTEGER
  ) STRICT;
  -- What they did: subject and why are JSON, helped is 1, 0 or null (not known).
  CREATE TABLE remedy_acts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule TEXT NOT NULL,
    at INTEGER NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    alarm TEXT NOT NULL,
    outcome TEXT NOT NULL,
    why TEXT,
    helped INTEGER
  ) STRICT;
  CREATE INDEX remedy_acts_of_rule ON remedy_acts (rule, id);
  -- Walls made in the console (wallInputSchema).
  CREATE TABLE walls (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT;

  -- Accounts: input is JSON (accountInputSchema), password an Argon2id hash, totp the sealed secret of one-time codes (null: off), totp_step that of the
  -- last code used, recovery JSON of the hashes of the recovery codes that are left.
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
  -- Named tokens: input is JSON (namedTokenInputSchema), hash of the secret.
  CREATE TABLE named_tokens (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    by TEXT NOT NULL,
    rotated_at INTEGER,
    last_used_at INTEGER
  ) STRICT;
  -- Browsers that are signed in: id is the hash of the cookie's secret; kind is account, token or tokenFile, subject its id.
  CREATE TABLE sign_ins (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    address TEXT NOT NULL,
    browser TEXT NOT NULL
  ) STRICT;
  -- Who did what: only ever added to. ids is JSON; hash is SHA-256 of the previous row's hash and this row.
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

  -- Cameras (cameraInputSchema, addresses without their secrets), and by whom each is a favourite. secret: their addresses as JSON, sealed, where one has
  -- secrets. pushed: the path that this console made of an address, as JSON.
  CREATE TABLE cameras (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    secret BLOB,
    pushed TEXT,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    by TEXT NOT NULL,
    revision INTEGER NOT NULL,
    -- Since when it says what it says of when it is expected.
    expected_since INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE favourite_cameras (
    operator TEXT NOT NULL,
    camera TEXT NOT NULL,
    PRIMARY KEY (operator, camera)
  ) STRICT, WITHOUT ROWID;

  -- Handovers of shifts: facts is JSON (handoverFactsSchema), compressed; taken_at and taken_by are null until somebody took over.
  CREATE TABLE handovers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    note TEXT NOT NULL,
    taken_at INTEGER,
    taken_by TEXT,
    facts BLOB NOT NULL
  ) STRICT;
  -- Scheduled reports (reportInputSchema); what was due by done_at was made, or does not count.
  CREATE TABLE reports (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    done_at INTEGER NOT NULL
  ) STRICT;
  -- The last ones that were made: due_at is null for one that somebody asked for (by); document is JSON, compressed.
  CREATE TABLE made_reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    report TEXT NOT NULL,
    at INTEGER NOT NULL,
    due_at INTEGER,
    by TEXT,
    document BLOB NOT NULL
  ) STRICT;
  CREATE INDEX made_reports_of_report ON made_reports (report, id);

  -- Passkeys: id is the credential's, public_key in COSE form, counter that of its last sign-in, transports JSON.
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
  -- Whose accounts a provider's people have: by issuer and subject, which never change, unlike names and addresses.
  CREATE TABLE provider_people (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
  ) STRICT;

  -- Links of guests: input is JSON (guestLinkInputSchema), hash of the secret.
  CREATE TABLE guest_links (
    id TEXT PRIMARY KEY,
    input TEXT NOT NULL,
    hash TEXT NOT NULL,
    ends_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    by TEXT NOT NULL,
    last_used_at INTEGER
  ) STRICT;
`

/** Forms before were those of November 2026: tools/bringOver.ts. */
export const mainMigrations: readonly Migration[] = [{ version: 10, run: (db) => void db.exec(schema) }]
