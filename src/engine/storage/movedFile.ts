import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { Damage } from '../../shared/events.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { consoleTroubleText } from '../../shared/words/noticeText.ts'
import { vacuumInto } from './backups.ts'
import { fileIdentity } from './fileIdentity.ts'
import type { Database } from './openDatabase.ts'
import { asideName, databaseFiles, renameDatabase } from './setAside.ts'
import { classifyStorageError } from './storageTrouble.ts'
import { syncFile, syncFolder } from './syncFile.ts'

/** Notices that a database that is open lies under its path no more, and brings it back there from what is open. */
export interface MovedFile {
  /**
   * Where the file was moved: writes all that `db` holds to its path, and closes `db`. null: it lies where it was opened,
   * the disk does not tell, or it can't be written again now (`trouble`; `db` is still open then). Throws what is no
   * failure of the disk.
   */
  readonly bringBack: (attempt: BringBack) => BroughtBack | null
  /** While the file can't be written again. */
  readonly trouble: () => ConsoleTrouble | null
}

export interface BringBack {
  readonly db: Database
  /** Wall time: a file that somebody put there gets it in its name, `history.db.replaced-2026-…`. */
  readonly now: number
  readonly monotonic: number
  /** Writes to `db` what waits for it. */
  readonly flush?: () => void
  readonly onFailure: (error: unknown, words: string) => void
}

export interface BroughtBack {
  /** Name of the file that somebody had put in its place; null: there was none. */
  readonly setAside: string | null
  readonly damage: Damage
}

/** All that an open database held, whole and on the disk: it has this name only until it is put in its place. */
const copyOf = (file: string): string => `${file}.again`
const partOf = (file: string): string => `${copyOf(file)}.part`
/** So often it is tried again: each time all of it is written. */
const tryEveryMs = 60_000

/** Which of the console's databases it is. */
export type StoreName = Extract<Damage, { damage: 'moved' }>['store']

/** Right after the database was opened. */
export function watchFile(file: string, store: StoreName): MovedFile {
  const opened = fileIdentity(file)
  // Some network file systems give a file another number each time: there only its absence tells.
  const isSteady = fileIdentity(file) === opened
  let logOfOpened = fileIdentity(`${file}-wal`)
  let trouble: ConsoleTrouble | null = null
  let tryAt = Number.NEGATIVE_INFINITY
  /** Where a file in the way goes; a try that was broken off may have moved it in part. */
  let aside: string | null = null

  const moved = (): 'removed' | 'replaced' | null => {
    const found = fileIdentity(file)
    if (found === undefined || opened == null) return null
    if (found === null) return 'removed'
    if (found !== opened) return isSteady ? 'replaced' : null
    logOfOpened = fileIdentity(`${file}-wal`)
    return null
  }
  /** The name that a file in the way got, or null. `db` is closed last: until its copy lies in its place, it is what is left. */
  const writeAgain = (db: Database, now: number): string | null => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const part = partOf(file)
    try {
      rmSync(part, { force: true })
      vacuumInto(db, part)
      syncFile(part)
    } catch (error) {
      rmSync(part, { force: true })
      throw error
    }
    renameSync(part, copyOf(file))
    // The log of the one that is open would be read into another file.
    if (fileIdentity(`${file}-wal`) === logOfOpened) dropLogs(file)
    if (existsSync(file)) aside = asideName(file, 'replaced', now)
    if (aside !== null) renameDatabase(file, aside)
    putCopy(file)
    db.close()
    return aside === null ? null : basename(aside)
  }

  return {
    bringBack: ({ db, now, monotonic, flush, onFailure }) => {
      const how = moved()
      if (how === null) trouble = null
      if (how === null || monotonic < tryAt) return null
      tryAt = monotonic + tryEveryMs
      try {
        flush?.()
        const setAside = writeAgain(db, now)
        trouble = null
        return { setAside, damage: { damage: 'moved', store, file: basename(file), setAside } }
      } catch (error) {
        if (classifyStorageError(error) === null) throw error
        trouble = { kind: 'fileMoved', file, replaced: how === 'replaced', because: messageOf(error) }
        onFailure(error, consoleTroubleText(trouble, 'en'))
        return null
      }
    },
    trouble: () => trouble,
  }
}

/**
 * Before a database is opened: where mtxdeck ended in the middle of bringing it back, its copy is put in its place, and
 * that is said. A file that somebody put there since is what he wants to be used: then the copy is set aside.
 */
export function finishBringBack(file: string, store: StoreName, now: number): Damage | null {
  rmSync(partOf(file), { force: true })
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
