import { existsSync, readdirSync, renameSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Damage } from '../../../shared/events.ts'
import type { FileFault } from '../../../shared/fileFaults.ts'
import { type Tier, tiers } from '../../../shared/tiers.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { asideName, renameDatabase } from '../../storage/setAside.ts'
import { type ArchiveEntry, dayMs } from '../protocol/protocol.ts'

/** The parts of an archive's name: `minutes-2026-11-14.db`, or `minutes-2026-11-14.2.db` for data that came after the first file was made. */
interface ArchiveName {
  readonly tier: Tier
  /** UTC: a day, a month (quarter hours) or a year (two hours). */
  readonly period: string
  readonly part: number
}

const forms: Readonly<Record<Tier, RegExp>> = {
  samples: /^\d{4}-\d{2}-\d{2}$/,
  minutes: /^\d{4}-\d{2}-\d{2}$/,
  quarterHours: /^\d{4}-\d{2}$/,
  twoHours: /^\d{4}$/,
}

export function archiveName({ tier, period, part }: ArchiveName): string {
  return `${tier}-${period}${part > 1 ? `.${part}` : ''}.db`
}

export function misnamedAs(kind: string, period: string): FileFault {
  return { kind: 'misnamed', name: `${kind}${period === '' ? '' : `-${period}`}.db` }
}

/** null: not the name of an archive. */
export function parseArchiveName(name: string): ArchiveName | null {
  const [, tierText, period, part] = /^([a-zA-Z]+)-([\d-]+)(?:\.([1-9]\d{0,5}))?\.db$/.exec(name) ?? []
  const tier = tiers.find((one) => one === tierText)
  if (!tier || !period || part === '1' || !forms[tier].test(period) || periodSpan(period) === null) return null
  return { tier, period, part: part === undefined ? 1 : Number(part) }
}

/** Years beyond four digits come from a clock that is very wrong, and are all treated as the last four-digit year. */
export function periodOf(tier: Tier, at: number): string {
  const day = new Date(Math.min(Math.max(at, 0), Date.UTC(9999, 11, 31))).toISOString()
  return day.slice(0, tier === 'twoHours' ? 4 : tier === 'quarterHours' ? 7 : 10)
}

/** Start and end (exclusive) of a day, month or year, epoch ms. */
export function periodSpan(period: string): { readonly from: number; readonly to: number } | null {
  const [year, month, day] = period.split('-').map(Number)
  if (year === undefined) return null
  const from = Date.UTC(year, (month ?? 1) - 1, day ?? 1)
  const to = day !== undefined ? from + dayMs : month !== undefined ? Date.UTC(year, month, 1) : Date.UTC(year + 1, 0, 1)
  // Rejects days that don't exist, such as 2026-02-31.
  return new Date(from).toISOString().startsWith(period) ? { from, to } : null
}

/** The archives listed in history.db, which may come from a stranger: no name leads out of their folder. */
export function listedArchives(history: Database): ArchiveEntry[] {
  return history
    .prepare<[], { name: string; tier: Tier; from_at: number; to_at: number; bytes: number; sha256: string | null }>(
      'SELECT name, tier, from_at, to_at, bytes, sha256 FROM archives ORDER BY from_at, name',
    )
    .all()
    .filter(({ name }) => parseArchiveName(name) !== null)
    .map(({ from_at, to_at, ...row }) => ({ ...row, from: from_at, to: to_at }))
}

export function archivesInFolder(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => parseArchiveName(name) !== null)
        .sort()
    : []
}

/** A damaged file that was renamed: `file` is its name before. */
export type SetAside = Damage & { readonly damage: 'setAside' }

/** Renames a damaged archive so that its name says so. Deletes nothing. */
export function setArchiveAside(folder: string, name: string, at: number): SetAside {
  const file = basename(asideName(join(folder, name), at))
  // An archive that was being written has a journal instead of a write-ahead log.
  renameDatabase(join(folder, name), join(folder, file))
  if (existsSync(join(folder, `${name}-journal`))) renameSync(join(folder, `${name}-journal`), join(folder, `${file}-journal`))
  return { damage: 'setAside', store: 'archive', file: name, setAside: file, backupAt: null }
}

export function entryOf(file: string, tier: Tier, from: number, to: number, sha256: string | null): ArchiveEntry {
  return {
    name: basename(file),
    tier,
    from,
    to,
    bytes: statSync(file).size,
    sha256,
  }
}

/** Identifies a seal across history.db files by its number and start time, because a new history.db counts from 1 again. */
export function sealMark(id: number, from: number): string {
  return `${id.toString(36)}.${Math.round(from).toString(36)}`
}
