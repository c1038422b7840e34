import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import type { archiveKinds, FileFault } from '../../shared/fileFaults.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { fileFaultText, heldText } from '../../shared/words/fileFaultText.ts'
import { openChecked } from './checkedDatabase.ts'
import { saidFault } from './faultOf.ts'
import { formOf, latestForm, type Migration, migrate, otherForm, shapeProblem, storedForm } from './migrate.ts'
import { isCutOff, openToRead } from './openDatabase.ts'
import { classifyStorageError } from './storageTrouble.ts'

/** What a check of the data folder can find wrong in a file. `said`: by SQLite or the system. */
export type Fault =
  | { readonly kind: 'notThere' | 'cutOff' | 'empty' | 'restoreUnfinished' | 'archiveMissing' | 'bytesChanged' | 'notOurs' }
  | { readonly kind: 'newer'; readonly form: number; readonly known: number }
  | { readonly kind: 'older'; readonly form: number }
  | { readonly kind: 'damaged' | 'unreadable'; readonly said: string }
  /** `contents`: it is inconsistent; `part`: a part of it is unreadable and is left out. */
  | { readonly kind: 'contents' | 'part'; readonly fault: FileFault }
  | { readonly kind: 'misnamed'; readonly of: (typeof archiveKinds)[number]; readonly period: string }

const plainFaults = {
  notThere: 'it is not there',
  cutOff: 'its end is missing',
  empty: 'it is empty',
  older: 'it was written by an mtxdeck of before 26 November 2026',
  restoreUnfinished: 'a restore into this folder did not end: run the same restore again',
  archiveMissing: 'it is missing, though the history lists it',
  bytesChanged: 'its bytes are not those that were written (SHA-256)',
  notOurs: 'it has no name of ours',
}
/** What is wrong with a file of the data folder, for the command line. */
export function faultText(fault: Fault): string {
  switch (fault.kind) {
    case 'newer':
      return `it was written by a newer mtxdeck (format ${fault.form}, this one knows ${fault.known})`
    case 'damaged':
      return `it is damaged: ${fault.said}`
    case 'unreadable':
      return `it cannot be read: ${fault.said}`
    case 'contents':
    case 'part':
      return fileFaultText(fault.fault, 'en')
    case 'misnamed':
      return `its name is wrong: it says of itself that it is ${heldText(fault.of, fault.period, 'en')}`
    default:
      return plainFaults[fault.kind]
  }
}

/** Something that is wrong with a file of the data folder. */
export interface Finding {
  /** Below the data folder, with slashes. */
  readonly file: string
  readonly fault: Fault
}

/** Maximum findings requested from SQLite's integrity check. */
const mostFindings = 20

const isEmpty = (db: Database): boolean => db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined

/** Reads a database as a start would bring it to the newest form; one of an older form is copied into memory for that. */
export function readAsMigrated<T>(db: Database, migrations: readonly Migration[], read: (db: Database) => T): T {
  if (formOf(db, migrations) === latestForm(migrations)) return read(db)
  const bytes = db.serialize()
  // In memory there is no write-ahead log: both bytes say that the file has a rollback journal (https://www.sqlite.org/fileformat.html).
  bytes.fill(1, 18, 20)
  const copy = openChecked(bytes)
  try {
    migrate(copy, migrations)
    return read(copy)
  } finally {
    copy.close()
  }
}

/**
 * Checks a whole database and the shape of its tables, then lets `more` check its content. Returns the findings; a file that
 * can't be opened is one, too. Opens the database read-only.
 */
export function checkDatabase(file: string, migrations: readonly Migration[], more: (db: Database, find: (fault: Fault) => void) => void): readonly Fault[] {
  const found: Fault[] = []
  if (!existsSync(file)) return [{ kind: 'notThere' }]
  let db: Database | undefined
  try {
    db = openToRead(file)
    if (isCutOff(db)) return [{ kind: 'cutOff' }]
    // The power failed right after the file was created, or the file was truncated to nothing.
    if (storedForm(db) === 0 && isEmpty(db)) return [{ kind: 'empty' }]
    const other = otherForm(storedForm(db), migrations)
    if (other !== null) return [other.kind === 'databaseOlder' ? { kind: 'older', form: other.form } : { kind: 'newer', form: other.form, known: other.known }]
    for (const row of db.pragma(`integrity_check(${mostFindings})`) as { integrity_check: string }[])
      if (row.integrity_check !== 'ok')
        for (const said of row.integrity_check.split('\n')) if (!said.startsWith('*** in database')) found.push({ kind: 'contents', fault: saidFault(said) })
    if (found.length > 0) return found
    const misshapen = shapeProblem(db, migrations)
    if (misshapen !== null) return [{ kind: 'contents', fault: misshapen }]
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
