import { dirname, join } from 'node:path'
import type { Damage } from '../../../shared/events.ts'
import type { StoreFigures } from '../../../shared/history.ts'
import { backupFolder } from '../../storage/backups.ts'
import { watchFile } from '../../storage/fileWatch.ts'
import { type Database, type DatabaseError, databaseErrorOf, openDatabase } from '../../storage/openDatabase.ts'
import { setAsideIn, setDatabaseAside } from '../../storage/setAside.ts'
import { classifyStorageError } from '../../storage/storageTrouble.ts'
import type { AskedAt, StoreLimits, StoreWorkerStart, WriterAsks, WriterTurn } from '../protocol/protocol.ts'
import { historyFile } from './historyMigrations.ts'
import { createSampleWriter, type SampleWriter } from './sampleWriter.ts'

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
  /** Whether somebody removed or replaced the file. */
  readonly isMoved: () => boolean
  /** Whether the journal was replayed. That takes seconds for a large fleet, so it is done only after `open` has reported a good file. */
  journalRead: boolean
}

export type OpenedHistory = ReturnType<typeof createOpenedHistory>

/**
 * history.db as opened by its only writer. A file that is damaged, or was moved away, is set aside and a new one started,
 * because continuing to record matters more than the past.
 */
export function createOpenedHistory(
  { file, archives, limits: first }: Pick<StoreWorkerStart, 'file' | 'archives' | 'limits'>,
  logError: (error: unknown, text: string) => void,
) {
  let limits = first
  let open: Open | null = null
  let isDamaged = false

  const openFile = (): DatabaseError | null => {
    const result = openDatabase(file, { ...historyFile, backUpInto: backupFolder(dirname(file)) })
    if (!result.ok) return result.error
    const db = result.value
    try {
      const writer = createSampleWriter({ db, limits, onTrouble: logError })
      open = { db, writer, isMoved: watchFile(file), journalRead: false }
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
  /** Throws if the file is not open. */
  const writer = (): SampleWriter => {
    const of = opened()
    if (!of.journalRead) {
      of.journalRead = true
      of.writer.readJournal()
    }
    return of.writer
  }

  /** Sets the file aside and begins a new one. */
  const startOver = (now: number): { readonly error: DatabaseError | null; readonly newFile: Damage } => {
    open?.db.close()
    // Before the file is renamed: if that fails, a closed database must not seem to take samples.
    open = null
    const setAside = setDatabaseAside(file, now)
    const error = openFile()
    return { error, newFile: { damage: 'setAside', store: 'history', file: 'history.db', setAside, backupAt: null } }
  }

  /** Runs `run`. Damage does not throw: the next `mend` sets the file aside. */
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

  /** Replaces a damaged or missing file. null: nothing was wrong. */
  const mend = (at: Pick<AskedAt, 'now'>): Damage | null => {
    if (!isDamaged && !open?.isMoved()) return null
    const { error, newFile } = startOver(at.now)
    if (error) throw new Error(error.words)
    isDamaged = false
    return newFile
  }

  return {
    open: (now: number): WriterAsks['open'][1] => {
      const error = openFile()
      return error?.kind === 'databaseDamaged' ? startOver(now) : { error, newFile: null }
    },
    writer,
    use,
    /** Runs `run`, then `mend`. `run` returns whether another step should follow soon. */
    turn: (at: AskedAt, run: (writer: SampleWriter) => boolean): WriterTurn => {
      let more = false
      use((to) => {
        more = run(to)
      })
      const newFile = mend(at)
      return { trouble: writer().trouble(), more, newFile, damages: writer().takeDamages() }
    },
    mend,
    /** Reports that the file was found damaged by reading or writing it. */
    foundDamaged: (): void => {
      isDamaged = true
    },
    figures: (): StoreFigures => ({
      ...writer().figures(),
      setAside: [dirname(file), archives, join(dirname(file), 'snapshots')].flatMap(setAsideIn),
    }),
    keep: (next: StoreLimits, now: number): void => {
      limits = next
      writer().keep(limits, now)
    },
    close: (): void => {
      if (open?.journalRead) open.writer.close()
      open?.db.close()
    },
  }
}
