import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { basename, join } from 'node:path'
import BetterSqlite3, { type Database } from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { consoleTroubleText } from '../../i18n/consoleTroubleText.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { FileFault } from '../../shared/fileFaults.ts'
import { err, messageOf, ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { formOf, integrityProblem } from './migrate.ts'
import { classifyStorageError, faultOf } from './storageTrouble.ts'
import { syncFile, syncFolder } from './syncFile.ts'

/** Where the console keeps copies of its own databases. */
export function backupFolder(dataDir: string): string {
  return join(dataDir, 'backups')
}

/** Daily copies of main.db that are kept, newest first. */
const keptDailyBackups = 7
/** Copies made before a migration are deleted after this long. */
const keptFormBackupMs = 30 * 86_400_000

const dailyPattern = /^(\w+)-(\d{4}-\d{2}-\d{2})\.db$/
const formPattern = /^(\w+)-form-\d+\.db$/
const partSuffix = '.part'

export interface BackupFile {
  readonly file: string
  /** Day (UTC) on which it was made. */
  readonly day: string
  readonly madeAt: number
  /** daily: made once a day. form: made before a migration to a newer form. */
  readonly kind: 'daily' | 'form'
}

/** Copies of `<stem>.db` in a folder, newest first; empty if there is no such folder. */
export function listBackups(folder: string, stem: string): readonly BackupFile[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  const found: BackupFile[] = []
  for (const name of readdirSync(folder)) {
    const daily = dailyPattern.exec(name)
    const form = formPattern.exec(name)
    if ((daily ?? form)?.[1] !== stem) continue
    const file = join(folder, name)
    const stat = statSync(file, { throwIfNoEntry: false })
    if (!stat?.isFile()) continue
    // Copying a folder often loses the files' times, so the date in the name takes precedence.
    const day = daily?.[2] ?? dayOf(stat.mtimeMs)
    found.push({ file, day, madeAt: day === dayOf(stat.mtimeMs) ? stat.mtimeMs : Date.parse(day), kind: daily ? 'daily' : 'form' })
  }
  return found.sort((a, b) => (a.day === b.day ? b.madeAt - a.madeAt : a.day < b.day ? 1 : -1))
}

/** `2026-11-14`, UTC. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/**
 * Copies an open database into `folder` before a migration, as `main-form-2.db`; an older copy of the same form is
 * replaced. The copy gets its name only when complete: an interrupted one leaves only a `.part` file.
 */
export function backupBeforeMigration(db: Database, folder: string): Result<string, ConsoleTrouble> {
  const form = formOf(db)
  const name = basename(db.name)
  const target = join(folder, `${name.replace(/\.db$/, '')}-form-${form}.db`)
  const part = target + partSuffix
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    rmSync(part, { force: true })
    vacuumInto(db, part)
    syncFile(part)
    renameSync(part, target)
    syncFolder(folder)
    return ok(target)
  } catch (error) {
    dropPart(part)
    const trouble = classifyStorageError(error)
    if (trouble === 'damaged' || trouble === null) throw error
    return err(trouble === 'full' ? { kind: 'diskFull', folder } : { kind: 'copyFailed', folder, because: messageOf(error) })
  }
}

/** A copy of main.db to be made: its file, the folder of copies, and the time (epoch ms). */
export interface CopyOrder {
  readonly file: string
  readonly folder: string
  readonly now: number
}

/**
 * Copies main.db to `main-2026-11-14.db` and keeps the newest seven. A copy counts only after it was read whole without errors, as was its source; only then is
 * an older one deleted. Waits for the disk, so that a thread is to run it. `open`: main.db as it is open here, if its file is gone. Returns why it could not be made.
 */
export function copyMain({ file, folder, now }: CopyOrder, open: Database | null = null): ConsoleTrouble | null {
  const target = join(folder, dailyName(now))
  const part = target + partSuffix
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Incomplete copies of an earlier launch.
    for (const name of readdirSync(folder)) if (name.startsWith('main-') && name.includes(partSuffix)) rmSync(join(folder, name), { force: true })
    const db = open ?? new BetterSqlite3(file, { readonly: true, fileMustExist: true, timeout: 0 })
    let found: FileFault | null
    try {
      // One without a form is no main.db, such as an empty file that somebody put there: it takes the place of no good copy.
      found = formOf(db) === 0 ? { kind: 'notOurs' } : integrityProblem(db)
      if (found === null) vacuumInto(db, part)
    } finally {
      if (open === null) db.close()
    }
    found ??= settleCopy(part)
    if (found !== null) {
      rmSync(part, { force: true })
      return { kind: 'copyBad', folder, because: found }
    }
    syncFile(part)
    renameSync(part, target)
    syncFolder(folder)
    const daily = listBackups(folder, 'main').filter(({ kind }) => kind === 'daily')
    for (const each of daily.slice(keptDailyBackups)) rmSync(each.file, { force: true })
    for (const stem of ['main', 'history'])
      for (const each of listBackups(folder, stem)) if (each.kind === 'form' && now - each.madeAt > keptFormBackupMs) rmSync(each.file, { force: true })
    return null
  } catch (error) {
    dropPart(part)
    const trouble = classifyStorageError(error)
    if (trouble === null) throw error
    return trouble === 'damaged' ? { kind: 'copyBad', folder, because: faultOf(error) } : { kind: 'copyFailed', folder, because: messageOf(error) }
  }
}

export type Backups = ReturnType<typeof createBackups>

const dailyName = (at: number): string => `main-${dayOf(at)}.db`
const checkEveryMs = 15 * 60_000
const firstCheckMs = 60_000
/** Has main.db copied once a day (UTC) while the engine runs. `inThread`: runs `copyMain` where nothing else waits for it. */
export function createBackups(deps: {
  readonly clock: Clock
  readonly log: Log
  readonly db: Database
  readonly dataDir: string
  readonly inThread: (order: CopyOrder) => Promise<ConsoleTrouble | null>
}) {
  const { clock, log, db } = deps
  const folder = backupFolder(deps.dataDir)
  const stop = new AbortController()
  let trouble: ConsoleTrouble | null = null
  let running: Promise<void> | null = null

  /** Its file is no longer at its path, and is copied from here. */
  let isGone = false
  const copyToday = async (isAgain: boolean): Promise<void> => {
    const now = clock.now()
    if (!isAgain && (await isThere(join(folder, dailyName(now))))) {
      trouble = null
      return
    }
    const order = { file: db.name, folder, now }
    trouble = isGone ? copyMain(order, db) : await deps.inThread(order)
    if (trouble === null) log.info({ folder }, 'main.db was copied')
    else if (!stop.signal.aborted) log[trouble.kind === 'copyBad' ? 'error' : 'warn']({ trouble }, consoleTroubleText(trouble, 'en'))
  }

  const loop = every(clock)(
    {
      intervalMs: checkEveryMs,
      timeoutMs: checkEveryMs,
      firstDelayMs: firstCheckMs,
      seed: 'backups',
      signal: stop.signal,
      onBug: (error) => log.error({ error }, 'the daily copy of main.db failed by a bug of ours'),
    },
    async () => {
      running = copyToday(false)
      await running
    },
  )
  return {
    /** Why today's copy could not be made; null: it was made, or is not due yet. */
    trouble: (): ConsoleTrouble | null => trouble,
    /** Copies it again, as its file is gone: the next start takes the copy. */
    copyNow: (): void => {
      isGone = true
      // One that is under way reads a file that may not be ours any more.
      const before = running?.catch(() => {}) ?? Promise.resolve()
      running = before.then(() => copyToday(true))
      running.catch((error) => log.error({ error }, 'the copy of main.db failed by a bug of ours'))
    },
    /** Resolves when no copy is in progress. */
    settled: async (): Promise<void> => {
      // The loop reports its failure.
      await running?.catch(() => {})
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      stop.abort()
      await loop
    },
  }
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

/** Turns a copy into a single file without a log, and checks it whole. Returns what is wrong with it, or null. */
function settleCopy(file: string): FileFault | null {
  const copy = new BetterSqlite3(file, { fileMustExist: true, timeout: 0 })
  try {
    copy.pragma('journal_mode = DELETE')
    return integrityProblem(copy)
  } catch (error) {
    if (classifyStorageError(error) !== 'damaged') throw error
    return faultOf(error)
  } finally {
    copy.close()
  }
}

/** Lets SQLite make a consistent copy in one piece of work, even while others write. It is not yet synced to disk. `target` must not exist. */
export function vacuumInto(db: Database, target: string): void {
  createPrivateFile(target)
  db.prepare('VACUUM INTO ?').run(target)
}

/** Deletes an incomplete copy. */
export function removePart(part: string): void {
  for (const name of [part, `${part}-journal`]) rmSync(name, { force: true })
}

/** Deletes an incomplete copy, and ignores failures of the disk. */
function dropPart(part: string): void {
  try {
    removePart(part)
  } catch (error) {
    if (classifyStorageError(error) === null) throw error
  }
}

/** Creates an empty file that only this user can read. SQLite would create a world-readable one, but accepts an existing empty file. */
const createPrivateFile = (file: string): void => closeSync(openSync(file, 'wx', 0o600))
