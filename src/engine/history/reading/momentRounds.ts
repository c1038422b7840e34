import { metricIds } from '../../../shared/metrics.ts'
import { tierStepMs } from '../../../shared/tiers.ts'
import { type BucketTier, blockOf, hourOf } from '../archive/archive.ts'
import { assumedIntervalMs, columnForm, decodeRounds, missingIntervals, rowForm, usualInterval } from '../codec/codec.ts'
import type { LiveSeal, LiveStore, ReadPart } from '../live/live.ts'
import { dayOf, type HotRounds, isOwnName, layoutOf, ownName, type StoredGap } from '../protocol/protocol.ts'
import type { ArchiveShelf, OpenedArchive } from './archiveShelf.ts'
import { type Answer, emptyAnswer, type RowScratch, readBucketInto, readRowInto } from './momentQuery.ts'
import { type ListedArchive, planSources, type SourceSpan } from './readSources.ts'
import type { Yielder } from './seriesQuery.ts'

const subjectsPerPiece = 64
/** Up to this many subjects of an owner are looked up one by one; for more, all are read at once. */
const fewLookups = 100

/** Where to look for the rounds of a moment, besides those in the writer's memory that came with the query. */
export interface MomentSources {
  readonly live: LiveStore
  readonly shelf: ArchiveShelf
  /** Reads the live file, skipping damaged parts. */
  readonly ofLive: ReadPart
  readonly scratch: RowScratch
}

/** A requested subject, and its row in the answer. */
export interface Wanted {
  readonly path: string
  /** Number in the live file; -1: it is not there. */
  readonly no: number
  readonly rows: Uint8Array | null
  readonly older: readonly (Uint8Array | null)[]
  readonly row: number
}
export interface WantedOwner {
  readonly ownerId: string
  /** Number in the live file; -1: it is not there. */
  readonly no: number
  readonly rounds: (HotRounds & { readonly older: readonly HotRounds[] }) | null
  readonly wanted: readonly Wanted[]
}

/** Some rounds of an owner, from memory, the live file or an archive. */
interface Section {
  readonly isArchived: boolean
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
  readonly usualMs: number | null
  /** Writes the subject's values of that round into the answer; false: the subject did not exist then. */
  readonly take: (wanted: Wanted, round: number, answer: Answer) => boolean
}
interface Candidate {
  readonly section: Section
  readonly round: number
  readonly at: number
}

function hotSections(scratch: RowScratch, owner: WantedOwner): Section[] {
  const { rounds } = owner
  if (!rounds) return []
  return [...rounds.older, rounds].map((of, i) => ({
    isArchived: false,
    times: of.times,
    gaps: of.gaps,
    usualMs: usualInterval(of.times),
    take: ({ path, rows, older, row }, round, answer) =>
      readRowInto(scratch, i < rounds.older.length ? (older[i] ?? null) : rows, rowForm, layoutOf(owner.ownerId, path), round, row, answer),
  }))
}

function liveSections({ live, ofLive, scratch }: MomentSources, owner: WantedOwner, seals: readonly LiveSeal[], span: SourceSpan): Section[] {
  const nos = owner.wanted.flatMap(({ no }) => (no < 0 ? [] : [no]))
  return seals.flatMap((seal): Section[] => {
    const day = dayOf(seal.from)
    if (!seal.hasSamples || day < span.firstDay || day > span.lastDay) return []
    let chunks: ReadonlyMap<number, Uint8Array> | null = null
    return [
      {
        isArchived: false,
        times: ofLive(seal.times, new Float64Array(0)),
        gaps: seal.gaps,
        usualMs: seal.usualMs,
        take: ({ no, path, row }, round, answer) => {
          chunks ??= live.chunks(seal, nos)
          const chunk = chunks.get(no) ?? null
          return ofLive(() => readRowInto(scratch, chunk, columnForm, isOwnName(path) ? seal.ownLayout : seal.partLayout, round, row, answer), false)
        },
      },
    ]
  })
}

/** Number of a subject in an archive. If many are wanted, all numbers of the owner are read at once. */
const noOf = ({ numbers, numberOf }: OpenedArchive, { ownerId, wanted }: WantedOwner, path: string): number | null =>
  wanted.length > fewLookups ? (numbers().get(ownerId)?.get(path) ?? null) : numberOf(ownerId, path)

function archiveSections(
  { shelf, scratch }: MomentSources,
  owner: WantedOwner,
  moment: number,
  listed: ListedArchive,
  { archive, lastHour, numberOf }: OpenedArchive,
  span: SourceSpan,
): Section[] {
  const no = numberOf(owner.ownerId, ownName)
  const last = no === null ? null : lastHour(no, hourOf(moment))
  if (no === null || last === null) return []
  const first = lastHour(no, last - 1) ?? last
  return archive.rounds(no, first, last).flatMap(({ hour, bytes }) => {
    return decodeRounds(bytes).flatMap((seal, index): Section[] => {
      const day = dayOf(seal.from)
      if (day < span.firstDay || day > span.lastDay || !mayMatter(seal, moment)) return []
      // Callers go subject by subject, and ask each for several rounds: cache the last chunk.
      let chunkOf: string | null = null
      let chunk: Uint8Array | null = null
      return [
        {
          isArchived: true,
          times: seal.times,
          gaps: seal.gaps,
          usualMs: seal.usualMs,
          // The archive may have been closed in between; `shelf.read` reopens it.
          take: ({ path, row }, round, answer) =>
            shelf.read(listed, (opened) => {
              if (chunkOf !== path) {
                const subject = noOf(opened, owner, path)
                chunk = subject === null ? null : opened.chunkOf(subject, hour, index)
                chunkOf = path
              }
              return readRowInto(scratch, chunk, columnForm, opened.archive.layout(isOwnName(path) ? seal.ownLayout : seal.partLayout), round, row, answer)
            }),
        },
      ]
    })
  })
}

/** The rounds that may contain the values known at the moment, best first. */
function candidatesOf(sections: readonly Section[], moment: number): Candidate[] {
  let gapAt = Number.NEGATIVE_INFINITY
  for (const { gaps } of sections) for (const [, at] of gaps) if (at <= moment && at > gapAt) gapAt = at
  const found: Candidate[] = []
  let usualMs = assumedIntervalMs
  for (const section of sections) {
    usualMs = section.usualMs ?? usualMs
    const oldest = Math.max(gapAt, moment - missingIntervals * usualMs)
    for (let round = 0; round < section.times.length; round++) {
      const at = section.times[round] as number
      if (at >= oldest && at <= moment) found.push({ section, round, at })
    }
  }
  // Reversed first, so that of rounds with the same time the later one wins.
  return found.reverse().sort((a, b) => b.at - a.at)
}

function fillFromBuckets(
  { live, shelf, ofLive, scratch }: MomentSources,
  owner: WantedOwner,
  seals: readonly LiveSeal[],
  span: SourceSpan,
  moment: number,
  answer: Answer,
): void {
  const missing = owner.wanted.filter(({ row }) => Number.isNaN(answer.at[row] as number))
  // A file of several days may also cover the moment when a finer source has it.
  const stepMs = tierStepMs[span.archives.length === 0 ? 'minutes' : span.tier]
  const bucketAt = Math.floor(moment / stepMs) * stepMs
  if (missing.length === 0 || bucketAt < span.after || bucketAt >= span.before) return
  for (const listed of span.archives)
    shelf.read(listed, (opened) => {
      const { archive } = opened
      const tier = span.tier as BucketTier
      const block = blockOf(tier, moment)
      for (const { path, row } of missing) {
        const no = noOf(opened, owner, path)
        for (const { parts } of no === null ? [] : archive.bucketRows(no, block, block))
          for (const { layout, bytes } of parts) readBucketInto(scratch, bytes, archive.layout(layout), tier, moment, row, answer)
      }
    })
  if (span.archives.length > 0) return
  const nos = missing.flatMap(({ no }) => (no < 0 ? [] : [no]))
  for (const seal of seals) {
    const day = dayOf(seal.from)
    if (seal.hasSamples || day < span.firstDay || day > span.lastDay || !mayMatter(seal, moment)) continue
    ofLive(() => {
      const all = live.allMinutes(seal, nos)
      for (const { no, path, row } of missing) {
        const bytes = all.get(no)
        if (bytes) readBucketInto(scratch, bytes, isOwnName(path) ? seal.ownLayout : seal.partLayout, 'minutes', moment, row, answer)
      }
    }, undefined)
  }
}

/** Whether there are archived rounds without samples, not even the owner's own, which every round has. */
function hadNoSamples(candidates: readonly Candidate[]): boolean {
  const own: Wanted = { path: ownName, no: -1, rows: null, older: [], row: 0 }
  const scratch = emptyAnswer(1, metricIds)
  return (
    candidates.some(({ section }) => section.isArchived) && !candidates.some(({ section, round }) => section.isArchived && section.take(own, round, scratch))
  )
}

/** Writes the known values of one owner's subjects into the answer. */
export async function fill(
  sources: MomentSources,
  owner: WantedOwner,
  listed: readonly ListedArchive[],
  seals: readonly LiveSeal[],
  moment: number,
  answer: Answer,
  yielder: Yielder,
): Promise<void> {
  const spans = planSources(listed, new Set(seals.map(({ from }) => dayOf(from))), 'samples', moment, moment)
  const sections: Section[] = []
  for (const span of spans) {
    if (span.archives.length === 0) sections.push(...liveSections(sources, owner, seals, span))
    else if (span.tier === 'samples')
      for (const one of span.archives) sections.push(...sources.shelf.read(one, (opened) => archiveSections(sources, owner, moment, one, opened, span)))
  }
  sections.push(...hotSections(sources.scratch, owner))
  const candidates = candidatesOf(sections, moment)
  if (candidates.length > 0)
    for (const [n, wanted] of owner.wanted.entries()) {
      if (n % subjectsPerPiece === 0) await yielder.yieldIfDue()
      const found = candidates.find(({ section, round }) => section.take(wanted, round, answer))
      if (found) answer.at[wanted.row] = found.at
    }
  for (const span of spans) {
    if (span.archives.length === 0 || span.tier !== 'samples') fillFromBuckets(sources, owner, seals, span, moment, answer)
    else if (hadNoSamples(candidates)) {
      // While the disk was nearly full, only minutes were stored and no samples.
      const archives = listed.filter(({ tier, firstDay }) => tier === 'minutes' && firstDay >= span.firstDay && firstDay <= span.lastDay)
      if (archives.length > 0) fillFromBuckets(sources, owner, [], { ...span, archives, tier: 'minutes' }, moment, answer)
    }
  }
}

/** Whether a round of the seal may contain values known at the moment. */
export function mayMatter(seal: { readonly from: number; readonly to: number; readonly usualMs: number | null }, moment: number): boolean {
  return seal.from <= moment && seal.to >= moment - missingIntervals * Math.max(seal.usualMs ?? 0, assumedIntervalMs)
}
