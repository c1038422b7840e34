import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestClock } from '../../../clock/testClock.ts'
import type { MetricId } from '../../../shared/metrics.ts'
import { serverSubject, streamSubject } from '../../../shared/subjectNames.ts'
import { seriesNamed } from '../../../shared/subjects.ts'
import type { Log } from '../../ports.ts'
import { migrate } from '../../storage/migrate.ts'
import { type Database, openDatabase } from '../../storage/openDatabase.ts'
import { zeroPage } from '../check/damages.fixture.ts'
import { createRowStates, encodeRow, encodeTimes } from '../codec/rowCodec.ts'
import { createByteSink, putFloat, putVarint, sinkBytes } from '../codec/varint.ts'
import { createHistory, type History } from '../history.ts'
import { chunkId } from '../protocol/sampleLayout.ts'
import { createTestHistory, testValue } from '../testHistory.fixture.ts'
import { historyFile, historyMigrations } from './historyMigrations.ts'

const errors: unknown[] = []
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (facts, text) => void errors.push([text, facts]), child: () => log }
const start = Date.UTC(2026, 10, 14, 3)
const storeWorker = new URL('../storeWorker.ts', import.meta.url)
let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mtxdeck-form-'))
  errors.length = 0
})
afterEach(async () => {
  expect(errors).toEqual([])
  await rm(dataDir, { recursive: true })
})

async function open(clock = createTestClock(start + 100_000, async () => {})): Promise<History> {
  const made = await createHistory({ clock, log, dataDir, storeWorker, readSpace: async () => ({ freeBytes: 50e9, totalBytes: 100e9 }) })
  if (!made.ok) throw new Error(made.error.words)
  return made.value
}

/** Rows of one subject as mtxdeck 0.1 wrote them: bit rates by single bits. */
function rowsOf(values: readonly number[], width: number): Uint8Array {
  const states = createRowStates(width)
  const sink = createByteSink()
  for (const value of values)
    encodeRow(
      sink,
      states,
      0,
      0,
      Float64Array.of(value),
      0,
      Int32Array.from({ length: width }, (_, c) => (c === 0 ? 0 : -1)),
      new Float64Array(width).fill(1),
    )
  return sinkBytes(sink)
}

/** A history.db of form 10, its last rounds in the journal only. */
function writeForm10(): void {
  const db = new BetterSqlite3(join(dataDir, 'history.db'))
  db.pragma('journal_mode = WAL')
  migrate(db, historyMigrations.slice(0, 1))
  const layout = (columns: readonly [MetricId, number][]) => db.prepare('INSERT INTO layouts(columns) VALUES (?)').run(JSON.stringify(columns))
  layout([['path.bitrateIn', 1]])
  layout([['server.readers', 1]])
  db.exec(`INSERT INTO servers VALUES (1, 'a', 9); INSERT INTO paths VALUES (1, 1, ''), (1, 2, 'cam1')`)
  const sink = createByteSink()
  encodeTimes(
    sink,
    Array.from({ length: 10 }, (_, i) => start + i * 2000),
  )
  db.prepare(`INSERT INTO seals VALUES (1, 1, 1, ?, ?, 2000, 1, 2, ?, '[]')`).run(start, start + 18_000, sinkBytes(sink))
  const rounds = Array.from({ length: 10 }, (_, i) => i)
  db.prepare('INSERT INTO chunks VALUES (?, ?)').run(chunkId(1, 1), rowsOf(rounds, 1))
  db.prepare('INSERT INTO chunks VALUES (?, ?)').run(
    chunkId(1, 2),
    rowsOf(
      rounds.map((i) => 4_000_001 + i),
      1,
    ),
  )
  const record = createByteSink()
  record.length = 4
  putVarint(record, 1)
  putVarint(record, 1)
  putVarint(record, 10)
  putFloat(record, start + 20_000)
  putVarint(record, 1)
  // The path's number, as a zigzag.
  putVarint(record, 4)
  const bytes = Buffer.concat([sinkBytes(record), rowsOf([4_000_011], 1)])
  bytes.writeUInt32LE(bytes.length, 0)
  db.prepare('INSERT INTO journal VALUES (1, 1, 1, 2, ?)').run(bytes)
  db.prepare(`INSERT INTO events(at, kind, server_id, server_name, path, text, facts) VALUES (?, 'streamOn', 'a', 'Berlin', 'cam1', 'on', '{}')`).run(start)
  db.close()
}

test('a history of the first form is copied, brought to this form and read whole, and its copy goes at the next start', async () => {
  writeForm10()
  {
    await using history = await open()
    const ask = async (path: string, metric: MetricId) =>
      (await history.range({ series: [seriesNamed('a', path, metric)], from: start, to: start + 60_000, points: 5000 }))[0]
    expect((await ask('', 'server.readers'))?.mean).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    // What was in the journal is kept by hundreds from now on.
    expect((await ask('cam1', 'path.bitrateIn'))?.mean).toEqual([...Array.from({ length: 10 }, (_, i) => 4_000_001 + i), 4_000_000])
    expect((await history.events({ limit: 10 })).map(({ text }) => text)).toEqual(['on'])
    expect(await readdir(join(dataDir, 'backups'))).toEqual(['history-form-10.db'])
    expect((await history.figures()).kept[4]?.bytes).toBe(104)
  }
  const copy = new BetterSqlite3(join(dataDir, 'backups', 'history-form-10.db'), { readonly: true })
  expect([copy.pragma('user_version', { simple: true }), copy.prepare('SELECT count(*) FROM chunks').pluck().get()]).toEqual([10, 2])
  copy.close()
  await (await open())[Symbol.asyncDispose]()
  expect(await readdir(join(dataDir, 'backups'))).toEqual([])
})

/** Tables as a form before 40 had them. */
function asForm(db: Database, form: number): void {
  db.exec('DROP TABLE journal_start; ALTER TABLE journal DROP COLUMN no; ALTER TABLE journal DROP COLUMN bytes')
  db.pragma(`user_version = ${form}`)
}

test('a history of form 20, whose paths have a row each, is read on, beside what is packed from now on', async () => {
  const made = createTestHistory(join(dataDir, 'history.db'))
  const times = Array.from({ length: 30 }, (_, i) => start - 3_600_000 + i * 2000)
  made.seal({ server: 'a', paths: ['', 'cam1', 'cam2'], times })
  asForm(made.db, 20)
  made.db.close()
  const opened: History[] = []
  const clock = createTestClock(start + 100_000, async () => opened[0]?.settled())
  await using history = await open(clock)
  opened.push(history)
  const now = clock.now()
  history.append({ owner: serverSubject('a'), at: now, parts: ['cam1', 'cam2'], metrics: ['path.readers'], values: Float64Array.of(3, 4) })
  await clock.advance(660_000)
  const [old] = await history.range({
    series: [{ subject: streamSubject('a', 'cam2'), metric: 'path.bitrateIn' }],
    from: times[0] as number,
    to: start,
    points: 5000,
  })
  expect(old?.mean.filter((value) => value !== null)).toEqual(times.map((at) => testValue('cam2', 'path.bitrateIn', at)))
  expect(await history.at(now, [streamSubject('a', 'cam2')])).toEqual([{ at: now, 'path.readers': 4 }])
  const db = new BetterSqlite3(join(dataDir, 'history.db'), { readonly: true })
  expect(db.prepare('SELECT form FROM seals ORDER BY id').pluck().all()).toEqual([2, 3])
  db.close()
  expect(await readdir(join(dataDir, 'backups'))).toEqual(['history-form-20.db'])
})

test('a migration that fails leaves the file as it was, with its journal; the next start goes on from there', async () => {
  const file = join(dataDir, 'history.db')
  const made = createTestHistory(file)
  made.journal('a', 'cam1', 0, start, 7)
  asForm(made.db, 30)
  made.db.exec('CREATE TABLE journal_start (of_somebody_else INTEGER)')
  made.db.close()
  expect(() => openDatabase(file, { ...historyFile, backUpInto: join(dataDir, 'backups') })).toThrow('journal_start already exists')
  const db = new BetterSqlite3(file)
  expect([db.pragma('user_version', { simple: true }), db.prepare('SELECT id, length(records) > 0 FROM journal').raw().all()]).toEqual([30, [[1, 1]]])
  db.exec('DROP TABLE journal_start')
  db.close()
  await using history = await open()
  expect((await history.range({ series: [seriesNamed('a', 'cam1', 'path.readers')], from: start, to: start + 1000, points: 10 }))[0]?.mean).toEqual([7])
})

test('an older history with a journal that a power cut left zeroed is set aside, and a new one begun', async () => {
  const file = join(dataDir, 'history.db')
  const made = createTestHistory(file)
  made.journal('a', 'cam1', 0, start, 7)
  asForm(made.db, 30)
  made.db.close()
  zeroPage(file, 'journal', 'rows')
  await using history = await open()
  expect((await history.figures()).setAside.map((aside) => aside.file)).toEqual([expect.stringMatching(/^history\.db\.damaged-/)])
  errors.length = 0
})
