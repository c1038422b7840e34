import { type Tier, tierStepMs } from '../../../shared/history.ts'
import { fleetMetricIds, type MetricId, metricIds } from '../../../shared/metrics.ts'
import type { Database } from '../../storage/openDatabase.ts'
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
  rowForm,
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
  ownName,
  type ReaderAsks,
  type SampleLayout,
  type StoredGap,
  type StoredMoment,
  type StoredSubject,
} from '../protocol/protocol.ts'
import type { ArchiveShelf, OpenedArchive } from './archiveShelf.ts'
import { type ListedArchive, planSources, type SourceSpan } from './readSources.ts'
import { createYielder, type Yielder } from './yielder.ts'

/** What was known at one moment: the newest sample at or before it, not older than three usual intervals and not before a gap. */
export interface MomentReader {
  readonly at: (ask: ReaderAsks['at'][0], cancelled: () => boolean) => Promise<MomentValues[]>
  readonly moment: (ask: ReaderAsks['moment'][0], cancelled: () => boolean) => Promise<StoredMoment>
}

export interface MomentReaderDeps {
  readonly db: Database
  readonly live: LiveStore
  readonly shelf: ArchiveShelf
  /** Reads the live file; what is damaged there is left out. */
  readonly ofLive: ReadPart
  readonly monotonic: () => number
}

/** Seals are about ten minutes long; an interval is 20 minutes at most. */
const longestLookBackMs = hourMs
const subjectsPerPiece = 64
/** Subjects of one server that are looked up each; for more of them all are read at once. */
const fewLookups = 100

/** One subject, and its row in the answer. */
interface Wanted {
  readonly path: string
  /** In the live file; -1: it is not there. */
  readonly no: number
  readonly rows: Uint8Array | null
  readonly older: readonly (Uint8Array | null)[]
  readonly row: number
}
interface WantedServer {
  readonly serverId: string
  /** In the live file; -1: it is not there. */
  readonly no: number
  readonly rounds: (HotRounds & { readonly older: readonly HotRounds[] }) | null
  readonly wanted: readonly Wanted[]
}

/** Where the answer goes: `values[row * metrics.length + metric]`. */
interface Answer {
  readonly metrics: readonly MetricId[]
  readonly at: Float64Array
  readonly values: Float64Array
}

const emptyAnswer = (rows: number, metrics: readonly MetricId[]): Answer => ({
  metrics,
  at: new Float64Array(rows).fill(Number.NaN),
  values: new Float64Array(rows * metrics.length).fill(Number.NaN),
})

/** Some rounds of a server, wherever they lie. */
interface Section {
  readonly isArchived: boolean
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
  readonly usualMs: number | null
  /** Puts what was known of the subject in that round into the answer; false: it was not there then. */
  readonly take: (wanted: Wanted, round: number, answer: Answer) => boolean
}
interface Candidate {
  readonly section: Section
  readonly round: number
  readonly at: number
}

export function createMomentReader({ db, live, shelf, ofLive, monotonic }: MomentReaderDeps): MomentReader {
  const states = createWideningRow()
  const placesOfLayouts = new WeakMap<SampleLayout, Map<readonly MetricId[], Int32Array>>()
  /** Where in a row of the answer each column of a layout goes; -1: nowhere. */
  const placesOf = (layout: SampleLayout, metrics: readonly MetricId[]): Int32Array => {
    const ofLayout = placesOfLayouts.get(layout) ?? new Map<readonly MetricId[], Int32Array>()
    placesOfLayouts.set(layout, ofLayout)
    const known = ofLayout.get(metrics)
    if (known) return known
    const places = Int32Array.from(layout.metrics, (id) => metrics.indexOf(id))
    ofLayout.set(metrics, places)
    return places
  }

  /** Takes the row of one round; false: the subject was not there in it. */
  const takeRow = (chunk: Uint8Array | null, form: number, layout: SampleLayout, round: number, row: number, { values, metrics }: Answer): boolean => {
    if (chunk === null) return false
    const offset = row * metrics.length
    const places = placesOf(layout, metrics)
    if (form === columnForm) {
      if (lastRowAt(chunk, round) !== round) return false
      for (let c = 0; c < places.length; c++)
        if ((places[c] as number) >= 0) values[offset + (places[c] as number)] = wholeAt(chunk, c, round) / (layout.scales[c] as number)
      return true
    }
    clearRowStates(states)
    const cursor: ByteCursor = { bytes: chunk, at: 0 }
    let last = -1
    // A row says only what changed: all before it are read.
    while (cursor.at < chunk.length && last < round) last += 1 + decodeRow(cursor, states, 0)
    if (last !== round) return false
    for (let c = 0; c < places.length; c++)
      if ((places[c] as number) >= 0)
        values[offset + (places[c] as number)] = !isColumnKnown(states, 0, c) ? Number.NaN : (states.last[c] as number) / (layout.scales[c] as number)
    return true
  }

  const hotSections = (server: WantedServer): Section[] => {
    const { rounds } = server
    if (!rounds) return []
    return [...rounds.older, rounds].map((of, i) => ({
      isArchived: false,
      times: of.times,
      gaps: of.gaps,
      usualMs: usualInterval(of.times),
      take: ({ path, rows, older, row }, round, answer) =>
        takeRow(i < rounds.older.length ? (older[i] ?? null) : rows, rowForm, layoutOf(server.serverId, path), round, row, answer),
    }))
  }

  const liveSections = (server: WantedServer, seals: readonly LiveSeal[], span: SourceSpan): Section[] => {
    const nos = server.wanted.flatMap(({ no }) => (no < 0 ? [] : [no]))
    return seals.flatMap((seal): Section[] => {
      const day = dayOf(seal.from)
      if (!seal.hasSamples || day < span.firstDay || day > span.lastDay) return []
      let chunks: ReadonlyMap<number, Uint8Array> | null = null
      return [
        {
          isArchived: false,
          times: ofLive(seal.times, new Float64Array(0), seal),
          gaps: seal.gaps,
          usualMs: seal.usualMs,
          take: ({ no, path, row }, round, answer) => {
            chunks ??= live.chunks(seal, nos)
            const chunk = chunks.get(no) ?? null
            return ofLive(() => takeRow(chunk, seal.form, isOwnName(path) ? seal.serverLayout : seal.pathLayout, round, row, answer), false, seal)
          },
        },
      ]
    })
  }

  /** Numbers of a whole server's subjects are not looked up one by one. */
  const noOf = ({ numbers, numberOf }: OpenedArchive, { serverId, wanted }: WantedServer, path: string): number | null =>
    wanted.length > fewLookups ? (numbers().get(serverId)?.get(path) ?? null) : numberOf(serverId, path)

  const archiveSections = (
    server: WantedServer,
    moment: number,
    listed: ListedArchive,
    { archive, lastHour, numberOf }: OpenedArchive,
    span: SourceSpan,
  ): Section[] => {
    const no = numberOf(server.serverId, ownName)
    const last = no === null ? null : lastHour(no, hourOf(moment))
    if (no === null || last === null) return []
    const first = lastHour(no, last - 1) ?? last
    return archive.rounds(no, first, last).flatMap(({ hour, bytes }) => {
      return decodeRounds(bytes).flatMap((seal, index): Section[] => {
        const day = dayOf(seal.from)
        if (day < span.firstDay || day > span.lastDay || !mayMatter(seal, moment)) return []
        // Subjects are asked one after another, each for some rounds.
        let chunkOf: string | null = null
        let chunk: Uint8Array | null = null
        return [
          {
            isArchived: true,
            times: seal.times,
            gaps: seal.gaps,
            usualMs: seal.usualMs,
            // Others may close the archive in between: it is opened again then.
            take: ({ path, row }, round, answer) =>
              shelf.read(listed, (opened) => {
                if (chunkOf !== path) {
                  const subject = noOf(opened, server, path)
                  chunk = subject === null ? null : opened.chunkOf(subject, hour, index)
                  chunkOf = path
                }
                return takeRow(chunk, columnForm, opened.archive.layout(isOwnName(path) ? seal.serverLayout : seal.pathLayout), round, row, answer)
              }),
          },
        ]
      })
    })
  }

  /** The rounds that may tell what was known, the best first. */
  const candidatesOf = (sections: readonly Section[], moment: number): Candidate[] => {
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
    // Of the same time the one that came later.
    return found.reverse().sort((a, b) => b.at - a.at)
  }

  /** The last values of the bucket that the moment is in, where the subject was watched at that moment. */
  const takeBucket = (bytes: Uint8Array, layout: SampleLayout, tier: Tier, moment: number, row: number, answer: Answer): void => {
    const buckets = decodeBuckets(bytes)
    const stepMs = tierStepMs[tier]
    const k = Math.floor(moment / stepMs) - buckets.first
    if (k < 0 || k >= buckets.length) return
    if (!buckets.spans.some(([from, to]) => from <= moment && moment < to + (missingIntervals - 1) * buckets.usualMs)) return
    const places = placesOf(layout, answer.metrics)
    for (const [column, of] of buckets.columns) {
      const place = places[column] ?? -1
      if (place < 0 || (of.count[k] as number) === 0) continue
      answer.values[row * answer.metrics.length + place] = (of.last[k] as number) / (layout.scales[column] as number)
      answer.at[row] = (buckets.first + k) * stepMs
    }
  }

  const fillFromBuckets = (server: WantedServer, seals: readonly LiveSeal[], span: SourceSpan, moment: number, answer: Answer): void => {
    const missing = server.wanted.filter(({ row }) => Number.isNaN(answer.at[row] as number))
    // A file of several days may hold the moment, too, when a finer one tells it.
    const stepMs = tierStepMs[span.archives.length === 0 ? 'minutes' : span.tier]
    const bucketAt = Math.floor(moment / stepMs) * stepMs
    if (missing.length === 0 || bucketAt < span.after || bucketAt >= span.before) return
    for (const listed of span.archives)
      shelf.read(listed, (opened) => {
        const { archive } = opened
        const tier = span.tier as BucketTier
        const block = blockOf(tier, moment)
        for (const { path, row } of missing) {
          const no = noOf(opened, server, path)
          for (const { parts } of no === null ? [] : archive.bucketRows(no, block, block))
            for (const { layout, bytes } of parts) takeBucket(bytes, archive.layout(layout), tier, moment, row, answer)
        }
      })
    if (span.archives.length > 0) return
    const nos = missing.flatMap(({ no }) => (no < 0 ? [] : [no]))
    for (const seal of seals) {
      const day = dayOf(seal.from)
      if (seal.hasSamples || day < span.firstDay || day > span.lastDay || !mayMatter(seal, moment)) continue
      ofLive(
        () => {
          const all = live.allMinutes(seal, nos)
          for (const { no, path, row } of missing) {
            const bytes = all.get(no)
            if (bytes) takeBucket(bytes, isOwnName(path) ? seal.serverLayout : seal.pathLayout, 'minutes', moment, row, answer)
          }
        },
        undefined,
        seal,
      )
    }
  }

  /** Whether there were rounds, but not even the server's own samples of them, which are always among them. */
  const hadNoSamples = (candidates: readonly Candidate[]): boolean => {
    const own: Wanted = { path: ownName, no: -1, rows: null, older: [], row: 0 }
    const scratch = emptyAnswer(1, metricIds)
    return (
      candidates.some(({ section }) => section.isArchived) && !candidates.some(({ section, round }) => section.isArchived && section.take(own, round, scratch))
    )
  }

  /** Puts what was known of one server's subjects into the answer. */
  const fill = async (
    server: WantedServer,
    listed: readonly ListedArchive[],
    seals: readonly LiveSeal[],
    moment: number,
    answer: Answer,
    yielder: Yielder,
  ): Promise<void> => {
    const spans = planSources(listed, new Set(seals.map(({ from }) => dayOf(from))), 'samples', moment, moment)
    const sections: Section[] = []
    for (const span of spans) {
      if (span.archives.length === 0) sections.push(...liveSections(server, seals, span))
      else if (span.tier === 'samples')
        for (const one of span.archives) sections.push(...shelf.read(one, (opened) => archiveSections(server, moment, one, opened, span)))
    }
    sections.push(...hotSections(server))
    const candidates = candidatesOf(sections, moment)
    if (candidates.length > 0)
      for (const [n, wanted] of server.wanted.entries()) {
        if (n % subjectsPerPiece === 0) await yielder.yieldIfDue()
        const found = candidates.find(({ section, round }) => section.take(wanted, round, answer))
        if (found) answer.at[wanted.row] = found.at
      }
    for (const span of spans) {
      if (span.archives.length === 0 || span.tier !== 'samples') fillFromBuckets(server, seals, span, moment, answer)
      else if (hadNoSamples(candidates)) {
        // While a disk was nearly full no samples were kept, but minutes were.
        const archives = listed.filter(({ tier, firstDay }) => tier === 'minutes' && firstDay >= span.firstDay && firstDay <= span.lastDay)
        if (archives.length > 0) fillFromBuckets(server, [], { ...span, archives, tier: 'minutes' }, moment, answer)
      }
    }
  }

  const at: MomentReader['at'] = ({ moment, subjects, hot }, cancelled) =>
    shelf.answer(async (listed) => {
      const yielder = createYielder(monotonic, cancelled)
      const answer = emptyAnswer(subjects.length, metricIds)
      const servers = new Map<string, WantedServer & { readonly wanted: Wanted[] }>()
      for (const [row, { serverId, path }] of subjects.entries()) {
        const place = hot.subjects[row]
        const rounds = hot.servers[place?.server ?? -1] ?? null
        const server = servers.get(serverId) ?? { serverId, no: rounds?.no ?? -1, rounds, wanted: [] }
        servers.set(serverId, server)
        server.wanted.push({ path, no: place?.no ?? -1, rows: place?.rows ?? null, older: place?.older ?? [], row })
      }
      for (const server of servers.values()) {
        await yielder.yieldIfDue()
        const seals = server.no < 0 ? [] : ofLive(() => live.seals(server.no, hot.lastSeal, moment - longestLookBackMs, moment), [])
        await fill(server, listed, seals, moment, answer, yielder)
      }
      return subjects.map((_, row) => {
        const foundAt = answer.at[row] as number
        if (Number.isNaN(foundAt)) return null
        const values: Partial<Record<MetricId, number>> & { at: number } = { at: foundAt }
        for (const [m, id] of metricIds.entries()) {
          const value = answer.values[row * metricIds.length + m] as number
          if (!Number.isNaN(value)) values[id] = value
        }
        return values
      })
    })

  const readServers = db.prepare<[], { no: number; id: string }>('SELECT no, id FROM servers')
  const readNames = db.prepare<[number], { no: number; name: string }>('SELECT no, name FROM paths WHERE server = ?')
  // SQLite takes the text from the row that max() found.
  const readFacts = db.prepare<[number], { server: number; path: number; at: number; text: number | null }>(
    'SELECT server, path, max(at) AS at, text FROM facts WHERE at <= ? GROUP BY server, path',
  )
  const readTexts = db.prepare<[], { id: number; json: string }>('SELECT id, json FROM texts')

  interface Told {
    readonly at: number
    readonly facts: object | null
  }
  /** What was told of each path of each server last, at or before the moment. */
  const factsAt = (
    listed: readonly ListedArchive[],
    moment: number,
    serverIds: ReadonlyMap<number, string>,
    namesOf: (server: number) => ReadonlyMap<number, string>,
    isWanted: (serverId: string, path: string) => boolean,
  ) => {
    const told = new Map<string, Map<string, Told>>()
    const parsed = new Map<string, object>()
    const put = (serverId: string, path: string, at: number, json: string | null): void => {
      const ofServer = told.get(serverId) ?? new Map<string, Told>()
      told.set(serverId, ofServer)
      if ((ofServer.get(path)?.at ?? Number.NEGATIVE_INFINITY) > at) return
      let facts = json === null ? null : parsed.get(json)
      if (facts === undefined && json !== null) {
        facts = JSON.parse(json) as object
        parsed.set(json, facts)
      }
      ofServer.set(path, { at, facts: facts ?? null })
    }
    const day = dayOf(moment)
    // A day's file begins with what held when the day did.
    for (const one of listed)
      if (one.tier === 'minutes' && one.firstDay <= day && day <= one.lastDay)
        shelf.read(one, ({ factsAt }) =>
          factsAt(
            moment,
            (server, path) => isWanted(server, path) && ownerKindOf(server) === 'server',
            (server, path, { at, json }) => put(server, path, at, json),
          ),
        )
    ofLive(() => {
      const rows = readFacts.all(moment)
      if (rows.length === 0) return
      const texts = new Map(readTexts.all().map(({ id, json }) => [id, json]))
      for (const { server, path, at, text } of rows) {
        const serverId = serverIds.get(server)
        const name = namesOf(server).get(path)
        if (serverId !== undefined && name !== undefined && isWanted(serverId, name)) put(serverId, name, at, text === null ? null : (texts.get(text) ?? null))
      }
    }, undefined)
    return told
  }

  const moment: MomentReader['moment'] = ({ moment, hot, share }, cancelled) =>
    shelf.answer(async (listed): Promise<StoredMoment> => {
      const yielder = createYielder(monotonic, cancelled)
      // Hosts are not of the fleet: the hosts' page asks for their series.
      const liveServers = new Map(
        ofLive(() => readServers.all(), [])
          .filter(({ id }) => ownerKindOf(id) === 'server')
          .map(({ no, id }) => [no, id]),
      )
      const names = new Map<number, ReadonlyMap<number, string>>()
      const namesOf = (server: number): ReadonlyMap<number, string> => {
        const known = names.get(server)
        if (known) return known
        const read = new Map(ofLive(() => readNames.all(server), []).map(({ no, name }) => [no, name]))
        names.set(server, read)
        return read
      }
      const isWanted = (serverId: string, path: string): boolean => !share || sumOf(share.by === 'server' ? serverId : path) % share.of === share.index
      const told = factsAt(listed, moment, liveServers, namesOf, isWanted)
      await yielder.yieldIfDue()

      /** Paths of each server, and where each is found. */
      interface Found {
        no: number
        hot: number
      }
      const found = new Map<string, { no: number; hot: number; paths: Map<string, Found> }>()
      const serverOf = (serverId: string) => {
        const known = found.get(serverId) ?? { no: -1, hot: -1, paths: new Map<string, Found>() }
        found.set(serverId, known)
        return known
      }
      const pathOf = (server: { paths: Map<string, Found> }, path: string): Found => {
        const known = server.paths.get(path) ?? { no: -1, hot: -1 }
        server.paths.set(path, known)
        return known
      }
      for (const [no, id] of liveServers) serverOf(id).no = no
      for (const [i, id] of hot.serverIds.entries()) {
        const server = serverOf(id)
        server.no = hot.servers[i]?.no ?? -1
        server.hot = i
      }
      for (const [i, path] of hot.paths.entries()) {
        const place = hot.subjects[i]
        const serverId = hot.serverIds[place?.server ?? -1] ?? ''
        if (!isWanted(serverId, path)) continue
        const one = pathOf(serverOf(serverId), path)
        one.no = place?.no ?? -1
        one.hot = i
      }
      for (const [id, paths] of told) for (const [path, { facts }] of paths) if (facts !== null) pathOf(serverOf(id), path)
      // Once for all servers: each statement locks the file.
      const seals = ofLive(() => live.allSeals(hot.lastSeal, moment - longestLookBackMs, moment), new Map<number, () => LiveSeal[]>())
      const sealsOf = (server: number): readonly LiveSeal[] => ofLive(() => seals.get(server)?.() ?? [], [])
      for (const [serverId, server] of found) {
        if (server.no < 0) continue
        const ofServer = namesOf(server.no)
        for (const seal of sealsOf(server.no)) {
          if (!mayMatter(seal, moment)) continue
          for (const no of ofLive(() => live.subjectsOf(seal), [], seal)) {
            const name = ofServer.get(no)
            if (name !== undefined && isWanted(serverId, name)) pathOf(serverOf(serverId), name).no = no
          }
        }
        await yielder.yieldIfDue()
      }
      for (const span of planSources(listed, new Set(), 'samples', moment, moment))
        for (const one of span.archives)
          shelf.read(one, ({ numbers }) => {
            for (const [serverId, ofServer] of numbers())
              if (ownerKindOf(serverId) === 'server') for (const path of ofServer.keys()) if (isWanted(serverId, path)) pathOf(serverOf(serverId), path)
          })
      await yielder.yieldIfDue()

      const subjects: StoredSubject[] = []
      const servers: WantedServer[] = []
      for (const [serverId, { no, hot: hotServer, paths }] of found) {
        const wanted: Wanted[] = []
        for (const [path, place] of paths) {
          const inMemory = hot.subjects[place.hot]
          wanted.push({ path, no: place.no, rows: inMemory?.rows ?? null, older: inMemory?.older ?? [], row: subjects.length })
          subjects.push({ serverId, path })
        }
        if (wanted.length > 0) servers.push({ serverId, no, rounds: hot.servers[hotServer] ?? null, wanted })
      }
      const answer = emptyAnswer(subjects.length, fleetMetricIds)
      for (const server of servers) {
        await yielder.yieldIfDue()
        await fill(server, listed, sealsOf(server.no), moment, answer, yielder)
      }
      return onlyKnown(subjects, answer, (row) => told.get(subjects[row]?.serverId ?? '')?.get(subjects[row]?.path ?? ''))
    })

  return { at, moment }
}

/**
 * The same for the same name, and evenly spread, whatever names have in common: without the mixing, names in which a
 * number stands twice ("site7/cam7") would all be even (FNV-1a, and murmur3's finish).
 */
function sumOf(name: string): number {
  let sum = 0x811c9dc5
  for (let i = 0; i < name.length; i++) sum = Math.imul(sum ^ name.charCodeAt(i), 0x01000193)
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b)
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35)
  return (sum ^ (sum >>> 16)) >>> 0
}

/** Leaves out of whom nothing was known. */
function onlyKnown(
  subjects: readonly StoredSubject[],
  { at, values, metrics }: Answer,
  toldOf: (row: number) => { readonly at: number; readonly facts: object | null } | undefined,
): StoredMoment {
  const told = subjects.map((_, row) => toldOf(row))
  const rows: number[] = []
  for (let row = 0; row < subjects.length; row++) if (!Number.isNaN(at[row] as number) || told[row]?.facts) rows.push(row)
  const kept = new Float64Array(rows.length * metrics.length)
  for (const [i, row] of rows.entries()) kept.set(values.subarray(row * metrics.length, (row + 1) * metrics.length), i * metrics.length)
  return {
    subjects: rows.map((row) => subjects[row] as StoredSubject),
    at: Float64Array.from(rows, (row) => at[row] as number),
    metrics,
    values: kept,
    facts: rows.map((row) => told[row]?.facts ?? null),
    factsAt: Float64Array.from(rows, (row) => told[row]?.at ?? Number.NaN),
  }
}

/** Whether a round of it may tell what was known at the moment. */
const mayMatter = (seal: { readonly from: number; readonly to: number; readonly usualMs: number | null }, moment: number): boolean =>
  seal.from <= moment && seal.to >= moment - missingIntervals * Math.max(seal.usualMs ?? 0, assumedIntervalMs)
