import type { Database } from 'better-sqlite3'
import { err, ok, type Result } from '../../shared/result.ts'

/**
 * One step of a database's shape. Numbered in tens, so that a branch can slip one in; never changed once released.
 * A step lives in `migrations/0010-nouns.ts`, whose SQL belongs to the owner of the table, and uses STRICT tables.
 */
export interface Migration {
  readonly version: number
  readonly run: (db: Database) => void
}

/** The file was written by a newer version of this program than this one, which must not touch it. */
export interface NewerDatabase {
  readonly kind: 'databaseNewer'
  readonly fileVersion: number
  readonly ourVersion: number
}

/**
 * Brings `db` to the last of `migrations`, each step in a transaction of its own that also writes `user_version`:
 * a crash between two steps is continued at the next start. A step that throws leaves the file as it was before it.
 */
export const migrate = (db: Database, migrations: readonly Migration[]): Result<void, NewerDatabase> => {
  assertGrowing(migrations)
  const newer = refuseNewer(db, migrations)
  if (!newer.ok) return newer
  const fileVersion = db.pragma('user_version', { simple: true }) as number
  for (const { version, run } of migrations) {
    if (version <= fileVersion) continue
    db.transaction(() => {
      run(db)
      db.pragma(`user_version = ${version}`)
    }).immediate()
  }
  return ok(undefined)
}

/** Only reads: a file that is refused stays as it was. */
export const refuseNewer = (db: Database, migrations: readonly Migration[]): Result<void, NewerDatabase> => {
  const ourVersion = migrations.at(-1)?.version ?? 0
  const fileVersion = db.pragma('user_version', { simple: true }) as number
  return fileVersion > ourVersion ? err({ kind: 'databaseNewer', fileVersion, ourVersion }) : ok(undefined)
}

const assertGrowing = (migrations: readonly Migration[]): void => {
  let last = 0
  for (const { version } of migrations) {
    if (!Number.isInteger(version) || version <= last) throw new Error(`migration ${version} stands after ${last}`)
    last = version
  }
}
