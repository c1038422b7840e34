import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { DeckEvent } from '../../shared/events.ts'
import type { RangeInput, SeriesColumns, StoreFigures, SumColumns, SumInput } from '../../shared/history.ts'
import { messageOf, ok, type Result } from '../../shared/result.ts'
import { type Owner, ownerIdOf, type Subject } from '../../shared/subjectNames.ts'
import type { Series } from '../../shared/subjects.ts'
import { keptKinds } from '../../shared/tiers.ts'
import type { CopyOrder } from '../storage/backups.ts'
import type { DatabaseError } from '../storage/openDatabase.ts'
import type { BundleOrder } from './bundle/bundle.ts'
import { type HistoryDeps, HistoryThreads } from './historyThreads.ts'
import { createWrites } from './historyWrites.ts'
import {
  defaultLimits,
  type EventCount,
  type EventCountsAsk,
  type EventsAsk,
  fromStored,
  type StoredMoment,
  type StoreLimits,
  type StoreQueries,
  type SubjectMetrics,
  toStored,
} from './protocol/protocol.ts'
import { ignoreThreadError } from './threads/threads.ts'

export type { HistoryDeps } from './historyThreads.ts'
export type { SampleBatch } from './historyWrites.ts'

/** Everything known of one moment, one row per subject. */
export interface WholeMoment extends Omit<StoredMoment, 'subjects'> {
  readonly subjects: readonly Subject[]
}

export async function createHistory(deps: HistoryDeps): Promise<Result<History, DatabaseError>> {
  const limits = { now: mergedLimits(defaultLimits, deps.keep ?? {}) }
  const threads = new HistoryThreads({ ...deps, limits: () => limits.now, record: (events) => writes.record(events) })
  const writes = createWrites(threads, deps.onDamage)
  const opened = await threads.open()
  return opened.ok ? ok({ ...writes, ...readsOf(deps, threads, limits), forget: (owner) => threads.lists.forget(ownerIdOf(owner)) }) : opened
}

/**
 * The only interface to stored data: samples, facts and events are written and queried here, and the implementation behind
 * it may change. Nothing here throws because of the disk; `figures().why` says what is wrong.
 */
export interface History extends ReturnType<typeof createWrites>, ReturnType<typeof readsOf> {
  /** The owner is no longer watched. Its data stays; only the lists remembered for its next batch are dropped. */
  readonly forget: (owner: Owner) => void
}

/** Queries of the past. Each first asks the writer for data not yet in the file, then a query thread. */
function readsOf(deps: HistoryDeps, threads: HistoryThreads, limits: { now: StoreLimits }) {
  const { clock } = deps
  /** Asks the query threads after pending names, facts and events were written to the file. */
  const afterFlush = async <K extends keyof StoreQueries & string>(kind: K, input: StoreQueries[K][0]): Promise<StoreQueries[K][1]> => {
    await threads.writer.ask('flush', null)
    return threads.query(kind, input)
  }
  const untilOf = (to: number): number => Math.min(to, clock.now())
  return {
    /** In the order of `input.series`. Rejects with the signal's reason when it is aborted. */
    range: async (input: RangeInput, signal?: AbortSignal): Promise<SeriesColumns[]> => {
      const { subjects, inOrder } = subjectsOf(input.series)
      const { from, to, points, tier, totals = false } = input
      const hot = await threads.writer.ask('hot', { subjects: subjects.map(({ subject }) => subject), to }, signal)
      return inOrder(await threads.query('range', { subjects, from, to, until: untilOf(to), points, tier: tier ?? null, totals, hot }, signal))
    },
    /** In the order of `input.metrics`. Rejects with the signal's reason when it is aborted. */
    sum: async ({ metrics, subjects, to, tier, ...rest }: SumInput, signal?: AbortSignal): Promise<SumColumns[]> => {
      const stored = subjects.map(toStored)
      const hot = await threads.writer.ask('hot', { subjects: stored, to }, signal)
      const wanted = stored.map((subject) => ({ subject, metrics }))
      return threads.query('sum', { ...rest, to, tier: tier ?? null, until: untilOf(to), hot, subjects: wanted }, signal)
    },
    /** Everything known of one moment, for all servers and streams: the newest sample at or before it, unless older than three intervals. */
    moment: async (at: number): Promise<WholeMoment> => {
      const hot = await threads.writer.ask('hotMoment', { to: at })
      const { subjects, ...found } = await threads.query('moment', { moment: at, hot })
      return { ...found, subjects: subjects.map(fromStored) }
    },
    /** Newest first. Includes all events recorded before the call. */
    events: (filter: EventsAsk): Promise<DeckEvent[]> => afterFlush('events', filter),
    /** Number of events of each kind in each bucket. */
    countEvents: (ask: EventCountsAsk): Promise<EventCount[]> => afterFlush('countEvents', ask),
    /** Ids of all servers with any stored data; hosts are not included. */
    servers: (): Promise<string[]> => afterFlush('serverIds', null),
    /** All servers, hosts, streams and devices that may have samples in this period, some of later, in no order. */
    subjects: async (from: number, to: number): Promise<Subject[]> => (await afterFlush('subjects', { from, to })).map(fromStored),
    figures: (): Promise<StoreFigures> => readFigures(threads, limits.now),
    /** Why it can't store everything now, as known at the last commit; null: it can. */
    trouble: (): ConsoleTrouble | null => threads.trouble(),
    /** Writes a part of the past into one file; false: nothing is kept of that time. */
    bundle: (order: BundleOrder, signal?: AbortSignal): Promise<boolean> => makeBundle(threads, deps, order, signal),
    /** Applies new retention limits to the tiers given. The caller stores them. */
    keep: async (next: Partial<StoreLimits>): Promise<StoreFigures> => {
      limits.now = mergedLimits(limits.now, next)
      const figures = await threads.writer.ask('keep', { limits: limits.now, now: clock.now() })
      threads.archiveSoon()
      return figures
    },
    /** Brings the log of another database into it, in the writer's thread. Resolves to whether all of it is there. */
    checkpoint: (file: string): Promise<boolean> =>
      threads.writer.ask('checkpoint', { file }).then(
        ({ isWhole }) => isWhole,
        (error: unknown) => {
          ignoreThreadError(error)
          return false
        },
      ),
    /** Copies main.db, in a thread. */
    copyMain: (order: CopyOrder): Promise<ConsoleTrouble | null> =>
      threads.archive('copyMain', order).catch((error: unknown) => {
        ignoreThreadError(error)
        return { kind: 'copyFailed', folder: order.folder, because: messageOf(error) }
      }),
    /** Whether the store's threads owe an answer. */
    asked: (): boolean => threads.asked(),
    settled: (): Promise<void> => threads.settled(),
    [Symbol.asyncDispose]: (): Promise<void> => threads[Symbol.asyncDispose](),
  }
}

/** Series grouped by subject, each subject once with its requested metrics. `inOrder`: an answer for those, in the order of the series. */
function subjectsOf(series: readonly Series[]) {
  const groups = [...Map.groupBy(series.keys(), (index) => JSON.stringify(series[index]?.subject)).values()]
  return {
    subjects: groups.map(
      (of): SubjectMetrics => ({
        subject: toStored((series[of[0] as number] as Series).subject),
        metrics: of.map((index) => (series[index] as Series).metric),
      }),
    ),
    inOrder: <Columns>(found: readonly (readonly Columns[])[]): Columns[] => {
      const out: Columns[] = []
      for (const [subject, of] of groups.entries()) for (const [metric, index] of of.entries()) out[index] = found[subject]?.[metric] as Columns
      return out
    },
  }
}

async function makeBundle(threads: HistoryThreads, { clock, log }: HistoryDeps, order: BundleOrder, signal: AbortSignal | undefined): Promise<boolean> {
  // Bundles contain sealed data only, so seal everything up to `order.to` first.
  const unsealedFrom = await threads.writer.ask('unsealedFrom', null)
  if (unsealedFrom !== null && unsealedFrom <= order.to)
    for (let begins = true; (await threads.writer.ask('sealAll', { begins }, signal)).more; begins = false) if (threads.isClosed) break
  await threads.writer.ask('flush', null)
  const { isMade, words } = await threads.archive('bundle', { order, now: clock.now() }, signal)
  for (const damage of words) log.warn({}, damage)
  return isMade
}

/** Where no writer answers, they are those of an empty store. */
async function readFigures(threads: HistoryThreads, limits: StoreLimits): Promise<StoreFigures> {
  try {
    const figures = await threads.writer.ask('figures', null)
    return { ...figures, why: figures.why ?? threads.trouble() }
  } catch (error) {
    ignoreThreadError(error)
    return {
      bytes: 0,
      from: null,
      kept: keptKinds.map((kept) => ({ kept, limit: limits[kept], bytes: 0, from: null, bytesPerDay: null })),
      freeBytes: null,
      setAside: [],
      why: threads.trouble(),
    }
  }
}

const mergedLimits = (limits: StoreLimits, next: NonNullable<HistoryDeps['keep']>): StoreLimits =>
  Object.fromEntries(keptKinds.map((kept) => [kept, { ...limits[kept], ...next[kept] }])) as StoreLimits
