import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileIdentity } from '../storage/fileIdentity.ts'
import type { Database } from '../storage/openDatabase.ts'
import { syncFile, syncFolder } from '../storage/syncFile.ts'

/** Notices that a database that is open lies under its path no more, and brings it back there from what is open. */
export interface MovedFile {
  /** null: it lies where it was opened, or the disk does not tell. */
  readonly moved: () => 'removed' | 'replaced' | null
  /**
   * Writes all that the open database holds to its path, closes it, and returns under which name a file that somebody put
   * there lies now (null: there was none). Throws what SQLite or the disk throws; the database is still open then.
   */
  readonly bringBack: (db: Database, asideSuffix: string) => string | null
}

const ends = ['', '-wal', '-shm'] as const

/** Right after the database was opened. */
export const watchFile = (file: string): MovedFile => {
  const opened = fileIdentity(file)
  // Some network file systems give a file another number each time: there only its absence tells.
  const isSteady = fileIdentity(file) === opened
  let logOfOpened = fileIdentity(`${file}-wal`)
  return {
    moved: () => {
      const found = fileIdentity(file)
      if (found === undefined || opened == null) return null
      if (found === null) return 'removed'
      if (found !== opened) return isSteady ? 'replaced' : null
      logOfOpened = fileIdentity(`${file}-wal`)
      return null
    },
    bringBack: (db, asideSuffix) => {
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
    },
  }
}
