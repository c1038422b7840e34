import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import {
  type BackupManifest,
  bytesInWords,
  isInside,
  type KnownForms,
  manifestForm,
  manifestName,
  nameFiles,
  nextManifestName,
  partEnd,
  readManifest,
  unfinishedBackupName,
  verifyBackup,
} from './backupManifest.ts'
import { vacuumInto } from './backups.ts'
import { hashFile } from './hashFile.ts'
import { formOf } from './migrate.ts'
import { openToRead } from './openDatabase.ts'
import { classifyStorageError } from './storageTrouble.ts'
import { syncFile, syncFolder } from './syncFile.ts'

export interface BackUpDeps {
  readonly clock: Clock
  readonly dataDir: string
  readonly into: string
  /** Puts the key of the servers' passwords in. */
  readonly withKey: boolean
  readonly version: string
  readonly forms: KnownForms
  /** Reads a copy of a database whole, before the backup counts. */
  readonly check: (name: string, file: string) => Promise<CopyCheck>
  readonly tell: (line: string) => void
  readonly signal?: AbortSignal
}

export interface CopyCheck {
  /** Why nobody can use the copy, in words; null: it can be read. */
  readonly unusable: string | null
  /** What whoever reads it leaves out, in words. */
  readonly damaged: readonly string[]
}

export interface BackUpReport {
  readonly manifest: BackupManifest
  readonly bytes: number
  /** Archives that an earlier backup in this folder had already. */
  readonly reused: number
  /** Files of the earlier backup that are not part of this one, though the console's limits did not drop them: they stay, and the manifest does not name them. */
  readonly kept: readonly string[]
  /** What is damaged in the console's data and so in their copy, too; the rest of it can be read. */
  readonly damaged: readonly { readonly name: string; readonly words: string }[]
}

/** The copy of a database can't be used. */
class CopyUnusable extends Error {
  override readonly name = 'CopyUnusable'
}

/** A row of history.db's list of archives. */
interface ListedArchive {
  readonly name: string
  readonly tier: string
  readonly from_at: number
  readonly bytes: number
  /** null: it grows. */
  readonly sha256: string | null
}

/**
 * Copies a data folder's databases and archives into a folder, while an engine runs on it or not: only reads there, and
 * takes no lock. A folder that has a backup of ours gets the new one; until all of it is there the old one counts, and
 * archives that did not change are not copied again. The error is in words.
 */
export async function backUpData(deps: BackUpDeps): Promise<Result<BackUpReport, string>> {
  const { clock, version, tell, signal } = deps
  const dataDir = resolve(deps.dataDir)
  const into = resolve(deps.into)
  const mainFile = join(dataDir, 'main.db')
  const historyFile = join(dataDir, 'history.db')
  for (const file of [mainFile, historyFile])
    if (!existsSync(file)) return err(`There is no console's data in ${dataDir}: ${basename(file)} is missing. Name its folder with --data.`)
  if (isInside(dataDir, into)) return err(`A backup inside the data folder would be lost with it. Choose a folder outside ${dataDir}.`)

  const isNew = !existsSync(into)
  const names = isNew ? [] : readdirSync(into)
  if (names.includes(nextManifestName)) {
    // One that ended while its files got their names: what it holds must not be swept away as parts of nothing.
    const whole = await verifyBackup(into)
    if (whole.ok && whole.value.name === nextManifestName) nameFiles(into, whole.value.manifest)
    else rmSync(join(into, nextManifestName))
  }
  const before = existsSync(join(into, manifestName)) ? readManifest(into, manifestName) : ok(null)
  if (!before.ok) return err(`${before.error} Choose another folder.`)
  if (names.length > 0 && before.value === null && !names.includes(unfinishedBackupName))
    return err(`${into} is not empty, and holds no backup of mtxdeck. Choose an empty folder.`)

  const made: string[] = []
  try {
    using closing = new DisposableStack()
    const open = (file: string): Database => {
      const db = openToRead(file)
      closing.defer(() => void db.close())
      return db
    }
    const main = open(mainFile)
    const history = open(historyFile)
    const forms = { main: formOf(main), history: formOf(history) }
    for (const name of ['main', 'history'] as const)
      if (forms[name] > deps.forms[name])
        return err(
          `${name}.db was written by a newer mtxdeck (its form is ${forms[name]}, this one knows ${deps.forms[name]}). Use that one's "mtxdeck backup".`,
        )

    const listed = listArchives(history)
    const old = new Map(before.value?.files.map((file) => [file.name, file]))
    const isThere = ({ name, bytes, sha256 }: ListedArchive): boolean =>
      sha256 !== null && old.get(`history/${name}`)?.sha256 === sha256 && statSync(join(into, 'history', name), { throwIfNoEntry: false })?.size === bytes
    const needed = [bytesOf(main), bytesOf(history), ...listed.filter((archive) => !isThere(archive)).map(({ bytes }) => bytes)].reduce(
      (sum, bytes) => sum + bytes,
    )
    const { bavail, bsize } = statfsSync(existingFolder(into))
    if (bavail * bsize < needed * 1.01)
      return err(`The backup needs ${bytesInWords(needed)} in ${into}, and ${bytesInWords(bavail * bsize)} are free there. Nothing was written.`)

    mkdirSync(join(into, 'history'), { recursive: true, mode: 0o700 })
    writeFileSync(join(into, unfinishedBackupName), `${JSON.stringify({ product: 'mtxdeck', since: new Date(clock.now()).toISOString() })}\n`, { mode: 0o600 })
    for (const folder of [into, join(into, 'history')]) for (const name of readdirSync(folder)) if (name.endsWith(partEnd)) rmSync(join(folder, name))

    const files: { name: string; bytes: number; sha256: string }[] = []
    const leftOut: { name: string; words: string }[] = []
    const placeOf = (name: string): string => {
      const place = join(into, ...name.split('/')) + partEnd
      made.push(place)
      return place
    }
    const damaged: { name: string; words: string }[] = []
    const copyDatabase = async (db: Database, name: string): Promise<void> => {
      signal?.throwIfAborted()
      const place = placeOf(name)
      vacuumInto(db, place)
      syncFile(place)
      tell(`${name}: reading the copy …`)
      const found = await deps.check(name, place)
      if (found.unusable !== null) throw new CopyUnusable(`the copy of ${name} is not good: ${found.unusable}`)
      damaged.push(...found.damaged.map((words) => ({ name, words })))
      files.push({ name, ...(await hashFile(place)) })
    }

    // The history first: what is archived after this is still in this copy, and the archives it lists are done.
    tell(`history.db (${bytesInWords(bytesOf(history))}) …`)
    await copyDatabase(history, 'history.db')
    const archives = listArchives(open(join(into, `history.db${partEnd}`)))
    let reused = 0
    /** Puts an archive into the backup; in words why it can't be there, else null. */
    const takeArchive = async (archive: ListedArchive, progress: string): Promise<string | null> => {
      const name = `history/${archive.name}`
      const source = join(dataDir, 'history', archive.name)
      const there = old.get(name)
      if (there && isThere(archive)) {
        files.push(there)
        reused++
        return null
      }
      tell(`${name} (${progress}) …`)
      if (archive.sha256 === null) {
        const growing = openToRead(source)
        try {
          await copyDatabase(growing, name)
        } finally {
          growing.close()
        }
        return null
      }
      const place = placeOf(name)
      const found = await hashFile(source, { into: place })
      if (found.sha256 === archive.sha256) {
        files.push({ name, ...found })
        return null
      }
      rmSync(place)
      return 'it is damaged: its bytes are not those that were written'
    }
    for (const [index, archive] of archives.entries()) {
      signal?.throwIfAborted()
      const name = `history/${archive.name}`
      try {
        const words = await takeArchive(archive, `${index + 1} of ${archives.length}`)
        if (words !== null) leftOut.push({ name, words })
      } catch (error) {
        const trouble = classifyStorageError(error)
        if (trouble === 'full' || (trouble === null && !(error instanceof CopyUnusable))) throw error
        // Its days may be over by the console's limits meanwhile.
        if (!listArchives(history).some((each) => each.name === archive.name)) continue
        rmSync(join(into, 'history', archive.name + partEnd), { force: true })
        leftOut.push({ name, words: (error as Error).message })
      }
    }
    tell('main.db …')
    await copyDatabase(main, 'main.db')
    const keyFile = join(dataDir, 'secrets.key')
    const hasKey = existsSync(keyFile)
    if (hasKey && deps.withKey) files.push({ name: 'secrets.key', ...(await hashFile(keyFile, { into: placeOf('secrets.key') })) })

    const manifest: BackupManifest = {
      product: 'mtxdeck',
      kind: 'backup',
      form: manifestForm,
      madeAt: new Date(clock.now()).toISOString(),
      madeBy: version,
      forms,
      key: !hasKey ? 'none' : deps.withKey ? 'included' : 'leftOut',
      files,
      leftOut,
    }
    // From here on the new one counts, even if this process ends while the files get their names.
    const next = join(into, nextManifestName)
    writeFileSync(next, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
    for (const folder of [join(into, 'history'), into]) syncFolder(folder)
    syncFile(next)
    made.length = 0
    nameFiles(into, manifest)
    rmSync(join(into, unfinishedBackupName))
    const kept = dropOutdated(into, manifest, archives)
    syncFolder(into)
    return ok({ manifest, bytes: files.reduce((sum, file) => sum + file.bytes, 0), reused, kept, damaged })
  } catch (error) {
    for (const place of made) rmSync(place, { force: true })
    if (isNew && made.length > 0) rmSync(into, { recursive: true, force: true })
    if (signal?.aborted) return err('The backup was stopped. What was there before still counts.')
    const trouble = classifyStorageError(error)
    const because = messageOf(error)
    if (error instanceof CopyUnusable)
      return err(
        `The backup was not made: ${because}. What was there before still counts. Run "mtxdeck check": where it finds nothing wrong in ${dataDir}, check the disk of ${into}.`,
      )
    if (trouble === 'full') return err(`The disk of ${into} is full. The backup was not made; what was there before still counts.`)
    if (trouble === 'damaged') return err(`The backup was not made: a database in ${dataDir} is damaged (${because}). Run "mtxdeck check" to see which.`)
    if (trouble !== null) return err(`The backup was not made (${because}). Check what ${dataDir} and ${into} allow.`)
    throw error
  }
}

function bytesOf(db: Database): number {
  const pragma = (name: string) => db.pragma(name, { simple: true }) as number
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
}

/** None in a history of the form before there were archives. */
function listArchives(history: Database): readonly ListedArchive[] {
  const hasList = history.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'archives'").get() !== undefined
  return hasList ? (history.prepare('SELECT name, tier, from_at, bytes, sha256 FROM archives ORDER BY name').all() as ListedArchive[]) : []
}

const existingFolder = (folder: string): string => (existsSync(folder) ? folder : existingFolder(dirname(folder)))

/**
 * Removes archives of an earlier backup that the console's limits have dropped since: those older than all that it
 * still has of their tier. Any other that is gone stays, for it may be the only good copy; its name is returned.
 */
function dropOutdated(into: string, manifest: BackupManifest, archives: readonly ListedArchive[]): readonly string[] {
  const named = new Set(manifest.files.map(({ name }) => name))
  const oldest = new Map<string, string>()
  for (const { name, tier } of archives) if (!(name >= (oldest.get(tier) ?? '~'))) oldest.set(tier, name)
  const kept: string[] = []
  for (const name of readdirSync(join(into, 'history'))) {
    if (named.has(`history/${name}`) || !name.endsWith('.db')) continue
    const limit = oldest.get(name.split('-', 1)[0] ?? '')
    if (limit !== undefined && name < limit) rmSync(join(into, 'history', name))
    else kept.push(`history/${name}`)
  }
  // Its passwords may open with no other key.
  if (manifest.key !== 'included' && existsSync(join(into, 'secrets.key'))) kept.push('secrets.key')
  return kept
}
