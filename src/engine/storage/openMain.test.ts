import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3, { type Database } from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { createServerRows, unreadableServerRow } from '../servers/serverRows.ts'
import { createTestLog } from '../testLog.ts'
import { mainMigrations } from './mainMigrations.ts'
import { type MainDatabase, openMain, unfinishedRestoreFile } from './openMain.ts'
import { damageText } from './openOrBegin.ts'
import { setAsideIn } from './setAside.ts'

let dir: string
let file: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mtxdeck-main-'))
  file = join(dir, 'main.db')
})
afterEach(() => rm(dir, { recursive: true }))

const silent = createTestLog()
const clock = createTestClock(Date.UTC(2026, 10, 14, 3, 12, 40))
const open = () => openMain({ clock, log: silent, dataDir: dir, migrations: mainMigrations, unreadable: unreadableServerRow })
function opened(): MainDatabase {
  const result = open()
  if (!result.ok) throw new Error(result.error.words)
  return result.value
}
const settings = (url: string) => ({
  url,
  auth: { kind: 'none' as const, user: null },
  fingerprint: null,
  intervalSeconds: 2,
  addresses: {},
  tags: ['north'],
  paused: false,
})
const namesIn = (db: Database) =>
  createServerRows(db)
    .all()
    .map(({ name }) => name)

/** A console of some servers and many paths that were seen; closed, so that main.db stands alone. */
function makeMain(names: readonly string[], paths = 300) {
  const { db } = opened()
  const rows = createServerRows(db)
  for (const name of names) rows.insert({ name, settings: settings(`http://${name}:9997`), sealedSecret: null }, 1)
  const insert = db.prepare('INSERT INTO seen_streams(server_id, path, last_live_at, live) VALUES (?, ?, ?, 1)')
  for (let i = 0; i < paths; i++) insert.run('server', `${names[0]}/${i}`, i)
  db.close()
}
function makeBackup(day: string) {
  mkdirSync(join(dir, 'backups'), { recursive: true })
  copyFileSync(file, join(dir, 'backups', `main-${day}.db`))
}
const aside = 'main.db.damaged-2026-11-14T03-12-40.000Z'

/** What is said of what became of it. */
const saidOf = ({ damage }: MainDatabase) => (damage === null ? null : damageText(damage))

test('a good file is opened, no damage is reported, and nothing is moved', () => {
  makeMain(['berlin'])
  const main = opened()
  expect([main.damage, setAsideIn(dir), namesIn(main.db)]).toEqual([null, [], ['berlin']])
  main.db.close()
  expect(readdirSync(dir)).toEqual(['main.db'])
})

test('a damaged file is set aside with its log, and the newest good backup takes its place', () => {
  makeMain(['berlin'])
  makeBackup('2026-11-12')
  makeMain(['hamburg'])
  makeBackup('2026-11-13')
  makeMain(['later'])
  // The very newest is no good itself.
  makeBackup('2026-11-14')
  truncateSync(join(dir, 'backups', 'main-2026-11-14.db'), 5000)
  const damaged = readFileSync(file).subarray(0, 9970)
  writeFileSync(file, damaged)
  writeFileSync(`${file}-wal`, 'a log')
  const main = opened()
  expect(namesIn(main.db)).toEqual(['berlin', 'hamburg'])
  expect(main.db.pragma('journal_mode', { simple: true })).toBe('wal')
  expect(saidOf(main)).toEqual(
    expect.stringMatching(
      /^main\.db \(database of servers and settings\) was damaged or gone\. It was replaced by the backup of .*: what was changed since then is lost\. The damaged file lies beside it as main\.db\.damaged-/,
    ),
  )
  expect(setAsideIn(dir)).toEqual([{ file: aside, at: clock.now() }])
  main.db.close()
  expect(readFileSync(join(dir, aside))).toEqual(damaged)
  expect(readdirSync(dir).sort()).toEqual(['backups', 'main.db', aside, ...(existsSync(join(dir, `${aside}-wal`)) ? [`${aside}-wal`] : [])])

  const again = opened()
  expect([again.damage, setAsideIn(dir).map((each) => each.file)]).toEqual([null, [aside]])
  again.db.close()
})

test('without any backup an empty one is begun, and that is said', () => {
  makeMain(['berlin'])
  truncateSync(file, 9970)
  const main = opened()
  expect(namesIn(main.db)).toEqual([])
  expect(saidOf(main)).toMatch(/there was no usable backup\. What it held until now is lost: an empty file was created\./)
  main.db.close()
  expect(existsSync(join(dir, aside))).toBe(true)
})

test('a file that is gone comes back from its backup; a first start is just that', () => {
  const first = opened()
  expect(first.damage).toBe(null)
  first.db.close()
  makeMain(['berlin'])
  makeBackup('2026-11-13')
  rmSync(file)
  const main = opened()
  expect(namesIn(main.db)).toEqual(['berlin'])
  expect(saidOf(main)).toMatch(/was damaged or gone\. It was replaced by the backup of .*since then is lost\.$/)
  main.db.close()
})

test('a file of a newer form is refused by name, moved nowhere, and no older backup takes its place', () => {
  makeMain(['berlin'])
  makeBackup('2026-11-13')
  const raw = new BetterSqlite3(file)
  raw.pragma('user_version = 990')
  raw.close()
  // Its tables are looked at only where this version knows the form.
  expect(open()).toMatchObject({
    ok: false,
    error: { kind: 'databaseNewer', words: expect.stringContaining('main.db was written by another version of mtxdeck') },
  })
  expect(readdirSync(dir).sort()).toEqual(['backups', 'main.db'])
})

test('where only copies of another form are left, nothing is begun beside them', () => {
  makeMain(['berlin'])
  makeBackup('2026-11-13')
  rmSync(file)
  const copy = join(dir, 'backups', 'main-2026-11-13.db')
  const raw = new BetterSqlite3(copy)
  raw.pragma('user_version = 1')
  raw.close()
  expect(open()).toMatchObject({ ok: false, error: { kind: 'databaseOlder', words: expect.stringContaining(`${copy} was written by an earlier version`) } })
  expect(readdirSync(dir)).toEqual(['backups'])
})

test('a file that is held or cannot be opened is no damage, and stays', () => {
  makeMain(['berlin'])
  makeBackup('2026-11-13')
  rmSync(file)
  mkdirSync(file)
  expect(open()).toMatchObject({ ok: false, error: { kind: 'dataDirNotWritable' } })
  expect(readdirSync(dir).sort()).toEqual(['backups', 'main.db'])
})

test('a restore that did not end is no console to start', () => {
  makeMain(['berlin'])
  writeFileSync(unfinishedRestoreFile(dir), '{}')
  expect(open()).toMatchObject({ ok: false, error: { words: expect.stringMatching(/did not end.*"mtxdeck restore"/) } })
})

test('a row that nobody can read is damage too', () => {
  makeMain(['berlin'])
  makeBackup('2026-11-13')
  const raw = new BetterSqlite3(file)
  raw.exec(`UPDATE servers SET settings = replace(settings, '{', '[')`)
  raw.close()
  const main = opened()
  expect([namesIn(main.db), main.damage === null]).toEqual([['berlin'], false])
  main.db.close()
})

describe('whatever happens to the file', () => {
  /** Opens a damaged copy, and reads all of it as the engine does at its start. */
  const survives = (bytes: Buffer, withBackup: boolean): 'good' | 'restored' | 'empty' | 'refused' => {
    for (const name of readdirSync(dir)) if (name.startsWith('main.db')) rmSync(join(dir, name))
    if (!withBackup) rmSync(join(dir, 'backups'), { recursive: true, force: true })
    writeFileSync(file, bytes)
    const result = open()
    if (!result.ok) {
      expect(result.error.words).toMatch(/\.$/)
      expect(readFileSync(file)).toEqual(bytes)
      return 'refused'
    }
    const { db, damage } = result.value
    try {
      const names = namesIn(db)
      db.prepare('SELECT count(*), max(path) FROM seen_streams').get()
      if (damage === null) return names.length === 0 ? 'empty' : 'good'
      expect(readFileSync(join(dir, aside))).toEqual(bytes)
      expect(names).toEqual(withBackup ? ['berlin', 'hamburg'] : [])
      return withBackup ? 'restored' : 'empty'
    } finally {
      db.close()
    }
  }

  test('cut at every 997th byte', () => {
    makeMain(['berlin', 'hamburg'])
    makeBackup('2026-11-13')
    const whole = readFileSync(file)
    for (let length = 997; length < whole.length; length += 997) expect([length, survives(whole.subarray(0, length), true)]).toEqual([length, 'restored'])
    expect(survives(whole.subarray(0, 0), true)).toBe('restored')
    expect(survives(whole, true)).toBe('good')
    for (let length = 997; length < whole.length; length += 9970) expect(survives(whole.subarray(0, length), false)).toBe('empty')
  })

  /** https://www.sqlite.org/fileformat.html#the_database_header: where its fields begin. */
  const headerFields = [0, 16, 18, 19, 20, 21, 22, 23, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 68, 72, 92, 96, 100]

  const flipped = (bitsOf: (bytes: number) => readonly number[]): ReadonlySet<string> => {
    makeMain(['berlin', 'hamburg'], 100)
    makeBackup('2026-11-13')
    const whole = readFileSync(file)
    const outcomes = new Set<string>()
    for (const bit of bitsOf(whole.length)) {
      const bytes = Buffer.from(whole)
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (0x80 >> (bit & 7))
      outcomes.add(survives(bytes, true))
    }
    return outcomes
  }
  test('the first bit of each field of its header', () => {
    const outcomes = flipped(() => headerFields.slice(0, -1).map((begin) => begin * 8))
    expect([outcomes.has('restored'), outcomes.has('empty')]).toEqual([true, false])
  })
  test('the last bit of each field of its header', () => {
    const outcomes = flipped(() => headerFields.slice(1).map((end) => end * 8 - 1))
    expect([outcomes.has('restored'), outcomes.has('empty')]).toEqual([true, false])
  })
  test('a bit in each 2,003 bytes of the rest', () => {
    const outcomes = flipped((bytes) => Array.from({ length: Math.floor((bytes - 100) / 2003) }, (_, i) => (100 + i * 2003) * 8 + (i % 8)))
    expect([outcomes.has('restored'), outcomes.has('empty')]).toEqual([true, false])
  })
})
