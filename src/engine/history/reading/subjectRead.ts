import { type Tier, tiers } from '../../../shared/history.ts'
import type { MetricId } from '../../../shared/metrics.ts'
import { assumedIntervalMs, type Buckets, decodeBuckets, type SealRounds } from '../codec/codec.ts'
import type { LiveSeal, LiveStore, ReadPart } from '../live/live.ts'
import { dayOf, type HotSamples, type SampleLayout, type StoredSubject, type SubjectMetrics } from '../protocol/protocol.ts'
import type { ArchiveShelf } from './archiveShelf.ts'
import type { ListedArchive, SourceSpan } from './readSources.ts'
import type { SeriesReducer } from './reduceSeries.ts'
import { type ColumnSink, feedBuckets, type SampleFeed, type SealedSamples } from './sampleFeed.ts'

/** Where series are read from, beside what came with the question. */
export interface SeriesSources {
  readonly live: LiveStore
  readonly shelf: ArchiveShelf
  /** Reads the live file; what is damaged there is left out. */
  readonly ofLive: ReadPart
  readonly feed: SampleFeed
}

/** What a question has read of one owner's rounds: all series of the owner share it. */
export interface OwnerRounds {
  readonly ownerId: string
  /** Seals of the live file. */
  readonly live: readonly LiveSeal[]
  readonly liveDays: ReadonlySet<number>
  /** By the archive's name; null: the owner is not in it. */
  readonly archived: Map<string, ArchivedRounds | null>
}
export interface ArchivedRounds {
  readonly fromHour: number
  readonly hours: ReadonlyMap<number, readonly SealRounds[]>
}

/** Buckets of a coarser tier, of the metrics that are wanted. */
export interface WantedBuckets {
  readonly buckets: Buckets
  /** Of each wanted metric, -1: the layout does not have it. */
  readonly columns: readonly number[]
  readonly scales: Float64Array
}

/** What takes the series of one subject, in the order of its metrics. */
export interface SeriesSinks<Sink extends ColumnSink = ColumnSink> {
  readonly sinks: readonly Sink[]
  /** The sinks, where they also take buckets; null: only samples are wanted. */
  readonly reducers: readonly SeriesReducer[] | null
}

/** One subject while its series are read. */
export interface SubjectRead<Sink extends ColumnSink = ColumnSink> extends SeriesSinks<Sink> {
  /** Its place in the question. */
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
  /** By day, where minutes stand in for samples that were not kept. */
  readonly minutes: Map<number, WantedBuckets[]>
  usualMs: number
  /** Index of the coarsest tier that was read. */
  coarsest: number
  /** Samples and buckets decoded. */
  cost: number
}

interface SeriesQuestion {
  readonly subjects: readonly SubjectMetrics[]
  readonly hot: HotSamples
  readonly from: number
  readonly to: number
}

/** The subjects of a question, those of one owner one after another: what was read of its rounds is dropped then. */
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

/** Only what is from [after, before) counts; the rest comes from another source. */
export type Bounds = Pick<SourceSpan, 'after' | 'before'>

/** Hands samples to the sinks. `usualMs` null: too few rounds to tell, so that what was usual before goes on. */
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

/** Hands buckets to the reducers. False: none of them counts. */
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
