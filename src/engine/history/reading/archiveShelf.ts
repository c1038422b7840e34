import { join } from 'node:path'
import { messageOf } from '../../../shared/messageOf.ts'
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
import { type ByteCursor, takeVarint } from '../codec/codec.ts'
import type { LiveStore } from '../live/live.ts'
import { dayMs, dayOf } from '../protocol/protocol.ts'
import type { ListedArchive } from './readSources.ts'

/** The archives that answers are made of: those that history.db lists, but for those that cannot be read. */
export interface ArchiveShelf {
  /**
   * Makes an answer of the archives that are listed; again without the one that turned out to be damaged, and again where
   * the list was another one afterwards: then days may have moved from the live file to an archive meanwhile.
   */
  readonly answer: <T>(make: (listed: readonly ListedArchive[]) => Promise<T>) => Promise<T>
  /** Reads one inside `answer`; it stays open for later. */
  readonly read: <T>(archive: ListedArchive, read: (opened: OpenedArchive) => T) => T
  /** Closes these, so that they can be renamed or removed, and their room on the disk is free. */
  readonly release: (names: readonly string[]) => void
  readonly close: () => void
}

export interface OpenedArchive {
  readonly name: string
  readonly archive: Archive
  /** The newest hour up to `hour` in which a seal of this server began; null: there is none. */
  readonly lastHour: (server: number, hour: number) => number | null
  /** Numbers of all its subjects, by server and path; read once, and kept while few others ask for theirs. */
  readonly numbers: () => ReadonlyMap<string, ReadonlyMap<string, number>>
  /** The number of one subject: out of all of them where they were read, else looked up. */
  readonly numberOf: (server: string, path: string) => number | null
  /** What was told of these subjects last, at or before the moment. Others of the file are not looked at. */
  readonly factsAt: (moment: number, wants: (server: string, path: string) => boolean, take: (server: string, path: string, fact: Fact) => void) => void
  /** A subject's chunk of one seal, by its place in the hour; null: the subject is not in it. No more of the hour is read than it takes. */
  readonly chunkOf: (subject: number, hour: number, seal: number) => Uint8Array | null
  /** Whether a seal of the live file is in this file of a day. */
  readonly hasSeal: (id: number, from: number) => boolean
  /** Of a file that grows: from where on a row does not count, because a day is just being added that comes from elsewhere still. */
  readonly cutOf: (listed: ListedArchive) => (run: number) => number
}

export interface ArchiveShelfDeps {
  readonly live: LiveStore
  /** Folder of the archives. */
  readonly folder: string
  readonly onDamage: (file: string, words: string) => void
  readonly monotonic: () => number
  /** Most that stay open: opening one costs about 1 ms. */
  readonly most?: number
}

const usualMost = 64
const tryAgainMs = 60_000
/** How far a file that grows has grown, as long as nothing is written to it. */
interface Growth {
  readonly version: unknown
  readonly to: number
  readonly run: number
  /** Begin of the day that is just being added by that run. */
  readonly addingFrom: number
}

/** Archives change once a day. */
const mostAttempts = 5

/** Archives whose subjects are kept: a moment is asked of samples and minutes of one day, or of two about midnight. */
const mostCatalogues = 4

/** The subjects of an archive, by their number and by their name. */
interface Catalogue {
  readonly byNumber: ReadonlyMap<number, SubjectRow>
  readonly numbers: ReadonlyMap<string, ReadonlyMap<string, number>>
}

function catalogueOf(archive: Archive): Catalogue {
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

const nothing = new Uint8Array(0)

/** How far `chunkOfSeal` came: where the part that it did not see the end of begins, or whether what it looked for would stand before. */
const passed = { at: 0, isPassed: false }

/** Looks for the chunk of a seal among those of an hour, or in the beginning of them. */
function chunkOfSeal(bytes: Uint8Array, isAll: boolean, wanted: number): Uint8Array | null {
  const cursor: ByteCursor = { bytes, at: 0 }
  passed.isPassed = false
  for (;;) {
    passed.at = cursor.at
    if (cursor.at === bytes.length) return null
    // A piece may end within these two numbers, which are a few bytes.
    if (!isAll && cursor.at + 16 > bytes.length) return null
    const seal = takeVarint(cursor)
    const length = takeVarint(cursor)
    if (seal > wanted) {
      passed.isPassed = true
      return null
    }
    if (cursor.at + length > bytes.length) {
      if (isAll) throw new ArchiveDamaged('an hour of samples ends within a chunk')
      return null
    }
    if (seal === wanted) return bytes.subarray(cursor.at, cursor.at + length)
    cursor.at += length
  }
}

class ArchiveUnreadable extends Error {
  override readonly name = 'ArchiveUnreadable'
  readonly archive: string
  constructor(archive: string, words: string, cause?: unknown) {
    super(words, { cause })
    this.archive = archive
  }
}

export function createArchiveShelf({ live, folder, onDamage, monotonic, most = usualMost }: ArchiveShelfDeps): ArchiveShelf {
  /** The one used last is the last. */
  const opened = new Map<string, OpenedArchive>()
  /** What cannot be read, and when it is tried again: it may have been another program that held it. */
  const unreadable = new Map<string, number>()

  /** Some megabytes each with 10,000 streams. */
  const catalogues = new Map<string, Catalogue>()

  const drop = (name: string): void => {
    catalogues.delete(name)
    opened.get(name)?.archive.close()
    opened.delete(name)
  }

  const open = (name: string): OpenedArchive => {
    const made = openArchive(join(folder, name))
    if (!made.ok) throw new ArchiveUnreadable(name, made.error.words)
    const archive = made.value
    const tier = parseArchiveName(name)?.tier
    // A day's file never changes: one lock while it is open, instead of one and a look for a journal with each statement.
    if (tier === 'samples' || tier === 'minutes') archive.db.exec('BEGIN')
    const newest = archive.db.prepare<[number, number], number | null>('SELECT max(id) FROM rounds WHERE id BETWEEN ? AND ?').pluck()
    const readPiece = archive.db.prepare<[number], Uint8Array>('SELECT bytes FROM samples WHERE id = ?').pluck()
    let seals: ReadonlySet<string> | null = null
    let growth: Growth | null = null
    const readGrowth = (): Growth => {
      const version = archive.db.pragma('data_version', { simple: true })
      if (growth !== null && growth.version === version) return growth
      const { to, more } = archive.meta()
      const adding = parseArchiveName(more.adding ?? '')
      const addingFrom = (adding && periodSpan(adding.period)?.from) ?? Number.POSITIVE_INFINITY
      const read = { version, to, run: Number(more.run ?? 0), addingFrom }
      growth = read
      return read
    }
    const catalogue = (): Catalogue => {
      let known = catalogues.get(name)
      if (!known) {
        known = catalogueOf(archive)
        if (catalogues.size >= mostCatalogues) catalogues.clear()
        catalogues.set(name, known)
      }
      return known
    }
    return {
      name,
      archive,
      numbers: () => catalogue().numbers,
      numberOf: (server, path) => {
        const known = catalogues.get(name)
        return known ? (known.numbers.get(server.toWellFormed())?.get(path.toWellFormed()) ?? null) : archive.subjectNo(server, path)
      },
      factsAt: (moment, wants, take) => {
        const { byNumber } = catalogue()
        // A number that nobody has is damage, which the row's checksum tells.
        const isWanted = (no: number): boolean => {
          const subject = byNumber.get(no)
          return subject === undefined || wants(subject.server, subject.path)
        }
        for (const fact of archive.factsAt(moment, isWanted)) {
          const subject = byNumber.get(fact.subject)
          if (subject) take(subject.server, subject.path, fact)
        }
      },
      chunkOf: (subject, hour, seal) => {
        let left: Uint8Array = nothing
        for (let n = 0; n < mostPieces; n++) {
          const id = pieceId(subject, hour, n)
          const stored = readPiece.get(id)
          if (!stored && n === 0) return null
          if (!stored) break
          const piece = unsealed('samples', id, stored)
          const isLast = piece[0] !== 1
          const bytes = left.length === 0 ? piece.subarray(1) : Buffer.concat([left, piece.subarray(1)])
          const found = chunkOfSeal(bytes, isLast, seal)
          if (found !== null) return found
          if (isLast || passed.isPassed) return null
          left = bytes.subarray(passed.at)
        }
        throw new ArchiveDamaged(`the samples of hour ${hour} of subject ${subject} have no end`)
      },
      hasSeal: (id, from) => {
        seals ??= new Set((archive.meta().more.seals ?? '').split(','))
        return seals.has(sealMark(id, from))
      },
      cutOf: ({ lastDay }) => {
        const { to, run, addingFrom } = readGrowth()
        const end = (lastDay + 1) * dayMs
        // Added, but not listed yet.
        const cut = to >= end ? end : Number.POSITIVE_INFINITY
        return (ofRow) => (ofRow === run ? Math.min(cut, addingFrom) : cut)
      },
      lastHour: (server, hour) => {
        const id = hour < 0 ? null : newest.get(archiveRowId(server, 0), archiveRowId(server, hour))
        return id == null ? null : placeOfRow(id)
      },
    }
  }

  const get = (name: string): OpenedArchive => {
    const there = opened.get(name) ?? open(name)
    opened.delete(name)
    opened.set(name, there)
    if (opened.size > most) drop(opened.keys().next().value as string)
    return there
  }

  /** What is listed, and a text that is another one where anything in it changed. */
  const list = (): { readonly listed: ListedArchive[]; readonly state: string } => {
    const rows = live.archives()
    const names = new Set(rows.map(({ name }) => name))
    for (const name of [...opened.keys()]) if (!names.has(name)) drop(name)
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
    answer: async (make) => {
      for (let attempt = 1; ; attempt++) {
        const { listed, state } = list()
        try {
          const answer = await make(listed)
          if (attempt >= mostAttempts || list().state === state) return answer
        } catch (error) {
          if (!(error instanceof ArchiveUnreadable)) throw error
          drop(error.archive)
          unreadable.set(error.archive, monotonic() + tryAgainMs)
          // One that has just been removed is no damage: it is listed no more.
          if (live.archives().some(({ name }) => name === error.archive)) onDamage(join(folder, error.archive), error.message)
        }
      }
    },
    read: (archive, read) => {
      try {
        return read(get(archive.name))
      } catch (error) {
        if (!isUnreadable(error)) throw error
        throw new ArchiveUnreadable(archive.name, messageOf(error), error)
      }
    },
    release: (names) => {
      for (const name of names) drop(name)
    },
    close: () => {
      for (const name of [...opened.keys()]) drop(name)
    },
  }
}
