import type { SecretsKept } from './cautions.ts'
import type { ConsoleTrouble } from './consoleTroubles.ts'
import type { archiveKinds, FileFault } from './fileFaults.ts'
import type { Problem } from './mistakes.ts'

type Of<Facts> = { readonly [K in keyof Facts]: { readonly kind: K } & Facts[K] }[keyof Facts]
type None = unknown
interface InFile {
  readonly file: string
  readonly because: string
}
interface InFolder {
  readonly folder: string
}

/** Why a command failed, each kind with its facts. */
interface FailureFacts {
  readonly console: { readonly trouble: ConsoleTrouble }
  readonly problems: { readonly problems: readonly Problem[] }
  /** The demo fleet ended before it was ready. */
  readonly demoEnded: { readonly how: string }
  // Desktop window and build.
  readonly noDisplay: None
  /** An address or a data folder was named, so the console opens in the browser. */
  readonly placeNamed: None
  readonly electronFolderWrong: { readonly executable: string }
  readonly electronNotInstalled: None
  readonly electronNotUnpacked: None
  /** `because` is null if the reason was printed already. */
  readonly electronNotDownloaded: { readonly because: string | null }
  readonly electronLate: { readonly seconds: number }
  readonly electronNotStarted: { readonly because: string }
  /** `how` is its exit code or signal. */
  readonly electronEnded: { readonly how: string }
  readonly builderMissing: None
  readonly buildFailed: { readonly said: string }
  // What the desktop is started with.
  readonly noBundle: { readonly file: string }
  readonly bundleNotNamed: None
  readonly noConfiguration: { readonly file: string }
  readonly configurationNotNamed: None
  readonly notAnEngine: None
  readonly tokenNotGiven: None
  readonly notAToken: None
  // Starting a console.
  readonly tokenEmpty: { readonly file: string }
  readonly tokenOfWords: { readonly file: string }
  readonly tokenUnreadable: InFile
  readonly tokenNotWritten: InFile
  readonly logsNotWritten: InFolder & { readonly because: string }
  readonly certificateUnusable: { readonly because: string }
  /** `host`: '' means all addresses. */
  readonly portTaken: { readonly host: string; readonly port: number }
  readonly portForbidden: { readonly host: string; readonly port: number }
  readonly noSuchAddress: { readonly host: string }
  readonly cannotListen: { readonly host: string; readonly port: number; readonly because: string }
  // diagnose, recipe and export.
  readonly notWritten: InFile
  readonly keyNotNamed: None
  readonly notHostAndPort: { readonly text: string }
  readonly keyUnreadable: InFile
  readonly notAPublicKey: { readonly file: string }
  readonly noData: InFolder
  /** What is asked for can only be said by a console that runs. */
  readonly noConsole: InFolder
  readonly rulesUnreadable: InFile
  readonly isBackup: InFolder
  /** Another mtxdeck uses the folder, so nothing can be exported from it directly. */
  readonly inUse: { readonly trouble: ConsoleTrouble }
  readonly notAUrl: { readonly text: string }
  readonly tokenWanted: { readonly origin: string }
  readonly noAnswer: { readonly origin: string; readonly because: string }
  readonly refusedBy: { readonly origin: string; readonly because: string }
  /** The console rejected the query; `text` is its message. */
  readonly questionWrong: { readonly text: string }
  readonly stopped: None
  // backup and restore.
  readonly dataIncomplete: InFolder & { readonly missing: string }
  readonly backupInside: InFolder
  readonly manifestUnreadable: InFile
  readonly notAManifest: { readonly file: string }
  readonly manifestNewer: InFolder & { readonly form: number; readonly known: number }
  /** `entry` has another form; null: it names a file twice. */
  readonly manifestDamaged: { readonly file: string; readonly entry: string | null }
  readonly folderNotEmpty: InFolder
  readonly databaseNewer: { readonly name: string; readonly form: number; readonly known: number }
  readonly noRoomForBackup: InFolder & { readonly neededBytes: number; readonly freeBytes: number }
  readonly backupStopped: None
  /** `name`: of the file whose copy is not good. */
  readonly copyNotGood: InFolder & { readonly into: string; readonly name: string; readonly fault: FileFault }
  readonly backupDiskFull: InFolder
  readonly backupOfDamaged: InFolder & { readonly fault: FileFault }
  readonly backupFailed: InFolder & { readonly into: string; readonly because: string }
  readonly noBackup: InFolder & { readonly manifest: string }
  readonly backupNotWhole: InFolder & { readonly name: string; readonly fault: 'missing' | 'different' | 'notNamed' }
  readonly backupNewer: { readonly name: string; readonly form: number; readonly known: number }
  readonly backupWithinData: InFolder
  readonly dataNotEmpty: InFolder
  readonly noRoomForRestore: InFolder & { readonly neededBytes: number; readonly freeBytes: number }
  readonly changedMeanwhile: { readonly name: string }
  /** `aside` is where the previous data now lies; null if nothing was moved. */
  readonly restoreDiskFull: InFolder & { readonly aside: string | null }
  readonly restoreFailed: InFolder & { readonly aside: string | null; readonly because: string }
}
export type Failure = Of<FailureFacts>

interface ProgressFacts {
  readonly building: None
  /** Electron's runtime, which is waited for this long at most. */
  readonly downloading: { readonly seconds: number }
  readonly stillDownloading: { readonly seconds: number }
  /** File `no` out of `of` files of this kind. */
  readonly copying: { readonly name: string; readonly bytes?: number; readonly no?: number; readonly of?: number }
  readonly readingCopy: { readonly name: string }
  readonly readingBackup: { readonly madeAt: string }
}
/** Current step of a start, a backup or a restore. */
export type Progress = Of<ProgressFacts>

/** Risky settings that a starting console warns about. */
interface WarningFacts {
  readonly tokenShort: { readonly letters: number }
  readonly tokenOpen: { readonly file: string }
  readonly tlsOff: None
  readonly tokensRefused: None
  readonly notBuilt: None
  /** `because`: what the system says, where `why` is `other`. */
  readonly metricsNotServed: {
    readonly host: string
    readonly port: number
    readonly why: 'portTaken' | 'portForbidden' | 'noSuchAddress' | 'other'
    readonly because: string
  }
  /** Secrets cannot be stored. */
  readonly secrets: { readonly secrets: SecretsKept }
}
export type StartWarning = Of<WarningFacts>

/** What a check of the data folder can find wrong in a file. `said`: by SQLite or the system. */
interface FindingFacts {
  readonly notThere: None
  readonly cutOff: None
  readonly empty: None
  readonly newer: { readonly form: number; readonly known: number }
  readonly older: { readonly form: number }
  readonly damaged: { readonly said: string }
  readonly unreadable: { readonly said: string }
  readonly restoreUnfinished: None
  /** SQLite or our own check found its contents inconsistent. */
  readonly contents: { readonly fault: FileFault }
  /** A part of its contents is unreadable and is left out. */
  readonly part: { readonly fault: FileFault }
  readonly archiveMissing: None
  readonly bytesChanged: None
  readonly misnamed: { readonly of: (typeof archiveKinds)[number]; readonly period: string }
  readonly notOurs: None
}
export type Fault = Of<FindingFacts>

/** Files in the data folder that are worth mentioning but no fault. */
interface NoteFacts {
  readonly notListedYet: None
  readonly asideDamaged: None
  readonly asideReplaced: None
  readonly restoreReplaced: None
}
export type Note = Of<NoteFacts>

/** What to do about a fault. */
export type Todo =
  | 'update'
  | 'openBefore'
  | 'checkDisk'
  | 'restoreAgain'
  | 'start'
  | 'deleteCopy'
  | 'moveFile'
  | 'copyBack'
  | 'copyBackDamaged'
  | 'nothing'
  | 'startNew'
  | 'startNewDamaged'
