import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { fileFaultText } from '../../i18n/consoleTroubleText.ts'
import type { FileFault } from '../../shared/fileFaults.ts'
import { err, messageOf, ok, type Result } from '../../shared/result.ts'
import { formatSize } from '../../shared/units.ts'
import {
  type BackupManifest,
  isBackupFile,
  isInside,
  isPicture,
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
import { changedBytes, hashFile } from './hashFile.ts'
import { formOf, otherForm } from './migrate.ts'
import { openToRead } from './openDatabase.ts'
import { classifyStorageError, damageOf, FaultyFile, faultOf } from './storageTrouble.ts'
import { syncFile, syncFolder } from './syncFile.ts'

interface BackUpDeps {
  readonly clock: Clock
  readonly dataDir: string
  readonly into: string
  /** Includes the key that decrypts the servers' passwords. */
  readonly withKey: boolean
  readonly version: string
  readonly forms: KnownForms
  /** Checks a whole copied database, before the backup counts as complete. */
  readonly check: (name: string, file: string) => Promise<CopyCheck>
  /** The pictures that an index of snapshots lists, by their names below the data folder. */
  readonly pictures: (index: Database) => Iterable<{ readonly name: string; readonly bytes: number }>
  readonly onProgress: (line: string) => void
  readonly signal?: AbortSignal
}

export interface CopyCheck {
  /** Why the copy can't be used; null: it can be read. */
  readonly unusable: FileFault | null
  /** Damaged parts that readers skip. */
  readonly damaged: readonly FileFault[]
}

export interface BackUpReport {
  readonly manifest: BackupManifest
  readonly bytes: number
  /** Number of archives already present from an earlier backup in this folder. */
  readonly reused: number
  /** Files of the earlier backup that are not part of this one although no retention limit dropped them. They stay, and the manifest does not list them. */
  readonly kept: readonly string[]
  /** Damage in the console's data, and therefore in the copy; the rest can be read. */
  readonly damaged: readonly FaultOfFile[]
}

interface FaultOfFile {
  readonly name: string
  readonly fault: FileFault
}

/** The copy of a database can't be used. */
class CopyUnusable extends FaultyFile {
  readonly file: string
  constructor(file: string, fault: FileFault) {
    super(fault)
    this.file = file
  }
}

type BackupFile = BackupManifest['files'][number]

interface ListedArchive {
  readonly name: string
  readonly tier: string
  readonly from_at: number
  readonly bytes: number
  /** null: the archive is still growing. */
  readonly sha256: string | null
}

const snapshotsName = 'snapshots/snapshots.db'

interface Backup {
  readonly deps: BackUpDeps
  readonly dataDir: string
  readonly into: string
  /** Files of the earlier backup in this folder, by name. */
  readonly earlier: ReadonlyMap<string, BackupFile>
  readonly files: BackupFile[]
  readonly leftOut: FaultOfFile[]
  readonly damaged: FaultOfFile[]
  /** Files written so far, to be removed if the backup fails. */
  readonly parts: string[]
  reused: number
}

/**
 * Copies a data folder's databases and archives into another folder. Only reads the data folder and takes no lock, so an
 * engine may be running on it. The target may hold an earlier backup, which stays valid until the new one is complete;
 * unchanged archives are not copied again.
 */
export async function backUpData(deps: BackUpDeps): Promise<Result<BackUpReport, string>> {
  const dataDir = resolve(deps.dataDir)
  const into = resolve(deps.into)
  const isNew = !existsSync(into)
  const before = await earlierBackup(dataDir, into)
  if (!before.ok) return before
  const earlier = new Map(before.value?.files.map((file) => [file.name, file]))
  const backup: Backup = { deps, dataDir, into, earlier, files: [], leftOut: [], damaged: [], parts: [], reused: 0 }
  try {
    return await writeBackup(backup)
  } catch (error) {
    for (const part of backup.parts) rmSync(part, { force: true })
    if (isNew && backup.parts.length > 0) rmSync(into, { recursive: true, force: true })
    if (deps.signal?.aborted) return err('The backup was stopped. What was there before still counts.')
    const trouble = classifyStorageError(error)
    const because = messageOf(error)
    if (error instanceof CopyUnusable)
      return err(
        `The backup was not made: the copy of ${error.file} is not good (${fileFaultText(error.fault, 'en')}). What was there before still counts. Run "mtxdeck check": where it finds nothing wrong in ${dataDir}, check the disk of ${into}.`,
      )
    if (trouble === 'full') return err(`The disk of ${into} is full. The backup was not made; what was there before still counts.`)
    if (trouble === 'damaged')
      return err(`The backup was not made: a database in ${dataDir} is damaged (${fileFaultText(faultOf(error), 'en')}). Run "mtxdeck check" to see which.`)
    if (trouble !== null) return err(`The backup was not made (${because}). Check what ${dataDir} and ${into} allow.`)
    throw error
  }
}

/** Checks that `dataDir` has data and `into` may take a backup. Returns the manifest of the backup already in `into`; null: none. */
async function earlierBackup(dataDir: string, into: string): Promise<Result<BackupManifest | null, string>> {
  for (const name of ['main.db', 'history.db'])
    if (!existsSync(join(dataDir, name))) return err(`There is no console's data in ${dataDir}: ${name} is missing. Name its folder with --data-dir.`)
  if (isInside(dataDir, into)) return err(`A backup inside the data folder would be lost with it. Choose a folder outside ${dataDir}.`)
  const names = existsSync(into) ? readdirSync(into) : []
  if (names.includes(nextManifestName)) {
    // A backup interrupted while its files were renamed: if complete, it must not be deleted as leftover parts.
    const whole = await verifyBackup(into)
    if (whole.ok && whole.value.name === nextManifestName) nameFiles(into, whole.value.manifest)
    else rmSync(join(into, nextManifestName))
  }
  const before = readManifest(into, manifestName)
  if (!before.ok) return before
  if (names.length > 0 && before.value === null && !names.includes(unfinishedBackupName))
    return err(`${into} is not empty, and holds no backup of mtxdeck. Choose an empty folder.`)
  return before
}

async function writeBackup(backup: Backup): Promise<Result<BackUpReport, string>> {
  const { deps, dataDir, into } = backup
  using closing = new DisposableStack()
  const open = (file: string): Database => {
    const db = openToRead(file)
    closing.defer(() => void db.close())
    return db
  }
  const databases: { readonly stem: keyof KnownForms; readonly name: string; readonly db: Database }[] = []
  for (const stem of ['main', 'history', 'alarms', 'snapshots', 'sessions'] as const) {
    const name = stem === 'snapshots' ? snapshotsName : `${stem}.db`
    if (existsSync(join(dataDir, name))) databases.push({ stem, name, db: open(join(dataDir, name)) })
  }
  const forms: BackupManifest['forms'] = { main: 0, history: 0 }
  for (const { stem, name, db } of databases) {
    const other = otherForm(formOf(db), deps.forms[stem])
    if (other !== null) {
      const fault = fileFaultText({ kind: other.is, form: other.form, known: other.known }, 'en')
      return err(`The backup was not made: ${name}: ${fault}. "mtxdeck check" says what to do.`)
    }
    forms[stem] = formOf(db)
  }
  const databaseOf = (stem: keyof KnownForms): Database | null => databases.find((one) => one.stem === stem)?.db ?? null
  const history = databaseOf('history') as Database
  const snapshots = databaseOf('snapshots')
  const lacking = lackOfSpace(backup, history, databases, snapshots)
  if (lacking !== null) return err(lacking)
  beginFolder(backup)

  // The history first: data archived after this point is still in this copy, and all archives it lists exist.
  await copyDatabase(backup, history, 'history.db')
  const archives = listArchives(open(join(into, `history.db${partEnd}`)))
  await copyArchives(backup, archives, history)
  for (const { stem, name, db } of databases) if (stem !== 'history' && stem !== 'snapshots') await copyDatabase(backup, db, name)
  if (snapshots !== null) await copySnapshots(backup, snapshots)
  const keyFile = join(dataDir, 'secrets.key')
  const hasKey = existsSync(keyFile)
  if (hasKey && deps.withKey) backup.files.push({ name: 'secrets.key', ...(await hashFile(keyFile, { into: partOf(backup, 'secrets.key') })) })

  const manifest: BackupManifest = {
    product: 'mtxdeck',
    kind: 'backup',
    form: manifestForm,
    madeAt: new Date(deps.clock.now()).toISOString(),
    madeBy: deps.version,
    forms,
    key: !hasKey ? 'none' : deps.withKey ? 'included' : 'leftOut',
    files: backup.files,
    leftOut: backup.leftOut.map((left) => ({ ...left, words: '' })),
  }
  const kept = finishFolder(backup, manifest, archives)
  const bytes = backup.files.reduce((sum, file) => sum + file.bytes, 0)
  return ok({ manifest, bytes, reused: backup.reused, kept, damaged: backup.damaged })
}

/** Checks the free space for what must be copied; null: there is enough. */
function lackOfSpace(backup: Backup, history: Database, databases: readonly { readonly db: Database }[], snapshots: Database | null): string | null {
  const { deps, into } = backup
  const missing = listArchives(history).filter((archive) => earlierCopy(backup, archive) === null)
  let pictures = 0
  if (snapshots !== null) for (const picture of deps.pictures(snapshots)) if (earlierPicture(backup, picture) === null) pictures += picture.bytes
  const needed = missing.reduce(
    (sum, { bytes }) => sum + bytes,
    databases.reduce((all, { db }) => all + bytesOf(db), pictures),
  )
  const { bavail, bsize } = statfsSync(existingFolder(into))
  if (bavail * bsize >= needed * 1.01) return null
  return `The backup needs ${formatSize(needed, null, 'en')} in ${into}, and ${formatSize(bavail * bsize, null, 'en')} are free there. Nothing was written.`
}

/** Marks the folder as the target of a backup, and removes what an interrupted one left. */
function beginFolder({ deps, into }: Backup): void {
  mkdirSync(join(into, 'history'), { recursive: true, mode: 0o700 })
  const since = new Date(deps.clock.now()).toISOString()
  writeFileSync(join(into, unfinishedBackupName), `${JSON.stringify({ product: 'mtxdeck', since })}\n`, { mode: 0o600 })
  for (const folder of [into, join(into, 'history')]) for (const name of readdirSync(folder)) if (name.endsWith(partEnd)) rmSync(join(folder, name))
  for (const name of filesBelow(join(into, 'snapshots'))) if (name.endsWith(partEnd)) rmSync(name)
}

/** Path of a file until the backup is complete. */
function partOf({ into, parts }: Backup, name: string): string {
  const part = join(into, ...name.split('/')) + partEnd
  mkdirSync(dirname(part), { recursive: true, mode: 0o700 })
  parts.push(part)
  return part
}

async function copyDatabase(backup: Backup, db: Database, name: string): Promise<void> {
  const { deps, files, damaged } = backup
  deps.signal?.throwIfAborted()
  deps.onProgress(`${name} (${formatSize(bytesOf(db), null, 'en')}) …`)
  const part = partOf(backup, name)
  vacuumInto(db, part)
  syncFile(part)
  deps.onProgress(`${name}: reading the copy …`)
  const found = await deps.check(name, part)
  if (found.unusable !== null) throw new CopyUnusable(name, found.unusable)
  damaged.push(...found.damaged.map((fault) => ({ name, fault })))
  files.push({ name, ...(await hashFile(part)) })
}

/**
 * Copies the index first: all pictures that it lists exist, unless a limit deletes one meanwhile, which is no loss. Pictures in the earlier backup are not
 * copied again, as they never change.
 */
async function copySnapshots(backup: Backup, snapshots: Database): Promise<void> {
  const { deps, dataDir, files } = backup
  await copyDatabase(backup, snapshots, snapshotsName)
  const copy = openToRead(partOf(backup, snapshotsName))
  try {
    for (const picture of deps.pictures(copy)) {
      deps.signal?.throwIfAborted()
      const existing = earlierPicture(backup, picture)
      if (existing !== null) {
        files.push(existing)
        backup.reused++
        continue
      }
      const source = join(dataDir, ...picture.name.split('/'))
      if (statSync(source, { throwIfNoEntry: false })?.size !== picture.bytes) continue
      try {
        files.push({ name: picture.name, ...(await hashFile(source, { into: partOf(backup, picture.name) })) })
      } catch (error) {
        // A limit dropped it just now.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
  } finally {
    copy.close()
  }
}

/** The picture's copy in the earlier backup in this folder; null: there is none. */
function earlierPicture({ earlier, into }: Backup, { name, bytes }: { readonly name: string; readonly bytes: number }): BackupFile | null {
  const copy = earlier.get(name)
  if (copy === undefined || copy.bytes !== bytes) return null
  return statSync(join(into, ...name.split('/')), { throwIfNoEntry: false })?.size === bytes ? copy : null
}

/** `history` is read again to see which archives the console has dropped meanwhile. */
async function copyArchives(backup: Backup, archives: readonly ListedArchive[], history: Database): Promise<void> {
  const { deps, into, leftOut } = backup
  for (const [index, archive] of archives.entries()) {
    deps.signal?.throwIfAborted()
    const name = `history/${archive.name}`
    try {
      const fault = await copyArchive(backup, archive, `${index + 1}/${archives.length}`)
      if (fault !== null) leftOut.push({ name, fault })
    } catch (error) {
      const trouble = classifyStorageError(error)
      if (trouble === 'full' || (trouble === null && !(error instanceof CopyUnusable))) throw error
      // A retention limit may have dropped it meanwhile.
      if (!listArchives(history).some((each) => each.name === archive.name)) continue
      rmSync(join(into, 'history', archive.name + partEnd), { force: true })
      leftOut.push({ name, fault: faultOf(error) })
    }
  }
}

/** Copies an archive into the backup. Returns why it had to be left out, or null. */
async function copyArchive(backup: Backup, archive: ListedArchive, progress: string): Promise<FileFault | null> {
  const { deps, dataDir, files } = backup
  const name = `history/${archive.name}`
  const source = join(dataDir, 'history', archive.name)
  const existing = earlierCopy(backup, archive)
  if (existing !== null) {
    files.push(existing)
    backup.reused++
    return null
  }
  deps.onProgress(`${name} (${progress}) …`)
  if (archive.sha256 === null) {
    const growing = openToRead(source)
    try {
      await copyDatabase(backup, growing, name)
    } finally {
      growing.close()
    }
    return null
  }
  // A finished archive is identified by its checksum, so its bytes are copied unchanged, which VACUUM would not do.
  const part = partOf(backup, name)
  const found = await hashFile(source, { into: part })
  if (found.sha256 === archive.sha256) {
    files.push({ name, ...found })
    return null
  }
  rmSync(part)
  return damageOf(changedBytes)
}

/** The archive's copy in the earlier backup in this folder; null: there is none, or the archive is still growing. */
function earlierCopy({ earlier, into }: Backup, { name, bytes, sha256 }: ListedArchive): BackupFile | null {
  const copy = earlier.get(`history/${name}`)
  if (copy === undefined || copy.sha256 !== sha256) return null
  return statSync(join(into, 'history', name), { throwIfNoEntry: false })?.size === bytes ? copy : null
}

/** Makes the new backup replace the earlier one. Returns the files of the earlier one that stay. */
function finishFolder({ into, parts }: Backup, manifest: BackupManifest, archives: readonly ListedArchive[]): readonly string[] {
  // From here on the new backup is valid, even if this process ends while the files are renamed.
  const next = join(into, nextManifestName)
  writeFileSync(next, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
  for (const folder of [join(into, 'history'), into]) syncFolder(folder)
  syncFile(next)
  parts.length = 0
  nameFiles(into, manifest)
  rmSync(join(into, unfinishedBackupName))
  const kept = dropOutdated(into, manifest, archives)
  syncFolder(into)
  return kept
}

function bytesOf(db: Database): number {
  const pragma = (name: string) => db.pragma(name, { simple: true }) as number
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
}

/** Empty for a history of a form older than archives. No name leads out of their folder. */
function listArchives(history: Database): readonly ListedArchive[] {
  const hasList = history.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'archives'").get() !== undefined
  const listed = hasList ? (history.prepare('SELECT name, tier, from_at, bytes, sha256 FROM archives ORDER BY name').all() as ListedArchive[]) : []
  return listed.filter(({ name }) => isBackupFile(`history/${name}`))
}

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))
}

const existingFolder = (folder: string): string => (existsSync(folder) ? folder : existingFolder(dirname(folder)))

/**
 * Removes pictures that the console no longer has, and archives of an earlier backup that retention limits have dropped since: those older than every archive the
 * console still has of their tier. Any other archive that the console no longer has stays, for its copy here may be the
 * only good one; its name is returned.
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
  for (const file of filesBelow(join(into, 'snapshots'))) if (isPicture(file) && !named.has(relative(into, file).split(sep).join('/'))) rmSync(file)
  // The backup's passwords may need this key.
  if (manifest.key !== 'included' && existsSync(join(into, 'secrets.key'))) kept.push('secrets.key')
  return kept
}
