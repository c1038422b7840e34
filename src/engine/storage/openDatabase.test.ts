import { mkdtemp, open as openFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Migration } from './migrate.ts'
import { type OpenDatabaseOptions, openDatabase } from './openDatabase.ts'
import { classifyStorageError } from './storageTrouble.ts'

let dir: string
let file: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mtxdeck-storage-'))
  file = join(dir, 'some.db')
})
afterEach(() => rm(dir, { recursive: true }))

const first: Migration = {
  version: 10,
  run: (db) => void db.exec('CREATE TABLE one(a INTEGER) STRICT'),
}
const numbers = (count: number) => `INSERT INTO one WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n`
const open = (more: Partial<OpenDatabaseOptions> = {}) => openDatabase(file, { migrations: [first], ...more })
function opened(more?: Partial<OpenDatabaseOptions>) {
  const result = open(more)
  if (!result.ok) throw new Error(result.error.words)
  return result.value
}

test('a new database is made with its folder, for this user only, and safe against a power cut', async () => {
  file = join(dir, 'deep', 'er', 'some.db')
  const db = opened({ shrinks: true, pageSize: 8192 })
  const pragma = (name: string) => db.pragma(name, { simple: true })
  expect([pragma('journal_mode'), pragma('synchronous'), pragma('foreign_keys'), pragma('auto_vacuum'), pragma('page_size'), pragma('user_version')]).toEqual([
    'wal',
    2,
    1,
    2,
    8192,
    10,
  ])
  db.close()
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await stat(join(dir, 'deep'))).mode & 0o777).toBe(0o700)
})

test('what was written is there when it is opened again', () => {
  const db = opened()
  db.exec('INSERT INTO one VALUES (7)')
  db.close()
  const again = opened({ check: true })
  expect(again.prepare('SELECT a FROM one').pluck().get()).toBe(7)
  again.close()
})

test('a file that is no database is damaged, in words that say what to do', async () => {
  await writeFile(file, 'no database at all, but long enough to look into. '.repeat(100))
  expect(open()).toEqual({
    ok: false,
    error: {
      kind: 'databaseDamaged',
      trouble: expect.objectContaining({ kind: 'databaseDamaged' }),
      words: expect.stringMatching(/some\.db is damaged \(.*\)\. Start mtxdeck again: it sets the file aside/),
    },
  })
})

test('damage inside is found where the whole file is checked', async () => {
  const db = opened()
  db.exec(numbers(20_000))
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  const raw = new BetterSqlite3(file)
  const pages = raw.pragma('page_count', { simple: true }) as number
  raw.close()
  const handle = await openFile(file, 'r+')
  await handle.write(Buffer.alloc(4096, 0xab), 0, 4096, (pages - 3) * 4096)
  await handle.close()
  expect(open({ check: true })).toMatchObject({ ok: false, error: { kind: 'databaseDamaged' } })
})

test('a database of a newer version is refused by name', () => {
  opened().close()
  expect(open({ migrations: [{ version: 5, run: () => {} }] })).toEqual({
    ok: false,
    error: {
      kind: 'databaseNewer',
      trouble: expect.objectContaining({ kind: 'databaseNewer' }),
      words: expect.stringContaining(`${file} was written by another version of mtxdeck (its form is 10, this one knows 5)`),
    },
  })
})

test('a folder that is a file, or a file that is a folder, cannot be written, in words', async () => {
  await writeFile(join(dir, 'plain'), '')
  file = join(dir, 'plain', 'some.db')
  expect(open()).toMatchObject({ ok: false, error: { kind: 'dataDirNotWritable', words: expect.stringContaining('cannot be written') } })
  file = dir
  expect(open()).toMatchObject({ ok: false, error: { kind: 'dataDirNotWritable' } })
})

test('a full database says so, and what is no trouble of the disk is a bug', () => {
  const db = opened()
  db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + 1}`)
  const errorOf = (sql: string): unknown => {
    try {
      db.exec(sql)
      return null
    } catch (error) {
      return error
    }
  }
  expect(classifyStorageError(errorOf(numbers(100_000)))).toBe('full')
  expect(classifyStorageError(errorOf('INSERT INTO nothing VALUES (1)'))).toBe(null)
  expect(classifyStorageError(new Error('boom'))).toBe(null)
  db.close()
})
