import { join } from 'node:path'
import { messageOf } from '../../../shared/result.ts'
import { type Tier, tierStepMs, tiers } from '../../../shared/tiers.ts'
import {
  type Archive,
  type ArchivedSeal,
  archiveRowId,
  type Fact,
  hourOf,
  isUnreadable,
  openArchive,
  parseArchiveName,
  periodSpan,
  placeOfRow,
  sealMark,
} from '../archive/archive.ts'
import { decodeSampleRow } from '../codec/codec.ts'
import type { LiveStore } from '../live/live.ts'
import { dayMs, dayOf, ownName } from '../protocol/protocol.ts'

/** The archives available to queries: those listed in history.db, except unreadable ones. */
export type ArchiveShelf = ReturnType<typeof createArchiveShelf>

interface ArchiveShelfDeps {
  readonly live: LiveStore
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
  /** In order of last use, the most recent last. */
  const opened = new Map<string, OpenedArchive>()
  const catalogues: Catalogues = new Map()
  /** Unreadable archives, and when to retry each: another program may have held the file. */
  const unreadable = new Map<string, number>()

  const drop = (names: Iterable<string>): void => {
    for (const name of names) {
      catalogues.delete(name)
      opened.get(name)?.archive.close()
      opened.delete(name)
    }
  }
  const get = (name: string): OpenedArchive => {
    const there = opened.get(name) ?? openListed(folder, name, catalogues)
    opened.delete(name)
    opened.set(name, there)
    if (opened.size > mostOpen) drop(opened.keys().take(1).toArray())
    return there
  }
  /** The listed archives, and a text that changes whenever the list does. */
  const list = (): { readonly listed: ListedArchive[]; readonly state: string } => {
    const rows = live.archives()
    const names = new Set(rows.map(({ name }) => name))
    drop([...opened.keys()].filter((name) => !names.has(name)))
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
          drop([error.archive])
          unreadable.set(error.archive, monotonic() + tryAgainMs)
          // An archive that was just removed is not damaged; it is no longer listed.
          if (live.archives().some(({ name }) => name === error.archive)) onDamage(join(folder, error.archive), error.message)
        }
      }
    },
    /** Reads an archive; only inside `answer`. The archive stays open for later queries. */
    read: <T>({ name }: ListedArchive, read: (opened: OpenedArchive) => T): T => {
      try {
        return read(get(name))
      } catch (error) {
        if (!isUnreadable(error)) throw error
        throw new ArchiveUnreadable(name, messageOf(error), error)
      }
    },
    /** Closes these archives, so that they can be renamed or removed and their disk space is freed. */
    release: drop,
    close: (): void => drop([...opened.keys()]),
  }
}

function openListed(folder: string, name: string, catalogues: Catalogues): OpenedArchive {
  const made = openArchive(join(folder, name))
  if (!made.ok) throw new ArchiveUnreadable(name, made.error.words)
  const tier = parseArchiveName(name)?.tier
  // A day's file never changes: one transaction while it is open saves a lock and a journal check with each statement.
  if (tier === 'samples' || tier === 'minutes') made.value.db.exec('BEGIN')
  return asOpened(name, made.value, catalogues)
}

/** An open archive with lookups that queries share. */
export type OpenedArchive = ReturnType<typeof asOpened>

function asOpened(name: string, archive: Archive, catalogues: Catalogues) {
  const newest = archive.db.prepare<[number, number], number | null>('SELECT max(id) FROM rounds WHERE id BETWEEN ? AND ?').pluck()
  let seals: ReadonlySet<string> | null = null
  const catalogue = (): Catalogue => {
    const known = catalogues.get(name)
    if (known) return known
    const read = catalogueOf(archive)
    if (catalogues.size >= mostCatalogues) catalogues.clear()
    catalogues.set(name, read)
    return read
  }
  let growth: ReturnType<typeof growthOf> | null = null
  /** The chunks of the subject with this number (null: it has none) in some hours, by `chunkPlace` of their seals. */
  const chunks = (no: number | null, fromHour: number, toHour: number): ReadonlyMap<number, Uint8Array> => {
    const hours = no === null ? [] : archive.sampleRows(no, fromHour, toHour)
    return new Map(hours.flatMap(({ hour, bytes }) => decodeSampleRow(bytes).map(({ seal, chunk }) => [chunkPlace({ hour, index: seal }), chunk])))
  }
  return {
    name,
    archive,
    /** Numbers of all subjects, by owner and path. Read once, and cached until a few other archives were asked for theirs. */
    numbers: (): ReadonlyMap<string, ReadonlyMap<string, number>> => catalogue().numbers,
    numberOf: (owner: string, path: string): number | null => catalogue().numbers.get(owner.toWellFormed())?.get(path.toWellFormed()) ?? null,
    /** The newest facts of the wanted subjects at or before the moment. Others are not read. */
    factsAt: (moment: number, wants: (owner: string, path: string) => boolean, take: (owner: string, path: string, fact: Fact) => void): void => {
      const { byNumber } = catalogue()
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
    /** Whether a seal of the live file is in this file of a day. */
    hasSeal: (id: number, from: number): boolean => {
      seals ??= new Set((archive.meta().more.seals ?? '').split(','))
      return seals.has(sealMark(id, from))
    },
    /** For a growing file: the time from which a row of a run must be ignored, because the day being added is still read from elsewhere. */
    cutOf: ({ lastDay }: ListedArchive): ((run: number) => number) => {
      const version = archive.db.pragma('data_version', { simple: true })
      const known = growth !== null && growth.version === version ? growth : growthOf(archive, version)
      growth = known
      const { to, run, addingFrom } = known
      const end = (lastDay + 1) * dayMs
      // The day was added but is not listed yet.
      const cut = to >= end ? end : Number.POSITIVE_INFINITY
      return (ofRow) => (ofRow === run ? Math.min(cut, addingFrom) : cut)
    },
    /** The owner's seals that may reach into [from, to], oldest hour first. */
    seals: (owner: string, from: number, to: number): ArchivedSeal[] => {
      const no = archive.subjectNo(owner, ownName)
      if (no === null) return []
      const hour = hourOf(from)
      // A seal that began in an earlier hour may reach into this one.
      const before = hour === 0 ? null : newest.get(archiveRowId(no, 0), archiveRowId(no, hour - 1))
      const first = before == null ? hour : placeOfRow(before)
      return archive.seals(no, first, hourOf(to))
    },
    /** The owner's own chunks in some hours, as `chunks`. */
    ownChunks: (owner: string, fromHour: number, toHour: number) => chunks(archive.subjectNo(owner, ownName), fromHour, toHour),
    /** The chunk of the subject with this number (null: it has none) in one seal; null: it is not in it. */
    chunk: (no: number | null, { hour, index }: Pick<ArchivedSeal, 'hour' | 'index'>): Uint8Array | null => {
      const [row] = no === null ? [] : archive.sampleRows(no, hour, hour)
      return (row && decodeSampleRow(row.bytes).findLast(({ seal }) => seal === index)?.chunk) ?? null
    },
    chunks,
  }
}

/** false: only minutes of a seal are stored, no samples: not even among the chunks of the owner itself (`own`), which every round has. */
export function hasSamples(seal: ArchivedSeal, own: ReadonlyMap<number, Uint8Array>): boolean {
  return seal.times.length === 0 || own.has(chunkPlace(seal))
}
/** Of all seals of an hour. */
export function chunkPlace({ hour, index }: Pick<ArchivedSeal, 'hour' | 'index'>): number {
  return hour * 65_536 + index
}

/** State of a growing file, valid as long as nothing is written to it. `addingFrom`: start of the day that its last run is adding. */
function growthOf(archive: Archive, version: unknown) {
  const { to, more } = archive.meta()
  const adding = parseArchiveName(more.adding ?? '')
  return { version, to, run: Number(more.run ?? 0), addingFrom: (adding && periodSpan(adding.period)?.from) ?? Number.POSITIVE_INFINITY }
}

type Catalogue = ReturnType<typeof catalogueOf>
/** Those of some archives, by file name: each takes some megabytes with 10,000 streams. */
type Catalogues = Map<string, Catalogue>

/** A moment needs samples and minutes of one day, or of two around midnight. */
const mostCatalogues = 4

function catalogueOf(archive: Archive) {
  const subjects = archive.subjects()
  const byOwner = Map.groupBy(subjects, ({ server }) => server)
  return {
    byNumber: new Map(subjects.map((subject) => [subject.no, subject])),
    numbers: new Map(Array.from(byOwner, ([owner, of]) => [owner, new Map(of.map(({ path, no }) => [path, no]))])),
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
  const byDay = new Map<number, ListedArchive[]>()
  for (const archive of archives)
    for (let day = Math.max(fromDay, archive.firstDay), last = Math.min(toDay, archive.lastDay); day <= last; day++) {
      const there = byDay.get(day)
      if (there) there.push(archive)
      else byDay.set(day, [archive])
    }
  const want = tiers.indexOf(tier)
  // While a day is being archived, samples of it may be live only.
  const order: readonly (Tier | 'live')[] = [
    tier,
    ...(want === 0 ? (['live'] as const) : []),
    ...tiers.slice(want + 1),
    'live',
    ...tiers.slice(0, want).reverse(),
  ]
  const spans: OpenSpan[] = []
  const days = [...new Set([...byDay.keys(), ...liveDays])].filter((day) => day >= fromDay && day <= toDay).sort((a, b) => a - b)
  for (const day of days) {
    const there = byDay.get(day) ?? []
    const source = order.find((one) => (one === 'live' ? liveDays.has(day) : there.some((archive) => archive.tier === one))) ?? 'live'
    const from = there.filter((archive) => archive.tier === source)
    const of = source === 'live' ? tier : source
    const last = spans.at(-1)
    if (last && last.tier === of && last.lastDay === day - 1 && sameArchives(last.archives, from)) last.lastDay = day
    else spans.push({ archives: from, tier: of, firstDay: day, lastDay: day, after: Number.NEGATIVE_INFINITY, before: Number.POSITIVE_INFINITY })
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
