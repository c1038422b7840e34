import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { messageOf } from '../../shared/messageOf.ts'
import { fileIdentity } from './fileIdentity.ts'
import type { Database } from './openDatabase.ts'
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
  /** In words, while the file can't be written again. */
  readonly trouble: () => string | null
}

export interface BringBack {
  readonly db: Database
  readonly monotonic: number
  /** A file that somebody put there gets this name, `history.db.replaced-2026-…`. */
  readonly asideSuffix: string
  /** Writes to `db` what waits for it. */
  readonly flush?: () => void
  readonly onFailure: (error: unknown, words: string) => void
}

export interface BroughtBack {
  /** Name of the file that somebody had put in its place; null: there was none. */
  readonly setAside: string | null
  readonly words: string
}

const ends = ['', '-wal', '-shm'] as const
/** So often it is tried again: each time all of it is written. */
const tryEveryMs = 60_000

/** Right after the database was opened. `what` is the name that an operator knows it by. */
export const watchFile = (file: string, what: string): MovedFile => {
  const opened = fileIdentity(file)
  // Some network file systems give a file another number each time: there only its absence tells.
  const isSteady = fileIdentity(file) === opened
  let logOfOpened = fileIdentity(`${file}-wal`)
  let trouble: string | null = null
  let tryAt = Number.NEGATIVE_INFINITY

  const moved = (): 'removed' | 'replaced' | null => {
    const found = fileIdentity(file)
    if (found === undefined || opened == null) return null
    if (found === null) return 'removed'
    if (found !== opened) return isSteady ? 'replaced' : null
    logOfOpened = fileIdentity(`${file}-wal`)
    return null
  }
  /** The name that a file in the way got, or null. */
  const writeAgain = (db: Database, asideSuffix: string): string | null => {
    const again = `${file}.again`
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    try {
      rmSync(again, { force: true })
      db.prepare('VACUUM INTO ?').run(again)
      syncFile(again)
    } catch (error) {
      rmSync(again, { force: true })
      throw error
    }
    db.close()
    // The log of the one that was open would be read into another file.
    if (fileIdentity(`${file}-wal`) === logOfOpened) rmSync(`${file}-wal`, { force: true })
    let aside: string | null = null
    if (existsSync(file)) {
      aside = `${file}.${asideSuffix}`
      for (let n = 2; existsSync(aside); n++) aside = `${file}.${asideSuffix}.${n}`
      for (const end of ends) if (existsSync(file + end)) renameSync(file + end, aside + end)
    } else for (const end of ends) rmSync(file + end, { force: true })
    renameSync(again, file)
    syncFolder(dirname(file))
    return aside === null ? null : basename(aside)
  }
  const broughtBackWords = (aside: string | null): string =>
    aside === null
      ? `The ${what} (${basename(file)}) was removed while mtxdeck was running. It was written again from what was still open: nothing that was stored is missing.`
      : `Another file was put in the place of the ${what} (${basename(file)}) while mtxdeck was running. It lies beside it as ${aside}, and the ${what} was written again from what was still open. To restore a backup, stop mtxdeck first.`

  return {
    bringBack: ({ db, monotonic, asideSuffix, flush, onFailure }) => {
      const how = moved()
      if (how === null) trouble = null
      if (how === null || monotonic < tryAt) return null
      tryAt = monotonic + tryEveryMs
      try {
        flush?.()
        const setAside = writeAgain(db, asideSuffix)
        trouble = null
        return { setAside, words: broughtBackWords(setAside) }
      } catch (error) {
        if (classifyStorageError(error) === null) throw error
        trouble = `${file} was ${how === 'removed' ? 'removed' : 'replaced by another file'} while mtxdeck was running, and can not be written again (${messageOf(error)}). All that it holds is lost when mtxdeck ends. Check the disk and who may write the folder.`
        onFailure(error, trouble)
        return null
      }
    },
    trouble: () => trouble,
  }
}
