import BetterSqlite3, { type Database } from 'better-sqlite3'
import { err, ok, type Result } from '../../shared/result.ts'

/**
 * One step of a database's shape. Numbered in tens, so that a branch can slip one in; never changed once released.
 * A step lives in `migrations/0010-nouns.ts`, whose SQL belongs to the owner of the table, and uses STRICT tables.
 */
export interface Migration {
  readonly version: number
  readonly run: (db: Database) => void
}

/** The version of the last step that was done on a database; 0: none. */
export const formOf = (db: Database): number => db.pragma('user_version', { simple: true }) as number

/** The form that all of `migrations` lead to. */
export const latestForm = (migrations: readonly Migration[]): number => migrations.at(-1)?.version ?? 0

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
export function migrate(db: Database, migrations: readonly Migration[]): Result<void, NewerDatabase> {
  assertGrowing(migrations)
  const newer = refuseNewer(db, migrations)
  if (!newer.ok) return newer
  const fileVersion = formOf(db)
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
export function refuseNewer(db: Database, migrations: readonly Migration[]): Result<void, NewerDatabase> {
  const ourVersion = latestForm(migrations)
  const fileVersion = formOf(db)
  return fileVersion > ourVersion ? err({ kind: 'databaseNewer', fileVersion, ourVersion }) : ok(undefined)
}

/**
 * Says in words what is wrong with the tables of a file of this or an older form, or null: a number that was damaged
 * would otherwise have steps done twice, or left out. Tables and columns are compared with those that the steps make.
 */
export function shapeProblem(db: Database, migrations: readonly Migration[]): string | null {
  const form = formOf(db)
  if (form !== 0 && !migrations.some(({ version }) => version === form)) return `there is no form ${form}`
  const model = new BetterSqlite3(':memory:')
  try {
    for (const { version, run } of migrations) if (version <= form) run(model)
    const found = shapeOf(db)
    const wanted = shapeOf(model)
    const different = [...new Set([...found.keys(), ...wanted.keys()])].find((name) => found.get(name) !== wanted.get(name))
    return different === undefined ? null : `${different} is not as form ${form} has it`
  } finally {
    model.close()
  }
}

/** Every table with its columns, every index, by name. */
function shapeOf(db: Database): ReadonlyMap<string, string> {
  const objects = db.prepare('SELECT type, name, tbl_name FROM sqlite_schema').all() as { type: string; name: string; tbl_name: string }[]
  return new Map(
    objects.map(({ type, name, tbl_name }) => {
      const columns =
        type === 'table'
          ? db.prepare('SELECT name, type, "notnull", pk FROM pragma_table_info(?)').raw().all(name)
          : db.prepare('SELECT name FROM pragma_index_info(?)').raw().all(name)
      return [`${type} ${name}`, JSON.stringify([tbl_name, columns])]
    }),
  )
}

function assertGrowing(migrations: readonly Migration[]): void {
  let last = 0
  for (const { version } of migrations) {
    if (!Number.isInteger(version) || version <= last) throw new Error(`migration ${version} stands after ${last}`)
    last = version
  }
}
