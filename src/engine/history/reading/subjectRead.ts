import type { MetricId } from '../../../shared/metrics.ts'
import { type Tier, tiers } from '../../../shared/tiers.ts'
import { assumedIntervalMs, type Buckets, decodeBuckets, type SealRounds } from '../codec/codec.ts'
import type { LiveSeal, LiveStore, ReadPart } from '../live/live.ts'
import { dayOf, type HotSamples, type SampleLayout, type StoredSubject, type SubjectMetrics } from '../protocol/protocol.ts'
import type { ArchiveShelf } from './archiveShelf.ts'
import type { ListedArchive, SourceSpan } from './readSources.ts'
import type { SeriesReducer } from './reduceSeries.ts'
import { type ColumnSink, feedBuckets, type SampleFeed, type SealedSamples } from './sampleFeed.ts'

/** The sources of series, besides the writer's memory that came with the query. */
export interface SeriesSources {
  readonly live: LiveStore
  readonly shelf: ArchiveShelf
  /** Reads the live file, skipping damaged parts. */
  readonly ofLive: ReadPart
  readonly feed: SampleFeed
}

/** An owner's rounds read so far by a query, shared by all series of the owner. */
export interface OwnerRounds {
  readonly ownerId: string
  /** Seals of the live file. */
  readonly live: readonly LiveSeal[]
  readonly liveDays: ReadonlySet<number>
  /** By archive name; null: the owner is not in that archive. */
  readonly archived: Map<string, ArchivedRounds | null>
}
export interface ArchivedRounds {
  readonly fromHour: number
  readonly hours: ReadonlyMap<number, readonly SealRounds[]>
}

/** Buckets of a coarser tier with the wanted metrics. */
export interface WantedBuckets {
  readonly buckets: Buckets
  /** Column of each wanted metric; -1: the layout does not have it. */
  readonly columns: readonly number[]
  readonly scales: Float64Array
}

/** The sinks for the series of one subject, in the order of its metrics. */
export interface SeriesSinks<Sink extends ColumnSink = ColumnSink> {
  readonly sinks: readonly Sink[]
  /** The same sinks if they also accept buckets; null: only samples are wanted. */
  readonly reducers: readonly SeriesReducer[] | null
}

/** The reading of one subject's series. */
export interface SubjectRead<Sink extends ColumnSink = ColumnSink> extends SeriesSinks<Sink> {
  /** Index of the subject in the query. */
  readonly index: number
  readonly subject: StoredSubject
  readonly metrics: readonly MetricId[]
  readonly from: number
  readonly to: number
  readonly owner: OwnerRounds
  readonly listed: readonly ListedArchive[]
  readonly hot: HotSamples
  /** Its number in the live file; -1: it is not there. */
  readonly no: number
  /** Minutes by day, used where samples were not stored. */
  readonly minutes: Map<number, WantedBuckets[]>
  usualMs: number
  /** Index of the coarsest tier read so far. */
  coarsest: number
  /** Samples and buckets decoded so far. */
  cost: number
}

interface SeriesQuestion {
  readonly subjects: readonly SubjectMetrics[]
  readonly hot: HotSamples
  readonly from: number
  readonly to: number
}

/** The subjects of a query, grouped by owner, so that an owner's rounds can be dropped after its last subject. */
export function* subjectReads<Sink extends ColumnSink>(
  { live, ofLive }: SeriesSources,
  listed: readonly ListedArchive[],
  { subjects, hot, from, to }: SeriesQuestion,
  sinksOf: (metrics: readonly MetricId[]) => SeriesSinks<Sink>,
): Iterable<SubjectRead<Sink>> {
  const byOwner = Map.groupBy(subjects.keys(), (index) => subjects[index]?.subject.ownerId ?? '')
  for (const [ownerId, indexes] of byOwner) {
    let owner: OwnerRounds | null = null
    for (const index of indexes) {
      const { subject, metrics } = subjects[index] as SubjectMetrics
      const place = hot.subjects[index]
      if (owner === null) {
        const ownerNo = hot.owners[place?.owner ?? -1]?.no ?? -1
        const seals = ownerNo < 0 ? [] : ofLive(() => live.seals(ownerNo, hot.lastSeal, from, to), [])
        owner = { ownerId, live: seals, liveDays: new Set(seals.map((seal) => dayOf(seal.from))), archived: new Map() }
      }
      yield {
        ...sinksOf(metrics),
        index,
        subject,
        metrics,
        from,
        to,
        owner,
        listed,
        hot,
        no: place?.no ?? -1,
        minutes: new Map(),
        usualMs: assumedIntervalMs,
        coarsest: 0,
        cost: 0,
      }
    }
  }
}

/** Only data in [after, before) is used; the rest comes from another source. */
export type Bounds = Pick<SourceSpan, 'after' | 'before'>

/** Passes samples to the sinks. `usualMs` null: too few rounds to know, so the previous interval still applies. */
export function addSamples(
  { feed }: SeriesSources,
  read: SubjectRead,
  { usualMs, ...samples }: Omit<SealedSamples, 'usualMs'> & { readonly usualMs: number | null },
  { after, before }: Bounds,
): void {
  read.usualMs = usualMs ?? read.usualMs
  read.cost += feed.samples({ ...samples, usualMs: read.usualMs }, read.metrics, read.sinks, after, before)
}

export function decodeWanted(read: SubjectRead, bytes: Uint8Array, layout: SampleLayout): WantedBuckets {
  const columns = read.metrics.map((id) => layout.metrics.indexOf(id))
  const buckets = decodeBuckets(bytes, columns)
  read.cost += buckets.length * columns.length
  return { buckets, columns, scales: layout.scales }
}

/** Passes buckets to the reducers. Returns false if none were used. */
export function addBuckets(read: SubjectRead, { buckets, columns, scales }: WantedBuckets, tier: Exclude<Tier, 'samples'>, { after, before }: Bounds): boolean {
  const bounds = { from: read.from, to: read.to, after, before }
  let any = false
  for (const [i, reducer] of (read.reducers ?? []).entries()) {
    const column = columns[i] as number
    if (column >= 0 && feedBuckets(buckets, column, scales[column] as number, reducer, bounds)) any = true
  }
  if (any) read.coarsest = Math.max(read.coarsest, tiers.indexOf(tier))
  return any
}
