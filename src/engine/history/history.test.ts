import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { eventText } from '../../i18n/eventText.ts'
import { inEnglish } from '../../shared/consoleTroubles.fixture.ts'
import type { KeptEvent } from '../../shared/events.ts'
import type { EventFilter } from '../../shared/history.ts'
import { someReading } from '../../shared/hosts.fixture.ts'
import { type MetricId, pathMetricIds, serverMetricIds } from '../../shared/metrics.ts'
import { hostSubject, ownerIdOf, partOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { type Series, seriesNamed } from '../../shared/subjects.ts'
import { failureSample, samplesOf } from '../hosts/hostSamples.ts'
import type { Log } from '../ports.ts'
import { createHistory, type History, type HistoryDeps } from './history.ts'
import { countStored } from './testHistory.fixture.ts'

const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (facts, text) => void errors.push([text, facts]), child: () => log }
const errors: unknown[] = []
const storeWorker = new URL('./storeWorker.ts', import.meta.url)
let dataDir: string
let clock: TestClock
let opened: History[]

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mtxdeck-history-'))
  opened = []
  errors.length = 0
  clock = createTestClock(undefined, async () => {
    for (const history of opened) await history.settled()
  })
})
afterEach(async () => {
  for (const history of opened.splice(0)) await history[Symbol.asyncDispose]()
  expect(clock.pending()).toBe(0)
  expect(errors).toEqual([])
  await rm(dataDir, { recursive: true })
})

async function open(more: Partial<HistoryDeps> = {}): Promise<History> {
  const made = await createHistory({ clock, log, dataDir, storeWorker, readSpace: async () => ({ freeBytes: 50e9, totalBytes: 100e9 }), ...more })
  if (!made.ok) throw new Error(made.error.words)
  opened.push(made.value)
  return made.value
}
async function close(history: History): Promise<void> {
  opened.splice(opened.indexOf(history), 1)
  await history[Symbol.asyncDispose]()
}

const readers: readonly MetricId[] = ['path.readers']
const put = (history: History, values: Readonly<Record<string, number>>, at = clock.now(), ownerId = 'a', metrics = readers): void =>
  history.append({ owner: serverSubject(ownerId), at, parts: Object.keys(values), metrics, values: Float64Array.from(Object.values(values)) })
const series = (path: string, metric: MetricId = 'path.readers', ownerId = 'a'): Series => seriesNamed(ownerId, path, metric)
async function everything(history: History, path: string, from: number, metric: MetricId = 'path.readers') {
  const [columns] = await history.range({ series: [series(path, metric)], from, to: clock.now() + 1, points: 5000, tier: 'samples' })
  if (!columns) throw new Error('no columns')
  return columns
}
const diskOf = (mount: string, usedPercent: number) => ({
  mount,
  device: null,
  sizeBytes: 1e9,
  usedPercent,
  freeBytes: 1,
  readBps: null,
  writtenBps: 0,
  fullAt: null,
})
const networkOf = (name: string) => ({ name, receivedBps: 1000, sentBps: 64_000_000, errors: 0, drops: null, linkBps: null, usedPercent: null })
const gpuOf = () => ({ name: 'A', percent: 3, encoderPercent: null, decoderPercent: null, memoryUsedBytes: 250, memoryTotalBytes: 1000, celsius: 60 })
const event = (text: string, more: Partial<KeptEvent> = {}): KeptEvent => ({
  at: clock.now(),
  kind: 'streamOn',
  subject: streamSubject('a', 'cam1'),
  ownerName: 'Berlin',
  text,
  facts: { before: null, readers: 3, codec: 'H264' },
  ...more,
})

test('a sample is found as soon as it was appended, before any commit', async () => {
  const history = await open()
  put(history, { cam1: 4_200_000 })
  expect(await everything(history, 'cam1', clock.now())).toEqual({
    at: [clock.now()],
    min: [4_200_000],
    mean: [4_200_000],
    max: [4_200_000],
    gaps: [],
    tier: 'samples',
  })
})

test('a restart finds all samples and events that were appended', async () => {
  const start = clock.now()
  const first = await open()
  for (let i = 0; i < 10; i++) {
    put(first, { cam1: i, cam2: 100 + i })
    await clock.advance(2000)
  }
  first.restore([event('cam1 is on')])
  await close(first)
  const again = await open()
  expect((await everything(again, 'cam2', start)).mean).toEqual([100, 101, 102, 103, 104, 105, 106, 107, 108, 109])
  expect((await again.events({ limit: 10 })).map(({ text, facts }) => [text, facts])).toEqual([['cam1 is on', { before: null, readers: 3, codec: 'H264' }]])
})

test('samples go on as one line over seals and a restart, and metrics of server and path keep apart', async () => {
  const start = clock.now()
  const metrics = [...pathMetricIds, ...serverMetricIds]
  const wanted: number[] = []
  let history = await open()
  for (let i = 0; i < 1500; i++) {
    const values = new Float64Array(2 * metrics.length).fill(Number.NaN)
    values[metrics.indexOf('path.rtt')] = i / 1000
    values[metrics.length + metrics.indexOf('path.readers')] = 2 * i
    const own = new Float64Array(metrics.length).fill(Number.NaN)
    own[metrics.indexOf('server.readers')] = i
    history.append({ owner: serverSubject('a'), at: clock.now(), parts: null, metrics, values: own })
    history.append({ owner: serverSubject('a'), at: clock.now(), parts: ['cam1', 'cam2'], metrics, values })
    wanted.push(i)
    await clock.advance(2000)
    if (i === 1000) {
      await close(history)
      history = await open()
    }
  }
  expect((await everything(history, '', start, 'server.readers')).mean).toEqual(wanted)
  expect((await everything(history, 'cam1', start, 'path.rtt')).mean).toEqual(wanted.map((i) => i / 1000))
  const readers = await everything(history, 'cam2', start, 'path.readers')
  expect(readers.mean).toEqual(wanted.map((i) => 2 * i))
  expect(readers.gaps).toEqual([])
  expect((await everything(history, 'cam1', start, 'path.readers')).mean).toEqual([])
})

test('hosts and their parts lie beside servers and streams: neither is taken for the other, over seals and a restart', async () => {
  const start = clock.now()
  const reading = someReading({ cpuPercent: 12.5, disks: [diskOf('/', 40), diskOf('/var lib', 55.25)], networks: [networkOf('eth0')], gpus: [gpuOf()] })
  let history = await open()
  history.describe(hostSubject('host-abcd1234'), clock.now(), [{ part: null, facts: { name: 'far' } }])
  history.describe(serverSubject('a'), clock.now(), [{ part: null, facts: { name: 'Berlin' } }])
  const cpu: number[] = []
  for (let i = 0; i < 700; i++) {
    cpu.push((i % 100) + 0.5)
    for (const batch of samplesOf('host-abcd1234', clock.now(), { ...reading, cpuPercent: (i % 100) + 0.5 }, 3.25)) history.append(batch)
    put(history, { cam1: i }, clock.now(), 'a')
    await clock.advance(2000)
    if (i === 400) {
      history.append(failureSample('host-abcd1234', clock.now() - 1000))
      await close(history)
      history = await open()
    }
  }
  const ofHost = async (path: string, metric: MetricId) => {
    const [columns] = await history.range({ series: [series(path, metric, 'host-abcd1234')], from: start, to: clock.now() + 1, points: 5000, tier: 'samples' })
    return columns?.mean ?? []
  }
  expect(await ofHost('', 'host.cpu')).toEqual(cpu)
  expect(await ofHost('', 'host.reachable')).toEqual([...new Array(401).fill(1), 0, ...new Array(299).fill(1)])
  expect(await ofHost('', 'host.steal')).toEqual([])
  expect(new Set(await ofHost('disk:/var lib', 'device.used'))).toEqual(new Set([55.25]))
  expect(new Set(await ofHost('net:eth0', 'device.sent'))).toEqual(new Set([64_000_000]))
  expect(new Set(await ofHost('gpu:0', 'device.memory'))).toEqual(new Set([25]))
  expect((await everything(history, 'cam1', start)).mean).toEqual(Array.from({ length: 700 }, (_, i) => i))
  // What is asked of the fleet knows of no hosts.
  expect(await history.servers()).toEqual(['a'])
  const whole = await history.moment(clock.now())
  expect(whole.subjects.filter((subject) => ownerIdOf(subject) !== 'a')).toEqual([])
  expect(whole.subjects.length).toBeGreaterThan(0)
  expect(whole.metrics.some((id) => id.startsWith('host.') || id.startsWith('device.'))).toBe(false)
})

test('buckets keep the extremes, and there are never more of them than asked for', async () => {
  const history = await open()
  const start = clock.now()
  for (let i = 0; i < 600; i++) {
    put(history, { cam1: i === 333 ? 9_000_000 : i === 334 ? 0 : 5000 })
    await clock.advance(2000)
  }
  const [columns] = await history.range({ series: [series('cam1')], from: start, to: clock.now(), points: 20 })
  expect(columns?.at.length).toBeLessThanOrEqual(20)
  expect(columns?.at.length).toBeGreaterThan(15)
  expect(Math.max(...(columns?.max ?? []))).toBe(9_000_000)
  expect(Math.min(...(columns?.min ?? []))).toBe(0)
  const [one] = await history.range({ series: [series('cam1')], from: start, to: clock.now(), points: 1 })
  expect(one).toEqual({ at: [start], min: [0], mean: [(5000 * 598 + 9_000_000) / 600], max: [9_000_000], gaps: [], tier: 'minutes' })
})

test('a state is reduced to its largest, never averaged', async () => {
  const history = await open()
  const start = clock.now()
  for (const state of [0, 0, 3, 0]) {
    put(history, { cam1: state }, clock.now(), 'a', ['path.state'])
    await clock.advance(2000)
  }
  const [columns] = await history.range({ series: [series('cam1', 'path.state')], from: start, to: clock.now(), points: 1 })
  expect(columns).toMatchObject({ min: [0], mean: [3], max: [3] })
})

test('what is not known is a gap: an unknown value, a marker, three missing intervals, and the time before and after', async () => {
  const history = await open()
  const start = clock.now()
  await clock.advance(20_000)
  const tick = async (value: number) => {
    put(history, { cam1: value })
    await clock.advance(2000)
  }
  for (const value of [1, 2, Number.NaN, Number.NaN, 5]) await tick(value)
  history.gap(serverSubject('a'), clock.now())
  await clock.advance(4000)
  await tick(6)
  await clock.advance(5000)
  await tick(7)
  await clock.advance(4000)
  await tick(8)
  await clock.advance(10_000)
  const { at, mean, gaps } = await everything(history, 'cam1', start)
  const seconds = (time: number) => (time - start) / 1000
  expect(at.map(seconds)).toEqual([20, 22, 28, 34, 41, 47])
  expect(mean).toEqual([1, 2, 5, 6, 7, 8])
  expect(gaps.map((gap) => gap.map(seconds))).toEqual([
    [0, 20],
    [24, 28],
    [30, 34],
    [36, 41],
    [49, 59],
  ])
})

test('a path that comes and goes keeps its own time', async () => {
  const history = await open()
  const start = clock.now()
  for (let i = 0; i < 400; i++) {
    put(history, i % 40 < 20 ? { always: i, sometimes: i } : { always: i })
    await clock.advance(2000)
  }
  const { at, mean, gaps } = await everything(history, 'sometimes', start)
  expect(mean.map((value, i) => (at[i] as number) === start + value * 2000)).not.toContain(false)
  expect(mean.length).toBe(200)
  expect(gaps.length).toBe(10)
  expect((await everything(history, 'always', start)).mean.length).toBe(400)
})

test('a clock that jumps backwards loses nothing', async () => {
  const history = await open()
  const start = clock.now()
  for (let i = 0; i < 10; i++) {
    put(history, { cam1: i })
    await clock.advance(2000)
    if (i === 4) clock.jumpWall(-60_000)
  }
  const [columns] = await history.range({ series: [series('cam1')], from: start - 60_000, to: start + 60_000, points: 500 })
  expect(columns?.mean.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('a server whose own figures and whose paths come by turns is whole after a restart', async () => {
  const start = clock.now()
  let history = await open()
  for (let i = 0; i < 30; i++) {
    put(history, i < 20 ? { cam1: i, cam2: 2 * i } : { cam2: 2 * i, cam3: i })
    put(history, { '': i }, clock.now(), 'a', ['server.readers'])
    await clock.advance(2000)
    if (i === 12) {
      await close(history)
      history = await open()
    }
  }
  await close(history)
  history = await open()
  expect((await everything(history, '', start, 'server.readers')).mean).toEqual(Array.from({ length: 30 }, (_, i) => i))
  expect((await everything(history, 'cam2', start)).mean).toEqual(Array.from({ length: 30 }, (_, i) => 2 * i))
  expect((await everything(history, 'cam3', start)).mean).toEqual(Array.from({ length: 10 }, (_, i) => 20 + i))
})

test('two batches of one moment are one round', async () => {
  const history = await open()
  const start = clock.now()
  for (let i = 0; i < 5; i++) {
    put(history, { '': i }, clock.now(), 'a', ['server.readers'])
    put(history, { cam1: i, cam2: i })
    await clock.advance(2000)
  }
  expect((await everything(history, '', start, 'server.readers')).mean).toEqual([0, 1, 2, 3, 4])
  expect(await everything(history, 'cam1', start)).toMatchObject({ mean: [0, 1, 2, 3, 4], gaps: [], tier: 'samples' })
})

test('all that was known at a moment comes back, but what is older than three intervals', async () => {
  const history = await open()
  const start = clock.now()
  const metrics: readonly MetricId[] = ['path.readers', 'path.rtt']
  for (let i = 0; i < 500; i++) {
    history.append({ owner: serverSubject('a'), at: clock.now(), parts: ['cam1', 'cam2'], metrics, values: Float64Array.of(i, Number.NaN, 2 * i, 0.5) })
    await clock.advance(2000)
  }
  history.gap(serverSubject('a'), start + 1_000_000)
  const ask = async (seconds: number) => {
    const whole = await history.moment(start + seconds * 1000)
    const known = whole.subjects.map((subject, row) => {
      const ofRow = whole.metrics.map((id, m): [string, number] => [id, whole.values[row * whole.metrics.length + m] as number])
      return [partOf(subject), { at: whole.at[row], ...Object.fromEntries(ofRow.filter(([, value]) => !Number.isNaN(value))) }]
    })
    return Object.fromEntries(known)
  }
  const at = start + 100_000
  expect(await ask(100)).toEqual({ cam1: { at, 'path.readers': 50 }, cam2: { at, 'path.readers': 100, 'path.rtt': 0.5 } })
  expect(await ask(101)).toMatchObject({ cam1: { at, 'path.readers': 50 } })
  expect(await ask(999)).toMatchObject({ cam1: { at: start + 998_000, 'path.readers': 499 } })
  expect(await ask(1000.5)).toEqual({})
  expect(await ask(-1)).toEqual({})
})

test('events come newest first, by page and filter, committed or not', async () => {
  const history = await open()
  history.restore([event('one'), event('two', { subject: streamSubject('a', 'cam2') }), event('three', { kind: 'serverDown', subject: serverSubject('b') })])
  await clock.advance(5000)
  history.restore([event('four')])
  const texts = async (filter: Partial<Parameters<History['events']>[0]>) => (await history.events({ limit: 100, ...filter })).map(({ text }) => text)
  expect(await texts({})).toEqual(['four', 'three', 'two', 'one'])
  expect(await texts({ limit: 2 })).toEqual(['four', 'three'])
  expect(await texts({ before: (await history.events({ limit: 2 }))[1]?.id ?? 0 })).toEqual(['two', 'one'])
  expect(await texts({ limit: 2, order: 'oldest' })).toEqual(['one', 'two'])
  expect(await texts({ order: 'oldest', before: (await history.events({ limit: 2, order: 'oldest' }))[1]?.id ?? 0 })).toEqual(['three', 'four'])
  expect(await texts({ of: streamSubject('a', 'cam1') })).toEqual(['four', 'one'])
  expect(await texts({ kinds: ['serverDown', 'slateOn'] })).toEqual(['three'])
  expect(await texts({ from: clock.now() })).toEqual(['four'])
  expect(await texts({ to: clock.now() })).toEqual(['three', 'two', 'one'])
})

test('events of one path are its own and those of many streams that name it, in order', async () => {
  const history = await open()
  const many = (text: string, paths: readonly string[], kind = 'streamEnded') =>
    event(text, { kind, subject: serverSubject('a'), facts: { count: paths.length, names: paths[0] ?? '', paths: JSON.stringify(paths) } })
  history.restore([event('own')])
  await clock.advance(2000)
  history.restore([many('many', ['cam0', 'cam1', 'say "cam2"']), many('others', ['cam10', 'cam'])])
  await clock.advance(2000)
  history.restore([
    event('again'),
    event('of another server', { subject: streamSubject('b', 'cam1') }),
    event('of the server', { kind: 'serverDown', subject: serverSubject('a') }),
  ])
  const texts = async (path: string, filter: Partial<Parameters<History['events']>[0]> = {}) =>
    (await history.events({ limit: 100, of: streamSubject('a', path), ...filter })).map(({ text }) => text)
  expect(await texts('cam1')).toEqual(['again', 'many', 'own'])
  expect(await texts('cam1', { limit: 2 })).toEqual(['again', 'many'])
  expect(await texts('cam1', { kinds: ['streamEnded'] })).toEqual(['many'])
  expect(await texts('say "cam2"')).toEqual(['many'])
  expect(await texts('cam')).toEqual(['others'])
  expect((await history.events({ limit: 1, of: streamSubject('a', 'cam0') }))[0]?.facts, 'a list is short').toEqual({ count: 3, names: 'cam0' })
})

test('what is older than the days to keep goes', async () => {
  const history = await open({ keep: { samples: { days: 0.5 / 24 }, events: { days: 0.5 / 24 } } })
  history.restore([event('long ago')])
  for (let i = 0; i < 120; i++) {
    put(history, { cam1: i })
    await clock.advance(60_000)
  }
  const { kept, why } = await history.figures()
  const from = kept[0]?.from
  expect(kept[0]).toMatchObject({ kept: 'samples', limit: { days: 0.5 / 24, bytes: 20e9 } })
  expect(why).toBe(null)
  expect(clock.now() - (from ?? 0)).toBeLessThan(50 * 60_000)
  expect(clock.now() - (from ?? 0)).toBeGreaterThan(25 * 60_000)
  expect(await history.events({ limit: 10 })).toEqual([])
})

test('what is more than the bytes to keep goes, the oldest first, and new limits hold at once', async () => {
  const history = await open({ keep: { samples: { bytes: 1_000_000 } } })
  const names = Array.from({ length: 300 }, (_, i) => `cam${i}`)
  const start = clock.now()
  for (let i = 0; i < 1500; i++) {
    history.append({
      owner: serverSubject('a'),
      at: clock.now(),
      parts: names,
      metrics: readers,
      values: Float64Array.from(names, (_, n) => 4_000_000 + ((i * 7919 + n * 104729) % 50_000)),
    })
    await clock.advance(2000)
  }
  const kept = await history.figures()
  expect(kept.bytes).toBeLessThan(2_500_000)
  expect(kept.kept[0]?.from).toBeGreaterThan(start)
  expect(kept.kept[1]).toMatchObject({ kept: 'minutes', from: start })
  expect((await everything(history, 'cam7', start)).mean.length).toBeGreaterThan(100)
  const more = await history.keep({ minutes: { days: 1, bytes: 10e6 } })
  expect(more.kept.map(({ limit }) => limit.bytes)).toEqual([1_000_000, 10e6, 5e9, 2e9, 2e9])
})

test('while the disk is nearly full no samples are stored, but minutes and events are, with words; the journal keeps what is not sealed', async () => {
  let freeBytes = 50e9
  const history = await open({ readSpace: async () => ({ freeBytes, totalBytes: 100e9 }) })
  const start = clock.now()
  let ticks = 0
  const tick = async (count: number) => {
    for (; count > 0; count--) {
      put(history, { cam1: 100 * ticks++ })
      await clock.advance(2000)
    }
  }
  await tick(10)
  freeBytes = 1.5e9
  await tick(600)
  const figures = await history.figures()
  expect(figures).toMatchObject({ why: { kind: 'spaceLow' }, freeBytes: 1.5e9 })
  expect(inEnglish(figures.why)).toMatch(
    /^Only 1\.5 GB are free on the disk of .*\. Samples are not stored until more than 2\.0 GB are free; minutes, events and coarser figures still are\./,
  )
  history.restore([event('still noted')])
  expect((await history.events({ limit: 10 })).map(({ text }) => text)).toEqual(['still noted'])
  expect(errors.splice(0)).toHaveLength(1)
  const sealed = new BetterSqlite3(join(dataDir, 'history.db'), { readonly: true })
  expect(sealed.prepare('SELECT count(*) FROM chunks').pluck().get()).toBe(0)
  expect(sealed.prepare('SELECT count(*) FROM minutes').pluck().get()).toBeGreaterThan(0)
  sealed.close()
  const { at, max, tier } = await everything(history, 'cam1', start)
  expect(tier).toBe('minutes')
  expect(at[0]).toBe(start)
  expect(max.at(-1)).toBe(60_900)
  freeBytes = 50e9
  await tick(600)
  expect(await history.figures()).toMatchObject({ why: null })
  await close(history)
  const [columns] = await (await open()).range({ series: [series('cam1')], from: start + 1_400_000, to: clock.now(), points: 5000 })
  expect(columns?.mean).toEqual(Array.from({ length: 510 }, (_, i) => 70_000 + 100 * i))
  expect(columns?.tier).toBe('samples')
})

test('a history of a newer mtxdeck is refused by name and not touched', async () => {
  const file = join(dataDir, 'history.db')
  const db = new BetterSqlite3(file)
  db.pragma('user_version = 990')
  db.close()
  const before = await readFile(file)
  const made = await createHistory({ clock, log, dataDir, storeWorker })
  expect(made).toEqual({
    ok: false,
    error: {
      kind: 'databaseNewer',
      trouble: expect.objectContaining({ kind: 'databaseNewer' }),
      words: expect.stringContaining(`${file} was written by another version of mtxdeck`),
    },
  })
  expect((await readFile(file)).equals(before)).toBe(true)
})

test('a damaged history is set aside, said in the feed, and watching goes on', async () => {
  const file = join(dataDir, 'history.db')
  await writeFile(file, 'this was a database once '.repeat(1000))
  const history = await open()
  expect((await history.events({ limit: 10 })).map((event) => [event.kind, eventText(event, 'en')])).toEqual([
    [
      'storeDamaged',
      expect.stringMatching(/^history\.db was damaged or gone.* The damaged file lies beside it as history\.db\.damaged-2026-11-14T03-00-00\.000Z\.$/),
    ],
  ])
  expect((await history.figures()).setAside.map((aside) => aside.file)).toEqual(['history.db.damaged-2026-11-14T03-00-00.000Z'])
  expect(await readFile(`${file}.damaged-2026-11-14T03-00-00.000Z`, 'utf8')).toContain('this was a database once')
  put(history, { cam1: 1 })
  expect((await everything(history, 'cam1', clock.now())).mean).toEqual([1])
  expect(errors.splice(0)).toHaveLength(1)
})

test.each([['at its start'], ['while it is used']])(
  'a history that turns out to be damaged %s is set aside, and what comes from then on is kept',
  async (when) => {
    const file = join(dataDir, 'history.db')
    const first = await open()
    for (let i = 0; i < 700; i++) {
      put(first, { cam1: i, cam2: i })
      await clock.advance(2000)
    }
    await close(first)
    const bytes = await readFile(file)
    // The journal is read when the first samples come.
    const db = new BetterSqlite3(file)
    const page = db.prepare<[], number>(`SELECT rootpage FROM sqlite_schema WHERE name = 'journal'`).pluck().get() as number
    const size = db.pragma('page_size', { simple: true }) as number
    db.close()
    if (when === 'at its start') bytes.fill(0xab, size)
    else bytes.fill(0xab, (page - 1) * size, page * size)
    await writeFile(file, bytes)
    const history = await open()
    for (let i = 0; i < 15; i++) {
      put(history, { cam1: i })
      await clock.advance(2000)
    }
    const since = clock.now()
    for (let i = 0; i < 5; i++) {
      put(history, { cam1: i })
      await clock.advance(2000)
    }
    expect((await everything(history, 'cam1', since)).mean).toEqual([0, 1, 2, 3, 4])
    const figures = await history.figures()
    expect(figures.why).toBe(null)
    expect(figures.setAside).toEqual([{ file: expect.stringMatching(/^history\.db\.damaged-2026-11-14T/), at: expect.any(Number) }])
    expect((await history.events({ limit: 10 })).map(({ kind }) => kind)).toEqual(['storeDamaged'])
    expect((await readdir(dataDir)).filter((name) => name.startsWith('history.db.damaged-') && !/-(wal|shm)$/.test(name))).toHaveLength(1)
    await close(history)
    const aside = figures.setAside[0]?.file as string
    const again = await open()
    expect((await everything(again, 'cam1', since)).mean).toEqual([0, 1, 2, 3, 4])
    expect((await again.figures()).setAside).toEqual(figures.setAside)
    await close(again)
    // A new file knows of it, too; and when somebody took it away it is told no more.
    for (const end of ['', '-wal', '-shm']) await rm(join(dataDir, `history.db${end}`), { force: true })
    const anew = await open()
    expect((await anew.figures()).setAside).toMatchObject([{ file: aside }])
    await close(anew)
    await rm(join(dataDir, aside))
    expect((await (await open()).figures()).setAside).toEqual([])
    expect(errors.splice(0).length).toBeGreaterThan(0)
  },
)

test('where the thread of the store dies another takes over, with words meanwhile', async () => {
  const entry = join(dataDir, 'mortal.mjs')
  await writeFile(
    entry,
    `import { parentPort } from 'node:worker_threads'
     parentPort.on('message', ({ notes = [] }) => { for (const { kind, value } of notes) if (kind === 'gap' && value.ownerId === 'die') process.exit(1) })
     await import(${JSON.stringify(storeWorker.href)})`,
  )
  const history = await open({ storeWorker: pathToFileURL(entry) })
  const start = clock.now()
  for (let i = 0; i < 5; i++) {
    put(history, { cam1: i })
    await clock.advance(2000)
  }
  history.gap(serverSubject('die'), clock.now())
  await history.figures()
  expect(inEnglish((await history.figures()).why)).toMatch(/^The part of mtxdeck that writes the history has failed and is started again\./)
  put(history, { cam1: 5 })
  await clock.advance(2000)
  put(history, { cam1: 6 })
  await clock.advance(2000)
  expect((await history.figures()).why).toBe(null)
  expect((await everything(history, 'cam1', start)).mean).toEqual([0, 1, 2, 3, 4, 6])
  expect(errors.splice(0)).toHaveLength(1)
})

test('a day that is over becomes archives, is read as one with the rest, and one that is damaged is set aside', async () => {
  const midnight = Date.UTC(2026, 10, 15)
  const start = midnight - 30 * 60_000
  clock = createTestClock(start, async () => {
    for (const history of opened) await history.settled()
  })
  let history = await open({ version: '0.2.0' })
  history.describe(serverSubject('a'), clock.now(), [{ part: 'cam1', facts: { codec: 'H264' } }])
  const wanted: number[] = []
  for (let i = 0; clock.now() < midnight + 18 * 60_000; i++) {
    put(history, { cam1: i, cam2: 2 * i })
    wanted.push(i)
    await clock.advance(10_000)
    if (i === 200) history.describe(serverSubject('a'), clock.now(), [{ part: 'cam1', facts: { codec: 'H265' } }])
  }
  const folder = join(dataDir, 'history')
  expect((await readdir(folder)).sort()).toEqual(['minutes-2026-11-14.db', 'quarterHours-2026-11.db', 'samples-2026-11-14.db', 'twoHours-2026.db'])
  const db = new BetterSqlite3(join(dataDir, 'history.db'), { readonly: true })
  expect(db.prepare('SELECT count(*) FROM seals WHERE from_at < ?').pluck().get(midnight)).toBe(0)
  expect(countStored(db, 'chunks')).toBe(db.prepare('SELECT count(*) * 2 FROM seals').pluck().get())
  db.close()
  const check = async () => {
    const whole = await everything(history, 'cam1', start)
    expect(whole.mean).toEqual(wanted)
    expect(whole.gaps).toEqual([])
    const facts = async (at: number) => {
      const { subjects, facts: of } = await history.moment(at)
      return of[subjects.findIndex((subject) => partOf(subject) === 'cam1')]
    }
    expect(await facts(start + 60_000)).toEqual({ codec: 'H264' })
    expect(await facts(clock.now())).toEqual({ codec: 'H265' })
  }
  await check()
  expect((await history.figures()).kept.map(({ kept, from }) => [kept, from])).toEqual([
    ['samples', start],
    ['minutes', start],
    ['quarterHours', expect.any(Number)],
    ['twoHours', expect.any(Number)],
    ['events', null],
  ])
  await close(history)
  history = await open()
  await check()

  await close(history)
  const file = join(folder, 'samples-2026-11-14.db')
  const bytes = await readFile(file)
  for (let at = 512; at < bytes.length; at++) bytes[at] = (bytes[at] as number) ^ 0x55
  await writeFile(file, bytes)
  history = await open()
  expect((await everything(history, 'cam1', start)).tier).toBe('minutes')
  await clock.advance(120_000)
  expect((await readdir(folder)).filter((name) => name.startsWith('samples-'))).toEqual([expect.stringMatching(/^samples-2026-11-14\.db\.damaged-2026-11-15T/)])
  expect((await history.figures()).setAside).toEqual([{ file: expect.stringMatching(/^samples-2026-11-14\.db\.damaged-/), at: expect.any(Number) }])
  expect((await history.events({ limit: 10 })).map(({ kind, facts }) => [kind, facts])).toEqual([
    ['storeDamaged', expect.objectContaining({ store: 'archive', file: 'samples-2026-11-14.db' })],
  ])
  expect((await everything(history, 'cam1', midnight + 600_000)).tier).toBe('samples')
  expect(errors.splice(0).length).toBeGreaterThan(0)
})

test('a day is archived when there is room for it twice, and not before', async () => {
  const midnight = Date.UTC(2026, 10, 15)
  clock = createTestClock(midnight - 15 * 60_000, async () => {
    for (const history of opened) await history.settled()
  })
  let freeBytes = 50e9
  const history = await open({ readSpace: async () => ({ freeBytes, totalBytes: 100e9 }) })
  const until = async (end: number) => {
    for (let i = 0; clock.now() < end; i++) {
      put(history, { cam1: i })
      await clock.advance(10_000)
    }
  }
  await until(midnight + 10 * 60_000)
  freeBytes = 150e6
  await until(midnight + 18 * 60_000)
  expect(inEnglish((await history.figures()).why)).toMatch(/^Only 150 MB are free/)
  expect(existsSync(join(dataDir, 'history'))).toBe(false)
  freeBytes = 50e9
  await until(midnight + 20 * 60_000)
  expect(await history.figures()).toMatchObject({ why: null })
  expect(await readdir(join(dataDir, 'history'))).toContain('samples-2026-11-14.db')
  expect(errors.splice(0)).toHaveLength(1)
})

test('a range that is cancelled rejects with the reason', async () => {
  const history = await open()
  const controller = new AbortController()
  const asked = history.range({ series: [series('cam1')], from: 0, to: clock.now(), points: 10 }, controller.signal)
  controller.abort(new Error('page left'))
  await expect(asked).rejects.toThrow('page left')
})

test('closing while a long question is asked ends it with an error, and quietly', async () => {
  const history = await open()
  for (let i = 0; i < 50; i++) {
    put(history, { cam1: i })
    await clock.advance(2000)
  }
  const subjects = Array.from({ length: 60 }, (_, i) => series(`cam${i}`))
  const asked = history.range({ series: subjects, from: 0, to: clock.now(), points: 5000 }).catch((error: unknown) => String(error))
  await close(history)
  expect(await asked).toMatch(/cancelled|ended|closed/)
})

test('a question that waits until archives are repaired starts no thread any more once the history is closed', async () => {
  await mkdir(join(dataDir, 'history'))
  await writeFile(join(dataDir, 'history', 'minutes-2026-11-12.db.part'), 'half of it')
  const history = await open()
  const asked = history.events({ limit: 1 }).catch((error: unknown) => String(error))
  await close(history)
  expect(await asked).toBe('StoreThreadError: the history is closed')
})

test('a batch whose values do not fit its rows and columns is a bug', async () => {
  const history = await open()
  expect(() => history.append({ owner: serverSubject('a'), at: 0, parts: ['cam1'], metrics: readers, values: new Float64Array(2) })).toThrow('has 2 values')
})

test('events begin with the newest, or with the oldest where that is asked', async () => {
  const history = await open()
  history.restore(['one', 'two', 'three'].map((text, i) => event(text, { at: 1000 * (i + 1) })))
  const texts = async (filter: Partial<EventFilter>) => (await history.events({ limit: 2, ...filter })).map(({ text }) => text)
  expect(await texts({})).toEqual(['three', 'two'])
  expect(await texts({ order: 'oldest' })).toEqual(['one', 'two'])
  expect(await texts({ order: 'oldest', from: 1001 })).toEqual(['two', 'three'])
})
