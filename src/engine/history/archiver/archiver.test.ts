import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { damageText } from '../../storage/openOrBegin.ts'
import { openArchive } from '../archive/archiveFile.ts'
import { checkArchives } from '../check/check.ts'
import { type ArchiveEntry, defaultLimits, type StoreLimits } from '../protocol/protocol.ts'
import { createTestHistory, samplesOf, type TestHistory } from '../testHistory.fixture.ts'
import { type ArchiverAsks, type ArchiverWork, createArchiver } from './archiver.ts'

let dir: string
let folder: string
let history: TestHistory
let archiver: ReturnType<typeof createArchiver>
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-archiver-'))
  folder = join(dir, 'history')
  history = createTestHistory(join(dir, 'history.db'))
  archiver = createArchiver({ history: history.db, folder, madeBy: 'mtxdeck test' })
})
afterEach(() => {
  history.db.close()
  rmSync(dir, { recursive: true })
})

const dayMs = 86_400_000
const day = Date.UTC(2026, 10, 14)
const every = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i * 2000)
const never = (): boolean => false
const asideOf = (): string[] => readdirSync(folder).filter((name) => name.includes('.damaged-'))
const listed = (): string[] => history.db.prepare<[], string>('SELECT name FROM archives ORDER BY name').pluck().all()

/** What history.ts and the writer do with an answer. */
function carryOut(work: ArchiverWork | null): ArchiverWork | null {
  for (const name of work?.unlist ?? []) history.db.prepare('DELETE FROM archives WHERE name = ?').run(name)
  for (const { name, tier, from, to, bytes, sha256 } of work?.list ?? []) history.list(name, tier, from, to, bytes, sha256)
  if (work?.drop)
    history.db
      .prepare('DELETE FROM seals WHERE from_at >= ? AND from_at < ? AND id <= ?')
      .run(work.drop.dayStart, work.drop.dayStart + dayMs, work.drop.lastSeal)
  return work
}
const unlist = (names: readonly string[]) => carryOut({ unlist: names, setAside: [], list: [], drop: null, words: [], isPostponed: false })
const archive = async (now: number, more: Partial<ArchiverAsks['archive'][0]> = {}): Promise<ArchiverWork | null> =>
  carryOut(await archiver.archive({ now, unsealedFrom: null, limits: defaultLimits, ...more }, never))
/** All there is to do now, in the words that were said, each once. */
async function settle(now: number): Promise<string[]> {
  const words = new Set<string>()
  for (;;) {
    const work = await archive(now)
    for (const text of [...(work?.words ?? []), ...(work?.setAside ?? []).map(damageText)]) words.add(text)
    if (work === null || work.isPostponed) return [...words]
  }
}
async function days(count: number): Promise<number> {
  for (let n = 0; n < count; n++) history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + n * dayMs + 1000, 20) })
  const now = day + count * dayMs + 1000
  await settle(now)
  return now
}
const old = (name: string): void => utimesSync(join(folder, name), new Date(0), new Date(0))

test('days are archived one at a time, the oldest first, and the running one never', async () => {
  for (const n of [2, 0, 1]) history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + n * dayMs + 1000, 20) })
  const now = day + 2 * dayMs + 3_600_000
  expect((await archive(now))?.list.map(({ name }) => name)).toContain('samples-2026-11-14.db')
  expect((await archive(now))?.list.map(({ name }) => name)).toContain('samples-2026-11-15.db')
  expect(await archive(now)).toBeNull()
  expect(history.db.prepare('SELECT count(*) FROM seals').pluck().get()).toBe(1)
})

test('a day is not over before all of it is sealed', async () => {
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + 1000, 20) })
  const now = day + dayMs + 1000
  expect(await archive(now, { unsealedFrom: day + dayMs - 1 })).toBeNull()
  expect(await archive(now, { unsealedFrom: day + dayMs })).not.toBeNull()
})

test('a stopped thread stops the work, and the next one finds it again', async () => {
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + 1000, 20) })
  const ask = { now: day + dayMs, unsealedFrom: null, limits: defaultLimits }
  await expect(archiver.archive(ask, () => true)).rejects.toThrow('cancelled')
  expect(carryOut(await archiver.archive(ask, never))?.list).toHaveLength(4)
  expect(readdirSync(folder)).toHaveLength(4)
})

test('on a full disk a day stays where it is, in words, and is archived later', async () => {
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + 1000, 20) })
  let full = true
  archiver = createArchiver({
    history: history.db,
    folder,
    madeBy: 'mtxdeck test',
    onStep: (step) => {
      if (full && step === 'minutes written') throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
    },
  })
  const now = day + dayMs + 1000
  expect(await archive(now)).toMatchObject({ isPostponed: true, list: [], drop: null, words: [expect.stringContaining('2026-11-14 cannot be archived in')] })
  // Nor does what was begun take what room there is.
  expect(readdirSync(folder)).toEqual([])
  full = false
  expect((await archive(now + 3_600_001))?.list).toHaveLength(4)
})

test('days beyond the limit go, the oldest first, and the files of the running month and year stay', async () => {
  const now = await days(6)
  const limits: StoreLimits = {
    ...defaultLimits,
    samples: { days: 2, bytes: 1e9 },
    minutes: { days: 4, bytes: 1e9 },
    quarterHours: { days: 0.01, bytes: 1 },
    twoHours: { days: 0.01, bytes: 1 },
  }
  const over = await archiver.overLimits({ now, limits }, never)
  expect(over.map(({ name }) => name).sort()).toEqual([
    'minutes-2026-11-14.db',
    'minutes-2026-11-15.db',
    'samples-2026-11-14.db',
    'samples-2026-11-15.db',
    'samples-2026-11-16.db',
    'samples-2026-11-17.db',
  ])
  unlist(over.map(({ name }) => name))
  for (const entry of over) expect(await archiver.remove(entry, never)).toMatchObject({ words: [], list: [] })
  expect(await archiver.overLimits({ now, limits }, never)).toEqual([])
  expect(readdirSync(folder).sort()).toEqual([
    'minutes-2026-11-16.db',
    'minutes-2026-11-17.db',
    'minutes-2026-11-18.db',
    'minutes-2026-11-19.db',
    'quarterHours-2026-11.db',
    'samples-2026-11-18.db',
    'samples-2026-11-19.db',
    'twoHours-2026.db',
  ])
  expect(await archive(now)).toBeNull()
})

test('bytes beyond the limit go, the oldest first, and no more than that', async () => {
  const now = await days(4)
  const bytes = history.db.prepare<[], number>("SELECT bytes FROM archives WHERE name = 'samples-2026-11-14.db'").pluck().get() as number
  const limits: StoreLimits = { ...defaultLimits, samples: { days: 1000, bytes: bytes * 2 } }
  expect((await archiver.overLimits({ now, limits }, never)).map(({ name }) => name)).toEqual(['samples-2026-11-14.db', 'samples-2026-11-15.db'])
})

test('an archive that cannot be removed is listed again, in words', async () => {
  const now = await days(3)
  const [first] = await archiver.overLimits({ now, limits: { ...defaultLimits, samples: { days: 1, bytes: 1e9 } } }, never)
  if (first === undefined) throw new Error('there is one')
  unlist([first.name])
  rmSync(join(folder, first.name))
  mkdirSync(join(folder, first.name))
  const { words, list } = await archiver.remove(first, never)
  expect([words, list]).toEqual([[expect.stringContaining(`${first.name} is beyond what is kept and cannot be removed`)], [first]])
})

test('what was unlisted before a kill is found in the folder, where it stays, and what was begun is gone', async () => {
  const now = await days(3)
  const settings: StoreLimits = { ...defaultLimits, samples: { days: 1, bytes: 1e9 } }
  const over = await archiver.overLimits({ now, limits: settings }, never)
  expect(over.map(({ name }) => name)).toEqual(['samples-2026-11-14.db', 'samples-2026-11-15.db'])
  unlist(over.map(({ name }) => name))
  await archiver.remove(over[0] as ArchiveEntry, never)
  archiver = createArchiver({ history: history.db, folder, madeBy: 'mtxdeck test' })
  writeFileSync(join(folder, 'samples-2026-11-20.db.part'), 'begun')
  await archiver.open(null, never)
  expect(existsSync(join(folder, 'samples-2026-11-20.db.part'))).toBe(false)
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), now / 1_000 - 3_600, now / 1_000 - 3_600)
  expect((await archive(now, { limits: settings }))?.words).toEqual([expect.stringContaining('samples-2026-11-15.db is older than what is kept')])
  expect(listed().filter((name) => name.startsWith('samples'))).toEqual(['samples-2026-11-16.db'])
})

test('a name in a history of somebody else does not lead out of the folder', async () => {
  const now = await days(2)
  writeFileSync(join(folder, '..', 'secrets.key'), 'secret')
  history.db.exec("INSERT INTO archives (name, tier, from_at, to_at, bytes, sha256) VALUES ('../secrets.key', 'samples', 0, 0, 1, NULL)")
  const nothing = { days: 0.01, bytes: 1 }
  const over = await archiver.overLimits({ now, limits: { ...defaultLimits, samples: nothing, minutes: nothing } }, never)
  expect(over.map(({ name }) => name)).not.toContain('../secrets.key')
  await settle(now)
  expect(existsSync(join(folder, '..', 'secrets.key'))).toBe(true)
})

test('verifying reads another file each hour, and sets aside the one that changed', async () => {
  const now = await days(2)
  const name = 'minutes-2026-11-15.db'
  const bytes = readFileSync(join(folder, name))
  bytes[5_000] = (bytes[5_000] as number) ^ 4
  writeFileSync(join(folder, name), bytes)
  const found: ArchiverWork[] = []
  for (let n = 0; n < listed().length; n++) {
    const work = await archiver.verify({ now: now + n * 3_600_000 }, never)
    if (work && work.setAside.length > 0) found.push(work)
  }
  expect(found).toEqual([
    {
      unlist: [name],
      setAside: [
        {
          damage: 'setAside',
          store: 'archive',
          file: name,
          setAside: expect.stringMatching(/^minutes-2026-11-15\.db\.damaged-2026-11-16T\d\d-00-01\.\d+Z$/),
          backupAt: null,
        },
      ],
      list: [],
      drop: null,
      words: [expect.stringContaining('SHA-256')],
      isPostponed: false,
    },
  ])
  carryOut(found[0] as ArchiverWork)
  expect(asideOf()).toHaveLength(1)
  expect(listed()).toHaveLength(5)
  for (let n = 0; n < 5; n++) expect((await archiver.verify({ now: now + (100 + n) * 3_600_000 }, never))?.setAside).toEqual([])
})

// No other file answers every read with an error.
test.runIf(process.platform === 'linux')('a disk that fails to read is told, and nothing is set aside for it', async () => {
  const now = await days(2)
  const name = 'samples-2026-11-14.db'
  rmSync(join(folder, name))
  symlinkSync('/proc/self/mem', join(folder, name))
  const found = await archiver.verify({ now, name }, never)
  expect(found).toMatchObject({
    unlist: [],
    setAside: [],
    words: [expect.stringMatching(/^samples-2026-11-14\.db cannot be read \(EIO.*\)\. It stays where it is/)],
  })
  expect(asideOf()).toEqual([])
})

test('the one that a reader complains of is read at once, and stays where it is whole', async () => {
  const now = await days(1)
  expect((await archiver.verify({ now, name: 'samples-2026-11-14.db' }, never))?.unlist).toEqual([])
  writeFileSync(join(folder, 'samples-2026-11-14.db'), readFileSync(join(folder, 'samples-2026-11-14.db')).subarray(0, 5_000))
  const work = await archiver.verify({ now, name: 'samples-2026-11-14.db' }, never)
  expect([work?.setAside.length, work?.words]).toEqual([1, [expect.stringContaining('5000 bytes instead of')]])
  expect(await archiver.verify({ now, name: 'not there.db' }, never)).toBeNull()
})

test('a growing file has no checksum yet: its rows are read', async () => {
  const now = await days(1)
  const name = 'twoHours-2026.db'
  expect((await archiver.verify({ now, name }, never))?.setAside).toEqual([])
  const bytes = readFileSync(join(folder, name))
  // Behind the tables' definitions; somewhere there are rows.
  for (let at = 512; at < bytes.length; at += 101) bytes[at] = (bytes[at] as number) ^ 0x10
  writeFileSync(join(folder, name), bytes)
  expect((await archiver.verify({ now, name }, never))?.setAside).toHaveLength(1)
})

test('a listed file that is not there is unlisted, and copied back it is read and taken in', async () => {
  const now = await days(2)
  const name = 'samples-2026-11-14.db'
  renameSync(join(folder, name), join(dir, name))
  expect(await settle(now)).toEqual([expect.stringContaining(`${name} is not in the folder any more`)])
  expect(listed()).not.toContain(name)
  copyFileSync(join(dir, name), join(folder, name))
  // While it is still being copied it is left alone.
  utimesSync(join(folder, name), new Date(now - 1000), new Date(now - 1000))
  expect(await settle(now)).toEqual([])
  expect(await settle(now + 60_000)).toEqual([expect.stringContaining(`${name} was found in the folder, read, and is taken in`)])
  expect(history.db.prepare('SELECT sha256, from_at FROM archives WHERE name = ?').get(name)).toEqual({
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    from_at: day + 1000,
  })
})

test('files that are found in the folder: a damaged or misnamed one is set aside, one beyond the limits is left, others are not touched', async () => {
  const now = await days(1)
  const good = readFileSync(join(folder, 'samples-2026-11-14.db'))
  const put = (name: string, bytes: Uint8Array): void => {
    writeFileSync(join(folder, name), bytes)
    old(name)
  }
  put('samples-2026-11-10.db', good)
  put('samples-2026-11-11.db', good.subarray(0, 5_000))
  put('notes.db', good)
  mkdirSync(join(dir, 'other'))
  const other = createTestHistory(join(dir, 'other', 'history.db'))
  other.seal({ server: 'b', paths: ['', 'cam'], times: every(day - 100 * dayMs, 20) })
  const elsewhere = createArchiver({ history: other.db, folder: join(dir, 'other'), madeBy: 'mtxdeck test' })
  const work = await elsewhere.archive({ now, unsealedFrom: null, limits: defaultLimits }, never)
  for (const { name } of work?.list ?? []) if (!existsSync(join(folder, name))) put(name, readFileSync(join(dir, 'other', name)))
  other.db.close()
  const words = await settle(now)
  expect(words.map((text) => text.replace(/-\d{4}-\d\d-\d\dT.*?Z/, ''))).toEqual([
    'minutes-2026-08-06.db was found in the folder, read, and is taken in.',
    'quarterHours-2026-08.db was found in the folder, read, and is taken in.',
    'samples-2026-08-06.db is older than what is kept: it stays where it is, and is not shown.',
    'samples-2026-11-10.db: by its content it is samples-2026-11-14.db',
    expect.stringContaining('samples-2026-11-10.db was damaged'),
    expect.stringContaining('samples-2026-11-11.db: it is damaged: '),
    expect.stringContaining('samples-2026-11-11.db was damaged'),
  ])
  expect(readdirSync(folder)).toContain('notes.db')
  expect(await settle(now)).toEqual(['samples-2026-08-06.db is older than what is kept: it stays where it is, and is not shown.'])
  const taken = openArchive(join(folder, 'quarterHours-2026-08.db'))
  expect(taken.ok && taken.value.subjects().map(({ server }) => server)).toEqual(['b', 'b'])
  if (taken.ok) taken.value.close()
})

test('an archive of a day that is still live waits until the day is archived: it would hide it', async () => {
  const now = await days(1)
  const name = 'samples-2026-11-14.db'
  history.db.prepare('DELETE FROM archives').run()
  for (const file of readdirSync(folder)) old(file)
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + 5_000_000, 20) })
  // The late seal first, in files of its own.
  expect((await archive(now))?.list.map((one) => one.name)).toContain('samples-2026-11-14.2.db')
  await settle(now)
  expect(listed()).toContain(name)
  const opened = openArchive(join(folder, name))
  expect(opened.ok && samplesOf(opened.value, 'a', 'cam', 'path.bitrateIn')).toHaveLength(20)
  if (opened.ok) opened.value.close()
})

test('a file of a day that is still live is not taken for one of ours', async () => {
  const other = createTestHistory(join(dir, 'other.db'))
  other.seal({ server: 'b', paths: ['', 'theirs'], times: every(day + 2000, 20) })
  await createArchiver({ history: other.db, folder, madeBy: 'mtxdeck test' }).archive({ now: day + dayMs, unsealedFrom: null, limits: defaultLimits }, never)
  other.db.close()
  for (const file of readdirSync(folder)) {
    if (file.startsWith('samples') || file.startsWith('minutes')) old(file)
    else rmSync(join(folder, file))
  }
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + 1000, 20) })
  const work = await archive(day + dayMs)
  expect(work?.list.map(({ name }) => name)).toEqual(['samples-2026-11-14.2.db', 'minutes-2026-11-14.2.db', 'quarterHours-2026-11.db', 'twoHours-2026.db'])
  expect(await settle(day + dayMs)).toEqual(['minutes', 'samples'].map((tier) => expect.stringContaining(`${tier}-2026-11-14.db was found in the folder`)))
})

test('a check reads all of them and changes nothing', async () => {
  await days(1)
  const name = 'minutes-2026-11-14.db'
  const bytes = readFileSync(join(folder, name))
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] as number) ^ 1
  writeFileSync(join(folder, name), bytes)
  const done = { parts: 0, events: 0, archives: 0 }
  const found = new Set<string>()
  await checkArchives(
    folder,
    history.db,
    done,
    ({ file }) => void found.add(file),
    () => {},
  )
  expect([...found]).toEqual([`history/${name}`])
  expect(done.archives).toBe(4)
  expect(asideOf()).toEqual([])
})
