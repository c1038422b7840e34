import { z } from 'zod'
import { damageSchema } from './events.ts'
import { archiveKinds, fileFaultsSchema } from './fileFaults.ts'
import type { Severity } from './troubles.ts'

const reason = { because: z.string() }
const faults = { because: fileFaultsSchema }

/** Why the console cannot start or cannot store its data. `consoleTroubleText` returns what is wrong and what to do. */
export const consoleTroubleSchema = z.discriminatedUnion('kind', [
  /** Another mtxdeck uses the folder; `pid` and `since` describe it if known. */
  z.object({ kind: z.literal('dataDirInUse'), folder: z.string(), pid: z.number().nullable(), since: z.string() }),
  z.object({ kind: z.literal('diskFull'), folder: z.string() }),
  z.object({ kind: z.literal('folderNotWritable'), folder: z.string(), ...reason }),
  z.object({ kind: z.literal('fileNotWritable'), file: z.string(), folder: z.string(), ...reason }),
  z.object({ kind: z.literal('fileHeld'), file: z.string(), ...reason }),
  z.object({ kind: z.literal('databaseNewer'), file: z.string(), form: z.number(), known: z.number() }),
  /** By a version of before the numbers of forms began anew. */
  z.object({ kind: z.literal('databaseOlder'), file: z.string() }),
  z.object({ kind: z.literal('databaseDamaged'), file: z.string(), name: z.string(), ...faults }),
  z.object({ kind: z.literal('restoreUnfinished'), folder: z.string() }),
  /** main.db is damaged, and no backup could be put in its place. */
  z.object({ kind: z.literal('mainNotRestored'), folder: z.string(), ...reason }),
  /** A database is copied before its format is upgraded. */
  z.object({ kind: z.literal('noRoomForCopy'), name: z.string(), folder: z.string(), neededBytes: z.number(), freeBytes: z.number() }),
  z.object({ kind: z.literal('copyFailed'), name: z.string(), folder: z.string(), ...reason }),
  /** A database was moved away while open, and cannot be written back. */
  z.object({ kind: z.literal('fileMoved'), file: z.string(), replaced: z.boolean(), ...reason }),
  z.object({ kind: z.literal('dailyCopyBad'), folder: z.string(), ...faults }),
  z.object({ kind: z.literal('dailyCopyFailed'), folder: z.string(), ...reason }),
  z.object({ kind: z.literal('writerFailed') }),
  z.object({ kind: z.literal('diskSlow'), folder: z.string() }),
  z.object({ kind: z.literal('spaceLow'), folder: z.string(), freeBytes: z.number(), leastBytes: z.number() }),
  /** `day`, such as 2026-11-14, was not archived. */
  z.object({ kind: z.literal('noRoomForArchive'), day: z.string(), neededBytes: z.number(), freeBytes: z.number() }),
  /** Samples are not stored. */
  z.object({ kind: z.literal('historyDiskFull'), folder: z.string() }),
  z.object({ kind: z.literal('historyNotWritable'), file: z.string(), ...reason }),
  z.object({ kind: z.literal('historyHeld'), file: z.string() }),
  z.object({ kind: z.literal('historyDamaged'), file: z.string(), ...faults }),
  z.object({ kind: z.literal('nodeTooOld'), version: z.string() }),
  z.object({ kind: z.literal('bundleRefused'), file: z.string(), ...faults }),
  /** It is a history file: `of` is its content, `period` its day, month or year. */
  z.object({ kind: z.literal('notABundle'), file: z.string(), of: z.enum(archiveKinds), period: z.string() }),
])
export type ConsoleTrouble = z.infer<typeof consoleTroubleSchema>

const copyKinds: ReadonlySet<ConsoleTrouble['kind']> = new Set(['dailyCopyBad', 'dailyCopyFailed'])
/** Troubles during which most data is still stored. */
const mildKinds: ReadonlySet<ConsoleTrouble['kind']> = new Set(['spaceLow', 'diskSlow', 'noRoomForArchive'])
/** Severities of incomplete storage, least severe first. */
export const storeSeverities = ['major', 'critical'] as const satisfies readonly Severity[]
/** Alarm kind and severity for a trouble of the running console. */
export function alarmOfConsole({ kind }: ConsoleTrouble): { readonly kind: 'storeFailing' | 'backupMissed'; readonly severity: Severity } {
  if (copyKinds.has(kind)) return { kind: 'backupMissed', severity: 'minor' }
  return { kind: 'storeFailing', severity: storeSeverities[mildKinds.has(kind) ? 0 : 1] }
}

/** Why a file in the data folder was set aside and is not used. */
export const setAsideSchema = z.union([
  damageSchema,
  /** Found at startup; it was damaged or replaced during an earlier run. */
  z.object({ damage: z.literal('mainEarlier'), replaced: z.boolean() }),
  z.object({ damage: z.literal('historyEarlier'), file: z.string() }),
  /** Found at startup: this file and alarms.db were swapped during an earlier run. */
  z.object({ damage: z.literal('alarmsReplaced') }),
])
export type SetAside = z.infer<typeof setAsideSchema>
