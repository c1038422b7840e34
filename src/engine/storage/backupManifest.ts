import { existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { z } from 'zod'
import type { Failure, Progress } from '../../shared/commands.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { hashFile } from './hashFile.ts'
import { syncFolder } from './syncFile.ts'

/** Form of the manifest; a newer one is refused by name. */
export const manifestForm = 1
export const manifestName = 'manifest.json'
/** The manifest of a backup whose files are all there and get their names: it counts where every file of it is found. */
export const nextManifestName = 'manifest.json.next'
/** Lies in a folder while a backup is made, and after one was broken off: the folder is ours. */
export const unfinishedBackupName = 'backup-unfinished.json'
/** End of a file's name until all of the backup is there. */
export const partEnd = '.part'

/** Files of a data folder that a backup may hold; anything else in a manifest is not ours. */
const fileNamePattern = /^(main\.db|history\.db|secrets\.key|history\/[a-zA-Z]+-\d[\d.-]*\.db)$/

export const manifestSchema = z.object({
  product: z.literal('mtxdeck'),
  kind: z.literal('backup'),
  form: z.number().int(),
  /** ISO 8601. */
  madeAt: z.string(),
  /** Version of mtxdeck. */
  madeBy: z.string(),
  /** Forms of the databases. */
  forms: z.object({ main: z.number().int(), history: z.number().int() }),
  /** Whether the key that opens the servers' passwords is in it. `none`: the data folder had none, as on a desktop, whose system keeps it. */
  key: z.enum(['included', 'leftOut', 'none']),
  files: z.array(z.object({ name: z.string().regex(fileNamePattern), bytes: z.number().int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
  /** Files of the data folder that could not be put in, and why. */
  leftOut: z.array(z.object({ name: z.string(), words: z.string() })),
})
export type BackupManifest = z.infer<typeof manifestSchema>

/** Forms of the databases that this mtxdeck knows. */
export interface KnownForms {
  readonly main: number
  readonly history: number
}

/** A manifest as it lies in a folder: null where there is none. */
export function readManifest(folder: string, name: string): Result<BackupManifest | null, Failure> {
  const file = join(folder, name)
  if (!existsSync(file)) return ok(null)
  let read: unknown
  try {
    read = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    return err({ kind: 'manifestUnreadable', file, because: messageOf(error) })
  }
  const form = z.object({ product: z.literal('mtxdeck'), kind: z.literal('backup'), form: z.number() }).safeParse(read)
  if (!form.success) return err({ kind: 'notAManifest', file })
  if (form.data.form > manifestForm) return err({ kind: 'manifestNewer', folder, form: form.data.form, known: manifestForm })
  const manifest = manifestSchema.safeParse(read)
  if (!manifest.success)
    return err({ kind: 'manifestDamaged', file, because: `${manifest.error.issues[0]?.path.join('.')} ${manifest.error.issues[0]?.message}` })
  if (new Set(manifest.data.files.map((each) => each.name)).size !== manifest.data.files.length)
    return err({ kind: 'manifestDamaged', file, because: 'it names a file twice' })
  return ok(manifest.data)
}

/** A backup that was read whole: every file is what the manifest says. */
export interface WholeBackup {
  readonly manifest: BackupManifest
  /** The manifest's own name. */
  readonly name: string
  /** Where each file lies, by its name. */
  readonly places: ReadonlyMap<string, string>
}

/** The files of a backup that is all there get their names, and last its manifest. */
export function nameFiles(folder: string, manifest: BackupManifest): void {
  for (const { name } of manifest.files) {
    const place = join(folder, ...name.split('/'))
    if (existsSync(place + partEnd)) renameSync(place + partEnd, place)
  }
  syncFolder(join(folder, 'history'))
  renameSync(join(folder, nextManifestName), join(folder, manifestName))
  syncFolder(folder)
}

/** Reads all of a backup. The error names what is missing or different; nothing is trusted before. */
export async function verifyBackup(folder: string, tell: (progress: Progress) => void = () => {}): Promise<Result<WholeBackup, Failure>> {
  const problems: Failure[] = []
  // One that was broken off while its files got their names is whole all the same.
  for (const name of [manifestName, nextManifestName]) {
    const read = readManifest(folder, name)
    if (!read.ok) problems.push(read.error)
    if (!read.ok || read.value === null) continue
    const manifest = read.value
    tell({ kind: 'readingBackup', madeAt: manifest.madeAt })
    const places = new Map<string, string>()
    let problem: Failure | null = null
    for (const wanted of manifest.files) {
      const plain = join(folder, ...wanted.name.split('/'))
      let found: string | null = null
      for (const place of [plain, plain + partEnd]) {
        if (found !== null || statSync(place, { throwIfNoEntry: false })?.size !== wanted.bytes) continue
        const { sha256 } = await hashFile(place)
        if (sha256 === wanted.sha256) found = place
      }
      if (found === null) {
        problem = { kind: 'backupNotWhole', folder, name: wanted.name, fault: existsSync(plain) ? 'different' : 'missing' }
        break
      }
      places.set(wanted.name, found)
    }
    if (problem === null) return ok({ manifest, name, places })
    problems.push(problem)
  }
  return err(problems[0] ?? { kind: 'noBackup', folder, manifest: manifestName })
}

/** Whether `path` is `folder`, or lies in it. Both absolute. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  // Another drive of Windows has no way to it but its own.
  return !way.startsWith('..') && !isAbsolute(way)
}
