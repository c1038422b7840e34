import { join } from 'node:path'
import { messageOf } from '../../../shared/result.ts'
import { type Tier, tierStepMs, tiers } from '../../../shared/tiers.ts'
import {
  type Archive,
  ArchiveDamaged,
  archiveRowId,
  type Fact,
  isUnreadable,
  mostPieces,
  openArchive,
  parseArchiveName,
  periodSpan,
  pieceId,
  placeOfRow,
  type SubjectRow,
  sealMark,
  unsealed,
} from '../archive/archive.ts'
import { type ByteCursor, readVarint } from '../codec/codec.ts'
import type { LiveStore } from '../live/live.ts'
import { dayMs, dayOf } from '../protocol/protocol.ts'

/** The archives available to queries: those listed in history.db, except unreadable ones. */
export type ArchiveShelf = ReturnType<typeof createArchiveShelf>

interface ArchiveShelfDeps {
  readonly live: LiveStore
  /** Folder of the archives. */
  readonly folder: string
  readonly onDamage: (file: string, words: string) => void
  readonly monotonic: () => number
}

/** Maximum archives kept open; opening one costs about 1 ms. */
const mostOpen = 64
const tryAgainMs = 60_000
/** Maximum attempts at an answer; few are needed, as archives change once a day. */
const mostAttempts = 5

class ArchiveUnreadable extends Error {
  override readonly name = 'ArchiveUnreadable'
  readonly archive: string
  constructor(archive: string, words: string, cause?: unknown) {
    super(words, { cause })
    this.archive = archive
  }
}

export function createArchiveShelf({ live, folder, onDamage, monotonic }: ArchiveShelfDeps) {
  const archives = createOpenArchives(folder)
  /** Unreadable archives, and when to retry each: another program may have held the file. */
  const unreadable = new Map<string, number>()

  /** The listed archives, and a text that changes whenever the list does. */
  const list = (): { readonly listed: ListedArchive[]; readonly state: string } => {
    const rows = live.archives()
    const names = new Set(rows.map(({ name }) => name))
    archives.keepOnly(names)
    for (const [name, until] of [...unreadable]) if (!names.has(name) || until <= monotonic()) unreadable.delete(name)
    const listed: ListedArchive[] = []
    for (const { name, tier, from, to } of rows) {
      const period = parseArchiveName(name)?.period
      const span = period === undefined ? null : periodSpan(period)
      if (!span || unreadable.has(name)) continue
      // A seal of the last day may reach into the next one.
      listed.push({ name, tier, firstDay: dayOf(Math.max(from, span.from)), lastDay: dayOf(Math.min(to, span.to - 1)) })
    }
    return { listed, state: rows.map(({ name, to }) => `${name} ${to}`).join() }
  }

  return {
    /**
     * Answers a query from the listed archives. Repeats it without an archive that turned out to be damaged, and if the list
     * changed meanwhile, because days may then have moved from the live file to an archive.
     */
    answer: async <T>(make: (listed: readonly ListedArchive[]) => Promise<T>): Promise<T> => {
      for (let attempt = 1; ; attempt++) {
        const { listed, state } = list()
        try {
          const answer = await make(listed)
          if (attempt >= mostAttempts || list().state === state) return answer
        } catch (error) {
          if (!(error instanceof ArchiveUnreadable)) throw error
          archives.drop([error.archive])
          unreadable.set(error.archive, monotonic() + tryAgainMs)
          // An archive that was just removed is not damaged; it is no longer listed.
          if (live.archives().some(({ name }) => name === error.archive)) onDamage(join(folder, error.archive), error.message)
        }
      }
    },
    /** Reads an archive; only inside `answer`. The archive stays open for later queries. */
    read: <T>({ name }: ListedArchive, read: (opened: OpenedArchive) => T): T => {
      try {
        return read(archives.get(name))
      } catch (error) {
        if (!isUnreadable(error)) throw error
        throw new ArchiveUnreadable(name, messageOf(error), error)
      }
    },
    /** Closes these archives, so that they can be renamed or removed and their disk space is freed. */
    release: archives.drop,
    close: (): void => archives.keepOnly(new Set()),
  }
}

/** A cache of open archives; the least recently used one is closed. */
function createOpenArchives(folder: string) {
  /** Ordered by last use, the most recent last. */
  const opened = new Map<string, OpenedArchive>()
  const catalogues = createCatalogues()

  const open = (name: string): OpenedArchive => {
    const made = openArchive(join(folder, name))
    if (!made.ok) throw new ArchiveUnreadable(name, made.error.words)
    const tier = parseArchiveName(name)?.tier
    // A day's file never changes: one transaction while it is open saves a lock and a journal check with each statement.
    if (tier === 'samples' || tier === 'minutes') made.value.db.exec('BEGIN')
    return asOpened(name, made.value, catalogues)
  }
  const drop = (names: Iterable<string>): void => {
    for (const name of names) {
      catalogues.drop(name)
      opened.get(name)?.archive.close()
      opened.delete(name)
    }
  }
  return {
    get: (name: string): OpenedArchive => {
      const there = opened.get(name) ?? open(name)
      opened.delete(name)
      opened.set(name, there)
      if (opened.size > mostOpen) drop(opened.keys().take(1).toArray())
      return there
    },
    drop,
    keepOnly: (names: ReadonlySet<string>): void => drop([...opened.keys()].filter((name) => !names.has(name))),
  }
}

/** An open archive with lookups that queries share. */
export type OpenedArchive = ReturnType<typeof asOpened>

function asOpened(name: string, archive: Archive, catalogues: Catalogues) {
  const newest = archive.db.prepare<[number, number], number | null>('SELECT max(id) FROM rounds WHERE id BETWEEN ? AND ?').pluck()
  const readPiece = archive.db.prepare<[number], Uint8Array>('SELECT bytes FROM samples WHERE id = ?').pluck()
  const growthOf = growthLookup(archive)
  let seals: ReadonlySet<string> | null = null
  return {
    name,
    archive,
    /** Numbers of all subjects, by owner and path. Read once, and cached until a few other archives were asked for theirs. */
    numbers: (): ReadonlyMap<string, ReadonlyMap<string, number>> => catalogues.read(name, archive).numbers,
    numberOf: (owner: string, path: string): number | null =>
      catalogues.read(name, archive).numbers.get(owner.toWellFormed())?.get(path.toWellFormed()) ?? null,
    /** The newest facts of the wanted subjects at or before the moment. Others are not read. */
    factsAt: (moment: number, wants: (owner: string, path: string) => boolean, take: (owner: string, path: string, fact: Fact) => void): void => {
      const { byNumber } = catalogues.read(name, archive)
      // An unknown number means damage, which reading the row will detect by its checksum.
      const isWanted = (no: number): boolean => {
        const subject = byNumber.get(no)
        return subject === undefined || wants(subject.server, subject.path)
      }
      for (const fact of archive.factsAt(moment, isWanted)) {
        const subject = byNumber.get(fact.subject)
        if (subject) take(subject.server, subject.path, fact)
      }
    },
    /** A subject's chunk of one seal, given by its index in the hour; null: the subject is not in the seal. Reads no more of the hour than needed. */
    chunkOf: (subject: number, hour: number, seal: number): Uint8Array | null => readChunk((id) => readPiece.get(id), subject, hour, seal),
    /** Whether a seal of the live file is in this file of a day. */
    hasSeal: (id: number, from: number): boolean => {
      seals ??= new Set((archive.meta().more.seals ?? '').split(','))
      return seals.has(sealMark(id, from))
    },
    /** For a growing file: the time from which a row of a run must be ignored, because the day being added is still read from elsewhere. */
    cutOf: ({ lastDay }: ListedArchive): ((run: number) => number) => {
      const { to, run, addingFrom } = growthOf()
      const end = (lastDay + 1) * dayMs
      // The day was added but is not listed yet.
      const cut = to >= end ? end : Number.POSITIVE_INFINITY
      return (ofRow) => (ofRow === run ? Math.min(cut, addingFrom) : cut)
    },
    /** The newest hour up to `hour` in which a seal of this owner began; null: there is none. */
    lastHour: (owner: number, hour: number): number | null => {
      const id = hour < 0 ? null : newest.get(archiveRowId(owner, 0), archiveRowId(owner, hour))
      return id == null ? null : placeOfRow(id)
    },
  }
}

/** State of a growing file; valid as long as nothing is written to it. */
interface Growth {
  readonly version: unknown
  readonly to: number
  readonly run: number
  /** Start of the day that this run is adding. */
  readonly addingFrom: number
}

function growthLookup(archive: Archive): () => Growth {
  let growth: Growth | null = null
  return () => {
    const version = archive.db.pragma('data_version', { simple: true })
    if (growth !== null && growth.version === version) return growth
    const { to, more } = archive.meta()
    const adding = parseArchiveName(more.adding ?? '')
    const addingFrom = (adding && periodSpan(adding.period)?.from) ?? Number.POSITIVE_INFINITY
    const read: Growth = { version, to, run: Number(more.run ?? 0), addingFrom }
    growth = read
    return read
  }
}

/** The subjects of an archive, by number and by name. */
type Catalogue = ReturnType<typeof catalogueOf>

/** Cache of the most recently used catalogues. Each takes some megabytes with 10,000 streams. */
type Catalogues = ReturnType<typeof createCatalogues>

/** A moment needs samples and minutes of one day, or of two around midnight. */
const mostCatalogues = 4

function createCatalogues() {
  const kept = new Map<string, Catalogue>()
  return {
    read: (name: string, archive: Archive): Catalogue => {
      const known = kept.get(name)
      if (known) return known
      const read = catalogueOf(archive)
      if (kept.size >= mostCatalogues) kept.clear()
      kept.set(name, read)
      return read
    },
    drop: (name: string): void => void kept.delete(name),
  }
}

function catalogueOf(archive: Archive) {
  const byNumber = new Map<number, SubjectRow>()
  const numbers = new Map<string, Map<string, number>>()
  for (const subject of archive.subjects()) {
    const { no, server, path } = subject
    byNumber.set(no, subject)
    const paths = numbers.get(server)
    if (paths) paths.set(path, no)
    else numbers.set(server, new Map([[path, no]]))
  }
  return { byNumber, numbers }
}

/** Reads pieces of a subject's hour until the chunk of a seal is found; null: the subject is not in that seal. */
function readChunk(readPiece: (id: number) => Uint8Array | undefined, subject: number, hour: number, seal: number): Uint8Array | null {
  /** Bytes read but not parsed yet. */
  let bytes: Uint8Array | null = null
  for (let n = 0; n < mostPieces; n++) {
    const id = pieceId(subject, hour, n)
    const stored = readPiece(id)
    if (!stored && n === 0) return null
    if (!stored) break
    const piece = unsealed('samples', id, stored)
    const isLast = piece[0] !== 1
    bytes = bytes === null ? piece.subarray(1) : Buffer.concat([bytes, piece.subarray(1)])
    const found = findChunk(bytes, isLast, seal)
    if (typeof found !== 'number') return found
    bytes = bytes.subarray(found)
  }
  throw new ArchiveDamaged(`samples of subject ${subject} are incomplete`)
}

/**
 * Finds the chunk of a seal among those of an hour; null: the subject is not in that seal. If `bytes` are only the beginning of
 * the hour and more are needed, returns the number of bytes that are done with.
 */
function findChunk(bytes: Uint8Array, isAll: boolean, wanted: number): Uint8Array | number | null {
  const cursor: ByteCursor = { bytes, at: 0 }
  for (;;) {
    const begin = cursor.at
    if (isAll && begin === bytes.length) return null
    // A piece may end within the two numbers before a chunk, which take a few bytes.
    if (!isAll && begin + 16 > bytes.length) return begin
    const seal = readVarint(cursor)
    const length = readVarint(cursor)
    if (seal > wanted) return null
    if (cursor.at + length > bytes.length) {
      if (isAll) throw new ArchiveDamaged('samples are incomplete')
      return begin
    }
    if (seal === wanted) return bytes.subarray(cursor.at, cursor.at + length)
    cursor.at += length
  }
}

/** A readable archive, and the days (UTC, since 1970) whose seals it contains. A seal belongs to the day on which it began. */
export interface ListedArchive {
  readonly name: string
  readonly tier: Tier
  readonly firstDay: number
  /** Included. */
  readonly lastDay: number
}

/** Some days from one source. */
export interface SourceSpan {
  /** Usually one; more if data came after the first was made. Empty: the live file. */
  readonly archives: readonly ListedArchive[]
  /** Tier of the archives; for the live file the requested tier. */
  readonly tier: Tier
  readonly firstDay: number
  /** Included. */
  readonly lastDay: number
  /** Only data in [after, before) is used: a file of several days also covers days that come from a better source. */
  readonly after: number
  readonly before: number
}
type OpenSpan = { -readonly [K in keyof SourceSpan]: SourceSpan[K] }

/**
 * Chooses the source for each day between `from` and `to`, oldest first, so that every seal is read exactly once. If the
 * wanted tier is gone, the next coarser one is used; if there is none, the next finer one. `liveDays` are the days on
 * which seals of the live file began.
 */
export function planSources(archives: readonly ListedArchive[], liveDays: ReadonlySet<number>, tier: Tier, from: number, to: number): SourceSpan[] {
  // A seal that overlaps the range may have begun on the day before.
  const fromDay = dayOf(from) - 1
  const toDay = dayOf(to)
  const byDay = new Map<number, Map<Tier, ListedArchive[]>>()
  for (const archive of archives)
    for (let day = Math.max(fromDay, archive.firstDay), last = Math.min(toDay, archive.lastDay); day <= last; day++) {
      const there = byDay.get(day) ?? new Map<Tier, ListedArchive[]>()
      byDay.set(day, there)
      const parts = there.get(archive.tier)
      if (parts) parts.push(archive)
      else there.set(archive.tier, [archive])
    }
  const want = tiers.indexOf(tier)
  const spans: OpenSpan[] = []
  const put = (day: number, from: readonly ListedArchive[], of: Tier): void => {
    const last = spans.at(-1)
    if (last && last.tier === of && last.lastDay === day - 1 && sameArchives(last.archives, from)) last.lastDay = day
    else spans.push({ archives: from, tier: of, firstDay: day, lastDay: day, after: Number.NEGATIVE_INFINITY, before: Number.POSITIVE_INFINITY })
  }
  const days = [...new Set([...byDay.keys(), ...liveDays])].filter((day) => day >= fromDay && day <= toDay).sort((a, b) => a - b)
  for (const day of days) {
    const there = byDay.get(day)
    const live = liveDays.has(day)
    const order: readonly (Tier | 'live')[] = [
      tier,
      // Samples of a day that is just being archived.
      ...(want === 0 ? (['live'] as const) : []),
      ...tiers.slice(want + 1),
      'live',
      ...tiers.slice(0, want).reverse(),
    ]
    for (const source of order) {
      if (source === 'live') {
        if (!live) continue
        put(day, [], tier)
        break
      }
      const parts = there?.get(source)
      if (!parts) continue
      put(day, parts, source)
      break
    }
  }
  cutWhereSharesOverlap(spans)
  return spans
}

const sameArchives = (a: readonly ListedArchive[], b: readonly ListedArchive[]): boolean => a.length === b.length && a.every((one, i) => one === b[i])

/**
 * A seal that began before midnight reaches into the next day. Files of single days never overlap. A file of several days has
 * aggregated that seal, so the border to its neighbour is a point in time, at an edge of its buckets.
 */
function cutWhereSharesOverlap(spans: OpenSpan[]): void {
  for (const [i, span] of spans.entries()) {
    const reachesOn = span.archives.some(({ lastDay }) => lastDay > span.lastDay)
    const midnight = (span.lastDay + 1) * dayMs
    const next = spans[i + 1]
    const nextBegan = next?.archives.some(({ firstDay }) => firstDay < next.firstDay) ?? false
    if (!next || next.firstDay > span.lastDay + 1) {
      if (reachesOn) span.before = midnight + tierStepMs[span.tier]
      if (next && nextBegan) next.after = next.firstDay * dayMs
      continue
    }
    if (nextBegan) {
      span.before = midnight
      next.after = midnight
    } else if (reachesOn) {
      span.before = tierStepMs[next.tier] > tierStepMs[span.tier] ? midnight : midnight + tierStepMs[span.tier]
      next.after = span.before
    }
  }
}
