import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SeriesColumns } from '../../../shared/history.ts'
import type { MetricId } from '../../../shared/metrics.ts'
import { serverSubject, streamSubject } from '../../../shared/subjectNames.ts'
import { type Tier, tierStepMs, tiers } from '../../../shared/tiers.ts'
import { archiveDay, pendingDay } from '../archiver/archiveDay.ts'
import { readPack } from '../codec/columnChunk.ts'
import { createRowStates, encodeRow } from '../codec/rowCodec.ts'
import { createByteSink, sinkBytes } from '../codec/varint.ts'
import { chunkId, type HotMoment, type HotSamples, layouts, type StoredMoment, type StoredSubject } from '../protocol/protocol.ts'
import { createTestHistory, type TestHistory } from '../testHistory.fixture.ts'
import { createSampleQuery, type SampleQuery } from './reading.ts'
import { tierFor } from './seriesQuery.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
let dir: string
let history: TestHistory
let readers: SampleQuery[]
let damage: [string, string][]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mtxdeck-reader-'))
  history = createTestHistory(join(dir, 'history.db'))
  readers = []
  damage = []
})
afterEach(async () => {
  for (const reader of readers) reader.close()
  history.db.close()
  await rm(dir, { recursive: true })
})

const folder = (): string => join(dir, 'history')
function open(monotonic = () => 0): SampleQuery {
  const reader = createSampleQuery({
    db: history.db,
    archives: folder(),
    onDamage: (file, words) => void damage.push([file, words]),
    monotonic,
  })
  readers.push(reader)
  return reader
}

/** Numbers that are the same in every run. */
function createRandom(seed: number) {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const stepMs = 20_000
/** What a subject said in a round: undefined, it was not there; null, it was not known. */
type ModelValue = number | null | undefined
interface Model {
  readonly times: number[]
  /** Nothing is known from here until the next round. */
  readonly gaps: number[]
  readonly stored: Map<string, ModelValue[]>
}
const metric: MetricId = 'path.readers'

/** Some days of one server, as they would be sealed; the last `hotMs` stay in memory. */
function fill(ownerId: string, from: number, to: number, paths: readonly string[], random: (below: number) => number, hotMs = 5 * 60_000) {
  const model: Model = { times: [], gaps: [], stored: new Map(paths.map((path) => [path, []])) }
  const there = new Map(paths.map((path) => [path, true]))
  let sealFrom = 0
  let sealGaps: [number, number][] = []
  let hot: HotSamples['owners'][number] & { readonly rows: Map<string, Uint8Array> } = {
    no: 1,
    times: new Float64Array(0),
    gaps: [],
    older: [],
    rows: new Map(),
  }
  const valueAt = (path: string, at: number): ModelValue => model.stored.get(path)?.[model.times.indexOf(at, sealFrom)]
  const close = (keepsHot: boolean): void => {
    const times = model.times.slice(sealFrom)
    if (times.length > 0 || sealGaps.length > 0) {
      const day = Math.floor((times[0] ?? from) / dayMs)
      if (keepsHot) hot = { no: 1, times: Float64Array.from(times), gaps: sealGaps, older: [], rows: rowsOf(paths, times, valueAt) }
      else
        history.seal({
          server: ownerId,
          paths: ['', ...paths],
          times,
          gaps: sealGaps,
          perPack: 1 + (day % 3),
          value: (path, id, at) =>
            path === '' ? (id === 'server.readers' ? at % 7 : null) : id === metric ? valueAt(path, at) : valueAt(path, at) === undefined ? undefined : null,
        })
    }
    sealFrom = model.times.length
    sealGaps = []
  }
  let sealBegan = from
  for (let at = from; at < to; at += stepMs) {
    if (random(3000) === 0) {
      // Off for a while: with a mark where it ended in good order.
      if (random(2) === 0) {
        model.gaps.push(at)
        sealGaps.push([model.times.length - sealFrom, at])
      }
      close(false)
      at += stepMs * (1 + random(900))
      sealBegan = at
    }
    if (at - sealBegan >= 10 * 60_000) {
      close(false)
      sealBegan = at
    }
    model.times.push(at)
    for (const path of paths) {
      if (random(200) === 0) there.set(path, !there.get(path))
      model.stored.get(path)?.push(there.get(path) ? (random(150) === 0 ? null : random(1000)) : undefined)
    }
  }
  // The rest stays in memory.
  const borders = model.times.findLastIndex((at) => at < to - hotMs)
  if (borders >= sealFrom) {
    const rest = model.times.splice(borders + 1)
    const stored = [...model.stored].map(([path, values]): [string, ModelValue[]] => [path, values.splice(borders + 1)])
    const gaps = sealGaps.filter(([round]) => round > borders + 1 - sealFrom).map(([round, at]): [number, number] => [round - (borders + 1 - sealFrom), at])
    sealGaps = sealGaps.filter(([round]) => round <= borders + 1 - sealFrom)
    close(false)
    model.times.push(...rest)
    for (const [path, values] of stored) model.stored.get(path)?.push(...values)
    sealGaps = gaps
  }
  close(true)
  return { model, hot }
}

const rowsOf = (paths: readonly string[], times: readonly number[], valueAt: (path: string, at: number) => ModelValue): Map<string, Uint8Array> =>
  new Map(
    paths.map((path) => {
      const states = createRowStates(layouts.stream.metrics.length)
      const rows = createByteSink()
      const source = Int32Array.from(layouts.stream.metrics, (id) => (id === metric ? 0 : -1))
      let before = -1
      for (const [round, at] of times.entries()) {
        const value = valueAt(path, at)
        if (value === undefined) continue
        encodeRow(rows, states, 0, round - before - 1, Float64Array.of(value ?? Number.NaN), 0, source, layouts.stream.scales)
        before = round
      }
      return [path, sinkBytes(rows)]
    }),
  )

const hotOf = (ownerId: string, hot: ReturnType<typeof fill>['hot'], subjects: readonly StoredSubject[]): HotSamples => ({
  lastSeal: Number.MAX_SAFE_INTEGER,
  owners: [hot],
  subjects: subjects.map(({ ownerId: of, path }) => ({
    owner: of === ownerId ? 0 : -1,
    no: history.db.prepare<[number, string], number>('SELECT no FROM paths WHERE server = ? AND name = ?').pluck().get(1, path) ?? -1,
    rows: hot.rows.get(path) ?? null,
    older: [],
  })),
})

/** Makes archives of all days that are over; `onStep` may throw, as a kill would. */
async function archiveAll(before: number, onStep: (step: string) => void = () => {}): Promise<void> {
  for (let day = pendingDay(history.db, before); day; day = pendingDay(history.db, before)) {
    const made = await archiveDay({ history: history.db, folder: folder(), day, now: before, madeBy: 'test', turn: async () => {}, onStep })
    expect(made.lost).toEqual([])
    expect(made.setAside).toEqual([])
    for (const { name, tier, from, to, bytes, sha256 } of made.list) history.list(name, tier, from, to, bytes, sha256)
    dropDay(day.dayStart)
  }
}
function dropDay(dayStart: number): void {
  const seals = history.db
    .prepare<[number, number], number>('SELECT id FROM seals WHERE from_at >= ? AND from_at < ?')
    .pluck()
    .all(dayStart, dayStart + dayMs)
  for (const seal of seals) {
    for (const table of ['chunks', 'minutes']) history.db.prepare(`DELETE FROM ${table} WHERE id >= ? AND id < ?`).run(chunkId(seal, 0), chunkId(seal + 1, 0))
    history.db.prepare('DELETE FROM seals WHERE id = ?').run(seal)
  }
}
async function unlist(name: string): Promise<void> {
  expect(history.db.prepare('DELETE FROM archives WHERE name = ?').run(name).changes).toBe(1)
  await rm(join(folder(), name))
}

/** [min, mean, max] of each bucket of a chart, by plain arithmetic. */
function naiveBuckets({ times, stored }: Model, path: string, from: number, to: number, width: number): Map<number, number[]> {
  const samples = new Map<number, number[]>()
  for (const [i, at] of times.entries()) {
    const value = stored.get(path)?.[i]
    if (typeof value !== 'number' || at < from || at >= to) continue
    const bucket = Math.floor(at / width)
    const list = samples.get(bucket) ?? []
    samples.set(bucket, list)
    list.push(value)
  }
  return new Map(
    [...samples].map(([bucket, values]) => [
      bucket,
      [Math.min(...values), values.reduce((sum, value) => sum + value, 0) / values.length, Math.max(...values)].map((value) => Math.round(value * 1e6) / 1e6),
    ]),
  )
}
const foundBuckets = ({ at, min, mean, max }: SeriesColumns, width: number): Map<number, number[]> =>
  new Map(at.map((time, i) => [Math.floor(time / width), [min[i], mean[i], max[i]].map((value) => Math.round((value as number) * 1e6) / 1e6)]))

/** Where nothing is known: between two known samples that are more than three intervals apart or have an unknown moment between them. */
function naiveGaps({ times, stored, gaps }: Model, path: string, from: number, to: number): [number, number][] {
  const points: [number, boolean][] = [
    ...times.flatMap((at, i): [number, boolean][] => {
      const value = stored.get(path)?.[i]
      return value === undefined ? [] : [[at, value !== null]]
    }),
    ...gaps.map((at): [number, boolean] => [at, false]),
  ].sort((a, b) => a[0] - b[0] || Number(a[1]) - Number(b[1]))
  const out: [number, number][] = []
  let known = Number.NEGATIVE_INFINITY
  let unknown: number | null = null
  for (const [at, isKnown] of [...points, [Number.POSITIVE_INFINITY, true] as const]) {
    if (!isKnown) {
      unknown ??= at - known > 3 * stepMs ? known + stepMs : at
      continue
    }
    if (unknown !== null) out.push([unknown, at])
    else if (at - known > 3 * stepMs) out.push([known + stepMs, at])
    known = at
    unknown = null
  }
  return out.map(([a, b]): [number, number] => [Math.max(a, from), Math.min(b, to)]).filter(([a, b]) => a < b)
}

/** Each gap that is longer than two steps is told to a step, and nothing else is. */
function expectSimilarGaps(found: readonly [number, number][], wanted: readonly [number, number][], step: number): void {
  const isNear = (a: readonly [number, number], b: readonly [number, number]): boolean => Math.abs(a[0] - b[0]) <= step && Math.abs(a[1] - b[1]) <= step
  for (const gap of wanted)
    if (gap[1] - gap[0] > 2 * step + 3 * stepMs) expect(found.filter((one) => one[0] <= gap[0] + step && one[1] >= gap[1] - step)).toHaveLength(1)
  for (const gap of found) {
    const inside = wanted.filter((one) => one[1] > gap[0] - step && one[0] < gap[1] + step)
    expect(inside.length).toBeGreaterThan(0)
    if (inside.length === 1) expect(isNear(inside[0] as [number, number], gap)).toBe(true)
  }
}

/** The newest row at or before the moment, none older than three intervals or before a gap. */
function naiveAt({ times, stored, gaps }: Model, path: string, moment: number): { at: number; [metric]?: number } | null {
  for (let i = times.length - 1; i >= 0; i--) {
    const at = times[i] as number
    const value = stored.get(path)?.[i]
    if (at > moment || value === undefined) continue
    if (moment - at > 3 * stepMs || gaps.some((gap) => gap > at && gap <= moment)) return null
    return value === null ? { at } : { at, [metric]: value }
  }
  return null
}

const hotMomentOf = (ownerId: string, hot: ReturnType<typeof fill>['hot']): HotMoment => ({
  ...hotOf(
    ownerId,
    hot,
    [...hot.rows.keys()].map((path) => ({ ownerId, path })),
  ),
  ownerIds: [ownerId],
  paths: [...hot.rows.keys()],
})
/** Without the server itself. */
const rowsOfMoment = ({ subjects: found, at, metrics: columns, values }: StoredMoment): Map<string, { at: number; [metric]?: number }> =>
  new Map(
    found.flatMap(({ path }, row) => {
      if (path === '') return []
      const value = values[row * columns.length + columns.indexOf(metric)] as number
      return [[path, Number.isNaN(value) ? { at: at[row] as number } : { at: at[row] as number, [metric]: value }]]
    }),
  )

const start = Date.UTC(2025, 11, 29, 17, 3, 20)
const end = Date.UTC(2026, 0, 2, 9, 0, 0)
const paths = ['cam1', 'cam2', 'a path/with ünïcode']
const subjects: readonly StoredSubject[] = paths.map((path) => ({ ownerId: 'a', path }))
const twoHours = tierStepMs.twoHours

const rangeOf = async (reader: SampleQuery, hot: HotSamples, tier: Tier | null, from: number, to: number, points: number): Promise<SeriesColumns[]> =>
  (await reader.range({ subjects: subjects.map((subject) => ({ subject, metrics: [metric] })), from, to, until: to, points, tier, hot }, () => false)).map(
    ([columns]) => columns as SeriesColumns,
  )

test('every tier tells the same of the same time, over midnight, month and year, live, archived or in memory', async () => {
  const { model, hot } = fill('a', start, end, paths, createRandom(1))
  const from = Math.floor(start / twoHours) * twoHours - twoHours
  const to = end + twoHours - (end % twoHours || twoHours)
  const points = (to - from) / twoHours + 1
  const check = async (coarsest: readonly Tier[]): Promise<void> => {
    const reader = open()
    for (const [t, tier] of tiers.entries()) {
      const found = await rangeOf(reader, hotOf('a', hot, subjects), tier, from, to, points)
      for (const [i, path] of paths.entries()) {
        const columns = found[i] as SeriesColumns
        const wanted = naiveBuckets(model, path, from, to, twoHours)
        expect(wanted.size).toBeGreaterThan(20)
        expect(foundBuckets(columns, twoHours)).toEqual(wanted)
        expect(columns.tier).toBe(coarsest[t])
        if (columns.tier === 'samples') expect(columns.gaps).toEqual(naiveGaps(model, path, from, to))
        else expectSimilarGaps(columns.gaps, naiveGaps(model, path, from, to), tierStepMs[columns.tier])
      }
    }
  }
  await check(['samples', 'minutes', 'minutes', 'minutes'])
  await archiveAll(Date.UTC(2026, 0, 1))
  await check(tiers)
  await archiveAll(Date.UTC(2026, 0, 2))
  await check(tiers)
  // Finer tiers go first.
  await unlist('samples-2025-12-30.db')
  await check(['minutes', 'minutes', 'quarterHours', 'twoHours'])
  await unlist('minutes-2025-12-30.db')
  await unlist('samples-2025-12-31.db')
  await unlist('minutes-2025-12-31.db')
  await check(['quarterHours', 'quarterHours', 'quarterHours', 'twoHours'])
  await unlist('quarterHours-2025-12.db')
  await check(['twoHours', 'twoHours', 'twoHours', 'twoHours'])
  expect(damage).toEqual([])
})

test('samples come back one by one, with gaps to the millisecond, whatever the range', async () => {
  const random = createRandom(7)
  const { model, hot } = fill('a', start, end, paths, random)
  await archiveAll(Date.UTC(2026, 0, 2))
  const reader = open()
  for (let n = 0; n < 60; n++) {
    const from = start - hourMs + random(end - start + hourMs)
    const to = from + 1 + random(n % 2 === 0 ? hourMs : 30 * hourMs)
    const points = n % 2 === 0 ? 5000 : 2 + random(700)
    const width = Math.max(1, Math.ceil((to - from) / (points - 1)))
    const found = await rangeOf(reader, hotOf('a', hot, subjects), 'samples', from, to, points)
    for (const [i, path] of paths.entries()) {
      const columns = found[i] as SeriesColumns
      expect(foundBuckets(columns, width)).toEqual(naiveBuckets(model, path, from, to, width))
      expect(columns.gaps).toEqual(naiveGaps(model, path, from, to))
      expect(columns.tier).toBe('samples')
    }
  }
})

test('what was known at a moment is found wherever it lies, and nothing that is older than three intervals or before a gap', async () => {
  const random = createRandom(11)
  const { model, hot } = fill('a', start, end, paths, random)
  await archiveAll(Date.UTC(2026, 0, 2))
  const reader = open()
  for (let n = 0; n < 300; n++) {
    const moment = start - hourMs + random(end - start + 2 * hourMs)
    const whole = await reader.moment({ moment, hot: hotMomentOf('a', hot) }, () => false)
    expect(rowsOfMoment(whole)).toEqual(
      new Map(
        paths.flatMap((path) => {
          const known = naiveAt(model, path, moment)
          return known ? [[path, known]] : []
        }),
      ),
    )
  }
})

test('while a day goes from the live file into archives, whatever it is cut off at, nothing is lost and nothing counts twice', async () => {
  const { model, hot } = fill('a', start, end, paths, createRandom(3))
  const from = Math.floor(start / twoHours) * twoHours
  const to = end + twoHours - (end % twoHours || twoHours)
  const points = (to - from) / twoHours + 1
  await archiveAll(Date.UTC(2026, 0, 1))
  const reader = open()
  const check = async (): Promise<void> => {
    for (const tier of tiers) {
      const found = await rangeOf(reader, hotOf('a', hot, subjects), tier, from, to, points)
      for (const [i, path] of paths.entries()) {
        const buckets = foundBuckets(found[i] as SeriesColumns, twoHours)
        const wanted = naiveBuckets(model, path, from, to, twoHours)
        // What reached over midnight may be missing of a file that is just being written.
        const midnight = Math.floor(Date.UTC(2026, 0, 1) / twoHours)
        for (const edge of tier === 'samples' || tier === 'minutes' ? [] : [midnight - 12, midnight, midnight + 12]) {
          buckets.delete(edge)
          wanted.delete(edge)
        }
        expect(buckets).toEqual(wanted)
      }
    }
  }
  const steps = new Set<string>()
  for (;;) {
    let isDone = true
    await archiveAll(Date.UTC(2026, 0, 2), (step) => {
      if (steps.has(step)) return
      steps.add(step)
      isDone = false
      throw new Error('killed')
    }).catch((error: Error) => expect(error.message).toBe('killed'))
    await check()
    if (isDone) break
  }
  expect(steps).toContain('quarterHours some added')
  expect(steps).toContain('twoHours added')
  // Listed, and not dropped yet.
  expect(damage).toEqual([])
})

test('where only coarser tiers are left, a moment has the last values of its bucket, if the stream was watched then', async () => {
  const { model, hot } = fill('a', start, end, ['cam1'], createRandom(5))
  await archiveAll(Date.UTC(2026, 0, 2))
  const random = createRandom(6)
  const day = Date.UTC(2025, 11, 30)
  const reader = open()
  for (const [tier, finer] of [
    ['minutes', 'samples-2025-12-30.db'],
    ['quarterHours', 'minutes-2025-12-30.db'],
    ['twoHours', 'quarterHours-2025-12.db'],
  ] as const) {
    await unlist(finer)
    const step = tierStepMs[tier]
    let known = 0
    for (let n = 0; n < 100; n++) {
      const moment = day + hourMs + random(22 * hourMs)
      const found = rowsOfMoment(await reader.moment({ moment, hot: hotMomentOf('a', hot) }, () => false)).get('cam1') ?? null
      const bucket = Math.floor(moment / step) * step
      const last = model.times.findLastIndex((at, i) => at >= bucket && at < bucket + step && typeof model.stored.get('cam1')?.[i] === 'number')
      // Near the edges of a gap a coarser tier does not tell so exactly.
      const isClear = model.times.some((at, i) => at <= moment && at > moment - 2 * stepMs && model.stored.get('cam1')?.[i] !== undefined)
      const isDark = !model.times.some((at, i) => Math.abs(at - moment) <= Math.max(4 * stepMs, step / 60) && model.stored.get('cam1')?.[i] !== undefined)
      if (isClear && last >= 0) {
        expect(found).toEqual({ at: bucket, [metric]: model.stored.get('cam1')?.[last] })
        known++
      } else if (isDark) expect(found).toBe(null)
    }
    expect(known).toBeGreaterThan(20)
  }
})

test('what takes too long is read from the next coarser tier, from one series to the next; a tier that is named is kept', async () => {
  const { hot } = fill('a', start, end, paths, createRandom(8))
  await archiveAll(Date.UTC(2026, 0, 2))
  const from = Date.UTC(2025, 11, 30)
  const tiersOf = async (reader: SampleQuery, tier: Tier | null): Promise<Tier[]> =>
    (await rangeOf(reader, hotOf('a', hot, subjects), tier, from, from + 20 * hourMs, 2000)).map((columns) => columns.tier)
  expect(await tiersOf(open(), null)).toEqual(['samples', 'samples', 'samples'])
  // Each look at the clock finds it a second later.
  let now = 0
  const slow = (): number => {
    now += 1000
    return now
  }
  const [first, second, third] = await tiersOf(open(slow), null)
  expect([first, second, third]).toEqual(['minutes', 'quarterHours', 'twoHours'])
  expect(await tiersOf(open(slow), 'samples')).toEqual(['samples', 'samples', 'samples'])
})

test('the finest tier is read that a chart of that width can show', () => {
  expect([1, 119_999, 120_000, 1_799_999, 1_800_000, 14_399_999, 14_400_000].map(tierFor)).toEqual([
    'samples',
    'samples',
    'minutes',
    'minutes',
    'quarterHours',
    'quarterHours',
    'twoHours',
  ])
})

test('an archive that is damaged is told once, and answers go on with what else there is', async () => {
  const { model, hot } = fill('a', start, end, paths, createRandom(9))
  await archiveAll(Date.UTC(2026, 0, 2))
  const file = join(folder(), 'samples-2025-12-30.db')
  const other = new BetterSqlite3(file)
  other
    .prepare(
      'UPDATE samples SET bytes = zeroblob(length(bytes)) WHERE id = (SELECT id FROM samples ORDER BY id LIMIT 1 OFFSET (SELECT count(*) / 2 FROM samples))',
    )
    .run()
  other.close()
  const from = Date.UTC(2025, 11, 30, 2)
  const to = Date.UTC(2025, 11, 30, 20)
  const points = (to - from) / twoHours + 1
  const reader = open()
  for (let n = 0; n < 2; n++) {
    const found = await rangeOf(reader, hotOf('a', hot, subjects), 'samples', from, to, points)
    for (const [i, path] of paths.entries()) {
      expect(foundBuckets(found[i] as SeriesColumns, twoHours)).toEqual(naiveBuckets(model, path, from, to, twoHours))
      expect(found[i]?.tier).toBe('minutes')
    }
    expect(damage.map(([name]) => name)).toEqual([file])
  }
  await rm(join(folder(), 'minutes-2025-12-30.db'))
  damage.length = 0
  const found = await rangeOf(open(), hotOf('a', hot, subjects), 'samples', from, to, points)
  expect(found.map((columns) => columns.tier)).toEqual(['quarterHours', 'quarterHours', 'quarterHours'])
  expect(new Set(damage.map(([name]) => name))).toEqual(new Set([file, join(folder(), 'minutes-2025-12-30.db')]))
  expect(damage).toHaveLength(2)
})

test('an archive that could not be read is tried again after a minute', async () => {
  fill('a', start, end, ['cam1'], createRandom(9))
  await archiveAll(Date.UTC(2026, 0, 2))
  const name = 'samples-2025-12-30.db'
  let now = 0
  const reader = open(() => now)
  const tierThen = async (): Promise<Tier | undefined> => {
    const from = Date.UTC(2025, 11, 30, 2)
    const hot = { lastSeal: Number.MAX_SAFE_INTEGER, owners: [], subjects: [] }
    const asked = {
      subjects: [{ subject: { ownerId: 'a', path: 'cam1' }, metrics: [metric] }],
      from,
      to: from + 20 * hourMs,
      until: from + 20 * hourMs,
      points: 100,
    }
    return (await reader.range({ ...asked, tier: 'samples', hot }, () => false))[0]?.[0]?.tier
  }
  await rename(join(folder(), name), join(folder(), 'elsewhere'))
  expect(await tierThen()).toBe('minutes')
  expect(damage.map(([file]) => file)).toEqual([join(folder(), name)])
  await rename(join(folder(), 'elsewhere'), join(folder(), name))
  now = 59_000
  expect(await tierThen()).toBe('minutes')
  now = 60_000
  expect(await tierThen()).toBe('samples')
  expect(damage).toHaveLength(1)
})

test('a chunk of the live file that is damaged is left out and told', async () => {
  const { hot } = fill('a', end - 2 * hourMs, end, ['cam1'], createRandom(12))
  const reader = open()
  const one: readonly StoredSubject[] = [{ ownerId: 'a', path: 'cam1' }]
  const ask = async (): Promise<number> => {
    const [of] = await reader.range(
      {
        subjects: [{ subject: one[0] as StoredSubject, metrics: [metric] }],
        from: end - 2 * hourMs,
        to: end,
        until: end,
        points: 5000,
        tier: 'samples',
        hot: hotOf('a', hot, one),
      },
      () => false,
    )
    return of?.[0]?.at.length ?? 0
  }
  const before = await ask()
  const newest = history.db.prepare<[], { id: number; rows: Uint8Array }>('SELECT id, rows FROM chunks ORDER BY id DESC').all()
  const ofCam1 = newest.find(({ id, rows }) => readPack(id % 2 ** 24, rows).some(({ no }) => no === 2))
  history.db.prepare("UPDATE chunks SET rows = x'00112233445566' WHERE id = ?").run(ofCam1?.id)
  const after = await ask()
  expect(after).toBeLessThan(before)
  expect(after).toBeGreaterThan(before - 70)
  expect(damage.map(([name]) => name)).toContain(join(dir, 'history.db'))
})

test('an event whose facts are no object, or are nested too deeply, is shown without them, and one whose time is none is left out', () => {
  for (const text of ['first', 'second', 'third']) history.event(2000, 'a', 'cam', text)
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  history.db.exec(`UPDATE events SET facts = 'null' WHERE id = 1; UPDATE events SET facts = '${deep}' WHERE id = 2; UPDATE events SET at = 1e300 WHERE id = 3`)
  expect(
    open()
      .events({ limit: 3 })
      .map(({ text, facts }) => [text, facts]),
  ).toEqual([
    ['second', {}],
    ['first', {}],
  ])
})

test('one row of the live file whose JSON is damaged costs an answer that row, and is told', async () => {
  history.seal({ server: 'a', paths: ['', 'cam'], times: [1000, 3000] })
  history.seal({ server: 'a', paths: ['', 'cam'], times: [601_000, 603_000] })
  for (const [path, at] of [
    ['cam', 2000],
    ['other', 2000],
    ['cam', 602_000],
  ] as const)
    history.fact('a', path, at, { path, at })
  for (const text of ['first', 'second', 'third']) history.event(2000, 'a', 'cam', text)
  history.db.exec(`UPDATE seals SET rounds = x'0011223344' WHERE id = 1; UPDATE events SET facts = '{"before"' WHERE id = 2`)
  history.db.exec(`UPDATE texts SET json = substr(json, 2) WHERE json LIKE '%602000%'`)
  const reader = open()
  expect(reader.events({ limit: 3 }).map(({ text, facts }) => [text, facts])).toEqual([
    ['third', { before: 1 }],
    ['second', {}],
    ['first', { before: 1 }],
  ])
  const hot = { lastSeal: 1e9, owners: [], subjects: [], ownerIds: [], paths: [] }
  const { subjects: found, facts, at } = await reader.moment({ moment: 604_000, hot }, () => false)
  expect(Object.fromEntries(found.map(({ path }, row) => [path, [facts[row], at[row]]]))).toEqual({
    '': [null, 603_000],
    cam: [null, 603_000],
    other: [{ path: 'other', at: 2000 }, Number.NaN],
  })
  const subject = { ownerId: 'a', path: 'cam' }
  const ask = { subjects: [{ subject, metrics: [metric] }], from: 0, to: 700_000, until: 700_000, points: 5000, tier: 'samples' as const }
  const owners = [{ no: 1, times: new Float64Array(0), gaps: [], older: [] }]
  const place = { owner: 0, no: 2, rows: null, older: [] }
  const [series] = await reader.range({ ...ask, hot: { lastSeal: 1e9, owners, subjects: [place] } }, () => false)
  expect(series?.[0]?.at).toEqual([601_000, 603_000])
  const words = ['the facts of event 2 cannot be read', 'the facts of cam of server a cannot be read', 'it is not what was written']
  // Whoever is told says each once.
  expect(new Set(damage.map(([file, text]) => `${file}: ${text}`))).toEqual(new Set(words.map((text) => `${join(dir, 'history.db')}: ${text}`)))
})

test('while the disk was nearly full the minutes tell what samples do not, live and archived', async () => {
  const day = Date.UTC(2026, 1, 28)
  const stored = (at: number): number => Math.floor(at / 1000) % 97
  for (let at = day + 10 * hourMs; at < day + 16 * hourMs; at += 600_000)
    history.seal({
      server: 'a',
      paths: ['', 'cam1'],
      times: Array.from({ length: 30 }, (_, i) => at + i * stepMs),
      withoutSamples: at >= day + 12 * hourMs && at < day + 14 * hourMs,
      value: (path, id, time) => (path === '' ? (id === 'server.readers' ? 1 : null) : id === metric ? stored(time) : null),
    })
  const model: Model = { times: [], gaps: [], stored: new Map([['cam1', []]]) }
  for (let at = day + 10 * hourMs; at < day + 16 * hourMs; at += stepMs) {
    model.times.push(at)
    model.stored.get('cam1')?.push(stored(at))
  }
  const one = [{ ownerId: 'a', path: 'cam1' }]
  const hot = { no: 1, times: new Float64Array(0), gaps: [], older: [], rows: new Map<string, Uint8Array>() }
  const reader = open()
  const ask = async (from: number, to: number): Promise<SeriesColumns> => {
    const asked = {
      subjects: [{ subject: one[0] as StoredSubject, metrics: [metric] }],
      from,
      to,
      until: to,
      points: (to - from) / 600_000 + 1,
      tier: 'samples' as const,
    }
    const [found] = await reader.range({ ...asked, hot: hotOf('a', hot, one) }, () => false)
    return found?.[0] as SeriesColumns
  }
  for (const isArchived of [false, true]) {
    if (isArchived) await archiveAll(day + dayMs)
    const columns = await ask(day + 9 * hourMs, day + 17 * hourMs)
    expect(columns.tier).toBe('minutes')
    expect(columns.gaps).toEqual(naiveGaps(model, 'cam1', day + 9 * hourMs, day + 17 * hourMs))
    // The minutes at the edges of a seal are also those of its neighbours.
    const wanted = naiveBuckets(model, 'cam1', day + 9 * hourMs, day + 17 * hourMs, 600_000)
    const found = foundBuckets(columns, 600_000)
    expect([...found.keys()]).toEqual([...wanted.keys()])
    for (const at of [day + 11 * hourMs, day + 13 * hourMs]) expect(found.get(at / 600_000)).toEqual(wanted.get(at / 600_000))
    expect((await ask(day + 10 * hourMs, day + 11 * hourMs)).tier).toBe('samples')
    const whole = await reader.moment({ moment: day + 13 * hourMs + 90_000, hot: hotMomentOf('a', hot) }, () => false)
    expect(rowsOfMoment(whole).get('cam1')).toEqual({ at: day + 13 * hourMs + 60_000, [metric]: stored(day + 13 * hourMs + 100_000) })
  }
})

test('what was told of a stream holds until something else is told, also over days, and until it is gone', async () => {
  const day = Date.UTC(2026, 5, 1)
  const seal = (at: number): number => history.seal({ server: 'a', paths: ['', 'cam1'], times: [at, at + stepMs, at + 2 * stepMs] })
  for (const n of [0, 1, 2]) for (const hour of [1, 13]) seal(day + n * dayMs + hour * hourMs)
  history.fact('a', '', day + 1 * hourMs, { name: 'Berlin' })
  history.fact('a', 'cam1', day + 2 * hourMs, { source: 'rtsp' })
  history.fact('a', 'cam1', day + dayMs + 2 * hourMs, { source: 'srt' })
  history.fact('a', 'cam1', day + 2 * dayMs + 2 * hourMs, null)
  history.fact('a', 'cam2', day + 2 * dayMs + 3 * hourMs, { source: 'expected' })
  const reader = open()
  const stored = async (moment: number): Promise<unknown> => {
    const hot = { lastSeal: Number.MAX_SAFE_INTEGER, owners: [], subjects: [], ownerIds: [], paths: [] }
    const whole = await reader.moment({ moment, hot }, () => false)
    return Object.fromEntries(whole.subjects.flatMap(({ path }, i) => (whole.facts[i] ? [[path, [whole.facts[i], (whole.factsAt[i] as number) - day]]] : [])))
  }
  const check = async (): Promise<void> => {
    expect(await stored(day)).toEqual({})
    expect(await stored(day + 1 * hourMs)).toEqual({ '': [{ name: 'Berlin' }, hourMs] })
    expect(await stored(day + dayMs)).toEqual({ '': [{ name: 'Berlin' }, hourMs], cam1: [{ source: 'rtsp' }, 2 * hourMs] })
    expect(await stored(day + dayMs + 3 * hourMs)).toEqual({ '': [{ name: 'Berlin' }, hourMs], cam1: [{ source: 'srt' }, dayMs + 2 * hourMs] })
    expect(await stored(day + 2 * dayMs + 2 * hourMs)).toEqual({ '': [{ name: 'Berlin' }, hourMs] })
    expect(await stored(day + 3 * dayMs)).toEqual({ '': [{ name: 'Berlin' }, hourMs], cam2: [{ source: 'expected' }, 2 * dayMs + 3 * hourMs] })
  }
  await check()
  await archiveAll(day + 2 * dayMs)
  await check()
  // The live file keeps the newest of each only.
  history.db.prepare('DELETE FROM facts WHERE at < ? AND path = (SELECT no FROM paths WHERE name = ?)').run(day + 2 * dayMs, 'cam1')
  await check()
})

test('events come newest first, page by page, by server, stream, kind and time', () => {
  const at = Date.UTC(2026, 5, 1)
  // The clock is set back once, and some share a moment.
  const times = [0, 1000, 1000, 5000, 2000, 2000, 2000, 9000]
  for (const [n, offset] of times.entries()) history.event(at + offset, n % 2 === 0 ? 'a' : 'b', n % 3 === 0 ? 'cam1' : 'cam2', `event ${n}`)
  history.event(at + 100, null, null, 'console')
  const reader = open()
  const all = reader.events({ limit: 100 }).map(({ text }) => text)
  expect(all).toEqual(['event 7', 'event 3', 'event 6', 'event 5', 'event 4', 'event 2', 'event 1', 'console', 'event 0'])
  const paged: string[] = []
  for (let before: number | undefined; ; ) {
    const page = reader.events({ limit: 2, ...(before === undefined ? {} : { before }) })
    if (page.length === 0) break
    paged.push(...page.map(({ text }) => text))
    before = page.at(-1)?.id as number
  }
  expect(paged).toEqual(all)
  const texts = (filter: Parameters<SampleQuery['events']>[0]): string[] => reader.events(filter).map(({ text }) => text)
  expect(texts({ limit: 9, of: serverSubject('b') })).toEqual(['event 7', 'event 3', 'event 5', 'event 1'])
  expect(texts({ limit: 9, of: streamSubject('a', 'cam1') })).toEqual(['event 6', 'event 0'])
  expect(texts({ limit: 9, kinds: ['streamOff'], from: at + 2000, to: at + 5000 })).toEqual(['event 6', 'event 5', 'event 4'])
  expect(texts({ limit: 9, kinds: [] })).toEqual([])
  expect(texts({ limit: 9, kinds: ['streamOn'] })).toEqual([])
  const [first] = reader.events({ limit: 1 })
  expect(first).toEqual({ id: 8, at: at + 9000, kind: 'streamOff', subject: streamSubject('b', 'cam2'), ownerName: 'b', text: 'event 7', facts: { before: 1 } })
  // The page before which was asked is gone: what has a smaller number comes.
  history.db.exec('DELETE FROM events WHERE id = 5')
  expect(texts({ limit: 9, before: 5 })).toEqual(['event 3', 'event 2', 'event 1', 'event 0'])
})

test('events of kinds that only earlier versions stored are neither given nor counted', () => {
  const at = Date.UTC(2026, 5, 1)
  for (const [n, kind] of ['readerJoined', 'streamOff', 'readerLeft', 'valueRefused', 'unheardOf'].entries()) {
    history.event(at + n, 'a', 'cam1', kind)
    history.db.prepare('UPDATE events SET kind = text WHERE text = ?').run(kind)
  }
  const reader = open()
  const kindsOf = (filter: Partial<Parameters<SampleQuery['events']>[0]>) => reader.events({ limit: 9, ...filter }).map(({ kind }) => kind)
  expect(kindsOf({})).toEqual(['unheardOf', 'streamOff'])
  expect(kindsOf({ limit: 1, to: at + 4 })).toEqual(['streamOff'])
  expect(kindsOf({ of: streamSubject('a', 'cam1') })).toEqual(['unheardOf', 'streamOff'])
  expect(kindsOf({ kinds: ['readerJoined', 'streamOff'] })).toEqual(['streamOff'])
  expect(reader.countEvents({ from: at, to: at + 10, widthMs: 10 })).toEqual([
    { bucket: 0, count: 1, kind: 'streamOff' },
    { bucket: 0, count: 1, kind: 'unheardOf' },
  ])
})

test('a question about events reads about as many as it gives, whatever is asked for', () => {
  history.db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO events(at, kind, server_id, server_name, path, text, facts)
    SELECT i * 1000, CASE WHEN i < 50 THEN 'streamOff' ELSE 'streamOn' END, CASE WHEN i < 60 THEN 'gone' ELSE 's' || (i % 3) END, NULL, 'cam' || (i % 7), 'text', '{}' FROM n`)
  // Each row that is looked at has its text compared with its own.
  let looked = 0
  history.db.function('looked', (text) => {
    looked++
    return text as string
  })
  const counted = new Proxy(history.db, {
    get: (db, key) =>
      key !== 'prepare'
        ? Reflect.get(db, key)
        : (sql: string) =>
            db.prepare(
              !sql.includes('facts FROM events') ? sql : sql.replace('ORDER BY', `${sql.includes('WHERE') ? 'AND' : 'WHERE'} looked(text) = text ORDER BY`),
            ),
  })
  const reader = createSampleQuery({ db: counted, archives: folder(), onDamage: () => {}, monotonic: () => 0 })
  readers.push(reader)
  const questions: Parameters<SampleQuery['events']>[0][] = [
    { limit: 40 },
    { limit: 40, before: 10_000 },
    { limit: 40, from: 3_000_000, to: 9_000_000 },
    { limit: 40, of: serverSubject('gone') },
    { limit: 40, of: streamSubject('s1', 'cam3'), to: 7_000_000 },
    { limit: 40, kinds: ['streamOff'] },
    { limit: 20, kinds: ['streamOff', 'streamOn'] },
  ]
  for (const question of questions) {
    looked = 0
    expect(reader.events(question).length).toBe(question.limit)
    expect(looked, JSON.stringify(question)).toBeGreaterThan(0)
    expect(looked, JSON.stringify(question)).toBeLessThanOrEqual(50)
  }
})

test('seals of a day that come when its archive is there already are read beside it', async () => {
  const day = Date.UTC(2026, 2, 31)
  const seal = (at: number): number => history.seal({ server: 'a', paths: ['', 'cam1'], times: [at, at + stepMs, at + 2 * stepMs] })
  seal(day + 10 * hourMs)
  seal(day + dayMs + hourMs)
  await archiveAll(day + dayMs)
  // A clock that was set back.
  seal(day + 11 * hourMs)
  const one = [{ ownerId: 'a', path: 'cam1' }]
  const hot = { no: 1, times: new Float64Array(0), gaps: [], older: [], rows: new Map<string, Uint8Array>() }
  const ask = async (tier: Tier): Promise<number[]> => {
    const [found] = await open().range(
      {
        subjects: [{ subject: one[0] as StoredSubject, metrics: ['path.bitrateIn'] }],
        from: day,
        to: day + 2 * dayMs,
        until: day + 2 * dayMs,
        points: 49,
        tier,
        hot: hotOf('a', hot, one),
      },
      () => false,
    )
    return (found?.[0]?.at ?? []).map((at) => (at - day) / hourMs)
  }
  expect(await ask('samples')).toEqual([10, 11, 25])
  expect(await ask('minutes')).toEqual([10, 11, 25])
})

test.each([['server'], ['path']] as const)('the shares of a moment by %s are together all of it', async (by) => {
  const servers = Array.from({ length: 60 }, (_, i) => `edge${i}`)
  for (const server of servers) {
    history.seal({ server, paths: ['', 'site7/cam7', 'cam1', 'gone', 'site31/cam31'], times: [1000, 3000], perPack: 3 })
    history.fact(server, 'site7/cam7', 2000, { of: server })
  }
  const reader = open()
  const hot = { lastSeal: 1e9, owners: [], subjects: [], ownerIds: [], paths: [] }
  const named = ({ subjects, facts }: StoredMoment) => subjects.map(({ ownerId, path }, i) => `${ownerId} ${path} ${JSON.stringify(facts[i])}`)
  const whole = named(await reader.moment({ moment: 3500, hot }, () => false))
  expect(whole).toHaveLength(300)
  const shares = await Promise.all([0, 1, 2].map((index) => reader.moment({ moment: 3500, hot, share: { index, of: 3, by } }, () => false)))
  expect(shares.flatMap(named).sort()).toEqual(whole.sort())
  if (by === 'server') for (const { subjects } of shares) expect(subjects.length % 5).toBe(0)
  // No share has nothing, and none has all.
  for (const { subjects } of shares) expect(subjects.length).toBeGreaterThan(0)
})

test('paths whose names say a number twice are spread over the shares of a moment', async () => {
  const paths = Array.from({ length: 300 }, (_, i) => `site${i % 40}/cam${i}`)
  history.seal({ server: 'a', paths: ['', ...paths], times: [1000, 3000] })
  const reader = open()
  const hot = { lastSeal: 1e9, owners: [], subjects: [], ownerIds: [], paths: [] }
  for (const index of [0, 1]) {
    const { subjects } = await reader.moment({ moment: 3500, hot, share: { index, of: 2, by: 'path' } }, () => false)
    expect(subjects.length).toBeGreaterThan(120)
    expect(subjects.length).toBeLessThan(180)
  }
})
