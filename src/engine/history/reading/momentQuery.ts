import { fleetMetricIds, type MetricId, metricIds } from '../../../shared/metrics.ts'
import { type Tier, tierStepMs } from '../../../shared/tiers.ts'
import type { PrepareOnce } from '../../storage/preparedOnce.ts'
import { type BucketTier, blockOf, hourMs, hourOf } from '../archive/archive.ts'
import {
  assumedIntervalMs,
  type ByteCursor,
  clearRowStates,
  columnForm,
  createWideningRow,
  decodeBuckets,
  decodeRounds,
  decodeRow,
  isColumnKnown,
  lastRowAt,
  missingIntervals,
  type RowStates,
  rowForm,
  storedObject,
  usualInterval,
  wholeAt,
} from '../codec/codec.ts'
import type { LiveSeal, LiveStore, ReadPart } from '../live/live.ts'
import {
  dayOf,
  type HotRounds,
  isOwnName,
  layoutOf,
  type MomentValues,
  ownerKindOf,
  ownerText,
  ownName,
  partText,
  type SampleLayout,
  type StoredGap,
  type StoredMoment,
  type StoredSubject,
  type StoreQueries,
} from '../protocol/protocol.ts'
import type { ArchiveShelf, OpenedArchive } from './archiveShelf.ts'
import { type ListedArchive, planSources, type SourceSpan } from './readSources.ts'
import { createYielder, type Yielder } from './seriesQuery.ts'

interface MomentQueryDeps {
  /** Prepares statements on history.db. */
  readonly prepare: PrepareOnce
  readonly live: LiveStore
  readonly shelf: ArchiveShelf
  /** Reads the live file, skipping damaged parts. */
  readonly ofLive: ReadPart
  readonly monotonic: () => number
}

/** Seals are about ten minutes long; an interval is 20 minutes at most. */
const longestLookBackMs = hourMs

/** Reads what was known at one moment: the newest sample at or before it, unless it is older than three usual intervals or lies before a gap. */
export function createMomentQuery(deps: MomentQueryDeps) {
  const { shelf, monotonic } = deps
  const sources: Sources = { ...deps, scratch: createRowScratch() }
  return {
    at: (ask: StoreQueries['at'][0], cancelled: () => boolean): Promise<MomentValues[]> =>
      shelf.answer((listed) => valuesAt({ ...sources, listed, yielder: createYielder(monotonic, cancelled) }, ask)),
    moment: (ask: StoreQueries['moment'][0], cancelled: () => boolean): Promise<StoredMoment> =>
      shelf.answer((listed) => wholeMoment({ ...sources, listed, yielder: createYielder(monotonic, cancelled) }, ask)),
  }
}

interface Sources extends MomentSources {
  readonly prepare: PrepareOnce
}
/** A query in progress. */
interface Question extends Sources {
  readonly listed: readonly ListedArchive[]
  readonly yielder: Yielder
}

async function valuesAt(question: Question, { moment, subjects, hot }: StoreQueries['at'][0]): Promise<MomentValues[]> {
  const { live, ofLive, listed, yielder } = question
  const answer = emptyAnswer(subjects.length, metricIds)
  const owners = new Map<string, WantedOwner & { readonly wanted: Wanted[] }>()
  for (const [row, { ownerId, path }] of subjects.entries()) {
    const place = hot.subjects[row]
    const rounds = hot.owners[place?.owner ?? -1] ?? null
    const owner = owners.get(ownerId) ?? { ownerId, no: rounds?.no ?? -1, rounds, wanted: [] }
    owners.set(ownerId, owner)
    owner.wanted.push({ path, no: place?.no ?? -1, rows: place?.rows ?? null, older: place?.older ?? [], row })
  }
  for (const owner of owners.values()) {
    await yielder.yieldIfDue()
    const seals = owner.no < 0 ? [] : ofLive(() => live.seals(owner.no, hot.lastSeal, moment - longestLookBackMs, moment), [])
    await fill(question, owner, listed, seals, moment, answer, yielder)
  }
  return subjects.map((_, row) => valuesOfRow(answer, row))
}

function valuesOfRow({ at, values, metrics }: Answer, row: number): MomentValues {
  const foundAt = at[row] as number
  if (Number.isNaN(foundAt)) return null
  const known: Partial<Record<MetricId, number>> & { at: number } = { at: foundAt }
  for (const [m, id] of metrics.entries()) {
    const value = values[row * metrics.length + m] as number
    if (!Number.isNaN(value)) known[id] = value
  }
  return known
}

/** Where a path has data: its number in the live file, and its index in the writer's memory; -1: none there. */
interface FoundPath {
  no: number
  hot: number
}
interface FoundServer extends FoundPath {
  readonly paths: Map<string, FoundPath>
}
type FoundFleet = Map<string, FoundServer>

function foundServer(found: FoundFleet, ownerId: string): FoundServer {
  const known = found.get(ownerId) ?? { no: -1, hot: -1, paths: new Map<string, FoundPath>() }
  found.set(ownerId, known)
  return known
}
function foundPath({ paths }: FoundServer, path: string): FoundPath {
  const known = paths.get(path) ?? { no: -1, hot: -1 }
  paths.set(path, known)
  return known
}

type IsWanted = (ownerId: string, path: string) => boolean

async function wholeMoment(question: Question, { moment, hot, share }: StoreQueries['moment'][0]): Promise<StoredMoment> {
  const { prepare, live, ofLive, listed, yielder } = question
  // Hosts are not part of the fleet: their page queries series instead.
  const liveServers = new Map(
    ofLive(() => prepare<[], { no: number; id: string }>('SELECT no, id FROM servers').all(), [])
      .filter(({ id }) => ownerKindOf(id) === 'server')
      .map(({ no, id }) => [no, id]),
  )
  const namesOf = namesLookup(question)
  const isWanted: IsWanted = (ownerId, path) => !share || sumOf(share.by === 'server' ? ownerId : path) % share.of === share.index
  const facts = factsAt(question, listed, moment, liveServers, namesOf, isWanted)
  await yielder.yieldIfDue()

  const found: FoundFleet = new Map()
  for (const [no, id] of liveServers) foundServer(found, id).no = no
  findInMemory(found, hot, isWanted)
  for (const [id, paths] of facts) for (const [path, known] of paths) if (known.facts !== null) foundPath(foundServer(found, id), path)
  // One query for all servers, because each statement locks the file.
  const seals = ofLive(() => live.allSeals(hot.lastSeal, moment - longestLookBackMs, moment), new Map<number, () => LiveSeal[]>())
  const sealsOf = (server: number): readonly LiveSeal[] => ofLive(() => seals.get(server)?.() ?? [], [])
  await findInSeals(question, found, sealsOf, namesOf, moment, isWanted)
  findInArchives(question, found, moment, isWanted)
  await yielder.yieldIfDue()

  const { subjects, servers } = placesOfAnswer(found, hot)
  const answer = emptyAnswer(subjects.length, fleetMetricIds)
  for (const server of servers) {
    await yielder.yieldIfDue()
    await fill(question, server, listed, sealsOf(server.no), moment, answer, yielder)
  }
  return onlyKnown(subjects, answer, (row): KnownFacts | undefined => facts.get(subjects[row]?.ownerId ?? '')?.get(subjects[row]?.path ?? ''))
}

/** Reads the path names of a server by number, once. */
function namesLookup({ prepare, ofLive }: Question): (server: number) => ReadonlyMap<number, string> {
  const read = prepare<[number], { no: number; name: string }>('SELECT no, name FROM paths WHERE server = ?')
  const names = new Map<number, ReadonlyMap<number, string>>()
  return (server) => {
    const known = names.get(server) ?? new Map(ofLive(() => read.all(server), []).map(({ no, name }) => [no, name]))
    names.set(server, known)
    return known
  }
}

function findInMemory(found: FoundFleet, hot: StoreQueries['moment'][0]['hot'], isWanted: IsWanted): void {
  for (const [i, id] of hot.ownerIds.entries()) {
    const server = foundServer(found, id)
    server.no = hot.owners[i]?.no ?? -1
    server.hot = i
  }
  for (const [i, path] of hot.paths.entries()) {
    const place = hot.subjects[i]
    const ownerId = hot.ownerIds[place?.owner ?? -1] ?? ''
    if (!isWanted(ownerId, path)) continue
    const one = foundPath(foundServer(found, ownerId), path)
    one.no = place?.no ?? -1
    one.hot = i
  }
}

async function findInSeals(
  { live, ofLive, yielder }: Question,
  found: FoundFleet,
  sealsOf: (server: number) => readonly LiveSeal[],
  namesOf: (server: number) => ReadonlyMap<number, string>,
  moment: number,
  isWanted: IsWanted,
): Promise<void> {
  for (const [ownerId, server] of found) {
    if (server.no < 0) continue
    const ofServer = namesOf(server.no)
    for (const seal of sealsOf(server.no)) {
      if (!mayMatter(seal, moment)) continue
      for (const no of ofLive(() => live.subjectsOf(seal), [])) {
        const name = ofServer.get(no)
        if (name !== undefined && isWanted(ownerId, name)) foundPath(server, name).no = no
      }
    }
    await yielder.yieldIfDue()
  }
}

function findInArchives({ shelf, listed }: Question, found: FoundFleet, moment: number, isWanted: IsWanted): void {
  for (const span of planSources(listed, new Set(), 'samples', moment, moment))
    for (const one of span.archives)
      shelf.read(one, ({ numbers }) => {
        for (const [ownerId, ofServer] of numbers())
          if (ownerKindOf(ownerId) === 'server') for (const path of ofServer.keys()) if (isWanted(ownerId, path)) foundPath(foundServer(found, ownerId), path)
      })
}

/** Assigns a row of the answer to each path found. */
function placesOfAnswer(
  found: FoundFleet,
  hot: StoreQueries['moment'][0]['hot'],
): { readonly subjects: readonly StoredSubject[]; readonly servers: readonly WantedOwner[] } {
  const subjects: StoredSubject[] = []
  const servers: WantedOwner[] = []
  for (const [ownerId, { no, hot: hotServer, paths }] of found) {
    const wanted: Wanted[] = []
    for (const [path, place] of paths) {
      const inMemory = hot.subjects[place.hot]
      wanted.push({ path, no: place.no, rows: inMemory?.rows ?? null, older: inMemory?.older ?? [], row: subjects.length })
      subjects.push({ ownerId, path })
    }
    if (wanted.length > 0) servers.push({ ownerId, no, rounds: hot.owners[hotServer] ?? null, wanted })
  }
  return { subjects, servers }
}

/**
 * A hash of a name that is spread evenly even for similar names: FNV-1a with murmur3's final mixing, without which names that
 * contain a number twice ("site7/cam7") would all have even hashes.
 */
function sumOf(name: string): number {
  let sum = 0x811c9dc5
  for (let i = 0; i < name.length; i++) sum = Math.imul(sum ^ name.charCodeAt(i), 0x01000193)
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b)
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35)
  return (sum ^ (sum >>> 16)) >>> 0
}

/** An answer being filled: `values[row * metrics.length + metric]`. */
export interface Answer {
  readonly metrics: readonly MetricId[]
  readonly at: Float64Array
  readonly values: Float64Array
}

function emptyAnswer(rows: number, metrics: readonly MetricId[]): Answer {
  return {
    metrics,
    at: new Float64Array(rows).fill(Number.NaN),
    values: new Float64Array(rows * metrics.length).fill(Number.NaN),
  }
}

/** Memory and cached column mappings, reused for every row of an answer. */
interface RowScratch {
  readonly states: RowStates
  readonly places: WeakMap<SampleLayout, Map<readonly MetricId[], Int32Array>>
}
function createRowScratch(): RowScratch {
  return { states: createWideningRow(), places: new WeakMap() }
}

/** Index in the answer's row for each column of a layout; -1: not wanted. */
function placesOf({ places: placesOfLayouts }: RowScratch, layout: SampleLayout, metrics: readonly MetricId[]): Int32Array {
  const ofLayout = placesOfLayouts.get(layout) ?? new Map<readonly MetricId[], Int32Array>()
  placesOfLayouts.set(layout, ofLayout)
  const known = ofLayout.get(metrics)
  if (known) return known
  const places = Int32Array.from(layout.metrics, (id) => metrics.indexOf(id))
  ofLayout.set(metrics, places)
  return places
}

/** Reads the values of one round into the answer; false: the subject did not exist in that round. */
function readRowInto(
  scratch: RowScratch,
  chunk: Uint8Array | null,
  form: number,
  layout: SampleLayout,
  round: number,
  row: number,
  { values, metrics }: Answer,
): boolean {
  if (chunk === null) return false
  const { states } = scratch
  const offset = row * metrics.length
  const places = placesOf(scratch, layout, metrics)
  if (form === columnForm) {
    if (lastRowAt(chunk, round) !== round) return false
    for (let c = 0; c < places.length; c++)
      if ((places[c] as number) >= 0) values[offset + (places[c] as number)] = wholeAt(chunk, c, round) / (layout.scales[c] as number)
    return true
  }
  clearRowStates(states)
  const cursor: ByteCursor = { bytes: chunk, at: 0 }
  let last = -1
  // A row only contains changes, so all rows before it must be read.
  while (cursor.at < chunk.length && last < round) last += 1 + decodeRow(cursor, states, 0)
  if (last !== round) return false
  for (let c = 0; c < places.length; c++)
    if ((places[c] as number) >= 0)
      values[offset + (places[c] as number)] = !isColumnKnown(states, 0, c) ? Number.NaN : (states.last[c] as number) / (layout.scales[c] as number)
  return true
}

/** Reads the last values of the bucket that contains the moment into the answer, if the subject was watched at that moment. */
function readBucketInto(scratch: RowScratch, bytes: Uint8Array, layout: SampleLayout, tier: Tier, moment: number, row: number, answer: Answer): void {
  const buckets = decodeBuckets(bytes)
  const stepMs = tierStepMs[tier]
  const k = Math.floor(moment / stepMs) - buckets.first
  if (k < 0 || k >= buckets.length) return
  if (!buckets.spans.some(([from, to]) => from <= moment && moment < to + (missingIntervals - 1) * buckets.usualMs)) return
  const places = placesOf(scratch, layout, answer.metrics)
  for (const [column, of] of buckets.columns) {
    const place = places[column] ?? -1
    if (place < 0 || (of.count[k] as number) === 0) continue
    answer.values[row * answer.metrics.length + place] = (of.last[k] as number) / (layout.scales[column] as number)
    answer.at[row] = (buckets.first + k) * stepMs
  }
}

/** Converts the answer, leaving out subjects of which nothing was known. */
function onlyKnown(
  subjects: readonly StoredSubject[],
  { at, values, metrics }: Answer,
  factsOf: (row: number) => { readonly at: number; readonly facts: object | null } | undefined,
): StoredMoment {
  const known = subjects.map((_, row) => factsOf(row))
  const rows: number[] = []
  for (let row = 0; row < subjects.length; row++) if (!Number.isNaN(at[row] as number) || known[row]?.facts) rows.push(row)
  const kept = new Float64Array(rows.length * metrics.length)
  for (const [i, row] of rows.entries()) kept.set(values.subarray(row * metrics.length, (row + 1) * metrics.length), i * metrics.length)
  return {
    subjects: rows.map((row) => subjects[row] as StoredSubject),
    at: Float64Array.from(rows, (row) => at[row] as number),
    metrics,
    values: kept,
    facts: rows.map((row) => known[row]?.facts ?? null),
    factsAt: Float64Array.from(rows, (row) => known[row]?.at ?? Number.NaN),
  }
}

interface FactSources {
  readonly prepare: PrepareOnce
  readonly shelf: ArchiveShelf
  readonly ofLive: ReadPart
}
interface FactRow {
  readonly server: number
  readonly path: number
  readonly at: number
  readonly text: number | null
}
// With max(), SQLite takes the text from the row of the maximum.
const factsUntil = 'SELECT server, path, max(at) AS at, text FROM facts WHERE at <= ? GROUP BY server, path'

/** The newest facts of a subject; null: it was gone by then. */
interface KnownFacts {
  readonly at: number
  readonly facts: object | null
}
/** The newest facts of each subject at or before the moment, by owner and path. */
function factsAt(
  { prepare, shelf, ofLive }: FactSources,
  listed: readonly ListedArchive[],
  moment: number,
  ownerIds: ReadonlyMap<number, string>,
  namesOf: (server: number) => ReadonlyMap<number, string>,
  isWanted: (ownerId: string, path: string) => boolean,
) {
  const found = new Map<string, Map<string, KnownFacts>>()
  const parsed = new Map<string, object>()
  const put = (ownerId: string, path: string, at: number, json: string | null): void => {
    const ofOwner = found.get(ownerId) ?? new Map<string, KnownFacts>()
    found.set(ownerId, ofOwner)
    if ((ofOwner.get(path)?.at ?? Number.NEGATIVE_INFINITY) > at) return
    // If the newest facts are damaged, older ones must not take their place.
    ofOwner.delete(path)
    let facts = json === null ? null : parsed.get(json)
    if (facts === undefined && json !== null) {
      facts = storedObject(json, `the facts of ${partText(ownerId, path)} of ${ownerText(ownerId)}`)
      parsed.set(json, facts)
    }
    ofOwner.set(path, { at, facts: facts ?? null })
  }
  const day = dayOf(moment)
  // A day's file also contains the facts that held at the start of the day.
  for (const one of listed)
    if (one.tier === 'minutes' && one.firstDay <= day && day <= one.lastDay)
      shelf.read(one, ({ factsAt }) =>
        factsAt(
          moment,
          (ownerId, path) => isWanted(ownerId, path) && ownerKindOf(ownerId) === 'server',
          (ownerId, path, { at, json }) => put(ownerId, path, at, json),
        ),
      )
  ofLive(() => {
    const rows = prepare<[number], FactRow>(factsUntil).all(moment)
    if (rows.length === 0) return
    const texts = new Map(
      prepare<[], { id: number; json: string }>('SELECT id, json FROM texts')
        .all()
        .map(({ id, json }) => [id, json]),
    )
    for (const { server, path, at, text } of rows) {
      const ownerId = ownerIds.get(server)
      const name = namesOf(server).get(path)
      if (ownerId === undefined || name === undefined || !isWanted(ownerId, name)) continue
      ofLive(() => put(ownerId, name, at, text === null ? null : (texts.get(text) ?? null)), undefined)
    }
  }, undefined)
  return found
}

const subjectsPerPiece = 64
/** Up to this many subjects of an owner are looked up one by one; for more, all are read at once. */
const fewLookups = 100

/** Where to look for the rounds of a moment, besides those in the writer's memory that came with the query. */
interface MomentSources {
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
interface WantedOwner {
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
function mayMatter(seal: { readonly from: number; readonly to: number; readonly usualMs: number | null }, moment: number): boolean {
  return seal.from <= moment && seal.to >= moment - missingIntervals * Math.max(seal.usualMs ?? 0, assumedIntervalMs)
}
