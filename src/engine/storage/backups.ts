import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Database } from 'better-sqlite3'
import BetterSqlite3 from 'better-sqlite3'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { OneAtATime } from '../../clock/semaphore.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { FileFault } from '../../shared/fileFaults.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { consoleTroubleText } from '../../shared/words/consoleTroubleText.ts'
import type { Log } from '../ports.ts'
import { copyInSteps, dropPart, vacuumInto } from './copies.ts'
import { faultOf } from './faultOf.ts'
import { integrityProblem, storedForm } from './migrate.ts'
import { classifyStorageError } from './storageTrouble.ts'
import { syncFile, syncFolder } from './syncFile.ts'

/** Where the console keeps copies of its own databases. */
export function backupFolder(dataDir: string): string {
  return join(dataDir, 'backups')
}

/** Daily copies of main.db that are kept, newest first. */
export const keptDailyBackups = 7
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
    found.push({ file, day: daily?.[2] ?? dayOf(stat.mtimeMs), madeAt: stat.mtimeMs, kind: daily ? 'daily' : 'form' })
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
  const form = storedForm(db)
  const name = basename(db.name)
  const target = join(folder, `${name.replace(/\.db$/, '')}-form-${form}.db`)
  const part = target + partSuffix
  const bytes = (db.pragma('page_count', { simple: true }) as number) * (db.pragma('page_size', { simple: true }) as number)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { bavail, bsize } = statfsSync(folder)
    if (bavail * bsize < bytes) return err({ kind: 'noRoomForCopy', name, folder, neededBytes: bytes, freeBytes: bavail * bsize })
    rmSync(part, { force: true })
    const [folded] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    // A reader (check, backup) can prevent the log from being checkpointed; then SQLite makes the copy.
    if (folded?.busy === 0) copyFileAlone(db, part)
    else vacuumInto(db, part)
    syncFile(part)
    renameSync(part, target)
    syncFolder(folder)
    return ok(target)
  } catch (error) {
    dropPart(part)
    const trouble = classifyStorageError(error)
    if (trouble === 'damaged' || trouble === null) throw error
    return err({ kind: 'copyFailed', name, folder, because: messageOf(error) })
  }
}

/** Copies the database file without its log, which was checkpointed before. A write transaction keeps others from writing meanwhile. */
function copyFileAlone(db: Database, target: string): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    copyFileSync(db.name, target, constants.COPYFILE_FICLONE)
  } finally {
    db.exec('ROLLBACK')
  }
}

export interface Backups {
  /** Why today's copy could not be made; null: it was made, or is not due yet. */
  readonly trouble: () => ConsoleTrouble | null
  /** Resolves when no copy is in progress. */
  readonly settled: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const checkEveryMs = 15 * 60_000
const firstCheckMs = 60_000
/**
 * Copies main.db once a day (UTC) while the engine runs, to `backups/main-2026-11-14.db`, and keeps the newest seven.
 * A copy counts only after it was read whole without errors; only then is an older one deleted.
 */
export function createBackups(deps: {
  readonly clock: Clock
  readonly log: Log
  readonly db: Database
  readonly dataDir: string
  /** As of `FileWatchDeps`. */
  readonly copying: OneAtATime
}): Backups {
  const { clock, log, db, copying } = deps
  const folder = backupFolder(deps.dataDir)
  const stop = new AbortController()
  let trouble: ConsoleTrouble | null = null
  let running: Promise<void> | null = null

  const copyToday = async (): Promise<void> => {
    const target = join(folder, `main-${dayOf(clock.now())}.db`)
    if (existsSync(target)) {
      trouble = null
      return
    }
    const part = target + partSuffix
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      // Incomplete copies of an earlier launch.
      for (const name of readdirSync(folder)) if (name.startsWith('main-') && name.includes(partSuffix)) rmSync(join(folder, name), { force: true })
      await copyInSteps(db, part, stop.signal)
      const found = settleCopy(part)
      if (found !== null) {
        trouble = { kind: 'dailyCopyBad', folder, because: [found] }
        log.error({ found }, 'a copy of main.db is not good')
        rmSync(part, { force: true })
        return
      }
      syncFile(part)
      renameSync(part, target)
      syncFolder(folder)
      trouble = null
      const daily = listBackups(folder, 'main').filter(({ kind }) => kind === 'daily')
      for (const { file } of daily.slice(keptDailyBackups)) rmSync(file, { force: true })
      for (const stem of ['main', 'history'])
        for (const { file, kind, madeAt } of listBackups(folder, stem))
          if (kind === 'form' && clock.now() - madeAt > keptFormBackupMs) rmSync(file, { force: true })
      log.info({ file: target }, 'main.db was copied')
    } catch (error) {
      dropPart(part)
      if (stop.signal.aborted) return
      if (classifyStorageError(error) === null) throw error
      trouble = { kind: 'dailyCopyFailed', folder, because: messageOf(error) }
      log.warn({ error }, consoleTroubleText(trouble, 'en'))
    }
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
      running = copying(stop.signal, copyToday).finally(() => {
        running = null
      })
      await running
    },
  )
  return {
    trouble: () => trouble,
    settled: async () => {
      // The loop reports its failure.
      await running?.catch(() => {})
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await loop
    },
  }
}

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
