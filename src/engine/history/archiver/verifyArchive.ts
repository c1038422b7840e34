import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { FileFault } from '../../../shared/fileFaults.ts'
import { messageOf } from '../../../shared/messageOf.ts'
import { err, ok, type Result } from '../../../shared/result.ts'
import { faultOf } from '../../storage/faultOf.ts'
import { hashFile } from '../../storage/hashFile.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { isDamage, isUnreadable, listedArchives, openArchive, setArchiveAside } from '../archive/archive.ts'
import { checkRows } from '../check/check.ts'
import type { ArchiveEntry } from '../protocol/protocol.ts'
import { type ArchiverWork, archiverWork, missingWork, setAsideWork, unreadableWork } from './archiverWork.ts'

/** Compares a listed file with its size and checksum in history.db, and sets it aside if it is damaged. */
export async function verifyArchive(history: Database, folder: string, entry: ArchiveEntry, now: number, turn: () => Promise<void>): Promise<ArchiverWork> {
  const { name } = entry
  if (!existsSync(join(folder, name))) return missingWork(name)
  try {
    const damage = entry.sha256 === null ? await rowDamage(join(folder, name), turn) : ok(await byteDamage(history, folder, entry, turn))
    if (!damage.ok) return archiverWork({ words: [damage.error] })
    return damage.value === null ? archiverWork({}) : setAsideWork([setArchiveAside(folder, name, now, [damage.value])])
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return unreadableWork(name, messageOf(error))
  }
}

/** The damage; null: the file's bytes are unchanged. */
async function byteDamage(history: Database, folder: string, { name, sha256, bytes }: ArchiveEntry, turn: () => Promise<void>): Promise<FileFault | null> {
  const found = await hashFile(join(folder, name), { between: turn })
  if (found.sha256 === sha256) return null
  // The file may have grown since the list was read: compare with the current entry.
  if (listedArchives(history).find((again) => again.name === name)?.sha256 !== sha256) return null
  return found.bytes === bytes ? { kind: 'changed' } : { kind: 'size', bytes: found.bytes, expected: bytes }
}

/** Checks the rows of a file that still grows and has no checksum as a whole. The error says why it can't be opened. */
async function rowDamage(file: string, turn: () => Promise<void>): Promise<Result<FileFault | null, string>> {
  const opened = openArchive(file)
  if (!opened.ok) return opened.error.kind === 'databaseDamaged' ? ok(opened.error.fault) : err(opened.error.words)
  try {
    await checkRows(opened.value, turn)
    return ok(null)
  } catch (error) {
    if (!isDamage(error)) throw error
    return ok(faultOf(error))
  } finally {
    opened.value.close()
  }
}
