import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { messageOf } from '../../shared/messageOf.ts'
import { formOf, type Migration, refuseNewer, shapeProblem } from './migrate.ts'
import { cutOff, isCutOff, openToRead } from './openDatabase.ts'
import { classifyStorageError } from './storageTrouble.ts'

/** Something that is wrong with a file of the data folder, in words. */
export interface Finding {
  /** Below the data folder, with slashes. */
  readonly file: string
  readonly words: string
}

/** What SQLite's own check tells at most. */
const mostFindings = 20

const isEmpty = (db: Database): boolean => db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined

/**
 * Opens a database of ours to read it, checks it and its tables' shape whole, and lets `more` look at its content; the
 * words of what was found. A file that can't be opened at all is a finding, too. Writes nothing.
 */
export function checkDatabase(file: string, migrations: readonly Migration[], more: (db: Database, find: (words: string) => void) => void): readonly string[] {
  const found: string[] = []
  if (!existsSync(file)) return ['it is not there']
  let db: Database | undefined
  try {
    db = openToRead(file)
    if (isCutOff(db)) return [cutOff]
    // Made, and then the power went: nothing was ever written to it, or all of it was cut off.
    if (formOf(db) === 0 && isEmpty(db)) return ['it is empty']
    const newer = refuseNewer(db, migrations)
    if (!newer.ok) return [`it was written by a newer mtxdeck (its form is ${newer.error.fileVersion}, this one knows ${newer.error.ourVersion})`]
    for (const row of db.pragma(`integrity_check(${mostFindings})`) as { integrity_check: string }[])
      if (row.integrity_check !== 'ok') found.push(...row.integrity_check.split('\n').filter((line) => !line.startsWith('*** in database')))
    if (found.length > 0) return found
    const misshapen = shapeProblem(db, migrations)
    if (misshapen !== null) return [misshapen]
    more(db, (words) => void found.push(words))
    return found
  } catch (error) {
    const trouble = classifyStorageError(error)
    if (trouble === null) throw error
    const because = messageOf(error)
    return [...found, trouble === 'damaged' ? `it is damaged: ${because}` : `it cannot be read: ${because}`]
  } finally {
    db?.close()
  }
}
