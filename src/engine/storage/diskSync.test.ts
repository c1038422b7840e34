import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { createTestLog } from '../testLog.ts'
import { DiskSync } from './diskSync.ts'
import { checkpoint, type Database, openDatabase } from './openDatabase.ts'

let folder: string
let db: Database
let clock: TestClock
let sync: DiskSync
let bugs: unknown[]
/** What was brought into its file, by name. */
let checkpoints: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mtxdeck-sync-'))
  const opened = openDatabase(join(folder, 'some.db'), { migrations: [{ version: 1, run: (to) => void to.exec('CREATE TABLE t (a BLOB)') }] })
  if (!opened.ok) throw new Error(opened.error.words)
  db = opened.value
  clock = createTestClock()
  bugs = []
  checkpoints = []
  sync = new DiskSync({
    clock,
    log: createTestLog((bug) => void bugs.push(bug)),
    checkpoint: async (file) => {
      checkpoints.push(file)
      return checkpoint(file)
    },
  })
  sync.add(db)
})
afterEach(async () => {
  await sync[Symbol.asyncDispose]()
  db.close()
  rmSync(folder, { recursive: true })
  expect(bugs).toEqual([])
})
const insert = (bytes: number) => db.prepare('INSERT INTO t VALUES (zeroblob(?))').run(bytes)
const megabytes = () => Math.floor(statSync(db.name).size / 2 ** 20)
/** As the loop does each second. */
const second = async () => {
  await clock.advance(1_000)
  await sync.synced()
}

test('a commit leaves a large log as it is; a look has it brought into the file, again where it has grown beyond that, and else every hour', async () => {
  insert(5 << 20)
  expect(megabytes()).toBe(0)
  await second()
  expect([megabytes(), checkpoints]).toEqual([5, [db.name]])
  // The log keeps its size, and is written from its beginning.
  for (let n = 0; n < 90; n++) {
    insert(100)
    await second()
  }
  expect(checkpoints).toHaveLength(1)
  insert(6 << 20)
  await second()
  expect(checkpoints).toHaveLength(2)
  await clock.advance(3_600_000)
  // Nothing was written since.
  expect(checkpoints).toHaveLength(2)
  insert(100)
  await second()
  expect(checkpoints).toHaveLength(3)
})

test('where another process holds the file for long, a write is refused instead of keeping all else waiting for five seconds', () => {
  expect(db.pragma('busy_timeout', { simple: true })).toBeLessThanOrEqual(100)
})

test('a sync that fails is said once, and is a trouble until all was brought into the file: a disk tells only once what it lost', async () => {
  insert(100)
  renameSync(`${db.name}-wal`, join(folder, 'elsewhere'))
  await second()
  await second()
  expect(sync.trouble()).toEqual({ kind: 'notWritable', file: db.name, because: 'ENOENT' })
  expect(bugs.splice(0)).toHaveLength(1)
  expect(checkpoints).toEqual([])
  renameSync(join(folder, 'elsewhere'), `${db.name}-wal`)
  await second()
  expect([sync.trouble(), checkpoints]).toEqual([null, [db.name]])
})

test('one that fails keeps no other from the disk', async () => {
  const other = openDatabase(join(folder, 'other.db'), { migrations: [{ version: 1, run: (to) => void to.exec('CREATE TABLE t (a BLOB)') }] })
  if (!other.ok) throw new Error(other.error.words)
  sync.add(other.value)
  insert(100)
  other.value.prepare('INSERT INTO t VALUES (zeroblob(?))').run(5 << 20)
  rmSync(`${db.name}-wal`)
  await second()
  expect(checkpoints).toEqual([other.value.name])
  bugs.length = 0
  other.value.close()
})

test('a file that was moved away is a trouble until it is back, and what lies at its path meanwhile is not touched', async () => {
  insert(5 << 20)
  renameSync(db.name, join(folder, 'elsewhere.db'))
  writeFileSync(db.name, 'a copy that somebody has put there')
  await second()
  await second()
  expect([sync.trouble(), checkpoints]).toEqual([{ kind: 'fileMoved', file: db.name }, []])
  expect(bugs.splice(0)).toHaveLength(1)
  renameSync(join(folder, 'elsewhere.db'), db.name)
  await second()
  expect([sync.trouble(), checkpoints]).toEqual([null, [db.name]])
})

test('a file that is moved away is noticed, too, where nothing is written', async () => {
  await second()
  renameSync(db.name, join(folder, 'elsewhere.db'))
  for (let n = 0; n < 6; n++) await second()
  expect(sync.trouble()).toEqual({ kind: 'fileMoved', file: db.name })
  bugs.length = 0
})

test('a database that was closed is left out', async () => {
  insert(100)
  db.close()
  await sync.synced()
})
