import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import type { Fault } from '../../shared/commands.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { formOf, type Migration, refuseNewer, shapeProblem } from './migrate.ts'
import { isCutOff, openToRead } from './openDatabase.ts'
import { classifyStorageError } from './storageTrouble.ts'

/** Something that is wrong with a file of the data folder. */
export interface Finding {
  /** Below the data folder, with slashes. */
  readonly file: string
  readonly fault: Fault
}

/** What SQLite's own check tells at most. */
const mostFindings = 20

const isEmpty = (db: Database): boolean => db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined

/**
 * Opens a database of ours to read it, checks it and its tables' shape whole, and lets `more` look at its content; what
 * was found. A file that can't be opened at all is a finding, too. Writes nothing.
 */
export function checkDatabase(file: string, migrations: readonly Migration[], more: (db: Database, find: (fault: Fault) => void) => void): readonly Fault[] {
  const found: Fault[] = []
  if (!existsSync(file)) return [{ kind: 'notThere' }]
  let db: Database | undefined
  try {
    db = openToRead(file)
    if (isCutOff(db)) return [{ kind: 'cutOff' }]
    // Made, and then the power went: nothing was ever written to it, or all of it was cut off.
    if (formOf(db) === 0 && isEmpty(db)) return [{ kind: 'empty' }]
    const newer = refuseNewer(db, migrations)
    if (!newer.ok) return [{ kind: 'newer', form: newer.error.fileVersion, known: newer.error.ourVersion }]
    for (const row of db.pragma(`integrity_check(${mostFindings})`) as { integrity_check: string }[])
      if (row.integrity_check !== 'ok')
        for (const said of row.integrity_check.split('\n')) if (!said.startsWith('*** in database')) found.push({ kind: 'contents', said })
    if (found.length > 0) return found
    const misshapen = shapeProblem(db, migrations)
    if (misshapen !== null) return [{ kind: 'contents', said: misshapen }]
    more(db, (fault) => void found.push(fault))
    return found
  } catch (error) {
    const trouble = classifyStorageError(error)
    if (trouble === null) throw error
    const because = messageOf(error)
    return [...found, { kind: trouble === 'damaged' ? 'damaged' : 'unreadable', said: because }]
  } finally {
    db?.close()
  }
}
