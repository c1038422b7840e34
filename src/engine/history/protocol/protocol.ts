/** Shared by all parts of the store: the subjects, layouts and days that they use, and the messages between its threads. */

import type { ConsoleTrouble } from '../../../shared/consoleTroubles.ts'
import type { Damage, DeckEvent, KeptEvent } from '../../../shared/events.ts'
import type { EventFilter, KeepLimit, SeriesColumns, StoreFigures, SumColumns, SumInput } from '../../../shared/history.ts'
import { type MetricId, type MetricSubject, metricIds, metrics } from '../../../shared/metrics.ts'
import { isHostId, isProbeId, ownerIdOf, partOf, type Subject, subjectNamed } from '../../../shared/subjectNames.ts'
import type { Kept, Tier } from '../../../shared/tiers.ts'
import type { DatabaseError } from '../../storage/openDatabase.ts'

/** Milliseconds per day. All days here are UTC days. */
export const dayMs = 86_400_000
export function dayOf(at: number): number {
  return Math.floor(at / dayMs)
}
export function dayStartOf(at: number): number {
  return dayOf(at) * dayMs
}

/**
 * How the store's tables and files name a subject: the id of its owner, and a path that is '' for the owner itself. Code outside
 * the store uses `Subject`; the columns that hold these are called `server` and `server_id` in files on disk.
 */
export interface StoredSubject {
  readonly ownerId: string
  readonly path: string
}
/** The path of an owner's own rows. */
export const ownName = ''
export function isOwnName(path: string): boolean {
  return path === ownName
}
/** An owner has its own rows and those of its parts: a server has streams, a host has devices, a probe none. */
export type OwnerKind = 'server' | 'host' | 'probe'

export function ownerKindOf(ownerId: string): OwnerKind {
  return isHostId(ownerId) ? 'host' : isProbeId(ownerId) ? 'probe' : 'server'
}
/** How a damage message names an owner and its parts. */
export function ownerText(ownerId: string): string {
  return `${ownerKindOf(ownerId)} ${ownerId}`
}
export function partText(ownerId: string, path: string): string {
  return isOwnName(path) ? `the ${ownerKindOf(ownerId)} itself` : path
}

export function toStored(subject: Subject): StoredSubject {
  return { ownerId: ownerIdOf(subject), path: partOf(subject) ?? ownName }
}
export function fromStored({ ownerId, path }: StoredSubject): Subject {
  return subjectNamed(ownerId, isOwnName(path) ? null : path)
}

/** Maps the columns of a row to metrics. Stored in the database, so that the metric table may grow and be reordered. */
export interface SampleLayout {
  readonly metrics: readonly MetricId[]
  /** Factor per column: a value is stored as the whole number value × scale. */
  readonly scales: Float64Array
}

/** Row id of a chunk. A seal's chunks are adjacent, ordered by path number within the owner. There is room for 16 million paths. */
export function chunkId(seal: number, pathNo: number): number {
  return seal * 2 ** 24 + pathNo
}

/** Metrics that change with nearly every poll. In the first six columns they need only one byte of row header. */
const fastChanging: readonly MetricId[] = ['path.bitrateIn', 'path.bitrateOut', 'path.jitter', 'path.rtt', 'path.receiveRate', 'path.linkCapacity']

/** Scale for a quantum. Exact for quanta of 1 or more, too: a stored whole number divided by the scale is a multiple of the quantum. */
const scaleOf = (quantum: number): number => (quantum >= 1 ? 1 / quantum : Math.round(1 / quantum))

function layoutFor(of: MetricSubject): SampleLayout {
  const ids = metricIds.filter((id) => metrics[id].of === of)
  const ordered = [...fastChanging.filter((id) => ids.includes(id)), ...ids.filter((id) => !fastChanging.includes(id))]
  return { metrics: ordered, scales: Float64Array.from(ordered, (id) => scaleOf(metrics[id].quantum)) }
}

/** One layout per kind of subject; no two kinds share columns. */
export const layouts: Readonly<Record<MetricSubject, SampleLayout>> = {
  stream: layoutFor('stream'),
  server: layoutFor('server'),
  host: layoutFor('host'),
  device: layoutFor('device'),
  probe: layoutFor('probe'),
}

/** The layouts of an owner's own rows and of its parts' rows. */
export interface OwnerLayouts {
  readonly own: SampleLayout
  readonly parts: SampleLayout
}
export const ownerLayouts = {
  server: { own: layouts.server, parts: layouts.stream },
  host: { own: layouts.host, parts: layouts.device },
  probe: { own: layouts.probe, parts: { metrics: [], scales: new Float64Array() } },
} as const satisfies Record<OwnerKind, OwnerLayouts>
export const ownerKinds = Object.keys(ownerLayouts) as readonly OwnerKind[]

/** Of a seal's two layouts, or of their ids, that of a subject's rows. */
export function layoutOfPath<Layout>({ partLayout, ownLayout }: { readonly partLayout: Layout; readonly ownLayout: Layout }, path: string): Layout {
  return isOwnName(path) ? ownLayout : partLayout
}

/** The layout in which this version writes a subject's rows. */
export function layoutOf(ownerId: string, path: string): SampleLayout {
  return ownerLayouts[ownerKindOf(ownerId)][isOwnName(path) ? 'own' : 'parts']
}
/** Columns reserved per row: enough for the owner's and for its parts' layout. */
export function strideOf({ own, parts }: OwnerLayouts): number {
  return Math.max(own.metrics.length, parts.metrics.length)
}

/** The stored form of a layout: `[["path.bitrateIn", 1], …]`. */
export function layoutToText(layout: SampleLayout): string {
  return JSON.stringify(layout.metrics.map((id, c) => [id, layout.scales[c]]))
}

/** Parses a stored layout. Metrics unknown to this version keep their column. */
export function textToLayout(text: string): SampleLayout {
  const rows = JSON.parse(text) as [MetricId, number][]
  return { metrics: rows.map(([id]) => id), scales: Float64Array.from(rows, ([, scale]) => scale) }
}

export interface StoreWorkerStart {
  /** writer: the only thread that writes. query: separate, so that a long query never delays a commit. archiver: archives past days. */
  readonly role: 'writer' | 'query' | 'archiver'
  readonly file: string
  readonly archives: string
  readonly limits: StoreLimits
  /** Program and version recorded in archives: `mtxdeck 0.4.0`. */
  readonly madeBy: string
}

/** The time of a request to the writer. Sent along because its thread has no clock that a test could control. */
export interface AskedAt {
  readonly now: number
  readonly monotonic: number
}

/** Retention of each kind of data: how long it is kept, and how much disk it may use. */
export type StoreLimits = Readonly<Record<Kept, KeepLimit>>

export const defaultLimits: StoreLimits = {
  samples: { days: 30, bytes: 20e9 },
  minutes: { days: 180, bytes: 10e9 },
  quarterHours: { days: 3 * 365, bytes: 5e9 },
  twoHours: { days: 10 * 365, bytes: 2e9 },
  events: { days: 365, bytes: 2e9 },
}

export interface Space {
  readonly freeBytes: number
  readonly totalBytes: number
}

/** A batch on its way to the writer. */
export interface StoredBatch {
  readonly ownerId: string
  readonly at: number
  /** Which of the owner's two remembered lists this batch uses: 1 for the owner's own row, 0 for its parts. */
  readonly list: 0 | 1
  /** null: unchanged since this owner's last batch with this `list`. */
  readonly paths: readonly string[] | null
  readonly metrics: readonly MetricId[] | null
  readonly values: Float64Array
}

/**
 * Samples in the writer's memory, as rows of form 1. Seals after `lastSeal` hold samples that are also here. `older` are
 * rounds waiting to be sealed, oldest first, all before the rest: usually none, and as many for a subject as for its owner.
 */
export interface HotSamples {
  readonly lastSeal: number
  readonly owners: readonly (HotRounds & { readonly no: number; readonly older: readonly HotRounds[] })[]
  /** In the order requested. `owner`: index into `owners`; -1: the owner was never seen. `no` -1: the path was never seen, or is in archives only. */
  readonly subjects: readonly {
    readonly owner: number
    readonly no: number
    readonly rows: Uint8Array | null
    readonly older: readonly (Uint8Array | null)[]
  }[]
}

/** Rounds of an owner in memory. */
export interface HotRounds {
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
}

/** The samples of all servers and streams in the writer's memory, not newer than requested, with their names. */
export interface HotMoment extends HotSamples {
  readonly ownerIds: readonly string[]
  /** Paths, in the order of `subjects`; '' is the owner itself. */
  readonly paths: readonly string[]
}

/** A gap: nothing is known from `at` until the round with this index in its seal. */
export type StoredGap = readonly [round: number, at: number]

/** One-way messages to the writer. */
export interface WriterNotes {
  readonly batch: StoredBatch
  readonly gap: { readonly ownerId: string; readonly at: number }
  readonly events: readonly KeptEvent[]
  readonly describe: Description
}

/** Facts about some subjects of an owner, valid from `at` on, that samples can't express. Other subjects keep their facts. */
export interface Description {
  readonly ownerId: string
  readonly at: number
  /** `part` null: the owner itself. `facts` null: the subject is gone. */
  readonly entries: readonly { readonly part: string | null; readonly facts: object | null }[]
  /** The entries list all existing parts; any other is gone. Used after a start. */
  readonly whole?: boolean
}

/** An archive as listed in history.db. Once listed it is read-only, except for month and year files, which still grow. */
export interface ArchiveEntry {
  /** File name in the folder of archives. */
  readonly name: string
  readonly tier: Tier
  readonly from: number
  readonly to: number
  readonly bytes: number
  /** Hex; null while it still grows. */
  readonly sha256: string | null
}

/** Result of a commit or of a maintenance step. */
export interface WriterTurn {
  readonly trouble: ConsoleTrouble | null
  /** Another step should follow soon. */
  readonly more: boolean
  /** Why history.db was replaced by another file: threads that have the old one open must reopen it. null: it was not. */
  readonly newFile: Damage | null
  /** What it found since the last one. */
  readonly damages: readonly Damage[]
}

/** Requests to the writer: input and answer. `monotonic` comes from the engine's clock, as this thread has none. */
export interface WriterAsks {
  readonly open: readonly [Pick<AskedAt, 'now'>, { readonly error: DatabaseError | null; readonly newFile: Damage | null }]
  readonly commit: readonly [AskedAt, WriterTurn]
  readonly maintain: readonly [AskedAt & { readonly space: Space | null }, WriterTurn]
  /** Sets the file aside, which a query thread found damaged; `newFile` null: that was done meanwhile. */
  readonly mend: readonly [Pick<AskedAt, 'now'>, { readonly newFile: Damage | null }]
  readonly hot: readonly [{ readonly subjects: readonly StoredSubject[]; readonly to: number }, HotSamples]
  /** All servers and subjects whose rounds in memory begin at or before `to`. Pending names and facts are committed first. */
  readonly hotMoment: readonly [{ readonly to: number }, HotMoment]
  /** Commits events and facts now, so that a query thread finds them. */
  readonly flush: readonly [null, null]
  /** Seals the data that is in memory at the call with `begins`: call it until `more` is false, as each call seals one slice. */
  readonly sealAll: readonly [{ readonly begins: boolean }, { readonly more: boolean }]
  /** Time of the oldest unsealed data; null: everything is sealed. */
  readonly unsealedFrom: readonly [null, number | null]
  /** The oldest day (UTC) on which a seal began: its time, and roughly the disk space of that day. null: there is no seal. */
  readonly oldestDay: readonly [null, { readonly from: number; readonly bytes: number } | null]
  readonly listArchive: readonly [ArchiveEntry, null]
  readonly unlistArchive: readonly [{ readonly name: string }, null]
  /**
   * Drops the seals up to `lastSeal` that began on the day starting at `dayStart` (UTC), as they are archived now. Call it until
   * `more` is false. Later seals of that day, made after a clock was set back, are not in the archive yet and stay.
   */
  readonly dropDay: readonly [{ readonly dayStart: number; readonly lastSeal: number }, { readonly more: boolean }]
  readonly figures: readonly [null, StoreFigures]
  /** Brings the log of another database into it, which waits for the disk. */
  readonly checkpoint: readonly [{ readonly file: string }, { readonly isWhole: boolean }]
  readonly keep: readonly [{ readonly limits: StoreLimits; readonly now: number }, StoreFigures]
  readonly idle: readonly [null, null]
  readonly close: readonly [null, null]
}

/** Everything known about one moment, for every subject of every server. All columns have the same length. */
export interface StoredMoment {
  readonly subjects: readonly StoredSubject[]
  /** Time at which `values` were measured; NaN: none are known. */
  readonly at: Float64Array
  readonly metrics: readonly MetricId[]
  /** `values[subject * metrics.length + metric]`; NaN means unknown. */
  readonly values: Float64Array
  /** The subject's newest facts (`describe`); null: none, or the subject is gone. */
  readonly facts: readonly (object | null)[]
  /** Time from which `facts` hold; NaN: there are none. */
  readonly factsAt: Float64Array
}

export interface SubjectMetrics {
  readonly subject: StoredSubject
  readonly metrics: readonly MetricId[]
}

/** Selects one of `of` disjoint parts of a moment's subjects; together the parts cover all of them. */
export interface MomentShare {
  readonly index: number
  readonly of: number
  /** server: split by whole servers, whose data is adjacent on disk. path: split by path names, across all servers. */
  readonly by: 'server' | 'path'
}

interface RangeAsk {
  readonly subjects: readonly SubjectMetrics[]
  readonly from: number
  readonly to: number
  /** Nothing can be known after this time: now, or the end of the range. */
  readonly until: number
  readonly points: number
  /** null: the finest tier that is fast enough. */
  readonly tier: Tier | null
  readonly totals?: boolean
  readonly hot: HotSamples
}

/** Requests to a query thread: input and answer. */
export interface StoreQueries {
  readonly open: readonly [null, null]
  /** Returns series in the order of the subjects and their metrics. */
  readonly range: readonly [RangeAsk, SeriesColumns[][]]
  /** Returns sums over the subjects, in the order of their metrics, which must be the same for all. */
  readonly sum: readonly [Omit<RangeAsk, 'points' | 'totals'> & Pick<SumInput, 'bucketMs' | 'toleranceMs'>, SumColumns[]]
  /** `share`: only some of the subjects. */
  readonly moment: readonly [{ readonly moment: number; readonly hot: HotMoment; readonly share?: MomentShare }, StoredMoment]
  readonly events: readonly [EventsAsk, DeckEvent[]]
  /** Closes these archives, so that they can be renamed or removed. */
  readonly release: readonly [readonly string[], null]
  readonly countEvents: readonly [EventCountsAsk, EventCount[]]
  readonly serverIds: readonly [null, string[]]
  /** Subjects that may have samples in this period, or later in the live file, in no particular order. */
  readonly subjects: readonly [{ readonly from: number; readonly to: number }, StoredSubject[]]
  readonly idle: readonly [null, null]
  readonly close: readonly [null, null]
}

/** `withPaths`: collective events keep the list of their streams. */
export type EventsAsk = EventFilter & { readonly withPaths?: boolean }

/** Number of events of one kind in one bucket. */
export interface EventCount {
  readonly bucket: number
  readonly kind: string
  readonly count: number
}

export interface EventCountsAsk {
  readonly from: number
  /** Not included. */
  readonly to: number
  readonly widthMs: number
}
