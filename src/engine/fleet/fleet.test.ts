import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { someAlarm, someAlarmCounts } from '../../shared/alarms.fixture.ts'
import type { FleetChanges } from '../../shared/fleet.ts'
import { fleetSummarySchema } from '../../shared/fleet.ts'
import type { Reason } from '../../shared/reasons.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import type { Server } from '../../shared/servers.ts'
import type { Severity } from '../../shared/severities.ts'
import { serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { createStreamsFixture, idlePath, livePath, type StreamsFixture } from '../streams/streams.fixture.ts'
import { createFleet, type Fleet } from './fleet.ts'

let fixture: StreamsFixture
let fleet: Fleet
let servers: Server[]
let consoleWhy: Reason | null
/** By path, or id of a server. */
let severities: Map<string, Severity>
let stop: AbortController

const serverOf = (id: string, changes: Partial<Server> = {}): Server =>
  someServer(id, {
    name: 'berlin',
    stateSince: fixture.clock.now(),
    lastAnswerAt: null,
    answerMs: null,
    version: null,
    totals: fixture.streams.totals(id),
    ...changes,
  })
const noAlarms = someAlarmCounts()
/** A promise, and what it came to so far. */
function watch<T>(promise: Promise<T>) {
  const watched: { value: T | undefined } = { value: undefined }
  promise.then((value) => {
    watched.value = value
  })
  return watched
}
const whole = () => fleet.changes({ launch: null, since: 0, waitMs: 0 })
const since = (known: FleetChanges, waitMs = 0, signal?: AbortSignal) => fleet.changes({ launch: known.launch, since: known.revision, waitMs }, signal)

beforeEach(() => {
  severities = new Map()
  fixture = createStreamsFixture({ severityOf: (_, path) => severities.get(path) ?? null })
  servers = [serverOf('a')]
  consoleWhy = null
  stop = new AbortController()
  fleet = createFleet({
    clock: fixture.clock,
    launch: 'launch-1',
    streams: fixture.streams,
    servers: () => servers,
    consoleWhy: () => consoleWhy,
    alarms: {
      open: () => [],
      counts: () => noAlarms,
      incidents: () => [],
      inTrouble: () => [someAlarm()],
      verdicts: { severityOfServer: (id) => severities.get(id) ?? null },
    },
    signal: stop.signal,
  })
})
afterEach(() => {
  stop.abort()
  expect(fixture.clock.pending()).toBe(0)
  fixture.db.close()
})

describe('changes', () => {
  test('begin with the whole fleet, and go on with what changed', async () => {
    fixture.poll([livePath('cam', 0), idlePath('idle')])
    const first = await whole()
    expect(first).toMatchObject({ launch: 'launch-1', reset: true, alarms: [], alarmsKeptFrom: null, consoleWhy: null, removedSlots: [] })
    expect(first.streams.map(({ path, state }) => [path, state])).toEqual([
      ['cam', 'live'],
      ['idle', 'waiting'],
    ])
    expect(first.servers.map(({ id }) => id)).toEqual(['a'])
    expect(await since(first)).toMatchObject({ reset: false, streams: [], figures: { slot: [] }, servers: [], alarms: null })

    await fixture.next([livePath('cam', 500_000), idlePath('idle')])
    const second = await since(first)
    expect(second).toMatchObject({ reset: false, streams: [], alarms: null })
    expect(second.figures.slot).toEqual(first.figures.slot)
    expect(second.figures.bitrateInBps).toEqual([2_000_000, null])
    expect(second.servers.map(({ id }) => id)).toEqual(['a'])
  })

  test('start anew for a caller of another launch, and for one who knows the future', async () => {
    fixture.poll([livePath('cam', 0)])
    const { revision } = await whole()
    expect(await fleet.changes({ launch: 'launch-0', since: revision, waitMs: 30_000 })).toMatchObject({ reset: true, streams: [{ path: 'cam' }] })
    expect(await fleet.changes({ launch: 'launch-1', since: revision + 1, waitMs: 30_000 })).toMatchObject({ reset: true, streams: [{ path: 'cam' }] })
  })

  test('give the sum to a caller who was away, and keep nothing for him', async () => {
    fixture.poll([livePath('cam', 0), livePath('leaves', 0)])
    const first = await whole()
    for (let i = 1; i <= 5; i++) await fixture.next([livePath('cam', i * 500_000)])
    const later = await since(first)
    expect(later.streams.map(({ path, state }) => [path, state])).toEqual([['leaves', 'gone']])
    expect(later.figures.slot).toHaveLength(2)
  })

  test('name the slots of streams that are listed no more', async () => {
    fixture.poll([livePath('cam', 0)])
    const first = await whole()
    await fixture.clock.advance(7 * 24 * 3_600_000)
    fixture.poll([])
    const second = await since(first)
    expect(second.removedSlots).toEqual([first.streams[0]?.slot])
    expect((await whole()).streams).toEqual([])
    expect((await whole()).removedSlots).toEqual([])
  })

  test('start anew for a caller who missed more removals than are remembered', async () => {
    fixture.poll([])
    const first = await whole()
    for (let round = 0; round < 3; round++) {
      fixture.poll(Array.from({ length: 10_000 }, (_, i) => idlePath(`p${round}-${i}`)))
      fixture.poll([])
    }
    expect((await since(first)).reset).toBe(true)
    const second = await since(first)
    await fixture.next([livePath('cam', 0)])
    expect((await since(second)).reset).toBe(false)
  })

  test('tell of a server that was removed, with its streams', async () => {
    fixture.poll([livePath('cam', 0)])
    const first = await whole()
    servers = []
    fixture.streams.forget('a')
    fleet.removeServer('a')
    expect(await since(first)).toMatchObject({ removedServers: ['a'], removedSlots: [first.streams[0]?.slot], servers: [] })
    // Added again under its id: it is there, and was not removed.
    const second = await since(first)
    servers = [serverOf('a')]
    fleet.touchServer('a')
    expect(await since(second)).toMatchObject({ removedServers: [], servers: [{ id: 'a' }] })
    expect(await since(first)).toMatchObject({ removedServers: [], servers: [{ id: 'a' }] })
  })

  test('carry the trouble of the console itself', async () => {
    consoleWhy = { kind: 'noNetwork' }
    expect(await whole()).toMatchObject({ consoleWhy: { kind: 'noNetwork' } })
  })
})

describe('waiting for changes', () => {
  test('ends with the first one', async () => {
    fixture.poll([livePath('cam', 0)])
    const first = await whole()
    const answer = watch(since(first, 10_000))
    await fixture.clock.advance(1900)
    expect(answer.value).toBeUndefined()
    fixture.poll([livePath('cam', 1)])
    await fixture.clock.advance(0)
    expect(answer.value?.figures.slot).toHaveLength(1)
  })

  test('for an alarm ends when one begins, not when one merely says more, and not with figures', async () => {
    fixture.poll([livePath('cam', 0)])
    const first = await whole()
    const answer = watch(fleet.changes({ launch: first.launch, since: first.revision, waitMs: 10_000, until: 'alarm' }))
    fixture.poll([livePath('cam', 1)])
    fleet.touchAlarms(false, [])
    await fixture.clock.advance(5_000)
    expect(answer.value).toBeUndefined()
    fleet.touchAlarms(true, [])
    await fixture.clock.advance(0)
    expect(answer.value).toMatchObject({ alarms: [], figures: { slot: [expect.any(Number)] } })
  })

  test('ends at its limit with nothing', async () => {
    const first = await whole()
    const answer = watch(since(first, 10_000))
    await fixture.clock.advance(9_999)
    expect(answer.value).toBeUndefined()
    await fixture.clock.advance(1)
    expect(answer.value).toMatchObject({ revision: first.revision, reset: false, streams: [], servers: [] })
  })

  test('ends when nobody listens any more, and leaves no timer', async () => {
    const first = await whole()
    const leave = new AbortController()
    const answer = watch(since(first, 30_000, leave.signal))
    expect(fixture.clock.pending()).toBe(1)
    leave.abort()
    await fixture.clock.advance(0)
    expect(answer.value).toMatchObject({ reset: false })
    expect(fixture.clock.pending()).toBe(0)
  })

  test('ends with the engine', async () => {
    const answer = watch(since(await whole(), 30_000))
    stop.abort()
    await fixture.clock.advance(0)
    expect(answer.value).toMatchObject({ reset: false })
    expect((await since(await whole(), 30_000)).reset).toBe(false)
  })

  test('is answered at most every 250 ms, with the sum of many changes', async () => {
    let known = await whole()
    let answers = 0
    let streams = 0
    const leave = new AbortController()
    const loop = (async () => {
      while (!leave.signal.aborted) {
        known = await since(known, 10_000, leave.signal)
        if (leave.signal.aborted) return
        answers++
        streams += known.streams.length
      }
    })()
    // A hundred servers within two seconds.
    for (let i = 0; i < 100; i++) {
      await fixture.clock.advance(20)
      fixture.streams.observe(
        { id: `s${i}`, name: `s${i}` },
        {
          serverId: `s${i}`,
          at: fixture.clock.now(),
          intervalMs: 2000,
          paths: { ok: true, value: { items: [livePath('cam', 0)], arrivedAt: fixture.clock.monotonic(), tookMs: 1, bytes: 1, serverDate: null } },
          sessions: [],
        },
      )
    }
    await fixture.clock.advance(250)
    leave.abort()
    await loop
    expect(streams).toBe(100)
    expect(answers).toBeGreaterThanOrEqual(7)
    expect(answers).toBeLessThanOrEqual(10)
  })

  test('hears of servers, whose status is not of their streams', async () => {
    const answer = watch(since(await whole(), 10_000))
    servers = [serverOf('a', { state: 'down' })]
    fleet.touchServer('a')
    await fixture.clock.advance(0)
    expect(answer.value).toMatchObject({ servers: [{ id: 'a', state: 'down' }] })
  })
})

describe('what alarms say of streams', () => {
  test('comes with their facts, and again when it changes, only of those that it is about', async () => {
    fixture.poll([livePath('cam', 0), livePath('other', 0)])
    severities.set('other', 'minor')
    const first = await whole()
    expect(first.streams.map(({ path, severity }) => [path, severity])).toEqual([
      ['cam', null],
      ['other', 'minor'],
    ])
    severities.set('cam', 'critical')
    fleet.touchAlarms(true, [streamSubject('a', 'cam'), streamSubject('a', 'unknown'), streamSubject('gone', 'cam')])
    const second = await since(first)
    expect(second.streams.map(({ path, severity }) => [path, severity])).toEqual([['cam', 'critical']])
    expect((await since(second)).streams).toEqual([])
  })

  test('of a server itself comes with it, and again when that changes', async () => {
    servers = [serverOf('a'), serverOf('b')]
    const first = await whole()
    expect(first.servers.map((server) => 'severity' in server)).toEqual([false, false])
    severities.set('b', 'warning')
    fleet.touchAlarms(true, [serverSubject('b'), serverSubject('gone')])
    const second = await since(first)
    expect(second.servers.map(({ id, severity }) => [id, severity])).toEqual([['b', 'warning']])
    expect((await since(second)).servers).toEqual([])
  })

  test('of very many comes in pieces, each once', async () => {
    const names = Array.from({ length: 4_500 }, (_, place) => `cam${place}`)
    fixture.poll(names.map((name) => livePath(name, 0)))
    const drain = async (known: FleetChanges, into: Set<string>): Promise<FleetChanges> => {
      for (const { path } of known.streams) into.add(path)
      return known.more ? drain(await since(known), into) : known
    }
    const known = await drain(await whole(), new Set())
    for (const name of names) severities.set(name, 'major')
    fleet.touchAlarms(
      true,
      names.map((name) => streamSubject('a', name)),
    )
    const drained = new Set<string>()
    const next = await since(known)
    expect(next.more).toBe(true)
    await drain(next, drained)
    expect(drained.size).toBe(4_500)
  })

  test('that last and that nobody has put away are counted with the fleet', () => {
    fleetSummarySchema.parse(fleet.summary())
    expect(fleet.summary().troubles).toBe(1)
  })
})
