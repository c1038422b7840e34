import { existsSync, readdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from './syncFile.ts'

/** The files that belong to one SQLite database: itself, its log, and what those who have it open share. */
export const databaseFiles = (file: string): readonly [string, string, string] => [file, `${file}-wal`, `${file}-shm`]
const setAsidePattern = /\.(damaged|replaced)-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})\.(\d{3})Z(\.\d+)?$/

/** Why a file was set aside: it was damaged, or somebody had put it in the place of one in use. */
export type SetAsideReason = 'damaged' | 'replaced'

/** A name beside a file that is not taken yet: `history.db.damaged-2026-11-14T03-12-40.000Z`. */
export function asideName(file: string, reason: SetAsideReason, at: number): string {
  const wanted = `${file}.${reason}-${new Date(at).toISOString().replaceAll(':', '-')}`
  let name = wanted
  for (let n = 2; existsSync(name); n++) name = `${wanted}.${n}`
  return name
}

/** Renames a damaged database and its log, so that they can be opened under the new name. Deletes nothing. */
export function setDatabaseAside(file: string, at: number): string {
  const aside = asideName(file, 'damaged', at)
  renameDatabase(file, aside)
  return aside
}

/** What is there of a database gets the name, which is on the disk when this returns. */
export function renameDatabase(file: string, name: string): void {
  const names = databaseFiles(name)
  for (const [i, from] of databaseFiles(file).entries()) if (existsSync(from)) renameSync(from, names[i] as string)
  syncFolder(dirname(file))
}

/** Files that were set aside and lie beside the one in use, oldest first. */
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
