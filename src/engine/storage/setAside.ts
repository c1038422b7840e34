import { existsSync, readdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from './syncFile.ts'

/** Ends of the files that belong to one SQLite database. */
const databaseEnds = ['', '-wal', '-shm'] as const
const setAsidePattern = /\.(damaged|replaced)-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})\.(\d{3})Z(\.\d+)?$/

/** Why a file was set aside: it was damaged, or somebody had put it in the place of one in use. */
export type SetAsideReason = 'damaged' | 'replaced'

/** What is added to the name of a file that is set aside: `damaged-2026-11-14T03-12-40.000Z`. */
export const asideSuffix = (reason: SetAsideReason, at: number): string => `${reason}-${new Date(at).toISOString().replaceAll(':', '-')}`

/** Renames a damaged database and its log, so that they can be opened under the new name. Deletes nothing. */
export const setDatabaseAside = (file: string, at: number): string => {
  const aside = `${file}.${asideSuffix('damaged', at)}`
  for (const end of databaseEnds) if (existsSync(file + end)) renameSync(file + end, aside + end)
  syncFolder(dirname(file))
  return aside
}

/** Files that were set aside and lie beside the one in use, oldest first. */
export const listSetAside = (file: string): readonly { readonly file: string; readonly at: number; readonly reason: SetAsideReason }[] => {
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
