import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import BetterSqlite3, { type Statement } from 'better-sqlite3'
import type { KeptEvent } from '../../../shared/events.ts'
import type { FileFault } from '../../../shared/fileFaults.ts'
import { err, messageOf, ok, type Result } from '../../../shared/result.ts'
import type { Tier } from '../../../shared/tiers.ts'
import { openChecked } from '../../storage/checkedDatabase.ts'
import { type Database, type DatabaseError, isCutOff, openToRead, preparedOnce } from '../../storage/openDatabase.ts'
import { classifyStorageError, damageOf, FaultyFile, faultOf } from '../../storage/storageTrouble.ts'
import { syncFile } from '../../storage/syncFile.ts'
import {
  type ByteCursor,
  checkedCrc,
  createByteSink,
  decodeRounds,
  putBytes,
  putParts,
  putVarint,
  readParts,
  readVarint,
  type SealRounds,
  sinkBytes,
  withCrc,
} from '../codec/codec.ts'
import { type EventRow, eventOfRow, storedAbout } from '../live/live.ts'
import { dayMs, ownName, type SampleLayout, textToLayout } from '../protocol/protocol.ts'

/**
 * An archive file is either finished, or extended by whole days only: a day's samples, a day's minutes, a month's quarter
 * hours, a year's two hours, or an exported bundle. All share this schema; docs/store.md describes every byte. A subject is
 * an owner (a server or a host) with path '', or a part of it. Subject numbers are valid within one file only.
 *
 * Every row has a CRC-32 that includes its key, so that a flipped bit is detected when the row is read and never becomes a
 * wrong number. Damage throws `ArchiveDamaged` or SQLite's own error (`isDamage` recognizes both). A flipped bit in a key may
 * hide the row; only reading the whole file detects that (`checkArchive`, its SHA-256).
 */
const archiveForm = 3
/** Form of a bundle with pictures, which has one more table. Versions that know no such table call it newer. */
const pictureForm = 4
/** 'MTXD' */
const archiveApplicationId = 0x4d545844

const archiveSchema: readonly string[] = [
  'CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  'CREATE TABLE layouts (id INTEGER PRIMARY KEY, columns TEXT NOT NULL UNIQUE, crc INTEGER NOT NULL) STRICT',
  'CREATE TABLE subjects (no INTEGER PRIMARY KEY, server TEXT NOT NULL, path TEXT NOT NULL, crc INTEGER NOT NULL, UNIQUE (server, path)) STRICT',
  'CREATE TABLE rounds (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT',
  'CREATE TABLE samples (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT',
  'CREATE TABLE buckets (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT',
  'CREATE TABLE texts (id INTEGER PRIMARY KEY, json TEXT NOT NULL UNIQUE, crc INTEGER NOT NULL) STRICT',
  'CREATE TABLE facts (subject INTEGER NOT NULL, at REAL NOT NULL, text INTEGER, crc INTEGER NOT NULL, PRIMARY KEY (subject, at)) STRICT, WITHOUT ROWID',
  'CREATE TABLE events (id INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, server_id TEXT, server_name TEXT, path TEXT, text TEXT NOT NULL, facts TEXT NOT NULL, crc INTEGER NOT NULL) STRICT',
  'CREATE INDEX events_by_at ON events(at)',
]
const pictureTable = 'CREATE TABLE pictures (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT'

type ArchiveKind = Tier | 'bundle'

export interface ArchiveMeta {
  readonly kind: ArchiveKind
  /** The UTC day, month or year that the file covers: '2026-11-14', '2026-11', '2026'; '' for a bundle. */
  readonly period: string
  /** First and last moment of its contents, epoch ms. A seal belongs to the day on which it began, so `to` may lie in the next day. */
  readonly from: number
  readonly to: number
  /** Program and version that wrote it; `madeAt`: when, epoch ms. */
  readonly madeBy: string
  readonly madeAt: number
  /** Additional entries of the code that wrote it. */
  readonly more: Readonly<Record<string, string>>
}

/** One part of a bucket row; a row has a part for each layout in use during its block. */
export interface BucketPart {
  /** Id of the layout in this file. */
  readonly layout: number
  /** As `encodeBuckets` made them. */
  readonly bytes: Uint8Array
}
type BucketRow = ReturnType<typeof decodeBucketRow>

/** An hour of one subject, or of an owner's rounds: the seals that began in that hour since 1970. `bytes` as `encodeSampleRow` or `encodeRounds` made them. */
interface HourRow {
  readonly hour: number
  readonly bytes: Uint8Array
}

/** A seal of an archive: `index` of those that began in an hour since 1970. */
export interface ArchivedSeal extends SealRounds<SampleLayout> {
  readonly hour: number
  readonly index: number
}

export interface Fact {
  readonly subject: number
  readonly at: number
  /** null: the subject is gone. */
  readonly json: string | null
}

export interface ArchivedEvent extends KeptEvent {
  readonly id: number
}

export interface ArchivedPicture {
  readonly subject: number
  readonly at: number
  readonly widthPx: number
  readonly heightPx: number
  readonly isSlate: boolean
  /** It shows what an alarm, a fault or a report is about. */
  readonly lasts: boolean
  readonly jpeg: Uint8Array
}

export interface SubjectRow {
  readonly no: number
  readonly server: string
  readonly path: string
}

export class ArchiveDamaged extends FaultyFile {
  override readonly name = 'ArchiveDamaged'
  /** As text: the part that is damaged. */
  constructor(fault: FileFault | string) {
    super(typeof fault === 'string' ? damageOf(fault) : fault)
  }
}

/** Whether an error proves that the file's content differs from what was written. A disk that fails to read is no such proof. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && (['ArchiveDamaged', 'ChunkDamaged', 'BadBytesError'].includes(error.name) || classifyStorageError(error) === 'damaged')
}

/** Whether an error was caused by the file or the disk, not by a bug. Reading may succeed later. */
export function isUnreadable(error: unknown): boolean {
  return isDamage(error) || classifyStorageError(error) !== null
}

/** Row ids reserved per subject: more than there are hours since 1970, or blocks of any tier. */
const rowsOfSubject = 2 ** 22
export const lastSubject = 2 ** 27 - 1
export function archiveRowId(subject: number, place: number): number {
  if (!(place >= 0 && place < rowsOfSubject && subject > 0 && subject <= lastSubject))
    throw new RangeError(`no row of an archive: subject ${subject}, ${place}`)
  return subject * rowsOfSubject + place
}
export function placeOfRow(id: number): number {
  return id % rowsOfSubject
}
export function subjectOfRow(id: number): number {
  return Math.floor(id / rowsOfSubject)
}

export const hourMs = 3_600_000
/** Archives can store times from 1970 up to, not including, this one. Times of a clock that is further off are clamped. */
export const lastMoment = Date.UTC(2300, 0, 1)
const clampTime = (at: number): number => Math.min(Math.max(at, 0), lastMoment - 1)
export function hourOf(at: number): number {
  return Math.floor(clampTime(at) / hourMs)
}

/**
 * The block of a tier that contains a moment: 2 h of minutes, a day of quarter hours, a month (UTC, counted from January
 * 1970) of two hours. A bundle holds all three in one table; their numbers can't collide before the year 2300.
 */
export function blockOf(tier: Exclude<Tier, 'samples'>, at: number): number {
  const since = clampTime(at)
  if (tier === 'minutes') return Math.floor(since / (2 * hourMs))
  if (tier === 'quarterHours') return Math.floor(since / dayMs)
  const date = new Date(since)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}
export function blockStart(tier: Exclude<Tier, 'samples'>, block: number): number {
  return tier === 'minutes' ? block * 2 * hourMs : tier === 'quarterHours' ? block * dayMs : Date.UTC(1970, block, 1)
}

export function rowCrc(...of: (string | number | null)[]): number {
  return crc32(JSON.stringify(of))
}
export function eventCrc({ id, at, kind, server_id, server_name, path, text, facts }: EventRow): number {
  return rowCrc('events', id, at, kind, server_id, server_name, path, text, facts)
}

/** Tables of rows of bytes. */
export type BlobTable = 'rounds' | 'samples' | 'buckets' | 'pictures'
/** The CRC of a row also covers where it is stored. */
const crcOfPlace = (table: BlobTable, id: number): number => crc32(`${table} ${id}`)
const sealed = (table: BlobTable, id: number, bytes: Uint8Array): Uint8Array => withCrc(bytes, crcOfPlace(table, id))
export function unsealed(table: BlobTable, id: number, stored: Uint8Array): Uint8Array {
  return checkedCrc(stored, crcOfPlace(table, id), `${table} ${id}`)
}

function encodeBucketRow(parts: readonly BucketPart[], run: number): Uint8Array {
  const sink = createByteSink()
  putVarint(sink, run)
  putParts(
    sink,
    parts.map(({ layout, bytes }) => ({ no: layout, bytes })),
  )
  return sinkBytes(sink)
}
export function decodeBucketRow(block: number, bytes: Uint8Array) {
  const cursor: ByteCursor = { bytes, at: 0 }
  return {
    block,
    /** The last archiver run that was added to this row; 0 in a file that does not grow. */
    run: readVarint(cursor),
    parts: readParts(cursor).map(({ no, bytes }): BucketPart => ({ layout: no, bytes })),
  }
}

/** By its first bytes. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff
}

const pictureFlags = { slate: 1, lasts: 2 } as const
function encodePicture({ at, widthPx, heightPx, isSlate, lasts, jpeg }: ArchivedPicture): Uint8Array {
  const sink = createByteSink(32 + jpeg.length)
  for (const value of [clampTime(at), widthPx, heightPx, (isSlate ? pictureFlags.slate : 0) | (lasts ? pictureFlags.lasts : 0)]) putVarint(sink, value)
  putBytes(sink, jpeg)
  return sinkBytes(sink)
}
/** Throws `BadBytesError` if the row is damaged. */
export function decodePicture(subject: number, bytes: Uint8Array): ArchivedPicture {
  const cursor: ByteCursor = { bytes, at: 0 }
  const at = readVarint(cursor)
  const widthPx = readVarint(cursor)
  const heightPx = readVarint(cursor)
  const flags = readVarint(cursor)
  return {
    subject,
    at,
    widthPx,
    heightPx,
    isSlate: (flags & pictureFlags.slate) !== 0,
    lasts: (flags & pictureFlags.lasts) !== 0,
    jpeg: bytes.subarray(cursor.at),
  }
}

const metaKeys = ['kind', 'period', 'from', 'to', 'madeBy', 'madeAt'] as const
const kinds: readonly string[] = ['samples', 'minutes', 'quarterHours', 'twoHours', 'bundle']

/** Small, so that a row of some kilobytes, which is a chain of pages, leaves little of them empty. */
const pageSize = 512

/** Numbers the rows of a table in order of first use: the number of the row with these texts, which is added if it is missing. */
function numbering(db: Database, table: 'layouts' | 'subjects' | 'texts', id: 'id' | 'no', columns: readonly string[]) {
  const find = db.prepare<string[], number>(`SELECT ${id} FROM ${table} WHERE ${columns.map((column) => `${column} = ?`).join(' AND ')}`).pluck()
  const add = db.prepare<(string | number)[]>(`INSERT INTO ${table}(${[id, ...columns, 'crc'].join()}) VALUES (${columns.map(() => '?, ').join('')}?, ?)`)
  let next = (db.prepare<[], number | null>(`SELECT max(${id}) FROM ${table}`).pluck().get() ?? 0) + 1
  return (...texts: readonly string[]): number => {
    // SQLite would store half a surrogate pair as a replacement character, so that the text would not be found again.
    const of = texts.map((text) => text.toWellFormed())
    const there = find.get(...of)
    if (there !== undefined) return there
    const no = next++
    add.run(no, ...of, rowCrc(table, no, ...of))
    return no
  }
}

function createRows(db: Database) {
  const sql = {
    meta: db.prepare<[string, string, number]>(
      'INSERT INTO meta(key, value, crc) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, crc = excluded.crc',
    ),
    clearMeta: db.prepare('DELETE FROM meta'),
    rounds: db.prepare<[number, Uint8Array]>('INSERT INTO rounds(id, bytes) VALUES (?, ?)'),
    samples: db.prepare<[number, Uint8Array]>('INSERT INTO samples(id, bytes) VALUES (?, ?)'),
    buckets: db.prepare<[number, Uint8Array]>('INSERT INTO buckets(id, bytes) VALUES (?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes'),
    fact: db.prepare<[number, number, number | null, number]>('INSERT INTO facts(subject, at, text, crc) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    event: db.prepare<[ArchivedEventRow]>(
      `INSERT INTO events(id, at, kind, server_id, server_name, path, text, facts, crc)
       VALUES (@id, @at, @kind, @server_id, @server_name, @path, @text, @facts, @crc) ON CONFLICT DO NOTHING`,
    ),
  }
  /** null: the file has no pictures. */
  let addPicture: Statement<[number, Uint8Array]> | null = null
  /** By subject. */
  const pictureCounts = new Map<number, number>()
  const subject: (owner: string, path: string) => number = numbering(db, 'subjects', 'no', ['server', 'path'])
  const layout: (columns: string) => number = numbering(db, 'layouts', 'id', ['columns'])
  const textOf = numbering(db, 'texts', 'id', ['json'])
  return {
    /** The subject's number, assigned in order of first use. Writing rows in the order of these numbers is fastest. */
    subject,
    /** Id of a layout given as text by `layoutToText`. */
    layout,
    putRounds: (owner: string, hour: number, bytes: Uint8Array): void => {
      const id = archiveRowId(subject(owner, ownName), hour)
      sql.rounds.run(id, sealed('rounds', id, bytes))
    },
    putSamples: (no: number, hour: number, bytes: Uint8Array): void => {
      const id = archiveRowId(no, hour)
      sql.samples.run(id, sealed('samples', id, bytes))
    },
    putBuckets: (no: number, block: number, parts: readonly BucketPart[], run = 0): void => {
      const id = archiveRowId(no, block)
      sql.buckets.run(id, sealed('buckets', id, encodeBucketRow(parts, run)))
    },
    putFact: (no: number, at: number, json: string | null): void => {
      const text = json === null ? null : textOf(json)
      sql.fact.run(no, at, text, rowCrc('facts', no, at, text))
    },
    putEvent: (given: ArchivedEvent): void => {
      const { server_id, server_name, path } = storedAbout(given)
      const row: EventRow = {
        id: given.id,
        at: given.at,
        kind: given.kind,
        server_id,
        server_name: server_name?.toWellFormed() ?? null,
        path: path?.toWellFormed() ?? null,
        text: given.text.toWellFormed(),
        facts: JSON.stringify(given.facts).toWellFormed(),
      }
      sql.event.run({ ...row, crc: eventCrc(row) })
    },
    putPicture: (picture: ArchivedPicture): void => {
      if (addPicture === null) {
        db.exec(pictureTable)
        db.pragma(`user_version = ${pictureForm}`)
        addPicture = db.prepare<[number, Uint8Array]>('INSERT INTO pictures(id, bytes) VALUES (?, ?)')
      }
      const place = pictureCounts.get(picture.subject) ?? 0
      pictureCounts.set(picture.subject, place + 1)
      const id = archiveRowId(picture.subject, place)
      addPicture.run(id, sealed('pictures', id, encodePicture(picture)))
    },
    putMeta: (meta: ArchiveMeta): void => {
      sql.clearMeta.run()
      const put = (key: string, value: string): void => void sql.meta.run(key, value.toWellFormed(), rowCrc('meta', key, value.toWellFormed()))
      for (const key of metaKeys) put(key, String(meta[key]))
      for (const [key, value] of Object.entries(meta.more)) put(`more.${key.toWellFormed()}`, value)
    },
  }
}

/** Rows per transaction, as uncommitted rows take memory. */
const rowsPerCommit = 4000

export type ArchiveWriter = ReturnType<typeof createArchive>

/**
 * Creates a new file, which must not exist yet. Nothing is durable before `finish`. It is written without a journal, so the caller
 * should use a `.part` name and rename the file after `finish`.
 */
export function createArchive(file: string, meta: ArchiveMeta) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'wx', 0o600))
  const db = new BetterSqlite3(file)
  try {
    db.pragma(`page_size = ${pageSize}`)
    db.pragma('journal_mode = OFF')
    db.pragma('synchronous = OFF')
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('cache_size = -8000')
    db.exec('BEGIN')
    for (const statement of archiveSchema) db.exec(statement)
    db.pragma(`application_id = ${archiveApplicationId}`)
    db.pragma(`user_version = ${archiveForm}`)
    const rows = createRows(db)
    rows.putMeta(meta)
    let uncommitted = 0
    const counted =
      <A extends unknown[]>(put: (...args: A) => void) =>
      (...args: A): void => {
        put(...args)
        if (++uncommitted < rowsPerCommit) return
        uncommitted = 0
        db.exec('COMMIT; BEGIN')
      }
    return {
      ...rows,
      putRounds: counted(rows.putRounds),
      putSamples: counted(rows.putSamples),
      putBuckets: counted(rows.putBuckets),
      putFact: counted(rows.putFact),
      putEvent: counted(rows.putEvent),
      putPicture: counted(rows.putPicture),
      /** Writes everything to the disk and closes the file. */
      finish: (): void => {
        db.exec('COMMIT')
        db.close()
        syncFile(file)
      },
      abandon: (): void => {
        db.close()
        rmSync(file, { force: true })
      },
    }
  } catch (error) {
    db.close()
    rmSync(file, { force: true })
    throw error
  }
}

/** Why an archive cannot be read. `words`: the same in English, for the log. */
export type ArchiveError = Pick<DatabaseError, 'kind' | 'words'> & { readonly fault: FileFault }

export type GrowingArchive = ReturnType<typeof growingHandle>

/** Opens an existing file for adding to it. */
export function openGrowingArchive(file: string): Result<GrowingArchive, ArchiveError> {
  return opening(file, () => growingHandle(file))
}

function growingHandle(file: string) {
  const db = openChecked(file, { fileMustExist: true, timeout: 5000 })
  try {
    refuseForeign(db)
    db.pragma('trusted_schema = OFF')
    db.pragma('cell_size_check = ON')
    db.pragma('journal_mode = TRUNCATE')
    db.pragma('synchronous = FULL')
    // Spilling before the commit would lock readers out for the whole transaction.
    db.pragma('cache_spill = OFF')
    db.pragma('cache_size = -8000')
    const rows = createRows(db)
    const readMeta = metaLookup(db)
    const readRow = db.prepare<[number], Uint8Array>('SELECT bytes FROM buckets WHERE id = ?').pluck()
    return {
      ...rows,
      meta: readMeta,
      bucketRow: (subject: number, block: number): BucketRow | null => {
        const id = archiveRowId(subject, block)
        const stored = readRow.get(id)
        return stored ? decodeBucketRow(block, unsealed('buckets', id, stored)) : null
      },
      /** Runs `run` atomically; the result is on disk when this returns. Readers only wait during the commit. */
      transact: (run: () => void): void => db.transaction(run).immediate(),
      close: (): void => {
        // Removes the empty journal file.
        db.pragma('journal_mode = DELETE')
        db.close()
      },
    }
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Opens a file for reading. Its schema must equal ours, so that nothing in a foreign file (a view, a trigger) is ever run.
 * Rows are checked as they are read; only `checkArchive` checks the whole file.
 */
export function openArchive(file: string): Result<Archive, ArchiveError> {
  return opening(file, () => {
    const db = openToRead(file)
    try {
      db.pragma('trusted_schema = OFF')
      db.pragma('cell_size_check = ON')
      refuseForeign(db)
      db.pragma('query_only = ON')
      db.pragma('cache_size = -1000')
      // If the disk fails under a mapped page the whole process crashes, where a call returns an error.
      db.pragma('mmap_size = 0')
      const archive = readHandle(db, file)
      // Refuses an unreadable file here instead of at the first query.
      archive.meta()
      return archive
    } catch (error) {
      db.close()
      throw error
    }
  })
}

export type Archive = ReturnType<typeof readHandle>

function readHandle(db: Database, file: string) {
  const sql = preparedOnce(db)
  const layouts = new Map<number, SampleLayout>()
  const readLayouts = (): void => {
    for (const { id, columns, crc } of sql<[], { id: number; columns: string; crc: number }>('SELECT id, columns, crc FROM layouts').all()) {
      if (crc !== rowCrc('layouts', id, columns)) throw new ArchiveDamaged(`layouts ${id}`)
      if (!layouts.has(id)) layouts.set(id, textToLayout(columns))
    }
  }
  const layoutOf = (id: number): SampleLayout => {
    if (!layouts.has(id)) readLayouts()
    const layout = layouts.get(id)
    if (!layout) throw new ArchiveDamaged(`there is no layout ${id}`)
    return layout
  }
  const texts = new Map<number, string>()
  const textOf = (id: number): string => {
    let json = texts.get(id)
    if (json !== undefined) return json
    const row = sql<[number], { json: string; crc: number }>('SELECT json, crc FROM texts WHERE id = ?').get(id)
    if (!row || row.crc !== rowCrc('texts', id, row.json)) throw new ArchiveDamaged(`texts ${id}`)
    json = row.json
    if (texts.size >= mostTextsKept) texts.clear()
    texts.set(id, json)
    return json
  }
  interface FactRow {
    readonly subject: number
    readonly at: number
    readonly text: number | null
    readonly crc: number
  }
  const factOf = ({ subject, at, text, crc }: FactRow): Fact => {
    if (crc !== rowCrc('facts', subject, at, text)) throw new ArchiveDamaged(`facts of subject ${subject}`)
    return { subject, at, json: text === null ? null : textOf(text) }
  }
  const subjectOf = ({ no, server, path, crc }: SubjectRow & { crc: number }): SubjectRow => {
    if (crc !== rowCrc('subjects', no, server, path)) throw new ArchiveDamaged(`subjects ${no}`)
    return { no, server, path }
  }
  const blobs = (table: 'rounds' | 'samples' | 'buckets', subject: number, from: number, to: number): { place: number; bytes: Uint8Array }[] => {
    if (to < from) return []
    const low = archiveRowId(subject, Math.max(0, from))
    const high = archiveRowId(subject, Math.min(to, rowsOfSubject - 1))
    return sql<[number, number], { id: number; bytes: Uint8Array }>(`SELECT id, bytes FROM ${table} WHERE id BETWEEN ? AND ? ORDER BY id`)
      .all(low, high)
      .map(({ id, bytes }) => ({ place: placeOfRow(id), bytes: unsealed(table, id, bytes) }))
  }
  const hours = (table: 'rounds' | 'samples', subject: number, from: number, to: number): HourRow[] =>
    blobs(table, subject, from, to).map(({ place, bytes }) => ({ hour: place, bytes }))
  const readMeta = metaLookup(db)
  const hasPictures = db.pragma('user_version', { simple: true }) === pictureForm

  return {
    file,
    /** For custom queries, which must check the CRCs of the rows themselves (`eventCrc`). */
    db,
    meta: readMeta,
    layout: layoutOf,
    layouts: (): ReadonlyMap<number, SampleLayout> => {
      readLayouts()
      return layouts
    },
    subjectNo: (owner: string, path: string): number | null => {
      const row = sql<[string, string], SubjectRow & { crc: number }>('SELECT no, server, path, crc FROM subjects WHERE server = ? AND path = ?').get(
        owner.toWellFormed(),
        path.toWellFormed(),
      )
      return row ? subjectOf(row).no : null
    },
    subjects: (): SubjectRow[] => sql<[], SubjectRow & { crc: number }>('SELECT no, server, path, crc FROM subjects ORDER BY no').all().map(subjectOf),
    /** Ids of servers and hosts. */
    owners: (): string[] => sql<[], string>('SELECT DISTINCT server FROM subjects ORDER BY server').pluck().all(),
    // Ranges here and below include both ends.
    /** `owner`: number of the owner itself. */
    rounds: (owner: number, from: number, to: number): HourRow[] => hours('rounds', owner, from, to),
    /** Decoded, oldest hour first. */
    seals: (owner: number, from: number, to: number): ArchivedSeal[] =>
      hours('rounds', owner, from, to).flatMap(({ hour, bytes }) =>
        decodeRounds(bytes).map((seal, index) => ({ ...seal, partLayout: layoutOf(seal.partLayout), ownLayout: layoutOf(seal.ownLayout), hour, index })),
      ),
    sampleRows: (subject: number, from: number, to: number): HourRow[] => hours('samples', subject, from, to),
    bucketRows: (subject: number, from: number, to: number): BucketRow[] =>
      blobs('buckets', subject, from, to).map(({ place, bytes }) => decodeBucketRow(place, bytes)),
    /** The facts that held at a moment: each subject's newest at or before it. Unwanted subjects are skipped without checking their CRC. */
    factsAt: (moment: number, wants?: (subject: number) => boolean): Fact[] => {
      // With max(), SQLite takes the other columns from the row of the maximum.
      const rows = sql<[number], FactRow>('SELECT subject, max(at) AS at, text, crc FROM facts WHERE at <= ? GROUP BY subject').all(moment)
      return (wants ? rows.filter(({ subject }) => wants(subject)) : rows).map(factOf)
    },
    /** Facts of one subject: the one that held at `from`, and those after it up to `to`. */
    factsOf: (subject: number, from: number, to: number): Fact[] =>
      sql<[number, number, number, number, number], FactRow>(
        `SELECT * FROM (SELECT subject, at, text, crc FROM facts WHERE subject = ? AND at <= ? ORDER BY at DESC LIMIT 1)
         UNION ALL SELECT subject, at, text, crc FROM facts WHERE subject = ? AND at > ? AND at <= ? ORDER BY at`,
      )
        .all(subject, from, subject, from, to)
        .map(factOf),
    /** Facts of all subjects in [from, to). */
    factsBetween: (from: number, to: number): Fact[] =>
      sql<[number, number], FactRow>('SELECT subject, at, text, crc FROM facts WHERE at >= ? AND at < ? ORDER BY subject, at').all(from, to).map(factOf),
    events: (from: number, to: number): ArchivedEvent[] =>
      sql<[number, number], ArchivedEventRow>(
        'SELECT id, at, kind, server_id, server_name, path, text, facts, crc FROM events WHERE at >= ? AND at < ? ORDER BY id',
      )
        .all(from, to)
        .map(checkedEvent),
    hasPictures,
    /** At most `limit` pictures whose row ids are greater than `after`, in their order. */
    pictures: (after: number, limit: number): { readonly id: number; readonly picture: ArchivedPicture }[] =>
      hasPictures
        ? sql<[number, number], { id: number; bytes: Uint8Array }>('SELECT id, bytes FROM pictures WHERE id > ? ORDER BY id LIMIT ?')
            .all(after, limit)
            .map(({ id, bytes }) => ({ id, picture: decodePicture(subjectOfRow(id), unsealed('pictures', id, bytes)) }))
        : [],
    close: (): void => void db.close(),
    [Symbol.dispose]: (): void => void db.close(),
  }
}

const mostTextsKept = 20_000
/** A row of `events`. */
export interface ArchivedEventRow extends EventRow {
  readonly crc: number
}
/** Throws `ArchiveDamaged` if the row's CRC is wrong, `BadBytesError` if its facts are damaged: a stranger's file may have any, with their right CRC. */
export function checkedEvent({ crc, ...row }: ArchivedEventRow): ArchivedEvent {
  if (crc !== eventCrc(row)) throw new ArchiveDamaged(`events ${row.id}`)
  return eventOfRow(row)
}

/** Bytes of one entry of what a file says of itself: the alarms of a bundle are the longest. */
const mostMetaBytes = 64 << 20

function metaLookup(db: Database): () => ArchiveMeta {
  // Found by the lengths alone: a stranger's text may be so long that reading it is too much.
  const tooLong = db.prepare<[number], number>('SELECT 1 FROM meta WHERE octet_length(value) > ? LIMIT 1').pluck()
  const read = db.prepare<[], { key: string; value: string; crc: number }>('SELECT key, value, crc FROM meta')
  return () => {
    if (tooLong.get(mostMetaBytes) !== undefined) throw new ArchiveDamaged('meta is too long')
    const values = new Map<string, string>()
    for (const { key, value, crc } of read.all()) {
      if (crc !== rowCrc('meta', key, value)) throw new ArchiveDamaged(`meta ${key}`)
      values.set(key, value)
    }
    const of = (key: (typeof metaKeys)[number]): string => {
      const value = values.get(key)
      if (value === undefined) throw new ArchiveDamaged(`meta ${key}`)
      return value
    }
    const number = (key: (typeof metaKeys)[number]): number => {
      const value = Number(of(key))
      if (!Number.isFinite(value)) throw new ArchiveDamaged(`meta ${key}`)
      return value
    }
    const kind = of('kind')
    if (!kinds.includes(kind)) throw new ArchiveDamaged('meta kind')
    return {
      kind: kind as ArchiveKind,
      period: of('period'),
      from: number('from'),
      to: number('to'),
      madeBy: of('madeBy'),
      madeAt: number('madeAt'),
      more: Object.fromEntries([...values].filter(([key]) => key.startsWith('more.')).map(([key, value]) => [key.slice('more.'.length), value])),
    }
  }
}

class NewerArchive extends FaultyFile {}

function refuseForeign(db: Database): void {
  const form = db.pragma('user_version', { simple: true }) as number
  const application = db.pragma('application_id', { simple: true }) as number
  if (application !== archiveApplicationId) throw new ArchiveDamaged({ kind: 'notOurs' })
  if (isCutOff(db)) throw new ArchiveDamaged({ kind: 'cutOff' })
  if (form > pictureForm) throw new NewerArchive({ kind: 'newer', form, known: pictureForm })
  if (form < archiveForm) throw new ArchiveDamaged(`form ${form} is not read any more`)
  const found = db.prepare<[], string>("SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_autoindex_%' ORDER BY rowid").pluck().all()
  const tables = form === pictureForm ? [...archiveSchema, pictureTable] : archiveSchema
  if (JSON.stringify(found) !== JSON.stringify(tables)) throw new ArchiveDamaged('its tables are not those of mtxdeck')
}

function opening<T>(file: string, open: () => T): Result<T, ArchiveError> {
  try {
    return ok(open())
  } catch (error) {
    const because = messageOf(error)
    const fault = faultOf(error)
    if (error instanceof NewerArchive) return err({ kind: 'databaseNewer', fault, words: `${file}: ${because}. Update mtxdeck to open it.` })
    if (!existsSync(file)) return err({ kind: 'dataDirNotWritable', fault: { kind: 'notThere' }, words: `${file} is not there.` })
    if (isDamage(error)) return err({ kind: 'databaseDamaged', fault, words: `${basename(file)} is damaged or no archive of mtxdeck (${because}).` })
    if (classifyStorageError(error) !== null) return err({ kind: 'dataDirNotWritable', fault, words: `${file} cannot be opened (${because}).` })
    throw error
  }
}
