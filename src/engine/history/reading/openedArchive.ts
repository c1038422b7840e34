import {
  type Archive,
  ArchiveDamaged,
  archiveRowId,
  type Fact,
  mostPieces,
  parseArchiveName,
  periodSpan,
  pieceId,
  placeOfRow,
  type SubjectRow,
  sealMark,
  unsealed,
} from '../archive/archive.ts'
import { type ByteCursor, readVarint } from '../codec/codec.ts'
import { dayMs } from '../protocol/protocol.ts'
import type { ListedArchive } from './readSources.ts'

/** An archive that is open, and what questions ask of it. */
export interface OpenedArchive {
  readonly name: string
  readonly archive: Archive
  /** The newest hour up to `hour` in which a seal of this owner began; null: there is none. */
  readonly lastHour: (owner: number, hour: number) => number | null
  /** Numbers of all its subjects, by owner and path; read once, and kept while few other archives are asked for theirs. */
  readonly numbers: () => ReadonlyMap<string, ReadonlyMap<string, number>>
  /** The number of one subject: out of all of them where they were read, else looked up. */
  readonly numberOf: (owner: string, path: string) => number | null
  /** The newest facts of these subjects at or before the moment. Others of the file are not looked at. */
  readonly factsAt: (moment: number, wants: (owner: string, path: string) => boolean, take: (owner: string, path: string, fact: Fact) => void) => void
  /** A subject's chunk of one seal, by its place in the hour; null: the subject is not in it. No more of the hour is read than it takes. */
  readonly chunkOf: (subject: number, hour: number, seal: number) => Uint8Array | null
  /** Whether a seal of the live file is in this file of a day. */
  readonly hasSeal: (id: number, from: number) => boolean
  /** Of a file that grows: from where on a row does not count, because a day is just being added that comes from elsewhere still. */
  readonly cutOf: (listed: ListedArchive) => (run: number) => number
}

export function asOpened(name: string, archive: Archive, catalogues: Catalogues): OpenedArchive {
  const newest = archive.db.prepare<[number, number], number | null>('SELECT max(id) FROM rounds WHERE id BETWEEN ? AND ?').pluck()
  const readPiece = archive.db.prepare<[number], Uint8Array>('SELECT bytes FROM samples WHERE id = ?').pluck()
  const growthOf = growthReader(archive)
  let seals: ReadonlySet<string> | null = null
  return {
    name,
    archive,
    numbers: () => catalogues.read(name, archive).numbers,
    numberOf: (owner, path) => {
      const known = catalogues.known(name)
      return known ? (known.numbers.get(owner.toWellFormed())?.get(path.toWellFormed()) ?? null) : archive.subjectNo(owner, path)
    },
    factsAt: (moment, wants, take) => {
      const { byNumber } = catalogues.read(name, archive)
      // A number that no subject has is damage, which the row's checksum tells.
      const isWanted = (no: number): boolean => {
        const subject = byNumber.get(no)
        return subject === undefined || wants(subject.server, subject.path)
      }
      for (const fact of archive.factsAt(moment, isWanted)) {
        const subject = byNumber.get(fact.subject)
        if (subject) take(subject.server, subject.path, fact)
      }
    },
    chunkOf: (subject, hour, seal) => readChunk((id) => readPiece.get(id), subject, hour, seal),
    hasSeal: (id, from) => {
      seals ??= new Set((archive.meta().more.seals ?? '').split(','))
      return seals.has(sealMark(id, from))
    },
    cutOf: ({ lastDay }) => {
      const { to, run, addingFrom } = growthOf()
      const end = (lastDay + 1) * dayMs
      // Added, but not listed yet.
      const cut = to >= end ? end : Number.POSITIVE_INFINITY
      return (ofRow) => (ofRow === run ? Math.min(cut, addingFrom) : cut)
    },
    lastHour: (owner, hour) => {
      const id = hour < 0 ? null : newest.get(archiveRowId(owner, 0), archiveRowId(owner, hour))
      return id == null ? null : placeOfRow(id)
    },
  }
}

/** How far a file that grows has grown, as long as nothing is written to it. */
interface Growth {
  readonly version: unknown
  readonly to: number
  readonly run: number
  /** Begin of the day that is just being added by that run. */
  readonly addingFrom: number
}

function growthReader(archive: Archive): () => Growth {
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

/** The subjects of an archive, by their number and by their name. */
interface Catalogue {
  readonly byNumber: ReadonlyMap<number, SubjectRow>
  readonly numbers: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/** Catalogues of the archives that were asked for theirs last: some megabytes each with 10,000 streams. */
export interface Catalogues {
  readonly known: (name: string) => Catalogue | undefined
  readonly read: (name: string, archive: Archive) => Catalogue
  readonly drop: (name: string) => void
}

/** A moment is asked of samples and minutes of one day, or of two about midnight. */
const mostCatalogues = 4

export function createCatalogues(): Catalogues {
  const kept = new Map<string, Catalogue>()
  return {
    known: (name) => kept.get(name),
    read: (name, archive) => {
      const known = kept.get(name)
      if (known) return known
      const read = catalogueOf(archive)
      if (kept.size >= mostCatalogues) kept.clear()
      kept.set(name, read)
      return read
    },
    drop: (name) => void kept.delete(name),
  }
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

/** Reads the pieces of an hour of a subject as far as it takes to find the chunk of a seal; null: the subject is not in that seal. */
function readChunk(readPiece: (id: number) => Uint8Array | undefined, subject: number, hour: number, seal: number): Uint8Array | null {
  /** What was read and not looked at. */
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
  throw new ArchiveDamaged(`the samples of hour ${hour} of subject ${subject} have no end`)
}

/**
 * The chunk of a seal among those of an hour; null: the subject is not in that seal. Where `bytes` are only the beginning of the hour and
 * do not tell yet: how many of them need not be looked at again.
 */
function findChunk(bytes: Uint8Array, isAll: boolean, wanted: number): Uint8Array | number | null {
  const cursor: ByteCursor = { bytes, at: 0 }
  for (;;) {
    const begin = cursor.at
    if (isAll && begin === bytes.length) return null
    // A piece may end within the two numbers before a chunk, which are a few bytes.
    if (!isAll && begin + 16 > bytes.length) return begin
    const seal = readVarint(cursor)
    const length = readVarint(cursor)
    if (seal > wanted) return null
    if (cursor.at + length > bytes.length) {
      if (isAll) throw new ArchiveDamaged('an hour of samples ends within a chunk')
      return begin
    }
    if (seal === wanted) return bytes.subarray(cursor.at, cursor.at + length)
    cursor.at += length
  }
}
