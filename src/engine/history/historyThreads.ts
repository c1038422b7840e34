import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { damageText } from '../storage/damageText.ts'
import type { DatabaseError } from '../storage/openDatabase.ts'
import type { ArchiverAsks } from './archiver/archiver.ts'
import type { BatchLists } from './batchLists.ts'
import type { DamageReports } from './damageReports.ts'
import type { HistoryDeps } from './history.ts'
import { keptEvent } from './historyWrites.ts'
import type { NewFile, Space, StoreLimits, StoreWorkerStart } from './protocol/protocol.ts'
import type { SampleBacklog } from './sampleBacklog.ts'
import { createStoreMending, type StoreMending } from './storeMending.ts'
import {
  type ArchiveLoop,
  createArchiveLoop,
  createQueryThreads,
  createStoreThread,
  ignoreThreadError,
  type QueryThreads,
  StoreThreadError,
} from './threads/threads.ts'
import { createWriterLife, type WriterLifeDeps, type WriterThread } from './writerLife.ts'
import { createWriterUpkeep, type WriterUpkeep } from './writerUpkeep.ts'

/** The threads of the store, kept running: one writes, some read, one archives. All of them are informed of a new history.db. */
export interface HistoryThreads {
  /** The thread that writes now, or the last one if none is running. */
  readonly writer: () => WriterThread
  /** Asks a thread that reads, once archives may be read. */
  readonly askQueryThreads: QueryThreads['ask']
  readonly archiveLoop: ArchiveLoop
  readonly again: StoreMending['again']
  readonly soonCommit: WriterUpkeep['soonCommit']
  readonly isClosed: () => boolean
  /** Why it can't store everything now, as known at the last commit; null: it can. */
  readonly trouble: () => ConsoleTrouble | null
  /** Whether a thread owes an answer. */
  readonly asked: () => boolean
  /** Resolves when no message to or from the threads is in flight. */
  readonly settled: () => Promise<void>
  /** Writes pending data and ends the threads. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

export interface HistoryThreadsDeps extends Pick<HistoryDeps, 'clock' | 'log' | 'dataDir' | 'storeWorker' | 'version' | 'onDamage' | 'readSpace'> {
  readonly limits: () => StoreLimits
  /** Cleared where the writer has lost what they mirror. */
  readonly lists: Pick<BatchLists, 'clear'>
  readonly backlog: SampleBacklog
  readonly reports: Pick<DamageReports, 'record' | 'onDamage' | 'idle'>
  /** Records events in the history. */
  readonly record: (events: readonly NewEvent[]) => void
}

/** Threads for queries, in addition to the engine's thread and the store's writer and archiver. */
const queryThreadCount = 2

/** Starts the writer and, once it has the file open, all that needs one. */
export async function openHistoryThreads(deps: HistoryThreadsDeps): Promise<Result<HistoryThreads, DatabaseError>> {
  const { clock, log, dataDir, lists, backlog, reports } = deps
  const archives = join(dataDir, 'history')
  let trouble: ConsoleTrouble | null = null
  let closed = false

  const startOf = (role: StoreWorkerStart['role']): StoreWorkerStart => ({
    role,
    file: join(dataDir, 'history.db'),
    archives,
    limits: deps.limits(),
    madeBy: `mtxdeck ${deps.version ?? ''}`.trim(),
  })

  const upkeep = createWriterUpkeep({
    clock,
    readSpace: deps.readSpace ?? (() => diskSpace(dataDir)),
    askWriter: (kind, input) => writer.thread().ask(kind, input),
    onCommit: backlog.onCommit,
    onTurn: (turn, kind) => {
      trouble = turn.trouble
      if (kind === 'commit') writer.onWork()
      if (turn.newFile !== null) onNewFile(turn.newFile)
      reports.record(turn.reports)
    },
  })

  const startWriter: WriterLifeDeps['start'] = async (onDeath) => {
    const thread: WriterThread = createStoreThread({ entry: deps.storeWorker, start: startOf('writer'), log, onDeath: (error) => onDeath(thread, error) })
    const { error, newFile } = await thread.ask('open', { now: clock.now() })
    if (error) {
      await thread.terminate()
      return err(error)
    }
    if (newFile !== null) await reportNewFile(thread, newFile)
    return ok(thread)
  }

  const reportNewFile = async (thread: WriterThread, { setAside, damage }: NewFile): Promise<void> => {
    log.error({ setAside }, damageText(damage))
    const event = newEvent('storeDamaged', clock.now(), damage)
    thread.note('events', [keptEvent(event)])
    deps.onDamage?.(event)
    if (setAside !== null) await thread.ask('setAside', { file: setAside, at: clock.now(), damage })
    else upkeep.soonCommit()
  }

  /** The writer has started a new file. */
  const onNewFile = (newFile: NewFile): void => {
    reportNewFile(writer.thread(), newFile).catch(ignoreThreadError)
    if (closed) return
    mending.onNewFile()
    lists.clear()
    void queryThreads.drop()
    archiveLoop.drop()
    // Makes the archiver list the archives in the new file.
    archiveLoop.soon()
  }

  const mending = createStoreMending({
    mend: async (isBroken) => (await writer.thread().ask('mend', { now: clock.now(), monotonic: clock.monotonic(), isBroken })).newFile,
    isClosed: () => closed,
    takeNewFile: onNewFile,
  })
  /** Called when a reading thread found history.db damaged. */
  const onBroken = (words: string): void => {
    log.error({}, `the history is damaged: ${words}`)
    mending.onBroken()
  }

  const writer = createWriterLife({
    clock,
    log,
    start: startWriter,
    onDeath: () => {
      lists.clear()
      backlog.clear()
      upkeep.forgetCommit()
      // Query threads and archiver may have the file open that the next writer sets aside.
      void queryThreads.drop()
      archiveLoop.drop()
    },
    // Batches appended meanwhile were lost, and their lists with them.
    onRestarted: lists.clear,
    onTrouble: (why) => {
      trouble = why
    },
  })
  const queryThreads = createQueryThreads({
    entry: deps.storeWorker,
    start: startOf('query'),
    log,
    size: queryThreadCount,
    onBroken,
    onDamage: reports.onDamage,
  })

  const first = await writer.begin()
  if (!first.ok) return first
  upkeep.start()
  const archiveLoop = createArchiveLoop({
    clock,
    log,
    folder: archives,
    startThread: (onDeath) =>
      createStoreThread<Record<never, never>, ArchiverAsks>({ entry: deps.storeWorker, start: startOf('archiver'), log, onDeath, onBroken }),
    askWriter: (kind, input) => writer.thread().ask(kind, input),
    limits: deps.limits,
    freeBytes: upkeep.freeBytes,
    record: deps.record,
    release: queryThreads.release,
  })

  return ok({
    writer: writer.thread,
    askQueryThreads: async (kind, input, signal) => {
      await archiveLoop.mended
      // A query that waited for the writer must not start a query thread after closing, nor before interrupted archives are repaired.
      if (closed) throw new StoreThreadError('the history is closed')
      return queryThreads.ask(kind, input, signal)
    },
    archiveLoop,
    again: mending.again,
    soonCommit: upkeep.soonCommit,
    isClosed: () => closed,
    trouble: () => trouble ?? (backlog.isDropping() ? { kind: 'diskSlow', folder: dataDir } : archiveLoop.trouble()),
    asked: () => writer.thread().asked() || queryThreads.busy() || archiveLoop.busy(),
    settled: async () => {
      while (mending.running() || upkeep.running() || writer.restarting() || writer.thread().busy() || queryThreads.busy() || archiveLoop.busy()) {
        await Promise.all([mending.running(), upkeep.running(), writer.restarting(), reports.idle(), archiveLoop.idle()])
        await Promise.all([writer.thread().idle(), queryThreads.idle()])
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (closed) return
      closed = true
      upkeep.close()
      writer.close()
      await Promise.all([mending.running(), upkeep.running(), writer.restarting()])
      await archiveLoop.close()
      await queryThreads.close()
      // The writer closes last, when no query thread holds the log any more: SQLite then checkpoints it into the file.
      await writer.thread().ask('close', null).catch(ignoreThreadError)
      await writer.thread().terminate()
    },
  })
}

async function diskSpace(dir: string): Promise<Space> {
  const { bavail, blocks, bsize } = await statfs(dir)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}
