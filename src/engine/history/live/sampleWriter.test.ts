import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inEnglish } from '../../../shared/consoleTroubles.fixture.ts'
import type { KeptEvent } from '../../../shared/events.ts'
import type { MetricId } from '../../../shared/metrics.ts'
import { streamSubject } from '../../../shared/subjectNames.ts'
import { type Database, openDatabase } from '../../storage/openDatabase.ts'
import { decodeBuckets } from '../codec/buckets.ts'
import { readPack } from '../codec/columnChunk.ts'
import { checkedCrc } from '../codec/roundList.ts'
import { beginRecord, endRecord, putNumbers, recordKind } from '../codec/rowCodec.ts'
import { createByteSink, putVarint, sinkBytes } from '../codec/varint.ts'
import { defaultLimits, layouts } from '../protocol/protocol.ts'
import { createSampleQuery } from '../reading/reading.ts'
import { countStored } from '../testHistory.fixture.ts'
import { historyMigrations } from './historyMigrations.ts'
import { readJournal } from './journal.ts'
import { createSampleWriter, type SampleWriter } from './sampleWriter.ts'

const metrics: readonly MetricId[] = ['path.readers', 'path.rtt']
let dir: string
let db: Database
let monotonic: number
const reported: string[] = []
let modelCount = 0

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mtxdeck-writer-'))
  const result = openDatabase(join(dir, 'history.db'), { migrations: historyMigrations, shrinks: true })
  if (!result.ok) throw new Error(result.error.words)
  db = result.value
  monotonic = 0
  reported.length = 0
})
afterEach(async () => {
  db.close()
  await rm(dir, { recursive: true })
})

function create(options: { readonly hotBytes?: number; readonly sliceRows?: number } = {}): SampleWriter {
  const writer = createSampleWriter({ db, limits: defaultLimits, onTrouble: (_, text) => void reported.push(text), ...options })
  writer.readJournal()
  return writer
}
const paths = Array.from({ length: 50 }, (_, i) => `cam${i}`)
/** Seals all that is in memory. */
function sealAll(writer: SampleWriter): void {
  writer.closeAll()
  while (writer.sealNext());
  writer.commit(0)
}
/** Round `i`, two seconds each; values that do not compress, so that the disk fills. */
const put = (writer: SampleWriter, i: number, ownerId = 'a'): void =>
  writer.batch({
    ownerId,
    at: i * 2000,
    list: 0,
    paths,
    metrics,
    values: Float64Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? (i * 7919 + n) % 9973 : i / 1000)),
  })
function second(writer: SampleWriter): void {
  monotonic += 1000
  writer.commit(monotonic)
}
/** Rounds from `from` up to `until`, each followed by a commit. */
function putRounds(writer: SampleWriter, from: number, until: number, ownerIds: readonly string[] = ['a']): void {
  for (let i = from; i < until; i++) {
    for (const ownerId of ownerIds) put(writer, i, ownerId)
    second(writer)
  }
}
function maintain(writer: SampleWriter): void {
  monotonic += 1000
  writer.maintain(0, monotonic, { freeBytes: 50e9, totalBytes: 100e9 })
}
const reader = () =>
  createSampleQuery({ db, archives: join(dir, 'history'), onDamage: (file, words) => void reported.push(`${file}: ${words}`), monotonic: () => 0 })
async function stored(writer: SampleWriter, metric: MetricId, path = 'cam7', ownerId = 'a'): Promise<number[]> {
  const subject = { ownerId, path }
  const hot = writer.hot([subject], 1e12)
  const range = { subjects: [{ subject, metrics: [metric] }], from: 0, to: 4_000_000, until: 4_000_000, points: 5000, tier: 'samples' as const, hot }
  const [columns] = await reader().range(range, () => false)
  return (columns?.[0]?.mean ?? []).map((value) => Math.round(value * 1000) / 1000)
}
/** More than the room that any page has left. */
const large: KeptEvent = { at: 1, kind: 'streamOn', subject: streamSubject('a', 'cam1'), ownerName: 'A', text: 'x'.repeat(20_000), facts: {} }
const pages = () => db.pragma('page_count', { simple: true }) as number
const thousandths = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => (from + i) / 1000)

test('a disk that is full for a while loses nothing of what was acknowledged before, nor what memory still holds', async () => {
  const writer = create()
  putRounds(writer, 0, 20)
  expect(writer.trouble()).toBe(null)
  db.pragma(`max_page_count = ${pages() + 1}`)
  putRounds(writer, 20, 60)
  expect(inEnglish(writer.trouble())).toMatch(/^The disk of .* is full: nothing more is stored\. Free some space/)
  expect(reported).toHaveLength(1)
  maintain(writer)
  expect(writer.trouble()).not.toBe(null)
  expect(await stored(writer, 'path.rtt')).toEqual(thousandths(0, 60))
  db.pragma('max_page_count = 1000000')
  maintain(writer)
  expect(writer.trouble()).toBe(null)
  putRounds(writer, 60, 70)
  expect(await stored(writer, 'path.rtt')).toEqual(thousandths(0, 70))
  // As after a crash: nothing but what is on the disk.
  expect(await stored(create(), 'path.rtt')).toEqual(thousandths(0, 70))
})

test('a file that cannot be written for a while loses nothing that memory holds, and says so', async () => {
  const writer = create()
  putRounds(writer, 0, 5)
  db.pragma('query_only = 1')
  putRounds(writer, 5, 10)
  maintain(writer)
  expect(inEnglish(writer.trouble())).toMatch(/history\.db cannot be written \(.*\)\. Check the disk/)
  expect(await stored(writer, 'path.rtt')).toEqual(thousandths(0, 10))
  db.pragma('query_only = 0')
  maintain(writer)
  expect(writer.trouble()).toBe(null)
  expect(await stored(create(), 'path.rtt')).toEqual(thousandths(0, 10))
  expect(reported.splice(0)).toHaveLength(1)
})

test('while the disk is full more than memory may hold is left out, and nothing else', async () => {
  const writer = create({ hotBytes: 20_000 })
  putRounds(writer, 0, 5)
  db.pragma(`max_page_count = ${pages() + 1}`)
  // Far more than the 20,000 bytes that memory may hold.
  putRounds(writer, 5, 400)
  expect(inEnglish(writer.trouble())).toMatch(/is full/)
  db.pragma('max_page_count = 1000000')
  maintain(writer)
  expect(writer.trouble()).toBe(null)
  putRounds(writer, 400, 405)
  const found = await stored(create(), 'path.rtt')
  expect(found.slice(0, 5)).toEqual(thousandths(0, 5))
  expect(found.slice(-5)).toEqual(thousandths(400, 405))
})

test('memory is bounded while seals cannot be written although commits can, and the trouble lasts until a seal is', async () => {
  const writer = create({ hotBytes: 20_000 })
  putRounds(writer, 0, 200)
  sealAll(writer)
  // The journal has free rows, which a commit overwrites; a seal needs pages.
  db.pragma(`max_page_count = ${pages()}`)
  const inMemory = () => writer.hot([{ ownerId: 'a', path: 'cam7' }], 1e12).subjects.flatMap(({ rows, older }) => [rows, ...older])
  const bytes = () => inMemory().reduce((sum, rows) => sum + (rows?.length ?? 0), 0)
  putRounds(writer, 200, 400)
  const held = bytes()
  putRounds(writer, 400, 1000)
  expect(inEnglish(writer.trouble())).toMatch(/is full/)
  expect(bytes()).toBeLessThan(held + 500)
  db.pragma('max_page_count = 1000000')
  maintain(writer)
  putRounds(writer, 1000, 1010)
  expect(writer.trouble()).toBe(null)
  const found = await stored(create(), 'path.rtt')
  expect(found.slice(0, 200)).toEqual(thousandths(0, 200))
  expect(found.slice(-10)).toEqual(thousandths(1000, 1010))
})

test('events that could not be written are written later', () => {
  const writer = create()
  writer.events([large])
  db.pragma(`max_page_count = ${pages()}`)
  second(writer)
  expect(inEnglish(writer.trouble())).toMatch(/is full/)
  db.pragma('max_page_count = 1000000')
  second(writer)
  expect(db.prepare('SELECT length(text) FROM events').pluck().all()).toEqual([20_000])
})

test('memory is bounded: the oldest server is sealed before its time', async () => {
  const writer = create({ hotBytes: 20_000 })
  putRounds(writer, 0, 200, ['a', 'b'])
  expect(db.prepare('SELECT count(*) FROM seals').pluck().get()).toBeGreaterThan(2)
  expect(await stored(writer, 'path.rtt', 'cam7', 'a')).toEqual(thousandths(0, 200))
  expect(await stored(writer, 'path.rtt', 'cam49', 'b')).toEqual(thousandths(0, 200))
})

test('a seal that a kill interrupted leaves nothing half: its rounds come from the journal, and what was written of it goes', async () => {
  // Slices of a few paths each.
  const slow = create({ sliceRows: 1000 })
  putRounds(slow, 0, 100)
  expect(slow.maintain(0, 1e9, null)).toBe(true)
  putRounds(slow, 100, 110)
  const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
  expect([countStored(db, 'chunks'), countStored(db, 'minutes'), count('seals')]).toEqual([10, 10, 0])
  // Both parts are asked of memory while the first one is being sealed.
  expect(await stored(slow, 'path.rtt')).toEqual(thousandths(0, 110))
  // As after a kill: only the file is there.
  const again = create()
  expect([countStored(db, 'chunks'), countStored(db, 'minutes'), count('seals')]).toEqual([0, 0, 0])
  expect(await stored(again, 'path.rtt')).toEqual(thousandths(0, 110))
  sealAll(again)
  expect([countStored(db, 'chunks'), countStored(db, 'minutes'), count('seals')]).toEqual([100, 100, 2])
  expect(journal()).toEqual([])
  expect(await stored(create(), 'path.rtt')).toEqual(thousandths(0, 110))
})

test('a commit between two slices of a seal is as safe as any', async () => {
  const slow = create({ sliceRows: 1000 })
  for (let i = 0; i < 100; i++) put(slow, i)
  let rounds = 100
  while (slow.maintain(0, 1e9, null)) {
    put(slow, rounds++)
    second(slow)
    expect(await stored(slow, 'path.rtt')).toEqual(thousandths(0, rounds))
  }
  expect(rounds).toBeGreaterThan(102)
  expect(db.prepare('SELECT count(*) FROM seals').pluck().get()).toBe(1)
  expect(await stored(create(), 'path.rtt')).toEqual(thousandths(0, rounds))
})

/** Rows of the journal that a start would read. */
const journal = () => [...readJournal(db).rows]
const bytesOfJournal = () => journal().reduce((sum, { records }) => sum + records.length, 0)
const bytesOfJournalRows = () => db.prepare<[], number>('SELECT sum(length(records)) FROM journal').pluck().get() ?? 0

test('the journal holds no more than what is not sealed, and its rows not many times that', () => {
  const writer = create({ hotBytes: 100_000 })
  for (let i = 0; i < 400; i++) {
    put(writer, i, i % 2 === 0 ? 'a' : 'b')
    second(writer)
    if (i === 200) expect(bytesOfJournalRows()).toBeLessThan(400_000)
  }
  expect(bytesOfJournal()).toBeLessThan(200_000)
  expect(bytesOfJournalRows()).toBeLessThan(400_000)
})

test('rows of the journal are overwritten once all of them is sealed, and what a start reads of them is what was written last, in its order', async () => {
  const writer = create()
  putRounds(writer, 0, 20)
  sealAll(writer)
  const rows = () => db.prepare('SELECT count(*) FROM journal').pluck().get()
  const before = rows()
  // As after a kill at any moment from here on: only the file is there.
  for (let round = 20; round < 35; round++) {
    putRounds(writer, round, round + 1)
    expect(await stored(create(), 'path.rtt')).toEqual(thousandths(0, round + 1))
  }
  expect(rows()).toBe(before)
  const order = db.prepare<[], number>('SELECT no FROM journal ORDER BY id').pluck().all()
  expect(order).not.toEqual(order.toSorted((a, b) => a - b))
})

test('a start goes on with free rows where the one before stopped, and never below the number from which rows are read', async () => {
  const writer = create()
  putRounds(writer, 0, 20)
  sealAll(writer)
  for (let round = 20; round < 30; round++) {
    const later = create()
    putRounds(later, round, round + 1)
    sealAll(later)
    expect(journal()).toEqual([])
  }
  putRounds(create(), 30, 31)
  expect(await stored(create(), 'path.rtt')).toEqual(thousandths(0, 31))
})

test('a row of the journal that is longer than what overwrites it keeps nothing of what it held', async () => {
  const writer = create()
  for (let i = 0; i < 10; i++) writer.batch({ ownerId: 'a', at: i * 2000, list: 0, paths: ['cam7'], metrics: ['path.rtt'], values: Float64Array.of(i / 1000) })
  second(writer)
  sealAll(writer)
  writer.batch({ ownerId: 'a', at: 20_000, list: 0, paths: ['cam7'], metrics: ['path.rtt'], values: Float64Array.of(0.01) })
  second(writer)
  const [row] = journal()
  const [blob] = db.prepare<[], Uint8Array>('SELECT records FROM journal WHERE no = (SELECT max(no) FROM journal)').pluck().all()
  expect(blob?.subarray(row?.records.length).some((byte) => byte !== 0)).toBe(false)
  expect(await stored(create(), 'path.rtt')).toEqual(thousandths(0, 11))
})

test('a transaction that is rolled back leaves the list of rows of the journal as the file has them', async () => {
  const writer = create()
  putRounds(writer, 0, 20)
  db.exec("CREATE TRIGGER refuses BEFORE UPDATE ON journal_start BEGIN SELECT raise(ABORT, 'not now'); END")
  writer.closeAll()
  writer.sealNext()
  expect(reported).toEqual([expect.stringContaining('could not be sealed')])
  expect(await stored(create(), 'path.rtt')).toEqual(thousandths(0, 20))
  db.exec('DROP TRIGGER refuses')
  putRounds(writer, 20, 30)
  sealAll(writer)
  putRounds(writer, 30, 60)
  expect(await stored(create(), 'path.rtt')).toEqual(thousandths(20, 60))
})

test('free rows of the journal that nothing was written into for long are deleted', () => {
  const writer = create()
  const paths = Array.from({ length: 3000 }, (_, i) => `cam${i}`)
  writer.batch({ ownerId: 'a', at: 0, list: 0, paths, metrics: ['path.rtt'], values: Float64Array.from(paths, (_, i) => i / 1000) })
  second(writer)
  sealAll(writer)
  expect(bytesOfJournalRows()).toBeGreaterThan(9000)
  db.exec('UPDATE journal SET no = no + 20000 WHERE length(records) < 9000; UPDATE journal_start SET no = 20001')
  const later = create()
  putRounds(later, 1, 3)
  sealAll(later)
  expect(bytesOfJournalRows()).toBeLessThan(9000)
})

test('whatever comes, goes, is sealed, restarted or let wait by a full disk, every known value comes back in its order', async () => {
  const names = ['', 'cam0', 'cam1', 'cam2', 'cam3', 'cam4']
  const columns: readonly MetricId[] = ['path.bitrateIn', 'server.readers', 'path.jitter']
  const value = fc.oneof(fc.integer({ min: 0, max: 9_000_000 }), fc.constantFrom(Number.NaN, 0, 0.1, 2 ** 53))
  const step = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant('batch' as const),
        server: fc.constantFrom('a', 'b', 'c'),
        // Two batches of one moment are one round, where they can be.
        later: fc.constantFrom(2000, 2000, 0),
        rows: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 6 }),
        list: fc.constantFrom(0 as const, 1 as const),
        values: fc.array(value, { minLength: 18, maxLength: 18 }),
      }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('second' as const, 'gap' as const, 'seal' as const, 'restart' as const, 'full' as const) }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120 }), fc.constantFrom(500, 10_000_000), async (steps, hotBytes) => {
      const file = join(dir, `model${modelCount++}.db`)
      const result = openDatabase(file, { migrations: historyMigrations })
      if (!result.ok) throw new Error(result.error.words)
      db.close()
      db = result.value
      let writer = create({ hotBytes })
      const wanted = new Map<string, [number, number][]>()
      let at = 1_000_000
      for (const action of steps) {
        if (action.kind === 'batch') {
          at += action.later
          const rows = action.rows.map((row) => names[row] as string)
          const values = Float64Array.from({ length: rows.length * 3 }, (_, i) => action.values[i] as number)
          for (const [row, path] of rows.entries())
            for (const [c, metric] of columns.entries()) {
              const known = values[row * 3 + c] as number
              if (Number.isNaN(known) || (path === '') !== metric.startsWith('server.')) continue
              const key = JSON.stringify([action.server, path, metric])
              const scale = { 'path.jitter': 10, 'path.bitrateIn': 0.01 }[metric as string] ?? 1
              wanted.set(key, [...(wanted.get(key) ?? []), [at, Math.round(known * scale) / scale]])
            }
          writer.batch({ ownerId: action.server, at, list: action.list, paths: rows, metrics: columns, values })
        } else if (action.kind === 'second') second(writer)
        else if (action.kind === 'gap') writer.gap('b', at)
        else if (action.kind === 'seal') {
          monotonic += 700_000
          writer.maintain(at, monotonic, null)
        } else if (action.kind === 'restart') {
          writer.close()
          writer = create({ hotBytes })
        } else if (hotBytes > 500) {
          // With less memory it may let go of what it could not write: another test's matter.
          db.pragma(`max_page_count = ${pages()}`)
          writer.events([large])
          second(writer)
          if (writer.trouble() === null) throw new Error('the disk was not full')
          db.pragma('max_page_count = 1000000')
          writer.maintain(at, monotonic, null)
        }
      }
      for (const ownerId of ['a', 'b', 'c'])
        for (const path of names) {
          const subject = { ownerId, path }
          // So fine that each bucket is of one moment.
          const question = { from: 999_000, to: at + 1, until: at + 1, points: 5000, tier: 'samples', totals: true } as const
          const [found] = await reader().range({ ...question, subjects: [{ subject, metrics: columns }], hot: writer.hot([subject], 1e12) }, () => false)
          columns.forEach((metric, c) => {
            const { at: times = [], first = [], last = [], count = [] } = found?.[c] ?? {}
            const moments = [...Map.groupBy(wanted.get(JSON.stringify([ownerId, path, metric])) ?? [], ([time]) => time)]
            expect(times.map((time, i) => [time, count[i], first[i], last[i]])).toEqual(
              moments.map(([time, of]) => [time, of.length, of[0]?.[1], of.at(-1)?.[1]]),
            )
          })
        }
      expect(reported.filter((text) => !text.includes('is full'))).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('a clock that jumps far ends a seal: rounds of days far apart are not one', () => {
  const writer = create()
  const week = 7 * 86_400_000
  for (const at of [1_000_000, 1_002_000, week, week + 2000, 2_000_000])
    writer.batch({ ownerId: 'a', at, list: 0, paths: ['cam1'], metrics, values: Float64Array.of(at / 1000, 1) })
  writer.gap('a', 3_000_000)
  writer.batch({ ownerId: 'a', at: week, list: 0, paths: ['cam1'], metrics, values: Float64Array.of(5, 1) })
  writer.commit(0)
  // As after a kill: the journal says where they ended.
  const again = create()
  sealAll(again)
  const spans = db.prepare('SELECT from_at, to_at FROM seals ORDER BY id').raw().all()
  expect(spans).toEqual([
    [1_000_000, 1_002_000],
    [week, week + 2000],
    [2_000_000, 3_000_000],
    [week, week],
  ])
  const minutes = db
    .prepare<[], { id: number; bytes: Uint8Array }>('SELECT id, bytes FROM minutes ORDER BY id')
    .all()
    .flatMap(({ id, bytes }) => readPack(id % 2 ** 24, bytes).map((part) => part.bytes))
  const counts = minutes.map((bytes) => [...(decodeBuckets(checkedCrc(bytes)).columns.get(layouts.stream.metrics.indexOf('path.readers'))?.count ?? [])])
  expect(counts).toEqual([[2], [2], [1], [1]])
})

test('new limits give the room back to the disk', () => {
  const writer = create()
  for (let i = 0; i < 100; i++) put(writer, i)
  second(writer)
  // Room as the samples of a large fleet leave it.
  db.exec('INSERT INTO journal VALUES (1000000, 1000000, 20000000, 1, 2, zeroblob(20000000))')
  db.exec('DELETE FROM journal WHERE id = 1000000')
  const most = pages()
  let steps = 0
  while (writer.maintain(0, monotonic, null)) steps++
  expect(steps).toBeGreaterThan(1)
  expect(pages()).toBeLessThan(most / 2)
})

test('samples of a version with other metrics are read as far as they are known', async () => {
  const writer = create()
  for (let i = 0; i < 10; i++) put(writer, i)
  writer.commit(1)
  writer.maintain(0, 1e9, null)
  for (let i = 10; i < 20; i++) put(writer, i)
  writer.close()
  expect(db.prepare('SELECT count(*) FROM seals').pluck().get()).toBe(1)
  expect(journal()).toHaveLength(1)
  db.exec(`UPDATE layouts SET columns = replace(columns, '"path.readers",1', '"path.onceUponATime",1')`)
  const later = create()
  for (let i = 20; i < 30; i++) put(later, i)
  later.close()
  expect(await stored(later, 'path.rtt')).toEqual(thousandths(0, 30))
  expect((await stored(later, 'path.readers')).length).toBe(10)
})

test('names that the database cannot tell apart end no start: the first one counts', async () => {
  const writer = create()
  const write = (i: number, names: readonly string[]) => {
    writer.batch({ ownerId: 'a', at: i * 2000, list: 0, paths: names, metrics, values: Float64Array.from(names.flatMap((_, n) => [i + 10 * n, 1])) })
    second(writer)
  }
  write(1, ['cam7', '\ufffdlone', 'cam6', 'cam8'])
  write(2, ['cam7', '\ufffdlone', '\ud800lone', 'cam8'])
  write(3, ['\ud800new'])
  write(4, ['\ufffdnew'])
  const again = create()
  expect(await stored(again, 'path.readers', 'cam7')).toEqual([1, 2])
  expect(await stored(again, 'path.readers', 'cam8')).toEqual([31, 32])
  expect(reported).toEqual([])
})

test('a journal that cannot be read costs its own minutes, not the start', async () => {
  const writer = create()
  putRounds(writer, 0, 5)
  db.exec(`UPDATE journal SET bytes = 13, records = x'ffffffffffffffffffffffffff' WHERE no = 3`)
  const later = create()
  expect(reported).toEqual(['Part of the last minutes of history can’t be read and is lost.'])
  putRounds(later, 5, 10)
  expect(await stored(later, 'path.rtt')).toEqual([...thousandths(0, 2), ...thousandths(5, 10)])
  expect(later.trouble()).toBe(null)
})

/** A row of the journal of one round of server `no`: raw rows of its path `cam7`. */
function journalRow(no: number, round: number, rows: readonly number[]): void {
  const path = db.prepare("SELECT no FROM paths WHERE server = ? AND name = 'cam7'").pluck().get(no) as number
  const sink = createByteSink(64)
  const start = beginRecord(sink, { kind: recordKind.batchOfPaths, list: 0, owner: no, round, at: round * 2000 })
  putNumbers(sink, [path])
  for (const byte of rows) putVarint(sink, byte)
  endRecord(sink, start)
  db.prepare(
    'INSERT INTO journal(no, bytes, path_layout, server_layout, records) SELECT max(no) + 1, ?, max(path_layout), max(server_layout), ? FROM journal',
  ).run(sink.length, sinkBytes(sink))
}

test('a value that overflows as it is scaled is unknown; its server, its path and all others are sealed as ever', async () => {
  const writer = create()
  for (let i = 0; i < 5; i++) {
    const jitter = i === 2 ? 1e308 : i
    for (const ownerId of ['a', 'b'])
      writer.batch({ ownerId, at: i * 2000, list: 0, paths: ['cam7'], metrics: ['path.jitter', 'path.rtt'], values: Float64Array.of(jitter, 1e306) })
    second(writer)
  }
  sealAll(writer)
  expect(await stored(writer, 'path.jitter')).toEqual([0, 1, 3, 4])
  expect(await stored(writer, 'path.jitter', 'cam7', 'b')).toEqual([0, 1, 3, 4])
  expect(await stored(writer, 'path.rtt')).toEqual([])
  expect(writer.figures().why).toBeNull()
  expect(reported).toEqual([])
})

test('a record that cannot be read costs what follows it, and nothing before it', async () => {
  const writer = create()
  for (let i = 0; i < 5; i++) for (const ownerId of ['a', 'b']) put(writer, i, ownerId)
  second(writer)
  writer.close()
  // The row says that a column changed, and ends.
  journalRow(1, 5, [2])
  const later = create()
  expect(later.takeDamages()).toEqual([{ damage: 'partUnreadable', file: 'history.db' }])
  for (let i = 6; i < 9; i++) for (const ownerId of ['a', 'b']) put(later, i, ownerId)
  second(later)
  const again = create()
  for (const ownerId of ['a', 'b']) expect(await stored(again, 'path.rtt', 'cam8', ownerId)).toEqual([...thousandths(0, 5), ...thousandths(6, 9)])
  expect(reported).toHaveLength(1)
})

test('a seal that the database refuses costs its server these minutes, in words, and no other server anything', async () => {
  const writer = create()
  for (let i = 0; i < 5; i++) for (const ownerId of ['a', 'b']) put(writer, i, ownerId)
  second(writer)
  db.exec(`CREATE TRIGGER refuse BEFORE INSERT ON seals WHEN new.server = 1 BEGIN SELECT raise(ABORT, 'not this one'); END`)
  sealAll(writer)
  expect(db.prepare('SELECT server FROM seals').pluck().all()).toEqual([2])
  expect(reported).toContainEqual(expect.stringContaining('rounds of a could not be sealed'))
  db.exec('DROP TRIGGER refuse')
  for (let i = 6; i < 9; i++) put(writer, i)
  second(writer)
  sealAll(writer)
  expect(await stored(writer, 'path.rtt')).toEqual(thousandths(6, 9))
  expect(countStored(db, 'chunks')).toBe(100)
})
