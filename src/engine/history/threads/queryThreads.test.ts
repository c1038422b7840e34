import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestClock, type TestClock } from '../../../clock/testClock.ts'
import type { Log } from '../../ports.ts'
import type { ArchiverAsks } from '../archiver/archiver.ts'
import { defaultLimits, type HotSamples } from '../protocol/protocol.ts'
import { createTestHistory, type TestHistory } from '../testHistory.fixture.ts'
import { QueryThreads, ThreadPool } from './threads.ts'

let dir: string
let history: TestHistory
let pools: Pick<QueryThreads, 'idle' | 'close'>[]
let clock: TestClock
const logged: string[] = []
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (_, text) => void logged.push(text), child: () => log }
const damaged: string[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mtxdeck-readers-'))
  history = createTestHistory(join(dir, 'history.db'))
  pools = []
  clock = createTestClock(0, async () => {
    for (const pool of pools) await pool.idle()
  })
  logged.length = 0
  damaged.length = 0
})
afterEach(async () => {
  for (const pool of pools) await pool.close()
  expect(clock.pending()).toBe(0)
  history.db.close()
  await rm(dir, { recursive: true })
})

const depsOf = (role: 'query' | 'archiver', size: number) => ({
  clock,
  entry: new URL('../storeWorker.ts', import.meta.url),
  start: { role, file: join(dir, 'history.db'), archives: join(dir, 'history'), limits: defaultLimits, madeBy: 'test' },
  log,
  size,
})
function open(size = 2): QueryThreads {
  const pool = new QueryThreads({ ...depsOf('query', size), onDamage: (file) => void damaged.push(file) })
  pools.push(pool)
  return pool
}
const noHot: HotSamples = {
  lastSeal: Number.MAX_SAFE_INTEGER,
  owners: [{ no: 1, times: new Float64Array(0), gaps: [], older: [] }],
  subjects: [{ owner: 0, no: 2, rows: null, older: [] }],
}
const rangeOf = (pool: QueryThreads, signal?: AbortSignal) =>
  pool.ask(
    'range',
    {
      subjects: [{ subject: { ownerId: 'a', path: 'cam1' }, metrics: ['path.bitrateIn'] }],
      from: 0,
      to: 100_000_000,
      until: 100_000_000,
      points: 5000,
      tier: 'samples',
      hot: noHot,
    },
    signal,
  )

test('questions asked at once are answered by two threads, and all of them', async () => {
  history.seal({ server: 'a', paths: ['', 'cam1'], times: [1000, 3000, 5000] })
  history.event(1000, 'a', 'cam1', 'on')
  const pool = open()
  expect(pool.busy()).toBe(false)
  const asked = [rangeOf(pool), rangeOf(pool), rangeOf(pool), pool.ask('events', { limit: 10 })] as const
  expect(pool.busy()).toBe(true)
  const [one, two, three, events] = await Promise.all(asked)
  expect(one[0]?.[0]?.at.length).toBe(1)
  expect(one).toEqual(two)
  expect(one).toEqual(three)
  expect(events.map(({ text }) => text)).toEqual(['on'])
  await pool.idle()
  expect(pool.busy()).toBe(false)
})

test('a thread of which nothing is asked any more ends, and the next question starts another one', async () => {
  history.seal({ server: 'a', paths: ['', 'cam1'], times: [1000, 3000, 5000] })
  const pool = open()
  await rangeOf(pool)
  await clock.advance(50_000)
  // A question begins the rest anew.
  await rangeOf(pool)
  expect(pool.size()).toBe(1)
  await clock.advance(50_000)
  expect(pool.size()).toBe(1)
  await clock.advance(15_000)
  expect(pool.size()).toBe(0)
  expect((await rangeOf(pool))[0]?.[0]?.at.length).toBe(1)
  expect(pool.size()).toBe(1)
  expect(logged).toEqual([])
})

test('those who wait until nothing is asked any more do not keep the threads at work for one another', async () => {
  const pool = open()
  const asked = rangeOf(pool)
  // Each question that one of them asked to find out would be a reason for the other to go on.
  await Promise.all([pool.idle(), pool.idle(), asked])
  expect(pool.busy()).toBe(false)
})

test('the columns of a whole moment come back whole', async () => {
  history.seal({ server: 'a', paths: ['', 'cam1'], times: [1000, 3000, 5000] })
  const whole = await open().ask('moment', { moment: 5500, hot: { ...noHot, owners: [], subjects: [], ownerIds: [], paths: [] } })
  expect(whole.subjects).toEqual([
    { ownerId: 'a', path: '' },
    { ownerId: 'a', path: 'cam1' },
  ])
  expect([...whole.at]).toEqual([5000, 5000])
  expect(whole.values.length).toBe(2 * whole.metrics.length)
  expect(whole.values[whole.metrics.length + whole.metrics.indexOf('path.bitrateIn')]).toBe(4_000_500)
})

test('a large moment is shared by the threads, and comes back as one', async () => {
  const paths = Array.from({ length: 2500 }, (_, i) => `cam${i}`)
  history.seal({ server: 'a', paths: ['', ...paths], times: [1000, 3000] })
  history.fact('a', 'cam7', 2000, { source: 'rtsp' })
  const pool = open()
  const ask = () => pool.ask('moment', { moment: 3500, hot: { ...noHot, owners: [], subjects: [], ownerIds: [], paths: [] } })
  const columnsOf = ({ subjects, at, metrics, values, facts, factsAt }: Awaited<ReturnType<typeof ask>>) =>
    new Map(subjects.map(({ path }, i) => [path, [at[i], values.slice(i * metrics.length, (i + 1) * metrics.length), facts[i], factsAt[i]]]))
  const alone = await ask()
  expect(alone.subjects).toHaveLength(2501)
  const shared = await ask()
  expect(shared.subjects).toHaveLength(2501)
  // Not in the same order: so it was made in another way.
  expect(shared.subjects.map(({ path }) => path)).not.toEqual(alone.subjects.map(({ path }) => path))
  expect(columnsOf(shared)).toEqual(columnsOf(alone))
})

test('a question that is cancelled rejects with the reason, and the next one is answered', async () => {
  history.seal({ server: 'a', paths: ['', 'cam1'], times: [1000, 3000] })
  const pool = open(1)
  const reason = new Error('no one waits')
  const controller = new AbortController()
  const asked = rangeOf(pool, controller.signal)
  controller.abort(reason)
  await expect(asked).rejects.toBe(reason)
  expect((await rangeOf(pool))[0]?.[0]?.at.length).toBe(1)
})

test('a thread that dies rejects what it was asked, and another one answers the next question', async () => {
  history.seal({ server: 'a', paths: ['', 'cam1'], times: [1000, 3000] })
  const pool = open()
  await rangeOf(pool)
  // No reader knows this question: a bug ends its thread.
  await expect(pool.ask('no such question' as 'idle', null)).rejects.toThrow('ended')
  expect((await rangeOf(pool))[0]?.[0]?.at.length).toBe(1)
  expect(logged).toEqual(['a thread that reads the history died'])
})

test('threads that are dropped reject their questions, and new ones open the file that is there then', async () => {
  history.seal({ server: 'a', paths: ['', 'cam1'], times: [1000, 3000] })
  const pool = open()
  await rangeOf(pool)
  const asked = rangeOf(pool).then(
    () => 'answered',
    (error: Error) => error.name,
  )
  await pool.drop()
  expect(['answered', 'StoreThreadError']).toContain(await asked)
  expect((await rangeOf(pool))[0]?.[0]?.at.length).toBe(1)
  expect(logged).toEqual([])
})

test('where the file cannot be opened each question is told so', async () => {
  history.db.close()
  await rm(join(dir, 'history.db'))
  const pool = open()
  await expect(rangeOf(pool)).rejects.toThrow()
  await expect(rangeOf(pool)).rejects.toThrow()
  history = createTestHistory(join(dir, 'history.db'))
  expect((await rangeOf(pool))[0]?.[0]?.at).toEqual([])
})

test('an archive that cannot be read is told of, and the answer comes without it', async () => {
  history.seal({ server: 'a', paths: ['', 'cam1'], times: [90_000_000, 90_002_000] })
  history.list('minutes-1970-01-01.db', 'minutes', 0, 86_399_999, 1, null)
  const pool = open()
  const [found] = await rangeOf(pool)
  expect(found?.[0]?.at.length).toBe(1)
  expect(damaged).toEqual([join(dir, 'history', 'minutes-1970-01-01.db')])
})

test('asked together after a rest, two wait for the one thread that there may be', async () => {
  const pool = new ThreadPool<ArchiverAsks>({ ...depsOf('archiver', 1), what: 'archives' })
  pools.push(pool)
  const archive = () => pool.ask('archive', { now: 1e12, unsealedFrom: null, limits: defaultLimits })
  expect(await archive()).toBeNull()
  await clock.advance(65_000)
  expect(pool.size()).toBe(0)
  expect(await Promise.all([archive(), archive()])).toEqual([null, null])
  expect(pool.size()).toBe(1)
  expect(logged).toEqual([])
})
