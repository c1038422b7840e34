import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Timer } from '../../clock/clock.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import type { KeepLimit } from '../../shared/history.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Kept } from '../../shared/tiers.ts'
import type { Log } from '../ports.ts'
import type { DatabaseError } from '../storage/openDatabase.ts'
import { damageText } from '../storage/openOrBegin.ts'
import type { ArchiverAsks } from './archiver/archiver.ts'
import type { DamageReports } from './damageReports.ts'
import type { AskedAt, NewFile, Space, StoreLimits, StoreWorkerStart, WriterAsks, WriterNotes, WriterTurn } from './protocol/protocol.ts'
import {
  type ArchiveLoop,
  createArchiveLoop,
  createQueryThreads,
  createStoreThread,
  ignoreThreadError,
  type QueryThreads,
  type StoreThread,
  StoreThreadError,
} from './threads/threads.ts'
import { type BatchLists, keptEvent, type SampleBacklog } from './unsentBatches.ts'

export interface HistoryDeps {
  readonly clock: Clock
  readonly log: Log
  /** Folder of history.db. The caller holds its lock. */
  readonly dataDir: string
  /** Entry of the store's threads: storeWorker.ts, or its bundle. */
  readonly storeWorker: URL
  /** Version of mtxdeck, recorded in archives. */
  readonly version?: string
  /** Limits that differ from the defaults. */
  readonly keep?: { readonly [K in Kept]?: Partial<KeepLimit> }
  /** Called with each damage of a file that is recorded. */
  readonly onDamage?: (damage: NewEvent) => void
  /** Reads the free space on the data folder's disk; replaced in tests. */
  readonly readSpace?: () => Promise<Space>
}

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

interface HistoryThreadsDeps extends Pick<HistoryDeps, 'clock' | 'log' | 'dataDir' | 'storeWorker' | 'version' | 'onDamage' | 'readSpace'> {
  readonly limits: () => StoreLimits
  /** Cleared where the writer has lost what they mirror. */
  readonly lists: Pick<BatchLists, 'clear'>
  readonly backlog: SampleBacklog
  readonly reports: Pick<DamageReports, 'record' | 'onDamage'>
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
    mend: async (isBroken) => (await writer.thread().ask('mend', { now: clock.now(), isBroken })).newFile,
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
        await Promise.all([mending.running(), upkeep.running(), writer.restarting(), archiveLoop.idle()])
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

/** Replaces a damaged history.db by a new file. */
type StoreMending = ReturnType<typeof createStoreMending>

interface StoreMendingDeps {
  /** Lets the writer replace the file if it is damaged; null: the file is fine. */
  readonly mend: (isBroken: boolean) => Promise<NewFile | null>
  readonly isClosed: () => boolean
  /** Called for each new file. */
  readonly takeNewFile: (newFile: NewFile) => void
}

function createStoreMending({ mend, isClosed, takeNewFile }: StoreMendingDeps) {
  let mending: Promise<void> | null = null
  let newFiles = 0
  const mendNow = async (isBroken: boolean): Promise<void> => {
    const newFile = await mend(isBroken)
    if (newFile !== null && !isClosed()) takeNewFile(newFile)
  }
  return {
    /** A reading thread found the file damaged. */
    onBroken: (): void => {
      mending ??= mendNow(true)
        .catch(ignoreThreadError)
        .finally(() => {
          mending = null
        })
    },
    /** Runs `ask`, and retries it once if the file was damaged and has been replaced. */
    again: async <T>(ask: () => Promise<T>): Promise<T> => {
      const before = newFiles
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof StoreThreadError) || isClosed()) throw error
        await (mending ?? mendNow(false).catch(ignoreThreadError))
        if (newFiles === before || isClosed()) throw error
        return ask()
      }
    },
    /** history.db was replaced by another file. */
    onNewFile: (): void => {
      newFiles++
    },
    /** The repair in progress, or null. */
    running: (): Promise<void> | null => mending,
  }
}

type WriterThread = StoreThread<WriterNotes, WriterAsks>

interface WriterLifeDeps {
  readonly clock: Clock
  readonly log: Log
  /** Starts a thread that opens the file. `onDeath` is called with the thread that died. */
  readonly start: (onDeath: (thread: WriterThread, error: unknown) => void) => Promise<Result<WriterThread, DatabaseError>>
  /** The current thread died: messages in flight to it are lost. */
  readonly onDeath: () => void
  /** A new thread is running after a death. */
  readonly onRestarted: () => void
  /** Why no thread is running; null: one is running again. */
  readonly onTrouble: (trouble: ConsoleTrouble | null) => void
}

const firstRestartMs = 1000
const longestRestartMs = 60_000

/** Keeps a writer thread running: a thread that dies is replaced. */
function createWriterLife({ clock, log, start, onDeath, onRestarted, onTrouble }: WriterLifeDeps) {
  let writer: WriterThread
  let timer: Timer | null = null
  let restartMs = firstRestartMs
  let restarting: Promise<void> | null = null
  let closed = false

  const died = (thread: WriterThread, error: unknown): void => {
    if (closed || writer !== thread) return
    log.error({ error: error instanceof Error ? error.stack : String(error) }, 'the thread that writes the history died')
    onTrouble({ kind: 'writerFailed' })
    onDeath()
    timer = clock.setTimeout(() => {
      timer = null
      restartMs = Math.min(restartMs * 2, longestRestartMs)
      restarting = restart().finally(() => {
        restarting = null
      })
    }, restartMs)
  }
  const restart = async (): Promise<void> => {
    try {
      const again = await start(died)
      if (!again.ok) {
        died(writer, new Error(again.error.words))
        onTrouble(again.error.trouble)
      } else if (closed) await again.value.terminate()
      else {
        writer = again.value
        onRestarted()
        onTrouble(null)
      }
    } catch (failure) {
      died(writer, failure)
    }
  }

  return {
    /** The current thread, or the last one if none is running. Must not be called before `begin`. */
    thread: (): WriterThread => writer,
    /** Starts the first thread. If that fails there is no retry. */
    begin: async (): Promise<Result<WriterThread, DatabaseError>> => {
      const first = await start(died)
      if (first.ok) writer = first.value
      return first
    },
    /** The restart in progress, or null. */
    restarting: (): Promise<void> | null => restarting,
    /** The thread did useful work, so the restart delay goes back to its minimum. */
    onWork: (): void => {
      restartMs = firstRestartMs
    },
    /** Stops restarting. */
    close: (): void => {
      closed = true
      if (timer) clock.clearTimeout(timer)
    },
  }
}

/** Schedules the writer's commits and maintenance. */
type WriterUpkeep = ReturnType<typeof createWriterUpkeep>

interface WriterUpkeepDeps {
  readonly clock: Clock
  readonly readSpace: () => Promise<Space>
  readonly askWriter: <K extends 'commit' | 'maintain'>(kind: K, input: WriterAsks[K][0]) => Promise<WriterAsks[K][1]>
  /** Called before a commit; the returned function is called when it has ended. */
  readonly onCommit: () => () => void
  readonly onTurn: (turn: WriterTurn, kind: 'commit' | 'maintain') => void
}

/** A crash loses at most this much data. */
const commitEveryMs = 1000
const maintainEveryMs = 10_000
/** Delay between steps while much is to be sealed or dropped: steps are short, so that commits and queries get their turn. */
const maintainAgainMs = 50

function createWriterUpkeep({ clock, readSpace, askWriter, onCommit, onTurn }: WriterUpkeepDeps) {
  let commitTimer: Timer | null = null
  let maintainTimer: Timer | null = null
  let committing = false
  let maintaining: Promise<void> | null = null
  let freeBytes: number | null = null
  let closed = false
  const askedAt = (): AskedAt => ({ now: clock.now(), monotonic: clock.monotonic() })

  const soonCommit = (): void => {
    if (!closed) commitTimer ??= clock.setTimeout(commit, commitEveryMs)
  }
  const commit = (): void => {
    commitTimer = null
    if (committing) {
      soonCommit()
      return
    }
    committing = true
    const onEnd = onCommit()
    askWriter('commit', askedAt())
      .then((turn) => {
        onTurn(turn, 'commit')
        if (turn.more) maintainSooner()
      }, ignoreThreadError)
      .finally(() => {
        onEnd()
        committing = false
      })
  }

  const maintainIn = (ms: number): void => {
    if (!closed) maintainTimer = clock.setTimeout(maintain, ms)
  }
  /** Brings the next maintenance forward, because rounds are waiting to be sealed. */
  const maintainSooner = (): void => {
    if (!maintainTimer) return
    clock.clearTimeout(maintainTimer)
    maintainIn(maintainAgainMs)
  }
  const maintainOnce = async (): Promise<void> => {
    // If free space can't be read, a failed write will reveal a full disk.
    const space = await readSpace().catch(() => null)
    freeBytes = space?.freeBytes ?? null
    if (closed) return
    const turn = await askWriter('maintain', { ...askedAt(), space })
    onTurn(turn, 'maintain')
    maintainIn(turn.more ? maintainAgainMs : maintainEveryMs)
  }
  const maintain = (): void => {
    maintainTimer = null
    maintaining = maintainOnce()
      .catch((error) => {
        ignoreThreadError(error)
        maintainIn(maintainEveryMs)
      })
      .finally(() => {
        maintaining = null
      })
  }
  return {
    /** Starts maintenance; a writer must be running. */
    start: maintain,
    /** Schedules a commit, as data is pending. */
    soonCommit,
    /** Forgets the commit in progress, because the writer that ran it has died. */
    forgetCommit: (): void => {
      committing = false
    },
    /** Free bytes on the disk at the last check; null: unknown. */
    freeBytes: (): number | null => freeBytes,
    /** The maintenance in progress, or null. */
    running: (): Promise<void> | null => maintaining,
    /** Stops scheduling. */
    close: (): void => {
      closed = true
      for (const timer of [commitTimer, maintainTimer]) if (timer) clock.clearTimeout(timer)
    },
  }
}
