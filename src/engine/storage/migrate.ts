import BetterSqlite3, { type Database } from 'better-sqlite3'
import type { FileFault } from '../../shared/fileFaults.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { damageOf } from './storageTrouble.ts'

/**
 * One step of a database's schema, which creates STRICT tables; the first creates all of it, a released step never changes. A file of a form before the
 * first is refused.
 */
export interface Migration {
  readonly version: number
  readonly run: (db: Database) => void
}

/** The version of the last migration applied to a database; 0: none. */
export function formOf(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number
}

/** The form that a database has after all of `migrations`. */
export function latestForm(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0
}

/** The file was written by another version of mtxdeck, whose forms this one does not know; it must not touch it. */
interface OtherForm {
  readonly is: 'newer' | 'older'
  readonly form: number
  readonly known: number
}

/**
 * Applies the missing `migrations` to `db`, each in its own transaction that also writes `user_version`: after a crash
 * between two steps the next start continues. A step that throws leaves the file as it was before that step.
 */
export function migrate(db: Database, migrations: readonly Migration[]): Result<void, OtherForm> {
  assertGrowing(migrations)
  const fileVersion = formOf(db)
  const other = otherForm(fileVersion, migrations)
  if (other !== null) return err(other)
  for (const { version, run } of migrations) {
    if (version <= fileVersion) continue
    db.transaction(() => {
      run(db)
      db.pragma(`user_version = ${version}`)
    }).immediate()
  }
  return ok(undefined)
}

/** Why a file of this form must not be touched; null: it may. */
export function otherForm(form: number, migrations: readonly Migration[]): OtherForm | null {
  const known = latestForm(migrations)
  if (form > known) return { is: 'newer', form, known }
  return form > 0 && form < (migrations[0]?.version ?? 0) ? { is: 'older', form, known } : null
}

/**
 * Compares tables, columns and indexes with those that the migrations create, for a file of this or an older form. Returns what
 * differs, or null. Otherwise a damaged form number would make migrations run twice, or be skipped.
 */
export function shapeProblem(db: Database, migrations: readonly Migration[]): FileFault | null {
  const form = formOf(db)
  if (form !== 0 && !migrations.some(({ version }) => version === form)) return damageOf(`there is no form ${form}`)
  const model = new BetterSqlite3(':memory:')
  try {
    for (const { version, run } of migrations) if (version <= form) run(model)
    const found = shapeOf(db)
    const wanted = shapeOf(model)
    const different = [...new Set([...found.keys(), ...wanted.keys()])].find((name) => found.get(name) !== wanted.get(name))
    return different === undefined ? null : damageOf(`${different} is not as in form ${form}`)
  } finally {
    model.close()
  }
}

/** The first thing that SQLite's own check finds wrong with a database; null: nothing. Reads all of it. */
export function integrityProblem(db: Database): FileFault | null {
  const found = String(db.pragma('integrity_check(1)', { simple: true }))
  // A line before it may only name the database.
  return found === 'ok' ? null : damageOf(found.split('\n').at(-1) ?? found)
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
