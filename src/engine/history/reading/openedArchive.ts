import { partFault } from '../../../shared/partFault.ts'
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

/** An open archive with lookups that queries share. */
export interface OpenedArchive {
  readonly name: string
  readonly archive: Archive
  /** The newest hour up to `hour` in which a seal of this owner began; null: there is none. */
  readonly lastHour: (owner: number, hour: number) => number | null
  /** Numbers of all subjects, by owner and path. Read once, and cached until a few other archives were asked for theirs. */
  readonly numbers: () => ReadonlyMap<string, ReadonlyMap<string, number>>
  /** Number of one subject, from the cached numbers if available, else looked up. */
  readonly numberOf: (owner: string, path: string) => number | null
  /** The newest facts of the wanted subjects at or before the moment. Others are not read. */
  readonly factsAt: (moment: number, wants: (owner: string, path: string) => boolean, take: (owner: string, path: string, fact: Fact) => void) => void
  /** A subject's chunk of one seal, given by its index in the hour; null: the subject is not in the seal. Reads no more of the hour than needed. */
  readonly chunkOf: (subject: number, hour: number, seal: number) => Uint8Array | null
  /** Whether a seal of the live file is in this file of a day. */
  readonly hasSeal: (id: number, from: number) => boolean
  /** For a growing file: the time from which a row of a run must be ignored, because the day being added is still read from elsewhere. */
  readonly cutOf: (listed: ListedArchive) => (run: number) => number
}

export function asOpened(name: string, archive: Archive, catalogues: Catalogues): OpenedArchive {
  const newest = archive.db.prepare<[number, number], number | null>('SELECT max(id) FROM rounds WHERE id BETWEEN ? AND ?').pluck()
  const readPiece = archive.db.prepare<[number], Uint8Array>('SELECT bytes FROM samples WHERE id = ?').pluck()
  const growthOf = growthLookup(archive)
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
    chunkOf: (subject, hour, seal) => readChunk((id) => readPiece.get(id), subject, hour, seal),
    hasSeal: (id, from) => {
      seals ??= new Set((archive.meta().more.seals ?? '').split(','))
      return seals.has(sealMark(id, from))
    },
    cutOf: ({ lastDay }) => {
      const { to, run, addingFrom } = growthOf()
      const end = (lastDay + 1) * dayMs
      // The day was added but is not listed yet.
      const cut = to >= end ? end : Number.POSITIVE_INFINITY
      return (ofRow) => (ofRow === run ? Math.min(cut, addingFrom) : cut)
    },
    lastHour: (owner, hour) => {
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
interface Catalogue {
  readonly byNumber: ReadonlyMap<number, SubjectRow>
  readonly numbers: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/** Cache of the most recently used catalogues. Each takes some megabytes with 10,000 streams. */
export interface Catalogues {
  readonly known: (name: string) => Catalogue | undefined
  readonly read: (name: string, archive: Archive) => Catalogue
  readonly drop: (name: string) => void
}

/** A moment needs samples and minutes of one day, or of two around midnight. */
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
  throw new ArchiveDamaged(partFault('samples', subject, { kind: 'incomplete' }))
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
      if (isAll) throw new ArchiveDamaged(partFault('samples', null, { kind: 'incomplete' }))
      return begin
    }
    if (seal === wanted) return bytes.subarray(cursor.at, cursor.at + length)
    cursor.at += length
  }
}
