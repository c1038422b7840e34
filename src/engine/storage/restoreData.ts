import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type BackupManifest, bytesInWords, isInside, type KnownForms, verifyBackup } from './backupManifest.ts'
import { hashFile } from './hashFile.ts'
import { lockDataDir } from './lockDataDir.ts'
import { unfinishedRestoreFile } from './openMain.ts'
import { classifyStorageError } from './storageTrouble.ts'
import { syncFile, syncFolder } from './syncFile.ts'

export interface RestoreDeps {
  readonly clock: Clock
  readonly from: string
  readonly dataDir: string
  /** Data that lies in the folder are moved aside within it, instead of being a reason to refuse. */
  readonly replace: boolean
  readonly forms: KnownForms
  readonly tell: (line: string) => void
}

export interface RestoreReport {
  readonly manifest: BackupManifest
  /** Folder with what was there before; null: there was nothing. */
  readonly replaced: string | null
  /** The folder has a key, though the backup brought none: what it had stays. */
  readonly hasOwnKey: boolean
}

/** What a lock leaves, and what no restore touches. */
const notData = new Set(['engine.lock', 'engine.json'])
/** Of what is in a data folder these make the console; its token, log and crash reports stay. */
const isReplaced = (name: string, withKey: boolean): boolean =>
  /^(main|history)\.db/.test(name) || name === 'history' || name === 'backups' || (withKey && name === 'secrets.key')

/**
 * Puts a backup into a data folder that no engine uses. The backup is read whole first, and copied before anything is
 * moved; what was in the folder is renamed, never deleted. An engine does not start on a folder whose restore did not
 * end. The error is in words.
 */
export async function restoreData(deps: RestoreDeps): Promise<Result<RestoreReport, string>> {
  const { clock, replace, tell } = deps
  const from = resolve(deps.from)
  const dataDir = resolve(deps.dataDir)
  const whole = await verifyBackup(from, tell)
  if (!whole.ok) return whole
  const { manifest, places } = whole.value
  for (const name of ['main', 'history'] as const) {
    if (!places.has(`${name}.db`)) return err(`The backup in ${from} is not whole: it names no ${name}.db.`)
    if (manifest.forms[name] > deps.forms[name])
      return err(
        `The backup was made by a newer mtxdeck (${manifest.madeBy}): the form of its ${name}.db is ${manifest.forms[name]}, this one knows ${deps.forms[name]}. Update mtxdeck first.`,
      )
  }
  if (isInside(dataDir, from)) return err(`The backup lies inside ${dataDir}. Move it out first.`)
  const there = existsSync(dataDir) ? readdirSync(dataDir).filter((name) => !notData.has(name)) : []
  if (there.length > 0 && !replace)
    return err(`${dataDir} is not empty. With --replace the console's data in it are moved aside, and the backup takes their place.`)

  const locked = lockDataDir({ clock, dataDir })
  if (!locked.ok) return err(locked.error.words)
  using _lock = locked.value
  const stamp = new Date(clock.now()).toISOString().replaceAll(':', '-')
  const staged = join(dataDir, `restoring-${stamp}`)
  const aside = join(dataDir, `replaced-${stamp}`)
  let moving = false
  try {
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
    const { bavail, bsize } = statfsSync(dataDir)
    if (bavail * bsize < bytes * 1.01) return err(`The restore needs ${bytesInWords(bytes)} in ${dataDir}, and ${bytesInWords(bavail * bsize)} are free there.`)
    // Copies of a backup that an earlier restore made and did not use.
    for (const name of readdirSync(dataDir)) if (name.startsWith('restoring-')) rmSync(join(dataDir, name), { recursive: true })
    mkdirSync(join(staged, 'history'), { recursive: true, mode: 0o700 })
    for (const file of manifest.files) {
      tell(`${file.name} (${bytesInWords(file.bytes)}) …`)
      const { sha256 } = await hashFile(places.get(file.name) as string, { into: join(staged, ...file.name.split('/')) })
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
    return err(
      moving
        ? `The restore did not end (${because}). The console does not start on ${dataDir} until the same restore was run again; what was there lies in ${aside}.`
        : `The restore was not made (${because}). What is in ${dataDir} is as it was.`,
    )
  } finally {
    if (!moving) rmSync(staged, { recursive: true, force: true })
  }
}
