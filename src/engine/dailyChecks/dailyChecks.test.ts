import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sleep } from '../../clock/clock.ts'
import { createSlices } from '../../clock/slices.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { dailyCameraTexts } from '../../i18n/dailyText.ts'
import { type DailyCamera, type DailySettings, dailySettingsSchema } from '../../shared/dailyChecks.ts'
import type { Evidence } from '../../shared/media.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { type Content, type ContentFinding, lastingIn } from '../../shared/probeContent.ts'
import { differencesOf, gradeOf, gradeReasonsOf, learnContract } from '../../shared/probeGrades.ts'
import { goodReading } from '../../shared/probeReadings.fixture.ts'
import type { Probe } from '../../shared/probes.ts'
import { err, ok } from '../../shared/result.ts'
import type { Server } from '../../shared/servers.ts'
import type { Stream } from '../../shared/streams.ts'
import { dailyWindows } from '../maintenance/windows.ts'
import type { StreamPictures } from '../previews/streamPictures.ts'
import { createSnapshotFiles, openSnapshots, snapshotMigrations } from '../snapshots/snapshotFiles.ts'
import { createTestLog } from '../testLog.ts'
import { createDailyChecks, type DailyChecks } from './dailyChecks.ts'
import { createDailyRows } from './dailyRows.ts'

// A Saturday in Berlin, 05:00 there.
const startAt = Date.UTC(2026, 10, 14, 4)
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const daily: Partial<DailySettings> = { enabled: true, at: '06:00', zone: 'Europe/Berlin', lookSeconds: 5 }

const content = (findings: readonly ContentFinding[]): Content => ({
  pictures: 3,
  undecoded: [],
  darkPercent: 3,
  motionPercent: 2,
  peakDbfs: null,
  clippedPercent: null,
  loudnessLufs: null,
  findings: [...findings],
  evaluated: ['black', 'frozen'],
})
const black = content([{ check: 'black', seconds: 6, isFromStart: true }])
const noFfmpeg = { kind: 'noFfmpeg', problem: { kind: 'notOnPath' }, install: '' } as const
const small = { ...goodReading.video, widthPx: 640, heightPx: 360 } as typeof goodReading.video

/** A server's path: what reading it finds, and its state. */
interface Path {
  outageSince?: number
  state: Stream['state']
  onDemand?: boolean
  offPlan?: boolean
  expected?: boolean
  /** It is known to have sound only. */
  hasNoVideo?: boolean
  /** The camera from which it is pulled. */
  pulledFrom?: string
  gives: Partial<typeof goodReading> | PictureReason
}
const isReason = (gives: Path['gives']): gives is PictureReason => 'kind' in gives

/** A probe: what it last read or why it could not, and the path of s1 to which it leads. */
interface TestProbe extends Partial<Probe> {
  gives: Path['gives']
  place?: string
  picture?: Evidence
}
/** As the engine shows it. */
function probeOf(id: string, { gives, ...of }: TestProbe, now: number): Probe {
  const { paused = false, contract = null } = of
  const usual = { id, name: id, url: id, project: '', canary: null, mode: 'turns', intervalSeconds: 30, lookSeconds: 6, paused, readAt: now }
  if (isReason(gives) || paused)
    return {
      ...usual,
      state: paused ? 'paused' : 'down',
      why: paused ? null : gives,
      grade: 'poor',
      gradeReasons: [],
      reading: null,
      ...of,
    } as unknown as Probe
  const reading = { ...goodReading, content: content([]), ...gives }
  const gradeReasons = gradeReasonsOf(reading, null, lastingIn(reading.content))
  const differences = contract === null ? [] : differencesOf(contract, reading)
  return { ...usual, state: 'up', why: null, reading, gradeReasons, grade: gradeOf(gradeReasons), differences, ...of } as unknown as Probe
}

/** A console with servers whose streams can be read, refuse, or sleep. */
class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'mtxdeck-daily-'))
  /** Pictures that are being written: virtual time waits for the disk. */
  #writing = 0
  readonly clock = createTestClock(startAt, async () => {
    // What comes of a picture that was stored takes some turns, too.
    for (let turn = 0; turn < 5; turn = this.#writing > 0 ? 0 : turn + 1) await new Promise<void>((resolve) => void setImmediate(resolve))
  })
  readonly servers = new Map<string, { name: string; state: Server['state']; tags: string[] }>([['s1', { name: 'north', state: 'up', tags: ['yard'] }]])
  readonly paths = new Map<string, Map<string, Path>>([['s1', new Map()]])
  readonly probes = new Map<string, TestProbe>()
  readonly settings = new Map<string, string>()
  readonly sent: string[] = []
  /** By path. */
  readonly lookedFor = new Map<string, string>()
  readonly bugs: string[] = []
  /** Paths in the order in which they were read, with the seconds since the start. */
  reads: string[] = []
  /** Of each server, sources that run because of us; and how many there were at most. */
  awake = new Map<string, Set<string>>()
  mostAwake = 0
  mostAtOnce = 0
  takesTell = true
  /** What the configuration file says. */
  configured: DailySettings | null = null
  isOffline = false
  /** The disk takes so many more pages. */
  fill: (pages: number) => void = () => {}
  #atOnce = 0
  #ended = new AbortController()
  #close = () => {}

  path(server: string, path: string): Path | undefined {
    return this.paths.get(server)?.get(path)
  }
  set(path: string, of: Partial<Path> = {}, server = 's1'): void {
    this.paths.get(server)?.set(path, { state: 'live', gives: {}, ...this.path(server, path), ...of })
  }
  readonly #look: StreamPictures['check'] = async (server, path, { checkMs, wake, content: watch, signal = this.#ended.signal }) => {
    this.lookedFor.set(path, watch.checks.join())
    this.reads.push(`${Math.round((this.clock.now() - startAt) / 1_000)} ${path}`)
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce)
    const of = this.path(server, path)
    const sleeps = of?.onDemand === true && of.state === 'waiting'
    try {
      if (sleeps && !wake) return err({ kind: 'onDemand' } as const)
      const awake = this.awake.get(server) ?? new Set()
      if (sleeps && of !== undefined) {
        awake.add(path)
        this.awake.set(server, awake)
        this.mostAwake = Math.max(this.mostAwake, awake.size)
        of.state = 'live'
      }
      await sleep(this.clock, checkMs, signal).catch(() => {})
      if (sleeps && of !== undefined)
        // MediaMTX stops it 10 s after its last reader.
        this.clock.setTimeout(() => {
          awake.delete(path)
          of.state = 'waiting'
        }, 10_000)
      if (signal.aborted) return err({ kind: 'cancelled' } as const)
      return this.#found(of?.gives ?? { kind: 'notFound' })
    } finally {
      this.#atOnce--
    }
  }
  #found(gives: Path['gives']) {
    if (isReason(gives)) return err(gives)
    const picture = { jpeg: Buffer.from('jpeg'), widthPx: 320, heightPx: 180 }
    return ok({ reading: { ...goodReading, content: content([]), ...gives }, picture, protocol: 'rtsp' } as const)
  }
  readonly #server = (id: string): Server | null => {
    const of = this.servers.get(id)
    return of === undefined ? null : ({ id, ...of, lastAnswerAt: this.clock.now() } as Partial<Server> as Server)
  }
  open(): DailyChecks {
    const { clock, folder } = this
    const opened = openSnapshots({ clock, log: createTestLog(), dataDir: folder })
    if (!opened.ok) throw new Error(opened.error.words)
    const { db } = opened.value
    this.fill = (pages) => void db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + pages}`)
    const files = createSnapshotFiles({ db, dataDir: folder })
    this.#ended = new AbortController()
    this.#close = () => void db.close()
    const probe = (id: string) => {
      const of = this.probes.get(id)
      return of === undefined ? null : probeOf(id, of, clock.now())
    }
    return createDailyChecks({
      clock,
      slices: createSlices(clock),
      log: createTestLog((facts, text) => void this.bugs.push(JSON.stringify([facts, text]))),
      db,
      servers: {
        all: () => [...this.servers.keys()].flatMap((id) => this.#server(id) ?? []),
        get: this.#server,
        consoleWhy: () => (this.isOffline ? { kind: 'noNetwork' } : null),
      },
      streams: {
        get: (server, path) => {
          const of = this.path(server, path)
          const facts = { outageSince: null, lastLiveAt: null, figures: { readers: 0, bitrateInBps: 2_000_000 }, tracks: [], onDemand: false }
          return of === undefined ? null : ({ ...facts, ...of } as unknown as Stream)
        },
        eachCamera: (visit) => {
          for (const [server, all] of this.paths) for (const [path, of] of all) if (this.servers.has(server) && of.hasNoVideo !== true) visit(server, path)
        },
      },
      probes: {
        all: () => [...this.probes.keys()].flatMap((id) => probe(id) ?? []),
        get: probe,
        addresses: () => [...this.probes].map(([id, { url = id }]) => ({ id, url })),
        pictureOf: (id) => this.probes.get(id)?.picture ?? null,
      },
      maintenance: { of: (subject, at) => (subject.kind === 'stream' && subject.path === 'maintained' ? { from: at, to: at } : null) },
      probed: () => new Map([...this.probes].flatMap(([id, { place }]) => (place === undefined ? [] : [[id, { serverId: 's1', path: place }]]))),
      sourceAt: (address) => address,
      pulledFrom: (server, path) => this.path(server, path)?.pulledFrom ?? null,
      streamPictures: { check: this.#look, take: async () => err({ kind: 'noPictureNow' }) },
      windowsOf: dailyWindows,
      snapshots: {
        keepPicture: async (ownerId, path, at, picture) => {
          this.#writing++
          await files.add({ ownerId, path, at, ...picture, isSlate: false, lasts: true }).finally(() => void this.#writing--)
          return true
        },
        pictureAt: (ownerId, path, at) => files.at(ownerId, path, at),
      },
      notifications: {
        sendReport: ({ id }, channels) => {
          if (!this.takesTell) return false
          this.sent.push(`${id} ${channels.join()}`)
          return true
        },
        noReportsTo: (channels) => channels.filter((name) => name === 'nobody'),
      },
      kept: {
        read: (key) => this.settings.get(key) ?? null,
        write: (key, value) => void this.settings.set(key, value),
        note: (key, value) => void this.settings.set(key, value),
      },
      usual: {},
      configured: this.configured,
      signal: this.#ended.signal,
    })
  }
  checks: DailyChecks = this.open()
  async close(): Promise<void> {
    this.#ended.abort()
    await this.checks[Symbol.asyncDispose]()
    this.#close()
  }
  /** Time passes; while nothing is due, at once. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms
    while (this.clock.now() < until) {
      const { running, nextAt } = this.checks.status()
      const now = this.clock.now()
      const idleUntil = Math.min(until, (nextAt ?? until) - 20_000)
      if (running === null && idleUntil - now > 60_000) await this.clock.sleepMachine(idleUntil - now)
      else await this.clock.advance(Math.min(40_000, until - now))
    }
  }
  async restart(awayMs: number): Promise<void> {
    await this.close()
    await this.clock.sleepMachine(awayMs)
    this.checks = this.open()
  }
  keep(settings: Partial<DailySettings> = {}) {
    return this.checks.keep(dailySettingsSchema.parse({ ...daily, ...settings }))
  }
  readonly reports = () => this.checks.list(Number.MAX_SAFE_INTEGER, 100)
  all(id = this.reports()[0]?.id ?? 0): readonly DailyCamera[] {
    return this.checks.get(id, { limit: 1_000, offset: 0 })?.cameras ?? []
  }
  /** As a person reads it, by name. */
  said = (id?: number) =>
    this.all(id)
      .map((camera) => [camera.name, camera.verdict, ...(camera.change === null ? [] : [camera.change]), ...dailyCameraTexts(camera, 'en')].join(' '))
      .sort()
}

let desk: Desk
beforeEach(() => {
  desk = new Desk()
})
afterEach(async () => {
  await desk.close()
  expect(desk.bugs).toEqual([])
  expect(desk.clock.pending()).toBe(0)
  rmSync(desk.folder, { recursive: true })
})

describe('a report', () => {
  test('nothing is read before somebody switches it on, and then each camera at the time that was set', async () => {
    desk.set('cam1')
    await desk.pass(2 * dayMs)
    expect([desk.reads, desk.reports(), desk.checks.status().nextAt]).toEqual([[], [], null])
    desk.keep()
    expect(desk.checks.status().nextAt).toBe(startAt + 2 * dayMs + hourMs)
    await desk.pass(hourMs - minuteMs)
    expect(desk.reads).toEqual([])
    await desk.pass(2 * minuteMs)
    expect(desk.reads).toHaveLength(1)
    expect(desk.reports()).toMatchObject([{ state: 'done', by: null, plannedAt: startAt + 2 * dayMs + hourMs, counts: { cameras: 1, ok: 1, new: 0 } }])
  })

  test('says of each camera what is wrong with it, with its picture, and why others were not checked', async () => {
    desk.set('well')
    desk.set('black', { gives: { content: black } })
    desk.set('flicker', { gives: { content: content([{ check: 'frozen', seconds: 2, isFromStart: true }]) } })
    desk.set('sound', { gives: { video: null, keyframes: 0 } })
    desk.set('refused', { gives: { kind: 'rtspReadRefused' } })
    // It has been missed since it is expected, and was never live.
    desk.set('off', { state: 'gone', outageSince: startAt })
    desk.set('later', { state: 'gone', offPlan: true })
    desk.set('slate', { state: 'slate' })
    desk.set('asleep', { state: 'waiting', onDemand: true })
    desk.set('maintained')
    desk.probes.set('probe-aaaa', { name: 'gate', gives: { video: small }, contract: learnContract(goodReading) })
    desk.probes.set('probe-bbbb', { name: 'shed', paused: true, gives: {} })
    desk.servers.set('s2', { name: 'south', state: 'down', tags: [] })
    desk.paths.set('s2', new Map())
    desk.set('yard', { state: 'unknown' }, 's2')
    desk.keep()
    await desk.pass(2 * hourMs)
    expect(desk.said()).toEqual([
      'asleep notChecked On demand and idle: the check does not start sources.',
      'black fault newFault Black for 6 s.',
      'flicker ok',
      'gate fault newFault Not as agreed: Width 640 (1920), Height 360 (1080).',
      'later notChecked Paused, in maintenance or not scheduled to be on air.',
      'maintained notChecked Paused, in maintenance or not scheduled to be on air.',
      'off fault newFault Nothing is published, and never has been.',
      expect.stringMatching(/^refused fault newFault The server refuses this user/),
      'shed notChecked Paused, in maintenance or not scheduled to be on air.',
      'slate fault newFault A slate is on air: no publisher.',
      expect.stringMatching(/^sound fault newFault /),
      'well ok',
      'yard notChecked Its server does not answer.',
    ])
    const [report] = desk.reports()
    expect(report?.counts).toEqual({ cameras: 13, waiting: 0, ok: 2, fault: 6, notChecked: 5, newFault: 6, stillFault: 0, mended: 0, new: 0, gone: 0 })
    const cameras = desk.all()
    // The worst first.
    expect(cameras[0]?.verdict).toBe('fault')
    const dark = cameras.find(({ name }) => name === 'black')
    expect(dark?.measured).toMatchObject({ codec: 'h264', widthPx: 1_920, heightPx: 1_080 })
    const pictures = await desk.checks.pictures(report?.id ?? 0, dark?.no ?? -1, true)
    expect(Buffer.from(pictures?.picture?.jpeg ?? '', 'base64').toString()).toBe('jpeg')
    expect(pictures?.before).toBeNull()
  })

  test('a stream with other checks is looked at for those, by the first exception that is about it', async () => {
    const still = content([{ check: 'frozen', seconds: 14, isFromStart: true }])
    for (const path of ['yard', 'wall/left', 'wall/right', 'test']) desk.set(path, { gives: { content: still } })
    desk.probes.set('probe-aaaa', { name: 'wall/probe', gives: { content: still } })
    const scope = { tags: [], servers: [], streams: [] }
    desk.keep({
      exceptions: [
        { ...scope, streams: ['wall/left'], checks: ['silent'] },
        { ...scope, tags: ['yard'], streams: ['wall/*'], checks: ['black', 'frozen'] },
        { ...scope, streams: ['test'], checks: [] },
        { ...scope, servers: ['south'], checks: [] },
      ],
    })
    await desk.pass(2 * hourMs)
    expect(desk.said()).toEqual([
      'test ok',
      'wall/left ok',
      'wall/probe fault newFault Frozen for 14 s.',
      'wall/right fault newFault Frozen for 14 s.',
      'yard fault newFault Frozen for 14 s.',
    ])
    // Black is always looked for: what decodes pictures gives the last one.
    expect([...desk.lookedFor].sort()).toEqual([
      ['test', 'black'],
      ['wall/left', 'silent,black'],
      ['wall/right', 'black,frozen'],
      ['yard', 'black,oneColour,colourBars,frozen'],
    ])
  })

  test('not together with that of the day before: what is new, lasts, is mended, came and went', async () => {
    for (const path of ['well', 'breaks', 'lasts', 'heals', 'goes']) desk.set(path)
    desk.set('lasts', { gives: { content: black } })
    desk.set('heals', { state: 'gone' })
    desk.keep()
    await desk.pass(2 * hourMs)
    const firstAt = desk.reports()[0]?.startedAt
    desk.set('breaks', { gives: { content: black } })
    desk.set('heals', { state: 'live' })
    desk.set('comes')
    desk.paths.get('s1')?.delete('goes')
    await desk.pass(dayMs)
    expect(desk.said()).toEqual([
      'breaks fault newFault Black for 6 s.',
      'comes ok new',
      'goes gone gone',
      'heals ok mended',
      'lasts fault stillFault Black for 6 s.',
      'well ok',
    ])
    expect(desk.reports()[0]?.counts).toMatchObject({ cameras: 5, newFault: 1, stillFault: 1, mended: 1, new: 1, gone: 1 })
    const lasts = desk.all().find(({ name }) => name === 'lasts')
    expect(lasts?.faultSince).toBe(firstAt)
    expect(lasts?.before).toMatchObject({ verdict: 'fault', faults: [{ kind: 'grade', reason: { kind: 'content', check: 'black' } }] })
    const pictures = await desk.checks.pictures(desk.reports()[0]?.id ?? 0, lasts?.no ?? -1, true)
    expect((pictures?.picture?.at ?? 0) - (pictures?.before?.at ?? 0)).toBeGreaterThan(dayMs - minuteMs)
    // What is gone is said once.
    await desk.pass(dayMs)
    expect(desk.said().filter((line) => line.startsWith('goes'))).toEqual([])
  })

  test('a fault that could not be looked for on one day has lasted since the first', async () => {
    desk.set('cam1', { gives: { content: black } })
    desk.keep()
    await desk.pass(2 * hourMs)
    const firstAt = desk.reports()[0]?.startedAt
    desk.servers.set('s1', { name: 'north', state: 'paused', tags: [] })
    await desk.pass(dayMs)
    expect(desk.said()).toEqual(['cam1 notChecked Paused, in maintenance or not scheduled to be on air.'])
    desk.servers.set('s1', { name: 'north', state: 'up', tags: [] })
    await desk.pass(dayMs)
    expect(desk.all()[0]).toMatchObject({ verdict: 'fault', change: 'stillFault', faultSince: firstAt })
  })

  test('cameras of a server that cannot say now what it has are not gone', async () => {
    desk.set('cam1')
    desk.keep()
    await desk.pass(2 * hourMs)
    desk.paths.get('s1')?.delete('cam1')
    desk.servers.set('s1', { name: 'north', state: 'down', tags: [] })
    await desk.pass(dayMs)
    expect(desk.said()).toEqual(['cam1 notChecked Its server does not answer.'])
  })

  test('a camera that has only sound now is not gone, but gives no picture', async () => {
    desk.set('cam1')
    desk.keep()
    await desk.pass(2 * hourMs)
    desk.set('cam1', { hasNoVideo: true, gives: { kind: 'noVideo' } })
    await desk.pass(dayMs)
    expect(desk.said()).toEqual(['cam1 fault newFault The stream has no video.'])
    desk.set('cam1', { state: 'gone' })
    await desk.pass(dayMs)
    expect(desk.said()).toEqual(['cam1 gone gone'])
  })

  test('is about the streams that were chosen', async () => {
    for (const path of ['yard/1', 'yard/2', 'hall/1']) desk.set(path)
    desk.probes.set('probe-aaaa', { gives: {} })
    desk.keep({ streams: ['yard/*'], probes: false })
    await desk.pass(2 * hourMs)
    expect(desk.said()).toEqual(['yard/1 ok', 'yard/2 ok'])
    // What is not to be checked any more is not gone.
    desk.keep({ streams: ['yard/1'], probes: false })
    await desk.pass(dayMs)
    expect(desk.said()).toEqual(['yard/1 ok'])
  })

  test('is kept for so many days', async () => {
    desk.set('cam1')
    desk.keep({ keepDays: 2 })
    await desk.pass(5 * dayMs)
    expect(desk.reports().map(({ plannedAt }) => (plannedAt - startAt) / dayMs)).toEqual([4, 3].map((days) => days + 1 / 24))
  })
})

test('a report of one day is compared with the one before, also where none is kept for longer', async () => {
  desk.set('cam1', { gives: { content: black } })
  desk.keep({ keepDays: 1 })
  await desk.pass(2 * dayMs)
  expect(desk.said()).toEqual(['cam1 fault stillFault Black for 6 s.'])
})

test('of files of the form before everything is read but what is no fault any more', () => {
  using db = Object.assign(new BetterSqlite3(':memory:'), { [Symbol.dispose]: () => void db.close() })
  const [first, second] = snapshotMigrations
  first?.run(db)
  db.exec(`
    INSERT INTO daily_reports VALUES (1, 'done', 1, 1, 2, 2, NULL, 0, 0, 1, NULL, NULL);
    INSERT INTO daily_cameras VALUES (1, 0, 's1', 'cam1', 'cam1', 'north', 'ok', NULL, NULL, 1,
      '{"faults":[{"kind":"size","widthPx":1,"heightPx":1,"knownWidthPx":2,"knownHeightPx":2},{"kind":"slate"}],"why":null,"woken":false,"probe":null,"measured":null,"picture":null}');
    INSERT INTO daily_known VALUES ('s1', 'cam1', 'cam1', 'north', NULL, 640, 360, 1)`)
  second?.run(db)
  const rows = createDailyRows(db)
  expect(rows.camera(1, 0)?.faults).toEqual([{ kind: 'slate' }])
})

describe('reading', () => {
  test('no more streams are read at once than was set, nor have they more together', async () => {
    for (let no = 0; no < 12; no++) desk.set(`cam${no}`)
    desk.keep({ atOnce: 3 })
    await desk.pass(2 * hourMs)
    expect(desk.mostAtOnce).toBe(3)
    desk.mostAtOnce = 0
    desk.keep({ atOnce: 8, megabitsPerSecond: 5 })
    await desk.pass(dayMs)
    expect(desk.mostAtOnce).toBe(2)
    expect(desk.reports()[0]?.counts.ok).toBe(12)
  })

  test('what could not be reached is tried again after the others, and for longer', async () => {
    desk.set('cam1', { gives: { kind: 'unreachable', doing: 'opening', said: 'Connection refused' } })
    desk.set('cam2')
    desk.keep({ atOnce: 1 })
    await desk.pass(hourMs + 7_000)
    desk.set('cam1', { gives: {} })
    await desk.pass(hourMs)
    expect(desk.reads.map((read) => read.split(' ')[1])).toEqual(['cam1', 'cam2', 'cam1'])
    expect(desk.said()).toEqual(['cam1 ok', 'cam2 ok'])
  })

  test('a server that refuses two streams and lets none be read is not asked for the others', async () => {
    for (let no = 0; no < 6; no++) desk.set(`cam${no}`, { gives: { kind: 'rtspReadRefused' } })
    desk.keep({ atOnce: 1 })
    await desk.pass(2 * hourMs)
    expect(desk.reads).toHaveLength(2)
    expect(desk.reports()[0]?.counts).toMatchObject({ fault: 2, notChecked: 4 })
  })

  test('nor is one that refuses two and does not answer for a third', async () => {
    desk.set('cam0', { gives: { kind: 'unreachable', doing: 'opening', said: 'Connection refused' } })
    for (let no = 1; no < 6; no++) desk.set(`cam${no}`, { gives: { kind: 'rtspReadRefused' } })
    desk.keep({ atOnce: 1 })
    await desk.pass(2 * hourMs)
    expect(desk.reads).toHaveLength(3)
    expect(
      desk
        .all()
        .map(({ name, verdict, faults }) => [name, verdict, faults[0]?.kind === 'noPicture' ? faults[0].why.kind : null])
        .sort(),
    ).toEqual([
      ['cam0', 'fault', 'unreachable'],
      ['cam1', 'fault', 'rtspReadRefused'],
      ['cam2', 'fault', 'rtspReadRefused'],
      ...['cam3', 'cam4', 'cam5'].map((name) => [name, 'notChecked', null]),
    ])
  })

  test('why no stream can be read is said also where others are asleep', async () => {
    desk.set('asleep', { state: 'waiting', onDemand: true })
    desk.set('cam1', { gives: noFfmpeg })
    desk.keep()
    await desk.pass(2 * hourMs)
    expect(desk.all().map(({ name, why }) => [name, why])).toEqual([
      ['asleep', { kind: 'asleep' }],
      ['cam1', { kind: 'noTools', why: noFfmpeg }],
    ])
  })

  test('a probe with checks of its own is judged by those', async () => {
    const silent = content([{ check: 'silent', seconds: 14, isFromStart: true }])
    desk.probes.set('probe-aaaa', { name: 'hall', checks: ['silent'], gives: { content: silent } })
    desk.keep()
    await desk.pass(2 * hourMs)
    expect(desk.said()).toEqual(['hall fault newFault Silent for 14 s.'])
  })

  test('30 streams are 30 rows, with their probes, those of other addresses, and the readers of canaries', async () => {
    for (let no = 0; no < 28; no++) {
      desk.set(`cam${no}`)
      desk.probes.set(`probe-rtsp${no}`, { gives: {}, place: `cam${no}` })
    }
    // By another protocol, and one that is read from two addresses.
    desk.probes.set('probe-hls0', { gives: {}, place: 'cam0' })
    desk.probes.set('probe-yard', { gives: {}, url: 'udp://239.1.2.3:5000' })
    desk.probes.set('probe-again', { gives: {}, url: 'udp://239.1.2.3:5000' })
    desk.probes.set('probe-tv', { gives: {}, url: 'https://tv.example/live/index.m3u8' })
    // A canary of ours, another console's, and our readers.
    desk.set('mtxdeck-canary-ab12')
    desk.set('mtxdeck-canary')
    for (const protocol of ['rtsp', 'hls'] as const)
      desk.probes.set(`probe-c${protocol}`, { gives: {}, canary: { serverId: 's1', protocol }, place: 'mtxdeck-canary' })
    desk.keep()
    await desk.pass(2 * hourMs)
    expect(desk.reports()[0]?.counts).toMatchObject({ cameras: 30, ok: 30 })
    expect(
      desk
        .all()
        .flatMap(({ serverId, name }) => (serverId === null ? [name] : []))
        .sort(),
    ).toEqual(['probe-tv', 'probe-yard'])
    expect(desk.reads).toEqual([])
  })

  test('a stream that a probe reads is not read again: the row has the newest reading, judged as the probe judges it', async () => {
    desk.set('cam1', { gives: { content: black } })
    desk.set('cam2')
    desk.set('off', { state: 'gone' })
    const readAt = startAt + hourMs - 20_000
    const picture = { jpeg: Buffer.from('of the probe'), widthPx: 320, heightPx: 180 }
    desk.probes.set('probe-a', { name: 'cam1 by RTSP', gives: { keyframes: 0 }, place: 'cam1', readAt, picture })
    desk.probes.set('probe-b', { name: 'cam1 by HLS', gives: {}, place: 'cam1', readAt })
    desk.probes.set('probe-c', { name: 'off', gives: {}, place: 'off', readAt })
    desk.probes.set('probe-d', { name: 'cam2', gives: {}, place: 'cam2', paused: true })
    desk.keep({ exceptions: [{ servers: [], tags: [], streams: ['cam1'], checks: [] }] })
    await desk.pass(hourMs + minuteMs)
    expect(desk.said()).toEqual([
      'cam1 fault newFault No key frame arrived while it was read.',
      'cam2 ok',
      'off fault newFault Nothing is published, and never has been.',
    ])
    expect(desk.reads.map((read) => read.split(' ')[1])).toEqual(['cam2'])
    const cam1 = desk.all().find(({ name }) => name === 'cam1')
    expect(cam1).toMatchObject({ probe: 'cam1 by RTSP', checkedAt: readAt, measured: { codec: 'h264' }, picture: { widthPx: 320 } })
    expect(desk.all().find(({ name }) => name === 'cam2')?.probe).toBeNull()
  })

  test('where its server does not answer, a probe that reads the stream knows better', async () => {
    desk.servers.set('s1', { name: 'north', state: 'down', tags: [] })
    for (const path of ['cam1', 'cam2', 'cam3']) desk.set(path, { state: 'unknown' })
    desk.probes.set('probe-a', { gives: {}, place: 'cam1' })
    desk.probes.set('probe-b', { gives: { kind: 'timedOut', limitMs: 10_000 }, place: 'cam2' })
    desk.keep()
    await desk.pass(2 * hourMs)
    expect(desk.said()).toEqual(['cam1 ok', ...['cam2', 'cam3'].map((name) => `${name} notChecked Its server does not answer.`)])
  })

  test('a server that freezes while its cameras are read gives none of them a fault, and goes on as before where it answers again', async () => {
    for (const path of ['cam1', 'cam2']) desk.set(path, { gives: { kind: 'timedOut', limitMs: 10_000 } })
    desk.set('dark', { gives: { content: black } })
    desk.keep({ atOnce: 1 })
    // The first looks failed while nobody could know yet.
    await desk.pass(hourMs + 12_000)
    desk.servers.set('s1', { name: 'north', state: 'unknown', tags: [] })
    await desk.pass(hourMs)
    expect(desk.said()).toEqual([
      'cam1 notChecked Its server does not answer.',
      'cam2 notChecked Its server does not answer.',
      'dark fault newFault Black for 6 s.',
    ])
    desk.servers.set('s1', { name: 'north', state: 'up', tags: [] })
    await desk.pass(dayMs)
    expect(desk.said()).toEqual([
      expect.stringMatching(/^cam1 fault newFault/),
      expect.stringMatching(/^cam2 fault newFault/),
      expect.stringMatching(/^dark fault stillFault/),
    ])
  })

  test('a path and a probe of the camera from which it is pulled are one row', async () => {
    desk.set('gate', { pulledFrom: 'rtsp 10.0.0.7:554 ch1' })
    desk.set('yard', { pulledFrom: 'rtsp 10.0.0.7:554 ch2' })
    desk.probes.set('probe-a', { name: 'camera at the gate', gives: { keyframes: 0 }, url: 'rtsp 10.0.0.7:554 ch1' })
    desk.probes.set('probe-b', { name: 'roof', gives: {}, url: 'rtsp 10.0.0.7:554 ch3' })
    desk.keep()
    await desk.pass(2 * hourMs)
    expect(desk.said()).toEqual(['gate fault newFault No key frame arrived while it was read.', 'roof ok', 'yard ok'])
    expect(desk.all().find(({ name }) => name === 'gate')?.probe).toBe('camera at the gate')
    expect(desk.reads.map((read) => read.split(' ')[1])).toEqual(['yard'])
  })

  test('a probe that has not read lately is waited for, to the end of the window', async () => {
    const old = { readAt: startAt + hourMs - 2 * minuteMs } as const
    desk.probes.set('probe-a', { name: 'late', gives: {}, ...old })
    desk.probes.set('probe-b', { name: 'tried again', gives: {}, state: 'retrying' })
    desk.probes.set('probe-c', { name: 'never', gives: {}, ...old })
    desk.keep({ windowMinutes: 5 })
    await desk.pass(hourMs + minuteMs)
    expect(desk.reports()[0]).toMatchObject({ state: 'running', counts: { waiting: 3 } })
    desk.probes.set('probe-a', { name: 'late', gives: {} })
    desk.probes.set('probe-b', { name: 'tried again', gives: { kind: 'timedOut', limitMs: 10_000 } })
    await desk.pass(hourMs)
    expect(desk.said()).toEqual(['late ok', 'never notChecked Not reached before the check had to end.', expect.stringMatching(/^tried again fault newFault /)])
  })

  test('what a short look finds may be a fault only where a longer one finds it to last', async () => {
    desk.set('night', { gives: { content: content([{ check: 'black', seconds: 4, isFromStart: true }]) } })
    desk.set('slow', { gives: { keyframes: 0 } })
    desk.keep()
    await desk.pass(hourMs + 6_000)
    desk.set('night', { gives: { content: content([{ check: 'black', seconds: 14, isFromStart: true }]) } })
    desk.set('slow', { gives: {} })
    await desk.pass(hourMs)
    expect(desk.said()).toEqual(['night fault newFault Black for 14 s.', 'slow ok'])
    expect(desk.reads).toHaveLength(4)
  })

  test('the time that a source on demand took to start is no answer time', async () => {
    desk.set('gate', { state: 'waiting', onDemand: true, gives: { response: { ...goodReading.response, answerMs: 9_000, keyframeMs: 16_000 } } })
    desk.set('yard', { gives: { response: { ...goodReading.response, answerMs: 9_000 } } })
    desk.keep({ wakesOnDemand: true })
    await desk.pass(2 * hourMs)
    expect(desk.said()).toEqual(['gate ok', expect.stringMatching(/^yard fault newFault .*9,000 ms, above 5,000 ms\.$/)])
  })

  test('what was not reached within the window is not checked', async () => {
    for (let no = 0; no < 100; no++) desk.set(`cam${String(no).padStart(2, '0')}`)
    desk.keep({ atOnce: 1, windowMinutes: 5, lookSeconds: 10 })
    await desk.pass(2 * hourMs)
    const { counts, endedAt, endsAt } = desk.reports()[0] ?? expect.fail()
    expect([counts.ok, counts.notChecked]).toEqual([29, 71])
    expect((endedAt ?? 0) - endsAt).toBeLessThan(1_000)
    expect(desk.said().at(-1)).toBe('cam99 notChecked Not reached before the check had to end.')
  })

  test('a console without network checks nothing, and blames no camera', async () => {
    desk.set('cam1')
    desk.isOffline = true
    desk.keep()
    await desk.pass(2 * hourMs)
    expect(desk.said()).toEqual(['cam1 notChecked The console had no network.'])
  })
})

describe('sources on demand', () => {
  const asleep: Partial<Path> = { state: 'waiting', onDemand: true }

  test('are started one at a time on each server, and each has ended before the next begins', async () => {
    desk.servers.set('s2', { name: 'south', state: 'up', tags: [] })
    desk.paths.set('s2', new Map())
    for (const path of ['a1', 'a2', 'a3']) desk.set(path, asleep)
    for (const path of ['b1', 'b2']) desk.set(path, asleep, 's2')
    desk.set('live')
    desk.keep({ wakesOnDemand: true })
    await desk.pass(2 * hourMs)
    expect(desk.mostAwake).toBe(1)
    expect([...desk.awake.values()].map((awake) => awake.size)).toEqual([0, 0])
    expect(desk.said()).toEqual(['a1 ok', 'a2 ok', 'a3 ok', 'b1 ok', 'b2 ok', 'live ok'])
    expect(desk.all().filter(({ woken }) => woken)).toHaveLength(5)
    const at = desk.reads.filter((read) => read.includes(' a')).map((read) => Number(read.split(' ')[0]))
    // A look of 5 s, and 10 s until the server stops the source.
    expect(at.slice(1).map((one, place) => one - (at[place] ?? 0))).toEqual([15, 15])
    // The servers do not wait for each other.
    expect(desk.reads.filter((read) => read.includes(' b'))[0]?.split(' ')[0]).toBe(String(at[0]))
  })

  test('that did not get their turn are not started, and none is after the window', async () => {
    for (let no = 0; no < 40; no++) desk.set(`cam${String(no).padStart(2, '0')}`, asleep)
    desk.keep({ wakesOnDemand: true, windowMinutes: 5 })
    await desk.pass(2 * hourMs)
    expect(desk.reads).toHaveLength(20)
    expect(desk.reports()[0]?.counts).toMatchObject({ ok: 20, notChecked: 20 })
  })

  test('that fall asleep while they wait for their turn are no faults', async () => {
    desk.set('a')
    desk.set('b', { ...asleep, state: 'live' })
    desk.keep({ megabitsPerSecond: 1 })
    desk.checks.run({ wakes: false }, 'Anna')
    await desk.pass(2_000)
    desk.set('b', asleep)
    await desk.pass(minuteMs)
    expect(desk.said()).toEqual(['a ok', 'b notChecked On demand and idle: the check does not start sources.'])
    desk.set('b', { state: 'live' })
    desk.checks.run({ wakes: true }, 'Anna')
    await desk.pass(2_000)
    desk.set('b', asleep)
    await desk.pass(minuteMs)
    expect(desk.all().map(({ name, verdict, woken }) => [name, verdict, woken])).toEqual([
      ['a', 'ok', false],
      ['b', 'ok', true],
    ])
  })

  test('are not started by a check by hand unless it says so', async () => {
    desk.set('cam1', asleep)
    desk.keep({ wakesOnDemand: true })
    expect(desk.checks.run({ wakes: false }, 'Anna')).toMatchObject({ ok: true, value: { by: 'Anna', state: 'running' } })
    expect(desk.checks.run({ wakes: true }, 'Anna')).toEqual({ ok: false, error: 'CONFLICT' })
    await desk.pass(minuteMs)
    expect(desk.said()).toEqual(['cam1 notChecked On demand and idle: the check does not start sources.'])
    desk.checks.run({ wakes: true }, 'Anna')
    await desk.pass(minuteMs)
    expect(desk.said()).toEqual(['cam1 ok'])
  })
})

describe('time', () => {
  const timesOf = () =>
    desk
      .reports()
      .map(({ startedAt }) => new Date(startedAt ?? 0).toISOString().slice(0, 16))
      .reverse()

  test('it is at the same time of day before and after clocks are set', async () => {
    desk.set('cam1')
    await desk.pass(Date.UTC(2027, 2, 26, 12) - startAt)
    desk.keep()
    await desk.pass(4 * dayMs)
    expect(timesOf()).toEqual(['2027-03-27T05:00', '2027-03-28T04:00', '2027-03-29T04:00', '2027-03-30T04:00'])
  })

  test('a time that clocks skip is an hour later, and one that they show twice is once', async () => {
    desk.set('cam1')
    await desk.pass(Date.UTC(2027, 2, 27, 12) - startAt)
    desk.keep({ at: '02:30' })
    await desk.pass(2 * dayMs)
    expect(timesOf()).toEqual(['2027-03-28T01:30', '2027-03-29T00:30'])
    await desk.pass(Date.UTC(2027, 9, 30, 12) - desk.clock.now())
    const before = desk.reports().length
    await desk.pass(dayMs)
    expect(timesOf().slice(before - 100)).toContain('2027-10-31T00:30')
    expect(timesOf().filter((time) => time.startsWith('2027-10-31'))).toEqual(['2027-10-31T00:30'])
  })

  test('one that is switched on within its window begins on the next day', async () => {
    desk.set('cam1')
    await desk.pass(hourMs + 10 * minuteMs)
    desk.keep()
    await desk.pass(hourMs)
    expect(desk.reports()).toEqual([])
    expect(desk.checks.status().nextAt).toBe(startAt + dayMs + hourMs)
  })

  test('a restart in the middle goes on with those that are left, and repeats none', async () => {
    for (let no = 0; no < 20; no++) desk.set(`cam${String(no).padStart(2, '0')}`)
    desk.keep({ atOnce: 1 })
    await desk.pass(hourMs + 53_000)
    await desk.restart(10 * minuteMs)
    expect(desk.reports()).toMatchObject([{ state: 'running', counts: { waiting: 10 } }])
    await desk.pass(10 * minuteMs)
    expect(desk.reports()).toMatchObject([{ state: 'done', counts: { cameras: 20, ok: 20 } }])
    // Only the one that was being read is read twice.
    expect(desk.reads).toHaveLength(21)
    await desk.pass(hourMs)
    expect(desk.reports()).toHaveLength(1)
  })

  test('what the console did not get to because it was off is not checked', async () => {
    for (let no = 0; no < 20; no++) desk.set(`cam${String(no).padStart(2, '0')}`)
    desk.keep({ atOnce: 1 })
    await desk.pass(hourMs + 53_000)
    await desk.restart(2 * hourMs)
    await desk.pass(minuteMs)
    expect(desk.reports()).toMatchObject([{ state: 'done', counts: { ok: 10, notChecked: 10 } }])
    expect(desk.said().at(-1)).toBe('cam19 notChecked Not reached before the check had to end.')
    // One that was to be checked for the first time is new all the same.
    desk.set('later')
    await desk.pass(startAt + dayMs + hourMs + 53_000 - desk.clock.now())
    await desk.restart(2 * hourMs)
    await desk.pass(minuteMs)
    expect(desk.said().at(-1)).toBe('later notChecked new Not reached before the check had to end.')
  })

  test('one that was missed is said, and begins where its window still lasts', async () => {
    desk.set('cam1')
    desk.keep({ tell: ['mail'] })
    await desk.restart(2 * dayMs + hourMs + 20 * minuteMs)
    await desk.pass(minuteMs)
    expect(desk.reports().map(({ state, plannedAt }) => [state, (plannedAt - startAt - hourMs) / dayMs])).toEqual([
      ['done', 2],
      ['missed', 1],
      ['missed', 0],
    ])
    expect(desk.sent).toEqual(['1 mail', '2 mail', '3 mail'])
    await desk.restart(minuteMs)
    await desk.pass(minuteMs)
    expect(desk.reports()).toHaveLength(3)
  })

  test('one that was missed is said once where the disk takes it and not the next one', async () => {
    for (let no = 0; no < 1_000; no++) desk.set(`camera-of-the-yard-behind-the-hall-${no}`, { state: 'waiting', onDemand: true })
    desk.keep({ tell: ['mail'] })
    await desk.restart(dayMs + hourMs + 20 * minuteMs)
    desk.fill(8)
    await desk.pass(minuteMs)
    desk.fill(1_000)
    await desk.pass(2 * minuteMs)
    expect(desk.reports().map(({ state }) => state)).toEqual(['done', 'missed'])
    expect(desk.sent).toHaveLength(2)
  })

  test('one that the configuration file orders is reported as missed, or begun late, where the console was off when it was due', async () => {
    desk.configured = dailySettingsSchema.parse(daily)
    desk.set('cam1')
    await desk.restart(minuteMs)
    await desk.restart(dayMs + hourMs + 20 * minuteMs)
    await desk.pass(minuteMs)
    expect(desk.reports().map(({ state, plannedAt }) => [state, (plannedAt - startAt - hourMs) / dayMs])).toEqual([
      ['done', 1],
      ['missed', 0],
    ])
  })

  test('a check by hand shortly before the daily one goes on for half of its window at most, and the daily one begins then', async () => {
    for (let no = 0; no < 100; no++) desk.set(`cam${no}`)
    desk.keep({ atOnce: 1, lookSeconds: 10 })
    await desk.pass(hourMs - 20_000)
    expect(desk.checks.run({ wakes: false }, 'Anna')).toMatchObject({ value: { endsAt: startAt + hourMs + 30 * minuteMs } })
    await desk.clock.advance(40 * minuteMs)
    expect(desk.reports().map(({ state, by, counts }) => [state, by, counts.ok])).toEqual([
      ['done', null, 100],
      ['done', 'Anna', 100],
    ])
  })

  test('a check by hand that would take all of the daily window leaves it half of it, also where that was set meanwhile', async () => {
    for (let no = 0; no < 200; no++) desk.set(`cam${no}`)
    desk.keep({ atOnce: 1, lookSeconds: 30 })
    desk.checks.run({ wakes: false }, 'Anna')
    desk.keep({ atOnce: 1, lookSeconds: 30, at: '05:10', windowMinutes: 20 })
    await desk.clock.advance(31 * minuteMs)
    const [planned, byHand] = desk.reports()
    expect([planned?.state, planned?.by, Math.round(((planned?.startedAt ?? 0) - startAt) / minuteMs)]).toEqual(['done', null, 20])
    expect([byHand?.state, byHand?.by]).toEqual(['done', 'Anna'])
    expect(planned?.counts.ok).toBeGreaterThan(15)
  })

  test('the window is over by the clock, also where the machine slept through its end', async () => {
    for (let no = 0; no < 40; no++) desk.set(`cam${String(no).padStart(2, '0')}`, { state: 'waiting', onDemand: true })
    desk.keep({ wakesOnDemand: true })
    await desk.pass(hourMs + 2 * minuteMs)
    const reads = desk.reads.length
    // Timers stand still meanwhile.
    desk.clock.jumpWall(7 * hourMs)
    await desk.pass(2 * minuteMs)
    expect(desk.reads.length - reads).toBeLessThan(2)
    expect(desk.reports()[0]).toMatchObject({ state: 'done' })
    expect(desk.said().at(-1)).toBe('cam39 notChecked Not reached before the check had to end.')
  })

  test('a report of a clock that was far ahead is not without end', async () => {
    for (let no = 0; no < 100; no++) desk.set(`cam${no}`)
    desk.keep({ atOnce: 1, lookSeconds: 10, windowMinutes: 5 })
    await desk.pass(hourMs + minuteMs)
    desk.clock.jumpWall(-400 * dayMs)
    await desk.restart(0)
    await desk.pass(3 * minuteMs)
    expect(desk.reports()[0]).toMatchObject({ state: 'running' })
    await desk.pass(4 * minuteMs)
    expect(desk.reports()[0]).toMatchObject({ state: 'done' })
  })

  test('a report is compared with the last one that nobody stopped', async () => {
    desk.set('cam1', { gives: { content: black } })
    desk.keep()
    await desk.pass(2 * hourMs)
    const begun = desk.checks.run({ wakes: false }, 'Anna')
    await desk.pass(1_000)
    desk.checks.stop(begun.ok ? begun.value.id : 0)
    await desk.pass(dayMs)
    expect(desk.all()[0]?.before).toMatchObject({ verdict: 'fault', at: startAt + hourMs })
  })

  test('one that is stopped ends at once, and says what was left', async () => {
    for (let no = 0; no < 10; no++) desk.set(`cam${no}`)
    desk.keep({ atOnce: 1 })
    const begun = desk.checks.run({ wakes: false }, 'Anna')
    await desk.pass(12_000)
    desk.checks.stop(begun.ok ? begun.value.id : 0)
    await desk.pass(1_000)
    expect(desk.reports()).toMatchObject([{ state: 'stopped', counts: { ok: 2, notChecked: 8 } }])
  })
})

describe('reports to channels', () => {
  test('each report is sent once to those that were chosen, also where it takes a second try', async () => {
    desk.set('cam1')
    desk.keep({ tell: ['mail', 'nobody'] })
    expect(desk.checks.status().untold).toEqual(['nobody'])
    desk.takesTell = false
    await desk.pass(2 * hourMs)
    desk.takesTell = true
    await desk.restart(minuteMs)
    await desk.pass(minuteMs)
    expect(desk.sent).toEqual(['1 mail,nobody'])
    await desk.restart(minuteMs)
    await desk.pass(minuteMs)
    expect(desk.sent).toHaveLength(1)
  })

  test('one without faults is not sent where only faults are to be, nor one by hand', async () => {
    desk.set('cam1')
    desk.keep({ tell: ['mail'], tellFaultsOnly: true })
    await desk.pass(2 * hourMs)
    desk.set('cam1', { state: 'gone' })
    desk.checks.run({ wakes: false }, 'Anna')
    await desk.pass(minuteMs)
    expect(desk.sent).toEqual([])
    await desk.pass(dayMs)
    expect(desk.sent).toEqual(['3 mail'])
  })

  test('what the configuration file says counts, and is not changed here', () => {
    desk.checks.configure(dailySettingsSchema.parse({ enabled: true, at: '04:15', zone: 'Asia/Seoul' }))
    expect(desk.checks.status()).toMatchObject({ origin: 'yaml', settings: { at: '04:15' }, nextAt: Date.UTC(2026, 10, 14, 19, 15) })
    expect(desk.keep()).toEqual({ ok: false, error: 'FORBIDDEN' })
    desk.checks.configure(null)
    expect(desk.checks.status()).toMatchObject({ origin: 'stored', nextAt: null })
  })
})
