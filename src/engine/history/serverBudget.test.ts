import { expect, it } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { type ReadEvent, readEvent } from '../../shared/events.fixture.ts'
import type { NewEvent } from '../../shared/events.ts'
import { streamSubject } from '../../shared/subjectNames.ts'
import { createServerBudget } from './serverBudget.ts'

const hourMs = 3_600_000

/** A budget, and all that goes on to history. */
function createBudget() {
  const clock = createTestClock()
  const events: ReadEvent[] = []
  const described: { readonly part: string | null; readonly facts: object | null; readonly at: number }[] = []
  const budget = createServerBudget(clock, {
    record: (more) => void events.push(...more.map(readEvent)),
    describe: (_, at, entries) => void described.push(...entries.map(({ part, facts }) => ({ part, facts, at }))),
  })
  const happens = (kind: NewEvent['kind'], path: string, serverId = 'a') =>
    budget.record([{ at: clock.now(), kind, subject: streamSubject(serverId, path), ownerName: `server ${serverId}`, facts: {} } as NewEvent])
  const changes = (part: string | null, facts: object | null, serverId = 'a') => budget.describe(serverId, clock.now(), [{ part, facts }])
  return { clock, budget, events, described, happens, changes }
}
const a = { id: 'a', name: 'server a' }
const rows = (events: readonly ReadEvent[]) => events.filter(({ kind }) => kind === 'tooMuchSent')

it('10,000 paths that all change once, and a factory of 200 tests an hour, are kept whole', async () => {
  const { clock, budget, events, described, happens, changes } = createBudget()
  budget.reportPaths(a, 10_000, 0)
  for (let path = 0; path < 10_000; path++) {
    happens('streamOff', `cam ${path}`)
    changes(`cam ${path}`, { state: 'gone' })
  }
  expect([events.length, described.length]).toEqual([10_000, 10_000])
  for (let test = 0; test < 24 * 200; test++) {
    happens('streamOn', `exam ${test}`, 'b')
    happens('streamEnded', `exam ${test}`, 'b')
    for (const facts of [{ state: 'live' }, { state: 'ended' }, null]) changes(`exam ${test}`, facts, 'b')
    await clock.advance(hourMs / 200)
  }
  expect(rows(events)).toEqual([])
  expect([events.length, described.length]).toEqual([10_000 + 2 * 4_800, 10_000 + 3 * 4_800])
  expect(clock.pending()).toBe(0)
})

it('of a server that floods, some hundred events of a kind are kept an hour, and one row says at once that others are not; of others nothing is left out', async () => {
  const { clock, budget, events, happens } = createBudget()
  budget.reportPaths(a, 40, 0)
  budget.reportPaths({ id: 'b', name: 'server b' }, 40, 0)
  const floodedAt = clock.now()
  for (let minute = 0; minute < 60; minute++) {
    for (let n = 0; n < 100; n++) happens('codecChanged', 'cam')
    happens('streamOff', 'cam', 'b')
    await clock.advance(60_000)
  }
  const kept = events.filter(({ kind }) => kind === 'codecChanged').length
  expect(kept).toBeGreaterThanOrEqual(340)
  // A quarter of an hour's part at once, and one for each of its paths.
  expect(kept).toBeLessThanOrEqual(340 + 300 / 4 + 40)
  expect(events.filter(({ ownerName }) => ownerName === 'server b')).toHaveLength(60)
  expect(rows(events).map(({ ownerName, text }) => [ownerName, text])).toEqual([
    ['server a', 'server a sends more events or paths than are kept for one server: the rest is left out. Earlier data is kept.'],
  ])
  expect(Number(rows(events)[0]?.at) - floodedAt).toBeLessThan(hourMs / 4)
  await clock.advance(hourMs)
  for (let n = 0; n < 1_000; n++) happens('codecChanged', 'cam')
  expect(rows(events)).toHaveLength(2)
  expect(clock.pending()).toBe(0)
})

it('what becomes of the server itself is told however much its paths change', async () => {
  const { clock, budget, described, changes } = createBudget()
  budget.reportPaths(a, 10, 0)
  for (let n = 0; n < 5_000; n++) changes(`flood ${n % 100}`, { n })
  const floods = described.length
  changes(null, { state: 'down' })
  await clock.advance(300_000)
  changes(null, { state: 'up' })
  budget.describe('a', clock.now(), [{ part: 'cam', facts: {} }], true)
  expect(described.filter(({ part }) => part === null).map(({ facts }) => facts)).toEqual([{ state: 'down' }, { state: 'up' }])
  expect(floods).toBe(380)
})

it('what the server itself became and is held back outlasts that all of its paths are told anew', async () => {
  const { clock, budget, described, changes } = createBudget()
  for (let n = 0; n < 1_000; n++) changes(null, { n })
  budget.describe('a', clock.now(), [], true)
  await clock.advance(hourMs)
  expect(described.at(-1)).toMatchObject({ part: null, facts: { n: 999 } })
})

it('changes beyond the budget are held back by path, the newest of each is told in its turn with the time that it came, and none is lost at the end', async () => {
  const { clock, budget, described, changes } = createBudget()
  budget.reportPaths(a, 10, 0)
  for (let n = 0; n < 5_000; n++) changes('flapping', { n })
  const changedAt = clock.now()
  changes('cam', { state: 'gone' })
  expect(described).toHaveLength(300 + 8 * 10)
  await clock.advance(20_000)
  expect(described.slice(380)).toEqual([
    { part: 'flapping', facts: { n: 4_999 }, at: changedAt },
    { part: 'cam', facts: { state: 'gone' }, at: changedAt },
  ])
  for (let n = 5_000; n < 6_000; n++) changes('flapping', { n })
  changes('cam', null)
  budget[Symbol.dispose]()
  expect(described.slice(-2).map(({ part, facts }) => [part, facts])).toEqual([
    ['flapping', { n: 5_999 }],
    ['cam', null],
  ])
  expect(clock.pending()).toBe(0)
})

it('what was held back of thousands of paths is told some at a time, with turns for others in between', async () => {
  const { clock, budget, described, changes } = createBudget()
  budget.reportPaths(a, 10, 0)
  for (let path = 0; path < 6_000; path++) changes(`cam ${path}`, { state: 'gone' })
  expect(described).toHaveLength(380)
  budget.reportPaths(a, 6_000, 0)
  let before = described.length
  const turns: number[] = []
  const look = () => {
    turns.push(described.length - before)
    before = described.length
    if (described.length < 6_000) clock.setTimeout(look, 0)
  }
  clock.setTimeout(look, 10_000)
  await clock.advance(10_000)
  expect(described).toHaveLength(6_000)
  expect(Math.max(...turns)).toBeLessThanOrEqual(1_000)
  expect(new Set(described.map(({ part }) => part)).size).toBe(6_000)
  expect(clock.pending()).toBe(0)
})

it('what a server with ever new names has held back stays little, as long as its names keep to their own limit', async () => {
  const { clock, budget, described, changes } = createBudget()
  budget.reportPaths(a, 40, 0)
  // 380 names an hour come at once, end, and are forgotten.
  for (let hour = 0; hour < 24; hour++) {
    for (const facts of [{ state: 'live' }, { state: 'ended' }, null]) {
      for (let n = 0; n < 380; n++) changes(`random ${hour} ${n}`, facts)
      await clock.advance(hourMs / 3)
    }
  }
  await clock.advance(hourMs)
  expect(described.filter(({ facts }) => facts === null)).toHaveLength(24 * 380)
  expect(clock.pending()).toBe(0)
})
