import type { DeckEvent } from '../../../shared/events.ts'
import type { EventFilter, SeriesColumns, SumColumns } from '../../../shared/history.ts'
import { messageOf } from '../../../shared/messageOf.ts'
import { tierStepMs } from '../../../shared/tiers.ts'
import { faultOf } from '../../storage/faultOf.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { type PrepareOnce, preparedOnce } from '../../storage/preparedOnce.ts'
import { classifyStorageError } from '../../storage/storageTrouble.ts'
import { isUnreadable } from '../archive/archive.ts'
import { createLiveStore, type ReadPart } from '../live/live.ts'
import {
  dayOf,
  type EventCount,
  type EventCountsAsk,
  type FoundDamage,
  type LostPart,
  type MomentValues,
  ownerKindOf,
  type StoredMoment,
  type StoredSubject,
  type StoreQueries,
  type TailColumns,
} from '../protocol/protocol.ts'
import { type ArchiveShelf, createArchiveShelf } from './archiveShelf.ts'
import { countEvents, readEvents } from './events.ts'
import { createMomentQuery } from './momentQuery.ts'
import { planSources } from './readSources.ts'
import { readSum } from './readSum.ts'
import { createSampleFeed } from './sampleFeed.ts'
import { type ReadBudget, readRange, readTail, usualBudget } from './seriesQuery.ts'
import type { SeriesSources } from './subjectRead.ts'
import { createYielder } from './yielder.ts'

/**
 * Answers queries of the past from three places: the writer's memory (sent along with the query), the live file, and the
 * archives of past days.
 */
export interface SampleQuery {
  readonly range: (ask: StoreQueries['range'][0], cancelled: () => boolean) => Promise<SeriesColumns[][]>
  readonly sum: (ask: StoreQueries['sum'][0], cancelled: () => boolean) => Promise<SumColumns[]>
  readonly tail: (ask: StoreQueries['tail'][0], cancelled: () => boolean) => Promise<TailColumns[][]>
  readonly at: (ask: StoreQueries['at'][0], cancelled: () => boolean) => Promise<MomentValues[]>
  readonly moment: (ask: StoreQueries['moment'][0], cancelled: () => boolean) => Promise<StoredMoment>
  readonly events: (filter: EventFilter) => DeckEvent[]
  readonly countEvents: (ask: EventCountsAsk) => EventCount[]
  /** Ids of all servers with any stored data. */
  readonly servers: () => Promise<string[]>
  /** Those that may have samples in this period, or later in the live file. */
  readonly subjects: (from: number, to: number) => Promise<StoredSubject[]>
  /** Closes these archives, so that they can be renamed or removed. */
  readonly release: (names: readonly string[]) => void
  /** Closes all archives. */
  readonly close: () => void
}

export interface SampleQueryOptions {
  /** history.db, open. The caller closes it. */
  readonly db: Database
  /** Folder of the archives. */
  readonly archives: string
  /** Called when a file is damaged; the answer leaves out the file or a part of it. May be called again for the same damage. */
  readonly onDamage: (file: string, damage: FoundDamage, lost?: LostPart) => void
  /** Monotonic milliseconds from an arbitrary start. */
  readonly monotonic: () => number
  readonly budget?: ReadBudget
}

export function createSampleQuery({ db, archives, onDamage, monotonic, budget = usualBudget }: SampleQueryOptions): SampleQuery {
  const prepare = preparedOnce(db)
  const ofLive = readPartOf(db, prepare, onDamage)
  const live = createLiveStore(db, ofLive)
  const shelf = createArchiveShelf({ live, folder: archives, onDamage, monotonic })
  const series: SeriesSources = { live, shelf, ofLive, feed: createSampleFeed() }
  const moments = createMomentQuery({ prepare, live, shelf, ofLive, monotonic })
  const range: SampleQuery['range'] = (ask, cancelled) => shelf.answer((listed) => readRange(series, listed, ask, budget, createYielder(monotonic, cancelled)))
  return {
    range,
    sum: (ask, cancelled) => readSum(range, ask, cancelled),
    tail: (ask, cancelled) => shelf.answer((listed) => readTail(series, listed, ask, createYielder(monotonic, cancelled))),
    at: moments.at,
    moment: moments.moment,
    events: (filter) => readEvents(prepare, ofLive, filter),
    countEvents: (ask) => countEvents(prepare, ask),
    servers: () => readServerIds(prepare, shelf),
    subjects: (from, to) => readSubjects(prepare, shelf, from, to),
    release: shelf.release,
    close: shelf.close,
  }
}

/** Reads a part of the live file, leaving it out if it is unreadable. Damage of the whole file is handled by the writer. */
function readPartOf(db: Database, prepare: PrepareOnce, onDamage: SampleQueryOptions['onDamage']): ReadPart {
  /** Damaged parts already reported, as a query may run into the same one many times. */
  const reported = new Set<string>()
  return (read, instead, of) => {
    try {
      return read()
    } catch (error) {
      // Damage of the file itself is passed on, so that the writer sets it aside and the query is repeated.
      if (!isUnreadable(error) || classifyStorageError(error) === 'damaged') throw error
      const words = messageOf(error)
      const ownerId = of && prepare<[number], string>('SELECT id FROM servers WHERE no = ?').pluck().get(of.owner)
      const lost = of === undefined || ownerId === undefined ? undefined : { ownerId, day: new Date(of.from).toISOString().slice(0, 10) }
      const key = JSON.stringify([words, lost])
      if (!reported.has(key)) onDamage(db.name, { fault: faultOf(error), words }, lost)
      reported.add(key)
      return instead
    }
  }
}

const readServerIds = (prepare: PrepareOnce, shelf: ArchiveShelf): Promise<string[]> =>
  shelf.answer(async (listed) => {
    const ids = new Set(prepare<[], string>('SELECT id FROM servers ORDER BY no').pluck().all())
    // In a bundle, or after history.db was lost, only archives name the servers. A few files of coarse tiers name them all.
    const coarse = listed.filter(({ tier }) => tierStepMs[tier] > tierStepMs.minutes)
    for (const one of coarse.length > 0 ? coarse : listed) for (const id of shelf.read(one, ({ archive }) => archive.owners())) ids.add(id)
    return [...ids].filter((id) => ownerKindOf(id) === 'server')
  })

/** The files of coarse tiers name all subjects of their months: there are few of them. */
const readSubjects = (prepare: PrepareOnce, shelf: ArchiveShelf, from: number, to: number): Promise<StoredSubject[]> =>
  shelf.answer(async (listed) => {
    const byOwner = new Map<string, Set<string>>()
    const take = (ownerId: string, paths: Iterable<string>) => {
      const found = byOwner.get(ownerId) ?? new Set<string>()
      for (const path of paths) found.add(path)
      byOwner.set(ownerId, found)
    }
    const live = prepare<[number], { id: string; name: string }>(
      'SELECT servers.id, paths.name FROM paths JOIN servers ON servers.no = paths.server WHERE paths.day >= ?',
    )
    for (const { id, name } of live.all(dayOf(from) - 1)) take(id, [name])
    for (const { archives } of planSources(listed, new Set(), 'quarterHours', from, to))
      for (const one of archives)
        shelf.read(one, ({ numbers }) => {
          for (const [ownerId, paths] of numbers()) take(ownerId, paths.keys())
        })
    return [...byOwner].flatMap(([ownerId, paths]) => Array.from(paths, (path) => ({ ownerId, path })))
  })
