import { expect, test } from 'vitest'
import { createStreamsFixture, idlePath, livePath, publisherSession, startAt } from './streams.fixture.ts'

const bytes = (seconds: number) => 100_000 + seconds * 500_000

test('all streams are described to history at the first answer, and then none while only figures change', async () => {
  const { poll, next, described } = createStreamsFixture()
  poll([livePath('cam1', bytes(0)), idlePath('cam2')])
  expect(described).toHaveLength(1)
  expect(described[0]).toMatchObject({ serverId: 'a', at: startAt, whole: true })
  expect(described[0]?.entries.map(({ part, facts }) => [part, facts?.state])).toEqual([
    ['cam1', 'live'],
    ['cam2', 'waiting'],
  ])
  for (let second = 2; second <= 60; second += 2) {
    const lossy = publisherSession('cam1', { rtp: { packets: second * 100, lost: second, inError: 0, jitter: second, reportedLost: null, discarded: null } })
    await next([livePath('cam1', bytes(second)), idlePath('cam2')], [lossy])
  }
  const more = described.slice(1).flatMap(({ entries }) => entries)
  // The address of the publisher is known from its session on.
  expect(more).toEqual([{ part: 'cam1', facts: expect.objectContaining({ publisher: '10.4.1.7' }) }])
})

test('a change of state is described at its slot, with what is known of the stream then', async () => {
  const { poll, next, described, clock } = createStreamsFixture()
  poll([livePath('cam1', bytes(0))])
  await next([livePath('cam1', bytes(2))])
  await next([])
  const goneAt = clock.now()
  expect(described.at(-1)).toMatchObject({ at: goneAt, whole: false })
  expect(described.at(-1)?.entries).toEqual([
    { part: 'cam1', facts: expect.objectContaining({ state: 'gone', stateSince: goneAt, lastLiveAt: goneAt - 2000 }) },
  ])
  await next([])
  expect(described.at(-1)?.at, 'gone is described once').toBe(goneAt)
})

test('an outage is described once of the server and of none of its streams, and neither is its end', async () => {
  const { poll, next, pollFails, streams, server, described, clock } = createStreamsFixture()
  const cams = Array.from({ length: 50 }, (_, index) => `cam${index}`)
  poll(cams.map((cam) => livePath(cam, bytes(0))))
  await next(cams.map((cam) => livePath(cam, bytes(2))))
  const answeredAt = clock.now()
  const before = described.length
  await clock.advance(2000)
  pollFails()
  expect(streams.statusOf('a')).toEqual({ told: true, lost: null })
  await clock.advance(2000)
  streams.lost(server, clock.now(), 'down')
  const lostAt = clock.now()
  expect(streams.statusOf('a')).toEqual({ told: true, lost: { why: { kind: 'serverDown' }, since: lostAt, seenAt: answeredAt } })
  await clock.advance(30_000)
  streams.lost(server, clock.now(), 'halted')
  expect(streams.statusOf('a').lost, 'they are unknown since the first of it').toMatchObject({ since: lostAt, why: { kind: 'serverHalted' } })
  await next(cams.map((cam) => livePath(cam, bytes(40))))
  expect(streams.statusOf('a')).toEqual({ told: true, lost: null })
  expect(described.slice(before)).toEqual([])
})

test('what became of a stream during an outage is described when its server answers again', async () => {
  const { poll, next, streams, server, described, clock } = createStreamsFixture()
  poll([livePath('cam1', bytes(0)), livePath('cam2', bytes(0))])
  await clock.advance(2000)
  streams.lost(server, clock.now(), 'paused')
  const before = described.length
  await next([livePath('cam1', bytes(4))])
  expect(described.slice(before).flatMap(({ entries }) => entries.map(({ part, facts }) => [part, facts?.state]))).toEqual([['cam2', 'gone']])
})

test('streams that are forgotten are described as gone, one by one or with their server', async () => {
  const { poll, next, streams, described } = createStreamsFixture()
  poll([livePath('cam1', bytes(0)), idlePath('cam2')])
  // Never live and not configured by name: it is forgotten as soon as it is not listed.
  await next([livePath('cam1', bytes(2))])
  expect(described.at(-1)?.entries).toEqual([{ part: 'cam2', facts: null }])
  streams.forget('a')
  expect(described.at(-1)?.entries).toEqual([{ part: 'cam1', facts: null }])
  expect(streams.statusOf('a').told).toBe(false)
})

test('of a server that was not asked in this launch it is said that its streams are not known', () => {
  const { streams } = createStreamsFixture()
  expect(streams.statusOf('a')).toEqual({ told: false, lost: { why: { kind: 'notAsked' }, since: startAt, seenAt: null } })
})
