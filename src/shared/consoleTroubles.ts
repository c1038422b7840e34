import { z } from 'zod'
import { fileFaultSchema } from './fileFaults.ts'
import type { Severity } from './severities.ts'

const reason = { because: z.string() }
const fault = { because: fileFaultSchema }

/** Why the console cannot start or cannot store its data. `consoleTroubleText` returns what is wrong and what to do. */
export const consoleTroubleSchema = z.discriminatedUnion('kind', [
  /** Another mtxdeck uses the folder; `pid` and `since` describe it if known. */
  z.object({ kind: z.literal('dataDirInUse'), folder: z.string(), pid: z.number().nullable(), since: z.string() }),
  z.object({ kind: z.literal('diskFull'), folder: z.string() }),
  /** `file`: a file or a folder. */
  z.object({ kind: z.literal('notWritable'), file: z.string(), ...reason }),
  z.object({ kind: z.literal('fileHeld'), file: z.string() }),
  z.object({ kind: z.literal('databaseNewer'), file: z.string(), form: z.number(), known: z.number() }),
  /** Of before the first form that this version reads: tools/bringOver.ts brings the data folder to it. */
  z.object({ kind: z.literal('databaseOlder'), file: z.string(), folder: z.string(), form: z.number(), known: z.number() }),
  z.object({ kind: z.literal('databaseDamaged'), file: z.string(), ...fault }),
  z.object({ kind: z.literal('restoreUnfinished'), folder: z.string() }),
  /** A database was removed or replaced while open. */
  z.object({ kind: z.literal('fileMoved'), file: z.string() }),
  /** Today's copy of main.db is damaged, or could not be made. */
  z.object({ kind: z.literal('copyBad'), folder: z.string(), ...fault }),
  z.object({ kind: z.literal('copyFailed'), folder: z.string(), ...reason }),
  z.object({ kind: z.literal('writerFailed') }),
  z.object({ kind: z.literal('diskSlow'), folder: z.string() }),
  z.object({ kind: z.literal('spaceLow'), folder: z.string(), freeBytes: z.number(), leastBytes: z.number() }),
  /** `day`, such as 2026-11-14, was not archived. */
  z.object({ kind: z.literal('noRoomForArchive'), day: z.string(), neededBytes: z.number(), freeBytes: z.number() }),
  z.object({ kind: z.literal('nodeTooOld'), version: z.string() }),
  /** Found at the start: the data folder lies on a file system of another machine, of this type (`nfs4`). */
  z.object({ kind: z.literal('folderOnNetwork'), folder: z.string(), fileSystem: z.string() }),
  /** Found at the start: a small write into the data folder took so long; without `hasAnswered`, it had not ended by then. */
  z.object({ kind: z.literal('folderSlow'), folder: z.string(), tookMs: z.number(), hasAnswered: z.boolean() }),
  z.object({ kind: z.literal('bundleRefused'), file: z.string(), ...fault }),
])
export type ConsoleTrouble = z.infer<typeof consoleTroubleSchema>

const copyKinds: ReadonlySet<ConsoleTrouble['kind']> = new Set(['copyBad', 'copyFailed'])
/** Troubles during which most data is still stored. */
const mildKinds: ReadonlySet<ConsoleTrouble['kind']> = new Set(['spaceLow', 'diskSlow', 'noRoomForArchive'])
/** Severities of incomplete storage, least severe first. */
export const storeSeverities = ['major', 'critical'] as const satisfies readonly Severity[]
/** Alarm kind and severity for a trouble of the running console. */
export function alarmOfConsole({ kind }: ConsoleTrouble): { readonly kind: 'storeFailing' | 'backupMissed'; readonly severity: Severity } {
  if (copyKinds.has(kind)) return { kind: 'backupMissed', severity: 'minor' }
  return { kind: 'storeFailing', severity: storeSeverities[mildKinds.has(kind) ? 0 : 1] }
}

/** How a window shows a trouble of the running console. One of where the data folder lies is no alarm, as it may be meant to lie there. */
export function shownAs(trouble: ConsoleTrouble): { readonly kind: 'storeFailing' | 'backupMissed' | 'folderUnfit'; readonly severity: Severity } {
  const isOfFolder = trouble.kind === 'folderOnNetwork' || trouble.kind === 'folderSlow'
  return isOfFolder ? { kind: 'folderUnfit', severity: 'minor' } : alarmOfConsole(trouble)
}
