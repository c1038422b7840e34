import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import type { DemoServerOptions } from '../demo/demoOptions.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import type { TestEngines } from './testEngines.ts'

const minuteMs = 60_000
const startAt = Date.UTC(2026, 9, 24, 8)

/** One stream that is recorded, and one that is not. */
const recording = (name: string): DemoServerOptions => ({
  ...rtspServer(name),
  paths: [
    { name: 'gate', source: 'rtspSession', record: true },
    { name: 'door', source: 'rtspSession' },
  ],
})

let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  ;({ engines, demo } = await createTestFleet(startAt, 'recordings', [
    recording('Berlin'),
    rtspServer('Bonn', 'cam1'),
    { ...recording('Bern'), version: '1.3' },
  ]))
})
afterEach(() => closeWithoutBugs(engines))

async function watch() {
  const servers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 20 }))
  const { client } = await engines.start({ servers })
  const until = (minutes: number) => engines.clock.advance(startAt + minutes * minuteMs - engines.clock.now())
  const laneOf = async (path = 'gate') => {
    const lane = await client.recordings.lane({ server: 'Berlin', path, since: startAt })
    return lane.pieces.map(({ from, to, is }) => `${Math.round((from - startAt) / minuteMs)}–${Math.round((to - startAt) / minuteMs)} ${is}`)
  }
  const listings = (name: string) =>
    demo
      .server(name)
      .asked()
      .filter(({ url }) => url.startsWith('/v3/recordings/list'))
  return { client, until, laneOf, listings }
}

test('a stream that is recorded is listed with how much of its time on air there is, by days of the zone that is asked for, and one that is not to be is not; who deletes its recordings is not told that they are missing', async () => {
  const { client, until, laneOf } = await watch()
  await until(90)
  const { servers, paths, total } = await client.recordings.list({ server: 'Berlin', since: startAt })
  expect(total).toBe(1)
  const [gate] = paths
  expect(gate).toMatchObject({
    server: 'Berlin',
    path: 'gate',
    plan: { format: 'fmp4', segmentMs: 60 * minuteMs, deleteAfterMs: 24 * 60 * minuteMs },
    segments: 2,
  })
  expect(gate?.sums).toMatchObject({ gaps: 0, gapMs: 0 })
  expect(gate?.sums?.recordedMs).toBeGreaterThan(88 * minuteMs)
  expect(servers.map(({ server, error }) => [server, error])).toEqual([['Berlin', null]])
  expect(await laneOf()).toEqual(['0–90 recorded'])
  const { days, zone } = await client.recordings.calendar({ server: 'berlin', path: 'gate', since: startAt - 12 * 60 * minuteMs, zone: 'Asia/Seoul' })
  expect([zone, days.map(({ day }) => day)]).toEqual(['Asia/Seoul', ['2026-10-24']])
  const [day] = days
  expect(day?.recordedMs).toBeGreaterThan(88 * minuteMs)
  await expect(client.recordings.calendar({ server: 'Berlin', path: 'gate', zone: 'Nowhere' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  // What is not there is refused.
  await expect(client.recordings.lane({ server: 'Berlin', path: 'none' })).rejects.toMatchObject({ data: { kind: 'noSuch' } })
  await expect(client.recordings.lane({ server: 'nowhere', path: 'gate' })).rejects.toMatchObject({ data: { kind: 'noSuch' } })
  await expect(client.recordings.list({ since: 2, until: 1 })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await until(190)
  const { segments } = await client.recordings.deletable({ server: 'Berlin', path: 'gate', since: startAt - 60 * minuteMs, until: startAt + 150 * minuteMs })
  expect(segments).toHaveLength(3)
  await client.recordings.delete({ server: 'Berlin', path: 'gate', segments: segments.slice(1), reason: 'not ours' })
  await until(200)
  expect(await client.alarms.list({})).toEqual([])
})

test('a recording that stops is an alarm until it goes on, and its gap is one for an hour after', async () => {
  const { client, until } = await watch()
  const alarms = async () => (await client.alarms.list({ state: ['unacknowledged', 'acknowledged'] })).map(({ rule, severity }) => `${rule} ${severity}`)
  await until(70)
  demo.server('Berlin').trouble({ kind: 'recordingStops', path: 'gate', forMs: 80 * minuteMs })
  // Its segment would have lasted to the second hour.
  await until(119)
  expect(await alarms()).toEqual([])
  await until(127)
  expect(await alarms()).toEqual(['recordingStopped major'])
  await until(154)
  expect(await alarms()).toEqual(['recordingGaps warning'])
  // The page and the alarm tell the same.
  const [{ sums } = { sums: null }] = (await client.recordings.list({ server: 'Berlin', since: startAt })).paths
  const [alarm] = await client.alarms.list({ state: ['unacknowledged'] })
  expect(alarm?.why).toMatchObject({ value: sums?.gapMs })
  await until(217)
  expect(await alarms()).toEqual([])
})

test('each stream says whether it is recorded: as configured, and no longer once no segment is written', async () => {
  const { client, until } = await watch()
  const states = async (at?: number) => {
    const listed = await client.streams.list(at === undefined ? {} : { at })
    return listed.filter(({ server }) => server === 'Berlin').map(({ name, recording }) => [name, recording])
  }
  await until(3)
  expect(await states()).toEqual([
    ['door', false],
    ['gate', true],
  ])
  demo.server('Berlin').trouble({ kind: 'recordingStops', path: 'gate', forMs: 180 * minuteMs })
  await until(75)
  expect(await states()).toEqual([
    ['door', false],
    ['gate', false],
  ])
  const { serverId = '' } = (await client.streams.list()).find(({ server }) => server === 'Berlin') ?? {}
  expect(await client.streams.get({ serverId, path: 'gate' })).toMatchObject({ recording: 'failing' })
  // As it was then.
  expect(await states(startAt + 3 * minuteMs)).toEqual([
    ['door', false],
    ['gate', true],
  ])
  demo.server('Berlin').trouble({ kind: 'noAnswer', forMs: 60 * minuteMs })
  await until(78)
  expect(await states()).toEqual([
    ['door', null],
    ['gate', null],
  ])
})

test('a recording that stops while its stream goes on leaves a gap, and one that is off air leaves none', async () => {
  const { client, until, laneOf } = await watch()
  await until(70)
  // The segment of that hour is there; that it ended sooner, only the next one tells.
  demo.server('Berlin').trouble({ kind: 'recordingStops', path: 'gate', forMs: 80 * minuteMs })
  await until(160)
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'gate', forMs: 20 * minuteMs })
  await until(200)
  const pieces = await laneOf()
  expect(pieces.map((piece) => piece.replace(/^\S+ /, ''))).toEqual(['recorded', 'unknown', 'gap', 'recorded', 'none', 'recorded'])
  const [{ sums } = { sums: null }] = (await client.recordings.list({ server: 'Berlin', since: startAt })).paths
  expect(sums?.gaps).toBe(1)
  // Recorded again at minute 150; the one before it reaches an hour and a key frame from minute 59 on at most.
  expect((sums?.gapMs ?? 0) / minuteMs).toBeCloseTo(31, -1)
})

test('while its server is dead a stream is not on air, however short that was', async () => {
  const { client, until } = await watch()
  await until(70)
  demo.server('Berlin').trouble({ kind: 'recordingStops', path: 'gate', forMs: 80 * minuteMs })
  await until(130 + 2 / 60)
  demo.server('Berlin').trouble({ kind: 'die', forMs: 45_000 })
  await until(180)
  const [down] = await client.history.events({ kinds: ['serverDown'] })
  const [up] = await client.history.events({ kinds: ['serverUp'], from: down?.at })
  const dead = ((down?.at ?? 0) + (up?.at ?? 0)) / 2
  const { pieces } = await client.recordings.lane({ server: 'Berlin', path: 'gate', since: startAt })
  expect(pieces.find(({ from, to }) => from <= dead && dead < to)?.is).toBe('unknown')
  expect(pieces.find(({ from, to }) => from <= dead - 5 * minuteMs && dead - 5 * minuteMs < to)?.is).toBe('gap')
})

test('what was recorded while its server did not answer stays one piece', async () => {
  const { until, laneOf } = await watch()
  await until(20)
  demo.server('Berlin').trouble({ kind: 'reset', forMs: 5 * minuteMs })
  await until(40)
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'gate', forMs: 5 * minuteMs })
  await until(70)
  const pieces = (await laneOf()).map((piece) => piece.replace(/^\S+ /, ''))
  expect(pieces.filter((piece, index) => piece === pieces[index - 1])).toEqual([])
})

test('a server is asked every five minutes, at once where somebody looks after a minute, not at all where nothing is to be recorded, and once where it does not tell its recordings: it says why, and nothing of them is known', async () => {
  const { client, until, listings } = await watch()
  await until(20)
  expect(listings('Berlin').length).toBeGreaterThanOrEqual(3)
  expect(listings('Berlin').length).toBeLessThanOrEqual(5)
  expect(listings('Bonn')).toEqual([])
  await until(22)
  const before = listings('Berlin').length
  await client.recordings.list()
  await client.recordings.list()
  expect(listings('Berlin').length - before).toBeLessThanOrEqual(1)
  await until(40)
  const { servers, paths } = await client.recordings.list({ server: 'Bern', since: startAt })
  expect(servers).toMatchObject([{ server: 'Bern', readAt: null, error: { kind: 'noApiHere' } }])
  expect(servers[0]?.words).toBeTruthy()
  expect(paths).toMatchObject([{ path: 'gate', segments: 0, newest: null, sums: null }])
  expect(listings('Bern')).toHaveLength(1)
})

test('of a server that does not answer it is said that its recordings are those of before', async () => {
  const { client, until } = await watch()
  await until(10)
  demo.server('Berlin').trouble({ kind: 'reset', forMs: 60 * minuteMs })
  await until(30)
  const { servers } = await client.recordings.list({ server: 'Berlin', since: startAt })
  expect(servers).toMatchObject([{ server: 'Berlin', error: { kind: 'unreachable' }, words: expect.any(String) }])
  expect(servers[0]?.readAt).toBeLessThan(startAt + 11 * minuteMs)
})

test('exactly the segments that were shown are deleted, with who and why kept, and never the one that is being written', async () => {
  const { client, until } = await watch()
  await until(200)
  const asked = { server: 'Berlin', path: 'gate', since: startAt - 60 * minuteMs, until: startAt + 200 * minuteMs }
  const before = await client.recordings.deletable(asked)
  expect(before).toMatchObject({ beingWritten: 1, more: 0 })
  expect(before.segments).toHaveLength(3)
  const [first = '', second = ''] = before.segments
  const done = await client.recordings.delete({ server: 'Berlin', path: 'gate', segments: [first, second, '2026-10-24T07:00:00Z'], reason: 'on request' })
  expect(done).toEqual({ deleted: 3, beingWritten: 0, failed: 0, error: null })
  expect((await client.recordings.deletable(asked)).segments).toEqual(before.segments.slice(2))
  expect((await client.recordings.list({ server: 'Berlin' })).paths[0]?.segments).toBe(2)
  const [event] = await client.history.events({ kinds: ['recordingsDeleted'] })
  expect(event).toMatchObject({ subject: { kind: 'stream', path: 'gate' }, facts: { by: 'operator', reason: 'on request', segments: 2, failed: 0 } })
  // By our clock, which differs from the server's by as much as was measured.
  const facts = event?.facts as { readonly from: number; readonly to: number }
  expect(Math.abs(facts.from - Date.parse(first))).toBeLessThan(2_000)
  expect(facts.to - facts.from).toBe(Date.parse(second) - Date.parse(first))
  const deletes = demo
    .server('Berlin')
    .asked()
    .filter(({ method }) => method === 'DELETE')
  expect(deletes).toHaveLength(2)
})

test('of what can not be deleted it is said how much and why, and a server that gives nothing away is not asked on and on', async () => {
  const { client, until } = await watch()
  await until(330)
  demo.server('Berlin').trouble({ kind: 'recordingsKept', path: 'gate' })
  const { segments } = await client.recordings.deletable({ server: 'Berlin', path: 'gate', since: startAt - 60 * minuteMs, until: startAt + 330 * minuteMs })
  expect(segments).toHaveLength(5)
  const done = await client.recordings.delete({ server: 'Berlin', path: 'gate', segments, reason: 'disk' })
  expect(done).toMatchObject({ deleted: 0, failed: 5, error: { kind: 'httpStatus', status: 400 } })
  expect(done.words).toBeTruthy()
  // Its server is not asked for a name that an address can't have.
  const notAsked = await client.recordings.delete({ server: 'Berlin', path: '../gate', segments, reason: 'disk' })
  expect(notAsked).toMatchObject({ deleted: 0, failed: 5 })
  expect(await client.history.events({ kinds: ['recordingsDeleted'] })).toEqual([])
  await expect(client.recordings.delete({ server: 'Berlin', path: 'gate', segments, reason: ' ' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})
