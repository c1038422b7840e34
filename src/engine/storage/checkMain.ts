import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { fileFaultText } from '../../i18n/consoleTroubleText.ts'
import type { FileFault } from '../../shared/fileFaults.ts'
import { messageOf } from '../../shared/result.ts'
import { formOf, type Migration, otherForm, shapeProblem } from './migrate.ts'
import { isCutOff, openToRead } from './openDatabase.ts'
import { classifyStorageError, damageOf, faultOf } from './storageTrouble.ts'

/** What a check of the data folder can find wrong in a file. */
export type Fault =
  /** `whole`: it can't be used as it is; `part`: a part of it is unreadable and is left out. */
  | { readonly kind: 'whole' | 'part'; readonly fault: FileFault }
  /** The disk fails to read it, which says nothing about the file. */
  | { readonly kind: 'unreadable'; readonly said: string }
  | { readonly kind: 'restoreUnfinished' }

/** What is wrong with a file of the data folder, for the command line. */
export function faultText(fault: Fault): string {
  if (fault.kind === 'unreadable') return `it cannot be read: ${fault.said}`
  if (fault.kind === 'restoreUnfinished') return 'a restore into this folder did not end: run the same restore again'
  return fileFaultText(fault.fault, 'en')
}

export interface Finding {
  /** Below the data folder, with slashes. */
  readonly file: string
  readonly fault: Fault
}

/** Maximum findings requested from SQLite's integrity check. */
const mostFindings = 20

const whole = (fault: FileFault): Fault => ({ kind: 'whole', fault })
const isEmpty = (db: Database): boolean => db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined

/**
 * Checks a whole database and the shape of its tables, then lets `more` check its content. Returns the findings; a file that
 * can't be opened is one, too. Opens the database read-only.
 */
export function checkDatabase(file: string, migrations: readonly Migration[], more: (db: Database, find: (fault: Fault) => void) => void): readonly Fault[] {
  const found: Fault[] = []
  if (!existsSync(file)) return [whole({ kind: 'notThere' })]
  let db: Database | undefined
  try {
    db = openToRead(file)
    if (isCutOff(db)) return [whole({ kind: 'cutOff' })]
    // The power failed right after the file was created, or the file was truncated to nothing.
    if (formOf(db) === 0 && isEmpty(db)) return [whole({ kind: 'cutOff' })]
    const other = otherForm(formOf(db), migrations)
    if (other !== null) return [whole({ kind: other.is, form: other.form, known: other.known })]
    for (const row of db.pragma(`integrity_check(${mostFindings})`) as { integrity_check: string }[])
      if (row.integrity_check !== 'ok')
        for (const said of row.integrity_check.split('\n')) if (!said.startsWith('*** in database')) found.push(whole(damageOf(said)))
    if (found.length > 0) return found
    const misshapen = shapeProblem(db, migrations)
    if (misshapen !== null) return [whole(misshapen)]
    more(db, (fault) => void found.push(fault))
    return found
  } catch (error) {
    const trouble = classifyStorageError(error)
    if (trouble === null) throw error
    return [...found, trouble === 'damaged' ? whole(faultOf(error)) : { kind: 'unreadable', said: messageOf(error) }]
  } finally {
    db?.close()
  }
}
