import type { Database } from 'better-sqlite3'

/**
 * On how many days (UTC) and for how long in total a path was live: a path that no configuration names is expected after
 * three days or 24 h. Paths already stored stay expected, so that an upgrade does not stop watching anything.
 */
export function migration0040LearnedStreams(db: Database): void {
  db.exec(`
    ALTER TABLE seen_streams ADD COLUMN live_days INTEGER NOT NULL DEFAULT 3;
    ALTER TABLE seen_streams ADD COLUMN live_ms INTEGER NOT NULL DEFAULT 0;
  `)
}
