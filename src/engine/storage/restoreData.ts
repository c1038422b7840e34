import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import { consoleTroubleText } from '../../i18n/consoleTroubleText.ts'
import { err, messageOf, ok, type Result } from '../../shared/result.ts'
import { formatSize } from '../../shared/units.ts'
import { type BackupManifest, isInside, isPicture, type KnownForms, verifyBackup } from './backupManifest.ts'
import { hashFile } from './hashFile.ts'
import { lockDataDir } from './lockDataDir.ts'
import { otherForm } from './migrate.ts'
import { unfinishedRestoreFile } from './openMain.ts'
import { classifyStorageError } from './storageTrouble.ts'
import { syncFile, syncFolder } from './syncFile.ts'

interface RestoreDeps {
  readonly clock: Clock
  readonly from: string
  readonly dataDir: string
  /** Moves existing data aside within the folder instead of refusing. */
  readonly replace: boolean
  readonly forms: KnownForms
  readonly onProgress: (line: string) => void
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
/** Whether a restore replaces this file of the data folder. Its token and log stay. */
const isReplaced = (name: string, withKey: boolean): boolean =>
  /^(main|history|alarms|sessions)\.db/.test(name) || name === 'history' || name === 'snapshots' || name === 'backups' || (withKey && name === 'secrets.key')

/**
 * Restores a backup into a data folder that no engine uses. The backup is verified, then copied, before anything is
 * moved; existing data is renamed, never deleted. An engine refuses to start on a folder whose restore did not finish.
 */
export async function restoreData(deps: RestoreDeps): Promise<Result<RestoreReport, string>> {
  const { clock, replace, onProgress } = deps
  const from = resolve(deps.from)
  const dataDir = resolve(deps.dataDir)
  const whole = await verifyBackup(from, onProgress)
  if (!whole.ok) return whole
  const { manifest, places } = whole.value
  for (const name of ['main', 'history'] as const) {
    if (!places.has(`${name}.db`)) return err(`The backup in ${from} is not whole: it names no ${name}.db.`)
  }
  for (const name of ['main', 'history', 'alarms', 'snapshots', 'sessions'] as const) {
    const other = otherForm(manifest.forms[name] ?? 0, deps.forms[name])
    // One of an older form is restored as it is; the start on it says how it is brought to the present one.
    if (other?.is === 'newer')
      return err(`The backup was made by a newer mtxdeck: the form of its ${name}.db is ${other.form}, this one knows ${other.known}. Update mtxdeck first.`)
  }
  if (isInside(dataDir, from)) return err(`The backup lies inside ${dataDir}. Move it out first.`)
  const existing = existsSync(dataDir) ? readdirSync(dataDir).filter((name) => !notData.has(name)) : []
  if (existing.length > 0 && !replace)
    return err(`${dataDir} is not empty. With --replace the console's data in it are moved aside, and the backup takes their place.`)

  const locked = lockDataDir({ clock, dataDir })
  if (!locked.ok) return err(consoleTroubleText(locked.error.trouble, 'en'))
  using _lock = locked.value
  const stamp = new Date(clock.now()).toISOString().replaceAll(':', '-')
  const staged = join(dataDir, `restoring-${stamp}`)
  const aside = join(dataDir, `replaced-${stamp}`)
  let moving = false
  try {
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
    const { bavail, bsize } = statfsSync(dataDir)
    if (bavail * bsize < bytes * 1.01)
      return err(`The restore needs ${formatSize(bytes, null, 'en')} in ${dataDir}, and ${formatSize(bavail * bsize, null, 'en')} are free there.`)
    // Leftover copies of an interrupted restore.
    for (const name of readdirSync(dataDir)) if (name.startsWith('restoring-')) rmSync(join(dataDir, name), { recursive: true })
    mkdirSync(join(staged, 'history'), { recursive: true, mode: 0o700 })
    for (const file of manifest.files) {
      if (!isPicture(file.name)) onProgress(`${file.name} (${formatSize(file.bytes, null, 'en')}) …`)
      const into = join(staged, ...file.name.split('/'))
      mkdirSync(dirname(into), { recursive: true, mode: 0o700 })
      const { sha256 } = await hashFile(places.get(file.name) as string, { into })
      if (sha256 !== file.sha256) return err(`${file.name} changed while it was copied. Nothing was replaced; try again.`)
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
    const because = trouble === 'full' ? `the disk of ${dataDir} is full` : messageOf(error)
    if (!moving) return err(`The restore was not made (${because}). What is in ${dataDir} is as it was.`)
    return err(
      `The restore did not end (${because}). The console does not start on ${dataDir} until the same restore was run again; what was there lies in ${aside}.`,
    )
  } finally {
    if (!moving) rmSync(staged, { recursive: true, force: true })
  }
}
