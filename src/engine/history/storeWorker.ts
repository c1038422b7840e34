import { setPriority } from 'node:os'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { createSystemClock } from '../../clock/clock.ts'
import { messageOf } from '../../shared/result.ts'
import { copyMain } from '../storage/backups.ts'
import { checkpoint, type Database, loadSqlite, openToRead } from '../storage/openDatabase.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import type { ArchiverAsks } from './archiver/archiver.ts'
import { createOpenedHistory, type SampleWriter } from './live/live.ts'
import type { StoreQueries, StoreWorkerStart, WriterAsks, WriterNotes } from './protocol/protocol.ts'
import { createSampleQuery, type SampleQuery } from './reading/reading.ts'
import type { FromStoreThread, ToStoreThread } from './threads/threads.ts'

/*
 * Entry point of the store's threads: one writes history.db, some read it, one makes archives. Synchronous SQLite does no
 * harm here. Expected disk trouble is part of an answer; a bug ends the thread, and historyThreads.ts or threads.ts starts another.
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

/** Buffers of an answer's columns, to be transferred instead of copied. */
const columnsOf = (answer: unknown): ArrayBuffer[] =>
  typeof answer === 'object' && answer !== null
    ? Object.values(answer).flatMap((of) => (of instanceof Float64Array && of.buffer instanceof ArrayBuffer ? [of.buffer] : []))
    : []

/** Answers messages with `handlers`. If one fails because the database is damaged, `onDamage` is called before the answer is sent. */
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
    for (const note of message.notes) handlerOf(note.kind)(note.value as never, () => false)
    if (!('id' in message)) return
    const { id, kind, value } = message
    const handler = handlerOf(kind)
    const isCancelled = (): boolean => closing || cancelled.has(id)
    if (kind === 'close') closing = true
    try {
      const given = handler(value as never, isCancelled)
      // Not awaiting synchronous answers keeps them in the order of their questions.
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

/** For reading threads: the damaged file may be an archive, so history.db is only reported after it was checked. */
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

function serveWriter(): void {
  const history = createOpenedHistory(start, logError)
  const { writer, use, turn } = history
  const done = (run: (to: SampleWriter) => void): null => {
    run(writer())
    return null
  }
  const asks: Handlers<WriterAsks> = {
    open: ({ now }) => history.open(now),
    commit: (at) => turn(at, (to) => to.commit(at.monotonic)),
    maintain: ({ now, monotonic, space }) => turn({ now, monotonic }, (to) => to.maintain(now, monotonic, space)),
    mend: ({ now }) => {
      history.foundDamaged()
      return { newFile: history.mend({ now }) }
    },
    hot: ({ subjects, to }) => writer().hot(subjects, to),
    hotMoment: ({ to }) => writer().hotMoment(to),
    flush: () => done((to) => to.flush()),
    sealAll: ({ begins }) => {
      if (begins) writer().closeAll()
      return { more: writer().sealNext() }
    },
    unsealedFrom: () => writer().unsealedFrom(),
    oldestDay: () => writer().live.oldestDay(),
    listArchive: (archive) => done(({ live }) => live.listArchive(archive)),
    unlistArchive: ({ name }) => done(({ live }) => live.unlistArchive(name)),
    dropDay: ({ dayStart, lastSeal }) => ({ more: writer().live.dropDay(dayStart, lastSeal) }),
    figures: history.figures,
    checkpoint: ({ file }) => ({ isWhole: checkpoint(file) }),
    keep: ({ limits, now }) => {
      history.keep(limits, now)
      return history.figures()
    },
    idle: () => null,
    close: () => {
      history.close()
      return null
    },
  }
  const notes: { readonly [K in keyof WriterNotes]: (value: WriterNotes[K]) => void } = {
    batch: (batch) => use((to) => to.batch(batch)),
    gap: ({ ownerId, at }) => use((to) => to.gap(ownerId, at)),
    events: (events) => use((to) => to.events(events)),
    describe: (description) => use((to) => to.describe(description)),
  }
  serve({ ...asks, ...notes }, history.foundDamaged)
}

function serveQueries(): void {
  const { monotonic } = createSystemClock()
  let db: Database | null = null
  let opened: SampleQuery | null = null
  const query = (): SampleQuery => {
    if (!opened) throw new Error('the store is not open')
    return opened
  }
  const asks: Handlers<StoreQueries> = {
    open: () => {
      // The writer has made and checked the file.
      db = openToRead(start.file)
      opened = createSampleQuery({
        db,
        archives: start.archives,
        onDamage: (file, words) => send({ damaged: file, words }),
        monotonic,
      })
      return null
    },
    range: (ask, cancelled) => query().range(ask, cancelled),
    sum: (ask, cancelled) => query().sum(ask, cancelled),
    moment: (ask, cancelled) => query().moment(ask, cancelled),
    events: (filter) => query().events(filter),
    release: (names) => {
      query().release(names)
      return null
    },
    countEvents: (ask) => query().countEvents(ask),
    serverIds: () => query().servers(),
    subjects: ({ from, to }) => query().subjects(from, to),
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

/** With two busy threads of the engine beside it on one core, it gets a sixth of the time; at 10, a twentieth. */
const archiverNiceness = 4

async function serveArchiver(): Promise<void> {
  // With all that it checks the files of others with, which the other threads do without.
  const { createArchiver } = await import('./archiver/archiver.ts')
  // Only on Linux, where it applies to this thread alone. No lower: an operator waits for a bundle, on a busy machine too.
  if (process.platform === 'linux') setPriority(0, archiverNiceness)
  const db = openToRead(start.file)
  const asks: Handlers<ArchiverAsks> = {
    ...createArchiver({ history: db, folder: start.archives, madeBy: start.madeBy }),
    copyMain: (order) => copyMain(order),
    idle: () => null,
  }
  serve(
    asks,
    reportBroken(() => db),
  )
}

loadSqlite()
send({ loaded: true })
if (start.role === 'writer') serveWriter()
else if (start.role === 'query') serveQueries()
else await serveArchiver()
