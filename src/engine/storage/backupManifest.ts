import { existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { z } from 'zod'
import { fileFaultSchema } from '../../shared/fileFaults.ts'
import { err, messageOf, ok, type Result } from '../../shared/result.ts'
import { formatMomentInZone } from '../../shared/units.ts'
import { hashFile } from './hashFile.ts'
import type { Migration } from './migrate.ts'
import { syncFolder } from './syncFile.ts'

/** Format version of the manifest. A newer one is rejected with an error that names it. */
export const manifestForm = 1
export const manifestName = 'manifest.json'
/** Manifest of a complete backup whose files are being renamed. It is valid if all of its files exist. */
export const nextManifestName = 'manifest.json.next'
/** Marks a folder as ours while a backup is in progress, and after an interrupted one. */
export const unfinishedBackupName = 'backup-unfinished.json'
/** File name suffix until the backup is complete. */
export const partEnd = '.part'

/** Files of a data folder that a backup may contain; a manifest naming anything else is not ours. */
const fileNamePattern =
  /^(main\.db|history\.db|alarms\.db|sessions\.db|secrets\.key|history\/[a-zA-Z]+-\d[\d.-]*\.db|snapshots\/snapshots\.db|snapshots\/\d{4}-\d\d-\d\d\/\d+-[\w.-]{0,60}\/[\d-]+\.\d{3}Z\.jpg)$/

/** Whether a backup may contain a file of this name. */
export function isBackupFile(name: string): boolean {
  return fileNamePattern.test(name)
}

/** Whether a file is a snapshot, of which there are very many small ones. */
export function isPicture(name: string): boolean {
  return name.endsWith('.jpg')
}

const manifestSchema = z.object({
  product: z.literal('mtxdeck'),
  kind: z.literal('backup'),
  form: z.number().int(),
  madeAt: z.string(),
  madeBy: z.string(),
  /** Format versions of the databases. */
  forms: z.object({
    main: z.number().int(),
    history: z.number().int(),
    alarms: z.number().int().optional(),
    snapshots: z.number().int().optional(),
    sessions: z.number().int().optional(),
  }),
  /** Whether the backup contains the key that decrypts the servers' passwords. `none`: the data folder has none, as on a desktop, which uses the keychain. */
  key: z.enum(['included', 'leftOut', 'none']),
  files: z.array(z.object({ name: z.string().regex(fileNamePattern), bytes: z.number().int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
  /** Files of the data folder that could not be included, and why. `words` was used by earlier versions, which still require it: now empty. */
  leftOut: z.array(z.object({ name: z.string(), words: z.string(), fault: fileFaultSchema.optional().catch(undefined) })),
})
export type BackupManifest = z.infer<typeof manifestSchema>

/** The forms of each database that this version of mtxdeck knows. */
export type KnownForms = Readonly<Record<keyof BackupManifest['forms'], readonly Migration[]>>

/** Reads and validates a manifest in a folder; null: there is none. */
export function readManifest(folder: string, name: string): Result<BackupManifest | null, string> {
  const file = join(folder, name)
  if (!existsSync(file)) return ok(null)
  let read: unknown
  try {
    read = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    return err(`${file} cannot be read: ${messageOf(error)}. Choose another folder.`)
  }
  const form = z.object({ product: z.literal('mtxdeck'), kind: z.literal('backup'), form: z.number() }).safeParse(read)
  if (!form.success) return err(`${file} is no manifest of a backup of mtxdeck. Choose another folder.`)
  if (form.data.form > manifestForm)
    return err(
      `${folder} was made by a newer mtxdeck (its form is ${form.data.form}, this one knows ${manifestForm}). Update mtxdeck first, or choose another folder.`,
    )
  const manifest = manifestSchema.safeParse(read)
  if (!manifest.success) return err(`${file} is damaged: "${manifest.error.issues[0]?.path.join('.') ?? ''}" has another form. Choose another folder.`)
  if (new Set(manifest.data.files.map((each) => each.name)).size !== manifest.data.files.length)
    return err(`${file} is damaged: it names a file twice. Choose another folder.`)
  return ok(manifest.data)
}

/** A manifest's ISO 8601 time, as the command line writes it; other text stays as it is. */
export function momentOf(text: string): string {
  return Number.isNaN(Date.parse(text)) ? text : formatMomentInZone(Date.parse(text), 'en')
}

/** A verified backup: every file matches the manifest. */
interface WholeBackup {
  readonly manifest: BackupManifest
  readonly name: string
  /** Path of each file, by its name in the manifest. */
  readonly places: ReadonlyMap<string, string>
}

/** Gives the files of a complete backup their final names, the manifest last. */
export function nameFiles(folder: string, manifest: BackupManifest): void {
  for (const { name } of manifest.files) {
    const place = join(folder, ...name.split('/'))
    if (existsSync(place + partEnd)) renameSync(place + partEnd, place)
  }
  syncFolder(join(folder, 'history'))
  renameSync(join(folder, nextManifestName), join(folder, manifestName))
  syncFolder(folder)
}

/** Reads every file of a backup and compares it with the manifest. The error names the missing or different file. */
export async function verifyBackup(folder: string, onProgress: (line: string) => void = () => {}): Promise<Result<WholeBackup, string>> {
  const problems: string[] = []
  // A backup that was interrupted while renaming its files is complete, too.
  for (const name of [manifestName, nextManifestName]) {
    const read = readManifest(folder, name)
    if (!read.ok) problems.push(read.error)
    if (!read.ok || read.value === null) continue
    const manifest = read.value
    onProgress(`Reading the backup of ${momentOf(manifest.madeAt)} …`)
    const places = new Map<string, string>()
    let problem: string | null = null
    for (const wanted of manifest.files) {
      const plain = join(folder, ...wanted.name.split('/'))
      let found: string | null = null
      for (const place of [plain, plain + partEnd]) {
        if (found !== null || statSync(place, { throwIfNoEntry: false })?.size !== wanted.bytes) continue
        const { sha256 } = await hashFile(place)
        if (sha256 === wanted.sha256) found = place
      }
      if (found === null) {
        problem = `The backup in ${folder} is not whole: ${wanted.name} ${existsSync(plain) ? "is not what the backup's manifest says" : 'is missing'}.`
        break
      }
      places.set(wanted.name, found)
    }
    if (problem === null) return ok({ manifest, name, places })
    problems.push(problem)
  }
  return err(problems[0] ?? `There is no backup in ${folder}: it has no ${manifestName}.`)
}

/** Whether `path` is `folder` or lies within it. Both must be absolute. */
export function isInside(folder: string, path: string): boolean {
  const relation = relative(folder, path)
  // On Windows, `relative` returns an absolute path for another drive.
  return !relation.startsWith('..') && !isAbsolute(relation)
}
