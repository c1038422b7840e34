import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sleep } from '../../clock/clock.ts'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { err, ok } from '../../shared/result.ts'
import { type SnapshotSettings, snapshotSettingsSchema } from '../../shared/snapshots.ts'
import { createTestLog } from '../testLog.ts'
import { createSnapshotFiles, openSnapshots, snapshotsFile, snapshotsFolder } from './snapshotFiles.ts'
import { createSnapshots, type ReadStream, type Snapshots } from './snapshots.ts'

const quietLog = createTestLog()
const startAt = Date.UTC(2026, 10, 14, 3)
const minuteMs = 60_000
const dayMs = 86_400_000

/** A desk whose servers' streams can be read, refuse, or are in trouble. */
class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'mtxdeck-snapshots-'))
  /** Pictures that are being written: virtual time waits for the disk. */
  writing = 0
  readonly clock: TestClock = createTestClock(startAt, async () => {
    do for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => void setImmediate(resolve))
    while (this.writing > 0)
  })
  readonly servers = new Map<string, { name: string; tags: string[] }>([['s1', { name: 'north', tags: ['studio'] }]])
  readonly streams = new Map<string, readonly string[]>()
  readonly troubled = new Set<string>()
  readonly refusals = new Map<string, PictureReason>()
  readonly access = new Map<string, string>()
  /** Paths in the order in which they were read, with the minute. */
  readonly reads: { readonly at: number; readonly path: string }[] = []
  /** What was logged as an error. */
  readonly bugs: string[] = []
  readonly settings = new Map<string, string>()
  bytesRead = 50_000
  tookMs = 0
  mostAtOnce = 0
  #atOnce = 0
  #ended = new AbortController()
  #close = () => {}

  readonly read: ReadStream = async (_serverId, path, { signal }) => {
    this.reads.push({ at: this.clock.now() - startAt, path })
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce)
    try {
      if (this.tookMs > 0) await sleep(this.clock, this.tookMs, signal).catch(() => {})
      if (signal.aborted) return err({ kind: 'cancelled' })
      const why = this.refusals.get(path)
      if (why !== undefined) return err(why)
      return ok({ jpeg: Buffer.from(`${path} at ${this.clock.now()}`), widthPx: 480, heightPx: 270, bytesRead: this.bytesRead })
    } finally {
      this.#atOnce--
    }
  }
  open(configured: Partial<SnapshotSettings> = {}): Snapshots {
    const { clock, folder, settings } = this
    const opened = openSnapshots({ clock, log: quietLog, dataDir: folder })
    if (!opened.ok) throw new Error(opened.error.words)
    const { db } = opened.value
    const files = createSnapshotFiles({ db, dataDir: folder })
    const add: typeof files.add = async (picture) => {
      this.writing++
      await files.add(picture).finally(() => void this.writing--)
    }
    this.#ended = new AbortController()
    this.#close = () => void db.close()
    return createSnapshots({
      clock,
      log: createTestLog((facts, text) => void this.bugs.push(JSON.stringify([facts, text]))),
      files: { ...files, add },
      read: (...asked) => this.read(...asked),
      whyNot: (id, path) => (this.streams.get(id)?.includes(path) ? null : { kind: 'notLive' }),
      isSlate: () => false,
      bitrateOf: () => 2_000_000,
      accessKey: (id) => this.access.get(id) ?? '',
      server: (id) => this.servers.get(id) ?? null,
      eachPictured: (visit) => {
        for (const [id, paths] of this.streams) for (const path of paths) visit(id, path)
      },
      inTrouble: (_id, path) => this.troubled.has(path),
      kept: { read: (key) => settings.get(key) ?? null, write: (key, value) => void settings.set(key, value) },
      configured,
      isBundle: false,
      signal: this.#ended.signal,
    })
  }
  async close(): Promise<void> {
    const { snapshots } = this
    if (this.tookMs === 0) await snapshots.settled()
    this.#ended.abort()
    await snapshots[Symbol.asyncDispose]()
    this.#close()
  }
  /** Virtual time passes, second by second, with what reads and writes in it. */
  async pass(ms: number): Promise<void> {
    for (let gone = 0; gone < ms; gone += 1_000) {
      await this.clock.advance(Math.min(1_000, ms - gone))
      if (this.tookMs === 0) await this.snapshots.settled()
    }
  }
  keep(settings: Partial<SnapshotSettings>) {
    return this.snapshots.keep(snapshotSettingsSchema.parse(settings))
  }
  snapshots: Snapshots = this.open()
  readonly all = (path = 'cam1', serverId = 's1') =>
    this.snapshots.list({ serverId, path, from: startAt - 400 * dayMs, to: startAt + 400 * dayMs, points: 1_000 })
  readsOf(path: string) {
    return this.reads.flatMap((read) => (read.path === path ? [Math.round(read.at / 1_000)] : []))
  }
}

let desk: Desk
beforeEach(() => {
  desk = new Desk()
  // After its first look.
  desk.streams.set('s1', ['cam1'])
})
afterEach(async () => {
  await desk.close()
  expect(desk.bugs.filter((bug) => !bug.includes('cannot be stored'))).toEqual([])
  rmSync(desk.folder, { recursive: true })
})

describe('turns', () => {
  test('a live stream is read each minute, and its pictures are kept with when they were taken', async () => {
    await desk.pass(5 * minuteMs)
    const [first, ...others] = desk.readsOf('cam1')
    expect(first).toBeLessThanOrEqual(4)
    expect(others.map((at) => at - (first ?? 0))).toEqual([60, 120, 180, 240])
    const { snapshots, total } = desk.all()
    expect(total).toBe(5)
    const at = snapshots.map((one) => one.at)
    const [picture] = await desk.snapshots.pictures({ serverId: 's1', path: 'cam1', at: [at[2] ?? 0] })
    expect(Buffer.from(picture?.jpeg ?? '', 'base64').toString()).toBe(`cam1 at ${at[2]}`)
    const [newest] = await desk.snapshots.newest({ streams: [{ serverId: 's1', path: 'cam1' }] })
    expect(newest?.at).toBe(at.at(-1))
    const [then, unknown] = await desk.snapshots.newest({
      streams: [
        { serverId: 's1', path: 'cam1' },
        { serverId: 's1', path: 'cam2' },
      ],
      at: (at[1] ?? 0) + 5_000,
    })
    expect([then?.at, unknown]).toEqual([at[1], null])
  })

  test('exceptions go by tag, server and stream: the first that fits counts', async () => {
    desk.streams.set('s1', ['cam1', 'test/a', 'lobby'])
    desk.servers.set('s2', { name: 'south', tags: [] })
    desk.streams.set('s2', ['yard'])
    desk.keep({
      exceptions: [
        { tags: [], servers: [], streams: ['~^test/'], everySeconds: null },
        { tags: ['studio'], servers: [], streams: ['lobby'], everySeconds: 10 },
        { tags: [], servers: ['south'], streams: [], everySeconds: 300 },
      ],
    })
    await desk.pass(10 * minuteMs)
    expect(['cam1', 'test/a', 'lobby', 'yard'].map((path) => desk.readsOf(path).length)).toEqual([10, 0, 60, 2])
    // A server that loses its tag is read as the others are.
    desk.servers.set('s1', { name: 'north', tags: [] })
    const before = desk.readsOf('lobby').length
    await desk.pass(10 * minuteMs)
    expect(desk.readsOf('lobby').length - before).toBeLessThanOrEqual(11)
  })

  test('no more are read at once, and no more bytes, than the budget allows; all streams get their turn', async () => {
    const paths = Array.from({ length: 50 }, (_, n) => `cam${n}`)
    desk.streams.set('s1', paths)
    desk.tookMs = 700
    desk.bytesRead = 1_000_000
    desk.keep({ atOnce: 3, megabitsPerSecond: 4 })
    await desk.pass(5 * minuteMs)
    expect(desk.mostAtOnce).toBeLessThanOrEqual(3)
    // 4 Mbit/s are a picture each 2 s.
    expect(desk.reads.length).toBeGreaterThan(130)
    expect(desk.reads.length).toBeLessThanOrEqual(156)
    const counts = paths.map((path) => desk.readsOf(path).length)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    const { cost, late, streams } = desk.snapshots.status()
    expect(streams).toBe(50)
    expect(late).toBeGreaterThan(0)
    expect(cost.bitsPerSecond).toBeGreaterThan(3_000_000)
    expect(cost.bitsPerSecond).toBeLessThan(4_600_000)
    expect(cost.readers).toBeGreaterThan(0.2)
  })

  test('what fails counts for the budget if it was read, and not as a picture', async () => {
    desk.tookMs = 10_000
    for (const path of ['cam1', 'cam2']) desk.refusals.set(path, { kind: 'undecodable', because: 'noWholePicture' })
    desk.streams.set('s1', ['cam1', 'cam2'])
    desk.keep({ everySeconds: 10, megabitsPerSecond: 1 })
    await desk.pass(50_000)
    const { cost } = desk.snapshots.status()
    expect(cost.taken).toBe(0)
    expect(cost.bitsPerSecond).toBeGreaterThan(300_000)
  })

  test('streams in trouble are read first, and one whose alarm begins is next', async () => {
    const paths = Array.from({ length: 30 }, (_, n) => `cam${n}`)
    desk.streams.set('s1', paths)
    desk.tookMs = 900
    desk.keep({ atOnce: 1, megabitsPerSecond: 100 })
    desk.troubled.add('cam29')
    await desk.pass(3_000)
    expect(desk.reads[0]?.path).toBe('cam29')
    desk.snapshots.alarmBegan('s1', 'cam17', desk.clock.now())
    await desk.pass(2_000)
    expect(desk.reads.findIndex(({ path }) => path === 'cam17')).toBeLessThan(6)
  })

  test('with another name or other settings no second reader opens beside the first, and an alarm’s picture remains urgent', async () => {
    const slow = { atOnce: 1, megabitsPerSecond: 100 }
    desk.streams.set('s1', ['cam0', 'cam1', 'cam2', 'cam3'])
    desk.tookMs = 5_000
    desk.keep(slow)
    await desk.pass(3_000)
    const [{ path } = expect.fail()] = desk.reads
    desk.snapshots.alarmBegan('s1', path === 'cam3' ? 'cam2' : 'cam3', desk.clock.now())
    desk.servers.set('s1', { name: 'south', tags: [] })
    desk.keep({ ...slow, atOnce: 2 })
    await desk.pass(3_000)
    expect(desk.reads.map((read) => read.path).slice(0, 2)).toEqual([path, path === 'cam3' ? 'cam2' : 'cam3'])
    expect(desk.readsOf(path)).toHaveLength(1)
  })

  test('of streams that are late those that somebody looks at come first, as long as he looks', async () => {
    desk.bytesRead = 400_000
    desk.keep({ megabitsPerSecond: 0.5, everySeconds: 20 })
    desk.streams.set(
      's1',
      Array.from({ length: 100 }, (_, n) => `cam${n}`),
    )
    await desk.pass(5 * minuteMs)
    const before = desk.readsOf('cam77').length
    for (let tenSeconds = 0; tenSeconds < 18; tenSeconds++) {
      await desk.snapshots.newest({ streams: [{ serverId: 's1', path: 'cam77' }] })
      await desk.pass(10_000)
    }
    const watched = desk.readsOf('cam77').length
    expect(watched - before).toBeGreaterThan(5)
    await desk.pass(3 * minuteMs)
    expect(desk.readsOf('cam77').length - watched).toBeLessThanOrEqual(2)
  })

  test('after a restart a stream waits for as long as is left of its interval', async () => {
    desk.keep({ everySeconds: 3_600 })
    await desk.pass(4_000)
    expect(desk.reads).toHaveLength(1)
    await desk.close()
    desk.snapshots = desk.open()
    await desk.pass(50 * minuteMs)
    expect(desk.reads).toHaveLength(1)
    await desk.pass(11 * minuteMs)
    expect(desk.reads).toHaveLength(2)
  })
})

describe('what fails', () => {
  test('a stream that is refused is not read again with the same credentials; two of them halt a server that answered none', async () => {
    desk.streams.set('s1', ['cam1', 'cam2', 'cam3', 'cam4'])
    for (const path of ['cam1', 'cam2', 'cam3', 'cam4']) desk.refusals.set(path, { kind: 'rtspReadRefused' })
    desk.keep({ atOnce: 1 })
    await desk.pass(20 * minuteMs)
    expect(desk.reads).toHaveLength(2)
    expect(desk.snapshots.status().halts).toMatchObject([{ serverName: 'north', path: null, why: { kind: 'rtspReadRefused' }, nextAt: null }])
    desk.refusals.clear()
    desk.access.set('s1', 'other credentials')
    await desk.pass(2 * minuteMs)
    expect(new Set(desk.reads.slice(2).map(({ path }) => path)).size).toBe(4)
    expect(desk.snapshots.status().halts).toEqual([])
  })

  test('however many streams of a server are refused, those of others are read', async () => {
    desk.servers.set('s2', { name: 'south', tags: [] })
    const refused = Array.from({ length: 400 }, (_, n) => `private${n}`)
    // One that it answers, so that it is not halted as a whole.
    desk.streams.set('s1', ['cam1', ...refused])
    desk.streams.set('s2', ['yard'])
    for (const path of refused) desk.refusals.set(path, { kind: 'rtspReadRefused' })
    await desk.pass(20 * minuteMs)
    expect(refused.every((path) => desk.readsOf(path).length === 1)).toBe(true)
    expect(desk.readsOf('yard').length).toBeGreaterThan(15)
    expect(desk.readsOf('cam1').length).toBeGreaterThan(15)
  })

  test('one refused stream of a server that answers others halts only itself, until one is taken by hand', async () => {
    desk.streams.set('s1', ['cam1', 'private'])
    desk.refusals.set('private', { kind: 'rtspReadRefused' })
    await desk.pass(5 * minuteMs)
    expect(desk.readsOf('private')).toHaveLength(1)
    expect(desk.readsOf('cam1')).toHaveLength(5)
    expect(desk.snapshots.status().halts).toMatchObject([{ path: 'private', nextAt: null }])
    desk.refusals.clear()
    expect(await desk.snapshots.take({ serverId: 's1', path: 'private' })).toMatchObject({ picture: { widthPx: 480 } })
    await desk.pass(2 * minuteMs)
    expect(desk.readsOf('private').length).toBeGreaterThan(2)
  })

  test('one that can not be read is tried less and less often, and says when next', async () => {
    desk.refusals.set('cam1', { kind: 'notFound' })
    await desk.pass(16 * minuteMs)
    const at = desk.readsOf('cam1')
    expect(at.slice(1).map((one, n) => Math.round((one - (at[n] ?? 0)) / 60))).toEqual([2, 4, 8])
    const [halt] = desk.snapshots.status().halts
    expect(halt).toMatchObject({ path: 'cam1', why: { kind: 'notFound' } })
    expect(halt?.nextAt).toBeGreaterThan(desk.clock.now())
    desk.streams.clear()
    expect(desk.snapshots.status().halts, 'it went').toEqual([])
  })

  test('a picture that never comes ends in time, and others are read meanwhile', async () => {
    desk.streams.set('s1', ['cam1', 'cam2'])
    const { read } = desk
    desk.tookMs = 1
    Object.assign(desk, {
      read: (...asked: Parameters<ReadStream>) =>
        asked[1] === 'cam1' ? new Promise((resolve) => asked[2].signal.addEventListener('abort', () => resolve(err({ kind: 'cancelled' })))) : read(...asked),
    })
    for (let second = 0; second < 70; second++) await desk.clock.advance(1_000)
    expect(desk.snapshots.status().halts).toMatchObject([{ path: 'cam1', why: { kind: 'timedOut' } }])
    expect(desk.readsOf('cam2').length).toBeGreaterThan(1)
  })

  test('a disk that takes nothing is said, and pictures are kept again once it does', async () => {
    const inTheWay = join(snapshotsFolder(desk.folder), '2026-11-14')
    writeFileSync(inTheWay, 'a file where the folder of the day was to be')
    await desk.pass(2 * minuteMs)
    expect(desk.snapshots.status().kept).toMatchObject({ snapshots: 0, trouble: expect.stringMatching(/ENOTDIR|EEXIST/) })
    rmSync(inTheWay)
    await desk.pass(2 * minuteMs)
    expect(desk.snapshots.status().kept).toMatchObject({ snapshots: 2, trouble: null })
  })

  test('an index that is no database is set aside, and a new one begun', async () => {
    await desk.pass(4_000)
    await desk.close()
    writeFileSync(snapshotsFile(desk.folder), 'x'.repeat(10_000))
    const opened = openSnapshots({ clock: desk.clock, log: quietLog, dataDir: desk.folder })
    expect(opened).toMatchObject({ ok: true, value: { damage: { damage: 'setAside', store: 'snapshots' } } })
    if (opened.ok) opened.value.db.close()
    desk.snapshots = desk.open()
    await desk.pass(4_000)
    expect(desk.all().total).toBe(1)
  })

  test('an index of which one page is damaged is set aside, too', async () => {
    desk.streams.set(
      's1',
      Array.from({ length: 200 }, (_, n) => `cam${n}`),
    )
    await desk.pass(10 * minuteMs)
    await desk.close()
    const bytes = readFileSync(snapshotsFile(desk.folder))
    bytes.fill(7, 4_096 * 3, 4_096 * 4)
    for (const end of ['-wal', '-shm']) rmSync(`${snapshotsFile(desk.folder)}${end}`, { force: true })
    writeFileSync(snapshotsFile(desk.folder), bytes)
    const opened = openSnapshots({ clock: desk.clock, log: quietLog, dataDir: desk.folder })
    expect(opened).toMatchObject({ ok: true, value: { damage: { damage: 'setAside', store: 'snapshots' } } })
    if (opened.ok) opened.value.db.close()
    desk.snapshots = desk.open()
  })

  test('pictures that no index lists are deleted once their day is over', async () => {
    await desk.pass(10_000)
    await desk.close()
    for (const end of ['', '-wal', '-shm']) rmSync(`${snapshotsFile(desk.folder)}${end}`, { force: true })
    desk.snapshots = desk.open()
    desk.streams.clear()
    expect(existsSync(join(snapshotsFolder(desk.folder), '2026-11-14'))).toBe(true)
    desk.clock.jumpWall(3 * dayMs)
    await desk.pass(11 * minuteMs)
    expect(existsSync(join(snapshotsFolder(desk.folder), '2026-11-14'))).toBe(false)
  })

  test('a file that was changed or deleted by hand is no picture', async () => {
    await desk.pass(2 * minuteMs)
    const { snapshots } = desk.all()
    const files = readdirSync(snapshotsFolder(desk.folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jpg'))
    expect(files.sort()[0]).toMatch(/^2026-11-14\/1-cam1\/03-0\d-\d\d\.\d{3}Z\.jpg$/)
    writeFileSync(join(snapshotsFolder(desk.folder), files[0] ?? ''), 'something else')
    rmSync(join(snapshotsFolder(desk.folder), files[1] ?? ''))
    expect(await desk.snapshots.pictures({ serverId: 's1', path: 'cam1', at: snapshots.map(({ at }) => at) })).toEqual([null, null])
  })
})

describe('what is kept', () => {
  const jpegs = () => readdirSync(snapshotsFolder(desk.folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jpg'))

  test('pictures go after their days, those around the onset of an alarm later', async () => {
    desk.keep({ everySeconds: 3_600, keepDays: 2, keepAlarmDays: 10 })
    await desk.pass(2 * 3_600_000)
    const onset = desk.clock.now()
    desk.snapshots.alarmBegan('s1', 'cam1', onset)
    await desk.pass(5_000)
    const around = await desk.snapshots.around({ serverId: 's1', path: 'cam1', at: onset })
    expect(around.before?.at).toBeLessThan(onset)
    expect(around.after?.at).toBeLessThan(onset + 5_000)
    desk.streams.clear()
    const jump = async (days: number) => {
      desk.clock.jumpWall(days * dayMs)
      await desk.pass(10 * minuteMs)
    }
    await jump(3)
    expect(desk.all().snapshots.map(({ at }) => at)).toEqual([around.before?.at, around.after?.at])
    expect(jpegs()).toHaveLength(2)
    await jump(8)
    expect(desk.all().total).toBe(0)
    expect(readdirSync(snapshotsFolder(desk.folder)).filter((name) => !name.startsWith('snapshots.db'))).toEqual([])
    expect(desk.snapshots.status().kept).toEqual({ snapshots: 0, bytes: 0, oldestAt: null, trouble: null })
  })

  test('beyond the bytes the oldest go first, and no more than needed', async () => {
    const big = Buffer.alloc(100_000, 7)
    Object.assign(desk, { read: async () => ok({ jpeg: big, widthPx: 480, heightPx: 270, bytesRead: 1 }) })
    desk.keep({ everySeconds: 10, keepMegabytes: 10 })
    await desk.pass(25 * minuteMs)
    desk.keep({ everySeconds: 10, keepMegabytes: 10 })
    await desk.snapshots.settled()
    const { kept } = desk.snapshots.status()
    expect(kept).toMatchObject({ snapshots: 100, bytes: 10_000_000 })
    expect(jpegs()).toHaveLength(100)
    expect(kept.oldestAt).toBe(desk.all().snapshots[0]?.at)
  })

  test('those of a server that is removed are deleted', async () => {
    desk.servers.set('s2', { name: 'south', tags: [] })
    desk.streams.set('s2', ['yard'])
    await desk.pass(3 * minuteMs)
    desk.streams.delete('s1')
    desk.servers.delete('s1')
    desk.snapshots.forget('s1')
    await desk.snapshots.settled()
    expect(desk.all().total).toBe(0)
    expect(desk.all('yard', 's2').total).toBe(3)
    expect(jpegs().every((name) => name.includes('yard'))).toBe(true)
  })

  test('names of streams that no folder can have, or that would lead elsewhere, are kept like others', async () => {
    const names = ['../../etc/passwd', 'a/b', '..', 'con', 'x'.repeat(300), '映像', 'a\u0000b', 'CAM', 'cam']
    desk.streams.set('s1', names)
    await desk.pass(30_000)
    for (const name of names) {
      const [picture] = await desk.snapshots.newest({ streams: [{ serverId: 's1', path: name }] })
      expect(Buffer.from(picture?.jpeg ?? '', 'base64').toString()).toContain(name)
    }
    expect(existsSync(join(desk.folder, 'etc'))).toBe(false)
    expect(jpegs()).toHaveLength(names.length)
  })

  test('a long time is listed by as many as were asked for, spread over it, and the newest', async () => {
    desk.keep({ everySeconds: 10 })
    await desk.pass(20 * minuteMs)
    const listed = desk.snapshots.list({ serverId: 's1', path: 'cam1', from: startAt, to: desk.clock.now(), points: 10 })
    expect(listed.total).toBe(120)
    const spread = listed.snapshots.slice(0, -1)
    const gaps = spread.slice(1).map(({ at }, n) => at - (spread[n]?.at ?? 0))
    expect(spread).toHaveLength(10)
    expect(desk.clock.now() - (listed.snapshots.at(-1)?.at ?? 0)).toBeLessThanOrEqual(10_000)
    for (const gap of gaps) expect(gap).toBeCloseTo(2 * minuteMs, -4.1)
  })
})

test('settings of the console count before those of the file, and are kept', async () => {
  await desk.close()
  desk.snapshots = desk.open({ everySeconds: 30, keepDays: 3 })
  expect(desk.snapshots.status().settings).toMatchObject({ everySeconds: 30, keepDays: 3 })
  desk.keep({ everySeconds: null })
  desk.reads.length = 0
  await desk.close()
  desk.snapshots = desk.open({ everySeconds: 30 })
  await desk.pass(5 * minuteMs)
  expect(desk.reads).toEqual([])
})
