import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import { createHistory, type History } from '../history/history.ts'
import type { Log } from '../ports.ts'
import { createTimeline, worstMoment } from './timeline.ts'

const errors: unknown[] = []
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (facts, text) => void errors.push([text, facts]), child: () => log }
const minute = 60_000
const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const metrics: readonly MetricId[] = ['server.reachable', 'server.streamsInTrouble']

interface Sample {
  readonly serverId: string
  readonly at: number
  /** null: the server did not answer. */
  readonly live: number | null
  readonly inTrouble: number
}

let folder: string
let clock: TestClock
let history: History
let samples: Sample[]

beforeEach(async () => {
  errors.length = 0
  samples = []
  folder = await mkdtemp(join(tmpdir(), 'mtxdeck-timeline-'))
  clock = createTestClock(startAt, () => history.settled())
  const made = await createHistory({ clock, log, dataDir: folder, storeWorker: new URL('../history/storeWorker.ts', import.meta.url) })
  if (!made.ok) throw new Error(made.error.words)
  history = made.value
})
afterEach(async () => {
  await history[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
  expect(errors).toEqual([])
  expect(clock.pending()).toBe(0)
})

function poll(serverId: string, live: number | null, inTrouble = 0) {
  const at = clock.now()
  samples.push({ serverId, at, live, inTrouble })
  const values = live === null ? [0, Number.NaN] : [1, inTrouble]
  history.append({ owner: serverSubject(serverId), at, parts: null, metrics, values: Float64Array.from(values) })
}
const record = (kind: string, serverId: string | null = 'a', at = clock.now()) =>
  history.restore([{ at, kind, subject: serverId === null ? null : serverSubject(serverId), ownerName: null, text: kind, facts: {} }])

/** What a bucket must say, from the samples themselves. */
function expected(from: number, widthMs: number, ids: readonly string[]) {
  const inside = samples.filter(({ at, serverId }) => at >= from && at < from + widthMs && ids.includes(serverId))
  const sumOver = (of: (mine: readonly Sample[]) => number | null) =>
    ids.reduce<number | null>((sum, id) => {
      const value = of(inside.filter(({ serverId }) => serverId === id))
      return value === null ? sum : (sum ?? 0) + value
    }, null)
  const answered = (mine: readonly Sample[]) => mine.filter((sample): sample is Sample & { live: number } => sample.live !== null)
  return {
    troubled: sumOver((mine) => (answered(mine).length === 0 ? null : Math.max(...answered(mine).map(({ inTrouble }) => inTrouble)))),
    down: sumOver((mine) => (mine.length === 0 ? null : mine.some(({ live }) => live === null) ? 1 : 0)),
  }
}

test('each bucket says what the servers’ samples in it say, over seals and in memory', async () => {
  for (let second = 0; second < 3 * 3600; second += 10) {
    poll('a', 10 + (second % 70) / 10, second % 600 < 30 ? 3 : 0)
    if (second < 3600 || second >= 5400) poll('b', 5, second % 900 < 20 ? 2 : 1)
    poll('c', second >= 7200 && second < 7500 ? null : 20)
    if (second % 300 === 0) record('streamOff')
    if (second % 1800 === 10) record('streamOn', 'b')
    await clock.advance(10_000)
  }
  const to = clock.now()
  record('consoleGap', null, to - 1)
  const timeline = createTimeline({ clock, history })
  for (const points of [40, 185]) {
    const found = await timeline({ from: startAt, to, points })
    expect(found.at.length).toBeLessThanOrEqual(points)
    expect(found.widthMs).toBe(points === 40 ? 5 * minute : minute)
    for (const [bucket, at] of found.at.entries()) {
      const { troubled, down } = expected(at, found.widthMs, ['a', 'b', 'c'])
      const label = `${points} points, ${(at - startAt) / minute} min`
      expect(found.troubled[bucket], label).toBe(troubled)
      expect(found.down[bucket], label).toBe(down)
    }
    const total = (kind: string) => found.events.reduce((sum, counts) => sum + (counts[kind] ?? 0), 0)
    expect([total('streamOff'), total('streamOn'), total('consoleGap')]).toEqual([36, 6, 1])
    expect(found.events[0]).toEqual({ streamOff: 1, streamOn: 1 })
  }
})

test('between two polls what was known holds, in a gap nothing does, and between two failures a server is down', async () => {
  for (let second = 0; second < 120; second += 2) {
    if (second < 40 || second >= 100) poll('a', 7)
    else if ([40, 42, 46, 54, 70, 98].includes(second)) poll('a', null)
    if (second === 20) history.gap(serverSubject('b'), clock.now())
    if (second < 20 || second >= 60) poll('b', 1, 1)
    await clock.advance(2000)
  }
  const found = await createTimeline({ clock, history })({ from: startAt, to: startAt + 240_000, points: 500 })
  expect(found.widthMs).toBe(500)
  const at = (second: number) => Math.floor((second * 1000 + 250) / 500)
  expect([0, 1, 1.5, 19].map((second) => [found.down[at(second)], found.troubled[at(second)]])).toEqual(Array(4).fill([0, 1]))
  expect(
    [25, 50].map((second) => found.troubled[at(second)]),
    'b was not asked',
  ).toEqual([0, null])
  expect([41, 45, 60, 90, 99].map((second) => found.down[at(second)])).toEqual([1, 1, 1, 1, 1])
  expect([101, 119].map((second) => found.down[at(second)])).toEqual([0, 0])
  expect(
    [125, 239].map((second) => [found.down[at(second)], found.troubled[at(second)]]),
    'what has not come yet',
  ).toEqual(Array(2).fill([null, null]))
})

test('where nothing was ever kept all is unknown, and one bucket is one bucket', async () => {
  const timeline = createTimeline({ clock, history })
  const empty = await timeline({ from: startAt - 3_600_000, to: startAt, points: 60 })
  expect(empty.at).toHaveLength(60)
  expect([...empty.troubled, ...empty.down].every((value) => value === null)).toBe(true)
  expect(empty.events).toEqual(Array(60).fill({}))
  poll('a', 3, 2)
  await clock.advance(1000)
  const one = await timeline({ from: startAt - 500, to: startAt + 500, points: 1 })
  expect(one).toMatchObject({ at: [startAt - 500], widthMs: 1000, troubled: [2], down: [0] })
})

test('the worst moment of a stretch is found to the second: a server that is down outweighs streams in trouble', async () => {
  const read = createTimeline({ clock, history })
  for (let second = 0; second < 3 * 3600; second += 10) {
    poll('a', 10, second >= 3000 && second < 3200 ? 4 : second >= 5000 && second < 5040 ? 6 : 0)
    poll('b', second >= 7200 && second < 7260 ? null : 20)
    await clock.advance(10_000)
  }
  let isAway = (_: number) => false
  const consoleAt = async (moment: number) => ({
    gap: null,
    noNetwork: isAway((moment - startAt) / 1000) ? ({ kind: 'noNetwork' } as const) : null,
    launchedAt: 0,
  })
  const within = async (fromSecond: number, toSecond: number) => {
    const found = await worstMoment(read, consoleAt, { from: startAt + fromSecond * 1000, to: startAt + toSecond * 1000 })
    return found === null ? null : (found - startAt) / 1000
  }
  const inside = (found: number | null, from: number, to: number) => {
    expect(found).toBeGreaterThanOrEqual(from)
    expect(found).toBeLessThan(to)
  }
  inside(await within(0, 10_800), 7200, 7260)
  inside(await within(0, 7000), 5000, 5040)
  inside(await within(0, 4000), 3000, 3200)
  inside(await within(3100, 4000), 3100, 3200)
  expect(await within(0, 2900)).toBeNull()
  expect(await within(20_000, 30_000)).toBeNull()
  // Without a network no server answers: nothing was seen then.
  isAway = (second) => second >= 7190 && second < 7300
  inside(await within(0, 10_800), 5000, 5040)
})
