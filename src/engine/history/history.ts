import { statfs } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Clock, Timer } from '../../clock/clock.ts'
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
import { eventText } from '../../shared/words/eventText.ts'
import type { Log } from '../ports.ts'
import { damageText } from '../storage/damageText.ts'
import type { DatabaseError } from '../storage/openDatabase.ts'
import type { ArchiverAsks } from './archiver/archiver.ts'
import { createBatchLists } from './batchLists.ts'
import type { BundleOrder } from './bundle/bundle.ts'
import { createQuestions } from './historyQuestions.ts'
import {
  type AskedAt,
  type Description,
  type EventCount,
  type EventCountsAsk,
  fromStored,
  type LostPart,
  type MomentValues,
  type NewFile,
  ownName,
  type Space,
  type StoredMoment,
  type StoreLimits,
  type StoreReport,
  type StoreWorkerStart,
  type TailColumns,
  usualLimits,
  type WriterAsks,
  type WriterNotes,
} from './protocol/protocol.ts'
import {
  type ArchiveLoop,
  createArchiveLoop,
  createReaderPool,
  createStoreThread,
  type ReaderPool,
  type StoreThread,
  StoreThreadError,
} from './threads/threads.ts'

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

/** What a crash may lose. */
const commitEveryMs = 1000
const maintainEveryMs = 10_000
/** A new event is kept without a sentence: who shows it puts it into words. */
const kept = (event: NewEvent): KeptEvent => ({ ...event, text: '' })

/** While there is much to seal or to drop: short steps, so that commits and questions come in between. */
const maintainAgainMs = 50
/** Beside the engine's own thread and the store's others. */
const readerCount = 2
/** Batches that a slow disk keeps waiting; beyond them samples are dropped rather than memory filled. */
const mostBacklogBytes = 64 << 20
const longestRestartMs = 60_000
/** Of what `Date` knows. */
const latestTime = 8.64e15

export async function createHistory(deps: HistoryDeps): Promise<Result<History, DatabaseError>> {
  const { clock, log, dataDir } = deps
  let limits = mergedLimits(usualLimits, deps.keep ?? {})
  const readSpace = deps.readSpace ?? (() => diskSpace(dataDir))
  const lists = createBatchLists()
  let trouble: ConsoleTrouble | null = null
  let backlogBytes = 0
  let freeBytes: number | null = null
  let droppedSince: number | null = null
  let commitTimer: Timer | null = null
  let maintainTimer: Timer | null = null
  let restartTimer: Timer | null = null
  let restartMs = 1000
  let committing = false
  let maintaining: Promise<void> | null = null
  let restarting: Promise<void> | null = null
  let closed = false
  let mending: Promise<void> | null = null
  /** How often another file took the place of history.db. */
  let files = 0
  /** Damage that was reported. */
  const reported = new Set<string>()
  let reporting: Promise<void> = Promise.resolve()
  const archives = join(dataDir, 'history')

  /** The living one; not yet there while the first one starts. */
  let writer: StoreThread<WriterNotes, WriterAsks>

  const startOf = (role: StoreWorkerStart['role']): StoreWorkerStart => ({
    role,
    file: join(dataDir, 'history.db'),
    archives,
    limits,
    madeBy: `mtxdeck ${deps.version ?? ''}`.trim(),
  })

  const askedAt = (): AskedAt => ({ now: clock.now(), monotonic: clock.monotonic() })
  const soonCommit = (): void => {
    if (!closed) commitTimer ??= clock.setTimeout(() => commit(), commitEveryMs)
  }

  const startWriter = async (): Promise<Result<StoreThread<WriterNotes, WriterAsks>, DatabaseError>> => {
    const thread = createStoreThread<WriterNotes, WriterAsks>({
      entry: deps.storeWorker,
      start: startOf('writer'),
      log,
      onDeath: (error) => onWriterDeath(thread, error),
    })
    const { error, newFile } = await thread.ask('open', { now: clock.now() })
    if (error) {
      await thread.terminate()
      return err(error)
    }
    if (newFile !== null) await reportNewFile(thread, newFile)
    return ok(thread)
  }

  const reportNewFile = async (thread: StoreThread<WriterNotes, WriterAsks>, { setAside, damage }: NewFile): Promise<void> => {
    log.error({ setAside }, damageText(damage))
    thread.note('events', [kept(newEvent('storeDamaged', clock.now(), damage))])
    if (setAside !== null) await thread.ask('setAside', { file: setAside, at: clock.now(), damage })
    else soonCommit()
  }

  const recordReports = (reports: readonly StoreReport[]): void => {
    for (const { kind, of, facts } of reports) {
      const subject = of === null ? null : fromStored(of)
      const event = newEvent(kind, clock.now(), facts, { subject, ownerName: null })
      log.warn({ subject, ...facts }, eventText(event, 'en'))
      history.record([event])
    }
  }

  /** The writer has begun a new file. */
  const onNewFile = (newFile: NewFile): void => {
    files++
    lists.clear()
    void readers.drop()
    archiveLoop.drop()
    reportNewFile(writer, newFile).catch(ignoreThreadError)
    // Archives are taken in again.
    archiveLoop.soon()
  }

  /** A thread that reads the file found it damaged. */
  const onBroken = (words: string): void => {
    log.error({}, `the history is damaged: ${words}`)
    mending ??= haveMended(true)
      .catch(ignoreThreadError)
      .finally(() => {
        mending = null
      })
  }
  const haveMended = async (isBroken: boolean): Promise<void> => {
    const { newFile } = await writer.ask('mend', { ...askedAt(), isBroken })
    if (newFile !== null && !closed) onNewFile(newFile)
  }
  /** Asks again, once, where the file turned out to be damaged and another one took its place. */
  const askAgain = async <T>(ask: () => Promise<T>): Promise<T> => {
    const before = files
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof StoreThreadError) || closed) throw error
      await (mending ?? haveMended(false).catch(ignoreThreadError))
      if (files === before || closed) throw error
      return ask()
    }
  }

  const onWriterDeath = (thread: StoreThread<WriterNotes, WriterAsks>, error: unknown): void => {
    if (closed || writer !== thread) return
    log.error({ error: error instanceof Error ? error.stack : String(error) }, 'the thread that writes the history died')
    trouble = { kind: 'writerFailed' }
    lists.clear()
    backlogBytes = 0
    committing = false
    // It may have the file open that the next writer sets aside.
    void readers.drop()
    archiveLoop.drop()
    restartTimer = clock.setTimeout(() => {
      restartTimer = null
      restartMs = Math.min(restartMs * 2, longestRestartMs)
      restarting = startWriter()
        .then(
          async (again) => {
            if (!again.ok) {
              onWriterDeath(writer, new Error(again.error.words))
              trouble = again.error.trouble
            } else if (closed) await again.value.terminate()
            else {
              writer = again.value
              // What was appended meanwhile went nowhere.
              lists.clear()
              trouble = null
            }
          },
          (failure) => onWriterDeath(writer, failure),
        )
        .finally(() => {
          restarting = null
        })
    }, restartMs)
  }

  const readers: ReaderPool = createReaderPool({
    entry: deps.storeWorker,
    start: startOf('reader'),
    log,
    size: readerCount,
    onBroken,
    onDamage: (file, words, lost) => {
      if (lost !== null) reportLost(lost, words)
      // A question may trip over the same place as often as it is asked.
      if (reported.has(`${file} ${words}`)) return
      reported.add(`${file} ${words}`)
      log.error({ file }, `a part of the history cannot be read: ${words}`)
      if (file !== startOf('reader').file) archiveLoop.doubt(basename(file))
    },
  })

  /** Once for each owner and day, also over restarts. */
  const reportLost = ({ ownerId, day }: LostPart, because: string): void => {
    if (reported.has(`${ownerId} ${day}`)) return
    reported.add(`${ownerId} ${day}`)
    reporting = reporting
      .then(async () => {
        const subject = fromStored({ ownerId, path: ownName })
        const before = await history.events({ kinds: ['storeDamaged'], of: subject, limit: 1000 })
        if (before.some(({ facts: { unreadableDay } }) => unreadableDay === day)) return
        history.record([newEvent('storeDamaged', clock.now(), { damage: 'day', unreadableDay: day, because }, { subject, ownerName: null })])
      })
      .catch(ignoreThreadError)
  }

  const first = await startWriter()
  if (!first.ok) return first
  writer = first.value

  /** A failure of the thread is reported by its death or in its log. */
  const ignoreThreadError = (error: unknown): void => {
    if (!(error instanceof StoreThreadError)) throw error
  }

  /** A question that waited for the writer must not start a reader when all are ended, nor before archives are mended. */
  const readable = async (): Promise<void> => {
    await archiveLoop.mended
    if (closed) throw new StoreThreadError('the history is closed')
  }

  const commit = (): void => {
    commitTimer = null
    if (committing) {
      soonCommit()
      return
    }
    committing = true
    const covered = backlogBytes
    writer
      .ask('commit', askedAt())
      .then((answer) => {
        trouble = answer.trouble
        restartMs = 1000
        if (answer.newFile !== null) onNewFile(answer.newFile)
        recordReports(answer.reports)
        if (answer.more) soonMaintain()
      }, ignoreThreadError)
      .finally(() => {
        backlogBytes = Math.max(0, backlogBytes - covered)
        committing = false
      })
  }

  const maintain = async (): Promise<void> => {
    // Where the system does not tell, writing itself will find out.
    const space = await readSpace().catch(() => null)
    freeBytes = space?.freeBytes ?? null
    if (closed) return
    const answer = await writer.ask('maintain', { ...askedAt(), space })
    trouble = answer.trouble
    if (answer.newFile !== null && !closed) onNewFile(answer.newFile)
    recordReports(answer.reports)
    if (!closed) maintainTimer = clock.setTimeout(startMaintain, answer.more ? maintainAgainMs : maintainEveryMs)
  }
  /** Something is to be sealed: not only at its next turn. */
  const soonMaintain = (): void => {
    if (!maintainTimer || closed) return
    clock.clearTimeout(maintainTimer)
    maintainTimer = clock.setTimeout(startMaintain, maintainAgainMs)
  }
  const startMaintain = (): void => {
    maintainTimer = null
    maintaining = maintain()
      .catch((error) => {
        ignoreThreadError(error)
        if (!closed) maintainTimer = clock.setTimeout(startMaintain, maintainEveryMs)
      })
      .finally(() => {
        maintaining = null
      })
  }
  startMaintain()

  const archiveLoop: ArchiveLoop = createArchiveLoop({
    clock,
    log,
    folder: archives,
    startThread: (onDeath) =>
      createStoreThread<Record<never, never>, ArchiverAsks>({ entry: deps.storeWorker, start: startOf('archiver'), log, onDeath, onBroken }),
    askWriter: (kind, input) => writer.ask(kind, input),
    limits: () => limits,
    freeBytes: () => freeBytes,
    record: (events) => history.record(events),
    release: readers.release,
  })

  /** What has no time can't be stored, and would end the thread that writes: it is refused here, and logged once. */
  const isTime = (at: number, what: string, ownerId: string | null): boolean => {
    if (Math.abs(at) <= latestTime) return true
    const key = `${what} of ${ownerId} has no time`
    if (!reported.has(key)) log.error({ serverId: ownerId, what, at }, 'what was to be stored has a time that is none: it is left out')
    reported.add(key)
    return false
  }

  const transferable = (values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> =>
    values.byteLength === values.buffer.byteLength ? values : values.slice()

  const questions = createQuestions({
    clock,
    askWriter: (kind, input, signal) => writer.ask(kind, input, signal),
    askReaders: async (kind, input, signal) => {
      await readable()
      return readers.ask(kind, input, signal)
    },
    again: askAgain,
  })

  const history: History = {
    append: ({ owner, at, parts, metrics, values }) => {
      if (closed) return
      const ownerId = ownerIdOf(owner)
      const paths = parts ?? ownRow
      if (values.length !== paths.length * metrics.length)
        throw new Error(`a batch of ${paths.length} rows and ${metrics.length} metrics has ${values.length} values`)
      if (!isTime(at, 'samples', ownerId)) return
      if (backlogBytes > mostBacklogBytes) {
        droppedSince ??= clock.now()
        return
      }
      if (droppedSince !== null) {
        log.warn({ droppedMs: clock.now() - droppedSince }, 'the disk was too slow: samples were dropped')
        droppedSince = null
      }
      const list = parts === null ? 1 : 0
      const changes = lists.changes(ownerId, list, { paths, metrics })
      const given = transferable(values)
      backlogBytes += given.byteLength
      writer.note('batch', { ownerId, at, list, ...changes, values: given }, [given.buffer])
      soonCommit()
    },
    gap: (owner, at) => {
      const ownerId = ownerIdOf(owner)
      if (closed || !isTime(at, 'gap', ownerId)) return
      writer.note('gap', { ownerId, at })
      soonCommit()
    },
    ...questions,
    describe: (owner, at, entries, whole = false) => {
      const ownerId = ownerIdOf(owner)
      if (closed || !isTime(at, 'facts', ownerId)) return
      writer.note('describe', { ownerId, at, entries, whole })
      soonCommit()
    },
    record: (events) => history.restore(events.map(kept)),
    restore: (events) => {
      const timed = events.filter(({ at, kind, subject }) => isTime(at, kind, subject === null ? null : ownerIdOf(subject)))
      if (closed || timed.length === 0) return
      writer.note('events', timed)
      soonCommit()
    },
    bundle: async (order, signal) => {
      // Archives and bundles are made of what is sealed.
      const unsealedFrom = await writer.ask('unsealedFrom', null)
      if (unsealedFrom !== null && unsealedFrom <= order.to)
        for (let begins = true; (await writer.ask('sealAll', { begins }, signal)).more; begins = false) if (closed) break
      await writer.ask('flush', null)
      const { counts, words } = await archiveLoop.ask('bundle', { order, now: clock.now() }, signal)
      for (const damage of words) log.warn({}, damage)
      return counts
    },
    figures: async () => {
      try {
        const figures = await writer.ask('figures', null)
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
      const figures = await writer.ask('keep', { limits, now: clock.now() })
      archiveLoop.soon()
      return figures
    },
    forget: (owner) => lists.forget(ownerIdOf(owner)),
    settled: async () => {
      while (mending || maintaining || restarting || writer.busy() || readers.busy() || archiveLoop.busy()) {
        await Promise.all([mending, maintaining, restarting, reporting, archiveLoop.idle()])
        await Promise.all([writer.idle(), readers.idle()])
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (closed) return
      closed = true
      for (const timer of [commitTimer, maintainTimer, restartTimer]) if (timer) clock.clearTimeout(timer)
      await Promise.all([mending, maintaining, restarting])
      await archiveLoop.close()
      await readers.close()
      // Last of all, so that no reader holds the log: closing it then folds the log into the file.
      await writer.ask('close', null).catch(ignoreThreadError)
      await writer.terminate()
    },
  }
  const slowTrouble = (): ConsoleTrouble | null => (droppedSince === null ? null : { kind: 'diskSlow', folder: dataDir })
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
