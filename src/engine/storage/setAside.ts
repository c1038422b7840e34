import { existsSync, readdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from './syncFile.ts'

/** Ends of the files that belong to one SQLite database. */
const databaseEnds = ['', '-wal', '-shm'] as const
const setAsidePattern = /^(.+\.damaged-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})\.(\d{3})Z)$/

/** The name that a damaged file gets: `main.db.damaged-2026-11-14T03-12-40.000Z`. */
export const damagedName = (file: string, at: number): string => `${file}.damaged-${new Date(at).toISOString().replaceAll(':', '-')}`

/** Renames a damaged database and its log, so that they can be opened under the new name. Deletes nothing. */
export const setDatabaseAside = (file: string, at: number): string => {
  const aside = damagedName(file, at)
  for (const end of databaseEnds) if (existsSync(file + end)) renameSync(file + end, aside + end)
  syncFolder(dirname(file))
  return aside
}

/** Damaged copies of one file that lie beside it, oldest first. */
export const listSetAside = (file: string): readonly { readonly file: string; readonly at: number }[] => {
  const folder = dirname(file)
  if (!existsSync(folder)) return []
  const found: { file: string; at: number }[] = []
  for (const name of readdirSync(folder).sort()) {
    const match = setAsidePattern.exec(name)
    if (!match?.[1]?.startsWith(`${basename(file)}.damaged-`)) continue
    const [, , day, hours, minutes, seconds, ms] = match
    found.push({ file: join(folder, name), at: Date.parse(`${day}T${hours}:${minutes}:${seconds}.${ms}Z`) })
  }
  return found
}
