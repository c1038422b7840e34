import { mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
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
      checkpoint(file)
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

test('a commit leaves a large log as it is; the next look has it brought into the file, once a minute at most', async () => {
  insert(5 << 20)
  expect(megabytes()).toBe(0)
  await second()
  expect([megabytes(), checkpoints]).toEqual([5, [db.name]])
  for (let n = 0; n < 58; n++) {
    insert(100)
    await second()
  }
  expect(checkpoints).toHaveLength(1)
  await second()
  // Nothing was written since.
  await second()
  expect(checkpoints).toHaveLength(1)
  insert(100)
  await second()
  expect(checkpoints).toHaveLength(2)
})

test('where another process holds the file for long, a write is refused instead of keeping all else waiting for five seconds', () => {
  expect(db.pragma('busy_timeout', { simple: true })).toBeLessThanOrEqual(100)
})

test('a log that is gone is said to who asks, and looked for again', async () => {
  insert(100)
  renameSync(`${db.name}-wal`, join(folder, 'elsewhere'))
  await expect(sync.synced()).rejects.toThrow('ENOENT')
  await clock.advance(5_000)
  renameSync(join(folder, 'elsewhere'), `${db.name}-wal`)
  await sync.synced()
})

test('a database that was closed is left out', async () => {
  insert(100)
  db.close()
  await sync.synced()
})
