import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import type { FileFault } from '../../shared/fileFaults.ts'
import { err } from '../../shared/result.ts'
import { createTestLog } from '../testLog.ts'
import { type BackUpReport, backUpData } from './backUpData.ts'
import { manifestName, nextManifestName, verifyBackup } from './backupManifest.ts'
import { checkDatabase, type Fault } from './checkMain.ts'
import { hashFile } from './hashFile.ts'
import { lockDataDir } from './lockDataDir.ts'
import { openDatabase } from './openDatabase.ts'
import { openMain, unfinishedRestoreFile } from './openMain.ts'
import { type RestoreReport, restoreData } from './restoreData.ts'
import { canMountDisks, createSmallDisk } from './smallDisk.fixture.ts'

let dir: string
let dataDir: string
let into: string
let clock: ReturnType<typeof createTestClock>
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mtxdeck-backup-'))
  dataDir = join(dir, 'data')
  into = join(dir, 'copy')
  clock = createTestClock(Date.UTC(2026, 10, 14, 3, 12, 40))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const mainMigrations = [{ version: 10, run: (db: BetterSqlite3.Database) => void db.exec('CREATE TABLE notes(text TEXT NOT NULL) STRICT') }]
const historyMigrations = [
  {
    version: 20,
    run: (db: BetterSqlite3.Database) =>
      void db.exec(`
        CREATE TABLE rounds(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
        CREATE TABLE archives(name TEXT PRIMARY KEY, tier TEXT NOT NULL, from_at REAL NOT NULL, to_at REAL NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT) STRICT, WITHOUT ROWID`),
  },
]
const snapshotMigrations = [
  { version: 10, run: (db: BetterSqlite3.Database) => void db.exec('CREATE TABLE pictures(name TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT') },
]
const forms = { main: mainMigrations, history: historyMigrations, alarms: [], snapshots: snapshotMigrations, sessions: [] }
function openPart(name: 'main' | 'history') {
  const db = openDatabase(join(dataDir, `${name}.db`), { migrations: name === 'main' ? mainMigrations : historyMigrations })
  if (!db.ok) throw new Error(db.error.words)
  return db.value
}
function note(text: string) {
  const db = openPart('main')
  db.prepare('INSERT INTO notes VALUES (?)').run(text)
  db.close()
}
function notes(folder = dataDir): unknown {
  const db = new BetterSqlite3(join(folder, 'main.db'))
  try {
    return db.prepare('SELECT text FROM notes').pluck().all()
  } finally {
    db.close()
  }
}
/** An archive as the archiver leaves it; without `isDone` it is a month that still grows. */
async function addArchive(name: string, isDone = true) {
  const file = join(dataDir, 'history', name)
  mkdirSync(join(dataDir, 'history'), { recursive: true })
  const db = new BetterSqlite3(file)
  db.exec('CREATE TABLE samples(id INTEGER PRIMARY KEY, bytes BLOB)')
  db.prepare('INSERT INTO samples VALUES (1, ?)').run(Buffer.from(name.repeat(1000)))
  db.close()
  const { bytes, sha256 } = await hashFile(file)
  const history = openPart('history')
  history.prepare('INSERT OR REPLACE INTO archives VALUES (?, ?, 1, 2, ?, ?)').run(name, name.split('-')[0], bytes, isDone ? sha256 : null)
  history.close()
}
async function makeData() {
  note('first')
  openPart('history').close()
  await addArchive('samples-2026-11-12.db')
  await addArchive('samples-2026-11-13.db')
  await addArchive('quarterHours-2026-11.db', false)
  writeFileSync(join(dataDir, 'secrets.key'), 'a key\n')
  writeFileSync(join(dataDir, 'token'), 'a token\n')
}

/** An index of snapshots and its pictures, by name. */
function keepPictures(all: Readonly<Record<string, string>>) {
  mkdirSync(join(dataDir, 'snapshots'), { recursive: true })
  const index = openDatabase(join(dataDir, 'snapshots', 'snapshots.db'), { migrations: snapshotMigrations })
  if (!index.ok) throw new Error(index.error.words)
  index.value.exec('DELETE FROM pictures')
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(dataDir, name)), { recursive: true })
    writeFileSync(join(dataDir, name), text)
    index.value.prepare('INSERT INTO pictures VALUES (?, ?)').run(name, text.length)
  }
  index.value.close()
}

const faultOf = ([first]: readonly Fault[]): FileFault | null =>
  first === undefined ? null : 'fault' in first ? first.fault : { kind: 'damaged', detail: 'said' in first ? first.said : first.kind }
/** As the command does, with the tables of these tests. */
const check = async (name: string, file: string) => ({
  unusable: name.startsWith('history/')
    ? null
    : faultOf(checkDatabase(file, name === 'main.db' ? mainMigrations : name.startsWith('snapshots/') ? snapshotMigrations : historyMigrations, () => {})),
  damaged: [],
})
const pictures = (index: BetterSqlite3.Database) => index.prepare<[], { name: string; bytes: number }>('SELECT name, bytes FROM pictures').iterate()
const backUp = (more: Partial<Parameters<typeof backUpData>[0]> = {}) =>
  backUpData({ clock, dataDir, into, withKey: false, version: '9.9.9', forms, check, pictures, onProgress: () => {}, ...more })
async function backedUp(more?: Partial<Parameters<typeof backUpData>[0]>): Promise<BackUpReport> {
  const result = await backUp(more)
  if (!result.ok) throw new Error(result.error)
  return result.value
}
const restore = (more: Partial<Parameters<typeof restoreData>[0]> = {}) =>
  restoreData({ clock, from: into, dataDir: join(dir, 'again'), replace: false, forms, onProgress: () => {}, ...more })
async function restored(more?: Partial<Parameters<typeof restoreData>[0]>): Promise<RestoreReport> {
  const result = await restore(more)
  if (!result.ok) throw new Error(result.error)
  return result.value
}
const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()

describe('backup', () => {
  test('holds the pictures that are listed; the next one copies only new ones, and drops those that are gone; all of them come back', async () => {
    await makeData()
    const [first, second, third] = ['03-12-40.123Z', '03-13-40.123Z', '03-14-40.123Z'].map((at) => `snapshots/2026-11-14/1-cam.1/${at}.jpg`) as [
      string,
      string,
      string,
    ]
    keepPictures({ [first]: 'one', [second]: 'two' })
    writeFileSync(join(dataDir, 'snapshots', '2026-11-14', '1-cam.1', 'left.part'), 'by a crash')
    expect((await backedUp()).reused).toBe(0)
    expect(filesIn(into).filter((name) => name.startsWith('snapshots'))).toEqual([first, second, 'snapshots/snapshots.db'])
    rmSync(join(dataDir, first))
    keepPictures({ [second]: 'two', [third]: 'three' })
    const again = await backedUp()
    // Two archives and a picture.
    expect(again).toMatchObject({ reused: 3, kept: [] })
    expect(filesIn(into).filter((name) => name.startsWith('snapshots'))).toEqual([second, third, 'snapshots/snapshots.db'])
    await restored()
    expect([second, third].map((name) => readFileSync(join(dir, 'again', name), 'utf8'))).toEqual(['two', 'three'])
    writeFileSync(join(into, third), 'other')
    expect(await restore({ dataDir: join(dir, 'third') })).toMatchObject({ ok: false, error: expect.stringContaining(third) })
  })

  test('holds databases and archives and says what is in it; the key only where it is asked for', async () => {
    await makeData()
    const { manifest, reused } = await backedUp()
    expect(filesIn(into)).toEqual([
      'history.db',
      'history/quarterHours-2026-11.db',
      'history/samples-2026-11-12.db',
      'history/samples-2026-11-13.db',
      'main.db',
      'manifest.json',
    ])
    expect([manifest.madeAt, manifest.madeBy, manifest.key, manifest.forms, manifest.leftOut, reused]).toEqual([
      '2026-11-14T03:12:40.000Z',
      '9.9.9',
      'leftOut',
      { main: 10, history: 20 },
      [],
      0,
    ])
    expect(statSync(join(into, 'main.db')).mode & 0o077).toBe(0)
    expect((await backedUp({ withKey: true })).manifest.key).toBe('included')
    expect(readFileSync(join(into, 'secrets.key'), 'utf8')).toBe('a key\n')
    expect((await verifyBackup(into)).ok).toBe(true)
  })

  test('takes what is committed while others write, and waits for nobody', async () => {
    await makeData()
    const lock = lockDataDir({ clock, dataDir })
    const writer = openPart('main')
    writer.exec("INSERT INTO notes VALUES ('committed')")
    writer.exec("BEGIN IMMEDIATE; INSERT INTO notes VALUES ('not yet')")
    await backedUp()
    writer.exec('COMMIT')
    expect(notes(into)).toEqual(['first', 'committed'])
    writer.close()
    if (lock.ok) lock.value[Symbol.dispose]()
  })

  test('again into the same folder copies what is new, and drops what the limits dropped', async () => {
    await makeData()
    await backedUp()
    const inode = statSync(join(into, 'history', 'samples-2026-11-13.db')).ino
    note('second')
    await addArchive('samples-2026-11-14.db')
    const history = openPart('history')
    history.exec("DELETE FROM archives WHERE name = 'samples-2026-11-12.db'")
    history.close()
    rmSync(join(dataDir, 'history', 'samples-2026-11-12.db'))
    const { reused, kept, manifest } = await backedUp()
    expect([reused, kept, manifest.files.map(({ name }) => name)]).toEqual([
      1,
      [],
      ['history.db', 'history/quarterHours-2026-11.db', 'history/samples-2026-11-13.db', 'history/samples-2026-11-14.db', 'main.db'],
    ])
    expect(statSync(join(into, 'history', 'samples-2026-11-13.db')).ino).toBe(inode)
    expect(existsSync(join(into, 'history', 'samples-2026-11-12.db'))).toBe(false)
    expect(notes(into)).toEqual(['first', 'second'])
  })

  test('a damaged archive is left out and named, and a good copy of an earlier backup stays', async () => {
    await makeData()
    await backedUp()
    const file = join(dataDir, 'history', 'samples-2026-11-13.db')
    const bytes = readFileSync(file)
    bytes[9000] = (bytes[9000] as number) ^ 1
    writeFileSync(file, bytes)
    rmSync(join(into, manifestName))
    writeFileSync(join(into, 'backup-unfinished.json'), '{}')
    const { manifest, kept } = await backedUp()
    expect(manifest.leftOut).toEqual([
      { name: 'history/samples-2026-11-13.db', words: '', fault: { kind: 'damaged', detail: expect.stringContaining('SHA-256') } },
    ])
    expect(kept).toEqual(['history/samples-2026-11-13.db'])
    expect((await verifyBackup(into)).ok).toBe(true)
  })

  test.each(['main', 'history'] as const)('whose copy of %s.db is not good is not made, in words, and the earlier one still counts', async (name) => {
    await makeData()
    await backedUp()
    const before = readFileSync(join(into, manifestName), 'utf8')
    // As a page that a power cut left zeroed: a value that its table cannot hold, copied without a word by SQLite.
    const db = new BetterSqlite3(join(dataDir, `${name}.db`))
    db.unsafeMode()
    db.pragma('writable_schema = ON')
    db.exec("UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '')")
    db.close()
    const loose = new BetterSqlite3(join(dataDir, `${name}.db`))
    loose.exec(name === 'main' ? 'INSERT INTO notes VALUES (NULL)' : 'INSERT INTO rounds VALUES (1, NULL)')
    loose.unsafeMode()
    loose.pragma('writable_schema = ON')
    loose.exec("UPDATE sqlite_schema SET sql = replace(replace(sql, 'text TEXT', 'text TEXT NOT NULL'), 'bytes BLOB', 'bytes BLOB NOT NULL')")
    loose.close()
    const made = await backUp()
    expect(made).toEqual({
      ok: false,
      error: expect.stringMatching(
        new RegExp(
          `^The backup was not made: the copy of ${name}\\.db is not good \\(.*NULL.*\\)\\. What was there before still counts\\. Run "mtxdeck check"`,
        ),
      ),
    })
    expect(readFileSync(join(into, manifestName), 'utf8')).toBe(before)
    expect((await verifyBackup(into)).ok).toBe(true)
    expect(filesIn(into).filter((file) => file.endsWith('.part'))).toEqual([])
  })

  test('refuses folders of others, a newer form, its own data folder and one without data, and writes nothing', async () => {
    expect(await backUp()).toMatchObject({ ok: false, error: expect.stringContaining(`There is no console's data in ${dataDir}: main.db is missing`) })
    await makeData()
    mkdirSync(into)
    writeFileSync(join(into, 'photos.zip'), '')
    expect(await backUp()).toEqual({ ok: false, error: `${into} is not empty, and holds no backup of mtxdeck. Choose an empty folder.` })
    writeFileSync(join(into, manifestName), '{"product": "other"}')
    expect(await backUp()).toMatchObject({ ok: false, error: expect.stringContaining('no manifest of a backup of mtxdeck') })
    expect(filesIn(into)).toEqual([manifestName, 'photos.zip'])
    expect(await backUp({ into: join(dataDir, 'backups', 'here') })).toMatchObject({ ok: false, error: expect.stringContaining('inside the data folder') })
    expect(await backUp({ into: join(dir, 'other'), forms: { ...forms, main: [{ version: 5, run: () => {} }] } })).toMatchObject({
      ok: false,
      error: expect.stringMatching(/^The backup was not made: main\.db: .*10.*5.*"mtxdeck check" says what to do\.$/),
    })
    expect(existsSync(join(dir, 'other'))).toBe(false)
  })

  test('one that is stopped leaves the earlier one whole', async () => {
    await makeData()
    await backedUp()
    const before = readFileSync(join(into, manifestName), 'utf8')
    note('second')
    await addArchive('samples-2026-11-14.db')
    const stop = new AbortController()
    const stopped = await backUp({
      signal: stop.signal,
      onProgress: (line) => line.includes('samples-2026-11-14') && stop.abort(),
    })
    expect(stopped).toEqual({ ok: false, error: 'The backup was stopped. What was there before still counts.' })
    expect(readFileSync(join(into, manifestName), 'utf8')).toBe(before)
    expect((await verifyBackup(into)).ok).toBe(true)
    expect(filesIn(into).filter((name) => name.endsWith('.part'))).toEqual([])
    expect((await backedUp()).manifest.files).toHaveLength(6)
  })

  test('one whose process ended while its files got their names counts', async () => {
    await makeData()
    await backedUp()
    note('second')
    const old = readFileSync(join(into, manifestName))
    await backedUp()
    // As a power cut leaves it: the manifest is not renamed, main.db is not either.
    renameSync(join(into, manifestName), join(into, nextManifestName))
    writeFileSync(join(into, manifestName), old)
    renameSync(join(into, 'main.db'), join(into, 'main.db.part'))
    await restored()
    expect(notes(join(dir, 'again'))).toEqual(['first', 'second'])
    // The next one makes it whole before it begins, and may itself come to nothing.
    expect((await backUp({ signal: AbortSignal.abort() })).ok).toBe(false)
    expect(notes(into)).toEqual(['first', 'second'])
    expect(readFileSync(join(into, manifestName), 'utf8')).not.toBe(String(old))
  })
})

const program = `
import { backUpData } from ${JSON.stringify(new URL('./backUpData.ts', import.meta.url).href)}
import { createTestClock } from ${JSON.stringify(new URL('../../clock/testClock.ts', import.meta.url).href)}
const [dataDir, into] = process.argv.slice(2)
console.log('begun')
await backUpData({ clock: createTestClock(), dataDir, into, withKey: false, version: '9', forms: ${JSON.stringify(forms)}, check: async () => ({ unusable: null, damaged: [] }), onProgress: () => {} })
console.log('done')
`

test('killed at whatever moment, the folder holds a whole backup, the earlier one or the new one', async () => {
  await makeData()
  writeFileSync(join(dir, 'backup.mts'), program)
  await backedUp()
  let killed = 0
  for (let ms = 0; ms < 40; ms += 2) {
    note(`after ${ms}`)
    const child = spawn(process.execPath, [join(dir, 'backup.mts'), dataDir, into], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    let said = ''
    child.stdout.on('data', (part) => {
      said += String(part)
    })
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, ms))
    child.kill('SIGKILL')
    await exited
    if (!said.includes('done')) killed++
    expect(await verifyBackup(into)).toMatchObject({ ok: true })
  }
  expect(killed).toBeGreaterThan(0)
  await backedUp()
  expect(filesIn(into)).toHaveLength(6)
  expect(notes(into)).toEqual(notes())
})

describe('restore', () => {
  test('gives a folder that opens as it was; token and logs are its own', async () => {
    await makeData()
    await backedUp({ withKey: true })
    const { replaced, hasOwnKey } = await restored()
    expect([replaced, hasOwnKey]).toEqual([null, false])
    const again = join(dir, 'again')
    expect(filesIn(again).filter((name) => !name.startsWith('engine.'))).toEqual([
      'history.db',
      'history/quarterHours-2026-11.db',
      'history/samples-2026-11-12.db',
      'history/samples-2026-11-13.db',
      'main.db',
      'secrets.key',
    ])
    const log = createTestLog()
    const main = openMain({ clock, log, dataDir: again, migrations: mainMigrations, unreadable: () => null })
    if (!main.ok) throw new Error(main.error.words)
    expect([main.value.damage, main.value.db.pragma('journal_mode', { simple: true })]).toEqual([null, 'wal'])
    main.value.db.close()
    expect(notes(again)).toEqual(['first'])
  })

  test('a folder with data is refused; with --replace they are moved aside, and its own key stays', async () => {
    await makeData()
    await backedUp()
    note('later')
    writeFileSync(join(dataDir, 'history.db-wal'), '')
    expect(await restore({ dataDir })).toMatchObject({ ok: false, error: expect.stringMatching(/is not empty\. With --replace/) })
    const { replaced, hasOwnKey } = await restored({ dataDir, replace: true })
    expect([notes(), notes(replaced ?? ''), hasOwnKey]).toEqual([['first'], ['first', 'later'], true])
    expect(filesIn(replaced ?? '')).toContain('history/samples-2026-11-13.db')
    expect(readdirSync(dataDir).sort()).toEqual([
      'engine.json',
      'engine.lock',
      'history',
      'history.db',
      'main.db',
      'replaced-2026-11-14T03-12-40.000Z',
      'secrets.key',
      'token',
    ])
  })

  test('a folder in use is refused', async () => {
    await makeData()
    await backedUp()
    const lock = lockDataDir({ clock, dataDir })
    expect(await restore({ dataDir, replace: true })).toMatchObject({ ok: false, error: expect.stringMatching(/^Another mtxdeck \(process \d+.* uses /) })
    if (lock.ok) lock.value[Symbol.dispose]()
    expect(notes()).toEqual(['first'])
  })

  test.each([
    ['a flipped bit', (file: string) => flip(file), /history\/samples-2026-11-12\.db is not what the backup's manifest says/],
    ['a byte too many', (file: string) => appendFileSync(file, '!'), /is not what the backup's manifest says/],
    ['a file that is gone', (file: string) => rmSync(file), /history\/samples-2026-11-12\.db is missing/],
  ])('%s is found before anything is touched', async (_, harm, words) => {
    await makeData()
    await backedUp()
    harm(join(into, 'history', 'samples-2026-11-12.db'))
    expect(await restore({ dataDir, replace: true })).toMatchObject({ ok: false, error: expect.stringMatching(words) })
    expect(readdirSync(dataDir)).not.toContain('replaced-2026-11-14T03-12-40.000Z')
    expect(existsSync(join(dir, 'again'))).toBe(false)
  })

  test('a manifest that names files elsewhere, or of a newer form, is refused', async () => {
    await makeData()
    await backedUp()
    const manifest = JSON.parse(readFileSync(join(into, manifestName), 'utf8'))
    const outside = { ...manifest, files: [...manifest.files, { name: 'history/../../outside.db', bytes: 0, sha256: '0'.repeat(64) }] }
    writeFileSync(join(into, manifestName), JSON.stringify(outside))
    expect(await restore()).toMatchObject({ ok: false, error: expect.stringContaining('is damaged: "files.5.name"') })
    writeFileSync(join(into, manifestName), JSON.stringify({ ...manifest, form: 2 }))
    expect(await restore()).toMatchObject({ ok: false, error: expect.stringContaining('was made by a newer mtxdeck') })
    writeFileSync(join(into, manifestName), JSON.stringify({ ...manifest, forms: { main: 10, history: 30 } }))
    expect(await restore()).toMatchObject({ ok: false, error: expect.stringContaining('the form of its history.db is 30, this one knows 20') })
    rmSync(join(into, manifestName))
    expect(await restore()).toEqual({ ok: false, error: `There is no backup in ${into}: it has no manifest.json.` })
  })

  test('one that does not end keeps the console from starting, and ends when it is run again', async () => {
    await makeData()
    await backedUp()
    // As a power cut leaves it: what was there is moved, what comes is not.
    writeFileSync(unfinishedRestoreFile(dataDir), '{}')
    mkdirSync(join(dataDir, 'replaced-1'))
    renameSync(join(dataDir, 'main.db'), join(dataDir, 'replaced-1', 'main.db'))
    mkdirSync(join(dataDir, 'restoring-1'))
    copyFileSync(join(into, 'main.db'), join(dataDir, 'restoring-1', 'main.db'))
    await restored({ dataDir, replace: true })
    expect([notes(), existsSync(unfinishedRestoreFile(dataDir)), existsSync(join(dataDir, 'restoring-1')), notes(join(dataDir, 'replaced-1'))]).toEqual([
      ['first'],
      false,
      false,
      ['first'],
    ])
  })
})

function flip(file: string) {
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 4
  writeFileSync(file, bytes)
}

test.runIf(canMountDisks)('on a disk without room it is refused before anything is written (small tmpfs; needs root)', async () => {
  await makeData()
  using disk = createSmallDisk('64k')
  expect(await backUp({ into: join(disk.folder, 'copy') })).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^The backup needs \d+ MB in .*are free there\. Nothing was written\.$/),
  })
  expect(readdirSync(disk.folder)).toEqual([])
})

test.runIf(canMountDisks)('a disk that fills up during a restore is named as that, and what was there is as it was (small tmpfs; needs root)', async () => {
  await makeData()
  await backedUp()
  using disk = createSmallDisk('4m')
  const again = join(disk.folder, 'again')
  mkdirSync(again)
  const ballast = join(disk.folder, 'ballast')
  const fill = () => {
    for (const size of [1 << 16, 1])
      try {
        for (;;) appendFileSync(ballast, Buffer.alloc(size))
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' })
      }
  }
  expect(await restore({ dataDir: again, onProgress: (line) => !line.startsWith('Reading') && existsSync(again) && fill() })).toEqual(
    err(`The restore was not made (the disk of ${again} is full). What is in ${again} is as it was.`),
  )
  expect(filesIn(again)).toEqual(['engine.json', 'engine.lock'])
  rmSync(ballast)
  await restored({ dataDir: again })
  expect(notes(again)).toEqual(['first'])
})
