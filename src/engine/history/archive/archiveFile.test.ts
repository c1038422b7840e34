import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { streamSubject } from '../../../shared/subjectNames.ts'
import { ChunkDamaged } from '../codec/varint.ts'
import {
  type Archive,
  ArchiveDamaged,
  type ArchivedEvent,
  type ArchiveMeta,
  archiveRowId,
  blockOf,
  blockStart,
  createArchive,
  hourOf,
  isDamage,
  isUnreadable,
  lastSubject,
  openArchive,
  openGrowingArchive,
  placeOfRow,
  subjectOfRow,
} from './archiveFile.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-archive-'))
  file = join(dir, 'minutes-2026-11-14.db')
})
afterEach(() => rmSync(dir, { recursive: true }))

const at = Date.UTC(2026, 10, 14)
const meta: ArchiveMeta = { kind: 'minutes', period: '2026-11-14', from: at, to: at + 86_399_000, madeBy: 'mtxdeck test', madeAt: at, more: { note: 'Über' } }
const layoutText = '[["path.bitrateIn",0.01]]'
const event: ArchivedEvent = { id: 7, at: at + 5, kind: 'streamOff', subject: streamSubject('a', 'cam'), ownerName: 'A', text: 'Gone.', facts: { for: 3 } }
const bytes = (n: number): Uint8Array => Uint8Array.from({ length: 40 }, (_, i) => (n * 31 + i * 7) % 256)

function made(): void {
  const writer = createArchive(file, meta)
  const layout = writer.layout(layoutText)
  for (const server of ['a', 'b']) {
    writer.putRounds(server, hourOf(at), bytes(1))
    for (const path of ['', 'cam', 'häuser/ÿ']) {
      const no = writer.subject(server, path)
      for (const hour of [0, 1, 5]) writer.putSamples(no, hourOf(at) + hour, bytes(no * 10 + hour))
      writer.putBuckets(no, blockOf('minutes', at), [{ layout, bytes: bytes(no) }], 3)
      writer.putFact(no, at - 10, JSON.stringify({ state: 'live', no }))
      writer.putFact(no, at + 1000, no === 2 ? null : '{"state":"live"}')
    }
  }
  writer.putEvent(event)
  writer.finish()
}
function opened(): Archive {
  const result = openArchive(file)
  if (!result.ok) throw new Error(result.error.words)
  return result.value
}

/** Everything that can be asked of it, a row each. */
function contents(archive: Archive): Map<string, unknown> {
  const out = new Map<string, unknown>([['meta', archive.meta()]])
  for (const [id, { metrics, scales }] of archive.layouts()) out.set(`layout ${id}`, [metrics, [...scales]])
  for (const subject of archive.subjects()) out.set(`subject ${subject.no}`, subject)
  for (const path of ['', 'cam', 'häuser/ÿ']) out.set(`number of ${path}`, archive.subjectNo('b', path) ?? undefined)
  for (const no of [1, 2, 3, 4, 5, 6]) {
    for (const { hour, bytes } of archive.rounds(no, 0, hourOf(at) + 9)) out.set(`rounds ${no} ${hour}`, bytes)
    for (const { hour, bytes } of archive.sampleRows(no, hourOf(at), hourOf(at) + 9)) out.set(`samples ${no} ${hour}`, bytes)
    for (const row of archive.bucketRows(no, blockOf('minutes', at), blockOf('minutes', at) + 3)) out.set(`buckets ${no} ${row.block}`, row)
    for (const fact of archive.factsOf(no, at, at + 2000)) out.set(`fact of ${no} ${fact.at}`, fact)
  }
  for (const fact of archive.factsBetween(at - 20, at + 2000)) out.set(`fact ${fact.subject} ${fact.at}`, fact)
  for (const one of archive.events(at, at + 6)) out.set(`event ${one.id}`, one)
  for (const [key, value] of out) if (value === undefined) out.delete(key)
  return out
}

test('what was written is read again, by numbers that hold in this file', () => {
  made()
  const archive = opened()
  expect(archive.meta()).toEqual(meta)
  expect(archive.subjects().map(({ no, server, path }) => [no, server, path])).toEqual([
    [1, 'a', ''],
    [2, 'a', 'cam'],
    [3, 'a', 'häuser/ÿ'],
    [4, 'b', ''],
    [5, 'b', 'cam'],
    [6, 'b', 'häuser/ÿ'],
  ])
  expect(archive.layout(1).scales[0]).toBe(0.01)
  expect(archive.sampleRows(5, hourOf(at) + 1, hourOf(at) + 5)).toEqual([
    { hour: hourOf(at) + 1, bytes: bytes(51) },
    { hour: hourOf(at) + 5, bytes: bytes(55) },
  ])
  expect(archive.rounds(4, 0, hourOf(at))).toEqual([{ hour: hourOf(at), bytes: bytes(1) }])
  expect(archive.bucketRows(6, 0, blockOf('minutes', at))).toEqual([{ block: blockOf('minutes', at), run: 3, parts: [{ layout: 1, bytes: bytes(6) }] }])
  expect(archive.events(at, at + 6)).toEqual([event])
  expect(archive.events(at, at + 5)).toEqual([])
  archive.close()
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('pictures are read again in the order in which they were written of each subject, and a file without them stays of the first form', () => {
  made()
  const without = opened()
  expect([without.hasPictures, without.pictures(0, 10)]).toEqual([false, []])
  without.close()
  file = join(dir, 'with.mtxdeck')
  const writer = createArchive(file, { ...meta, kind: 'bundle', period: '' })
  const [a, b] = [writer.subject('a', 'cam'), writer.subject('probe-abcd', '')]
  const picture = { at, widthPx: 320, heightPx: 180, isSlate: false, lasts: true, jpeg: bytes(1) }
  const pictures = [
    { ...picture, subject: a },
    { ...picture, subject: a, at: at - 5, isSlate: true, lasts: false, jpeg: bytes(2) },
    { ...picture, subject: b, at: at + 5, jpeg: bytes(3) },
  ]
  for (const one of [pictures[2], pictures[0], pictures[1]]) writer.putPicture(one as (typeof pictures)[number])
  writer.finish()
  const archive = opened()
  const [first, ...rest] = archive.pictures(0, 10)
  expect([first, ...rest].map((one) => one?.picture)).toEqual(pictures)
  expect(archive.pictures(first?.id ?? 0, 1).map((one) => one.picture)).toEqual([pictures[1]])
  archive.close()
})

test('facts at a moment are the newest of each subject, and null where it was not there any more', () => {
  made()
  const archive = opened()
  expect(archive.factsAt(at - 11)).toEqual([])
  expect(archive.factsAt(at).map(({ subject, json }) => [subject, json])[1]).toEqual([2, '{"state":"live","no":2}'])
  const after = archive.factsAt(at + 1000)
  expect(after).toHaveLength(6)
  expect(after[1]).toEqual({ subject: 2, at: at + 1000, json: null })
  expect(archive.factsOf(2, at, at + 2000).map((fact) => fact.at)).toEqual([at - 10, at + 1000])
  expect(archive.factsBetween(at, at + 1001)).toHaveLength(6)
  archive.close()
})

test('a name with half a character in it is found as it is kept', () => {
  const writer = createArchive(file, meta)
  const no = writer.subject('a', 'cam\ud800')
  expect(writer.subject('a', 'cam\ud800')).toBe(no)
  writer.finish()
  const archive = opened()
  expect(archive.subjectNo('a', 'cam\ud800')).toBe(no)
  expect(archive.subjectNo('a', 'cam\ufffd')).toBe(no)
  archive.close()
})

test('a file that was given up is not there, and one that is there is not written over', () => {
  const writer = createArchive(file, meta)
  expect(() => createArchive(file, meta)).toThrow('EEXIST')
  writer.putFact(writer.subject('a', ''), at, '{}')
  writer.abandon()
  expect(openArchive(file)).toEqual({ ok: false, error: { kind: 'dataDirNotWritable', fault: { kind: 'notThere' }, words: `${file} is not there.` } })
})

test('a file of a newer form is refused by name, and one with other tables as no archive', () => {
  made()
  const newer = join(dir, 'newer.db')
  copyFileSync(file, newer)
  let db = new BetterSqlite3(newer)
  db.pragma('user_version = 5')
  db.close()
  expect(openArchive(newer)).toEqual({
    ok: false,
    error: {
      kind: 'databaseNewer',
      fault: { kind: 'newer', form: 5, known: 4 },
      words: expect.stringContaining(`${newer}: it was written by a newer mtxdeck (format 5, this one knows 4)`),
    },
  })
  for (const change of [
    'CREATE TRIGGER t AFTER INSERT ON facts BEGIN SELECT 1; END',
    'ALTER TABLE samples RENAME TO kept; CREATE VIEW samples AS SELECT * FROM kept',
    'CREATE TABLE more (a)',
    'DROP INDEX events_by_at',
    'PRAGMA application_id = 1',
  ]) {
    const foreign = join(dir, 'foreign.db')
    copyFileSync(file, foreign)
    db = new BetterSqlite3(foreign)
    db.exec(change)
    db.close()
    expect(openArchive(foreign)).toEqual({
      ok: false,
      error: {
        kind: 'databaseDamaged',
        fault: change.includes('application_id') ? { kind: 'notOurs' } : { kind: 'damaged', detail: expect.stringContaining('tables') },
        words: expect.stringContaining('foreign.db is damaged or no archive'),
      },
    })
  }
})

test('a row that stands in the place of another one is damage, though its own bytes are whole', () => {
  made()
  const db = new BetterSqlite3(file)
  const low = archiveRowId(2, hourOf(at))
  const high = archiveRowId(3, hourOf(at))
  const [one, other] = [low, high].map((id) => db.prepare<[number], Uint8Array>('SELECT bytes FROM samples WHERE id = ?').pluck().get(id))
  db.prepare('UPDATE samples SET bytes = ? WHERE id = ?').run(other, low)
  db.prepare('UPDATE samples SET bytes = ? WHERE id = ?').run(one, high)
  db.prepare("UPDATE subjects SET path = 'com' WHERE no = 5").run()
  db.prepare("UPDATE texts SET json = replace(json, 'live', 'dead')").run()
  db.prepare("UPDATE layouts SET columns = replace(columns, '0.01', '0.10')").run()
  db.close()
  const archive = opened()
  expect(() => archive.sampleRows(2, hourOf(at), hourOf(at))).toThrow(/samples \d+/)
  expect(archive.sampleRows(2, hourOf(at) + 1, hourOf(at) + 1)).toHaveLength(1)
  expect(() => archive.subjectNo('b', 'com')).toThrow('subjects 5')
  expect(() => archive.factsAt(at)).toThrow('texts 1')
  expect(() => archive.layout(1)).toThrow('layouts 1')
  archive.close()
})

test('only what was read and is not what was written is damage; a disk that fails to read is tried again', () => {
  const thrown = (code: string): Error => new BetterSqlite3.SqliteError('it failed', code)
  for (const [error, damage, unreadable] of [
    [thrown('SQLITE_CORRUPT_INDEX'), true, true],
    [thrown('SQLITE_NOTADB'), true, true],
    [new ArchiveDamaged('samples 7'), true, true],
    [new ChunkDamaged('x'), true, true],
    [thrown('SQLITE_IOERR_READ'), false, true],
    [thrown('SQLITE_BUSY'), false, true],
    [Object.assign(new Error('i/o error, read'), { code: 'EIO' }), false, true],
    [new TypeError('a bug'), false, false],
    [thrown('SQLITE_ERROR'), false, false],
  ] as const)
    expect([error.message, isDamage(error), isUnreadable(error)]).toEqual([error.message, damage, unreadable])
})

/** Each row that is read is the true one; rows that are not found, or damage that is told, are no lie. */
function honest(truth: ReadonlyMap<string, unknown>): 'same' | 'missing' | 'told' {
  const result = openArchive(file)
  if (!result.ok) {
    expect(result.error.kind).toBe('databaseDamaged')
    expect(result.error.words).toContain('minutes-2026-11-14.db')
    return 'told'
  }
  let found: Map<string, unknown>
  try {
    found = contents(result.value)
  } catch (error) {
    if (!isDamage(error)) throw error
    return 'told'
  } finally {
    result.value.close()
  }
  // Only what differs goes through expect(), which is slow.
  for (const [key, value] of found) if (!isDeepStrictEqual(value, truth.get(key))) expect([key, value]).toEqual([key, truth.get(key)])
  return found.size === truth.size ? 'same' : 'missing'
}

test('hours of any size are read again as they were, and fill the pages they lie in', () => {
  const sizes = Array.from({ length: 400 }, (_, n) => (n * 7919) % 9000)
  const rowOf = (n: number): Uint8Array => Uint8Array.from({ length: sizes[n] as number }, (_, i) => (n + i * 13) % 256)
  const big = new Uint8Array(900_000).fill(3)
  const writer = createArchive(file, meta)
  for (const n of sizes.keys()) writer.putSamples(1 + Math.floor(n / 24), hourOf(at) + (n % 24), rowOf(n))
  writer.putSamples(99, hourOf(at), big)
  writer.finish()
  const archive = opened()
  for (const n of sizes.keys()) {
    const [row] = archive.sampleRows(1 + Math.floor(n / 24), hourOf(at) + (n % 24), hourOf(at) + (n % 24))
    expect([n, isDeepStrictEqual(row?.bytes, rowOf(n))]).toEqual([n, true])
  }
  expect(archive.sampleRows(3, 0, hourOf(at) + 99).map(({ hour }) => hour - hourOf(at))).toEqual([...Array(24).keys()])
  expect(isDeepStrictEqual(archive.sampleRows(99, 0, hourOf(at))[0]?.bytes, big)).toBe(true)
  archive.close()
  const payload = sizes.reduce((sum, size) => sum + size, 0) + big.length
  const empty = join(dir, 'empty.db')
  createArchive(empty, meta).finish()
  expect(payload / (statSync(file).size - statSync(empty).size)).toBeGreaterThan(0.95)
})

test('cut at every 83rd byte, it is refused in words or gives what was written', () => {
  made()
  const archive = opened()
  const truth = contents(archive)
  archive.close()
  const whole = readFileSync(file)
  let told = 0
  let cuts = 0
  for (let length = 0; length < whole.length; length += 83) {
    writeFileSync(file, whole)
    truncateSync(file, length)
    cuts++
    if (honest(truth) === 'told') told++
  }
  expect(cuts).toBeGreaterThan(100)
  // Pages hold the rows of one table: without the last of them nothing is as it was.
  expect(told).toBe(cuts)
})

test('with a flipped bit at every 97th byte no row is wrong', () => {
  made()
  const archive = opened()
  const truth = contents(archive)
  archive.close()
  const whole = readFileSync(file)
  const results = { same: 0, missing: 0, told: 0 }
  for (let place = 0; place < whole.length; place += 97) {
    const flipped = Uint8Array.from(whole)
    flipped[place] = (flipped[place] as number) ^ (1 << (place % 8))
    writeFileSync(file, flipped)
    results[honest(truth)]++
  }
  expect(results.told).toBeGreaterThan(10)
  expect(results.same).toBeGreaterThan(10)
})

test('what is added to a growing file is all there or not at all, and readers see it when it is committed', () => {
  createArchive(file, { ...meta, kind: 'quarterHours', period: '2026-11' }).finish()
  const growing = openGrowingArchive(file)
  if (!growing.ok) throw new Error(growing.error.words)
  const { value } = growing
  const reader = opened()
  expect(() =>
    value.transact(() => {
      value.putBuckets(value.subject('a', 'x'), 5, [{ layout: value.layout(layoutText), bytes: bytes(1) }], 1)
      expect(reader.subjects()).toEqual([])
      throw new Error('stop')
    }),
  ).toThrow('stop')
  expect(reader.subjects()).toEqual([])
  value.transact(() => value.putBuckets(value.subject('a', 'x'), 5, [{ layout: value.layout(layoutText), bytes: bytes(2) }], 1))
  const [subject] = reader.subjects()
  const no = subject?.no as number
  expect(value.bucketRow(no, 5)).toEqual({ block: 5, run: 1, parts: [{ layout: value.layout(layoutText), bytes: bytes(2) }] })
  expect(reader.bucketRows(no, 5, 5)).toEqual([value.bucketRow(no, 5)])
  value.close()
  reader.close()
})

test('blocks and rows have one place each', () => {
  const moment = Date.UTC(2026, 10, 14, 3, 12)
  expect(blockStart('minutes', blockOf('minutes', moment))).toBe(Date.UTC(2026, 10, 14, 2))
  expect(blockStart('quarterHours', blockOf('quarterHours', moment))).toBe(Date.UTC(2026, 10, 14))
  expect(blockStart('twoHours', blockOf('twoHours', moment))).toBe(Date.UTC(2026, 10, 1))
  expect(blockOf('twoHours', Date.UTC(2027, 0, 1))).toBe(blockOf('twoHours', Date.UTC(2026, 11, 31, 23, 59)) + 1)
  const id = archiveRowId(lastSubject, hourOf(Number.MAX_VALUE))
  expect(Number.isSafeInteger(id)).toBe(true)
  expect([subjectOfRow(id), placeOfRow(id)]).toEqual([lastSubject, hourOf(Number.MAX_VALUE)])
  expect(() => archiveRowId(0, 1)).toThrow(RangeError)
})
