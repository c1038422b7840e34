import type { Statement } from 'better-sqlite3'
import type { Database } from './openDatabase.ts'

/** Prepares each statement on first use and caches it. Most queries need only a few of a file's statements. */
export type PrepareOnce = <P extends unknown[], R>(sql: string) => Statement<P, R>

export function preparedOnce(db: Database): PrepareOnce {
  const prepared = new Map<string, Statement>()
  return <P extends unknown[], R>(sql: string): Statement<P, R> => {
    const statement = prepared.get(sql) ?? db.prepare(sql)
    prepared.set(sql, statement)
    return statement as Statement<P, R>
  }
}
