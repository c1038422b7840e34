import { afterEach, expect, test } from 'vitest'
import { troubleOfStream } from '../../shared/troubles.ts'
import type { ConfiguredPath } from '../servers/readings.ts'
import { createStreamsFixture, livePath, type StreamsFixture, wildPath } from './streams.fixture.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
let fixture: StreamsFixture
const opened: StreamsFixture[] = []
function start(options?: Parameters<typeof createStreamsFixture>[0]) {
  fixture = createStreamsFixture(options)
  opened.push(fixture)
  return fixture
}
afterEach(() => {
  for (const { errors, db } of opened.splice(0)) {
    expect(errors).toEqual([])
    if (db.open) db.close()
  }
})
const stateOf = (path: string) => fixture.streams.get('a', path)?.state
const named = (name: string): ConfiguredPath => ({ name, pattern: false, onDemand: false, source: 'publisher', alwaysAvailable: false })
function troubleOf(path: string) {
  const stream = fixture.streams.get('a', path)
  return stream === null ? null : troubleOfStream('berlin', stream, stream.figures)
}
/** On air for half a minute on so many days, a day apart; the last time it is off again. */
async function airOnDays(days: number, path = 'cam') {
  for (let i = 0; i < days; i++) {
    if (i > 0) await fixture.clock.advance(day)
    const onAir = { availableAt: fixture.clock.now() }
    fixture.poll([wildPath(path, 0, onAir)])
    for (let n = 1; n <= 15; n++) await fixture.next([wildPath(path, n * 1000, onAir)])
    await fixture.next([])
  }
}

test('a path that nobody configured and that ends is no trouble, is told once, and leaves the list after an hour', async () => {
  start().poll([])
  await fixture.next([wildPath('001', 0)])
  for (let n = 1; n <= 10; n++) await fixture.next([wildPath('001', n * 1000)])
  await fixture.next([])
  expect(fixture.streams.get('a', '001')).toMatchObject({
    state: 'ended',
    expected: false,
    why: { kind: 'streamEnded', sourceType: 'rtspSession', remoteAddr: null, minMs: 82_000, maxMs: 84_000 },
    stateSince: fixture.clock.now(),
  })
  expect(fixture.sample('001', 'path.state')).toBe(6)
  expect(troubleOf('001')).toBeNull()
  expect([...fixture.streams.eachTroubledOf('a')]).toEqual([])
  expect(fixture.events.map(({ kind, path }) => [kind, path])).toEqual([
    ['streamOn', '001'],
    ['streamEnded', '001'],
  ])
  expect(fixture.streams.totals('a')).toMatchObject({ streams: 1, ended: 1, gone: 0 })
  await fixture.clock.advance(hour - 2 * minute)
  await fixture.next([])
  expect(stateOf('001')).toBe('ended')
  await fixture.clock.advance(2 * minute)
  await fixture.next([])
  await fixture.next([])
  expect(stateOf('001')).toBeUndefined()
  expect(fixture.described.at(-1)?.entries, 'history knows that it left the list').toEqual([{ part: '001', facts: null }])
})

test('of a server that names each stream anew the list keeps as many of the newest that ended as it listed at once, 50 at least; each was told', async () => {
  start().poll([livePath('fixed', 0)])
  const names: string[] = []
  for (let round = 0; round < 30; round++) {
    const batch = Array.from({ length: 10 }, (_, i) => `test ${round * 10 + i}`)
    names.push(...batch)
    await fixture.next([livePath('fixed', 2 * round + 1), ...batch.map((name) => wildPath(name, 0))])
    await fixture.next([livePath('fixed', 2 * round + 2)])
  }
  await fixture.next([livePath('fixed', 61)])
  expect(fixture.streams.totals('a')).toMatchObject({ live: 1, ended: 50 })
  expect(names.filter((name) => stateOf(name) === 'ended')).toEqual(names.slice(-50))
  const ended = fixture.events.filter(({ kind }) => kind === 'streamEnded')
  expect(ended.reduce((sum, { facts }) => sum + (facts.count === undefined ? 1 : Number(facts.count)), 0)).toBe(300)
})

test('of a server that lost many at once all stay in the list, and what is missed stays longer than what ended', async () => {
  start().streams.configured(fixture.server, [])
  const learned = Array.from({ length: 80 }, (_, i) => `camera ${i}`)
  const tests = Array.from({ length: 30 }, (_, i) => `test ${i}`)
  for (let n = 0; n <= 10; n++) {
    fixture.poll([livePath('stays', n), ...learned.map((name) => wildPath(name, n))])
    await fixture.clock.advance(minute)
  }
  await fixture.next([livePath('stays', 11)])
  expect(fixture.streams.totals('a')).toMatchObject({ live: 1, gone: 80 })
  await fixture.next([livePath('stays', 12), ...tests.map((name) => wildPath(name, 0, { availableAt: fixture.clock.now() }))])
  await fixture.next([livePath('stays', 13)])
  // 81 were listed at once.
  expect(fixture.streams.totals('a')).toMatchObject({ live: 1, gone: 80, ended: 1 })
})

test('what the configuration names is gone, not ended', async () => {
  start().streams.configured(fixture.server, [named('cam')])
  fixture.poll([livePath('cam', 0)])
  await fixture.next([])
  expect(stateOf('cam')).toBe('gone')
  expect(troubleOf('cam')).toMatchObject({ severity: 'critical', kind: 'streamGone' })
})

test('taken out of the configuration, a path is not expected by what was learned before', async () => {
  start().streams.configured(fixture.server, [named('cam')])
  await airOnDays(1)
  expect(stateOf('cam')).toBe('gone')
  fixture.streams.configured(fixture.server, [])
  await fixture.next([])
  expect(fixture.streams.get('a', 'cam')).toMatchObject({ state: 'ended', expected: false })
  expect(troubleOf('cam')).toBeNull()
})

test('named in the configuration after it ended, a path is gone since it ended', async () => {
  start().poll([wildPath('cam', 0)])
  await fixture.next([])
  const endedAt = fixture.clock.now()
  await fixture.next([])
  fixture.streams.configured(fixture.server, [named('cam')])
  await fixture.next([])
  expect(fixture.streams.get('a', 'cam')).toMatchObject({
    state: 'gone',
    stateSince: endedAt,
    why: { kind: 'streamEnded', sourceType: 'rtspSession', remoteAddr: null, minMs: 60_000, maxMs: 62_000 },
  })
  expect(fixture.events.map(({ kind }) => kind)).toEqual(['streamEnded'])
})

test('a stream that ended stays so while its server cannot be asked, and is not counted as unknown', async () => {
  start().poll([wildPath('001', 0), livePath('cam', 0)])
  await fixture.next([livePath('cam', 1)])
  fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
  expect(fixture.streams.totals('a')).toMatchObject({ streams: 2, ended: 1, unknown: 1 })
})
