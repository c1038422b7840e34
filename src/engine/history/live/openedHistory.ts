import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { backupFolder, listBackups } from '../../storage/backups.ts'
import { finishBringBack, type MovedFile, watchFile } from '../../storage/movedFile.ts'
import { type Database, type DatabaseError, databaseErrorOf, openDatabase } from '../../storage/openDatabase.ts'
import { databaseFiles, setDatabaseAside } from '../../storage/setAside.ts'
import { classifyStorageError } from '../../storage/storageTrouble.ts'
import type { AskedAt, NewFile, StoreLimits, StoreWorkerStart, WriterAsks, WriterTurn } from '../protocol/protocol.ts'
import { historyFile, historyMigrations } from './historyMigrations.ts'
import type { RememberedLists } from './ownerColumns.ts'
import { createSampleWriter, type SampleWriter } from './sampleWriter.ts'

/**
 * history.db as opened by its only writer. A damaged file is set aside and a new one started, because continuing to record
 * matters more than the past; a file that was moved away is written back.
 */
export interface OpenedHistory {
  readonly open: (now: number) => WriterAsks['open'][1]
  /** Throws if the file is not open. */
  readonly writer: () => SampleWriter
  /** Runs `run`. Damage does not throw: the next `mend` sets the file aside. */
  readonly use: (run: (writer: SampleWriter) => void) => void
  /** Runs `run`, then `mend`. `run` returns whether another step should follow soon. */
  readonly turn: (at: AskedAt, run: (writer: SampleWriter) => boolean) => WriterTurn
  /** Replaces a damaged file and brings back a moved one. null: nothing was wrong. */
  readonly mend: (at: AskedAt) => NewFile | null
  /** Reports that the file was found damaged by reading or writing it. */
  readonly foundDamaged: () => void
  readonly figures: () => ReturnType<SampleWriter['figures']>
  readonly keep: (limits: StoreLimits, now: number) => void
  readonly close: () => void
}

/**
 * The write-ahead log is checkpointed at this size, bytes. Pages that nearly every commit changes (last pages of tables, rows of the journal) are
 * then written to the file only once per checkpoint.
 */
const bytesOfLog = 16 << 20
/** Page cache of the writer, which rereads few pages: the usual 16 MB would cost that memory without being faster. */
const cacheKilobytes = 4000

interface Open {
  readonly db: Database
  readonly writer: SampleWriter
  readonly moved: MovedFile
  /** Whether the journal was replayed. That takes seconds for a large fleet, so it is done only after `open` has reported a good file. */
  journalRead: boolean
}

export function createOpenedHistory(
  { file, archives, limits: first }: Pick<StoreWorkerStart, 'file' | 'archives' | 'limits'>,
  logError: (error: unknown, text: string) => void,
): OpenedHistory {
  let limits = first
  let open: Open | null = null
  let isDamaged = false

  const openFile = (): DatabaseError | null => {
    const result = openWithBackup(file)
    if (!result.ok) return result.error
    const db = result.value
    try {
      const writer = createSampleWriter({ db, limits, onTrouble: logError })
      writer.live.knowSetAside([dirname(file), archives].flatMap(setAsideIn))
      open = { db, writer, moved: watchFile(file, 'history'), journalRead: false }
    } catch (error) {
      db.close()
      const known = databaseErrorOf(file, error)
      if (known === null) throw error
      return known
    }
    db.pragma(`wal_autocheckpoint = ${bytesOfLog / (db.pragma('page_size', { simple: true }) as number)}`)
    db.pragma(`cache_size = ${-cacheKilobytes}`)
    return null
  }

  const opened = (): Open => {
    if (!open) throw new Error('the store is not open')
    return open
  }
  const writer = (): SampleWriter => {
    const of = opened()
    if (!of.journalRead) {
      of.journalRead = true
      of.writer.readJournal()
    }
    return of.writer
  }

  /** Opens the file now at the path. The lists that the next batches refer to are carried over. */
  const openAgain = (lists: readonly RememberedLists[]): DatabaseError | null => {
    const error = openFile()
    if (!error) writer().restoreLists(lists)
    return error
  }

  const startOver = (now: number): { readonly error: DatabaseError | null; readonly newFile: NewFile } => {
    const lists = open?.writer.lists() ?? []
    open?.db.close()
    // Before the file is renamed: if that fails, a closed database must not seem to take samples.
    open = null
    const setAside = basename(setDatabaseAside(file, now))
    return { error: openAgain(lists), newFile: { setAside, damage: { damage: 'historyBegunAnew', setAside } } }
  }

  const bringBack = ({ now, monotonic }: AskedAt): NewFile | null => {
    if (open === null) return null
    const { db, moved } = open
    const of = writer()
    let lists: readonly RememberedLists[] = []
    const back = moved.bringBack({
      db,
      now,
      monotonic,
      flush: () => {
        lists = of.lists()
        of.close()
      },
      onFailure: (error, words) => {
        if (classifyStorageError(error) === 'damaged') isDamaged = true
        logError(error, words)
      },
    })
    if (back === null) return null
    open = null
    const error = openAgain(lists)
    if (error) throw new Error(error.words)
    return back
  }

  const use = (run: (to: SampleWriter) => void): void => {
    try {
      const to = writer()
      run(to)
      if (to.isDamaged()) isDamaged = true
    } catch (error) {
      if (classifyStorageError(error) !== 'damaged') throw error
      logError(error, 'the history is damaged')
      isDamaged = true
    }
  }

  const mend = (at: AskedAt): NewFile | null => {
    if (!isDamaged) return bringBack(at)
    const { error, newFile } = startOver(at.now)
    if (error) throw new Error(error.words)
    isDamaged = false
    return newFile
  }

  const figures = (): ReturnType<SampleWriter['figures']> => {
    const of = writer().figures()
    return { ...of, why: of.why ?? opened().moved.trouble() }
  }

  return {
    open: (now) => {
      let broughtBack: NewFile['damage'] | null
      try {
        broughtBack = finishBringBack(file, 'history', now)
      } catch (error) {
        const known = databaseErrorOf(file, error)
        if (known === null) throw error
        return { error: known, newFile: null }
      }
      const error = openFile()
      if (error?.kind === 'databaseDamaged') return startOver(now)
      return { error, newFile: broughtBack === null ? null : { setAside: null, damage: broughtBack } }
    },
    writer,
    use,
    turn: (at, run) => {
      let more = false
      use((to) => {
        more = run(to)
      })
      const newFile = mend(at)
      return { trouble: writer().trouble() ?? opened().moved.trouble(), more, newFile, reports: writer().takeReports() }
    },
    mend,
    foundDamaged: () => {
      isDamaged = true
    },
    figures,
    keep: (next, now) => {
      limits = next
      writer().keep(limits, now)
    },
    close: () => {
      if (open?.journalRead) open.writer.close()
      open?.db.close()
    },
  }
}

/** Opens the file, migrating an older form. A copy of the older form is kept until the next start. */
function openWithBackup(file: string): ReturnType<typeof openDatabase> {
  // The data folder's backups, where copies of main.db are, too.
  const backups = backupFolder(dirname(file))
  const isOfThisForm = formOf(file) === historyMigrations.at(-1)?.version
  const result = openDatabase(file, { ...historyFile, backUpInto: backups })
  if (result.ok && isOfThisForm)
    for (const backup of listBackups(backups, 'history'))
      if (backup.kind === 'form') for (const name of databaseFiles(backup.file)) rmSync(name, { force: true })
  return result
}

/** Reads a database's form from its file header without opening it; null: no file. A newer form still in the log is seen at the next start. */
function formOf(file: string): number | null {
  if (!existsSync(file)) return null
  const header = Buffer.alloc(64)
  const handle = openSync(file, 'r')
  try {
    // https://www.sqlite.org/fileformat.html: the user version stands at byte 60.
    return readSync(handle, header, 0, 64, 0) === 64 ? header.readUInt32BE(60) : null
  } finally {
    closeSync(handle)
  }
}

/** Set-aside files of the history in a folder. Those of the other databases are known where these are opened. */
const setAsideIn = (folder: string): { readonly file: string; readonly at: number }[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.(damaged|replaced)-/.test(name) && !/^(main|alarms)\.db/.test(name) && !/-(wal|shm|journal)$/.test(name))
        .map((name) => ({ file: name, at: statSync(join(folder, name)).mtimeMs }))
    : []
