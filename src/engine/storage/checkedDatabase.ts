import BetterSqlite3, { type Database, type Options, type Statement } from 'better-sqlite3'
import type { FileFault } from '../../shared/fileFaults.ts'
import { DamageFound, damageOf } from './storageTrouble.ts'

type Prepare = (sql: string) => Statement

/**
 * Opens a database that checks every row it reads: a value that its strict table could never have accepted (a NULL in a NOT
 * NULL column, a wrong type) is reported as damage. SQLite itself does not notice: it reads a page that a power cut left
 * zeroed as rows of NULLs.
 */
export function openChecked(file: string, options?: Options): Database {
  const db = new BetterSqlite3(file, options)
  const prepare = db.prepare.bind(db) as Prepare
  const checked: Prepare = (sql) => {
    const statement = prepare(sql)
    // A left join produces NULLs for rows without a match.
    return statement.reader ? checkRows(prepare, statement, !/\bLEFT JOIN\b/i.test(sql)) : statement
  }
  return Object.assign(db, { prepare: checked as Database['prepare'] })
}

interface ColumnRule {
  /** Index of the column in the result. */
  readonly place: number
  /** Name of the column in the result. */
  readonly name: string
  readonly holds: (value: unknown) => boolean
  readonly fault: FileFault
}

const typeRules: Readonly<Record<string, (value: unknown) => boolean>> = {
  INTEGER: (value) => typeof value === 'number' || typeof value === 'bigint',
  REAL: (value) => typeof value === 'number',
  TEXT: (value) => typeof value === 'string',
  BLOB: (value) => value instanceof Uint8Array,
}

const rulesOf = (prepare: Prepare, statement: Statement, knowsNulls: boolean): readonly ColumnRule[] =>
  statement.columns().flatMap(({ name, column, table, type }, place): ColumnRule[] => {
    const rightType = typeRules[type ?? '']
    if (column === null || table === null || !rightType) return []
    const [of] = prepare('SELECT "notnull" OR pk > 0 AS needed FROM pragma_table_info(?) WHERE name = ?').all(table, column) as {
      needed: number
    }[]
    const mayBeNull = !(knowsNulls && of?.needed === 1)
    const holds = (value: unknown): boolean => (value === null ? mayBeNull : rightType(value))
    return [{ place, name, holds, fault: damageOf(`${table}.${column} has a value that it cannot have`) }]
  })

function checkRows(prepare: Prepare, statement: Statement, knowsNulls: boolean): Statement {
  const { get, all, iterate, pluck, raw } = statement
  let shape: 'object' | 'first' | 'array' = 'object'
  // Determined on first use: many statements are prepared before migrations change their tables.
  let rules: readonly ColumnRule[] | null = null
  const check = (row: unknown): void => {
    rules ??= rulesOf(prepare, statement, knowsNulls)
    for (const rule of rules) {
      if (shape === 'first' && rule.place > 0) return
      const value = shape === 'object' ? (row as Record<string, unknown>)[rule.name] : shape === 'first' ? row : (row as unknown[])[rule.place]
      if (!rule.holds(value)) throw new DamageFound(rule.fault)
    }
  }
  return Object.assign(statement, {
    get: (...values: unknown[]): unknown => {
      const row = get.apply(statement, values)
      if (row !== undefined) check(row)
      return row
    },
    all: (...values: unknown[]): unknown[] => {
      const rows = all.apply(statement, values)
      for (const row of rows) check(row)
      return rows
    },
    *iterate(...values: unknown[]): IterableIterator<unknown> {
      rules ??= rulesOf(prepare, statement, knowsNulls)
      for (const row of iterate.apply(statement, values)) {
        check(row)
        yield row
      }
    },
    pluck: (on = true): Statement => {
      pluck.call(statement, on)
      shape = on ? 'first' : 'object'
      return statement
    },
    raw: (on = true): Statement => {
      raw.call(statement, on)
      shape = on ? 'array' : 'object'
      return statement
    },
  })
}
