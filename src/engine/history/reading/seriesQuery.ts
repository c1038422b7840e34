import type { SeriesColumns } from '../../../shared/history.ts'
import { type MetricId, metrics } from '../../../shared/metrics.ts'
import { bucketWidth, type Tier, tierStepMs, tiers } from '../../../shared/tiers.ts'
import { type ArchivedSeal, type BucketTier, blockOf, hourOf } from '../archive/archive.ts'
import { assumedIntervalMs, decodeBuckets, usualInterval } from '../codec/codec.ts'
import type { LiveSeal, LiveStore, ReadPart } from '../live/live.ts'
import {
  dayMs,
  dayOf,
  type HotRounds,
  type HotSamples,
  layoutOf,
  layoutOfPath,
  type SampleLayout,
  type StoredSubject,
  type StoreQueries,
  type SubjectMetrics,
} from '../protocol/protocol.ts'
import { type ArchiveShelf, chunkPlace, hasSamples, type ListedArchive, type OpenedArchive, planSources, type SourceSpan } from './archiveShelf.ts'
import { createSeriesReducer, feedBuckets, type SampleFeed, type SealedSamples, type SeriesReducer } from './reduceSeries.ts'

/** A query that reads for so long, ms, reads the rest from the next coarser tier. */
const budgetMs = 50

/** A tier is fine enough for a chart if at least this many of its buckets fit into one of the chart's. */
const bucketsPerPoint = 2

/** The coarsest tier that is fine enough for a chart with buckets of this width. */
export function tierFor(widthMs: number): Tier {
  return tiers.findLast((tier) => tierStepMs[tier] * bucketsPerPoint <= widthMs) ?? 'samples'
}

export async function readRange(
  sources: SeriesSources,
  listed: readonly ListedArchive[],
  { tier: wanted, totals = false, until, ...ask }: StoreQueries['range'][0],
  yielder: Yielder,
): Promise<SeriesColumns[][]> {
  const { from, to, points } = ask
  const out = ask.subjects.map((): SeriesColumns[] => [])
  let tier = wanted ?? tierFor(Math.min(bucketWidth(from, to, points), to - from))
  let limitMs = budgetMs
  const reads = subjectReads(sources, listed, ask, (id) => createSeriesReducer({ from, to, points, isState: metrics[id].kind === 'state', totals }))
  for (const read of reads) {
    await yielder.yieldIfDue()
    const coarser = tiers[tiers.indexOf(tier) + 1]
    if (wanted === null && coarser && yielder.workedMs() > limitMs) {
      tier = coarser
      limitMs = yielder.workedMs() + budgetMs
    }
    await readSubject(sources, read, tier, yielder.yieldIfDue)
    out[read.index] = read.reducers.map((reducer) => reducer.finish(until, tiers[read.coarsest] as Tier))
  }
  return out
}

/** Splits the work of a query into pieces, so that cancellations and other, short queries are handled in between. */
export type Yielder = ReturnType<typeof createYielder>

const msPerPiece = 10

export function createYielder(monotonic: () => number, cancelled: () => boolean) {
  let began = monotonic()
  let worked = 0
  return {
    /** Time spent on this query so far, without other work in between. */
    workedMs: (): number => worked + monotonic() - began,
    /** Yields to other work once this piece has taken long enough. Rejects if the query was cancelled. */
    yieldIfDue: async (): Promise<void> => {
      if (cancelled()) throw new Error('cancelled')
      const pieceMs = monotonic() - began
      if (pieceMs < msPerPiece) return
      worked += pieceMs
      await new Promise((resolve) => void setImmediate(resolve))
      began = monotonic()
      if (cancelled()) throw new Error('cancelled')
    },
  }
}

/** The sources of series, besides the writer's memory that came with the query. */
export interface SeriesSources {
  readonly live: LiveStore
  readonly shelf: ArchiveShelf
  /** Reads the live file, skipping damaged parts. */
  readonly ofLive: ReadPart
  readonly feed: SampleFeed
}

/** An owner's rounds read so far by a query, shared by all series of the owner. */
interface OwnerRounds {
  readonly ownerId: string
  readonly live: readonly LiveSeal[]
  readonly liveDays: ReadonlySet<number>
  /** By archive name, of the whole range of the query. */
  readonly archived: Map<string, ArchivedRounds>
}

/** `own`: the owner's own chunks, of which a subject that has none in a seal is the first to ask; null: nobody asked yet. */
interface ArchivedRounds {
  readonly seals: readonly ArchivedSeal[]
  own: ReadonlyMap<number, Uint8Array> | null
}

interface SubjectRead {
  /** Index of the subject in the query. */
  readonly index: number
  readonly subject: StoredSubject
  readonly metrics: readonly MetricId[]
  /** In the order of the metrics. */
  readonly reducers: readonly SeriesReducer[]
  readonly from: number
  readonly to: number
  readonly owner: OwnerRounds
  readonly listed: readonly ListedArchive[]
  readonly hot: HotSamples
  /** Its number in the live file; -1: it is not there. */
  readonly no: number
  /** Its minutes in a seal of the live file; null: it has none there. */
  readonly liveMinutes: (seal: LiveSeal) => Uint8Array | null
  usualMs: number
  /** Index of the coarsest tier read so far. */
  coarsest: number
}

interface SeriesQuestion {
  readonly subjects: readonly SubjectMetrics[]
  readonly hot: HotSamples
  readonly from: number
  readonly to: number
}

/** A pack has the minutes of many subjects: those of so many are taken from it at once. Of a day they are some megabytes. */
const mostTogether = 128

/** The subjects of a query, grouped by owner, so that an owner's rounds can be dropped after its last subject. */
function* subjectReads(
  { live, ofLive }: SeriesSources,
  listed: readonly ListedArchive[],
  { subjects, hot, from, to }: SeriesQuestion,
  reducerOf: (metric: MetricId) => SeriesReducer,
): Iterable<SubjectRead> {
  const byOwner = Map.groupBy(subjects.keys(), (index) => subjects[index]?.subject.ownerId ?? '')
  for (const [ownerId, indexes] of byOwner) {
    const ownerNo = hot.owners[hot.subjects[indexes[0] as number]?.owner ?? -1]?.no ?? -1
    const seals = ownerNo < 0 ? [] : ofLive(() => live.seals(ownerNo, hot.lastSeal, from, to), [])
    const owner: OwnerRounds = { ownerId, live: seals, liveDays: new Set(seals.map((seal) => dayOf(seal.from))), archived: new Map() }
    const noOf = (index: number): number => hot.subjects[index]?.no ?? -1
    for (let first = 0; first < indexes.length; first += mostTogether) {
      const together = indexes.slice(first, first + mostTogether)
      const nos = together.map(noOf).filter((no) => no >= 0)
      const minutes = new Map<number, ReadonlyMap<number, Uint8Array>>()
      const minutesIn = (seal: LiveSeal): ReadonlyMap<number, Uint8Array> => {
        const found = minutes.get(seal.id) ?? live.minutes(seal, nos)
        minutes.set(seal.id, found)
        return found
      }
      for (const index of together) {
        const { subject, metrics } = subjects[index] as SubjectMetrics
        const no = noOf(index)
        yield {
          ...{ index, subject, metrics, from, to, owner, listed, hot, no },
          reducers: metrics.map(reducerOf),
          liveMinutes: (seal) => minutesIn(seal).get(no) ?? null,
          usualMs: assumedIntervalMs,
          coarsest: 0,
        }
      }
    }
  }
}

/** Only data in [after, before) is used; the rest comes from another source. */
type Bounds = Pick<SourceSpan, 'after' | 'before'>

/** Passes samples to the reducers. `usualMs` null: too few rounds to know, so the previous interval still applies. */
function addSamples(
  { feed }: SeriesSources,
  read: SubjectRead,
  { usualMs, ...samples }: Omit<SealedSamples, 'usualMs'> & { readonly usualMs: number | null },
  { after, before }: Bounds,
): void {
  read.usualMs = usualMs ?? read.usualMs
  feed.samples({ ...samples, usualMs: read.usualMs }, read.metrics, read.reducers, after, before)
}

/** Passes encoded buckets to the reducers. Returns false if none were used. */
function addBuckets(read: SubjectRead, bytes: Uint8Array, { metrics, scales }: SampleLayout, tier: BucketTier, { after, before }: Bounds): boolean {
  const columns = read.metrics.map((id) => metrics.indexOf(id))
  const buckets = decodeBuckets(bytes, columns)
  const bounds = { from: read.from, to: read.to, after, before }
  let any = false
  for (const [i, reducer] of read.reducers.entries()) {
    const column = columns[i] as number
    if (column >= 0 && feedBuckets(buckets, column, scales[column] as number, reducer, bounds)) any = true
  }
  if (any) read.coarsest = Math.max(read.coarsest, tiers.indexOf(tier))
  return any
}

/** Reads the series of one subject, oldest first: from archives or the live file, day by day, then from memory. */
async function readSubject(sources: SeriesSources, read: SubjectRead, tier: Tier, yieldIfDue: () => Promise<void>): Promise<void> {
  for (const span of planSources(read.listed, read.owner.liveDays, tier, read.from, read.to)) {
    await yieldIfDue()
    readSpan(sources, read, span)
  }
  readHot(sources, read)
}

function readSpan(sources: SeriesSources, read: SubjectRead, span: SourceSpan): void {
  let seals: readonly LiveSeal[] = read.owner.live.filter(({ from }) => dayOf(from) >= span.firstDay && dayOf(from) <= span.lastDay)
  for (const one of span.archives)
    sources.shelf.read(one, (opened) => {
      if (span.tier === 'samples') readArchivedSamples(sources, read, span, opened)
      else readArchivedBuckets(read, span, one, opened, span.tier)
      // After a clock was set back, seals of a day may come when its archive already exists. In months and years they appear once added.
      seals = span.tier === 'samples' || span.tier === 'minutes' ? seals.filter(({ id, from }) => !opened.hasSeal(id, from)) : []
    })
  if (read.no >= 0) for (const seal of seals) sources.ofLive(() => readSeal(sources, read, span, seal), undefined)
}

function readSeal(sources: SeriesSources, read: SubjectRead, span: SourceSpan, seal: LiveSeal): void {
  const layout = layoutOfPath(seal, read.subject.path)
  if (span.tier !== 'samples' || !seal.hasSamples) {
    const minutes = read.liveMinutes(seal)
    if (minutes) {
      addBuckets(read, minutes, layout, 'minutes', span)
      return
    }
  }
  const chunk = sources.live.chunks(seal, [read.no]).get(read.no) ?? null
  if (chunk === null && seal.gaps.length === 0) return
  addSamples(sources, read, { ...seal, layout, isRows: false, chunk }, span)
}

const unbounded = { after: Number.NEGATIVE_INFINITY, before: Number.POSITIVE_INFINITY }

function readHot(sources: SeriesSources, read: SubjectRead): void {
  const place = read.hot.subjects[read.index]
  const owner = place && read.hot.owners[place.owner]
  if (!owner) return
  const layout = layoutOf(read.subject.ownerId, read.subject.path)
  const take = ({ times, gaps }: HotRounds, chunk: Uint8Array | null): void =>
    addSamples(sources, read, { times, gaps, usualMs: usualInterval(times), layout, isRows: true, chunk }, unbounded)
  for (const [i, rounds] of owner.older.entries()) take(rounds, place.older[i] ?? null)
  take(owner, place.rows)
}

/** Reads the samples of a subject from a day's archive. */
function readArchivedSamples(sources: SeriesSources, read: SubjectRead, span: SourceSpan, opened: OpenedArchive): void {
  const { owner, subject, from, to } = read
  const known = owner.archived.get(opened.name) ?? { seals: opened.seals(owner.ownerId, from, to), own: null }
  owner.archived.set(opened.name, known)
  const [first] = known.seals
  if (first === undefined) return
  const isStored = (seal: ArchivedSeal): boolean => {
    known.own ??= opened.ownChunks(owner.ownerId, first.hour, hourOf(to))
    return hasSamples(seal, known.own)
  }
  const chunks = opened.chunks(opened.archive.subjectNo(subject.ownerId, subject.path), first.hour, hourOf(to))
  const seals = known.seals.filter((seal) => seal.to >= from && seal.from <= to && dayOf(seal.from) >= span.firstDay && dayOf(seal.from) <= span.lastDay)
  for (const [i, seal] of seals.entries()) {
    const last = seals[i - 1]
    const next = seals[i + 1]
    const chunk = chunks.get(chunkPlace(seal)) ?? null
    // Minutes at the edges also have what a neighbour has as samples.
    const after = last && chunks.has(chunkPlace(last)) ? minuteOf(last.to) + tierStepMs.minutes : minuteOf(seal.from)
    const before = next ? minuteOf(next.from) : seal.to + 1
    const bounds = { after: Math.max(span.after, after), before: Math.min(span.before, before) }
    if (chunk === null && !isStored(seal) && fillFromMinutes(sources, read, seal, bounds)) continue
    addSamples(sources, read, { ...seal, layout: layoutOfPath(seal, subject.path), isRows: false, chunk }, span)
  }
}

const minuteOf = (at: number): number => Math.floor(at / tierStepMs.minutes) * tierStepMs.minutes

/** Fills in from minutes, which were stored without samples while the disk was nearly full. Returns false if there are none either. */
function fillFromMinutes({ shelf }: SeriesSources, read: SubjectRead, seal: ArchivedSeal, bounds: Bounds): boolean {
  const day = dayOf(seal.from)
  let any = false
  for (const one of read.listed)
    if (one.tier === 'minutes' && one.firstDay === day)
      any = shelf.read(one, (opened) => readArchivedBuckets(read, { ...bounds, lastDay: day }, one, opened, 'minutes')) || any
  return any
}

/** Reads the buckets of a subject from an archive of a coarser tier. Returns false if none were used. */
function readArchivedBuckets(
  read: SubjectRead,
  { lastDay, after, before }: Pick<SourceSpan, 'lastDay'> & Bounds,
  listed: ListedArchive,
  opened: OpenedArchive,
  tier: BucketTier,
): boolean {
  const { archive } = opened
  const no = archive.subjectNo(read.subject.ownerId, read.subject.path)
  if (no === null) return false
  const cut = tier === 'minutes' ? null : opened.cutOf(listed)
  // The data of a file lies within its days or shortly after them.
  const last = Math.min(read.to, before, (lastDay + 2) * dayMs)
  let any = false
  for (const { run, parts } of archive.bucketRows(no, blockOf(tier, Math.max(read.from, after)), blockOf(tier, last))) {
    const bounds = { after, before: cut ? Math.min(before, cut(run)) : before }
    for (const { layout, bytes } of parts) if (addBuckets(read, bytes, archive.layout(layout), tier, bounds)) any = true
  }
  return any
}
