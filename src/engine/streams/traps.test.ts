import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type RecordedMoment,
  type RecordedVersion,
  recorded,
  recordedAuthorization,
  recordedVersions,
  startReplayServer,
} from '../../../tests/fakes/replayServer.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { readConfiguration, sessionsOfItems } from '../servers/answers.fixture.ts'
import { ServerClient } from '../servers/mediaServerClient.ts'
import type { PollRound } from '../servers/readings.ts'
import { sessionListsIn } from '../servers/sessionTurns.ts'
import { createStreamsFixture, idlePath, livePath, publisherSession, readerSession, type StreamsFixture, startAt } from './streams.fixture.ts'

let fixture: StreamsFixture
const stateOf = (path: string) => fixture.streams.get('a', path)?.state
const kinds = (path?: string) => fixture.events.filter((event) => path === undefined || event.path === path).map(({ kind }) => kind)
afterEach(() => {
  expect(fixture.errors).toEqual([])
  expect(fixture.clock.pending()).toBe(0)
  fixture.streams.close()
  fixture.db.close()
})

test('trap 1: a pulled source that is configured and not available is never live, whatever its server says of online', () => {
  fixture = createStreamsFixture()
  fixture.streams.configured(fixture.server, [{ name: 'dead', pattern: false, onDemand: false, source: 'rtsp', alwaysAvailable: false }])
  fixture.poll([idlePath('dead', { sourceType: 'rtspSource' })])
  expect(stateOf('dead')).toBe('waiting')
  expect(fixture.streams.get('a', 'dead')).toMatchObject({ expected: true, sourceType: 'rtspSource', figures: { bitrateInBps: null } })
})

test('trap 2: an always-available path without publisher is on slate: not live, not gone, and said so', async () => {
  fixture = createStreamsFixture()
  const slate = (bytes: number) => livePath('news', bytes, { slate: true, sourceType: null, sourceId: '' })
  fixture.poll([livePath('news', 1000)])
  await fixture.next([slate(2000)])
  expect(stateOf('news')).toBe('slate')
  expect(kinds()).toEqual(['slateOn'])
  await fixture.next([livePath('news', 9000)])
  expect(stateOf('news')).toBe('live')
  expect(kinds()).toEqual(['slateOn', 'streamOn'])
  expect(fixture.streams.get('a', 'news')?.upSince).toBe(fixture.clock.now())
})

describe('trap 3: counters that begin anew', () => {
  test('make neither a negative rate nor a spike, and have a rate again at the next poll', async () => {
    fixture = createStreamsFixture()
    fixture.poll([livePath('cam', 5_000_000_000)])
    await fixture.next([livePath('cam', 5_001_000_000)])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBe(4_000_000)
    await fixture.next([livePath('cam', 200_000, { availableAt: startAt + 3000, sourceId: 'another' })])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBeNaN()
    expect(fixture.streams.get('a', 'cam')?.figures.bitrateInBps).toBeNull()
    await fixture.next([livePath('cam', 1_200_000, { availableAt: startAt + 3000, sourceId: 'another' })])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBe(4_000_000)
    expect(fixture.streams.get('a', 'cam')?.figures.bitrateInBps).toBe(4_000_000)
  })
  test('are seen by the time of availability even when the new count is larger than the old one', async () => {
    fixture = createStreamsFixture()
    fixture.poll([livePath('cam', 1000)])
    await fixture.next([livePath('cam', 900_000, { availableAt: startAt })])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBeNaN()
  })
  test('are seen by the source even when nothing else tells it', async () => {
    fixture = createStreamsFixture()
    fixture.poll([livePath('cam', 1000)])
    await fixture.next([livePath('cam', 900_000, { sourceId: 'another' })])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBeNaN()
  })
  test('are seen by a value that went backwards, and its errors count from zero', async () => {
    fixture = createStreamsFixture()
    fixture.poll([livePath('cam', 5000, { framesInError: 7 })])
    await fixture.next([livePath('cam', 10, { framesInError: 2 })])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBeNaN()
    expect(fixture.sample('cam', 'path.framesInError')).toBe(2)
  })
})

test('trap 4: a dynamic path that vanishes with its publisher is gone, listed for a week while the configuration is not known, and then no more', async () => {
  fixture = createStreamsFixture()
  fixture.poll([livePath('site/berlin', 1000)])
  await fixture.next([])
  expect(stateOf('site/berlin')).toBe('gone')
  expect(fixture.streams.get('a', 'site/berlin')).toMatchObject({ expected: true, figures: { readers: null, bitrateInBps: null } })
  expect(kinds()).toEqual(['streamOff'])
  expect(fixture.sample('site/berlin', 'path.state')).toBe(4)
  await fixture.clock.advance((7 * 24 - 1) * 3_600_000)
  fixture.poll([])
  expect(stateOf('site/berlin')).toBe('gone')
  await fixture.clock.advance(3_600_000)
  fixture.poll([])
  await fixture.next([])
  expect(stateOf('site/berlin')).toBeUndefined()
  expect(fixture.streams.changedSince(1)?.removedSlots).toHaveLength(1)
  expect(kinds()).toEqual(['streamOff'])
})

test('trap 5: one muxer stands for HLS viewers before 1.18 and cannot be counted', () => {
  fixture = createStreamsFixture()
  fixture.poll([
    livePath('cam', 1000, {
      readers: [
        { type: 'hlsMuxer', id: '' },
        { type: 'rtspSession', id: 'r1' },
      ],
    }),
  ])
  expect(fixture.streams.get('a', 'cam')).toMatchObject({ hlsViewersUnknown: true, figures: { readers: 1 }, readersByType: { hlsMuxer: 1, rtspSession: 1 } })
})

test('trap 7: our own readers are taken from the viewers, and nobody is told of them', async () => {
  fixture = createStreamsFixture()
  const readers = [
    { type: 'rtspSession', id: 'viewer' },
    { type: 'rtspSession', id: 'ours' },
  ]
  fixture.poll([livePath('cam', 1000)])
  await fixture.next([livePath('cam', 2000, { readers })], [readerSession('cam', 'viewer'), readerSession('cam', 'ours', { own: true })])
  expect(fixture.streams.get('a', 'cam')).toMatchObject({ figures: { readers: 1, ownReaders: 1 }, readersByType: { rtspSession: 1 } })
  expect(fixture.streams.reports()[0]).toMatchObject({ readers: 2, ownReaders: 1, readersByType: { rtspSession: 2 } })
  expect(fixture.sample('cam', 'path.readers')).toBe(1)
  await fixture.next([livePath('cam', 3000)], [], ['rtspSessions'])
  expect(fixture.texts()).toEqual([])
})

test('trap 13: jitter stays in RTP ticks as the server gives it', () => {
  fixture = createStreamsFixture()
  fixture.poll([livePath('cam', 1000)], [publisherSession('cam')])
  expect(fixture.sample('cam', 'path.jitter')).toBe(800)
  expect(fixture.streams.get('a', 'cam')?.jitter).toBe(800)
})

test('trap 14: available without data is stalled, after 4 s at an interval of 2 s, and recovers', async () => {
  fixture = createStreamsFixture()
  fixture.poll([livePath('cam', 1000)])
  await fixture.next([livePath('cam', 2000)])
  await fixture.next([livePath('cam', 2000)])
  expect(stateOf('cam')).toBe('live')
  await fixture.next([livePath('cam', 2000)])
  expect(stateOf('cam')).toBe('stalled')
  expect(fixture.sample('cam', 'path.bitrateIn')).toBe(0)
  await fixture.next([livePath('cam', 2500)])
  expect(stateOf('cam')).toBe('live')
  expect(fixture.texts()).toEqual([
    'cam: The RTSP publisher is connected, but has sent no data for 4 to 6 s.',
    'cam: The RTSP publisher sends data again after 4 to 8 s.',
  ])
})

test('trap 14: a stream whose counter is not told is never stalled', async () => {
  fixture = createStreamsFixture()
  for (let i = 0; i < 5; i++) await fixture.next([livePath('cam', 0, { inboundBytes: null })])
  expect(stateOf('cam')).toBe('live')
})

test.each(['webRTCSession', 'webrtcSession'])('trap 18: sessions are found when their type is spelled %s', async (type) => {
  fixture = createStreamsFixture()
  fixture.poll([livePath('cam', 1000)])
  const reading = () => livePath('cam', 2000 + fixture.clock.monotonic(), { readers: [{ type, id: 'w1' }] })
  await fixture.next([reading()], [readerSession('cam', 'w1', { list: 'webrtcSessions', remoteAddr: null })])
  // Its list is not read in this round: what it said stays, because somebody of this type still reads.
  await fixture.next([reading()])
  expect(fixture.streams.sessionsOf('a')).toHaveLength(1)
})

test('trap 20: a pulled source that was lost is gone, one that nobody asked for waits', async () => {
  fixture = createStreamsFixture()
  fixture.streams.configured(fixture.server, [
    { name: 'door', pattern: false, onDemand: false, source: 'rtsp', alwaysAvailable: false },
    { name: 'ondemand', pattern: false, onDemand: true, source: 'rtsp', alwaysAvailable: false },
  ])
  const pulled = { confName: 'door', sourceType: 'rtspSource', sourceId: '' }
  const lost = idlePath('door', { sourceType: 'rtspSource' })
  const waiting = idlePath('ondemand', { sourceType: 'rtspSource' })
  fixture.poll([livePath('door', 1000, pulled), waiting])
  await fixture.next([lost, waiting])
  expect([stateOf('door'), stateOf('ondemand')]).toEqual(['gone', 'waiting'])
  expect(fixture.texts()).toEqual(['door: The RTSP source was lost after 1 min 00 s to 1 min 02 s on air.'])
})

test('trap 20: an on-demand path that stops because nobody reads it waits, and is not gone', async () => {
  fixture = createStreamsFixture()
  fixture.streams.configured(fixture.server, [{ name: 'cam', pattern: false, onDemand: true, source: 'rtsp', alwaysAvailable: false }])
  fixture.poll([idlePath('cam', { sourceType: 'rtspSource' })])
  await fixture.next([livePath('cam', 1000, { confName: 'cam', sourceType: 'rtspSource', sourceId: '' })])
  await fixture.next([idlePath('cam', { sourceType: 'rtspSource' })])
  expect(stateOf('cam')).toBe('waiting')
  expect(fixture.streams.get('a', 'cam')).toMatchObject({ onDemand: true, why: { kind: 'onDemand' } })
  expect(kinds()).toEqual(['streamOn', 'streamEnded'])
})

test('trap 21: what a slate feeds to the counters is not a bit rate of the publisher, and never stalls', async () => {
  fixture = createStreamsFixture()
  const slate = (bytes: number) => livePath('slate', bytes, { slate: true, sourceType: null, sourceId: '' })
  fixture.poll([slate(1000)])
  for (let i = 0; i < 4; i++) await fixture.next([slate(1000 + 18_000 * (i + 1))])
  expect(fixture.sample('slate', 'path.bitrateIn')).toBeNaN()
  expect(fixture.streams.get('a', 'slate')).toMatchObject({ state: 'slate', figures: { bitrateInBps: null }, upSince: null })
})

test('trap 4: readers that leave with their stream are said with its end, of which they make no event', async () => {
  fixture = createStreamsFixture()
  fixture.streams.configured(fixture.server, [{ name: 'cam1', pattern: false, onDemand: false, source: 'publisher', alwaysAvailable: false }])
  const readers = ['r1', 'r2'].map((id) => ({ type: 'rtspSession', id }))
  const sessions = [publisherSession('cam1'), ...readers.map(({ id }) => readerSession('cam1', id))]
  fixture.poll([livePath('cam1', 1000, { readers })], sessions)
  await fixture.next([livePath('cam1', 2000, { readers })], sessions)
  await fixture.next([idlePath('cam1')], [], ['rtspSessions'])
  expect(stateOf('cam1')).toBe('gone')
  expect(fixture.texts()).toEqual(['cam1: Publisher 10.4.1.7 left after 1 min 02 s to 1 min 04 s on air. It had 2 readers.'])
  // An alarm has their number beside its text.
  expect(fixture.streams.get('a', 'cam1')).toMatchObject({ readersLost: 2, why: expect.not.objectContaining({ readersLost: 2 }) })
})

test('trap 22: a frozen publisher is stalled until the server closes it, and gone then', async () => {
  fixture = createStreamsFixture()
  fixture.streams.configured(fixture.server, [{ name: 'cam1', pattern: false, onDemand: false, source: 'publisher', alwaysAvailable: false }])
  fixture.poll([livePath('cam1', 1000, { confName: 'cam1' })], [publisherSession('cam1')])
  for (let i = 0; i < 2; i++) await fixture.next([livePath('cam1', 1000, { confName: 'cam1' })], [publisherSession('cam1')])
  expect(stateOf('cam1')).toBe('stalled')
  for (let i = 0; i < 3; i++) await fixture.next([livePath('cam1', 1000, { confName: 'cam1' })], [publisherSession('cam1')])
  await fixture.next([idlePath('cam1')], [], ['rtspSessions'])
  expect(stateOf('cam1')).toBe('gone')
  expect(fixture.texts()).toEqual([
    'cam1: Publisher 10.4.1.7 is connected, but has sent no data for 4 s.',
    'cam1: Publisher 10.4.1.7 was disconnected after 10 to 12 s without data.',
  ])
})

test('trap 22: one whose publisher hung up is not said to hang while its server waits for the session to time out', async () => {
  fixture = createStreamsFixture()
  fixture.streams.configured(fixture.server, [{ name: 'cam1', pattern: false, onDemand: false, source: 'publisher', alwaysAvailable: false }])
  const same = () => livePath('cam1', 1000, { confName: 'cam1' })
  const hungUp = [publisherSession('cam1', { hasHungUp: true })]
  fixture.poll([same()], [publisherSession('cam1')])
  for (let i = 0; i < 30; i++) await fixture.next([livePath('cam1', 2000 + i, { confName: 'cam1' })], [publisherSession('cam1')])
  const last = () => livePath('cam1', 2029, { confName: 'cam1' })
  for (let i = 0; i < 2; i++) await fixture.next([last()], hungUp)
  expect(fixture.streams.get('a', 'cam1')).toMatchObject({ state: 'stalled', why: { kind: 'hungUp' } })
  for (let i = 0; i < 3; i++) await fixture.next([last()], hungUp)
  await fixture.next([idlePath('cam1')], [], ['rtspSessions'])
  expect(stateOf('cam1')).toBe('gone')
  expect(fixture.texts()).toEqual([
    'cam1: Publisher 10.4.1.7 closed its connection and has sent no data for 4 to 6 s; the server waits for its session to time out.',
    // As long as it sent, not as long as its session stood.
    'cam1: Publisher 10.4.1.7 left after 1 min 58 s to 2 min 00 s on air.',
  ])
})

test('trap 22: one that froze and is ended then is said to have hung up as soon as its server says so', async () => {
  fixture = createStreamsFixture()
  fixture.poll([livePath('cam1', 1000)], [publisherSession('cam1')])
  for (let i = 0; i < 2; i++) await fixture.next([livePath('cam1', 1000)], [publisherSession('cam1')])
  expect(fixture.streams.get('a', 'cam1')).toMatchObject({ state: 'stalled', why: null })
  await fixture.next([livePath('cam1', 1000)], [publisherSession('cam1', { hasHungUp: true })])
  expect(fixture.streams.get('a', 'cam1')).toMatchObject({ state: 'stalled', why: { kind: 'hungUp' } })
})

test('trap 22: at an interval of 10 s a stream is stalled after two of them', async () => {
  fixture = createStreamsFixture()
  const poll = async (bytes: number) => {
    await fixture.clock.advance(10_000)
    const arrivedAt = fixture.clock.monotonic()
    fixture.streams.observe(fixture.server, {
      serverId: 'a',
      at: fixture.clock.now(),
      intervalMs: 10_000,
      paths: { ok: true, value: { items: [livePath('cam', bytes)], arrivedAt, tookMs: 1, bytes: 1, serverDate: null } },
      sessions: [],
    })
  }
  for (const bytes of [1, 2, 2]) await poll(bytes)
  expect(stateOf('cam')).toBe('live')
  await poll(2)
  expect(stateOf('cam')).toBe('stalled')
})

test('traps 27 and 29: of SRT loss only what was missing for viewers is lost for good; the rest was repaired, and duplicates are no loss', async () => {
  interface Series {
    readonly polls: readonly {
      readonly atMs: number
      readonly paths: readonly Record<string, unknown>[]
      readonly srtconns: readonly Record<string, unknown>[]
    }[]
  }
  const series = JSON.parse(readFileSync(new URL('../../../tests/fixtures/recorded/v1.20.1/srt-loss-series.json', import.meta.url), 'utf8')) as Series
  fixture = createStreamsFixture()
  let lost = 0
  let repairedPackets = 0
  let most = 0
  for (const { paths, srtconns } of series.polls) {
    const path = paths.find(({ name }) => name === 'site/berlin')
    if (!path) throw new Error('the series is of site/berlin')
    const readers = path.readers as { type: string; id: string }[]
    const sourceId = (path.source as { id: string }).id
    await fixture.next(
      [livePath('site/berlin', path.inboundBytes as number, { sourceType: 'srtConn', sourceId, readers })],
      sessionsOfItems('srtConns', srtconns),
    )
    lost += fixture.sample('site/berlin', 'path.packetsLost') || 0
    repairedPackets += fixture.sample('site/berlin', 'path.packetsRepaired') || 0
    most = Math.max(most, fixture.streams.get('a', 'site/berlin')?.figures.lostLastMinute ?? 0)
  }
  const stream = fixture.streams.get('a', 'site/berlin')
  expect([lost, repairedPackets]).toEqual([33, 319])
  expect(stream).toMatchObject({
    packetsLost: 33,
    packetsLostEstimated: true,
    packetsRepaired: 319,
    srt: { packetsDropped: 38, packetsBelated: 33, latencyMs: 120 },
  })
  expect(fixture.sample('site/berlin', 'path.latency')).toBe(120)
  expect(most).toBe(33)
  // The last 18 s of the storm are still in the last minute; nothing came after.
  expect(stream?.figures.lostLastMinute).toBeGreaterThan(0)
})

/** Feeds recorded moments through the real client, over real HTTP, with arrivals as the Date headers tell them. */
async function replay(version: RecordedVersion, moments: readonly RecordedMoment[], seen: (moment: RecordedMoment) => void) {
  const dateOf = (moment: RecordedMoment) => Date.parse(String(recorded(version, moment, 'paths').headers.date))
  const first = moments[0] as RecordedMoment
  const clock = createTestClock(dateOf(first))
  fixture = createStreamsFixture({ clock })
  await using server = await startReplayServer(version, first)
  const client = new ServerClient({
    access: { serverId: 'a', url: server.url, authorization: recordedAuthorization, fingerprint: null },
    clock,
    tag: 't',
    version: '0',
  })
  const signal = new AbortController().signal
  const configuration = await readConfiguration(client, signal)
  if (!configuration.ok) throw new Error(`no configuration: ${configuration.error.kind}`)
  for (const moment of moments) {
    server.moveTo(moment)
    await clock.advance(Math.max(0, dateOf(moment) - clock.now()))
    const paths = await client.readPaths(signal)
    const sessions: PollRound['sessions'][number][] = []
    if (paths.ok)
      for (const list of sessionListsIn(paths.value.items).keys()) {
        const answer = await client.readSessions(list, signal)
        if (answer.ok) sessions.push({ list, answer: answer.value })
      }
    fixture.streams.configured(fixture.server, configuration.value.paths)
    fixture.streams.observe(fixture.server, { serverId: 'a', at: clock.now(), intervalMs: 2000, paths, sessions })
    seen(moment)
  }
  await client.close()
}

describe.each(recordedVersions)('a real %s', (version) => {
  test('has the bit rates that its counters show two seconds apart', async () => {
    const bytes = (moment: RecordedMoment, path: string): { readonly inbound: number; readonly outbound: number } => {
      const { items } = recorded(version, moment, 'paths').body as { items: Record<string, number | string>[] }
      const found = items.find(({ name }) => name === path)
      return { inbound: Number(found?.bytesReceived), outbound: Number(found?.bytesSent) }
    }
    await replay(version, ['1-busy', '2-busy-2s-later'], (moment) => {
      for (const report of fixture.streams.reports()) {
        if (moment === '1-busy') expect([report.bitrateInBps, report.bitrateOutBps]).toEqual([null, null])
        else if (report.state === 'live') {
          const [then, now] = [bytes('1-busy', report.name), bytes('2-busy-2s-later', report.name)]
          // Ours is no viewer: what it takes is taken away.
          const ours = fixture.streams.sessionsOf('a').filter(({ own, path }) => own && path === report.name)
          const oursBps = ours.reduce((sum, { bitrateOutBps }) => sum + (bitrateOutBps ?? 0), 0)
          expect([report.name, report.bitrateInBps, report.bitrateOutBps]).toEqual([
            report.name,
            (now.inbound - then.inbound) * 4,
            (now.outbound - then.outbound) * 4 - oursBps,
          ])
        }
      }
    })
    const states = Object.fromEntries(fixture.streams.reports().map(({ name, state }) => [name, state]))
    expect(states).toMatchObject({
      cam1: 'live',
      cam2: 'live',
      'site/berlin': 'live',
      'site/north/gate': 'live',
      webcam: 'live',
      'lobby/door': 'live',
      'hls-pull': 'live',
      ondemand: 'waiting',
      dead: 'waiting',
    })
    expect(states.slate).toBe(['v1.17.1', 'v1.20.1'].includes(version) ? 'slate' : states.slate)
    expect(fixture.streams.get('a', 'dead')).toMatchObject({ expected: true, onDemand: false })
    expect(fixture.streams.get('a', 'ondemand')).toMatchObject({ expected: false, onDemand: true })
    const cam1 = fixture.streams.get('a', 'cam1')
    expect(cam1).toMatchObject({ publisher: '127.0.0.1', source: { type: 'rtspSession' } })
    // The reader that carries our tag, in versions whose lists tell the query.
    if (version === 'v1.3.1') expect(cam1?.figures.ownReaders).toBe(0)
    else expect(cam1?.figures.ownReaders).toBe(1)
    expect(fixture.events).toEqual([])
  })

  test('loses publishers, gets one back, has one stall and vanish, and is restarted: each told once and none else', async () => {
    const states: Record<string, Record<string, string | undefined>> = {}
    await replay(version, ['1-busy', '2-busy-2s-later', '4-publishers-gone', '5-publisher-back', '6-stalled', '7-stalled-13s', '8-restarted'], (moment) => {
      states[moment] = Object.fromEntries(['cam1', 'cam2', 'site/berlin', 'site/north/gate'].map((path) => [path, stateOf(path)]))
    })
    const ended = { 'site/berlin': 'ended', 'site/north/gate': 'ended' }
    expect(states['4-publishers-gone']).toEqual({ cam1: 'live', cam2: 'gone', ...ended })
    expect(states['5-publisher-back']).toEqual({ cam1: 'live', cam2: 'live', ...ended })
    expect(states['7-stalled-13s']).toEqual({ cam1: 'gone', cam2: 'live', ...ended })
    // Its publishers are waited for, and not said to have left.
    expect(states['8-restarted']).toEqual({ cam1: 'gone', cam2: 'unknown', ...ended })
    expect(kinds('cam2').filter((kind) => kind.startsWith('stream'))).toEqual(['streamOff', 'streamOn'])
    expect(fixture.events.filter(({ kind }) => kind === 'serverRestarted')).toHaveLength(1)
    expect(kinds('site/berlin').filter((kind) => kind.startsWith('stream'))).toEqual(['streamEnded'])
    for (const { values } of fixture.batches) for (const value of values) expect(value < 0).toBe(false)
  })
})
