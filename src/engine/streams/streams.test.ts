import BetterSqlite3 from 'better-sqlite3'
import { afterEach, describe, expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { streamFactsSchema, streamReportSchema, streamSchema } from '../../shared/streams.ts'
import { troubleOfStream } from '../../shared/troubles.ts'
import type { ConfiguredPath, PathReading } from '../servers/readings.ts'
import { createStreamsFixture, h264, idlePath, livePath, publisherSession, readerSession, type StreamsFixture, startAt, wildPath } from './streams.fixture.ts'

let fixture: StreamsFixture
const opened: StreamsFixture[] = []
function start(options?: Parameters<typeof createStreamsFixture>[0]) {
  fixture = createStreamsFixture(options)
  opened.push(fixture)
  return fixture
}
const stateOf = (path: string) => fixture.streams.get('a', path)?.state
const configuredPath = (name: string, changes: Partial<ConfiguredPath> = {}): ConfiguredPath => ({
  name,
  pattern: false,
  onDemand: false,
  source: 'publisher',
  alwaysAvailable: false,
  ...changes,
})
afterEach(() => {
  for (const { errors, clock, db } of opened.splice(0)) {
    expect(errors).toEqual([])
    expect(clock.pending()).toBe(0)
    if (db.open) db.close()
  }
})

describe('rates', () => {
  test('of the first poll are unknown, and so are the sums', () => {
    start().poll([livePath('cam', 1000)])
    expect(fixture.streams.get('a', 'cam')?.figures).toMatchObject({ bytesReceived: 1000, bitrateInBps: null, bitrateOutBps: null })
    expect(fixture.streams.totals('a')).toMatchObject({ live: 1, bitrateInBps: null, bitrateOutBps: null, readers: 0 })
  })

  test('are shown in whole bits', async () => {
    start().poll([livePath('cam', 0)])
    await fixture.clock.advance(1999)
    fixture.poll([livePath('cam', 1000)])
    expect(fixture.streams.get('a', 'cam')?.figures.bitrateInBps).toBe(4002)
  })

  test('come from arrival times: a late answer makes no spike', async () => {
    start().poll([livePath('cam', 0)])
    await fixture.next([livePath('cam', 500_000)])
    await fixture.clock.advance(3500)
    fixture.poll([livePath('cam', 1_375_000)])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBe(2_000_000)
    await fixture.clock.advance(500)
    fixture.poll([livePath('cam', 1_500_000)])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBe(2_000_000)
  })

  test('are a mean over about 5 s, the same for screens, scripts, Prometheus and history', async () => {
    start().poll([livePath('cam', 0)])
    await fixture.next([livePath('cam', 1_000_000)])
    await fixture.next([livePath('cam', 1_500_000)])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBe(3_000_000)
    expect(fixture.streams.get('a', 'cam')?.figures.bitrateInBps).toBe(3_000_000)
    await fixture.next([livePath('cam', 2_000_000)])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBe(2_000_000)
    expect(fixture.streams.get('a', 'cam')?.figures.bitrateInBps).toBe(2_000_000)
  })

  test('with rare polls are those of the last interval', async () => {
    start().poll([livePath('cam', 0)])
    for (const bytes of [10_000_000, 15_000_000]) {
      await fixture.clock.advance(10_000)
      fixture.poll([livePath('cam', bytes)])
    }
    expect(fixture.streams.get('a', 'cam')?.figures.bitrateInBps).toBe(4_000_000)
  })

  test('with frequent polls are means over 5 s too', async () => {
    start().poll([livePath('cam', 0)])
    for (let i = 1; i <= 40; i++) {
      await fixture.clock.advance(500)
      fixture.poll([livePath('cam', i * 100_000 + (i % 2) * 50_000)])
    }
    const shown = fixture.streams.get('a', 'cam')?.figures.bitrateInBps ?? 0
    expect(Math.abs(shown - 1_600_000)).toBeLessThan(100_000)
    expect(fixture.sample('cam', 'path.bitrateIn')).toBe(shown)
  })

  test('are shown right again at once after a counter went backwards', async () => {
    start().poll([livePath('cam', 1_000_000)])
    await fixture.next([livePath('cam', 1_500_000)])
    await fixture.next([livePath('cam', 900_000)])
    await fixture.next([livePath('cam', 1_900_000)])
    expect(fixture.streams.get('a', 'cam')?.figures.bitrateInBps).toBe(4_000_000)
  })

  test('of what goes out are those of the readers who are there: after most of them left it is not known for one answer', async () => {
    const readers = (count: number) => Array.from({ length: count }, (_, i) => ({ type: 'rtspSession', id: `r${i}` }))
    const out = () => fixture.streams.get('a', 'cam')?.figures.bitrateOutBps
    let sent = 0
    const path = (n: number, count: number, bytes: number) => {
      sent += bytes
      return livePath('cam', n * 1000, { readers: readers(count), outboundBytes: sent })
    }
    start().poll([path(0, 50, 0)])
    for (let n = 1; n <= 5; n++) await fixture.next([path(n, 50, 50 * 250_000)])
    expect(out()).toBe(50_000_000)
    await fixture.next([path(6, 1, 30 * 250_000)])
    expect(out(), 'most of it went to readers who have left').toBeNull()
    expect(fixture.sample('cam', 'path.bitrateOut'), 'nor is it in history').toBeNaN()
    for (let n = 7; n <= 10; n++) {
      await fixture.next([path(n, 1, 250_000)])
      expect(out()).toBe(1_000_000)
    }
    await fixture.next([path(11, 2, 300_000)])
    expect(out(), 'one that joins changes it at once').toBe(1_200_000)
  })

  test('after a failed poll are the mean since the last answer, and the failure is a gap', async () => {
    start().poll([livePath('cam', 0)])
    await fixture.clock.advance(2000)
    fixture.pollFails()
    await fixture.next([livePath('cam', 1_000_000)])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBe(2_000_000)
    expect(fixture.gaps).toEqual([{ serverId: 'a', at: startAt + 2000 }])
    expect(fixture.events).toEqual([])
  })

  test('over a sleep of the machine, which the monotonic clock did not see, are unknown', async () => {
    start().poll([livePath('cam', 0)])
    await fixture.next([livePath('cam', 500_000)])
    fixture.clock.jumpWall(3_600_000)
    await fixture.next([livePath('cam', 900_000_000)])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBeNaN()
    await fixture.next([livePath('cam', 900_500_000)])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBe(2_000_000)
  })

  test('of sessions are made from their own lists', async () => {
    start().poll([livePath('cam', 0)], [publisherSession('cam', { inboundBytes: 0 })])
    await fixture.next([livePath('cam', 1)])
    await fixture.next([livePath('cam', 2)], [publisherSession('cam', { inboundBytes: 1_000_000 })])
    expect(fixture.streams.sessionsOf('a')).toMatchObject([{ id: 'publisher-of-cam', bitrateInBps: 2_000_000, readAt: fixture.clock.now() + 1 }])
  })
})

describe('a server that cannot be asked', () => {
  test('leaves its streams unknown, not down, and they go on as if nothing had been', async () => {
    start().poll([livePath('cam', 0), idlePath('idle')])
    const before = fixture.streams.get('a', 'cam')
    fixture.streams.lost(fixture.server, fixture.clock.now() + 1000, 'down')
    expect(fixture.streams.get('a', 'cam')).toMatchObject({
      state: 'unknown',
      why: { kind: 'serverDown' },
      sourceType: 'rtspSession',
      figures: { bitrateInBps: null, readers: null, bytesReceived: null },
    })
    expect(fixture.streams.totals('a')).toMatchObject({ streams: 2, unknown: 2, live: 0, readers: null, ownReaders: null, bitrateInBps: null })
    expect(fixture.gaps).toHaveLength(1)
    await fixture.clock.advance(60_000)
    fixture.poll([livePath('cam', 80_000_000), idlePath('idle')])
    expect(fixture.streams.get('a', 'cam')).toMatchObject({ state: 'live', stateSince: before?.stateSince, why: null, figures: { bitrateInBps: null } })
    expect(stateOf('idle')).toBe('waiting')
    await fixture.next([livePath('cam', 80_500_000), idlePath('idle')])
    expect(fixture.sample('cam', 'path.bitrateIn')).toBe(2_000_000)
    expect(fixture.events).toEqual([])
  })

  test('tells what became of its streams meanwhile when it answers again', async () => {
    start().poll([livePath('stays', 0), livePath('leaves', 0), idlePath('comes')])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'console')
    await fixture.next([livePath('stays', 1), livePath('comes', 1)])
    expect(fixture.texts()).toEqual([
      'comes: The RTSP publisher is on air: H264 640×360.',
      'leaves: The RTSP publisher left while the server could not be asked.',
    ])
  })

  test.each(['down', 'restarted', 'one lost answer'] as const)('has its publishers waited for when it comes back: %s', async (how) => {
    const when = how === 'restarted' ? 'when the server was restarted' : 'while the server could not be asked'
    const readers = [1, 2, 3].map((i) => ({ type: 'rtspSession', id: `r${i}` }))
    start().poll([livePath('stays', 0), livePath('leaves', 0, { readers }), livePath('returns', 5000), livePath('configured', 0)], [publisherSession('leaves')])
    if (how === 'down') fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    else if (how === 'restarted') fixture.streams.restarted(fixture.server)
    else fixture.pollFails()
    const gone = [idlePath('configured'), livePath('stays', 0)]
    await fixture.next(gone)
    for (const path of ['leaves', 'returns', 'configured']) expect(fixture.streams.get('a', path)).toMatchObject({ state: 'unknown', why: { kind: 'notBack' } })
    expect(fixture.sample('leaves', 'path.state')).toBe(5)
    const anew = { availableAt: fixture.clock.now() + 1000, sourceId: 'another' }
    for (let i = 0; i < 6; i++) await fixture.next([...gone, livePath('returns', 100 * (i + 1), anew)])
    expect(fixture.streams.get('a', 'returns')).toMatchObject({ state: 'live', why: null })
    expect(fixture.streams.get('a', 'leaves')?.state).toBe('unknown')
    expect(
      fixture.texts().filter((text) => !text.startsWith('stays')),
      'nobody is missed yet',
    ).toEqual([])
    for (let i = 6; i < 9; i++) await fixture.next([...gone, livePath('returns', 100 * (i + 1), anew)])
    expect(fixture.streams.get('a', 'leaves')).toMatchObject({ state: 'gone', stateSince: startAt + 2_000, readersLost: 3 })
    expect(fixture.events.filter(({ kind }) => kind === 'streamOff').map(({ path, at, text }) => [path, at - startAt, text])).toEqual([
      ['configured', 2_000, `The RTSP publisher left ${when}.`],
      ['leaves', 2_000, `Publisher 10.4.1.7 left ${when}.`],
    ])
    expect(fixture.events.filter(({ path }) => path === 'returns')).toEqual([])
    const facts = fixture.streams.changedSince(-1)?.facts.find(({ path }) => path === 'leaves')
    expect(facts && troubleOfStream('berlin', facts, fixture.streams.get('a', 'leaves')?.figures ?? failed())).toMatchObject({ kind: 'streamGone', readers: 3 })
  })

  test('does not make a stalled stream recover before its data flow again', async () => {
    start().poll([livePath('cam', 5)])
    for (let i = 0; i < 2; i++) await fixture.next([livePath('cam', 5)])
    expect(stateOf('cam')).toBe('stalled')
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    await fixture.next([livePath('cam', 5)])
    expect(stateOf('cam')).toBe('stalled')
    await fixture.next([livePath('cam', 5)])
    expect(stateOf('cam')).toBe('stalled')
    await fixture.next([livePath('cam', 6)])
    expect(fixture.events.map(({ kind }) => kind)).toEqual(['streamStalled', 'streamRecovered'])
  })

  test('does not make a live stream stalled at once when it answers again', async () => {
    start().poll([livePath('cam', 5)])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'console')
    await fixture.clock.advance(60_000)
    fixture.poll([livePath('cam', 5)])
    await fixture.next([livePath('cam', 5)])
    expect(stateOf('cam')).toBe('live')
    await fixture.next([livePath('cam', 5)])
    expect(stateOf('cam')).toBe('stalled')
  })

  test('is noticed after three failures in a row, even if nobody says so', async () => {
    start().poll([livePath('cam', 0)])
    for (let i = 0; i < 2; i++) {
      await fixture.clock.advance(2000)
      fixture.pollFails()
    }
    expect(stateOf('cam')).toBe('live')
    await fixture.clock.advance(2000)
    fixture.pollFails()
    expect(stateOf('cam')).toBe('unknown')
  })

  test('leaves nothing to compare with, neither of sessions', async () => {
    const rtp = (lost: number) => ({ rtp: { packets: 9, lost, inError: 0, jitter: 1, reportedLost: null, discarded: null } })
    start().poll([livePath('cam', 0)], [publisherSession('cam', rtp(1))])
    await fixture.next([livePath('cam', 1)], [publisherSession('cam', rtp(1))])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    await fixture.next([livePath('cam', 2)])
    expect(fixture.streams.get('a', 'cam')).toMatchObject({ rtp: null, sessions: [], jitter: null })
    await fixture.next([livePath('cam', 3)], [publisherSession('cam', rtp(900))])
    expect(fixture.sample('cam', 'path.packetsLost')).toBeNaN()
    await fixture.next([livePath('cam', 4)], [publisherSession('cam', rtp(901))])
    expect(fixture.sample('cam', 'path.packetsLost')).toBe(1)
  })

  test('has no losses booked for the time when it was not asked', async () => {
    const rtp = (lost: number) => ({ rtp: { packets: 9, lost, inError: 0, jitter: 1, reportedLost: null, discarded: null } })
    start().poll([livePath('cam', 0)], [publisherSession('cam', rtp(1))])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'paused')
    await fixture.next([livePath('cam', 2, { framesInError: 900 })], [publisherSession('cam', rtp(900))])
    expect(fixture.sample('cam', 'path.packetsLost')).toBeNaN()
    expect(fixture.sample('cam', 'path.framesInError')).toBeNaN()
  })

  test('changes nothing more when it is lost again and again', async () => {
    start().poll([livePath('cam', 0)])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    const before = fixture.streams.revision()
    await fixture.clock.advance(30_000)
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    expect(fixture.streams.changedSince(before)).toMatchObject({ facts: [], figures: { slot: [] } })
    expect(fixture.streams.get('a', 'cam')?.stateSince).toBe(startAt)
  })

  test('says why: halted, paused or the console itself', () => {
    start().poll([livePath('cam', 0)])
    const reasons = (['halted', 'paused', 'console'] as const).map((why) => {
      fixture.streams.lost(fixture.server, fixture.clock.now(), why)
      return fixture.streams.get('a', 'cam')?.why
    })
    expect(reasons).toEqual([{ kind: 'serverHalted' }, { kind: 'serverPaused' }, { kind: 'consoleAway' }])
    expect(fixture.gaps).toHaveLength(3)
  })
})

function failed(): never {
  throw new Error('it is not there')
}

describe('a restarted server', () => {
  const back = (name: string, bytes: number) => livePath(name, bytes, { availableAt: startAt + 1500, sourceId: `new-${name}` })

  test('has no event for each publisher that connects anew between two polls', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `cam${i}`)
    start().poll(names.map((name) => livePath(name, 5000)))
    await fixture.next(names.map((name) => back(name, 100)))
    expect(fixture.events.map(({ kind, path, facts }) => [kind, path, facts.publishers])).toEqual([['serverRestarted', null, 30]])
    expect(fixture.streams.totals('a')).toMatchObject({ live: 30 })
  })

  test('that was told of has none either, even if one publisher held on', async () => {
    start().poll([livePath('a1', 0), livePath('a2', 0)])
    fixture.streams.restarted(fixture.server)
    await fixture.next([livePath('a1', 10), back('a2', 100)])
    expect(fixture.events).toEqual([])
  })

  test('has its readers join without a word each', async () => {
    const readers = Array.from({ length: 200 }, (_, i) => ({ type: 'rtspSession', id: `r${i}` }))
    start().poll([livePath('cam', 0)])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    await fixture.next([livePath('cam', 1, { availableAt: startAt + 1500, readers })])
    expect(fixture.events).toEqual([])
    expect(fixture.streams.get('a', 'cam')?.figures.readers).toBe(200)
  })
})

describe('events', () => {
  test('say nothing of what the first answer finds', () => {
    start().poll([livePath('cam', 0, { readers: [{ type: 'rtspSession', id: 'r' }] }), idlePath('idle')], [readerSession('cam', 'r')])
    expect(fixture.events).toEqual([])
    expect(fixture.streams.get('a', 'cam')).toMatchObject({ stateSince: startAt - 60_000, upSince: startAt - 60_000 })
  })

  test('tell of a publisher that comes, leaves and returns, with its address and for how long', async () => {
    start().poll([])
    await fixture.next([livePath('cam', 1, { availableAt: startAt + 1000 })], [publisherSession('cam')])
    await fixture.clock.advance(14 * 3_600_000 + 2 * 60_000 - 1000)
    fixture.poll([livePath('cam', 9, { availableAt: startAt + 1000 })], [publisherSession('cam')])
    fixture.poll([], [], ['rtspSessions'])
    await fixture.next([livePath('cam', 1, { availableAt: fixture.clock.now() + 1000, sourceId: 'publisher-of-cam' })], [publisherSession('cam')])
    expect(fixture.texts()).toEqual([
      'cam: Publisher 10.4.1.7 is on air: H264 640×360.',
      'cam: Publisher 10.4.1.7 left after 14 h 02 min on air.',
      'cam: Publisher 10.4.1.7 is back after 1 s: H264 640×360.',
    ])
    expect(fixture.events.map(({ kind, at }) => [kind, at - startAt])).toEqual([
      ['streamOn', 2000],
      ['streamOff', 50_521_000],
      ['streamOn', 50_523_000],
    ])
    expect(fixture.events[1]).toMatchObject({
      subject: { kind: 'stream', serverId: 'a' },
      ownerName: 'berlin',
      facts: { remoteAddr: '10.4.1.7', minMs: 50_520_000, maxMs: 50_520_000 },
    })
  })

  test('reckon durations by our clock where the server has another one', async () => {
    start()
    // An hour ahead of us.
    const skewMs = 3_600_000
    const poll = async (paths: readonly PathReading[]) => {
      await fixture.clock.advance(2000)
      const arrivedAt = fixture.clock.monotonic()
      const value = { items: paths, arrivedAt, tookMs: 1, bytes: 1, serverDate: null }
      fixture.streams.configured(fixture.server, null)
      fixture.streams.observe(fixture.server, { serverId: 'a', at: fixture.clock.now(), intervalMs: 2000, paths: { ok: true, value }, sessions: [], skewMs })
    }
    await poll([livePath('cam', 0, { availableAt: fixture.clock.now() + skewMs - 600_000 })])
    await poll([])
    expect(fixture.texts()).toEqual(['cam: The RTSP publisher left after 10 min 02 s to 10 min 04 s on air.'])
  })

  test('tell of a publisher that took over between two polls, and of one that came back', async () => {
    start().poll([livePath('cam', 0), livePath('other', 0)], [publisherSession('cam')])
    const taken = livePath('cam', 10, { sourceId: 'p2', availableAt: startAt + 1 })
    await fixture.next([taken, livePath('other', 1)], [publisherSession('cam', { id: 'p2', remoteAddr: '10.4.1.9:1' })])
    const again = livePath('cam', 10, { sourceId: 'p3', availableAt: startAt + 3000 })
    await fixture.next([again, livePath('other', 2)], [publisherSession('cam', { id: 'p3', remoteAddr: '10.4.1.9:2' })])
    expect(fixture.texts()).toEqual(['cam: The publisher changed from 10.4.1.7 to 10.4.1.9.', 'cam: Publisher 10.4.1.9 reconnected.'])
    expect(stateOf('cam')).toBe('live')
    expect(fixture.streams.get('a', 'cam')).toMatchObject({ publisher: '10.4.1.9', source: { remoteAddr: '10.4.1.9:2' } })
    const other = livePath('cam', 4, { sourceType: 'rtmpConn', sourceId: 'p4', availableAt: fixture.clock.now() })
    await fixture.next([other, livePath('other', 9)], [publisherSession('cam', { list: 'rtmpConns', id: 'p4', remoteAddr: '10.4.1.9:9' })])
    expect(fixture.texts().at(-1)).toBe('cam: Publisher 10.4.1.9 reconnected, over RTMP instead of RTSP.')
  })

  test('tell of another codec and another size, but not of a size that becomes known', async () => {
    const withTrack = (changes: object, bytes: number) => [livePath('cam', bytes, { tracks: [{ ...h264, ...changes }] })]
    start().poll(withTrack({ width: null, height: null }, 0))
    await fixture.next(withTrack({}, 1))
    await fixture.next(withTrack({ width: 1280, height: 720 }, 2))
    await fixture.next(withTrack({ codec: 'H265', width: 1280, height: 720 }, 3))
    expect(fixture.events.map(({ kind, text }) => [kind, text])).toEqual([
      ['sizeChanged', "The picture's size changed from 640×360 to 1280×720."],
      ['codecChanged', 'The tracks changed from H264 to H265.'],
    ])
    expect(fixture.streams.get('a', 'cam')).toMatchObject({ width: 1280, height: 720 })
  })

  test('tell nothing of the codec of the next guest, whom nobody expected', async () => {
    const guest = (n: number, codec: string) => fixture.next([wildPath('guest', n, { tracks: [{ ...h264, codec, width: n > 2 ? 1280 : 640 }] })])
    start().poll([])
    for (let n = 0; n < 3; n++) await guest(n, 'H264')
    for (let n = 0; n < 10; n++) await fixture.next([])
    expect(fixture.streams.get('a', 'guest')?.state).toBe('ended')
    for (let n = 3; n < 6; n++) await guest(n, 'VP8')
    expect(fixture.events.map(({ kind }) => kind)).toEqual(['streamOn', 'streamEnded', 'streamOn'])
  })

  test('tell nothing of the tracks of a slate, and of another codec when the publisher is back with it', async () => {
    const onSlate = { slate: true, sourceType: null, sourceId: '', tracks: [{ ...h264, codec: 'AV1', width: 1920, height: 1080 }] }
    const changes = () => fixture.events.map(({ kind }) => kind).filter((kind) => kind === 'codecChanged' || kind === 'sizeChanged')
    start().poll([livePath('cam', 0)])
    await fixture.next([livePath('cam', 1, onSlate)])
    expect(fixture.streams.get('a', 'cam')).toMatchObject({ state: 'slate', width: 1920, height: 1080 })
    await fixture.next([livePath('cam', 2)])
    expect(changes()).toEqual([])
    await fixture.next([livePath('cam', 3, onSlate)])
    await fixture.next([livePath('cam', 4, { tracks: [{ ...h264, codec: 'H265' }] })])
    expect(changes()).toEqual(['codecChanged'])
  })
})

test('a counter that was not told has a rate as soon as two polls tell it', async () => {
  const { poll, next, streams, sample } = createStreamsFixture()
  const noCounters = { inboundBytes: null, outboundBytes: null }
  poll([livePath('cam', 0, noCounters)])
  await next([livePath('cam', 0, noCounters)])
  await next([livePath('cam', 1_000_000)])
  expect(streams.get('a', 'cam')?.figures.bitrateInBps).toBeNull()
  await next([livePath('cam', 2_000_000)])
  expect(sample('cam', 'path.bitrateIn')).toBe(4_000_000)
  expect(streams.get('a', 'cam')?.figures.bitrateInBps).toBe(4_000_000)
})

describe('expected streams', () => {
  test('are as many as its server listed at once, where it names each stream anew: the oldest are forgotten', async () => {
    const paths = (round: number) => Array.from({ length: 510 }, (_, i) => livePath(`${round}-${i}`, 0))
    start().poll(paths(1))
    await fixture.next(paths(2))
    await fixture.next([livePath('2-509', 1)])
    expect(fixture.streams.totals('a').streams).toBe(511)
    expect(stateOf('2-0')).toBe('gone')
  })

  test('are those that the configuration names, unless a pattern or on demand', () => {
    start().streams.configured(fixture.server, [
      configuredPath('fixed'),
      configuredPath('ondemand', { onDemand: true, source: 'rtsp' }),
      configuredPath('~^site/(.+)$', { pattern: true }),
      configuredPath('all_others', { pattern: true }),
    ])
    expect(fixture.streams.reports().map(({ name, state }) => [name, state])).toEqual([
      ['fixed', 'unknown'],
      ['ondemand', 'unknown'],
    ])
    fixture.poll([idlePath('fixed'), idlePath('ondemand')])
    expect(['fixed', 'ondemand'].map((path) => fixture.streams.get('a', path))).toMatchObject([
      { state: 'waiting', expected: true },
      { state: 'waiting', expected: false, onDemand: true },
    ])
  })

  test('that the configuration names no more and that never were live are dropped', async () => {
    start().streams.configured(fixture.server, [configuredPath('old'), configuredPath('kept')])
    fixture.poll([idlePath('kept'), idlePath('old')])
    fixture.streams.configured(fixture.server, [configuredPath('kept')])
    await fixture.next([idlePath('kept')])
    expect(fixture.streams.reports().map(({ name }) => name)).toEqual(['kept'])
    expect(fixture.events).toEqual([])
  })

  test('that a pattern makes on demand wait when nobody reads them', async () => {
    start().streams.configured(fixture.server, [configuredPath('~^cam_', { pattern: true, onDemand: true, source: 'rtsp' })])
    fixture.poll([livePath('cam_1', 0, { confName: '~^cam_' })])
    await fixture.next([])
    expect(stateOf('cam_1')).toBe('waiting')
  })

  test('survive a restart of this console: what was live and is not there is gone since before, without an event', async () => {
    const db = new BetterSqlite3(':memory:')
    const clock = createTestClock(startAt)
    start({ db, clock })
    for (let day = 0; day < 3; day++) {
      fixture.poll([wildPath('leaves', day), wildPath('stays', day), wildPath('left', day)])
      await clock.advance(24 * 3_600_000)
    }
    fixture.poll([wildPath('leaves', 3), wildPath('stays', 3), wildPath('left', 3)])
    await fixture.next([wildPath('leaves', 4), wildPath('stays', 4)])
    const leftAt = clock.now()
    await clock.advance(3_600_000)
    fixture.poll([wildPath('leaves', 5), wildPath('stays', 5)])
    const checkedAt = clock.now()
    await clock.advance(10_000)

    start({ db, clock })
    fixture.streams.lost(fixture.server, clock.now(), 'down')
    expect(fixture.streams.totals('a')).toMatchObject({ streams: 3, unknown: 3 })
    fixture.poll([wildPath('stays', 6)])
    expect(fixture.streams.get('a', 'leaves')).toMatchObject({
      state: 'gone',
      why: { kind: 'goneBefore' },
      stateSince: checkedAt,
      expected: true,
    })
    expect(fixture.streams.get('a', 'left')).toMatchObject({ state: 'gone', why: null, stateSince: leftAt - 2000 })
    expect(stateOf('stays')).toBe('live')
    expect(fixture.events).toEqual([])
    await fixture.next([wildPath('stays', 7), wildPath('leaves', 7)])
    expect(fixture.events.map(({ kind, path }) => [kind, path])).toEqual([['streamOn', 'leaves']])
  })

  test('leave the list a week after they were last live, and are forgotten after 30 days, unless the configuration names them', async () => {
    const db = new BetterSqlite3(':memory:')
    const clock = createTestClock(startAt)
    start({ db, clock })
    for (let minute = 0; minute < 12; minute++) {
      fixture.poll([wildPath('dynamic', minute), livePath('fixed', minute)])
      await clock.advance(60_000)
    }
    const stored = () => db.prepare('SELECT path FROM seen_streams ORDER BY path').pluck().all()
    const listed = () => {
      start({ db, clock })
      fixture.streams.configured(fixture.server, [configuredPath('fixed')])
      fixture.poll([idlePath('fixed')])
      const found = fixture.streams.reports().map(({ name, state }) => [name, state])
      fixture.streams.close()
      return found
    }
    await clock.advance(6 * 24 * 3_600_000)
    expect(listed()).toEqual([
      ['dynamic', 'gone'],
      ['fixed', 'gone'],
    ])
    await clock.advance(24 * 3_600_000)
    expect(listed()).toEqual([['fixed', 'gone']])
    expect(stored(), 'it is still known when it comes again').toEqual(['dynamic', 'fixed'])
    await clock.advance(24 * 24 * 3_600_000)
    expect(listed()).toEqual([['fixed', 'gone']])
    expect(stored()).toEqual(['fixed'])
  })

  test('are written when they come and go, and otherwise once a minute with one row', async () => {
    start().poll([livePath('cam', 0)])
    const changes = () => fixture.db.prepare('SELECT total_changes()').pluck().get() as number
    const before = changes()
    for (let i = 1; i <= 29; i++) await fixture.next([livePath('cam', i)])
    expect(changes() - before).toBe(0)
    await fixture.next([livePath('cam', 30)])
    expect(changes() - before).toBe(1)
  })

  test('of a removed server are forgotten with it', () => {
    start().poll([livePath('cam', 0)])
    fixture.streams.forget('a')
    expect(fixture.streams.reports()).toEqual([])
    expect(fixture.streams.totals('a')).toMatchObject({ streams: null, readers: null })
    expect(fixture.db.prepare('SELECT count(*) FROM seen_streams').pluck().get()).toBe(0)
    expect(fixture.db.prepare('SELECT count(*) FROM seen_servers').pluck().get()).toBe(0)
  })

  test('that cannot be stored are told to the log, and watching goes on', () => {
    start().poll([])
    fixture.db.close()
    fixture.poll([livePath('cam', 0)])
    expect(stateOf('cam')).toBe('live')
    expect(fixture.errors.splice(0)).toEqual(['seen streams could not be stored'])
  })
})

describe('session lists read in turns', () => {
  const rtp = (lost: number) => ({ rtp: { packets: 100, lost, inError: 0, jitter: 500, reportedLost: null, discarded: null } })

  test('keep what they said, and book losses when they are read', async () => {
    start().poll([livePath('cam', 0)], [publisherSession('cam', rtp(5))])
    expect(fixture.sample('cam', 'path.packetsLost')).toBeNaN()
    expect(fixture.streams.get('a', 'cam')?.figures.lostLastMinute).toBeNull()
    await fixture.next([livePath('cam', 1)])
    expect(fixture.sample('cam', 'path.packetsLost')).toBe(0)
    expect(fixture.sample('cam', 'path.jitter')).toBe(500)
    await fixture.next([livePath('cam', 2)], [publisherSession('cam', rtp(12))])
    expect(fixture.sample('cam', 'path.packetsLost')).toBe(7)
    expect(fixture.streams.get('a', 'cam')).toMatchObject({ packetsLost: 12, figures: { lostLastMinute: 7 } })
    for (let i = 3; i < 11; i++) await fixture.next([livePath('cam', i)])
    expect(fixture.sample('cam', 'path.jitter')).toBeNaN()
  })

  test('forget a loss after a minute', async () => {
    start().poll([livePath('cam', 0)], [publisherSession('cam', rtp(0))])
    await fixture.next([livePath('cam', 1)], [publisherSession('cam', rtp(7))])
    for (let i = 2; i < 27; i++) await fixture.next([livePath('cam', i)], [publisherSession('cam', rtp(7))])
    expect(fixture.streams.get('a', 'cam')?.figures.lostLastMinute).toBe(7)
    for (let i = 27; i < 34; i++) await fixture.next([livePath('cam', i)], [publisherSession('cam', rtp(7))])
    expect(fixture.streams.get('a', 'cam')?.figures.lostLastMinute).toBe(0)
  })

  test('count the losses of a new publisher from zero', async () => {
    start().poll([livePath('cam', 0), livePath('other', 0)], [publisherSession('cam', rtp(500))])
    const taken = livePath('cam', 1, { sourceId: 'p2', availableAt: startAt + 1 })
    await fixture.next([taken, livePath('other', 1)], [publisherSession('cam', { id: 'p2', ...rtp(3) })])
    expect(fixture.sample('cam', 'path.packetsLost')).toBe(3)
  })

  test('do not say of a new publisher what another one lost', async () => {
    start().poll([livePath('cam', 0), livePath('other', 0)], [publisherSession('cam', rtp(0))])
    await fixture.next([livePath('cam', 1), livePath('other', 1)], [publisherSession('cam', rtp(415))])
    expect(fixture.streams.get('a', 'cam')?.figures).toMatchObject({ lostLastMinute: 415, lossSince: startAt + 2_000 })
    const taken = { sourceId: 'p2', availableAt: startAt + 3_000 }
    await fixture.next([livePath('cam', 2, taken), livePath('other', 2)], [publisherSession('cam', { id: 'p2', ...rtp(0) })])
    expect(fixture.streams.get('a', 'cam')).toMatchObject({ packetsLost: 0, figures: { lostLastMinute: 0, lossSince: null } })
    await fixture.next([livePath('cam', 3, taken), livePath('other', 3)], [publisherSession('cam', { id: 'p2', ...rtp(4) })])
    expect(fixture.streams.get('a', 'cam')?.figures).toMatchObject({ lostLastMinute: 4, lossSince: startAt + 6_000 })
  })

  test('say since when packets are lost, though nothing was known meanwhile', async () => {
    start().poll([livePath('cam', 0)], [publisherSession('cam', rtp(0))])
    await fixture.next([livePath('cam', 1)], [publisherSession('cam', rtp(7))])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    for (let i = 2; i < 5; i++) await fixture.next([livePath('cam', i)], [publisherSession('cam', rtp(7))])
    expect(fixture.streams.get('a', 'cam')?.figures).toMatchObject({ lostLastMinute: 7, lossSince: startAt + 2_000 })
  })

  test('say nothing of loss where the protocol hides it', async () => {
    start().poll([livePath('cam', 0, { sourceType: 'rtmpConn' })], [publisherSession('cam', { list: 'rtmpConns', rtp: null })])
    await fixture.next([livePath('cam', 1, { sourceType: 'rtmpConn' })], [publisherSession('cam', { list: 'rtmpConns', rtp: null })])
    expect(fixture.sample('cam', 'path.packetsLost')).toBeNaN()
    expect(fixture.streams.get('a', 'cam')).toMatchObject({ packetsLost: null, figures: { lostLastMinute: null } })
  })

  test('sum up what readers were not sent', async () => {
    const readers = [
      { type: 'rtmpConn', id: 'r1' },
      { type: 'rtmpConn', id: 'r2' },
    ]
    const sessions = (one: number, two: number) => [
      readerSession('cam', 'r1', { list: 'rtmpConns', framesDiscarded: one }),
      readerSession('cam', 'r2', { list: 'rtmpConns', framesDiscarded: two }),
    ]
    start().poll([livePath('cam', 0, { readers })], sessions(10, 20))
    expect(fixture.sample('cam', 'path.framesDiscarded')).toBeNaN()
    await fixture.next([livePath('cam', 1, { readers })], sessions(11, 25))
    expect(fixture.sample('cam', 'path.framesDiscarded')).toBe(6)
    expect(fixture.streams.get('a', 'cam')?.framesDiscarded).toBe(36)
    await fixture.next([livePath('cam', 2, { readers })], sessions(11, 25))
    expect(fixture.sample('cam', 'path.framesDiscarded')).toBe(0)
    await fixture.next([livePath('cam', 3)], [], ['rtmpConns'])
    expect(fixture.sample('cam', 'path.framesDiscarded')).toBeNaN()
  })

  test('have nothing to say of discards where nobody reads', async () => {
    const publisher = () => publisherSession('cam', { list: 'srtConns', framesDiscarded: 0 })
    start().poll([livePath('cam', 0, { sourceType: 'srtConn' })], [publisher()])
    await fixture.next([livePath('cam', 1, { sourceType: 'srtConn' })], [publisher()])
    expect(fixture.sample('cam', 'path.framesDiscarded')).toBeNaN()
    expect(fixture.streams.get('a', 'cam')?.framesDiscarded).toBeNull()
  })

  test('count the losses of an SRT publisher whose connection was listed before it began to publish', async () => {
    const connection = publisherSession('srt', { list: 'srtConns', role: 'other', rtp: null })
    const srt = {
      rttMs: 1,
      rateMbps: 1,
      linkCapacityMbps: 1,
      packetsLoss: 40,
      packetsRetransmitted: 2,
      packetsDropped: 0,
      packetsBelated: 0,
      packetsUndecryptable: 0,
      latencyMs: 120,
      receiveBufferMs: null,
    }
    start().poll([idlePath('srt')], [connection])
    for (const polls of [1, 2]) await fixture.next([livePath('srt', polls, { sourceType: 'srtConn' })], [{ ...connection, role: 'publisher', srt }])
    expect(fixture.streams.get('a', 'srt')?.packetsLost).toBe(38)
    expect(fixture.sample('srt', 'path.packetsLost')).toBe(38)
  })

  test('drop the sessions of paths that vanished, and lists that nobody is in', async () => {
    start().poll([livePath('cam', 0), livePath('srt', 0, { sourceType: 'srtConn' })], [publisherSession('cam'), publisherSession('srt', { list: 'srtConns' })])
    expect(fixture.streams.sessionsOf('a')).toHaveLength(2)
    await fixture.next([livePath('cam', 1)])
    expect(fixture.streams.sessionsOf('a').map(({ path }) => path)).toEqual(['cam'])
  })
})

describe('samples', () => {
  test('have a row for each stream, whose list of paths is the same array until streams change', async () => {
    start().poll([livePath('a', 0), livePath('b', 0)])
    await fixture.next([livePath('a', 1), livePath('b', 1)])
    await fixture.next([livePath('b', 2), livePath('c', 2)])
    const [first, second, third] = fixture.batches
    expect(second?.parts).toBe(first?.parts)
    expect(third?.parts).toEqual(['a', 'b', 'c'])
    expect(third?.values).toHaveLength(3 * (third?.metrics.length ?? 0))
    expect(fixture.sample('a', 'path.state')).toBe(4)
    expect(fixture.sample('b', 'path.bitrateIn')).toBe(4)
    expect(fixture.sample('a', 'path.readers')).toBeNaN()
  })

  test('keep to their streams when one is removed', async () => {
    start().poll([wildPath('a', 0), livePath('b', 0), livePath('c', 0)])
    await fixture.next([livePath('b', 1000), livePath('c', 2000)])
    for (let hour = 0; hour < 2; hour++) {
      await fixture.clock.advance(3_600_000)
      fixture.poll([livePath('b', 1000 + hour), livePath('c', 2000 + hour)])
    }
    expect(stateOf('a')).toBeUndefined()
    await fixture.next([livePath('b', 500_000), livePath('c', 1_000_000)])
    const shown = ['b', 'c'].map((path) => Math.round((fixture.streams.get('a', path)?.figures.bitrateInBps ?? 0) / 1e5))
    expect(shown).toEqual([20, 40])
    await fixture.next([livePath('b', 1_000_000), livePath('c', 2_000_000)])
    const stored = ['b', 'c'].map((path) => Math.round((fixture.sample(path, 'path.bitrateIn') ?? 0) / 1e5))
    expect(stored).toEqual([20, 40])
    expect(fixture.batches.at(-1)?.parts).toHaveLength(2)
  })
})

describe('what is given out', () => {
  test('counts readers of types that are words of JavaScript like any others', () => {
    const readers = ['constructor', '__proto__', 'constructor', 'toString'].map((type, id) => ({ type, id: String(id) }))
    start().poll([livePath('cam', 0, { sourceType: 'constructor', readers })])
    const [report] = fixture.streams.reports()
    expect(streamReportSchema.parse(report)).toMatchObject({ sourceType: 'constructor', readers: 4 })
    expect(Object.entries(report?.readersByType ?? {}).sort()).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', 1],
    ])
  })

  test('fits the contract in every state', async () => {
    start().streams.configured(fixture.server, [configuredPath('idle')])
    const readers = [{ type: 'rtspSession', id: 'r' }]
    const paths = (bytes: number) => [livePath('cam', bytes, { readers }), livePath('stalls', 0), livePath('slate', 1, { slate: true }), idlePath('idle')]
    const sessions = [publisherSession('cam'), readerSession('cam', 'r')]
    fixture.poll([...paths(0), livePath('gone', 0), livePath('over', 0)], sessions)
    fixture.streams.configured(fixture.server, [configuredPath('idle'), configuredPath('gone')])
    for (let i = 1; i < 4; i++) await fixture.next(paths(i), sessions)
    const states = fixture.streams.reports().map((report) => streamReportSchema.parse(report).state)
    expect(new Set(states)).toEqual(new Set(['live', 'stalled', 'slate', 'gone', 'ended', 'waiting']))
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    for (const { name } of fixture.streams.reports())
      expect(streamSchema.parse(fixture.streams.get('a', name)).state).toBe(name === 'over' ? 'ended' : 'unknown')
    for (const facts of fixture.streams.changedSince(-1)?.facts ?? []) streamFactsSchema.parse(facts)
  })

  test('is in trouble exactly where the trouble words have something to say', async () => {
    start().streams.configured(fixture.server, [
      configuredPath('dead'),
      configuredPath('idle'),
      configuredPath('lazy', { onDemand: true }),
      configuredPath('gone'),
    ])
    const rtp = (lost: number) => ({ rtp: { packets: 9, lost, inError: 0, jitter: 1, reportedLost: null, discarded: null } })
    const paths = (bytes: number) => [
      livePath('fine', bytes),
      livePath('lossy', bytes),
      livePath('stalls', 0),
      livePath('slate', bytes, { slate: true }),
      idlePath('dead', { sourceType: 'rtspSource' }),
      idlePath('idle'),
      idlePath('lazy', { sourceType: 'rtspSource' }),
    ]
    fixture.poll([...paths(0), livePath('gone', 0)], [publisherSession('lossy', rtp(0)), publisherSession('fine')])
    for (let i = 1; i < 4; i++) await fixture.next(paths(i), [publisherSession('lossy', rtp(i)), publisherSession('fine')])
    const all = fixture.streams.reports().map(({ name }) => fixture.streams.get('a', name))
    const evaluated = all.flatMap((stream) => (stream && troubleOfStream('berlin', stream, stream.figures) ? [stream.path] : []))
    expect(Array.from(fixture.streams.eachTroubledOf('a'), ({ facts }) => facts.path).sort()).toEqual(evaluated.sort())
    expect(evaluated).toEqual(['dead', 'gone', 'lossy', 'slate', 'stalls'])
    expect([...fixture.streams.eachTroubledOf('nobody')]).toEqual([])
  })

  test('of changes is what changed since a revision, and no more', async () => {
    start().poll([livePath('cam', 0), idlePath('idle')])
    const before = fixture.streams.revision()
    await fixture.next([livePath('cam', 1), idlePath('idle', { tracks: [h264] })])
    const changes = fixture.streams.changedSince(before)
    expect(changes?.facts.map(({ path }) => path)).toEqual(['idle'])
    expect(changes?.figures.slot).toHaveLength(2)
    expect(fixture.streams.changedSince(fixture.streams.revision())).toMatchObject({ facts: [], removedSlots: [], figures: { slot: [] } })
  })

  test('totals count readers without ours, and add up', async () => {
    const readers = [
      { type: 'rtspSession', id: 'viewer' },
      { type: 'rtspSession', id: 'ours' },
    ]
    const sessions = [readerSession('cam', 'viewer'), readerSession('cam', 'ours', { own: true })]
    const paths = (bytes: number) => [livePath('cam', bytes, { readers, outboundBytes: 2 * bytes }), livePath('cam2', bytes), idlePath('idle')]
    start().poll(paths(0), sessions)
    await fixture.next(paths(500_000), sessions)
    expect(fixture.streams.totals('a')).toEqual({
      streams: 3,
      live: 2,
      slate: 0,
      waiting: 1,
      stalled: 0,
      gone: 0,
      unknown: 0,
      unknownOnAir: 0,
      ended: 0,
      expected: 2,
      expectedLive: 2,
      expectedSlate: 0,
      expectedStalled: 0,
      expectedGone: 0,
      expectedWaiting: 0,
      expectedUnknown: 0,
      expectedMaintenance: 0,
      readers: 1,
      ownReaders: 1,
      bitrateInBps: 4_000_000,
      bitrateOutBps: 4_000_000,
    })
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    expect(fixture.streams.totals('a'), 'of an outage those are counted that it may have taken').toMatchObject({ unknown: 3, unknownOnAir: 2 })
  })
})

test('pictures are taken where another reader has a place beside ours', async () => {
  const readers = [{ type: 'rtspSession', id: 'viewer' }]
  const paths = (bytes: number) => ['open', 'one', 'two', 'three'].map((name) => livePath(name, bytes, { readers }))
  start().streams.configured(
    fixture.server,
    ['open', 'one', 'two', 'three'].map((name, index) => configuredPath(name, index === 0 ? {} : { maxReaders: index })),
  )
  fixture.poll(paths(0))
  await fixture.next(paths(500_000))
  const pictured: string[] = []
  fixture.streams.eachPictured((_, path) => pictured.push(path))
  expect(pictured).toEqual(['open', 'three'])
})

describe('a picture that this console has open', () => {
  const hls = (id: string) => ({ type: 'hlsSession', id })
  test('is no viewer before its session list was read, and viewers are still counted', () => {
    let open = 0
    start({ openPictures: () => open })
    const readers = () => {
      const figures = fixture.streams.get('a', 'cam')?.figures
      return [figures?.readers, figures?.ownReaders]
    }
    fixture.poll([livePath('cam', 1)])
    open = 1
    fixture.poll([livePath('cam', 2, { readers: [hls('ours')] })])
    expect(readers()).toEqual([0, 1])
    fixture.poll([livePath('cam', 3, { readers: [hls('ours'), hls('viewer')] })])
    expect(readers(), 'two of whom nothing is known: one of them is ours').toEqual([1, 1])
    const lists = [readerSession('cam', 'ours', { list: 'hlsSessions', own: true }), readerSession('cam', 'viewer', { list: 'hlsSessions' })]
    fixture.poll([livePath('cam', 4, { readers: [hls('ours'), hls('viewer')] })], lists, ['hlsSessions'])
    expect(readers()).toEqual([1, 1])
    open = 0
    fixture.poll([livePath('cam', 5, { readers: [hls('ours'), hls('viewer'), hls('another')] })])
    expect(readers(), 'ours lingers on the server, and is still known').toEqual([2, 1])
  })
  test('is no reader of any protocol either, before its session list was read', () => {
    start({ openPictures: () => 1 })
    const byType = () => fixture.streams.get('a', 'cam')?.readersByType
    const rtsp = { type: 'rtspSession', id: 'viewer' }
    fixture.poll([livePath('cam', 1, { readers: [rtsp, hls('ours')] })])
    expect(byType()).toEqual({ rtspSession: 1 })
    fixture.poll([livePath('cam', 2, { readers: [rtsp, hls('ours'), hls('another')] })])
    expect(byType()).toEqual({ rtspSession: 1, hlsSession: 1 })
    fixture.poll([livePath('cam', 3, { readers: [rtsp, hls('ours')] })], [readerSession('cam', 'ours', { list: 'hlsSessions', own: true })], ['hlsSessions'])
    expect(byType()).toEqual({ rtspSession: 1 })
  })
})
