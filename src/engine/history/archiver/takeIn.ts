import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { FileFault } from '../../../shared/fileFaults.ts'
import { fileFaultsText } from '../../../shared/words/fileFaultText.ts'
import { hashFile } from '../../storage/hashFile.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { archivesInFolder, entryOf, listedArchives, openArchive, parseArchiveName, periodSpan, setArchiveAside } from '../archive/archive.ts'
import { checkArchive } from '../check/check.ts'
import { dayMs, dayStartOf, type StoreLimits } from '../protocol/protocol.ts'
import { type ArchiverWork, archiverWork, setAsideWork, unreadableWork } from './archiverWork.ts'
import { chosenToRemove } from './retention.ts'

/** A file modified more recently than this may still be being copied into the folder. */
const settledMs = 60_000

export interface TakeInOptions {
  /** history.db, read-only. */
  readonly history: Database
  /** Folder of the archives. */
  readonly folder: string
  readonly now: number
  readonly limits: StoreLimits
  /** Names of files that can't be adopted and were reported, so that each is reported once. */
  readonly reported: Set<string>
  readonly turn: () => Promise<void>
}

/** Adopts the next file in the folder that is not listed, or reports it as damaged. null: no file can be adopted now. */
export async function takeIn(options: TakeInOptions): Promise<ArchiverWork | null> {
  const { history, folder, now, reported } = options
  const passed = new Set([...listedArchives(history).map(({ name }) => name), ...chosenToRemove(folder)])
  for (const name of archivesInFolder(folder)) {
    if (passed.has(name) || now - statSync(join(folder, name)).mtimeMs < settledMs) continue
    const found = await takeInOne(options, name)
    if (found === null) continue
    if (!found.stays) return found.work
    if (reported.has(name)) continue
    reported.add(name)
    return found.work
  }
  return null
}

/** `stays`: the file can't be adopted and is left alone. null: too early. */
async function takeInOne(
  { history, folder, now, limits, turn }: TakeInOptions,
  name: string,
): Promise<{ readonly work: ArchiverWork; readonly stays: boolean } | null> {
  const of = parseArchiveName(name)
  if (!of) return null
  const file = join(folder, name)
  const setAside = (because: readonly FileFault[]) => ({ work: setAsideWork([setArchiveAside(folder, name, now, because)]), stays: false })
  const opened = openArchive(file)
  if (!opened.ok)
    return opened.error.kind === 'databaseDamaged' ? setAside([opened.error.fault]) : { work: archiverWork({ words: [opened.error.words] }), stays: true }
  const { kind, period, from, to } = opened.value.meta()
  opened.value.close()
  if (kind !== of.tier || period !== of.period) return setAside([{ kind: 'otherPeriod', of: kind, period }])
  const end = periodSpan(period)?.to ?? 0
  // A listed archive would hide live seals of the same days, so wait until those are archived.
  if (hasSeals(history, dayStartOf(from), dayStartOf(Math.min(to, end - 1)) + dayMs)) return null
  if (to < now - limits[of.tier].days * dayMs)
    return { work: archiverWork({ words: [`${name} is older than what is kept: it stays where it is, and is not shown.`] }), stays: true }
  const { findings, isRead } = await checkArchive(file, turn)
  if (!isRead) return { work: unreadableWork(name, fileFaultsText(findings.slice(-1), 'en')), stays: true }
  if (findings.length > 0) return setAside(findings)
  const sha256 = end <= dayStartOf(now) ? (await hashFile(file, { between: turn })).sha256 : null
  return {
    work: archiverWork({ list: [entryOf(file, of.tier, from, to, sha256)], words: [`${name} was found in the folder, read, and is taken in.`] }),
    stays: false,
  }
}

const hasSeals = (history: Database, from: number, to: number): boolean =>
  history.prepare<[number, number]>('SELECT 1 FROM seals WHERE from_at >= ? AND from_at < ? LIMIT 1').get(from, to) !== undefined
