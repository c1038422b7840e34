import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { mostBundledPictures } from '../../../shared/bundles.ts'
import type { FileFault } from '../../../shared/fileFaults.ts'
import { messageOf } from '../../../shared/messageOf.ts'
import { err, ok, type Result } from '../../../shared/result.ts'
import { tiers } from '../../../shared/tiers.ts'
import type { Fault, Finding } from '../../storage/checkMain.ts'
import { changedBytes, hashFile } from '../../storage/hashFile.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { damageOf, FaultyFile, faultOf } from '../../storage/storageTrouble.ts'
import {
  type Archive,
  ArchiveDamaged,
  type ArchivedEventRow,
  type ArchiveWriter,
  archivesInFolder,
  type BlobTable,
  checkedEvent,
  copyPart,
  createArchiveSource,
  decodePicture,
  isDamage,
  isJpeg,
  isUnreadable,
  lastMoment,
  listedArchives,
  misnamedAs,
  openArchive,
  parseArchiveName,
  periodSpan,
  rowCrc,
  subjectOfRow,
  unsealed,
} from '../archive/archive.ts'
import { type ByteCursor, ChunkDamaged, chunkColumns, chunkRounds, decodeBuckets, decodeColumn, mostColumns, readRecord, storedObject } from '../codec/codec.ts'
import { createLiveStore, type EventRow, eventOfRow, type ReadPart, readJournal } from '../live/live.ts'
import { textToLayout } from '../protocol/protocol.ts'

/** Counts of what was checked. */
export interface ChecksDone {
  /** Chunks and minutes of history.db. */
  parts: number
  events: number
  archives: number
}

/** What an error says about the part that was being read. In a check any error that says nothing about a file is one of a decoder. */
function decodingFault(error: unknown, where: string): FileFault {
  const fault = faultOf(error, where)
  return fault.kind === 'internal' ? damageOf(`${where}: ${messageOf(error)}`) : fault
}

/** Checks all contents of history.db with the readers that answer queries, and reports to `find` what they would leave out. */
export function checkLiveHistory(db: Database, done: ChecksDone, find: (fault: Fault) => void): void {
  const readIn =
    (where: string): ReadPart =>
    (read, instead) => {
      try {
        return read()
      } catch (error) {
        find({ kind: 'part', fault: decodingFault(error, where) })
        return instead
      }
    }
  for (const { id, columns } of db.prepare<[], { id: number; columns: string }>('SELECT id, columns FROM layouts').all())
    readIn(`layout ${id}`)(() => void textToLayout(columns), undefined)
  for (const { table, rowid, parent } of db.pragma('foreign_key_check') as { table: string; rowid: number | null; parent: string }[])
    find({ kind: 'part', fault: damageOf(`${table} ${rowid ?? ''}: there is none of its ${parent}`) })
  for (const { no, id } of db.prepare<[], { no: number; id: string }>('SELECT no, id FROM servers').all()) {
    const ofPart = readIn(`samples of ${id}`)
    const live = createLiveStore(db, ofPart)
    for (const seal of live.seals(no, Number.MAX_SAFE_INTEGER, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)) {
      const values = new Float64Array(seal.times.length)
      for (const chunk of live.chunks(seal, null).values()) {
        done.parts++
        ofPart(() => {
          if (chunkRounds(chunk) !== values.length) throw new ChunkDamaged(`${chunkRounds(chunk)} rounds instead of ${values.length}`)
          for (const column of chunkColumns(chunk)) decodeColumn(chunk, column, values)
        }, undefined)
      }
      for (const minutes of live.allMinutes(seal, null).values()) {
        done.parts++
        ofPart(() => void decodeBuckets(minutes), undefined)
      }
    }
  }
  // At one moment: a console that writes meanwhile overwrites rows that were free.
  db.transaction(() => {
    const servers = new Set(db.prepare<[], number>('SELECT no FROM servers').pluck().all())
    for (const { no, records } of readJournal(db).rows)
      readIn(`journal row ${no}`)(() => {
        for (const cursor: ByteCursor = { bytes: records, at: 0 }; cursor.at < records.length; ) {
          const { owner, end } = readRecord(cursor)
          if (!servers.has(owner)) throw new ChunkDamaged(`there is no server ${owner}`)
          cursor.at = end
        }
      }, undefined)
  })()
  for (const row of db.prepare<[], EventRow>('SELECT * FROM events').iterate()) {
    done.events++
    readIn(`event ${row.id}`)(() => void eventOfRow(row), undefined)
  }
  for (const { id, json } of db.prepare<[], { id: number; json: string }>('SELECT id, json FROM texts').iterate())
    readIn(`text ${id}`)(() => void storedObject(json, 'it'), undefined)
}

/**
 * Checks every archive whole, whether listed or only in the folder, and compares it with its entry in history.db. The list is
 * read again where needed, because retention may remove an archive meanwhile.
 */
export async function checkArchives(
  folder: string,
  history: Database | null,
  done: ChecksDone,
  find: (finding: Finding) => void,
  /** Called with each file that is not listed. */
  onUnlisted: (file: string) => void,
  /** Called with a line of progress for each file. */
  onProgress: (line: string) => void,
): Promise<void> {
  const listed = history === null ? [] : listedArchives(history)
  const names = new Set([...listed.map(({ name }) => name), ...archivesInFolder(folder)])
  for (const name of [...names].sort()) {
    const file = join(folder, name)
    const entry = listed.find((each) => each.name === name)
    const isListed = (): boolean => history !== null && listedArchives(history).some((each) => each.name === name)
    const say = (fault: FileFault): void => find({ file: `history/${name}`, fault: { kind: 'whole', fault } })
    onProgress(`history/${name} …`)
    if (!existsSync(file)) {
      if (isListed()) say({ kind: 'notThere' })
      continue
    }
    done.archives++
    const isChanged = entry?.sha256 && (await hashFile(file)).sha256 !== entry.sha256
    const checked = await checkArchive(file, () => new Promise((resolve) => void setImmediate(resolve)))
    // Retention may have removed it while it was read.
    if (existsSync(file)) {
      if (isChanged) say(damageOf(changedBytes))
      if (!checked.ok) say(checked.error.fault)
    }
    if (history !== null && !entry && !isListed()) onUnlisted(`history/${name}`)
  }
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (name.endsWith('.db') && parseArchiveName(name) === null) find({ file: `history/${name}`, fault: { kind: 'whole', fault: { kind: 'notOurs' } } })
}

/** Blobs read at once; some megabytes. */
const rowsPerTurn = 64
/** Pictures are larger. */
const picturesPerTurn = 8

/** Calls `each` for every row of a table of blobs, its CRC checked, in the order of their ids. */
async function eachBlob(archive: Archive, table: BlobTable, turn: () => Promise<void>, each: (id: number, bytes: Uint8Array) => void): Promise<void> {
  const read = archive.db.prepare<[number, number], { id: number; bytes: Uint8Array }>(`SELECT id, bytes FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`)
  const atOnce = table === 'pictures' ? picturesPerTurn : rowsPerTurn
  for (let last = -(2 ** 53); ; ) {
    const rows = read.all(last, atOnce)
    for (const { id, bytes } of rows) each(id, unsealed(table, id, bytes))
    await turn()
    if (rows.length < atOnce) return
    const next = rows.at(-1)?.id ?? last
    // In a damaged file rows may not be in order, which would make this loop endless.
    if (!(next > last)) throw new ArchiveDamaged(`${table} are out of order`)
    last = next
  }
}

/** Reads every row and compares its CRC. Throws errors that `isDamage` recognizes. `turn` is awaited after every few megabytes. */
export async function checkRows(archive: Archive, turn: () => Promise<void>): Promise<void> {
  archive.meta()
  archive.layouts()
  archive.subjects()
  for (const table of ['rounds', 'samples', 'buckets'] as const) await eachBlob(archive, table, turn, () => {})
  for (const { id, json, crc } of archive.db.prepare<[], { id: number; json: string; crc: number }>('SELECT id, json, crc FROM texts').iterate())
    must(crc === rowCrc('texts', id, json), `texts ${id}`)
  archive.factsBetween(-Number.MAX_VALUE, Number.MAX_VALUE)
  for (const row of archive.db.prepare<[], ArchivedEventRow>('SELECT * FROM events').iterate()) checkedEvent(row)
}

function must(holds: boolean, otherwise: FileFault | string): void {
  if (!holds) throw new ArchiveDamaged(otherwise)
}

/** No row of ours is longer, bytes. */
const mostRowBytes = 16 << 20
/** Names are far shorter. */
const mostNameBytes = 16 << 10
const longColumns = [
  ['subjects', 'path', mostNameBytes],
  ['layouts', 'columns', mostRowBytes],
  ['rounds', 'bytes', mostRowBytes],
  ['samples', 'bytes', mostRowBytes],
  ['buckets', 'bytes', mostRowBytes],
  ['texts', 'json', mostRowBytes],
  ['events', 'text', mostRowBytes],
  ['events', 'facts', mostRowBytes],
] as const
/** Snapshots are far smaller. */
const mostPictureBytes = 4 << 20
const mostPicturePx = 16_384
const layoutSchema = z.array(z.tuple([z.string().min(1).max(100), z.number().positive()])).max(mostColumns)

/** `isRead` false: a disk error prevented reading it whole, which says nothing about the file. */
interface ArchiveFailure {
  readonly fault: FileFault
  readonly isRead: boolean
}

/**
 * Checks a whole archive or bundle, and trusts nothing in it: SQLite's integrity check, every CRC, and everything read as for a copy of
 * it, with every chunk and bucket decoded. Never throws because of the file's content.
 */
export async function checkArchive(
  file: string,
  turn: () => Promise<void> = async () => {},
): Promise<Result<{ readonly subjects: number; readonly samples: number }, ArchiveFailure>> {
  const opened = openArchive(file)
  if (!opened.ok) return err({ fault: opened.error.fault, isRead: opened.error.kind === 'databaseDamaged' })
  const archive = opened.value
  try {
    checkOutside(archive, file)
    await turn()
    await checkRows(archive, turn)
    const { kind } = archive.meta()
    const { samples } = await copyPart({
      sources: [createArchiveSource(archive)],
      from: 0,
      to: lastMoment,
      wants: () => true,
      tiers: kind === 'bundle' ? tiers : [kind],
      facts: { from: 0, to: lastMoment },
      events: null,
      counts: true,
      into: nowhere,
      turn,
      onDamage: (words) => {
        throw new ArchiveDamaged(words)
      },
    })
    if (archive.hasPictures) await checkPictures(archive, turn)
    return ok({ subjects: archive.subjects().length, samples })
  } catch (error) {
    if (isUnreadable(error)) return err({ fault: faultOf(error), isRead: isDamage(error) })
    // Numbers that no file of ours has make a decoder fail in many ways.
    if (error instanceof RangeError || error instanceof SyntaxError || error instanceof z.ZodError)
      return err({ fault: decodingFault(error, 'it'), isRead: true })
    if (error instanceof FaultyFile) return err({ fault: error.fault, isRead: true })
    throw error
  } finally {
    archive.close()
  }
}

/** Takes what is copied, and keeps nothing. */
const nowhere: ArchiveWriter = {
  file: '',
  subject: () => 1,
  layout: () => 1,
  putRounds: () => {},
  putSamples: () => {},
  putBuckets: () => {},
  putFact: (_, __, json) => void (json === null || storedObject(json, 'facts')),
  putEvent: () => {},
  putPicture: () => {},
  putMeta: () => {},
  finish: () => {},
  abandon: () => {},
}

/** What can be told of it before anything is read: in a stranger's file one row may be a gigabyte, and many may share the same pages. */
function checkOutside({ db, hasPictures, meta: readMeta }: Archive, file: string): void {
  const found = String(db.pragma('integrity_check(1)', { simple: true }))
  must(found === 'ok', found)
  const isLonger = (table: string, column: string, most: number): boolean =>
    db.prepare<[number], 1>(`SELECT 1 FROM ${table} WHERE octet_length(${column}) > ? LIMIT 1`).pluck().get(most) !== undefined
  for (const [table, column, most] of longColumns) must(!isLonger(table, column, most), `${table} are too long`)
  if (hasPictures) {
    must(!isLonger('pictures', 'bytes', mostPictureBytes + 64), 'pictures are too long')
    must((db.prepare<[], number>('SELECT count(*) FROM pictures').pluck().get() ?? 0) <= mostBundledPictures, { kind: 'tooLarge' })
  }
  for (const columns of db.prepare<[], string>('SELECT columns FROM layouts').pluck().all()) layoutSchema.parse(JSON.parse(columns))
  const { kind, period, from, to } = readMeta()
  must(from >= 0 && from <= to && to < lastMoment, 'it has no time')
  const span = kind === 'bundle' ? null : periodSpan(period)
  must(kind === 'bundle' ? period === '' : span !== null && from >= span.from && from < span.to, 'it begins outside its period')
  const name = file.split(/[\\/]/).at(-1) ?? ''
  const of = parseArchiveName(name)
  must(of === null || (of.tier === kind && of.period === period), misnamedAs(kind, period))
}

/** Whether they can be decoded is found by whoever shows them. */
async function checkPictures(archive: Archive, turn: () => Promise<void>): Promise<void> {
  must(archive.meta().kind === 'bundle', 'only a bundle has pictures')
  const subjects = new Set(archive.subjects().map(({ no }) => no))
  await eachBlob(archive, 'pictures', turn, (id, bytes) => {
    const subject = subjectOfRow(id)
    must(subjects.has(subject), `there is no subject ${subject}`)
    const { at, widthPx, heightPx, jpeg } = decodePicture(subject, bytes)
    must(at < lastMoment, 'it has no time')
    must(Math.min(widthPx, heightPx) > 0 && Math.max(widthPx, heightPx) <= mostPicturePx, 'it has no size')
    must(jpeg.length <= mostPictureBytes && isJpeg(jpeg), 'it is no JPEG')
  })
}
