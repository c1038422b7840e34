import type { DeckEvent } from '../../../shared/events.ts'
import { type EventFilter, type SeriesColumns, type Tier, tierStepMs, tiers } from '../../../shared/history.ts'
import { messageOf } from '../../../shared/messageOf.ts'
import { type MetricId, metrics } from '../../../shared/metrics.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { classifyStorageError } from '../../storage/storageTrouble.ts'
import { type BucketTier, blockOf, hourOf, isUnreadable } from '../archive/archive.ts'
import {
  assumedIntervalMs,
  type Buckets,
  columnForm,
  decodeBuckets,
  decodeRounds,
  decodeSampleRow,
  missingIntervals,
  rowForm,
  type SealRounds,
  usualInterval,
} from '../codec/codec.ts'
import { createLiveStore, type EventRow, eventOfRow, type LiveSeal, type LiveStore, type ReadPart } from '../live/live.ts'
import {
  dayMs,
  dayOf,
  type HotRounds,
  type HotSamples,
  isOwnName,
  type LostPart,
  layoutOf,
  type MomentValues,
  ownerKindOf,
  ownName,
  type ReaderAsks,
  type SampleLayout,
  type StoredMoment,
  type StoredSubject,
  type TailColumns,
  toStored,
} from '../protocol/protocol.ts'
import { type ArchiveShelf, createArchiveShelf, type OpenedArchive } from './archiveShelf.ts'
import { createMomentReader } from './momentReader.ts'
import { type ListedArchive, planSources, type SourceSpan } from './readSources.ts'
import { bucketWidth, createSeriesReducer, type SampleColumn, type SeriesReducer } from './reduceSeries.ts'
import { type ColumnSink, createSampleFeed, feedBuckets } from './sampleFeed.ts'
import { createYielder } from './yielder.ts'

/**
 * Answers questions about the past from three places: what the writer still holds in memory (it comes with the question),
 * the live file, and the archives of days that are over.
 */
export interface SampleReader {
  readonly range: (ask: ReaderAsks['range'][0], cancelled: () => boolean) => Promise<SeriesColumns[][]>
  readonly tail: (ask: ReaderAsks['tail'][0], cancelled: () => boolean) => Promise<TailColumns[][]>
  readonly at: (ask: ReaderAsks['at'][0], cancelled: () => boolean) => Promise<MomentValues[]>
  readonly moment: (ask: ReaderAsks['moment'][0], cancelled: () => boolean) => Promise<StoredMoment>
  readonly events: (filter: EventFilter) => DeckEvent[]
  /** Ids of all servers of which anything was ever kept. */
  readonly servers: () => Promise<string[]>
  /** Closes these archives, so that they can be renamed or removed. */
  readonly release: (names: readonly string[]) => void
  /** Closes all archives. */
  readonly close: () => void
}

export interface SampleReaderOptions {
  /** history.db, open; whoever opened it closes it. */
  readonly db: Database
  /** Folder of the archives. */
  readonly archives: string
  /** A file cannot be read as it should; the answer goes on without it, or without a part of it. May be told again. */
  readonly onDamage: (file: string, words: string, lost?: LostPart) => void
  /** Milliseconds from any start, never back. */
  readonly monotonic: () => number
  readonly budget?: ReadBudget
}

/** What one call may cost before the rest of it is read from the next coarser tier; whichever is reached first. */
export interface ReadBudget {
  readonly ms: number
  /** Samples decoded, a bucket as one: the same everywhere, as the time is not. */
  readonly samples: number
}

const usualBudget: ReadBudget = { ms: 50, samples: 4_000_000 }
/** A bucket of a chart holds this many of a tier's, at least, for that tier to be fine enough. */
const bucketsPerPoint = 2

/** The coarsest tier that still tells all that a chart with buckets of this width shows. */
export const tierFor = (widthMs: number): Tier => tiers.findLast((tier) => tierStepMs[tier] * bucketsPerPoint <= widthMs) ?? 'samples'

/** What was read of one server's rounds in this call: all its series share it. */
interface ServerRounds {
  readonly ownerId: string
  readonly live: readonly LiveSeal[]
  readonly liveDays: ReadonlySet<number>
  readonly archived: Map<string, ArchivedRounds | null>
}
interface ArchivedRounds {
  readonly fromHour: number
  readonly hours: ReadonlyMap<number, readonly SealRounds[]>
}

interface DecodedBuckets {
  readonly buckets: Buckets
  /** Of each wanted metric, -1: the layout does not have it. */
  readonly columns: readonly number[]
  readonly scales: Float64Array
}

/** One subject, and who takes what is found of it. */
interface SubjectRead {
  readonly subject: StoredSubject
  readonly no: number
  readonly server: ServerRounds
  readonly metrics: readonly MetricId[]
  readonly from: number
  readonly to: number
  readonly sinks: readonly ColumnSink[]
  /** null: only samples are wanted. */
  readonly reducers: readonly SeriesReducer[] | null
  /** Of days whose samples are not all there. */
  readonly minutes: Map<number, DecodedBuckets[]>
  usualMs: number
  /** Index of the coarsest tier that was read. */
  coarsest: number
  /** Samples and buckets decoded. */
  cost: number
}

export function createSampleReader(options: SampleReaderOptions): SampleReader {
  const { db, monotonic, onDamage } = options
  const budget = options.budget ?? usualBudget
  const feed = createSampleFeed()
  const serverIdOf = db.prepare<[number], string>('SELECT id FROM servers WHERE no = ?').pluck()
  /** Damaged parts of the live file that were told: a question may meet one many times. */
  const told = new Set<string>()

  /** What cannot be read of the live file is left out: where it is damaged, the writer will find that, too. */
  const ofLive: ReadPart = (read, instead, of) => {
    try {
      return read()
    } catch (error) {
      // Damage of the file itself is for whoever can set it aside: then it is asked again.
      if (!isUnreadable(error) || classifyStorageError(error) === 'damaged') throw error
      const words = messageOf(error)
      const ownerId = of && serverIdOf.get(of.owner)
      const lost = of === undefined || ownerId === undefined ? undefined : { ownerId, day: new Date(of.from).toISOString().slice(0, 10) }
      const key = JSON.stringify([words, lost])
      if (!told.has(key)) onDamage(db.name, words, lost)
      told.add(key)
      return instead
    }
  }
  const live: LiveStore = createLiveStore(db, ofLive)
  const shelf: ArchiveShelf = createArchiveShelf({ live, folder: options.archives, onDamage, monotonic })

  const roundsOf = (ownerId: string, no: number, lastSeal: number, from: number, to: number): ServerRounds => {
    const seals = no < 0 ? [] : ofLive(() => live.seals(no, lastSeal, from, to), [])
    return { ownerId, live: seals, liveDays: new Set(seals.map((seal) => dayOf(seal.from))), archived: new Map() }
  }

  /** Of all the time asked, not of `read`'s only. Null: the server is not in it. */
  const archivedRounds = (read: SubjectRead, { name, archive, lastHour }: OpenedArchive): ArchivedRounds | null => {
    const { server, from, to } = read
    const known = server.archived.get(name)
    if (known !== undefined) return known
    const no = archive.subjectNo(server.ownerId, ownName)
    let found: ArchivedRounds | null = null
    if (no !== null) {
      // A seal that began in an earlier hour may reach into this one.
      const fromHour = lastHour(no, hourOf(from) - 1) ?? hourOf(from)
      found = { fromHour, hours: new Map(archive.rounds(no, fromHour, hourOf(to)).map(({ hour, bytes }) => [hour, decodeRounds(bytes)])) }
    }
    server.archived.set(name, found)
    return found
  }

  const readArchivedSamples = (read: SubjectRead, span: SourceSpan, opened: OpenedArchive, listed: readonly ListedArchive[]): void => {
    const rounds = archivedRounds(read, opened)
    if (!rounds) return
    const { archive } = opened
    const { subject, from, to } = read
    const no = archive.subjectNo(subject.ownerId, subject.path)
    const rows = new Map<number, Uint8Array>()
    if (no !== null) for (const { hour, bytes } of archive.sampleRows(no, rounds.fromHour, hourOf(to))) rows.set(hour, bytes)
    /** Seals that the subject is not in, one after another, and the end of the one before them. */
    let missed: SealRounds[] = []
    let lastTo = Number.NEGATIVE_INFINITY
    const give = (seal: SealRounds, chunk: Uint8Array | null): void => {
      read.usualMs = seal.usualMs ?? read.usualMs
      read.cost += feed.samples(
        {
          times: seal.times,
          gaps: seal.gaps,
          usualMs: read.usualMs,
          layout: archive.layout(isOwnName(subject.path) ? seal.ownLayout : seal.partLayout),
          form: columnForm,
          chunk,
        },
        read.metrics,
        read.sinks,
        span.after,
        span.before,
      )
    }
    const closeMissed = (nextFrom: number): void => {
      if (missed.length > 0 && !fillFromMinutes(read, span, missed, lastTo, nextFrom, listed)) for (const seal of missed) give(seal, null)
      missed = []
    }
    for (const [hour, seals] of rounds.hours) {
      const bytes = rows.get(hour)
      const parts = bytes ? decodeSampleRow(bytes) : []
      let next = 0
      for (let index = 0; index < seals.length; index++) {
        const seal = seals[index] as SealRounds
        const part = parts[next]?.seal === index ? parts[next++] : undefined
        const day = dayOf(seal.from)
        if (seal.to < from || seal.from > to || day < span.firstDay || day > span.lastDay) continue
        if (!part) {
          missed.push(seal)
          continue
        }
        closeMissed(seal.from)
        give(seal, part.chunk)
        lastTo = seal.to
      }
    }
    closeMissed(Number.POSITIVE_INFINITY)
  }

  /**
   * While a disk was nearly full no samples were kept, but minutes were. False: there are none of these seals' time, which
   * lies between two others.
   */
  const fillFromMinutes = (
    read: SubjectRead,
    span: SourceSpan,
    missed: readonly SealRounds[],
    lastTo: number,
    nextFrom: number,
    listed: readonly ListedArchive[],
  ): boolean => {
    if (!read.reducers) return false
    const first = missed[0] as SealRounds
    const last = missed.at(-1) as SealRounds
    const step = tierStepMs.minutes
    // The minutes at the edges also hold what the neighbours do.
    const after = Math.max(span.after, lastTo === Number.NEGATIVE_INFINITY ? Math.floor(first.from / step) * step : (Math.floor(lastTo / step) + 1) * step)
    const before = Math.min(span.before, nextFrom === Number.POSITIVE_INFINITY ? last.to + 1 : Math.floor(nextFrom / step) * step)
    let any = false
    for (let day = dayOf(first.from); day <= dayOf(last.from); day++)
      for (const decoded of minutesOf(read, day, listed)) if (takeBuckets(read, decoded, 'minutes', after, before)) any = true
    return any
  }

  const minutesOf = (read: SubjectRead, day: number, listed: readonly ListedArchive[]): DecodedBuckets[] => {
    const known = read.minutes.get(day)
    if (known) return known
    const found = listed
      .filter((one) => one.tier === 'minutes' && one.firstDay === day)
      .flatMap((one) =>
        shelf.read(one, ({ archive }) => {
          const no = archive.subjectNo(read.subject.ownerId, read.subject.path)
          const rows = no === null ? [] : archive.bucketRows(no, blockOf('minutes', read.from), blockOf('minutes', Math.min(read.to, (day + 2) * dayMs)))
          return rows.flatMap(({ parts }) => parts.map(({ layout, bytes }) => decodeWanted(read, bytes, archive.layout(layout))))
        }),
      )
    read.minutes.set(day, found)
    return found
  }

  const readArchivedBuckets = (read: SubjectRead, span: SourceSpan, listed: ListedArchive, opened: OpenedArchive, tier: BucketTier): void => {
    const { archive } = opened
    const { subject, from, to } = read
    const no = archive.subjectNo(subject.ownerId, subject.path)
    if (no === null) return
    // What lies in a file of some days lies within them, or shortly after.
    const last = Math.min(to, (span.lastDay + 2) * dayMs)
    const cut = tier === 'minutes' ? null : opened.cutOf(listed)
    for (const { run, parts } of archive.bucketRows(no, blockOf(tier, from), blockOf(tier, last))) {
      const before = cut ? Math.min(span.before, cut(run)) : span.before
      for (const { layout, bytes } of parts) takeBuckets(read, decodeWanted(read, bytes, archive.layout(layout)), tier, span.after, before)
    }
  }

  const decodeWanted = (read: SubjectRead, bytes: Uint8Array, layout: SampleLayout): DecodedBuckets => {
    const columns = read.metrics.map((id) => layout.metrics.indexOf(id))
    const buckets = decodeBuckets(bytes, columns)
    read.cost += buckets.length * columns.length
    return { buckets, columns, scales: layout.scales }
  }

  const takeBuckets = (read: SubjectRead, { buckets, columns, scales }: DecodedBuckets, tier: BucketTier, after: number, before: number): boolean => {
    const bounds = { from: read.from, to: read.to, after, before }
    let any = false
    for (const [i, reducer] of (read.reducers ?? []).entries()) {
      const column = columns[i] as number
      if (column >= 0 && feedBuckets(buckets, column, scales[column] as number, reducer, bounds)) any = true
    }
    if (any) read.coarsest = Math.max(read.coarsest, tiers.indexOf(tier))
    return any
  }

  const readLive = (read: SubjectRead, span: SourceSpan, seals: readonly LiveSeal[]): void => {
    if (read.no < 0) return
    for (const seal of seals) {
      const layout = isOwnName(read.subject.path) ? seal.ownLayout : seal.partLayout
      ofLive(
        () => {
          if (read.reducers && (span.tier !== 'samples' || !seal.hasSamples)) {
            const minutes = live.minutes(seal, read.no)
            if (minutes) {
              takeBuckets(read, decodeWanted(read, minutes, layout), 'minutes', span.after, span.before)
              return
            }
          }
          const chunk = live.chunk(seal, read.no)
          if (chunk === null && seal.gaps.length === 0) return
          read.usualMs = seal.usualMs ?? read.usualMs
          read.cost += feed.samples(
            { times: seal.times(), gaps: seal.gaps, usualMs: read.usualMs, layout, form: seal.form, chunk },
            read.metrics,
            read.sinks,
            span.after,
            span.before,
          )
        },
        undefined,
        seal,
      )
    }
  }

  const readHot = (read: SubjectRead, rounds: HotRounds, rows: Uint8Array | null): void => {
    read.usualMs = usualInterval(rounds.times) ?? read.usualMs
    read.cost += feed.samples(
      {
        times: rounds.times,
        gaps: rounds.gaps,
        usualMs: read.usualMs,
        layout: layoutOf(read.subject.ownerId, read.subject.path),
        form: rowForm,
        chunk: rows,
      },
      read.metrics,
      read.sinks,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    )
  }

  const readSubject = async (
    read: SubjectRead,
    tier: Tier,
    listed: readonly ListedArchive[],
    hot: HotSamples,
    index: number,
    rest: () => Promise<void>,
  ): Promise<void> => {
    for (const span of planSources(listed, read.server.liveDays, tier, read.from, read.to)) {
      await rest()
      const seals = read.server.live.filter(({ from }) => dayOf(from) >= span.firstDay && dayOf(from) <= span.lastDay)
      if (span.archives.length === 0) {
        readLive(read, span, seals)
        continue
      }
      let late: readonly LiveSeal[] = seals
      for (const one of span.archives)
        shelf.read(one, (opened) => {
          if (span.tier === 'samples') readArchivedSamples(read, span, opened, listed)
          else readArchivedBuckets(read, span, one, opened, span.tier)
          // Where a clock was set back, some of a day come when its archive is there already. Those of months and years wait for theirs.
          late = span.tier === 'samples' || span.tier === 'minutes' ? late.filter(({ id, from }) => !opened.hasSeal(id, from)) : []
        })
      readLive(read, span, late)
    }
    const place = hot.subjects[index]
    const server = place && hot.owners[place.owner]
    if (!place || !server) return
    for (const [i, rounds] of server.older.entries()) readHot(read, rounds, place.older[i] ?? null)
    readHot(read, server, place.rows)
  }

  /** Subjects of one server one after another: what was read of its rounds is dropped then. */
  const byServer = (asks: readonly { readonly subject: StoredSubject }[]): number[] => {
    const servers = [...new Set(asks.map(({ subject }) => subject.ownerId))]
    const places = new Map(servers.map((id, place) => [id, place]))
    const placeOf = (index: number): number => places.get(asks[index]?.subject.ownerId ?? '') ?? 0
    return asks.map((_, index) => index).sort((a, b) => placeOf(a) - placeOf(b) || a - b)
  }

  const range: SampleReader['range'] = (ask, cancelled) =>
    shelf.answer(async (listed) => {
      const { from, to, points, hot } = ask
      const yielder = createYielder(monotonic, cancelled)
      const out = ask.subjects.map((): SeriesColumns[] => [])
      let tier = ask.tier ?? tierFor(Math.min(bucketWidth(from, to, points), to - from))
      let cost = 0
      let mostCost = budget.samples
      let mostMs = budget.ms
      let server: ServerRounds | null = null
      for (const index of byServer(ask.subjects)) {
        await yielder.yieldIfDue()
        const coarser = tiers[tiers.indexOf(tier) + 1]
        if (ask.tier === null && coarser && (cost > mostCost || yielder.workedMs() > mostMs)) {
          tier = coarser
          mostCost = cost + budget.samples
          mostMs = yielder.workedMs() + budget.ms
        }
        const { subject, metrics: wanted } = ask.subjects[index] as (typeof ask.subjects)[number]
        const place = hot.subjects[index]
        if (server?.ownerId !== subject.ownerId) server = roundsOf(subject.ownerId, hot.owners[place?.owner ?? -1]?.no ?? -1, hot.lastSeal, from, to)
        const reducers = wanted.map((id) => createSeriesReducer({ from, to, points, isState: metrics[id].kind === 'state', totals: ask.totals ?? false }))
        const read: SubjectRead = {
          subject,
          no: place?.no ?? -1,
          server,
          metrics: wanted,
          from,
          to,
          sinks: reducers,
          reducers,
          minutes: new Map(),
          usualMs: assumedIntervalMs,
          coarsest: 0,
          cost: 0,
        }
        await readSubject(read, tier, listed, hot, index, yielder.yieldIfDue)
        cost += read.cost
        out[index] = reducers.map((reducer) => reducer.finish(ask.until, tiers[read.coarsest] as Tier))
      }
      return out
    })

  const tail: SampleReader['tail'] = (ask, cancelled) =>
    shelf.answer(async (listed) => {
      const { since, hot } = ask
      const yielder = createYielder(monotonic, cancelled)
      const out = ask.subjects.map((): TailColumns[] => [])
      // A tail is short: it cannot reach further than a clock that jumped.
      const to = Number.MAX_VALUE
      let server: ServerRounds | null = null
      for (const index of byServer(ask.subjects)) {
        await yielder.yieldIfDue()
        const { subject, metrics: wanted } = ask.subjects[index] as (typeof ask.subjects)[number]
        const place = hot.subjects[index]
        if (server?.ownerId !== subject.ownerId) server = roundsOf(subject.ownerId, hot.owners[place?.owner ?? -1]?.no ?? -1, hot.lastSeal, since, to)
        const columns = wanted.map(() => createTailColumn(since))
        const read: SubjectRead = {
          subject,
          no: place?.no ?? -1,
          server,
          metrics: wanted,
          from: since,
          to,
          sinks: columns,
          reducers: null,
          minutes: new Map(),
          usualMs: assumedIntervalMs,
          coarsest: 0,
          cost: 0,
        }
        await readSubject(read, 'samples', listed, hot, index, yielder.yieldIfDue)
        out[index] = columns.map(({ at, values }) => ({ at, values }))
      }
      return out
    })

  const moments = createMomentReader({ db, live, shelf, ofLive, monotonic })

  return {
    range,
    tail,
    at: moments.at,
    moment: moments.moment,
    events: (filter) => readEvents(db, filter),
    servers: () =>
      shelf.answer(async (listed) => {
        const ids = new Set(db.prepare<[], string>('SELECT id FROM servers ORDER BY no').pluck().all())
        // Of a bundle, and of a history.db that was lost, only archives know. A few files of the coarse tiers know them all.
        const coarse = listed.filter(({ tier }) => tierStepMs[tier] > tierStepMs.minutes)
        for (const one of coarse.length > 0 ? coarse : listed) for (const id of shelf.read(one, ({ archive }) => archive.servers())) ids.add(id)
        return [...ids].filter((id) => ownerKindOf(id) === 'server')
      }),
    release: shelf.release,
    close: shelf.close,
  }
}

/** Samples as they are; null where the line must break. */
function createTailColumn(since: number): ColumnSink & TailColumns {
  const column: TailColumns = { at: [], values: [] }
  const put = (at: number, value: number | null): void => {
    if (at <= since) return
    // A gap that ends at the moment it began is none.
    if (column.at.at(-1) === at && column.values.at(-1) === null) {
      column.values[column.values.length - 1] = value
      return
    }
    column.at.push(at)
    column.values.push(value)
  }
  return {
    ...column,
    addColumn: ({ times, wholes, length, scale, usualMs, presence, gaps }: SampleColumn) => {
      let nextGap = 0
      const gapsUntil = (round: number): void => {
        for (let gap = gaps[nextGap]; gap && gap[0] <= round; gap = gaps[++nextGap]) put(gap[1], null)
      }
      for (let round = 0; round < length; round++) {
        gapsUntil(round)
        if (presence !== null && presence[round] === 0) continue
        const at = times[round] as number
        const whole = wholes[round] as number
        const last = column.at.at(-1)
        if (last !== undefined && at - last > missingIntervals * usualMs && column.values.at(-1) !== null) put(last + usualMs, null)
        put(at, Number.isNaN(whole) ? null : whole / scale)
      }
      gapsUntil(Number.POSITIVE_INFINITY)
    },
  }
}

/** Newest first; of the same moment the one that was told last. Each question goes along an index from its first row to its last. */
function readEvents(db: Database, filter: EventFilter): DeckEvent[] {
  const where: string[] = []
  const values: (string | number)[] = []
  const also = (sql: string, ...of: (string | number)[]): void => {
    where.push(sql)
    values.push(...of)
  }
  const of = filter.of === undefined ? null : toStored(filter.of)
  const part = of === null || isOwnName(of.path) ? null : of.path
  if (of !== null) also('server_id = ?', of.ownerId)
  if (filter.from !== undefined) also('at >= ?', filter.from)
  if (filter.to !== undefined) also('at < ?', filter.to)
  if (filter.before !== undefined) {
    const at = db.prepare<[number], number>('SELECT at FROM events WHERE id = ?').pluck().get(filter.before)
    // The event may have been dropped meanwhile; those that were told after it have larger numbers.
    if (at === undefined) also('id < ?', filter.before)
    else also('(at, id) < (?, ?)', at, filter.before)
  }
  const read = (ofPath: string | null, kind: string | null): EventRow[] => {
    const conditions = [...where, ...(ofPath === null ? [] : [ofPath]), ...(kind === null ? [] : ['kind = ?'])]
    return db
      .prepare<(string | number)[], EventRow>(
        `SELECT id, at, kind, server_id, server_name, path, text, facts FROM events
         ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} ORDER BY at DESC, id DESC LIMIT ?`,
      )
      .all(...values, ...(part === null ? [] : [part]), ...(kind === null ? [] : [kind]), filter.limit)
  }
  const kinds = filter.kinds === undefined ? [null] : [...new Set(filter.kinds)]
  const rows = (part === null ? [null] : ofOnePath).flatMap((ofPath) => kinds.flatMap((kind) => read(ofPath, kind)))
  rows.sort((a, b) => b.at - a.at || b.id - a.id)
  return rows.slice(0, filter.limit).map((row) => withoutPaths(eventOfRow(row)))
}

/** Events of one path: its own, and those of many streams that name it. */
const ofOnePath = ['path = ?', `path IS NULL AND instr(facts, '"paths"') > 0 AND EXISTS (SELECT 1 FROM json_each(facts ->> '$.paths') WHERE value = ?)`]

/** All names of an event of many may be 16 kB: a list has their count and the first of them. */
const withoutPaths = ({ facts: { paths: _, ...facts }, ...event }: DeckEvent): DeckEvent => ({ ...event, facts })
