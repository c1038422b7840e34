import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import type { Failure, Progress } from '../../shared/commands.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type BackupManifest, isInside, isPicture, type KnownForms, verifyBackup } from './backupManifest.ts'
import { hashFile } from './hashFile.ts'
import { lockDataDir } from './lockDataDir.ts'
import { otherForm } from './migrate.ts'
import { unfinishedRestoreFile } from './openMain.ts'
import { classifyStorageError } from './storageTrouble.ts'
import { syncFile, syncFolder } from './syncFile.ts'

export interface RestoreDeps {
  readonly clock: Clock
  readonly from: string
  readonly dataDir: string
  /** Moves existing data aside within the folder instead of refusing. */
  readonly replace: boolean
  readonly forms: KnownForms
  readonly onProgress: (progress: Progress) => void
}

export interface RestoreReport {
  readonly manifest: BackupManifest
  /** Folder with the previous data; null: there was none. */
  readonly replaced: string | null
  /** The backup contained no key, so the folder keeps its own. */
  readonly hasOwnKey: boolean
}

/** Files of the lock; they are not data, and a restore leaves them alone. */
const notData = new Set(['engine.lock', 'engine.json'])
/** Whether a restore replaces this file of the data folder. Its token, log and crash reports stay. */
const isReplaced = (name: string, withKey: boolean): boolean =>
  /^(main|history|alarms|sessions)\.db/.test(name) || name === 'history' || name === 'snapshots' || name === 'backups' || (withKey && name === 'secrets.key')

/**
 * Restores a backup into a data folder that no engine uses. The backup is verified, then copied, before anything is
 * moved; existing data is renamed, never deleted. An engine refuses to start on a folder whose restore did not finish.
 */
export async function restoreData(deps: RestoreDeps): Promise<Result<RestoreReport, Failure>> {
  const { clock, replace, onProgress } = deps
  const from = resolve(deps.from)
  const dataDir = resolve(deps.dataDir)
  const whole = await verifyBackup(from, onProgress)
  if (!whole.ok) return whole
  const { manifest, places } = whole.value
  for (const name of ['main', 'history'] as const) {
    if (!places.has(`${name}.db`)) return err({ kind: 'backupNotWhole', folder: from, name: `${name}.db`, fault: 'notNamed' })
  }
  for (const name of ['main', 'history', 'alarms', 'snapshots', 'sessions'] as const) {
    const other = otherForm(manifest.forms[name] ?? 0, deps.forms[name])
    if (other?.kind === 'databaseOlder') return err({ kind: 'console', trouble: { kind: 'databaseOlder', file: join(from, `${name}.db`) } })
    if (other !== null) return err({ ...other, kind: 'backupNewer', name: `${name}.db` })
  }
  if (isInside(dataDir, from)) return err({ kind: 'backupWithinData', folder: dataDir })
  const existing = existsSync(dataDir) ? readdirSync(dataDir).filter((name) => !notData.has(name)) : []
  if (existing.length > 0 && !replace) return err({ kind: 'dataNotEmpty', folder: dataDir })

  const locked = lockDataDir({ clock, dataDir })
  if (!locked.ok) return err({ kind: 'console', trouble: locked.error.trouble })
  using _lock = locked.value
  const stamp = new Date(clock.now()).toISOString().replaceAll(':', '-')
  const staged = join(dataDir, `restoring-${stamp}`)
  const aside = join(dataDir, `replaced-${stamp}`)
  let moving = false
  try {
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
    const { bavail, bsize } = statfsSync(dataDir)
    if (bavail * bsize < bytes * 1.01) return err({ kind: 'noRoomForRestore', folder: dataDir, neededBytes: bytes, freeBytes: bavail * bsize })
    // Leftover copies of an interrupted restore.
    for (const name of readdirSync(dataDir)) if (name.startsWith('restoring-')) rmSync(join(dataDir, name), { recursive: true })
    mkdirSync(join(staged, 'history'), { recursive: true, mode: 0o700 })
    for (const file of manifest.files) {
      if (!isPicture(file.name)) onProgress({ kind: 'copying', name: file.name, bytes: file.bytes })
      const into = join(staged, ...file.name.split('/'))
      mkdirSync(dirname(into), { recursive: true, mode: 0o700 })
      const { sha256 } = await hashFile(places.get(file.name) as string, { into })
      if (sha256 !== file.sha256) return err({ kind: 'changedMeanwhile', name: file.name })
    }
    syncFolder(join(staged, 'history'))
    syncFolder(staged)

    const marker = unfinishedRestoreFile(dataDir)
    writeFileSync(marker, `${JSON.stringify({ from, since: new Date(clock.now()).toISOString() })}\n`, { mode: 0o600 })
    syncFile(marker)
    moving = true
    const moved = readdirSync(dataDir).filter((name) => isReplaced(name, manifest.key === 'included'))
    if (moved.length > 0) mkdirSync(aside, { mode: 0o700 })
    for (const name of moved) renameSync(join(dataDir, name), join(aside, name))
    for (const name of readdirSync(staged)) renameSync(join(staged, name), join(dataDir, name))
    rmdirSync(staged)
    if (moved.length > 0) syncFolder(aside)
    syncFolder(dataDir)
    rmSync(marker)
    syncFolder(dataDir)
    syncFolder(dirname(dataDir))
    return ok({ manifest, replaced: moved.length > 0 ? aside : null, hasOwnKey: manifest.key !== 'included' && existsSync(join(dataDir, 'secrets.key')) })
  } catch (error) {
    const trouble = classifyStorageError(error)
    if (trouble === null) throw error
    const at = { folder: dataDir, aside: moving ? aside : null }
    if (trouble === 'full') return err({ kind: 'restoreDiskFull', ...at })
    return err({ kind: 'restoreFailed', ...at, because: messageOf(error) })
  } finally {
    if (!moving) rmSync(staged, { recursive: true, force: true })
  }
}
