import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { createSystemClock } from '../../clock/clock.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { Damage } from '../../shared/events.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { backupFolder, listBackups } from '../storage/backups.ts'
import { finishBringBack, type MovedFile, watchFile } from '../storage/movedFile.ts'
import { type Database, type DatabaseError, databaseErrorOf, openDatabase, openToRead } from '../storage/openDatabase.ts'
import { databaseFiles, setDatabaseAside } from '../storage/setAside.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import { type ArchiverAsks, createArchiver } from './archiver/archiver.ts'
import { createSampleWriter, historyFile, historyMigrations, type SampleWriter } from './live/live.ts'
import type { AskedAt, NewFile, ReaderAsks, StoreWorkerStart, WriterAsks, WriterNotes, WriterTurn } from './protocol/protocol.ts'
import { createSampleReader, type SampleReader } from './reading/reading.ts'
import type { FromStoreThread, ToStoreThread } from './threads/threads.ts'

/*
 * Entry of the store's threads: one that writes history.db, and some that read it. Synchronous SQLite is no harm here.
 * An expected trouble of the disk is told in an answer; a bug ends the thread, and history.ts starts another.
 */

type Handlers<Asks extends Record<keyof Asks, readonly [unknown, unknown]>> = {
  readonly [K in keyof Asks]: (input: Asks[K][0], cancelled: () => boolean) => Asks[K][1] | Promise<Asks[K][1]>
}

const port = ((): MessagePort => {
  if (!parentPort) throw new Error('storeWorker.ts runs as a worker thread')
  return parentPort
})()
const start = workerData as StoreWorkerStart

const send = (message: FromStoreThread, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer)
const logError = (error: unknown, text: string): void =>
  send({ log: 'error', facts: error === null ? {} : { error: error instanceof Error ? error.stack : String(error) }, text })

/** What an answer gives away instead of copying it: its columns. */
const columnsOf = (answer: unknown): ArrayBuffer[] =>
  typeof answer === 'object' && answer !== null
    ? Object.values(answer).flatMap((of) => (of instanceof Float64Array && of.buffer instanceof ArrayBuffer ? [of.buffer] : []))
    : []

/** `onDamage`: a question met damage of a database; called before it is answered that it failed. */
function serve(handlers: Readonly<Record<string, (input: never, cancelled: () => boolean) => unknown>>, onDamage: (error: unknown) => void): void {
  const cancelled = new Set<number>()
  let closing = false
  port.on('message', async (message: ToStoreThread) => {
    if ('cancel' in message) {
      cancelled.add(message.cancel)
      return
    }
    const handlerOf = (kind: string) => {
      const handler = handlers[kind]
      if (!handler) throw new Error(`the store was asked for ${kind}`)
      return handler
    }
    if ('notes' in message) {
      for (const { kind, value } of message.notes) handlerOf(kind)(value as never, () => false)
      return
    }
    const { id, kind, value } = message
    const handler = handlerOf(kind)
    const isCancelled = (): boolean => closing || cancelled.has(id)
    if (kind === 'close') closing = true
    try {
      const given = handler(value as never, isCancelled)
      // Answers that are there at once are sent in the order of their questions.
      const answer = given instanceof Promise ? await given : given
      send({ id, ok: true, value: answer }, columnsOf(answer))
    } catch (error) {
      if (classifyStorageError(error) === 'damaged') onDamage(error)
      if (!isCancelled()) logError(error, `the store could not answer ${kind}`)
      send({ id, ok: false, words: messageOf(error) })
    }
    cancelled.delete(id)
    if (kind === 'close') port.close()
  })
}

/** Of who only reads: whether it is history.db that is damaged, and not an archive, its own check tells. */
const reportBroken = (db: () => Database | null) => (error: unknown) => {
  const of = db()
  if (of !== null && !isSound(of)) send({ broken: messageOf(error) })
}
function isSound(db: Database): boolean {
  try {
    return db.pragma('integrity_check(1)', { simple: true }) === 'ok'
  } catch (error) {
    if (classifyStorageError(error) !== 'damaged') throw error
    return false
  }
}

/** What an operator knows history.db by. */
const backups = backupFolder(dirname(start.file))

/**
 * The log is folded into the file when it has so many pages, 16 MB of them in a new file: those that nearly every commit
 * writes (which are free, which are the last ones of a table) go to the file once in all of them.
 */
const pagesOfLog = 4096
/** Of the writer, which comes back to few pages: 16 MB, as is usual, would cost 16 MB of memory and be no quicker. */
const cacheKilobytes = 4000

/** The form that a database's file says it has, without opening it; null: there is none. What its log says newer counts at the next start. */
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

/** Damaged files of the history in a folder. */
const setAsideIn = (folder: string): { readonly file: string; readonly at: number }[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.(damaged|replaced)-/.test(name) && !name.startsWith('main.db') && !/-(wal|shm|journal)$/.test(name))
        .map((name) => ({ file: name, at: statSync(join(folder, name)).mtimeMs }))
    : []

function serveWriter(): void {
  let db: Database | null = null
  let opened: SampleWriter | null = null
  let journalRead = false
  let watched: MovedFile | null = null
  /** Where the file was moved away and cannot be brought back. */
  const awayTrouble = (): ConsoleTrouble | null => watched?.trouble() ?? null
  let { limits } = start
  const writer = (): SampleWriter => {
    if (!opened) throw new Error('the store is not open')
    if (!journalRead) {
      // Seconds for a large fleet: not before the engine knows that the file is good.
      journalRead = true
      opened.readJournal()
    }
    return opened
  }
  const openAt = (): DatabaseError | null => {
    const isOfThisForm = formOf(start.file) === historyMigrations.at(-1)?.version
    const result = openDatabase(start.file, { ...historyFile, backUpInto: backups })
    if (!result.ok) return result.error
    // The first start after the form was changed went well: its copy is needed no more.
    if (isOfThisForm)
      for (const { file, kind } of listBackups(backups, 'history')) if (kind === 'form') for (const name of databaseFiles(file)) rmSync(name, { force: true })
    try {
      opened = createSampleWriter({ db: result.value, limits, onTrouble: logError })
      opened.live.knowSetAside([dirname(start.file), start.archives].flatMap(setAsideIn))
    } catch (error) {
      opened = null
      result.value.close()
      const known = databaseErrorOf(start.file, error)
      if (known === null) throw error
      return known
    }
    db = result.value
    watched = watchFile(start.file, 'history')
    db.pragma(`wal_autocheckpoint = ${pagesOfLog}`)
    db.pragma(`cache_size = ${-cacheKilobytes}`)
    return null
  }
  /** Watching on matters more than the past; the file stays for whoever can mend it. */
  const beginAnew = (now: number): { readonly error: DatabaseError | null; readonly setAside: string } => {
    const lists = opened?.lists() ?? []
    opened = null
    db?.close()
    db = null
    journalRead = false
    const setAside = setDatabaseAside(start.file, now)
    const error = openAt()
    if (!error) writer().takeLists(lists)
    return { error, setAside }
  }
  let foundDamaged = false
  /** What reads or writes the file: damage that it meets does not end the thread. */
  const guarded = (run: (to: SampleWriter) => void): void => {
    try {
      const to = writer()
      run(to)
      if (to.isDamaged()) foundDamaged = true
    } catch (error) {
      if (classifyStorageError(error) !== 'damaged') throw error
      logError(error, 'the history is damaged')
      foundDamaged = true
    }
  }
  /** After it the file is a good one and lies where it belongs. null: it was and did. */
  const mend = ({ now, monotonic }: AskedAt): NewFile | null => {
    if (foundDamaged) {
      const { error, setAside } = beginAnew(now)
      if (error) throw new Error(error.words)
      foundDamaged = false
      return damagedFile(setAside)
    }
    return bringBack({ now, monotonic })
  }
  const bringBack = ({ now, monotonic }: AskedAt): NewFile | null => {
    if (watched === null || db === null) return null
    const of = writer()
    let lists: ReturnType<SampleWriter['lists']> = []
    const back = watched.bringBack({
      db,
      now,
      monotonic,
      flush: () => {
        lists = of.lists()
        of.close()
      },
      onFailure: (error, words) => {
        if (classifyStorageError(error) === 'damaged') foundDamaged = true
        logError(error, words)
      },
    })
    if (back === null) return null
    opened = null
    db = null
    journalRead = false
    const error = openAt()
    if (error) throw new Error(error.words)
    writer().takeLists(lists)
    return back
  }
  /** What each turn of the writer comes back with. */
  const turn = (at: AskedAt, run: (to: SampleWriter) => boolean): WriterTurn => {
    let more = false
    guarded((to) => {
      more = run(to)
    })
    const newFile = mend(at)
    return { trouble: writer().trouble() ?? awayTrouble(), more, newFile, reports: writer().takeReports() }
  }
  const asks: Handlers<WriterAsks> = {
    open: ({ now }) => {
      let broughtBack: Damage | null
      try {
        broughtBack = finishBringBack(start.file, 'history', now)
      } catch (error) {
        const known = databaseErrorOf(start.file, error)
        if (known === null) throw error
        return { error: known, newFile: null }
      }
      const error = openAt()
      if (error?.kind !== 'databaseDamaged') return { error, newFile: broughtBack === null ? null : { setAside: null, damage: broughtBack } }
      const begun = beginAnew(now)
      return { error: begun.error, newFile: damagedFile(begun.setAside) }
    },
    commit: (at) => turn(at, (to) => to.commit(at.monotonic)),
    maintain: ({ now, monotonic, space }) => turn({ now, monotonic }, (to) => to.maintain(now, monotonic, space)),
    mend: ({ now, monotonic, isBroken }) => {
      if (isBroken) foundDamaged = true
      return { newFile: mend({ now, monotonic }) }
    },
    hot: ({ subjects, to }) => writer().hot(subjects, to),
    hotMoment: ({ to }) => writer().hotMoment(to),
    flush: () => {
      writer().flush()
      return null
    },
    sealAll: ({ begins }) => {
      if (begins) writer().closeAll()
      return { more: writer().sealNext() }
    },
    unsealedFrom: () => writer().unsealedFrom(),
    oldestDay: () => writer().live.oldestDay(),
    listArchive: (archive) => {
      writer().live.listArchive(archive)
      return null
    },
    unlistArchive: ({ name }) => {
      writer().live.unlistArchive(name)
      return null
    },
    dropDay: ({ dayStart, lastSeal }) => ({ more: writer().live.dropDay(dayStart, lastSeal) }),
    setAside: (aside) => {
      writer().live.setAside(aside)
      return null
    },
    figures: () => {
      const figures = writer().figures()
      return { ...figures, why: figures.why ?? awayTrouble() }
    },
    keep: ({ limits: next, now }) => {
      limits = next
      writer().keep(limits, now)
      return writer().figures()
    },
    idle: () => null,
    close: () => {
      if (journalRead) opened?.close()
      db?.close()
      return null
    },
  }
  const notes: { readonly [K in keyof WriterNotes]: (value: WriterNotes[K]) => void } = {
    batch: (batch) => guarded((to) => to.batch(batch)),
    gap: ({ ownerId, at }) => guarded((to) => to.gap(ownerId, at)),
    events: (events) => guarded((to) => to.events(events)),
    describe: (description) => guarded((to) => to.describe(description)),
  }
  serve({ ...asks, ...notes }, () => {
    // The next turn sets it aside, or whoever asks to have it mended.
    foundDamaged = true
  })
}

function damagedFile(file: string): NewFile {
  const setAside = basename(file)
  return { setAside, damage: { damage: 'historyBegunAnew', setAside } }
}

function serveReader(): void {
  const { monotonic } = createSystemClock()
  let db: Database | null = null
  let opened: SampleReader | null = null
  const reader = (): SampleReader => {
    if (!opened) throw new Error('the store is not open')
    return opened
  }
  const asks: Handlers<ReaderAsks> = {
    open: () => {
      // The writer has made and checked the file.
      db = openToRead(start.file)
      opened = createSampleReader({
        db,
        archives: start.archives,
        onDamage: (file, words, lost) => send({ damaged: file, words, lost: lost ?? null }),
        monotonic,
      })
      return null
    },
    range: (ask, cancelled) => reader().range(ask, cancelled),
    sum: (ask, cancelled) => reader().sum(ask, cancelled),
    tail: (ask, cancelled) => reader().tail(ask, cancelled),
    at: (ask, cancelled) => reader().at(ask, cancelled),
    moment: (ask, cancelled) => reader().moment(ask, cancelled),
    events: (filter) => reader().events(filter),
    release: (names) => {
      reader().release(names)
      return null
    },
    countEvents: (ask) => reader().countEvents(ask),
    ownerIds: () => reader().servers(),
    idle: () => null,
    close: () => {
      opened?.close()
      db?.close()
      return null
    },
  }
  serve(
    asks,
    reportBroken(() => db),
  )
}

function serveArchiver(): void {
  // Of this thread alone where the system can tell threads apart.
  if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL)
  const db = openToRead(start.file)
  const asks: Handlers<ArchiverAsks> = {
    ...createArchiver({ history: db, folder: start.archives, madeBy: start.madeBy }),
    idle: () => null,
    close: () => {
      db.close()
      return null
    },
  }
  serve(
    asks,
    reportBroken(() => db),
  )
}

if (start.role === 'writer') serveWriter()
else if (start.role === 'reader') serveReader()
else serveArchiver()
