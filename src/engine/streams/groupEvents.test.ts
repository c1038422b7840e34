import { afterEach, expect, test } from 'vitest'
import { createStreamsFixture, livePath, type StreamsFixture, wildPath } from './streams.fixture.ts'

let fixture: StreamsFixture
afterEach(() => {
  expect(fixture.errors).toEqual([])
  fixture.db.close()
})
const names = (count: number) => Array.from({ length: count }, (_, i) => `test-${String(i + 1).padStart(3, '0')}`)

test('200 paths that begin or end in one round are one event each, which counts them and names the first', async () => {
  fixture = createStreamsFixture()
  fixture.poll([])
  await fixture.next(names(200).map((name) => wildPath(name, 0)))
  await fixture.clock.advance(2_000)
  // The server says that it is the same: they did end.
  fixture.poll([], [], [], { restarted: false })
  expect(fixture.events.map(({ kind, path, facts }) => [kind, path, facts.count])).toEqual([
    ['streamOn', null, 200],
    ['streamEnded', null, 200],
  ])
  expect(fixture.events[1]?.text).toMatch(/^200 streams of berlin: ended \(test-001, test-002, .*test-020 and 180 more\)\.$/)
  expect(fixture.events[1]?.facts.names).toEqual(names(20))
  expect(fixture.events[1]?.facts.paths, 'all are named, so that each finds it').toEqual(names(200))
  expect(fixture.streams.totals('a'), 'each is still known by itself').toMatchObject({ ended: 200 })
})

test('80 publishers that connect again after their server returned from another host are one event', async () => {
  fixture = createStreamsFixture()
  const paths = (source: string) => names(80).map((name, i) => livePath(name, 5 + i, { sourceId: `${source} ${name}`, sourceType: 'rtspSession' }))
  fixture.poll([...paths('one'), livePath('stays', 1)])
  await fixture.next([...paths('two'), livePath('stays', 2)])
  expect(fixture.events.map(({ kind, facts }) => [kind, facts.count])).toEqual([['publisherChanged', 80]])
})

test('a few are told one by one', async () => {
  fixture = createStreamsFixture()
  fixture.poll([])
  await fixture.next(names(5).map((name) => wildPath(name, 0)))
  expect(fixture.events.map(({ path }) => path)).toEqual(names(5))
})

test('a name of any length makes no event too long to store', async () => {
  fixture = createStreamsFixture()
  fixture.poll([])
  await fixture.next(names(6).map((name) => wildPath(`${name}-${'x'.repeat(900)}`, 0)))
  expect(fixture.events).toHaveLength(1)
  expect(fixture.events[0]?.text.length).toBeLessThan(1_200)
  expect(fixture.events[0]?.facts).toMatchObject({ count: 6 })
})

test('what is stored of one event is bounded: 1,003 paths are two events that name theirs, and the rest one by one', async () => {
  fixture = createStreamsFixture()
  fixture.poll([])
  await fixture.next(names(1_003).map((name) => wildPath(name, 0)))
  expect(fixture.events.map(({ path, facts }) => path ?? facts.count)).toEqual([500, 500, 'test-1001', 'test-1002', 'test-1003'])
  const named = fixture.events.flatMap(({ path, facts }) => (path === null ? (facts.paths as unknown as string[]) : [path]))
  expect(named).toEqual(names(1_003))
  for (const { facts } of fixture.events) expect(JSON.stringify(facts).length).toBeLessThan(32_000)
})
