import type { ConsoleTrouble } from '../../../shared/consoleTroubles.ts'
import type { Damage, DeckEvent, KeptEvent, OneFacts } from '../../../shared/events.ts'
import type { EventFilter, KeepLimit, Kept, SeriesColumns, StoreFigures, SumColumns, SumInput, Tier } from '../../../shared/history.ts'
import type { MetricId } from '../../../shared/metrics.ts'
import type { DatabaseError } from '../../storage/openDatabase.ts'

import type { StoredSubject } from './storedSubject.ts'

/** What the store's threads are started with. */
export interface StoreWorkerStart {
  /** One thread writes; others read, so that a long question never delays a commit; one makes archives of days that are over. */
  readonly role: 'writer' | 'reader' | 'archiver'
  /** history.db */
  readonly file: string
  /** Folder of the archives. */
  readonly archives: string
  readonly limits: StoreLimits
  /** What writes archives, for whoever finds one: `mtxdeck 0.4.0`. */
  readonly madeBy: string
}

/** When the writer was asked: its thread has no clock that a test could move. */
export interface AskedAt {
  /** Wall time. */
  readonly now: number
  readonly monotonic: number
}

/** How long each of what is kept stays, and how much room it may take. */
export type StoreLimits = Readonly<Record<Kept, KeepLimit>>

export const usualLimits: StoreLimits = {
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
  /** An owner's own figures and those of its parts take turns: the writer remembers two lists. */
  readonly list: 0 | 1
  /** null: as in this owner's last batch with this `list`. */
  readonly paths: readonly string[] | null
  readonly metrics: readonly MetricId[] | null
  readonly values: Float64Array
}

/**
 * What lies in the writer's memory only, as rows of form 1. Seals after `lastSeal` hold samples that are also here.
 * `older` is what waits to be sealed, oldest first and before the rest: usually nothing, and as many for a subject as for its owner.
 */
export interface HotSamples {
  readonly lastSeal: number
  readonly owners: readonly (HotRounds & { readonly no: number; readonly older: readonly HotRounds[] })[]
  /** In the order asked. `owner` is an index into `owners`, or -1 where the owner was never seen; `no` -1: the path was never seen, or lies in archives only. */
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

/** The same of every server and stream in the writer's memory, not newer than what was asked, with their names. */
export interface HotMoment extends HotSamples {
  /** Ids, in the order of `owners`. */
  readonly ownerIds: readonly string[]
  /** Paths, in the order of `subjects`; '' is the owner itself. */
  readonly paths: readonly string[]
}

/** Nothing is known from `at` until the round with this index in its seal. */
export type StoredGap = readonly [round: number, at: number]

/** What the writer is told, without an answer. */
export interface WriterNotes {
  readonly batch: StoredBatch
  readonly gap: { readonly ownerId: string; readonly at: number }
  readonly events: readonly KeptEvent[]
  readonly describe: Description
}

/** What samples cannot say about some subjects of an owner, from a moment on. Subjects that are not named stay as they were. */
export interface Description {
  readonly ownerId: string
  readonly at: number
  /** `part` null: the owner itself. `facts` null: the subject is gone. */
  readonly entries: readonly { readonly part: string | null; readonly facts: object | null }[]
  /** The entries are all parts that exist: any other is gone. Used after a start. */
  readonly whole?: boolean
}

/** An archive of a tier, as history.db lists it. Read-only from then on, but for those of months and years, which grow. */
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

/** What the writer found and everybody should know: becomes an event. */
export type StoreReport = { readonly of: StoredSubject | null } & (
  | { readonly kind: 'storeDamaged'; readonly facts: Damage }
  | { readonly kind: 'valueRefused'; readonly facts: OneFacts<'valueRefused'> }
)

/** Whose part of history.db can't be read, and the day (UTC) it begins on. */
export interface LostPart {
  readonly ownerId: string
  readonly day: string
}

/** history.db is another file than before: whoever has the old one open opens it again. */
export interface NewFile {
  /** Name of what lay there and is not read any more; null: nothing does. */
  readonly setAside: string | null
  readonly damage: Damage
}

/** What comes back from each turn of the writer. */
export interface WriterTurn {
  readonly trouble: ConsoleTrouble | null
  /** There is more to do soon. */
  readonly more: boolean
  readonly newFile: NewFile | null
  readonly reports: readonly StoreReport[]
}

/** What the writer is asked: input and answer. `monotonic` is the engine's clock: this thread has none. */
export interface WriterAsks {
  readonly open: readonly [Pick<AskedAt, 'now'>, { readonly error: DatabaseError | null; readonly newFile: NewFile | null }]
  readonly commit: readonly [AskedAt, WriterTurn]
  readonly maintain: readonly [AskedAt & { readonly space: Space | null }, WriterTurn]
  /** Sets the file aside where it is damaged, as somebody who reads it (`isBroken`) or the writer itself found; null: it is as it should be. */
  readonly mend: readonly [AskedAt & { readonly isBroken: boolean }, { readonly newFile: NewFile | null }]
  readonly hot: readonly [{ readonly subjects: readonly StoredSubject[]; readonly to: number }, HotSamples]
  /** All servers and subjects whose rounds in memory begin at or before `to`; names and facts that wait are committed first. */
  readonly hotMoment: readonly [{ readonly to: number }, HotMoment]
  /** Commits events and facts now, so that a reader finds them. */
  readonly flush: readonly [null, null]
  /** Seals what is in memory when `begins` is told, a slice with each call until `more` is false. */
  readonly sealAll: readonly [{ readonly begins: boolean }, { readonly more: boolean }]
  /** The oldest moment that is not sealed yet; null: all is. */
  readonly unsealedFrom: readonly [null, number | null]
  /** The oldest day (UTC) on which a seal began: when that was, and about how much of the disk the day takes. null: there is no seal. */
  readonly oldestDay: readonly [null, { readonly from: number; readonly bytes: number } | null]
  readonly listArchive: readonly [ArchiveEntry, null]
  readonly unlistArchive: readonly [{ readonly name: string }, null]
  /**
   * Drops the seals that began on that day (its begin, UTC) and are not newer than `lastSeal`, which archives hold now, a
   * step at a time until `more` is false. A seal that came later, after a clock was set back, is not in the archive yet.
   */
  readonly dropDay: readonly [{ readonly dayStart: number; readonly lastSeal: number }, { readonly more: boolean }]
  /** Remembers a file that was damaged and lies beside the others under this name. */
  readonly setAside: readonly [StoreFigures['setAside'][number], null]
  readonly figures: readonly [null, StoreFigures]
  readonly keep: readonly [{ readonly limits: StoreLimits; readonly now: number }, StoreFigures]
  readonly idle: readonly [null, null]
  readonly close: readonly [null, null]
}

export interface TailColumns {
  readonly at: number[]
  readonly values: (number | null)[]
}
export type MomentValues = (Partial<Record<MetricId, number>> & { at: number }) | null

/** All that is known of one moment, of every subject of every server. Columns of equal length. */
export interface StoredMoment {
  readonly subjects: readonly StoredSubject[]
  /** When what `values` says was measured; NaN: none of it is known. */
  readonly at: Float64Array
  readonly metrics: readonly MetricId[]
  /** `values[subject * metrics.length + metric]`, NaN is not known. */
  readonly values: Float64Array
  /** What was told of the subject last (`describe`); null: nothing, or that it is not there. */
  readonly facts: readonly (object | null)[]
  /** When that was told; NaN: nothing was. */
  readonly factsAt: Float64Array
}

/** Metrics wanted of one subject. */
export interface SubjectMetrics {
  readonly subject: StoredSubject
  readonly metrics: readonly MetricId[]
}

/** One of `of` parts of a moment's subjects, whichever these are; together the parts are all of them. */
export interface MomentShare {
  readonly index: number
  readonly of: number
  /** Whole servers, which lie together on the disk, or else paths of all of them. */
  readonly by: 'server' | 'path'
}

interface RangeAsk {
  readonly subjects: readonly SubjectMetrics[]
  readonly from: number
  readonly to: number
  /** How far knowledge can reach: now, or the end of the range. */
  readonly until: number
  readonly points: number
  /** null: the finest that is quick enough. */
  readonly tier: Tier | null
  readonly totals?: boolean
  readonly hot: HotSamples
}

/** What the reader is asked. */
export interface ReaderAsks {
  readonly open: readonly [null, null]
  /** Answers in the order of subjects, and of their metrics. */
  readonly range: readonly [RangeAsk, SeriesColumns[][]]
  /** The subjects' values added up, in the order of their metrics, which are the same of each. */
  readonly sum: readonly [Omit<RangeAsk, 'points' | 'totals'> & Pick<SumInput, 'bucketMs' | 'toleranceMs'>, SumColumns[]]
  readonly tail: readonly [{ readonly subjects: readonly SubjectMetrics[]; readonly since: number; readonly hot: HotSamples }, TailColumns[][]]
  readonly at: readonly [{ readonly moment: number; readonly subjects: readonly StoredSubject[]; readonly hot: HotSamples }, MomentValues[]]
  /** `share`: only some of the subjects. */
  readonly moment: readonly [{ readonly moment: number; readonly hot: HotMoment; readonly share?: MomentShare }, StoredMoment]
  readonly events: readonly [EventFilter, DeckEvent[]]
  /** Closes these archives, so that they can be renamed or removed. */
  readonly release: readonly [readonly string[], null]
  readonly countEvents: readonly [EventCountsAsk, EventCount[]]
  /** Ids of all servers of which anything was ever kept. */
  readonly serverIds: readonly [null, string[]]
  readonly idle: readonly [null, null]
  readonly close: readonly [null, null]
}

/** How many events of a kind there were in one bucket. */
export interface EventCount {
  /** Counted from the first one. */
  readonly bucket: number
  readonly kind: string
  readonly count: number
}

export interface EventCountsAsk {
  readonly from: number
  /** Not included. */
  readonly to: number
  readonly widthMs: number
  /** null: of all, and those of the console itself. */
  readonly ownerIds: readonly string[] | null
}
