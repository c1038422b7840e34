import type { Tier } from '../../../shared/tiers.ts'
import { columnForm, rowForm, usualInterval } from '../codec/codec.ts'
import type { LiveSeal } from '../live/live.ts'
import { dayOf, type HotRounds, isOwnName, layoutOf } from '../protocol/protocol.ts'
import { readArchivedBuckets, readArchivedSamples } from './archivedSeries.ts'
import { planSources, type SourceSpan } from './readSources.ts'
import { addBuckets, addSamples, decodeWanted, type SeriesSources, type SubjectRead } from './subjectRead.ts'

/** Reads the series of one subject, oldest first: from archives or the live file, day by day, then from memory. */
export async function readSubject(sources: SeriesSources, read: SubjectRead, tier: Tier, yieldIfDue: () => Promise<void>): Promise<void> {
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
  if (read.no >= 0) for (const seal of seals) sources.ofLive(() => readSeal(sources, read, span, seal), undefined, seal)
}

function readSeal(sources: SeriesSources, read: SubjectRead, span: SourceSpan, seal: LiveSeal): void {
  const layout = isOwnName(read.subject.path) ? seal.ownLayout : seal.partLayout
  if (read.reducers && (span.tier !== 'samples' || !seal.hasSamples)) {
    const minutes = sources.live.minutes(seal, read.no)
    if (minutes) {
      addBuckets(read, decodeWanted(read, minutes, layout), 'minutes', span)
      return
    }
  }
  const chunk = sources.live.chunk(seal, read.no)
  if (chunk === null && seal.gaps.length === 0) return
  addSamples(sources, read, { times: seal.times(), gaps: seal.gaps, usualMs: seal.usualMs, layout, form: columnForm, chunk }, span)
}

const unbounded = { after: Number.NEGATIVE_INFINITY, before: Number.POSITIVE_INFINITY }

function readHot(sources: SeriesSources, read: SubjectRead): void {
  const place = read.hot.subjects[read.index]
  const owner = place && read.hot.owners[place.owner]
  if (!owner) return
  const layout = layoutOf(read.subject.ownerId, read.subject.path)
  const take = ({ times, gaps }: HotRounds, chunk: Uint8Array | null): void =>
    addSamples(sources, read, { times, gaps, usualMs: usualInterval(times), layout, form: rowForm, chunk }, unbounded)
  for (const [i, rounds] of owner.older.entries()) take(rounds, place.older[i] ?? null)
  take(owner, place.rows)
}
