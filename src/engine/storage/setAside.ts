import { existsSync, readdirSync, renameSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { StoreFigures } from '../../shared/history.ts'
import { syncFolder } from './syncFile.ts'

/** The files of one SQLite database: the database, its write-ahead log and its shared memory. */
export function databaseFiles(file: string): readonly [string, string, string] {
  return [file, `${file}-wal`, `${file}-shm`]
}
const setAsidePattern = /\.(?:damaged|replaced)-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})\.(\d{3})Z(\.\d+)?$/

/** A free name next to the file, such as `history.db.damaged-2026-11-14T03-12-40.000Z`. */
export function asideName(file: string, at: number): string {
  const wanted = `${file}.damaged-${new Date(at).toISOString().replaceAll(':', '-')}`
  let name = wanted
  for (let n = 2; existsSync(name); n++) name = `${wanted}.${n}`
  return name
}

/** Renames a damaged database with its log, so that it can be opened under the new name. Returns that name; null: nothing was there. Deletes nothing. */
export function setDatabaseAside(file: string, at: number): string | null {
  if (!databaseFiles(file).some((one) => existsSync(one))) return null
  const aside = asideName(file, at)
  renameDatabase(file, aside)
  return basename(aside)
}

/** Renames those files of a database that exist. The new names are synced to disk when this returns. */
export function renameDatabase(file: string, name: string): void {
  const names = databaseFiles(name)
  for (const [i, from] of databaseFiles(file).entries()) if (existsSync(from)) renameSync(from, names[i] as string)
  syncFolder(dirname(file))
}

/** The files in a folder that were set aside, by this start and earlier ones, oldest first. */
export function setAsideIn(folder: string): StoreFigures['setAside'] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap((file) => {
      const [, day, hours, minutes, seconds, ms] = setAsidePattern.exec(file) ?? []
      const at = Date.parse(`${day}T${hours}:${minutes}:${seconds}.${ms}Z`)
      return Number.isNaN(at) ? [] : [{ file, at }]
    })
    .sort((a, b) => a.at - b.at)
}
