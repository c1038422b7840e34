import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MetricId } from '../../../shared/metrics.ts'
import { tierStepMs } from '../../../shared/tiers.ts'
import { entryOf } from '../archive/archiveCatalogue.ts'
import { type Archive, blockOf, openArchive } from '../archive/archiveFile.ts'
import type { BucketTier } from '../archive/partSource.ts'
import { checkArchive } from '../check/checkArchive.ts'
import { decodeBuckets } from '../codec/buckets.ts'
import { createTestHistory, samplesOf, type TestHistory, testValue } from '../testHistory.fixture.ts'
import { type ArchivedDay, archiveDay, closePeriod, pendingDay } from './archiveDay.ts'

let dir: string
let folder: string
let history: TestHistory
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-day-'))
  folder = join(dir, 'history')
  history = createTestHistory(join(dir, 'history.db'))
})
afterEach(() => {
  history.db.close()
  rmSync(dir, { recursive: true })
})

const dayMs = 86_400_000
const day = Date.UTC(2026, 10, 14)
const now = day + dayMs + 3_600_000
async function turn(): Promise<void> {}
const every = (from: number, count: number, stepMs = 2000): number[] => Array.from({ length: count }, (_, i) => from + i * stepMs)

async function archived(more: { onStep?: (step: string) => void; at?: number } = {}): Promise<ArchivedDay> {
  const pending = pendingDay(history.db, more.at ?? now)
  if (!pending) throw new Error('no day is over')
  return archiveDay({
    history: history.db,
    folder,
    day: pending,
    now: more.at ?? now,
    madeBy: 'mtxdeck test',
    turn,
    ...(more.onStep ? { onStep: more.onStep } : {}),
  })
}
/** What the writer does with the answer. */
function carryOut({ list, drop }: ArchivedDay): void {
  for (const { name, tier, from, to, bytes, sha256 } of list) history.list(name, tier, from, to, bytes, sha256)
  if (drop) history.db.prepare('DELETE FROM seals WHERE from_at >= ? AND from_at < ? AND id <= ?').run(drop.dayStart, drop.dayStart + dayMs, drop.lastSeal)
}
function open(name: string): Archive & Disposable {
  const result = openArchive(join(folder, name))
  if (!result.ok) throw new Error(result.error.words)
  return { ...result.value, [Symbol.dispose]: () => result.value.close() }
}

/** Per bucket: count, sum, least, most. Of a file, and from the values themselves. */
type Reduced = Map<number, [number, number, number, number]>
function add(into: Reduced, bucket: number, count: number, sum: number, min: number, max: number): void {
  const there = into.get(bucket)
  if (!there) into.set(bucket, [count, sum, min, max])
  else into.set(bucket, [there[0] + count, there[1] + sum, Math.min(there[2], min), Math.max(there[3], max)])
}
function bucketsOf(archive: Archive, tier: BucketTier, server: string, path: string, metric: MetricId): Reduced {
  const out: Reduced = new Map()
  const no = archive.subjectNo(server, path)
  if (no === null) return out
  for (const { parts } of archive.bucketRows(no, 0, blockOf('minutes', Number.MAX_VALUE)))
    for (const { layout, bytes } of parts) {
      const of = archive.layout(layout)
      const c = of.metrics.indexOf(metric)
      const buckets = decodeBuckets(bytes)
      expect(buckets.stepMs).toBe(tierStepMs[tier])
      const column = buckets.columns.get(c)
      if (!column) continue
      const scale = of.scales[c] as number
      for (let k = 0; k < buckets.length; k++)
        if ((column.count[k] as number) > 0)
          add(
            out,
            buckets.first + k,
            column.count[k] as number,
            (column.sum[k] as number) / scale,
            (column.min[k] as number) / scale,
            (column.max[k] as number) / scale,
          )
    }
  return out
}
function naive(samples: readonly (readonly [number, number])[], stepMs: number): Reduced {
  const out: Reduced = new Map()
  for (const [at, value] of samples) add(out, Math.floor(at / stepMs), 1, value, value, value)
  return out
}
const rounded = (of: Reduced): [number, number[]][] =>
  [...of].sort(([a], [b]) => a - b).map(([bucket, values]) => [bucket, values.map((value) => Math.round(value * 100) / 100)])

/** A day of two servers: one path all day, one that comes and goes, one that is only there at the end, a gap, and midnight within a seal. */
function filled(of = day): Map<string, [number, number][]> {
  const truth = new Map<string, [number, number][]>()
  for (const server of ['a', 'b'])
    for (let from = of + 300_000; from < of + dayMs; from += 3_600_000) {
      const late = from + 3_600_000 >= of + dayMs
      // The last seal of the day reaches into the next one.
      const times = every(late ? of + dayMs - 100_000 : from, late ? 100 : 40)
      const paths = ['', 'cam', ...(Math.floor(from / 3_600_000) % 3 === 0 ? ['guest'] : []), ...(late ? ['last'] : [])]
      const value = (path: string, metric: MetricId, at: number): number | null | undefined =>
        path === 'guest' && at % 8000 === 0 ? undefined : path === 'cam' && metric === 'path.readers' && at % 6000 === 0 ? null : testValue(path, metric, at)
      history.seal({ server, paths, times, value, gaps: late ? [] : [[20, (times[19] as number) + 500]] })
      for (const path of paths)
        for (const metric of ['path.bitrateIn', 'path.readers', 'server.streamsLive'] as const) {
          if ((path === '') !== metric.startsWith('server.')) continue
          const list = truth.get(`${server} ${path} ${metric}`) ?? []
          truth.set(`${server} ${path} ${metric}`, list)
          for (const at of times) {
            const one = value(path, metric, at)
            if (one !== null && one !== undefined) list.push([at, one])
          }
        }
    }
  return truth
}
function compare(truth: ReadonlyMap<string, readonly (readonly [number, number])[]>): void {
  using samples = open('samples-2026-11-14.db')
  using minutes = open('minutes-2026-11-14.db')
  using quarters = open('quarterHours-2026-11.db')
  using hours = open('twoHours-2026.db')
  for (const [key, expected] of truth) {
    const [server, path, metric] = key.split(' ') as [string, string, MetricId]
    expect(samplesOf(samples, server, path, metric)).toEqual(expected)
    for (const [archive, tier] of [
      [minutes, 'minutes'],
      [quarters, 'quarterHours'],
      [hours, 'twoHours'],
    ] as const)
      expect([key, tier, rounded(bucketsOf(archive, tier, server, path, metric))]).toEqual([key, tier, rounded(naive(expected, tierStepMs[tier]))])
  }
}

test('a day with paths coming and going is the same in all tiers as what was sealed', async () => {
  const truth = filled()
  const done = await archived()
  expect(done.list.map(({ name, tier, from }) => [name, tier, from])).toEqual([
    ['samples-2026-11-14.db', 'samples', day + 300_000],
    ['minutes-2026-11-14.db', 'minutes', day + 300_000],
    ['quarterHours-2026-11.db', 'quarterHours', day],
    ['twoHours-2026.db', 'twoHours', day],
  ])
  expect(done.list.map(({ to }) => to)).toEqual([day + dayMs + 98_000, day + dayMs + 98_000, day + dayMs - 1, day + dayMs - 1])
  expect(done.list.map(({ sha256 }) => sha256?.length ?? null)).toEqual([64, 64, null, null])
  expect(done.lost).toEqual([])
  compare(truth)
  for (const { name } of done.list) expect((await checkArchive(join(folder, name))).findings).toEqual([])
  expect(readdirSync(folder).sort()).toEqual(done.list.map(({ name }) => name).sort())
})

test('the second time nothing is made or added, and the answer is the same', async () => {
  const truth = filled()
  const first = await archived()
  const files = readdirSync(folder)
  expect(await archived()).toEqual(first)
  expect(readdirSync(folder)).toEqual(files)
  compare(truth)
  carryOut(first)
  expect(pendingDay(history.db, now)).toBeNull()
})

test('cut off after any step it goes on there, and the files are those of a day that was never cut off', async () => {
  const truth = filled()
  const steps: string[] = []
  await archived({ onStep: (step) => void steps.push(step) })
  expect(steps.length).toBeGreaterThan(10)
  for (let stop = 1; stop <= steps.length; stop += 2) {
    rmSync(folder, { recursive: true })
    let passed = 0
    const cut = archived({
      onStep: (step) => {
        if (++passed === stop) throw new Error(`stopped after ${step}`)
      },
    })
    await expect(cut).rejects.toThrow(`stopped after ${steps[stop - 1]}`)
    const done = await archived()
    expect([stop, done.list.map(({ name }) => name)]).toEqual([
      stop,
      ['samples-2026-11-14.db', 'minutes-2026-11-14.db', 'quarterHours-2026-11.db', 'twoHours-2026.db'],
    ])
    expect(readdirSync(folder).sort()).toEqual(done.list.map(({ name }) => name).sort())
    compare(truth)
  }
})

const program = `
import BetterSqlite3 from ${JSON.stringify(import.meta.resolve('better-sqlite3'))}
import { archiveDay, pendingDay } from ${JSON.stringify(new URL('./archiveDay.ts', import.meta.url).href)}
const [file, folder, now, stop] = process.argv.slice(2)
const history = new BetterSqlite3(file, { readonly: true })
let passed = 0
await archiveDay({
  history, folder, day: pendingDay(history, Number(now)), now: Number(now), madeBy: 'mtxdeck test', turn: async () => {},
  onStep: () => { if (++passed === Number(stop)) process.kill(process.pid, 'SIGKILL') },
})
`

test('killed with -9, parts and transactions that were begun do no harm', async () => {
  const truth = filled()
  const steps: string[] = []
  await archived({ onStep: (step) => void steps.push(step) })
  rmSync(folder, { recursive: true })
  const file = join(dir, 'archive.mts')
  writeFileSync(file, program)
  // Each is killed where the one before had come further: parts, renamed samples, begun and half done transactions.
  for (const step of [
    'minutes written',
    'samples renamed',
    'minutes renamed',
    'quarterHours begun',
    'quarterHours adding',
    'twoHours made',
    'twoHours adding',
    'twoHours added',
  ]) {
    rmSync(folder, { recursive: true, force: true })
    const child = spawn(process.execPath, [file, join(dir, 'history.db'), folder, String(now), String(steps.indexOf(step) + 1)], { stdio: 'inherit' })
    expect([step, ...(await once(child, 'exit'))]).toEqual([step, null, 'SIGKILL'])
    const done = await archived()
    expect([step, readdirSync(folder).sort()]).toEqual([step, done.list.map(({ name }) => name).sort()])
    compare(truth)
  }
})

test('cut off while seals were dropped, what is left of the day makes no second archive', async () => {
  const truth = filled()
  const first = await archived()
  for (const { name, tier, from, to, bytes, sha256 } of first.list) history.list(name, tier, from, to, bytes, sha256)
  history.db.prepare('DELETE FROM seals WHERE id % 2 = 0').run()
  const again = await archived()
  expect(readdirSync(folder)).toHaveLength(4)
  expect(again.drop).toEqual({ dayStart: day, lastSeal: expect.any(Number) })
  compare(truth)
  carryOut(again)
  expect(pendingDay(history.db, now)).toBeNull()
})

test('what a clock that was set back adds to a day that is archived becomes another part', async () => {
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + 1000, 30) })
  carryOut(await archived())
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + 7_200_000, 30) })
  const second = await archived()
  expect(second.list.map(({ name }) => name)).toEqual(['samples-2026-11-14.2.db', 'minutes-2026-11-14.2.db', 'quarterHours-2026-11.db', 'twoHours-2026.db'])
  using samples = open('samples-2026-11-14.2.db')
  expect(samplesOf(samples, 'a', 'cam', 'path.bitrateIn').map(([at]) => at)).toEqual(every(day + 7_200_000, 30))
  using hours = open('twoHours-2026.db')
  expect([...bucketsOf(hours, 'twoHours', 'a', 'cam', 'path.bitrateIn').values()].map(([count]) => count)).toEqual([30, 30])
})

test('a month of days lies in one file of quarter hours, and its checksum comes when it is over', async () => {
  for (let n = 0; n < 20; n++) {
    history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + n * dayMs + 1000, 20) })
    carryOut(await archived({ at: day + (n + 1) * dayMs + 1000 }))
  }
  const end = day + 20 * dayMs + 1000
  expect(readdirSync(folder).filter((name) => !name.startsWith('samples') && !name.startsWith('minutes'))).toEqual([
    'quarterHours-2026-11.db',
    'quarterHours-2026-12.db',
    'twoHours-2026.db',
  ])
  using november = open('quarterHours-2026-11.db')
  using year = open('twoHours-2026.db')
  expect([...bucketsOf(november, 'quarterHours', 'a', 'cam', 'path.bitrateIn').values()].map(([count]) => count)).toEqual(Array(17).fill(20))
  expect([...bucketsOf(year, 'twoHours', 'a', 'cam', 'path.bitrateIn').values()].map(([count]) => count)).toEqual(Array(20).fill(20))
  expect(november.meta()).toMatchObject({ from: day, to: Date.UTC(2026, 11, 1) - 1 })
  const closed = await closePeriod(history.db, folder, end, turn)
  expect(closed).toMatchObject({ name: 'quarterHours-2026-11.db', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
  if (closed) history.list(closed.name, closed.tier, closed.from, closed.to, closed.bytes, closed.sha256)
  expect(await closePeriod(history.db, folder, end, turn)).toBeNull()
})

test('where samples were stopped there is no file of samples', async () => {
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + 60_000, 90), withoutSamples: true })
  const { list } = await archived()
  expect(list.map(({ name }) => name)).toEqual(['minutes-2026-11-14.db', 'quarterHours-2026-11.db', 'twoHours-2026.db'])
})

test('the minutes of a day tell what held at its start, and what changed since', async () => {
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + 60_000, 90) })
  history.fact('a', '', day - 5 * dayMs, { name: 'A' })
  history.fact('a', 'cam', day - 1000, { state: 'live' })
  history.fact('a', 'cam', day + 5000, { state: 'stalled' })
  history.fact('a', 'cam', day + 9000, null)
  history.fact('a', 'cam', day + dayMs, { state: 'live' })
  await archived()
  using minutes = open('minutes-2026-11-14.db')
  const at = (moment: number): (string | null)[] => minutes.factsAt(moment).map(({ json }) => json)
  expect(at(day)).toEqual(['{"name":"A"}', '{"state":"live"}'])
  expect(at(day + 5000)).toEqual(['{"name":"A"}', '{"state":"stalled"}'])
  expect(at(day + dayMs * 2)).toEqual(['{"name":"A"}', null])
})

test('a chunk that is damaged is left out and named, and the rest of the day is archived', async () => {
  const seal = history.seal({ server: 'a', paths: ['', 'cam', 'other'], times: every(day + 60_000, 90) })
  const rows = history.db.prepare<[number], { id: number }>('SELECT id FROM chunks WHERE id >= ? ORDER BY id').all(seal * 2 ** 24)
  history.db.prepare("UPDATE chunks SET rows = CAST(substr(rows, 1, length(rows) - 1) || x'77' AS BLOB) WHERE id = ?").run(rows[1]?.id)
  const { lost } = await archived()
  expect(lost).toEqual([expect.stringContaining('a part of server a cannot be read')])
  using samples = open('samples-2026-11-14.db')
  expect(samplesOf(samples, 'a', 'cam', 'path.bitrateIn')).toEqual([])
  expect(samplesOf(samples, 'a', 'other', 'path.bitrateIn')).toHaveLength(90)
})

test('a damaged chunk of a host is named as one of a host', async () => {
  const seal = history.seal({ server: 'host-00000000', paths: ['', 'eth0'], times: every(day + 60_000, 90) })
  history.db
    .prepare("UPDATE chunks SET rows = CAST(substr(rows, 1, length(rows) - 1) || x'77' AS BLOB) WHERE id = (SELECT min(id) FROM chunks WHERE id >= ?)")
    .run(seal * 2 ** 24)
  const { lost } = await archived()
  expect(lost).toEqual([expect.stringContaining('a part of host host-00000000 cannot be read')])
})

test('a damaged file of quarter hours is set aside and made anew from the minutes that are there', async () => {
  for (const n of [0, 1]) {
    history.seal({ server: 'a', paths: ['', 'cam'], times: every(day + n * dayMs + 1000, 20) })
    if (n === 0) carryOut(await archived())
  }
  const name = 'quarterHours-2026-11.db'
  const bytes = readFileSync(join(folder, name))
  bytes.fill(0xab, 5_000)
  writeFileSync(join(folder, name), bytes)
  const done = await archived({ at: now + dayMs })
  expect(done.setAside).toEqual([
    { damage: 'setAside', store: 'archive', file: name, setAside: expect.stringMatching(/^quarterHours-2026-11\.db\.damaged-2026-11-16T/), backupAt: null },
  ])
  expect(existsSync(join(folder, done.setAside[0]?.setAside as string))).toBe(true)
  using quarters = open(name)
  expect([...bucketsOf(quarters, 'quarterHours', 'a', 'cam', 'path.bitrateIn').values()].map(([count]) => count)).toEqual([20, 20])
})

test('a file of the day that was damaged before it was listed is made again, and nothing is dropped before', async () => {
  filled()
  await archived()
  const name = 'minutes-2026-11-14.db'
  writeFileSync(join(folder, name), readFileSync(join(folder, name)).subarray(0, 5_000))
  const again = await archived()
  expect(again.setAside.map(({ file }) => file)).toEqual([name])
  expect(again.drop).not.toBeNull()
  expect((await checkArchive(join(folder, name))).findings).toEqual([])
  expect(entryOf(join(folder, name), 'minutes', 0, 0, null).bytes).toBeGreaterThan(5_000)
})

test('of a pack whose directory is damaged nothing is archived, which is said, and the rest of the day is', async () => {
  const seal = history.seal({ server: 'a', paths: ['', 'cam', 'other', 'last'], times: every(day + 60_000, 90), perPack: 3 })
  const packs = history.db.prepare<[number], { id: number; rows: Uint8Array }>('SELECT id, rows FROM chunks WHERE id >= ? ORDER BY id').all(seal * 2 ** 24)
  expect(packs).toHaveLength(2)
  const bytes = Uint8Array.from(packs[0]?.rows as Uint8Array)
  bytes[5] = (bytes[5] as number) ^ 1
  history.db.prepare('UPDATE chunks SET rows = ? WHERE id = ?').run(bytes, packs[0]?.id)
  const { lost } = await archived()
  expect(lost).toEqual([expect.stringContaining('a part of server a cannot be read')])
  using samples = open('samples-2026-11-14.db')
  expect(samplesOf(samples, 'a', 'other', 'path.bitrateIn')).toEqual([])
  expect(samplesOf(samples, 'a', 'last', 'path.bitrateIn')).toHaveLength(90)
  using minutes = open('minutes-2026-11-14.db')
  expect(
    minutes
      .subjects()
      .map(({ path }) => path)
      .sort(),
  ).toEqual(['', 'cam', 'last', 'other'])
})
