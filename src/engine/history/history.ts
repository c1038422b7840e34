import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import type { BundleCounts } from '../../shared/bundles.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import { type DeckEvent, type KeptEvent, type NewEvent, newEvent } from '../../shared/events.ts'
import type { EventFilter, KeepLimit, RangeInput, SeriesColumns, StoreFigures, SumColumns, SumInput } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type Owner, ownerIdOf } from '../../shared/subjectNames.ts'
import type { Series, Subject } from '../../shared/subjects.ts'
import { type Kept, keptKinds } from '../../shared/tiers.ts'
import type { Log } from '../ports.ts'
import { damageText } from '../storage/damageText.ts'
import type { DatabaseError } from '../storage/openDatabase.ts'
import type { ArchiverAsks } from './archiver/archiver.ts'
import { createBatchLists } from './batchLists.ts'
import type { BundleOrder } from './bundle/bundle.ts'
import { createDamageReports } from './damageReports.ts'
import { createQuestions } from './historyQuestions.ts'
import { withKnownDamage } from './knownDamage.ts'
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

/** The samples of one poll of one server or host. A stream or device not listed did not exist; a metric not listed is unknown. */
export interface SampleBatch {
  readonly owner: Owner
  /** The slot's time, epoch ms. */
  readonly at: number
  /** One row per stream or device of the owner; null: a single row for the owner itself. An unchanged list is not sent again. */
  readonly parts: readonly string[] | null
  /** One column per metric. */
  readonly metrics: readonly MetricId[]
  /** `values[row * metrics.length + column]`; NaN is a gap. `append` transfers the buffer, so that it is empty for the caller afterwards. */
  readonly values: Float64Array<ArrayBuffer>
  /** How long figures count without another batch, ms; left out: those of a poll, half a minute. */
  readonly holdsMs?: number
}

/** Everything known of one moment, one row per subject. */
export interface WholeMoment extends Omit<StoredMoment, 'subjects'> {
  readonly subjects: readonly Subject[]
}

/**
 * The only interface to stored data: samples, facts and events are written and queried here, and the implementation behind
 * it may change. Nothing here throws because of the disk; `figures().why` says what is wrong.
 */
export interface History {
  /** Returns at once. Committed within a second; a kill -9 loses no more than that second. */
  readonly append: (batch: SampleBatch) => void
  /** The owner and its streams or devices are unknown from `at` until its next batch. */
  readonly gap: (owner: Owner, at: number) => void
  /** In the order of `input.series`. Rejects with the signal's reason when it is aborted. */
  readonly range: (input: RangeInput, signal?: AbortSignal) => Promise<SeriesColumns[]>
  /** In the order of `input.metrics`. Rejects with the signal's reason when it is aborted. */
  readonly sum: (input: SumInput, signal?: AbortSignal) => Promise<SumColumns[]>
  /** Raw samples after `since`, at most 30 minutes back, newest last; null where the line must break. Includes samples not committed yet. */
  readonly tail: (series: readonly Series[], since: number) => Promise<TailColumns[]>
  /** Per subject the newest sample at or before the moment, unless older than three intervals (then null). Unknown metrics are left out. */
  readonly at: (moment: number, subjects: readonly Subject[]) => Promise<MomentValues[]>
  /** Everything known of one moment, for all servers and streams. */
  readonly moment: (at: number) => Promise<WholeMoment>
  /**
   * Stores facts that samples can't express, if they differ from the last ones; null: the subject is gone. With `whole`,
   * streams or devices not among the entries are gone, too.
   */
  readonly describe: (owner: Owner, at: number, entries: Description['entries'], whole?: boolean) => void
  readonly record: (events: readonly NewEvent[]) => void
  /** Imports events of another history. Events of older versions carry their own sentence. */
  readonly restore: (events: readonly KeptEvent[]) => void
  /** Newest first. Includes all events recorded before the call. */
  readonly events: (filter: EventFilter) => Promise<DeckEvent[]>
  /** Number of events of each kind in each bucket. */
  readonly countEvents: (ask: EventCountsAsk) => Promise<EventCount[]>
  /** Ids of all servers with any stored data; hosts are not included. */
  readonly servers: () => Promise<string[]>
  /** All servers, hosts, streams and devices that may have samples in this period, some of later, in no order. */
  readonly subjects: (from: number, to: number) => Promise<Subject[]>
  readonly figures: () => Promise<StoreFigures>
  /** Why it can't store everything now, as known at the last commit; null: it can. */
  readonly trouble: () => ConsoleTrouble | null
  /** Writes a part of the past into one file; null: nothing is kept of that time. */
  readonly bundle: (order: BundleOrder, signal?: AbortSignal) => Promise<BundleCounts | null>
  /** Applies new retention limits to the tiers given. The caller stores them. */
  readonly keep: (limits: Partial<StoreLimits>) => Promise<StoreFigures>
  /** The owner is no longer watched. Its data stays; only the lists remembered for its next batch are dropped. */
  readonly forget: (owner: Owner) => void
  /** Whether the store's threads owe an answer. */
  readonly asked: () => boolean
  /** Resolves when no message to or from the store's threads is in flight. */
  readonly settled: () => Promise<void>
  /** Writes pending data and ends the threads. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

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
  /** Told of each damage of a file that is recorded. */
  readonly onDamage?: (damage: NewEvent) => void
  /** Reads the free space on the data folder's disk; replaced in tests. */
  readonly readSpace?: () => Promise<Space>
}

/** A new event is stored without a sentence; it is put into words when shown. */
const kept = (event: NewEvent): KeptEvent => ({ ...event, text: '' })

/** Reader threads, in addition to the engine's thread and the store's writer and archiver. */
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
    const event = newEvent('storeDamaged', clock.now(), damage)
    thread.note('events', [kept(event)])
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
    void readers.drop()
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
      // Readers and archiver may have the file open that the next writer sets aside.
      void readers.drop()
      archiveLoop.drop()
    },
    // Batches appended meanwhile were lost, and their lists with them.
    onRestarted: lists.clear,
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

  /** A query that waited for the writer must not start a reader after closing, nor before interrupted archives are repaired. */
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
    record: (events) => {
      for (const event of events) if (event.kind === 'storeDamaged') deps.onDamage?.(event)
      history.restore(events.map(kept))
    },
    restore: (events) => {
      const timed = events.filter(({ at, kind, subject }) => reports.isTime(at, kind, subject === null ? null : ownerIdOf(subject)))
      if (closed || timed.length === 0) return
      writer.thread().note('events', timed)
      upkeep.soonCommit()
    },
    bundle: async (order, signal) => {
      // Bundles contain sealed data only, so seal everything up to `order.to` first.
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
          ...withKnownDamage(figures),
          kept: figures.kept.map((kept) => ({ ...kept, bytesPerDay: kept.bytesPerDay ?? usage.find(({ tier }) => tier === kept.kept)?.bytesPerDay ?? null })),
          why: figures.why ?? history.trouble(),
        }
      } catch (error) {
        ignoreThreadError(error)
        return {
          bytes: 0,
          from: null,
          kept: keptKinds.map((kept) => ({ kept, limit: limits[kept], bytes: 0, from: null, bytesPerDay: null })),
          freeBytes: null,
          refusedValues: 0,
          samplesStopped: false,
          setAside: [],
          why: trouble,
        }
      }
    },
    trouble: () => trouble ?? slowTrouble() ?? archiveLoop.trouble(),
    keep: async (next) => {
      limits = mergedLimits(limits, next)
      const figures = await writer.thread().ask('keep', { limits, now: clock.now() })
      archiveLoop.soon()
      return withKnownDamage(figures)
    },
    forget: (owner) => lists.forget(ownerIdOf(owner)),
    asked: () => writer.thread().asked() || readers.busy() || archiveLoop.busy(),
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
      // The writer closes last, when no reader holds the log any more: SQLite then checkpoints it into the file.
      await writer.thread().ask('close', null).catch(ignoreThreadError)
      await writer.thread().terminate()
    },
  }
  const slowTrouble = (): ConsoleTrouble | null => (backlog.isDropping() ? { kind: 'diskSlow', folder: dataDir } : null)
  return ok(history)
}

/** The row list of the owner itself, as the store names it. */
const ownRow: readonly string[] = [ownName]

const mergedLimits = (limits: StoreLimits, next: NonNullable<HistoryDeps['keep']>): StoreLimits =>
  Object.fromEntries(keptKinds.map((kept) => [kept, { ...limits[kept], ...next[kept] }])) as StoreLimits

async function diskSpace(dir: string): Promise<Space> {
  const { bavail, blocks, bsize } = await statfs(dir)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}
