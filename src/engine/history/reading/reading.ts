import type { DeckEvent } from '../../../shared/events.ts'
import type { SumColumns } from '../../../shared/history.ts'
import { latestTime } from '../../../shared/latestTime.ts'
import { messageOf } from '../../../shared/result.ts'
import { type Tier, tierStepMs } from '../../../shared/tiers.ts'
import { type Database, type PrepareOnce, preparedOnce } from '../../storage/openDatabase.ts'
import { classifyStorageError } from '../../storage/storageTrouble.ts'
import { isUnreadable } from '../archive/archive.ts'
import { createLiveStore, type EventRow, eventOfRow, type ReadPart } from '../live/live.ts'
import {
  dayOf,
  type EventCount,
  type EventCountsAsk,
  type EventsAsk,
  isOwnName,
  ownerKindOf,
  type StoredSubject,
  type StoreQueries,
  toStored,
} from '../protocol/protocol.ts'
import { type ArchiveShelf, createArchiveShelf, planSources } from './archiveShelf.ts'
import { readMoment } from './momentQuery.ts'
import { createSampleFeed } from './reduceSeries.ts'
import { createYielder, readRange, type SeriesSources, tierFor } from './seriesQuery.ts'
import { sumSeries } from './sumSeries.ts'

interface SampleQueryOptions {
  /** history.db, open. The caller closes it. */
  readonly db: Database
  readonly archives: string
  /** Called when a file is damaged; the answer leaves out the file or a part of it. May be called again for the same damage. */
  readonly onDamage: (file: string, words: string) => void
  readonly monotonic: () => number
}

/**
 * Answers queries of the past from three places: the writer's memory (sent along with the query), the live file, and the
 * archives of past days.
 */
export type SampleQuery = ReturnType<typeof createSampleQuery>

export function createSampleQuery({ db, archives, onDamage, monotonic }: SampleQueryOptions) {
  const prepare = preparedOnce(db)
  const ofLive = readPartOf(db, onDamage)
  const live = createLiveStore(db, ofLive)
  const shelf = createArchiveShelf({ live, folder: archives, onDamage, monotonic })
  const series: SeriesSources = { live, shelf, ofLive, feed: createSampleFeed() }
  const range: Answer<'range'> = (ask, cancelled) => shelf.answer((listed) => readRange(series, listed, ask, createYielder(monotonic, cancelled)))
  const sum: Answer<'sum'> = (ask, cancelled) => readSum(range, ask, cancelled)
  const moment: Answer<'moment'> = (ask, cancelled) =>
    shelf.answer((listed) => readMoment({ ...series, prepare }, listed, ask, createYielder(monotonic, cancelled)))
  return {
    range,
    sum,
    moment,
    events: (filter: EventsAsk): DeckEvent[] => readEvents(prepare, ofLive, filter),
    countEvents: (ask: EventCountsAsk): EventCount[] => countEvents(prepare, ask),
    servers: (): Promise<string[]> => readServerIds(prepare, shelf),
    /** Those that may have samples in this period, or later in the live file. */
    subjects: (from: number, to: number): Promise<StoredSubject[]> => readSubjects(prepare, shelf, from, to),
    /** Closes these archives, so that they can be renamed or removed. */
    release: shelf.release,
    close: shelf.close,
  }
}

type Answer<K extends 'range' | 'sum' | 'moment'> = (ask: StoreQueries[K][0], cancelled: () => boolean) => Promise<StoreQueries[K][1]>

/** Reads a part of the live file, leaving it out if it is unreadable. Damage of the whole file is handled by the writer. */
function readPartOf(db: Database, onDamage: SampleQueryOptions['onDamage']): ReadPart {
  return (read, instead) => {
    try {
      return read()
    } catch (error) {
      // Damage of the file itself is passed on, so that the writer sets it aside and the query is repeated.
      if (!isUnreadable(error) || classifyStorageError(error) === 'damaged') throw error
      onDamage(db.name, messageOf(error))
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

/** Sums over ranges up to this long are computed from samples. */
const longestOfSamplesMs = 2 * 3_600_000
/** The tier that sums are computed from. It depends on the range only: choosing what is fast enough now would change the picture a minute later. */
function tierOf(lengthMs: number, bucketMs: number): Tier {
  if (lengthMs <= longestOfSamplesMs) return 'samples'
  const fits = tierFor(bucketMs)
  return fits === 'samples' ? 'minutes' : fits
}

/** Also reads a little before the start of the range, because a value known there may still hold, depending on the time of its last sample. */
async function readSum(range: Answer<'range'>, ask: StoreQueries['sum'][0], cancelled: () => boolean): Promise<SumColumns[]> {
  const { toleranceMs, ...rest } = ask
  // In whole buckets, so that each has one value of each series.
  const bucketMs = Math.ceil(ask.bucketMs)
  const buckets = Math.ceil((ask.to - ask.from + toleranceMs) / bucketMs)
  const since = ask.to - buckets * bucketMs
  const found = await range({ ...rest, from: since, points: buckets + 1, totals: true, tier: ask.tier ?? tierOf(ask.to - ask.from, bucketMs) }, cancelled)
  return (ask.subjects[0]?.metrics ?? []).map((_, metric) =>
    sumSeries(
      found.flatMap((columns) => columns[metric] ?? []),
      { from: ask.from, since, to: ask.until, bucketMs, toleranceMs },
    ),
  )
}

/** Conditions for the events of one path: its own, and those about many streams that list it. */
const ofOnePath = ['path = ?', `path IS NULL AND instr(facts, '"paths"') > 0 AND EXISTS (SELECT 1 FROM json_each(facts ->> '$.paths') WHERE value = ?)`]

/** Kinds that earlier versions stored, by the thousand an hour, and no one shows any more; past sessions have them. They stay stored until the limit of events. */
const formerKinds: readonly string[] = ['readerJoined', 'readerLeft', 'valueRefused']

/**
 * Events, in the order asked for; at the same time, as they were recorded. Facts that are damaged are empty. Every statement only
 * scans a range of an index.
 */
function readEvents(prepare: PrepareOnce, ofLive: ReadPart, filter: EventsAsk): DeckEvent[] {
  const where: string[] = []
  const values: (string | number)[] = []
  const also = (sql: string, ...of: (string | number)[]): void => {
    where.push(sql)
    values.push(...of)
  }
  const of = filter.of === undefined ? null : toStored(filter.of)
  const part = of === null || isOwnName(of.path) ? null : of.path
  if (of !== null) also('server_id = ?', of.ownerId)
  // A time that is none is damage.
  also('at >= ? AND at <= ?', filter.from ?? -latestTime, latestTime)
  if (filter.to !== undefined) also('at < ?', filter.to)
  const sign = filter.order === 'oldest' ? 1 : -1
  if (filter.before !== undefined) {
    const at = prepare<[number], number>('SELECT at FROM events WHERE id = ?').pluck().get(filter.before)
    const follows = sign > 0 ? '>' : '<'
    // The event may have been dropped meanwhile; events recorded before it have smaller ids.
    if (at === undefined) also(`id ${follows} ?`, filter.before)
    else also(`(at, id) ${follows} (?, ?)`, at, filter.before)
  }
  const way = sign > 0 ? 'ASC' : 'DESC'
  const read = (ofPath: string | null, kind: string | null): EventRow[] => {
    const conditions = [...where, ...(ofPath === null ? [] : [ofPath]), ...(kind === null ? [] : ['kind = ?'])]
    return prepare<(string | number)[], EventRow>(
      `SELECT id, at, kind, server_id, server_name, path, text, facts FROM events
       WHERE ${conditions.join(' AND ')} ORDER BY at ${way}, id ${way} LIMIT ?`,
    ).all(...values, ...(part === null ? [] : [part]), ...(kind === null ? [] : [kind]), filter.limit)
  }
  const kinds = filter.kinds === undefined ? [null] : [...new Set(filter.kinds)].filter((kind) => !formerKinds.includes(kind))
  if (filter.kinds === undefined) also(`kind NOT IN (${formerKinds.map(() => '?').join()})`, ...formerKinds)
  const rows = (part === null ? [null] : ofOnePath).flatMap((ofPath) => kinds.flatMap((kind) => read(ofPath, kind)))
  rows.sort((a, b) => sign * (a.at - b.at || a.id - b.id))
  const events = rows.slice(0, filter.limit).map((row) => ofLive(() => eventOfRow(row), null) ?? eventOfRow({ ...row, facts: '{}' }))
  return filter.withPaths === true ? events : events.map(withoutPaths)
}

/** Removes the list of paths, up to 16 kB, from an event about many streams. Its count and first path stay. */
const withoutPaths = ({ facts: { paths: _, ...facts }, ...event }: DeckEvent): DeckEvent => ({ ...event, facts })

/** Counts events by kind and bucket. Empty buckets have no row. Reads only an index. */
function countEvents(prepare: PrepareOnce, { from, to, widthMs }: EventCountsAsk): EventCount[] {
  // Jumps from one kind to the next in the index; SELECT DISTINCT would read the whole index.
  const kinds = prepare<[], string>(
    `WITH RECURSIVE k(kind) AS (SELECT min(kind) FROM events UNION ALL SELECT (SELECT min(kind) FROM events WHERE kind > k.kind) FROM k WHERE k.kind IS NOT NULL)
     SELECT kind FROM k WHERE kind IS NOT NULL`,
  )
    .pluck()
    .all()
    .filter((kind) => !formerKinds.includes(kind))
  const count = prepare<(string | number)[], { bucket: number; count: number }>(
    `SELECT CAST((at - ?) / ? AS INTEGER) AS bucket, count(*) AS count FROM events WHERE kind = ? AND at >= ? AND at < ? GROUP BY 1`,
  )
  return kinds.flatMap((kind) => count.all(from, widthMs, kind, from, to).map((row) => ({ ...row, kind })))
}
