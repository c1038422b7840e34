import { tierStepMs } from '../../../shared/tiers.ts'
import { type BucketTier, blockOf, hourOf } from '../archive/archive.ts'
import { columnForm, decodeRounds, decodeSampleRow, type SealRounds } from '../codec/codec.ts'
import { dayMs, dayOf, isOwnName, ownName } from '../protocol/protocol.ts'
import type { OpenedArchive } from './archiveShelf.ts'
import type { ListedArchive, SourceSpan } from './readSources.ts'
import {
  type ArchivedRounds,
  addBuckets,
  addSamples,
  type Bounds,
  decodeWanted,
  type SeriesSources,
  type SubjectRead,
  type WantedBuckets,
} from './seriesQuery.ts'

/** Reads the samples of a subject from a day's archive. */
export function readArchivedSamples(sources: SeriesSources, read: SubjectRead, span: SourceSpan, opened: OpenedArchive): void {
  const rounds = archivedRounds(read, opened)
  if (!rounds) return
  const { archive } = opened
  const give = (seal: SealRounds, chunk: Uint8Array | null): void => {
    const layout = archive.layout(isOwnName(read.subject.path) ? seal.ownLayout : seal.partLayout)
    addSamples(sources, read, { times: seal.times, gaps: seal.gaps, usualMs: seal.usualMs, layout, form: columnForm, chunk }, span)
  }
  /** Consecutive seals without the subject; below, the end of the seal before them. */
  let missed: SealRounds[] = []
  let lastTo = Number.NEGATIVE_INFINITY
  const giveMissed = (nextFrom: number): void => {
    if (missed.length > 0 && !fillFromMinutes(sources, read, missed, gapBetween(missed, lastTo, nextFrom, span))) for (const seal of missed) give(seal, null)
    missed = []
  }
  for (const [seal, chunk] of sealsOf(read, span, opened, rounds)) {
    if (chunk === null) {
      missed.push(seal)
      continue
    }
    giveMissed(seal.from)
    give(seal, chunk)
    lastTo = seal.to
  }
  giveMissed(Number.POSITIVE_INFINITY)
}

/** The owner's rounds within the whole range of the query; null: the owner is not in the archive. */
function archivedRounds({ owner, from, to }: SubjectRead, { name, archive, lastHour }: OpenedArchive): ArchivedRounds | null {
  const known = owner.archived.get(name)
  if (known !== undefined) return known
  const no = archive.subjectNo(owner.ownerId, ownName)
  let found: ArchivedRounds | null = null
  if (no !== null) {
    // A seal that began in an earlier hour may reach into this one.
    const fromHour = lastHour(no, hourOf(from) - 1) ?? hourOf(from)
    found = { fromHour, hours: new Map(archive.rounds(no, fromHour, hourOf(to)).map(({ hour, bytes }) => [hour, decodeRounds(bytes)])) }
  }
  owner.archived.set(name, found)
  return found
}

/** The owner's seals within the span, each with the subject's chunk; null: the subject is not in that seal. */
function* sealsOf(
  { subject, from, to }: SubjectRead,
  span: SourceSpan,
  { archive }: OpenedArchive,
  rounds: ArchivedRounds,
): Iterable<[SealRounds, Uint8Array | null]> {
  const no = archive.subjectNo(subject.ownerId, subject.path)
  const rows = new Map(no === null ? [] : archive.sampleRows(no, rounds.fromHour, hourOf(to)).map(({ hour, bytes }) => [hour, bytes]))
  for (const [hour, seals] of rounds.hours) {
    const bytes = rows.get(hour)
    const parts = bytes ? decodeSampleRow(bytes) : []
    let next = 0
    for (const [index, seal] of seals.entries()) {
      const part = parts[next]?.seal === index ? parts[next++] : undefined
      const day = dayOf(seal.from)
      if (seal.to >= from && seal.from <= to && day >= span.firstDay && day <= span.lastDay) yield [seal, part?.chunk ?? null]
    }
  }
}

/** The time of seals without the subject, between two seals with it. Minutes at the edges may also contain data of the neighbours. */
function gapBetween(missed: readonly SealRounds[], lastTo: number, nextFrom: number, { after, before }: Bounds): Bounds {
  const first = missed[0] as SealRounds
  const last = missed.at(-1) as SealRounds
  const step = tierStepMs.minutes
  return {
    after: Math.max(after, lastTo === Number.NEGATIVE_INFINITY ? Math.floor(first.from / step) * step : (Math.floor(lastTo / step) + 1) * step),
    before: Math.min(before, nextFrom === Number.POSITIVE_INFINITY ? last.to + 1 : Math.floor(nextFrom / step) * step),
  }
}

/** Fills in from minutes, which were stored without samples while the disk was nearly full. Returns false if there are none either. */
function fillFromMinutes(sources: SeriesSources, read: SubjectRead, missed: readonly SealRounds[], bounds: Bounds): boolean {
  if (!read.reducers) return false
  let any = false
  for (let day = dayOf((missed[0] as SealRounds).from), last = dayOf((missed.at(-1) as SealRounds).from); day <= last; day++)
    for (const decoded of minutesOf(sources, read, day)) if (addBuckets(read, decoded, 'minutes', bounds)) any = true
  return any
}

function minutesOf({ shelf }: SeriesSources, read: SubjectRead, day: number): WantedBuckets[] {
  const known = read.minutes.get(day)
  if (known) return known
  const { subject, from, to } = read
  const found = read.listed
    .filter((one) => one.tier === 'minutes' && one.firstDay === day)
    .flatMap((one) =>
      shelf.read(one, ({ archive }) => {
        const no = archive.subjectNo(subject.ownerId, subject.path)
        const rows = no === null ? [] : archive.bucketRows(no, blockOf('minutes', from), blockOf('minutes', Math.min(to, (day + 2) * dayMs)))
        return rows.flatMap(({ parts }) => parts.map(({ layout, bytes }) => decodeWanted(read, bytes, archive.layout(layout))))
      }),
    )
  read.minutes.set(day, found)
  return found
}

/** Reads the buckets of a subject from an archive of a coarser tier. */
export function readArchivedBuckets(read: SubjectRead, span: SourceSpan, listed: ListedArchive, opened: OpenedArchive, tier: BucketTier): void {
  const { archive } = opened
  const { subject, from, to } = read
  const no = archive.subjectNo(subject.ownerId, subject.path)
  if (no === null) return
  // The data of a file lies within its days or shortly after them.
  const last = Math.min(to, (span.lastDay + 2) * dayMs)
  const cut = tier === 'minutes' ? null : opened.cutOf(listed)
  for (const { run, parts } of archive.bucketRows(no, blockOf(tier, from), blockOf(tier, last))) {
    const bounds = { after: span.after, before: cut ? Math.min(span.before, cut(run)) : span.before }
    for (const { layout, bytes } of parts) addBuckets(read, decodeWanted(read, bytes, archive.layout(layout)), tier, bounds)
  }
}
