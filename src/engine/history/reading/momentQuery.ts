import { crc32 } from 'node:zlib'
import { fleetMetricIds } from '../../../shared/metrics.ts'
import { type Tier, tierStepMs } from '../../../shared/tiers.ts'
import type { PrepareOnce } from '../../storage/openDatabase.ts'
import { type BucketTier, blockOf, hourMs, hourOf } from '../archive/archive.ts'
import {
  assumedIntervalMs,
  type ByteCursor,
  clearRowStates,
  createRowStates,
  decodeBuckets,
  decodeRound,
  decodeRow,
  isColumnKnown,
  missingIntervals,
  mostColumns,
  storedObject,
  usualInterval,
} from '../codec/codec.ts'
import type { LiveSeal } from '../live/live.ts'
import {
  dayOf,
  type HotSamples,
  layoutOf,
  layoutOfPath,
  ownerKindOf,
  ownerText,
  partText,
  type SampleLayout,
  type StoredGap,
  type StoredMoment,
  type StoredSubject,
  type StoreQueries,
} from '../protocol/protocol.ts'
import { hasSamples, type ListedArchive, type OpenedArchive, planSources, type SourceSpan } from './archiveShelf.ts'
import type { SeriesSources, Yielder } from './seriesQuery.ts'

interface MomentSources extends Pick<SeriesSources, 'live' | 'shelf' | 'ofLive'> {
  readonly prepare: PrepareOnce
}

/** Seals are about ten minutes long; an interval is 20 minutes at most. */
const longestLookBackMs = hourMs
const metrics = fleetMetricIds
const subjectsPerPiece = 64
/** A subject that may be in the answer. */
interface Wanted extends StoredSubject {
  readonly row: number
  /** Number in the live file; -1: it is not there. */
  no: number
  /** Its rows in the writer's memory, and those of rounds waiting to be sealed. */
  rows: Uint8Array | null
  older: readonly (Uint8Array | null)[]
  /** Its newest facts, and since when they hold. null: it was gone by then, or there are none (NaN). */
  facts: object | null
  factsAt: number
}
interface WantedServer {
  readonly ownerId: string
  no: number
  rounds: HotSamples['owners'][number] | null
  readonly wanted: Map<string, Wanted>
}

interface Question extends MomentSources {
  readonly moment: number
  readonly listed: readonly ListedArchive[]
  readonly yielder: Yielder
  readonly servers: Map<string, WantedServer>
  /** By row. */
  readonly subjects: Wanted[]
  /** Whether a subject belongs to the share of this query. */
  readonly isWanted: (ownerId: string, path: string) => boolean
  /** Path names of a server of the live file by number. */
  readonly namesOf: (server: number) => ReadonlyMap<number, string>
}

/** Reads what was known at one moment: the newest sample at or before it, unless it is older than three usual intervals or lies before a gap. */
export async function readMoment(
  sources: MomentSources,
  listed: readonly ListedArchive[],
  { moment, hot, share }: StoreQueries['moment'][0],
  yielder: Yielder,
): Promise<StoredMoment> {
  const { prepare, live, ofLive } = sources
  const servers = new Map<string, WantedServer>()
  const subjects: Wanted[] = []
  const isWanted = (ownerId: string, path: string) => !share || crc32(share.by === 'server' ? ownerId : path) % share.of === share.index
  const question: Question = { ...sources, moment, listed, yielder, servers, subjects, isWanted, namesOf: namesLookup(sources) }
  // Hosts are not part of the fleet: their page queries series instead.
  for (const { no, id } of ofLive(() => prepare<[], { no: number; id: string }>('SELECT no, id FROM servers').all(), []))
    if (ownerKindOf(id) === 'server') serverOf(question, id).no = no
  readFacts(question)
  await yielder.yieldIfDue()

  for (const [i, id] of hot.ownerIds.entries()) {
    const server = serverOf(question, id)
    server.rounds = hot.owners[i] ?? null
    server.no = server.rounds?.no ?? -1
  }
  for (const [i, path] of hot.paths.entries()) {
    const place = hot.subjects[i]
    const wanted = want(question, hot.ownerIds[place?.owner ?? -1] ?? '', path)
    if (place && wanted) Object.assign(wanted, { no: place.no, rows: place.rows, older: place.older })
  }
  // One query for all servers, because each statement locks the file.
  const seals = ofLive(() => live.allSeals(hot.lastSeal, moment - longestLookBackMs, moment), new Map<number, () => LiveSeal[]>())
  const sealsOf = new Map([...servers.values()].map((server) => [server, ofLive(() => seals.get(server.no)?.() ?? [], [])]))
  for (const [server, ofServer] of sealsOf) {
    for (const seal of ofServer) {
      if (!mayMatter(seal, moment)) continue
      for (const no of ofLive(() => live.subjectsOf(seal), [])) {
        const name = question.namesOf(server.no).get(no)
        const wanted = name === undefined ? null : want(question, server.ownerId, name)
        if (wanted) wanted.no = no
      }
    }
    await yielder.yieldIfDue()
  }
  for (const span of planSources(listed, new Set(), 'samples', moment, moment))
    for (const one of span.archives)
      question.shelf.read(one, ({ numbers }) => {
        for (const [ownerId, paths] of numbers()) if (ownerKindOf(ownerId) === 'server') for (const path of paths.keys()) want(question, ownerId, path)
      })
  await yielder.yieldIfDue()

  const answer = createAnswer(subjects.length)
  for (const server of servers.values()) {
    await yielder.yieldIfDue()
    if (server.wanted.size > 0) await fill(question, server, sealsOf.get(server) ?? [], answer)
  }
  const found = subjects.filter(({ row, facts }) => !Number.isNaN(answer.at[row] as number) || facts !== null)
  const values = new Float64Array(found.length * metrics.length)
  for (const [i, { row }] of found.entries()) values.set(answer.values.subarray(row * metrics.length, (row + 1) * metrics.length), i * metrics.length)
  return {
    subjects: found.map(({ ownerId, path }) => ({ ownerId, path })),
    at: Float64Array.from(found, ({ row }) => answer.at[row] as number),
    metrics,
    values,
    facts: found.map(({ facts }) => facts),
    factsAt: Float64Array.from(found, ({ factsAt }) => factsAt),
  }
}

function serverOf({ servers }: Question, ownerId: string): WantedServer {
  const server = servers.get(ownerId) ?? { ownerId, no: -1, rounds: null, wanted: new Map() }
  servers.set(ownerId, server)
  return server
}

/** Adds a subject to the answer; null: it belongs to another share. */
function want(question: Question, ownerId: string, path: string): Wanted | null {
  if (!question.isWanted(ownerId, path)) return null
  const { wanted } = serverOf(question, ownerId)
  let one = wanted.get(path)
  if (one === undefined) {
    one = { ownerId, path, row: question.subjects.length, no: -1, rows: null, older: [], facts: null, factsAt: Number.NaN }
    question.subjects.push(one)
    wanted.set(path, one)
  }
  return one
}

function namesLookup({ prepare, ofLive }: MomentSources): Question['namesOf'] {
  const read = prepare<[number], { no: number; name: string }>('SELECT no, name FROM paths WHERE server = ?')
  const names = new Map<number, ReadonlyMap<number, string>>()
  return (server) => {
    const known = names.get(server) ?? new Map(ofLive(() => read.all(server), []).map(({ no, name }) => [no, name]))
    names.set(server, known)
    return known
  }
}

interface FactRow {
  readonly server: number
  readonly path: number
  readonly at: number
  readonly text: number | null
}
// With max(), SQLite takes the text from the row of the maximum.
const factsUntil = 'SELECT server, path, max(at) AS at, text FROM facts WHERE at <= ? GROUP BY server, path'

/** Reads the newest facts of each subject at or before the moment. */
function readFacts(question: Question): void {
  const { prepare, shelf, ofLive, listed, moment, servers, namesOf, isWanted } = question
  const parsed = new Map<string, object>()
  const put = (ownerId: string, path: string, at: number, json: string | null): void => {
    const wanted = want(question, ownerId, path)
    if (wanted === null || wanted.factsAt > at) return
    // If the newest facts are damaged, older ones must not take their place.
    Object.assign(wanted, { facts: null, factsAt: Number.NaN })
    const facts = json === null ? null : (parsed.get(json) ?? storedObject(json, `the facts of ${partText(ownerId, path)} of ${ownerText(ownerId)}`))
    if (json !== null && facts !== null) parsed.set(json, facts)
    Object.assign(wanted, { facts, factsAt: at })
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
    const ownerIds = new Map([...servers.values()].map(({ no, ownerId }) => [no, ownerId]))
    for (const { server, path, at, text } of rows) {
      const ownerId = ownerIds.get(server)
      const name = namesOf(server).get(path)
      if (ownerId === undefined || name === undefined) continue
      ofLive(() => put(ownerId, name, at, text === null ? null : (texts.get(text) ?? null)), undefined)
    }
  }, undefined)
}

type Answer = ReturnType<typeof createAnswer>

function createAnswer(rows: number) {
  return { at: new Float64Array(rows).fill(Number.NaN), values: new Float64Array(rows * metrics.length).fill(Number.NaN) }
}

const placesOfLayouts = new WeakMap<SampleLayout, Int32Array>()
/** Index in the answer's row for each column of a layout; -1: not wanted. */
function placesOf(layout: SampleLayout): Int32Array {
  const places = placesOfLayouts.get(layout) ?? Int32Array.from(layout.metrics, (id) => metrics.indexOf(id))
  placesOfLayouts.set(layout, places)
  return places
}

/** The whole numbers of one round, by column; NaN: unknown. */
const wholes = new Float64Array(mostColumns)
/** Puts them into the answer. */
function putWholes({ scales }: SampleLayout, places: Int32Array, row: number, { values }: Answer): void {
  for (let c = 0; c < places.length; c++) {
    const place = places[c] as number
    if (place >= 0) values[row * metrics.length + place] = (wholes[c] as number) / (scales[c] as number)
  }
}

/** Reads the values of one round of a chunk into the answer; false: the subject did not exist in that round. */
function readChunkInto(chunk: Uint8Array | null, layout: SampleLayout, round: number, row: number, answer: Answer): boolean {
  const places = placesOf(layout)
  if (chunk === null || !decodeRound(chunk, round, (column) => (places[column] ?? -1) >= 0, wholes)) return false
  putWholes(layout, places, row, answer)
  return true
}

const states = createRowStates()
/** The same of the rows in memory. */
function readRowsInto(rows: Uint8Array | null, layout: SampleLayout, round: number, row: number, answer: Answer): boolean {
  if (rows === null) return false
  clearRowStates(states)
  const cursor: ByteCursor = { bytes: rows, at: 0 }
  let last = -1
  // A row only contains changes, so all rows before it must be read.
  while (cursor.at < rows.length && last < round) last += 1 + decodeRow(cursor, states, 0)
  if (last !== round) return false
  const places = placesOf(layout)
  for (let c = 0; c < places.length; c++) wholes[c] = isColumnKnown(states, 0, c) ? (states.last[c] as number) : Number.NaN
  putWholes(layout, places, row, answer)
  return true
}

/** Reads the last values of the bucket that contains the moment into the answer, if the subject was watched at that moment. */
function readBucketInto(bytes: Uint8Array, layout: SampleLayout, tier: Tier, moment: number, row: number, { at, values }: Answer): void {
  const buckets = decodeBuckets(bytes)
  const stepMs = tierStepMs[tier]
  const k = Math.floor(moment / stepMs) - buckets.first
  if (k < 0 || k >= buckets.length) return
  if (!buckets.spans.some(([from, to]) => from <= moment && moment < to + (missingIntervals - 1) * buckets.usualMs)) return
  const places = placesOf(layout)
  for (const [column, of] of buckets.columns) {
    const place = places[column] ?? -1
    if (place < 0 || (of.count[k] as number) === 0) continue
    values[row * metrics.length + place] = (of.last[k] as number) / (layout.scales[column] as number)
    at[row] = (buckets.first + k) * stepMs
  }
}

/** Some rounds of an owner, from memory, the live file or an archive. */
interface Section {
  readonly hasSamples: boolean
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
  readonly usualMs: number | null
  /** Writes the subject's values of that round into the answer; false: the subject did not exist then. */
  readonly take: (wanted: Wanted, round: number, answer: Answer) => boolean
}

const hotSections = ({ ownerId, rounds }: WantedServer): Section[] =>
  rounds === null
    ? []
    : [...rounds.older, rounds].map(({ times, gaps }, i) => ({
        hasSamples: true,
        times,
        gaps,
        usualMs: usualInterval(times),
        take: ({ path, rows, older, row }, round, answer) =>
          readRowsInto(i < rounds.older.length ? (older[i] ?? null) : rows, layoutOf(ownerId, path), round, row, answer),
      }))

function liveSections({ live, ofLive }: Question, { wanted }: WantedServer, seals: readonly LiveSeal[], span: SourceSpan): Section[] {
  const nos = [...wanted.values()].flatMap(({ no }) => (no < 0 ? [] : [no]))
  return seals
    .filter(({ from, hasSamples }) => hasSamples && dayOf(from) >= span.firstDay && dayOf(from) <= span.lastDay)
    .map((seal) => {
      let chunks: ReadonlyMap<number, Uint8Array> | null = null
      return {
        ...seal,
        take: ({ no, path, row }, round, answer) => {
          chunks ??= live.chunks(seal, nos)
          const chunk = chunks.get(no) ?? null
          return ofLive(() => readChunkInto(chunk, layoutOfPath(seal, path), round, row, answer), false)
        },
      }
    })
}

function archiveSections({ shelf, moment }: Question, { ownerId }: WantedServer, listed: ListedArchive, opened: OpenedArchive, span: SourceSpan): Section[] {
  const seals = opened
    .seals(ownerId, moment, moment)
    .filter((seal) => dayOf(seal.from) >= span.firstDay && dayOf(seal.from) <= span.lastDay && mayMatter(seal, moment))
  const own = seals[0] ? opened.ownChunks(ownerId, seals[0].hour, hourOf(moment)) : new Map<number, Uint8Array>()
  return seals.map((seal): Section => {
    // Callers go subject by subject, and ask each for several rounds: cache the last chunk.
    let chunkOf: string | null = null
    let chunk: Uint8Array | null = null
    return {
      ...seal,
      hasSamples: hasSamples(seal, own),
      // The archive may have been closed in between; `shelf.read` reopens it.
      take: ({ path, row }, round, answer) =>
        shelf.read(listed, (again) => {
          if (chunkOf !== path) chunk = again.chunk(again.numberOf(ownerId, path), seal)
          chunkOf = path
          return readChunkInto(chunk, layoutOfPath(seal, path), round, row, answer)
        }),
    }
  })
}

interface Candidate {
  readonly section: Section
  readonly round: number
  readonly at: number
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
    for (const [round, at] of section.times.entries()) if (at >= oldest && at <= moment) found.push({ section, round, at })
  }
  // Reversed first, so that of rounds with the same time the later one wins.
  return found.reverse().sort((a, b) => b.at - a.at)
}

/** Writes the known values of one server's subjects into the answer. */
async function fill(question: Question, server: WantedServer, seals: readonly LiveSeal[], answer: Answer): Promise<void> {
  const { shelf, listed, moment, yielder } = question
  const spans = planSources(listed, new Set(seals.map(({ from }) => dayOf(from))), 'samples', moment, moment)
  const sections: Section[] = []
  /** Spans whose samples were not all stored. */
  const lacking = new Set<SourceSpan>()
  for (const span of spans) {
    if (span.archives.length === 0) sections.push(...liveSections(question, server, seals, span))
    else if (span.tier === 'samples')
      for (const one of span.archives)
        for (const section of shelf.read(one, (opened) => archiveSections(question, server, one, opened, span))) {
          sections.push(section)
          if (!section.hasSamples) lacking.add(span)
        }
  }
  sections.push(...hotSections(server))
  const candidates = candidatesOf(sections, moment)
  let n = 0
  if (candidates.length > 0)
    for (const wanted of server.wanted.values()) {
      if (n++ % subjectsPerPiece === 0) await yielder.yieldIfDue()
      const found = candidates.find(({ section, round }) => section.take(wanted, round, answer))
      if (found) answer.at[wanted.row] = found.at
    }
  for (const span of spans) {
    if (span.archives.length === 0 || span.tier !== 'samples') fillFromBuckets(question, server, seals, span, answer)
    else if (lacking.has(span)) {
      const archives = listed.filter(({ tier, firstDay }) => tier === 'minutes' && firstDay >= span.firstDay && firstDay <= span.lastDay)
      if (archives.length > 0) fillFromBuckets(question, server, [], { ...span, archives, tier: 'minutes' }, answer)
    }
  }
}

/** Fills in from coarser archives, or from the minutes of seals without samples. */
function fillFromBuckets({ live, shelf, ofLive, moment }: Question, server: WantedServer, seals: readonly LiveSeal[], span: SourceSpan, answer: Answer): void {
  const missing = [...server.wanted.values()].filter(({ row }) => Number.isNaN(answer.at[row] as number))
  const tier = span.archives.length === 0 ? 'minutes' : (span.tier as BucketTier)
  // A file of several days may also cover the moment when a finer source has it.
  const bucketAt = Math.floor(moment / tierStepMs[tier]) * tierStepMs[tier]
  if (missing.length === 0 || bucketAt < span.after || bucketAt >= span.before) return
  const block = blockOf(tier, moment)
  for (const listed of span.archives)
    shelf.read(listed, (opened) => {
      const { archive } = opened
      for (const { path, row } of missing) {
        const no = opened.numberOf(server.ownerId, path)
        for (const { parts } of no === null ? [] : archive.bucketRows(no, block, block))
          for (const { layout, bytes } of parts) readBucketInto(bytes, archive.layout(layout), tier, moment, row, answer)
      }
    })
  if (span.archives.length > 0) return
  const nos = missing.flatMap(({ no }) => (no < 0 ? [] : [no]))
  for (const seal of seals) {
    const day = dayOf(seal.from)
    if (seal.hasSamples || day < span.firstDay || day > span.lastDay || !mayMatter(seal, moment)) continue
    ofLive(() => {
      const all = live.minutes(seal, nos)
      for (const { no, path, row } of missing) {
        const bytes = all.get(no)
        if (bytes) readBucketInto(bytes, layoutOfPath(seal, path), tier, moment, row, answer)
      }
    }, undefined)
  }
}

/** Whether a round of the seal may contain values known at the moment. */
function mayMatter(seal: { readonly from: number; readonly to: number; readonly usualMs: number | null }, moment: number): boolean {
  return seal.from <= moment && seal.to >= moment - missingIntervals * Math.max(seal.usualMs ?? 0, assumedIntervalMs)
}
