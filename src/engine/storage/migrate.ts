import BetterSqlite3, { type Database } from 'better-sqlite3'
import type { FileFault } from '../../shared/fileFaults.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { saidFault } from './faultOf.ts'

/** One step of a database's schema, which creates STRICT tables; the first creates all of it, a released step never changes. */
export interface Migration {
  readonly version: number
  /** The number of this form until numbers began anew, on 2026-11-26: such a file is of this form, one with a smaller number is refused. */
  readonly formerly?: number
  readonly run: (db: Database) => void
}

/** The version of the last migration applied to a database; 0: none. */
export function formOf(db: Database, migrations: readonly Migration[]): number {
  return formAsOfNow(storedForm(db), migrations)
}

/** The number that stands in a database. */
export function storedForm(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number
}

/** A form by the numbers of now. */
export function formAsOfNow(stored: number, migrations: readonly Migration[]): number {
  return migrations.find(({ formerly }) => formerly === stored)?.version ?? stored
}

/** The form that a database has after all of `migrations`. */
export function latestForm(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0
}

/** The file was written by a newer version of mtxdeck, or by one of before numbers began anew; this one must not touch it. */
export interface OtherForm {
  readonly kind: 'databaseNewer' | 'databaseOlder'
  readonly form: number
  readonly known: number
}

/**
 * Applies the missing `migrations` to `db`, each in its own transaction that also writes `user_version`: after a crash
 * between two steps the next start continues. A step that throws leaves the file as it was before that step.
 */
export function migrate(db: Database, migrations: readonly Migration[]): Result<void, OtherForm> {
  assertGrowing(migrations)
  const other = otherForm(storedForm(db), migrations)
  if (other !== null) return err(other)
  const fileVersion = formOf(db, migrations)
  if (fileVersion !== storedForm(db)) db.pragma(`user_version = ${fileVersion}`)
  for (const { version, run } of migrations) {
    if (version <= fileVersion) continue
    db.transaction(() => {
      run(db)
      db.pragma(`user_version = ${version}`)
    }).immediate()
  }
  return ok(undefined)
}

/** Why a file with this number must not be touched; null: it may. */
export function otherForm(stored: number, migrations: readonly Migration[]): OtherForm | null {
  const known = latestForm(migrations)
  if (formAsOfNow(stored, migrations) <= known) return null
  return { kind: stored < (migrations[0]?.formerly ?? 0) ? 'databaseOlder' : 'databaseNewer', form: stored, known }
}

/**
 * Compares tables, columns and indexes with those that the migrations create, for a file of this or an older form. Returns what
 * differs, or null. Otherwise a damaged form number would make migrations run twice, or be skipped.
 */
export function shapeProblem(db: Database, migrations: readonly Migration[]): FileFault | null {
  const form = formOf(db, migrations)
  if (form !== 0 && !migrations.some(({ version }) => version === form)) return { kind: 'noForm', form }
  const model = new BetterSqlite3(':memory:')
  try {
    for (const { version, run } of migrations) if (version <= form) run(model)
    const found = shapeOf(db)
    const wanted = shapeOf(model)
    const different = [...new Set([...found.keys(), ...wanted.keys()])].find((name) => found.get(name) !== wanted.get(name))
    return different === undefined ? null : { kind: 'otherShape', name: different.slice(different.indexOf(' ') + 1), form }
  } finally {
    model.close()
  }
}

/** The first thing that SQLite's own check finds wrong with a database; null: nothing. Reads all of it. */
export function integrityProblem(db: Database): FileFault | null {
  const found = String(db.pragma('integrity_check(1)', { simple: true }))
  // A line before it may only name the database.
  return found === 'ok' ? null : saidFault(found.split('\n').at(-1) ?? found)
}

/** Descriptions of every table with its columns and of every index, by name. */
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
