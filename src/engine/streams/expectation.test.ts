import BetterSqlite3 from 'better-sqlite3'
import { afterEach, expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { troubleOfStream } from '../../shared/troubles.ts'
import type { ConfiguredPath } from '../servers/readings.ts'
import type { ExpectationSettings } from './streamRecord.ts'
import { createStreamsFixture, idlePath, type StreamsFixture, startAt, wildPath } from './streams.fixture.ts'

const minute = 60_000
const day = 24 * 60 * minute
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
const named = (name: string): ConfiguredPath => ({ name, pattern: false, onDemand: false, source: 'publisher', alwaysAvailable: false })
const stream = (path = 'cam') => fixture.streams.get('a', path)
function troubleOf(path: string) {
  const found = stream(path)
  return found === null ? null : troubleOfStream('berlin', found, found.figures)
}
const expectIt = (expected: boolean | null, ...paths: string[]) =>
  fixture.streams.expect(
    paths.map((path) => ({ serverId: 'a', path })),
    expected,
    'Ada',
  )
let bytes = 0
/** Answers for so many minutes, one a minute, in which these paths are live. */
async function live(minutes: number, ...paths: string[]) {
  for (let n = 0; n <= minutes; n++) {
    if (n > 0) await fixture.clock.advance(minute)
    bytes += 1000
    fixture.poll(paths.map((path) => wildPath(path, bytes, { availableAt: startAt })))
  }
}
/** The next answer, in which these paths are live. */
async function next(...paths: string[]) {
  await fixture.clock.advance(2_000)
  await live(0, ...paths)
}
/** Changes the settings. */
const set = (settings: ExpectationSettings) => fixture.streams.configured({ ...fixture.server, settings }, null)

test('what an operator expects stays in the list and is gone when it leaves, though nobody configured it', async () => {
  start()
  await live(0, 'one', 'two', 'three')
  const saidAt = fixture.clock.now()
  expect(expectIt(true, 'one', 'two', 'three')).toBe(true)
  expect(stream('one')).toMatchObject({ expected: true, expectedBy: { by: 'operator', since: saidAt, operator: 'Ada' } })
  await next('two', 'three')
  expect(stream('one')).toMatchObject({ state: 'gone', expected: true })
  expect(troubleOf('one')).toMatchObject({ kind: 'streamGone', severity: 'critical' })
  expect(fixture.streams.totals('a')).toMatchObject({ streams: 3, live: 2, expected: 3, expectedLive: 2, expectedGone: 1 })
  await fixture.clock.advance(30 * day)
  await next('two', 'three')
  expect(fixture.streams.totals('a'), 'also a month later').toMatchObject({ expected: 3, expectedLive: 2, expectedGone: 1 })
})

test('a path that sends its readers elsewhere never has media of its own, so none is missed', async () => {
  start().streams.configured(fixture.server, [{ ...named('old-address'), source: 'redirect' }, named('cam')])
  for (let n = 0; n < 10; n++) {
    await fixture.clock.advance(minute)
    fixture.poll([idlePath('old-address', { sourceType: 'redirect' }), idlePath('cam')])
  }
  expect(stream('cam')).toMatchObject({ state: 'waiting', expected: true })
  expect(stream('old-address')).toMatchObject({ state: 'waiting', expected: false })
  expect(troubleOf('old-address')).toBeNull()
})

test('what an operator stops expecting has ended, and is undone the same way', async () => {
  start().streams.configured(fixture.server, [named('cam')])
  await live(0, 'cam')
  expectIt(false, 'cam')
  expect(stream()).toMatchObject({ expected: false, expectedBy: { by: 'operator' } })
  await next()
  expect(stream()).toMatchObject({ state: 'ended' })
  expectIt(true, 'cam')
  expect(stream(), 'what stood before stands again').toMatchObject({ expected: true, expectedBy: { by: 'mediamtx' } })
  await next()
  expect(stream()).toMatchObject({ state: 'gone' })
})

test('one that ended before an operator expects it is missed since then', async () => {
  start()
  await live(0, 'cam')
  await next()
  expect(stream()).toMatchObject({ state: 'ended' })
  expectIt(true, 'cam')
  await next()
  expect(stream()).toMatchObject({ state: 'gone', outageSince: startAt })
})

test('what is not listed is not taken, and nothing else of the call then either', async () => {
  start()
  await live(0, 'cam')
  expect(expectIt(true, 'cam', 'never')).toBe(false)
  expect(stream()).toMatchObject({ expected: false })
})

test('what was said and by whom survives a restart of the console, also while the server is away', async () => {
  const db = new BetterSqlite3(':memory:')
  const clock = createTestClock(startAt)
  start({ db, clock }).streams.configured(fixture.server, [named('fixed')])
  await live(0, 'one', 'two', 'fixed')
  expectIt(true, 'one')
  expectIt(false, 'two')
  await next('two', 'fixed')
  fixture.streams.close()
  await clock.advance(3 * day)
  start({ db, clock, configurationAsked: false })
  fixture.streams.lost(fixture.server, clock.now(), 'down')
  expect(fixture.streams.totals('a')).toMatchObject({ expected: 2, expectedUnknown: 2 })
  expect(stream('one')).toMatchObject({ expected: true, expectedBy: { by: 'operator', since: startAt, operator: 'Ada' } })
  expect(stream('fixed')).toMatchObject({ expected: true, expectedBy: { by: 'mediamtx', since: startAt } })
  fixture.streams.configured(fixture.server, [named('fixed')])
  fixture.poll([wildPath('two', 1)])
  expect(stream('one')).toMatchObject({ state: 'gone' })
  expect(stream('two')).toMatchObject({ expected: false, expectedBy: { by: 'operator', operator: 'Ada' } })
  expect(stream('fixed'), 'since when is not of this launch').toMatchObject({ state: 'gone', expectedBy: { by: 'mediamtx', since: startAt } })
})

test('a stream that stays live for 10 minutes is expected from then on, for as long as it was off air for less than a week', async () => {
  start()
  await live(9, 'cam', 'test')
  await next('cam')
  expect(stream('test')).toMatchObject({ state: 'ended', expected: false })
  expect(stream()).toMatchObject({ expected: false })
  await live(1, 'cam')
  expect(stream()).toMatchObject({ expected: true, expectedBy: { by: 'learned' } })
  await next()
  expect(troubleOf('cam')).toMatchObject({ kind: 'streamGone' })
  await fixture.clock.advance(6.9 * day)
  await next()
  expect(stream()).toMatchObject({ state: 'gone' })
  await fixture.clock.advance(0.2 * day)
  await next()
  await next()
  expect(stream(), 'no longer expected').toBeNull()
})

test('what was live for days by its server’s time is expected once this console has seen it for 10 minutes, so that there is time to say otherwise', async () => {
  start().poll([wildPath('cam', 0, { availableAt: startAt - 5 * day })])
  expect(stream()).toMatchObject({ expected: false })
  for (let n = 1; n <= 10; n++) {
    await fixture.clock.advance(minute)
    fixture.poll([wildPath('cam', n, { availableAt: startAt - 5 * day })])
  }
  expect(stream()).toMatchObject({ expected: true })
})

test('what was learned survives a restart of the console', async () => {
  const db = new BetterSqlite3(':memory:')
  const clock = createTestClock(startAt)
  start({ db, clock })
  await live(11, 'cam')
  start({ db, clock }).poll([])
  expect(stream()).toMatchObject({ state: 'gone', expected: true, expectedBy: { by: 'learned', since: startAt + 10 * minute } })
})

test('of a server of events nothing is learned, and what was is forgotten', async () => {
  start()
  await live(11, 'cam')
  expect(stream()).toMatchObject({ expected: true })
  set({ newStreams: 'events' })
  await live(20, 'cam', 'talk')
  expect(stream()).toMatchObject({ expected: false })
  expect(stream('talk')).toMatchObject({ expected: false })
  set({ newStreams: 'continuous' })
  await live(0, 'cam', 'talk')
  expect(stream('talk')).toMatchObject({ expected: true })
})

test('the configuration file expects by patterns, and by names also what was never seen', async () => {
  start()
  set({ expected: ['studio/*', 'main'] })
  await live(0, 'studio/a', 'guest')
  expect(stream('studio/a')).toMatchObject({ expected: true, expectedBy: { by: 'file', since: startAt } })
  expect(stream('guest')).toMatchObject({ expected: false })
  expect(stream('main')).toMatchObject({ state: 'gone', expected: true, stateSince: startAt, outageSince: startAt })
  expect(troubleOf('main')).toMatchObject({ kind: 'streamGone', why: { kind: 'neverLive' } })
  await next('guest')
  await next()
  expect(fixture.streams.totals('a')).toMatchObject({ expected: 2, expectedGone: 2, ended: 1 })
  set({})
  await next()
  await next()
  expect(fixture.streams.totals('a')).toMatchObject({ expected: 0 })
})

test('of all who expect a stream the strongest is named: an operator, a plan, the file, MediaMTX, learning', async () => {
  let plan: { name: string; isDue: boolean; since: number } | null = null
  start({ onAir: { of: () => plan } })
  await live(10, 'cam')
  const by = () => stream()?.expectedBy?.by
  expect(by()).toBe('learned')
  fixture.streams.configured(fixture.server, [named('cam')])
  expect(by()).toBe('mediamtx')
  set({ expected: ['c*'] })
  await live(0, 'cam')
  expect(by()).toBe('file')
  plan = { name: 'the show', isDue: false, since: startAt }
  fixture.streams.planChanged()
  expect(stream()).toMatchObject({ expected: false, expectedBy: { by: 'plan', since: startAt }, offPlan: true })
  expectIt(true, 'cam')
  expect(stream()).toMatchObject({ expected: true, expectedBy: { by: 'operator' } })
  expectIt(null, 'cam')
  plan = null
  fixture.streams.planChanged()
  set({})
  fixture.streams.configured(fixture.server, [])
  await live(0, 'cam')
  expect(by(), 'taken out of the configuration, what was learned before is forgotten, and it is learned again').toBe('learned')
})

test('a stream on demand is never expected, and says that an operator wants it', async () => {
  start().streams.configured(fixture.server, [{ ...named('lazy'), onDemand: true, source: 'rtsp' }])
  await live(20, 'lazy')
  expect(stream('lazy')).toMatchObject({ expected: false })
  expectIt(true, 'lazy')
  expect(stream('lazy')).toMatchObject({ expected: false, onDemand: true, expectedBy: { by: 'operator' } })
})

test('history is told who expects a stream', async () => {
  start()
  await live(0, 'cam')
  expectIt(true, 'cam')
  expect(fixture.described.at(-1)?.entries).toMatchObject([{ part: 'cam', facts: { expected: true, expectedBy: { by: 'operator', operator: 'Ada' } } }])
})
