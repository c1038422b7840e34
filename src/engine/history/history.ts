import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import type { BundleCounts } from '../../shared/bundles.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import { type DeckEvent, type KeptEvent, type NewEvent, newEvent } from '../../shared/events.ts'
import {
  type EventFilter,
  type KeepLimit,
  type Kept,
  keptSchema,
  type RangeInput,
  type SeriesColumns,
  type StoreFigures,
  type SumColumns,
  type SumInput,
} from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { ownerIdOf, type Series, type Subject, type SubjectOf } from '../../shared/subjects.ts'
import type { Log } from '../ports.ts'
import { damageText } from '../storage/damageText.ts'
import type { DatabaseError } from '../storage/openDatabase.ts'
import type { ArchiverAsks } from './archiver/archiver.ts'
import { createBatchLists } from './batchLists.ts'
import type { BundleOrder } from './bundle/bundle.ts'
import { createDamageReports } from './damageReports.ts'
import { createQuestions } from './historyQuestions.ts'
import {
  type Description,
  type EventCount,
  type EventCountsAsk,
  type MomentValues,
  type NewFile,
  ownName,
  type Space,
  type StoredMoment,
  type StoreLimits,
  type StoreWorkerStart,
  type TailColumns,
  usualLimits,
} from './protocol/protocol.ts'
import { createSampleBacklog } from './sampleBacklog.ts'
import { createStoreMending } from './storeMending.ts'
import {
  type ArchiveLoop,
  createArchiveLoop,
  createReaderPool,
  createStoreThread,
  ignoreThreadError,
  type ReaderPool,
  StoreThreadError,
} from './threads/threads.ts'
import { createWriterLife, type WriterLifeDeps, type WriterThread } from './writerLife.ts'
import { createWriterUpkeep } from './writerUpkeep.ts'

/** Of whom samples come. */
export type Owner = SubjectOf<'server' | 'host'>

/** One poll of one server or host. A stream or device that is not named was not there; a metric that is not named is not known. */
export interface SampleBatch {
  readonly owner: Owner
  /** The slot's time, epoch ms. */
  readonly at: number
  /** A row for each of these streams or devices of the owner; null: one row, its own. The same array again, or an equal one, costs nothing. */
  readonly parts: readonly string[] | null
  /** One column each. */
  readonly metrics: readonly MetricId[]
  /** `values[row * metrics.length + column]`; NaN is a gap. Given away: empty for the caller after `append`. */
  readonly values: Float64Array<ArrayBuffer>
}

/** What was known of one moment, a row for each subject. */
export interface WholeMoment extends Omit<StoredMoment, 'subjects'> {
  readonly subjects: readonly Subject[]
}

/**
 * The one door to the past: whoever measures appends here, whoever asks asks here, and what stands behind it may
 * change. Nothing here throws because of a disk; `figures().why` says what is wrong.
 */
export interface History {
  /** Returns at once. Committed within a second; a kill -9 loses no more than that second. */
  readonly append: (batch: SampleBatch) => void
  /** Nothing is known of it, nor of its streams or devices, from here until its next batch. */
  readonly gap: (owner: Owner, at: number) => void
  /** In the order of `input.series`. Rejects with the signal's reason when it is aborted. */
  readonly range: (input: RangeInput, signal?: AbortSignal) => Promise<SeriesColumns[]>
  /** In the order of `input.metrics`. Rejects with the signal's reason when it is aborted. */
  readonly sum: (input: SumInput, signal?: AbortSignal) => Promise<SumColumns[]>
  /** Samples after `since` as they are, at most 30 minutes back, newest last; null where the line must break. Includes what is not committed yet. */
  readonly tail: (series: readonly Series[], since: number) => Promise<TailColumns[]>
  /** All that was known at one moment: the newest sample at or before it, not older than three intervals, else null. What is unknown is left out. */
  readonly at: (moment: number, subjects: readonly Subject[]) => Promise<MomentValues[]>
  /** All that is known of one moment, of every server and stream. */
  readonly moment: (at: number) => Promise<WholeMoment>
  /**
   * What samples can't say, kept where it differs from what was described before; null: the subject is gone. `whole`: streams or
   * devices that are not among the entries are gone, too.
   */
  readonly describe: (owner: Owner, at: number, entries: Description['entries'], whole?: boolean) => void
  readonly record: (events: readonly NewEvent[]) => void
  /** Events as another history kept them: older ones have a sentence of their own. */
  readonly restore: (events: readonly KeptEvent[]) => void
  /** Newest first; what was recorded before the call is there. */
  readonly events: (filter: EventFilter) => Promise<DeckEvent[]>
  /** How many events there were of each kind in each bucket. */
  readonly countEvents: (ask: EventCountsAsk) => Promise<EventCount[]>
  /** Ids of all servers of which anything was ever kept; those of hosts are not among them. */
  readonly servers: () => Promise<string[]>
  readonly figures: () => Promise<StoreFigures>
  /** Writes a part of the past into one file; null: nothing is kept of that time. */
  readonly bundle: (order: BundleOrder, signal?: AbortSignal) => Promise<BundleCounts | null>
  /** New limits of those that are named, from now on; whoever calls stores them. */
  readonly keep: (limits: Partial<StoreLimits>) => Promise<StoreFigures>
  /** It is watched no more. Its past stays; only what speeds up its next batch is dropped. */
  readonly forget: (owner: Owner) => void
  /** Resolves when nothing is on its way to the store's threads or back. */
  readonly settled: () => Promise<void>
  /** Writes what is pending and ends the threads. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

export interface HistoryDeps {
  readonly clock: Clock
  readonly log: Log
  /** history.db lies here. Whoever calls holds the folder's lock. */
  readonly dataDir: string
  /** Entry of the store's threads: storeWorker.ts, or its bundle. */
  readonly storeWorker: URL
  /** Of mtxdeck; archives say what wrote them. */
  readonly version?: string
  /** Limits that are not the usual ones. */
  readonly keep?: { readonly [K in Kept]?: Partial<KeepLimit> }
  /** Room on the data folder's disk. Tests lend their own. */
  readonly readSpace?: () => Promise<Space>
}

/** A new event is kept without a sentence: who shows it puts it into words. */
const kept = (event: NewEvent): KeptEvent => ({ ...event, text: '' })

/** Beside the engine's own thread and the store's others. */
const readerCount = 2

export async function createHistory(deps: HistoryDeps): Promise<Result<History, DatabaseError>> {
  const { clock, log, dataDir } = deps
  let limits = mergedLimits(usualLimits, deps.keep ?? {})
  const lists = createBatchLists()
  let trouble: ConsoleTrouble | null = null
  let closed = false
  const backlog = createSampleBacklog(clock, log)
  const archives = join(dataDir, 'history')

  const startOf = (role: StoreWorkerStart['role']): StoreWorkerStart => ({
    role,
    file: join(dataDir, 'history.db'),
    archives,
    limits,
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
    thread.note('events', [kept(newEvent('storeDamaged', clock.now(), damage))])
    if (setAside !== null) await thread.ask('setAside', { file: setAside, at: clock.now(), damage })
    else upkeep.soonCommit()
  }

  /** The writer has begun a new file. */
  const onNewFile = (newFile: NewFile): void => {
    reportNewFile(writer.thread(), newFile).catch(ignoreThreadError)
    if (closed) return
    mending.onNewFile()
    lists.clear()
    void readers.drop()
    archiveLoop.drop()
    // Archives are taken in again.
    archiveLoop.soon()
  }

  const mending = createStoreMending({
    mend: async (isBroken) => (await writer.thread().ask('mend', { now: clock.now(), monotonic: clock.monotonic(), isBroken })).newFile,
    isClosed: () => closed,
    takeNewFile: onNewFile,
  })
  /** A thread that reads the file found it damaged. */
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
      // It may have the file open that the next writer sets aside.
      void readers.drop()
      archiveLoop.drop()
    },
    // What was appended meanwhile went nowhere.
    onAgain: lists.clear,
    onTrouble: (why) => {
      trouble = why
    },
  })

  const readers: ReaderPool = createReaderPool({
    entry: deps.storeWorker,
    start: startOf('reader'),
    log,
    size: readerCount,
    onBroken,
    onDamage: (file, words, lost) => reports.onDamage(file, words, lost),
  })
  const reports = createDamageReports({
    clock,
    log,
    file: join(dataDir, 'history.db'),
    record: (events) => history.record(events),
    events: (filter) => history.events(filter),
    doubt: (name) => archiveLoop.doubt(name),
  })

  const first = await writer.begin()
  if (!first.ok) return first
  upkeep.start()

  /** A question that waited for the writer must not start a reader when all are ended, nor before archives are mended. */
  const readable = async (): Promise<void> => {
    await archiveLoop.mended
    if (closed) throw new StoreThreadError('the history is closed')
  }

  const archiveLoop: ArchiveLoop = createArchiveLoop({
    clock,
    log,
    folder: archives,
    startThread: (onDeath) =>
      createStoreThread<Record<never, never>, ArchiverAsks>({ entry: deps.storeWorker, start: startOf('archiver'), log, onDeath, onBroken }),
    askWriter: (kind, input) => writer.thread().ask(kind, input),
    limits: () => limits,
    freeBytes: upkeep.freeBytes,
    record: (events) => history.record(events),
    release: readers.release,
  })

  const transferable = (values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> =>
    values.byteLength === values.buffer.byteLength ? values : values.slice()

  const questions = createQuestions({
    clock,
    askWriter: (kind, input, signal) => writer.thread().ask(kind, input, signal),
    askReaders: async (kind, input, signal) => {
      await readable()
      return readers.ask(kind, input, signal)
    },
    again: mending.again,
  })

  const history: History = {
    append: ({ owner, at, parts, metrics, values }) => {
      if (closed) return
      const ownerId = ownerIdOf(owner)
      const paths = parts ?? ownRow
      if (values.length !== paths.length * metrics.length)
        throw new Error(`a batch of ${paths.length} rows and ${metrics.length} metrics has ${values.length} values`)
      if (!reports.isTime(at, 'samples', ownerId)) return
      if (!backlog.admits()) return
      const list = parts === null ? 1 : 0
      const changes = lists.changes(ownerId, list, { paths, metrics })
      const given = transferable(values)
      backlog.add(given.byteLength)
      writer.thread().note('batch', { ownerId, at, list, ...changes, values: given }, [given.buffer])
      upkeep.soonCommit()
    },
    gap: (owner, at) => {
      const ownerId = ownerIdOf(owner)
      if (closed || !reports.isTime(at, 'gap', ownerId)) return
      writer.thread().note('gap', { ownerId, at })
      upkeep.soonCommit()
    },
    ...questions,
    describe: (owner, at, entries, whole = false) => {
      const ownerId = ownerIdOf(owner)
      if (closed || !reports.isTime(at, 'facts', ownerId)) return
      writer.thread().note('describe', { ownerId, at, entries, whole })
      upkeep.soonCommit()
    },
    record: (events) => history.restore(events.map(kept)),
    restore: (events) => {
      const timed = events.filter(({ at, kind, subject }) => reports.isTime(at, kind, subject === null ? null : ownerIdOf(subject)))
      if (closed || timed.length === 0) return
      writer.thread().note('events', timed)
      upkeep.soonCommit()
    },
    bundle: async (order, signal) => {
      // Archives and bundles are made of what is sealed.
      const unsealedFrom = await writer.thread().ask('unsealedFrom', null)
      if (unsealedFrom !== null && unsealedFrom <= order.to)
        for (let begins = true; (await writer.thread().ask('sealAll', { begins }, signal)).more; begins = false) if (closed) break
      await writer.thread().ask('flush', null)
      const { counts, words } = await archiveLoop.ask('bundle', { order, now: clock.now() }, signal)
      for (const damage of words) log.warn({}, damage)
      return counts
    },
    figures: async () => {
      try {
        const figures = await writer.thread().ask('figures', null)
        const usage = archiveLoop.usage()
        return {
          ...figures,
          kept: figures.kept.map((kept) => ({ ...kept, bytesPerDay: kept.bytesPerDay ?? usage.find(({ tier }) => tier === kept.kept)?.bytesPerDay ?? null })),
          why: figures.why ?? trouble ?? slowTrouble() ?? archiveLoop.trouble(),
        }
      } catch (error) {
        ignoreThreadError(error)
        return {
          bytes: 0,
          from: null,
          kept: keptSchema.options.map((kept) => ({ kept, limit: limits[kept], bytes: 0, from: null, bytesPerDay: null })),
          freeBytes: null,
          refusedValues: 0,
          samplesStopped: false,
          setAside: [],
          why: trouble,
        }
      }
    },
    keep: async (next) => {
      limits = mergedLimits(limits, next)
      const figures = await writer.thread().ask('keep', { limits, now: clock.now() })
      archiveLoop.soon()
      return figures
    },
    forget: (owner) => lists.forget(ownerIdOf(owner)),
    settled: async () => {
      while (mending.running() || upkeep.running() || writer.restarting() || writer.thread().busy() || readers.busy() || archiveLoop.busy()) {
        await Promise.all([mending.running(), upkeep.running(), writer.restarting(), reports.idle(), archiveLoop.idle()])
        await Promise.all([writer.thread().idle(), readers.idle()])
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (closed) return
      closed = true
      upkeep.close()
      writer.close()
      await Promise.all([mending.running(), upkeep.running(), writer.restarting()])
      await archiveLoop.close()
      await readers.close()
      // Last of all, so that no reader holds the log: closing it then folds the log into the file.
      await writer.thread().ask('close', null).catch(ignoreThreadError)
      await writer.thread().terminate()
    },
  }
  const slowTrouble = (): ConsoleTrouble | null => (backlog.isDropping() ? { kind: 'diskSlow', folder: dataDir } : null)
  return ok(history)
}

/** Of the owner itself, as the store names it. */
const ownRow: readonly string[] = [ownName]

const mergedLimits = (limits: StoreLimits, next: NonNullable<HistoryDeps['keep']>): StoreLimits =>
  Object.fromEntries(keptSchema.options.map((kept) => [kept, { ...limits[kept], ...next[kept] }])) as StoreLimits

async function diskSpace(dir: string): Promise<Space> {
  const { bavail, blocks, bsize } = await statfs(dir)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}
