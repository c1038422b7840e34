import { join } from 'node:path'
import type { BundleCounts } from '../../shared/bundles.ts'
import { type ConsoleTrouble, setAsideSchema } from '../../shared/consoleTroubles.ts'
import type { DeckEvent } from '../../shared/events.ts'
import type { RangeInput, SeriesColumns, StoreFigures, SumColumns, SumInput } from '../../shared/history.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { type Owner, ownerIdOf } from '../../shared/subjectNames.ts'
import type { Series } from '../../shared/subjects.ts'
import { keptKinds } from '../../shared/tiers.ts'
import type { DatabaseError } from '../storage/openDatabase.ts'
import type { BundleOrder } from './bundle/bundle.ts'
import { createDamageReports } from './damageReports.ts'
import { createQuestions } from './historyQuestions.ts'
import { type HistoryDeps, HistoryThreads } from './historyThreads.ts'
import { createWrites } from './historyWrites.ts'
import {
  defaultLimits,
  type EventCount,
  type EventCountsAsk,
  type EventsAsk,
  type StoredMoment,
  type StoreLimits,
  type TailColumns,
} from './protocol/protocol.ts'
import { ignoreThreadError } from './threads/threads.ts'
import { createBatchLists, createSampleBacklog } from './unsentBatches.ts'

export type { HistoryDeps } from './historyThreads.ts'
export type { SampleBatch } from './historyWrites.ts'

/** Everything known of one moment, one row per subject. */
export interface WholeMoment extends Omit<StoredMoment, 'subjects'> {
  readonly subjects: readonly Subject[]
}

/**
 * The only interface to stored data: samples, facts and events are written and queried here, and the implementation behind
 * it may change. Nothing here throws because of the disk; `figures().why` says what is wrong.
 */
export interface History extends ReturnType<typeof createWrites> {
  /** In the order of `input.series`. Rejects with the signal's reason when it is aborted. */
  readonly range: (input: RangeInput, signal?: AbortSignal) => Promise<SeriesColumns[]>
  /** In the order of `input.metrics`. Rejects with the signal's reason when it is aborted. */
  readonly sum: (input: SumInput, signal?: AbortSignal) => Promise<SumColumns[]>
  /** Raw samples after `since`, at most 30 minutes back, newest last; null where the line must break. Includes samples not committed yet. */
  readonly tail: (series: readonly Series[], since: number) => Promise<TailColumns[]>
  /** Everything known of one moment, for all servers and streams: the newest sample at or before it, unless older than three intervals. */
  readonly moment: (at: number) => Promise<WholeMoment>
  /** Newest first. Includes all events recorded before the call. */
  readonly events: (filter: EventsAsk) => Promise<DeckEvent[]>
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

export async function createHistory(deps: HistoryDeps): Promise<Result<History, DatabaseError>> {
  const { clock, log, dataDir, onDamage = () => {} } = deps
  let limits = mergedLimits(defaultLimits, deps.keep ?? {})
  const lists = createBatchLists()
  const backlog = createSampleBacklog(clock, log)
  // Lazily: these are created below.
  const reports = createDamageReports({
    clock,
    log,
    file: join(dataDir, 'history.db'),
    record: (events) => writes.record(events),
    checkSoon: (name) => threads.archives.checkSoon(name),
  })
  const threads = new HistoryThreads({ ...deps, limits: () => limits, lists, backlog, reports, record: (events) => writes.record(events) })
  const writes = createWrites({ threads, lists, backlog, isTime: reports.isTime, onDamage })
  const opened = await threads.open()
  if (!opened.ok) return opened

  return ok({
    ...writes,
    ...createQuestions(clock, threads),
    bundle: (order, signal) => makeBundle(threads, deps, order, signal),
    figures: () => readFigures(threads, limits),
    trouble: () => threads.trouble(),
    keep: async (next) => {
      limits = mergedLimits(limits, next)
      const figures = await threads.writer.ask('keep', { limits, now: clock.now() })
      threads.archives.soon()
      return withKnownDamage(figures)
    },
    forget: (owner) => lists.forget(ownerIdOf(owner)),
    asked: () => threads.asked(),
    settled: () => threads.settled(),
    [Symbol.asyncDispose]: () => threads[Symbol.asyncDispose](),
  })
}

async function makeBundle(
  threads: HistoryThreads,
  { clock, log }: HistoryDeps,
  order: BundleOrder,
  signal: AbortSignal | undefined,
): Promise<BundleCounts | null> {
  // Bundles contain sealed data only, so seal everything up to `order.to` first.
  const unsealedFrom = await threads.writer.ask('unsealedFrom', null)
  if (unsealedFrom !== null && unsealedFrom <= order.to)
    for (let begins = true; (await threads.writer.ask('sealAll', { begins }, signal)).more; begins = false) if (threads.isClosed) break
  await threads.writer.ask('flush', null)
  const { counts, words } = await threads.archive('bundle', { order, now: clock.now() }, signal)
  for (const damage of words) log.warn({}, damage)
  return counts
}

/** Where no writer answers, they are those of an empty store. */
async function readFigures(threads: HistoryThreads, limits: StoreLimits): Promise<StoreFigures> {
  try {
    const figures = await threads.writer.ask('figures', null)
    return { ...withKnownDamage(figures), why: figures.why ?? threads.trouble() }
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
      why: threads.trouble(),
    }
  }
}

const mergedLimits = (limits: StoreLimits, next: NonNullable<HistoryDeps['keep']>): StoreLimits =>
  Object.fromEntries(keptKinds.map((kept) => [kept, { ...limits[kept], ...next[kept] }])) as StoreLimits

/** The reasons for which files were set aside, as they stand in history.db. Where a row is damaged itself, what was wrong with its file is no longer known. */
export function withKnownDamage<Figures extends Pick<StoreFigures, 'setAside'>>(figures: Figures): Figures {
  const known = (aside: StoreFigures['setAside'][number]) =>
    setAsideSchema.safeParse(aside.damage).success ? aside : { ...aside, damage: { damage: 'earlier' as const, file: aside.file } }
  return { ...figures, setAside: figures.setAside.map(known) }
}
