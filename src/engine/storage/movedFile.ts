import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { Damage } from '../../shared/events.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { consoleTroubleText } from '../../shared/words/consoleTroubleText.ts'
import { copyInSteps, dropPart, removePart, vacuumInto } from './copies.ts'
import { fileIdentity } from './fileIdentity.ts'
import type { Database } from './openDatabase.ts'
import { asideName, databaseFiles, renameDatabase } from './setAside.ts'
import { classifyStorageError } from './storageTrouble.ts'
import { syncFile, syncFolder } from './syncFile.ts'

/** Detects that an open database's file was moved, deleted or replaced, and writes it back to its path from the open handle. */
export interface MovedFile {
  /** Whether the file is not at its path. false: it is, or the disk can't tell. */
  readonly isMoved: () => boolean
  /**
   * If the file is no longer at its path: writes all data of `db` there again and closes `db`. null: the file is in place,
   * the disk can't tell, or writing fails for now (see `trouble`; `db` stays open). Throws errors other than disk failures.
   * In one piece of work: for a thread of its own.
   */
  readonly bringBack: (attempt: BringBack) => BroughtBack | null
  /** The same between other work, with all that is written through `db` meanwhile. null also once the signal is aborted. */
  readonly bringBackInSteps: (attempt: BringBack, signal: AbortSignal) => Promise<BroughtBack | null>
  /** Set while the file can't be written back. */
  readonly trouble: () => ConsoleTrouble | null
}

export interface BringBack {
  readonly db: Database
  /** Wall time, for the name of a file in the way, such as `history.db.replaced-2026-…`. */
  readonly now: number
  readonly monotonic: number
  /** Writes pending data to `db` first. */
  readonly flush?: () => void
  readonly onFailure: (error: unknown, words: string) => void
}

export interface BroughtBack {
  /** New name of the file that somebody had put in its place; null: there was none. */
  readonly setAside: string | null
  readonly damage: Damage
}

/** Name of the complete, synced copy of the open database until it is moved into place. */
const copyOf = (file: string): string => `${file}.again`
const partOf = (file: string): string => `${copyOf(file)}.part`
/** Time between attempts, as each one writes the whole database. */
const tryEveryMs = 60_000

/** One of the console's databases. */
export type StoreName = Extract<Damage, { damage: 'moved' }>['store']

/** Call this right after the database was opened. */
export function watchFile(file: string, store: StoreName): MovedFile {
  const opened = fileIdentity(file)
  // Some network file systems report a different inode each time; there only a missing file can be detected.
  const isSteady = fileIdentity(file) === opened
  let logOfOpened = fileIdentity(`${file}-wal`)
  let trouble: ConsoleTrouble | null = null
  let tryAt = Number.NEGATIVE_INFINITY
  /** New name for a file in the way. Kept across attempts, as a failed one may have moved only some of its files. */
  let aside: string | null = null

  const howMoved = (): 'removed' | 'replaced' | null => {
    const found = fileIdentity(file)
    if (found === undefined || opened == null) return null
    if (found === null) return 'removed'
    if (found !== opened) return isSteady ? 'replaced' : null
    logOfOpened = fileIdentity(`${file}-wal`)
    return null
  }
  const moved = () => {
    const how = howMoved()
    if (how === null) trouble = null
    return how
  }
  /** How the file went; null: it is in place, or the last attempt was just made. */
  const due = (monotonic: number): 'removed' | 'replaced' | null => {
    const how = moved()
    if (how === null || monotonic < tryAt) return null
    tryAt = monotonic + tryEveryMs
    return how
  }
  /** Clears the way for a copy. Returns its name. */
  const beginPart = (): string => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const part = partOf(file)
    removePart(part)
    return part
  }
  /** Moves the copy into place. `db` is closed last: until then it holds the only usable data. */
  const putBack = (part: string, { db, now }: BringBack): BroughtBack => {
    syncFile(part)
    renameSync(part, copyOf(file))
    // The open database's log would be read into the file now at its path.
    if (fileIdentity(`${file}-wal`) === logOfOpened) dropLogs(file)
    if (existsSync(file)) aside = asideName(file, 'replaced', now)
    if (aside !== null) renameDatabase(file, aside)
    putCopy(file)
    db.close()
    trouble = null
    const setAside = aside === null ? null : basename(aside)
    return { setAside, damage: { damage: 'moved', store, file: basename(file), setAside } }
  }
  const failed = (error: unknown, replaced: boolean, onFailure: BringBack['onFailure']): null => {
    if (classifyStorageError(error) === null) throw error
    dropPart(partOf(file))
    trouble = { kind: 'fileMoved', file, replaced, because: messageOf(error) }
    onFailure(error, consoleTroubleText(trouble, 'en'))
    return null
  }

  return {
    isMoved: () => moved() !== null,
    bringBack: (attempt) => {
      const how = due(attempt.monotonic)
      if (how === null) return null
      try {
        attempt.flush?.()
        const part = beginPart()
        vacuumInto(attempt.db, part)
        return putBack(part, attempt)
      } catch (error) {
        return failed(error, how === 'replaced', attempt.onFailure)
      }
    },
    bringBackInSteps: async (attempt, signal) => {
      const how = due(attempt.monotonic)
      if (how === null) return null
      try {
        attempt.flush?.()
        const part = beginPart()
        await copyInSteps(attempt.db, part, signal)
        // Somebody may have moved it back meanwhile.
        if (moved() !== null) return putBack(part, attempt)
        removePart(part)
        return null
      } catch (error) {
        if (!signal.aborted) return failed(error, how === 'replaced', attempt.onFailure)
        dropPart(partOf(file))
        return null
      }
    },
    trouble: () => trouble,
  }
}

/**
 * Call this before a database is opened. If mtxdeck ended while writing it back, moves the complete copy into place and
 * returns the damage to report. If somebody has put a file there since, that file is used, and the copy is set aside.
 */
export function finishBringBack(file: string, store: StoreName, now: number): Damage | null {
  removePart(partOf(file))
  if (!existsSync(copyOf(file))) return null
  if (existsSync(file)) {
    renameSync(copyOf(file), asideName(file, 'replaced', now))
    syncFolder(dirname(file))
    return null
  }
  putCopy(file)
  return { damage: 'movedAtEnd', store, file: basename(file) }
}

function putCopy(file: string): void {
  dropLogs(file)
  renameSync(copyOf(file), file)
  syncFolder(dirname(file))
}

function dropLogs(file: string): void {
  const [, ...logs] = databaseFiles(file)
  for (const log of logs) rmSync(log, { force: true })
}
