import { closeSync, mkdirSync, openSync, readdirSync, rmSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { inEnglish } from '../../shared/consoleTroubles.fixture.ts'
import { createTestLog } from '../testLog.ts'
import { type Backups, backupFolder, copyMain, createBackups, listBackups } from './backups.ts'
import { type Database, openDatabase } from './openDatabase.ts'

let dir: string
let db: Database
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mtxdeck-backups-'))
  db = make([10])
})
afterEach(async () => {
  db.close()
  await rm(dir, { recursive: true })
})

const step = (version: number) => ({ version, run: (on: Database) => void on.exec(`CREATE TABLE t${version}(a INTEGER) STRICT`) })
function make(versions: readonly number[]): Database {
  const made = openDatabase(join(dir, 'main.db'), { migrations: versions.map(step), check: true, backUpInto: backupFolder(dir) })
  if (!made.ok) throw new Error(made.error.words)
  return made.value
}
const silent = createTestLog()
const day = 86_400_000
const copiesIn = () => readdirSync(backupFolder(dir)).sort()
function read(name: string) {
  const copy = new BetterSqlite3(join(backupFolder(dir), name), { readonly: true })
  try {
    return [copy.pragma('user_version', { simple: true }), copy.prepare('SELECT a FROM t10').pluck().all()]
  } finally {
    copy.close()
  }
}

test('main.db is copied once a day while it is written, and the newest seven copies stay', async () => {
  let backups: Backups | null = null
  const clock = createTestClock(Date.UTC(2026, 10, 1, 23, 30), async () => {
    for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve))
    await backups?.settled()
  })
  backups = createBackups({ clock, log: silent, db, dataDir: dir, inThread: async (order) => copyMain(order) })
  db.exec('INSERT INTO t10 VALUES (1)')
  await clock.advance(20 * 60_000)
  expect(copiesIn()).toEqual(['main-2026-11-01.db'])
  db.exec('INSERT INTO t10 VALUES (2)')
  await clock.advance(30 * 60_000)
  expect(copiesIn()).toEqual(['main-2026-11-01.db', 'main-2026-11-02.db'])
  expect([read('main-2026-11-01.db'), read('main-2026-11-02.db')]).toEqual([
    [10, [1]],
    [10, [1, 2]],
  ])
  for (let i = 0; i < 8; i++) await clock.advance(day)
  expect(copiesIn()).toEqual([4, 5, 6, 7, 8, 9, 10].map((each) => `main-2026-11-${String(each).padStart(2, '0')}.db`))
  expect(backups.trouble()).toBe(null)
  await backups[Symbol.asyncDispose]()
  expect(clock.pending()).toBe(0)
})

test('a copy that cannot be made is told, and made when it can be', async () => {
  let backups: Backups | null = null
  const clock = createTestClock(Date.UTC(2026, 10, 14), async () => {
    for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve))
    await backups?.settled()
  })
  writeFileSync(backupFolder(dir), 'a file where the folder should be')
  backups = createBackups({ clock, log: silent, db, dataDir: dir, inThread: async (order) => copyMain(order) })
  await clock.advance(3_600_000)
  expect(inEnglish(backups.trouble())).toMatch(/^Today's copy of the console's settings cannot be made in .*backups/)
  rmSync(backupFolder(dir))
  await clock.advance(3_600_000)
  expect([backups.trouble(), copiesIn()]).toEqual([null, ['main-2026-11-14.db']])
  await backups[Symbol.asyncDispose]()
})

test('what is no main.db is not copied', () => {
  writeFileSync(join(dir, 'empty.db'), '')
  const order = { file: join(dir, 'empty.db'), folder: backupFolder(dir), now: 0 }
  expect(copyMain(order)).toEqual({ kind: 'copyBad', folder: order.folder, because: { kind: 'notOurs' } })
  expect(copiesIn()).toEqual([])
})

test('a database that is damaged while it runs never pushes its good copies out', async () => {
  let backups: Backups | null = null
  const clock = createTestClock(Date.UTC(2026, 10, 14), async () => {
    for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve))
    await backups?.settled()
  })
  mkdirSync(backupFolder(dir))
  for (let i = 1; i <= 7; i++) writeFileSync(join(backupFolder(dir), `main-2026-11-0${i}.db`), 'good')
  db.exec('INSERT INTO t10 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i FROM n')
  db.close()
  const handle = openSync(join(dir, 'main.db'), 'r+')
  writeSync(handle, Buffer.alloc(4096, 0xab), 0, 4096, 4096 * 4)
  closeSync(handle)
  db = new BetterSqlite3(join(dir, 'main.db'))
  backups = createBackups({ clock, log: silent, db, dataDir: dir, inThread: async (order) => copyMain(order) })
  await clock.advance(3_600_000)
  expect(inEnglish(backups.trouble())).toMatch(/is damaged .*mtxdeck check/)
  expect(copiesIn()).toEqual([1, 2, 3, 4, 5, 6, 7].map((each) => `main-2026-11-0${each}.db`))
  await backups[Symbol.asyncDispose]()
})

test('a file is copied before its form changes, an empty one is not, and one that stays is not', () => {
  expect(listBackups(backupFolder(dir), 'main')).toEqual([])
  db.exec('INSERT INTO t10 VALUES (7)')
  db.close()
  db = make([10])
  expect(listBackups(backupFolder(dir), 'main')).toEqual([])
  db.close()
  db = make([10, 20])
  expect(copiesIn()).toEqual(['main-form-10.db'])
  expect(read('main-form-10.db')).toEqual([10, [7]])
  expect(db.pragma('user_version', { simple: true })).toBe(20)
})

test('who only reads does not keep the copy from being whole', () => {
  const onlooker = new BetterSqlite3(join(dir, 'main.db'), { readonly: true })
  onlooker.exec('BEGIN')
  onlooker.prepare('SELECT * FROM t10').all()
  db.exec('INSERT INTO t10 VALUES (8)')
  db.close()
  db = make([10, 20])
  onlooker.close()
  expect(read('main-form-10.db')).toEqual([10, [8]])
})

test('where the copy cannot be made, the form does not change', () => {
  writeFileSync(backupFolder(dir), '')
  db.close()
  const refused = openDatabase(join(dir, 'main.db'), { migrations: [step(10), step(20)], backUpInto: backupFolder(dir) })
  expect(refused).toMatchObject({
    ok: false,
    error: { kind: 'dataDirNotWritable', words: expect.stringMatching(/cannot be made in /) },
  })
  rmSync(backupFolder(dir))
  db = make([10])
  expect(db.pragma('user_version', { simple: true })).toBe(10)
})

test('copies are told newest first, by the day in their names', () => {
  const folder = backupFolder(dir)
  mkdirSync(folder)
  for (const name of ['main-2026-11-02.db', 'main-2026-11-13.db', 'main-form-10.db', 'history-form-10.db', 'main-2026-11-14.db.part', 'other.txt'])
    writeFileSync(join(folder, name), '')
  utimesSync(join(folder, 'main-2026-11-13.db'), 1, 1)
  utimesSync(join(folder, 'main-form-10.db'), Date.UTC(2026, 10, 5) / 1000, Date.UTC(2026, 10, 5) / 1000)
  expect(listBackups(folder, 'main').map(({ file }) => file.slice(folder.length + 1))).toEqual(['main-2026-11-13.db', 'main-form-10.db', 'main-2026-11-02.db'])
})
