import { existsSync, readdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from './syncFile.ts'

/** The files of one SQLite database: the database, its write-ahead log and its shared memory. */
export function databaseFiles(file: string): readonly [string, string, string] {
  return [file, `${file}-wal`, `${file}-shm`]
}
const setAsidePattern = /\.(damaged|replaced)-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})\.(\d{3})Z(\.\d+)?$/

/** Why a file was set aside. damaged: it could not be read. replaced: somebody put it in place of a database in use. */
export type SetAsideReason = 'damaged' | 'replaced'

/** A free name next to the file, such as `history.db.damaged-2026-11-14T03-12-40.000Z`. */
export function asideName(file: string, reason: SetAsideReason, at: number): string {
  const wanted = `${file}.${reason}-${new Date(at).toISOString().replaceAll(':', '-')}`
  let name = wanted
  for (let n = 2; existsSync(name); n++) name = `${wanted}.${n}`
  return name
}

/** Renames a damaged database with its log, so that it can be opened under the new name. Returns that name. Deletes nothing. */
export function setDatabaseAside(file: string, at: number): string {
  const aside = asideName(file, 'damaged', at)
  renameDatabase(file, aside)
  return aside
}

/** Renames those files of a database that exist. The new names are synced to disk when this returns. */
export function renameDatabase(file: string, name: string): void {
  const names = databaseFiles(name)
  for (const [i, from] of databaseFiles(file).entries()) if (existsSync(from)) renameSync(from, names[i] as string)
  syncFolder(dirname(file))
}

/** Set-aside files next to the one in use, oldest first. */
export function listSetAside(file: string): readonly { readonly file: string; readonly at: number; readonly reason: SetAsideReason }[] {
  const folder = dirname(file)
  if (!existsSync(folder)) return []
  const found: { file: string; at: number; reason: SetAsideReason }[] = []
  for (const name of readdirSync(folder)) {
    const match = name.startsWith(`${basename(file)}.`) ? setAsidePattern.exec(name) : null
    if (!match) continue
    const [, reason, day, hours, minutes, seconds, ms] = match
    found.push({ file: join(folder, name), at: Date.parse(`${day}T${hours}:${minutes}:${seconds}.${ms}Z`), reason: reason as SetAsideReason })
  }
  return found.sort((a, b) => a.at - b.at)
}
