import { afterEach, describe, expect, test } from 'vitest'
import { ok } from '../../shared/result.ts'
import type { PathReading } from '../servers/readings.ts'
import type { TroubledStream } from './shownOfStreams.ts'
import { createStreamsFixture, idlePath, livePath, publisherSession, type StreamsFixture, startAt } from './streams.fixture.ts'

let fixture: StreamsFixture
const opened: StreamsFixture[] = []
function start(options?: Parameters<typeof createStreamsFixture>[0]) {
  fixture = createStreamsFixture(options)
  opened.push(fixture)
  return fixture
}
afterEach(() => {
  for (const { errors, clock, db } of opened.splice(0)) {
    expect(errors).toEqual([])
    expect(clock.pending()).toBe(0)
    if (db.open) db.close()
  }
})
function cam(path = 'cam') {
  const stream = fixture.streams.get('a', path)
  return [stream?.state, stream?.outageSince === null ? null : (stream?.outageSince ?? Number.NaN) - startAt]
}

describe('an outage', () => {
  test('has one beginning, from the last data through stalled, unknown and gone, and ends when data comes', async () => {
    start().poll([livePath('cam', 0)])
    await fixture.next([livePath('cam', 100)])
    expect(cam()).toEqual(['live', null])
    for (let i = 0; i < 2; i++) await fixture.next([livePath('cam', 100)])
    expect(cam()).toEqual(['stalled', 2_000])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    expect(cam()).toEqual(['unknown', 2_000])
    await fixture.next([])
    expect(cam()).toEqual(['unknown', 2_000])
    for (let i = 0; i < 10; i++) await fixture.next([])
    expect(cam()).toEqual(['gone', 2_000])
    // What is told of it names the same beginning.
    expect(fixture.events.map(({ kind, facts }) => [kind, facts.outageSince])).toEqual([
      ['streamStalled', startAt + 2_000],
      ['streamOff', startAt + 2_000],
    ])
    await fixture.next([livePath('cam', 5, { availableAt: fixture.clock.now(), sourceId: 'p2' })])
    expect(cam()).toEqual(['live', null])
  })

  test('in which somebody else takes the stream over is told so, although an answer fell in between; not if the same is back, or it was long', async () => {
    const session = (path: string, remoteAddr: string, id = `publisher-of-${path}`) => publisherSession(path, { remoteAddr, id })
    const stays = [livePath('fine', 0), session('fine', '10.4.1.9:4000')] as const
    const before = ['cam', 'same', 'late']
    start().poll([...before.map((path) => livePath(path, 0)), stays[0]], [...before.map((path) => session(path, '10.4.1.7:4000')), stays[1]])
    await fixture.next([stays[0]], [stays[1]])
    const anew = (path: string) => livePath(path, 5, { availableAt: fixture.clock.now(), sourceId: `${path} 2` })
    const soon = [anew('cam'), anew('same'), stays[0]]
    await fixture.next(soon, [session('cam', '10.4.1.8:4000', 'cam 2'), session('same', '10.4.1.7:4100', 'same 2'), stays[1]])
    for (let i = 0; i < 5; i++) await fixture.next(soon, [stays[1]])
    await fixture.next([...soon, anew('late')], [session('late', '10.4.1.8:4000', 'late 2'), stays[1]])
    expect(fixture.events.flatMap(({ kind, path }) => (kind === 'publisherChanged' || kind === 'streamOn' ? [`${kind} ${path}`] : [])).sort()).toEqual([
      'publisherChanged cam',
      'streamOn cam',
      'streamOn late',
      'streamOn same',
    ])
  })

  test('says who disconnected its publisher also where the next one is connected by then, but not ready', async () => {
    const kick = { by: 'Mia', reason: 'wrong camera' }
    start().poll([livePath('cam', 0, { sourceId: 'p1' }), livePath('fine', 0)])
    await fixture.next([livePath('cam', 100, { sourceId: 'p1' }), livePath('fine', 1)])
    fixture.streams.kicked('a', 'cam', 'p1', kick)
    await fixture.next([{ ...idlePath('cam'), sourceType: 'rtspSession', sourceId: 'p2' }, livePath('fine', 2)])
    expect(fixture.events.map(({ kind, facts }) => [kind, facts.kicked])).toEqual([['streamOff', kick]])
    const back = (inbound: number) => [livePath('cam', inbound, { availableAt: fixture.clock.now(), sourceId: 'p2' }), livePath('fine', inbound)] as const
    await fixture.next([...back(5)])
    const [cam, fine] = back(9)
    await fixture.next([{ ...cam, availableAt: cam.availableAt }, fine])
    await fixture.next([livePath('fine', 10)])
    expect(
      fixture.events.map(({ kind, facts }) => [kind, facts.kicked]),
      'the next one was not',
    ).toContainEqual(['streamOff', undefined])
  })

  test('is as old as it is in every list of what is in trouble, whatever it was called on the way', async () => {
    start().poll([livePath('silent', 0), livePath('left', 0), livePath('fine', 0)])
    await fixture.next([livePath('silent', 100), livePath('left', 100), livePath('fine', 100)])
    for (let i = 2; i < 5; i++) await fixture.next([livePath('silent', 100), livePath('left', i * 100), livePath('fine', i * 100)])
    // The one that was silent goes too, after the other left.
    await fixture.next([livePath('silent', 100), livePath('fine', 500)])
    for (let i = 6; i < 20; i++) await fixture.next([livePath('fine', i * 100)])
    const shown = (one: TroubledStream) => [one.facts.path, one.facts.state, (one.facts.outageSince ?? Number.NaN) - startAt]
    expect(Array.from(fixture.streams.eachTroubledOf('a'), shown).sort()).toEqual([
      ['left', 'gone', 8_000],
      ['silent', 'gone', 2_000],
    ])
  })

  test('goes on over a restart of this console', async () => {
    start().poll([livePath('cam', 0), livePath('fine', 0)])
    await fixture.next([livePath('fine', 1)])
    fixture.streams.close()
    const { db, clock } = fixture
    await clock.advance(60_000)
    start({ db, clock }).poll([idlePath('cam'), livePath('fine', 2)])
    expect(cam()).toEqual(['gone', 0])
    expect(cam('fine')).toEqual(['live', null])
  })

  test('that began while this console did not run began between its last look and its first, and lasts as long as that leaves open', async () => {
    start().poll([livePath('cam', 0), livePath('fine', 0)])
    fixture.streams.close()
    const { db, clock } = fixture
    await clock.advance(23_000)
    start({ db, clock }).poll([idlePath('cam'), livePath('fine', 2)])
    await clock.advance(17_000)
    await fixture.next([livePath('cam', 9, { availableAt: startAt + 42_000, sourceId: 'p2' }), livePath('fine', 3)])
    expect(fixture.events.map(({ text, facts }) => [text, facts.minMs, facts.maxMs])).toEqual([
      ['The RTSP publisher is back after 19 to 42 s: H264 640×360.', 19_000, 42_000],
    ])
  })

  test('that was seen to begin before a restart of this console keeps the interval in which it began', async () => {
    start().poll([livePath('cam', 0), livePath('fine', 0)])
    await fixture.next([livePath('fine', 1)])
    fixture.streams.close()
    const { db, clock } = fixture
    await clock.advance(60_000)
    start({ db, clock }).poll([idlePath('cam'), livePath('fine', 2)])
    await fixture.next([livePath('cam', 9, { availableAt: startAt + 63_000, sourceId: 'p2' }), livePath('fine', 3)])
    expect(fixture.events.map(({ facts }) => [facts.minMs, facts.maxMs])).toEqual([[61_000, 63_000]])
  })

  test('is none of a stream that was stopped because nobody reads it, nor of one that was never on', async () => {
    start().streams.configured(fixture.server, [{ name: 'lazy', pattern: false, onDemand: true, source: 'rtsp', alwaysAvailable: false }])
    fixture.poll([livePath('lazy', 0), idlePath('idle')])
    await fixture.next([idlePath('lazy'), idlePath('idle')])
    expect([cam('lazy'), cam('idle')]).toEqual([
      ['waiting', null],
      ['waiting', null],
    ])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    expect([cam('lazy'), cam('idle')]).toEqual([
      ['unknown', null],
      ['unknown', null],
    ])
  })
})

describe('durations', () => {
  test('are made of whole milliseconds, whatever fractions the arrivals of answers have', async () => {
    start()
    const pollBefore = (ms: number, paths: readonly PathReading[]) => {
      const { paths: answer, ...round } = fixture.roundOf(paths)
      if (answer.ok) fixture.streams.observe(fixture.server, { ...round, paths: ok({ ...answer.value, arrivedAt: answer.value.arrivedAt - ms }) })
    }
    await fixture.clock.advance(1_000)
    pollBefore(0.58, [livePath('cam', 0), livePath('other', 0)])
    await fixture.clock.advance(2_000)
    pollBefore(0.42, [livePath('cam', 1000)])
    const { stateSince, outageSince, lastLiveAt } = fixture.streams.get('a', 'other') ?? {}
    const told = fixture.events.flatMap(({ at, facts: { minMs, maxMs } }) => [at, minMs, maxMs])
    expect([stateSince, outageSince, lastLiveAt, ...told]).toEqual([startAt + 3_000, startAt + 999, startAt + 999, startAt + 3_000, 60_999, 63_000])
  })

  test('of silence are what is known of it: between the last data and the first again, as answers saw them', async () => {
    // Silent from 0.5 s to 7 s.
    start().poll([livePath('cam', 0)])
    for (const bytes of [500, 500, 500, 1500]) await fixture.next([livePath('cam', bytes)])
    expect(fixture.events.map(({ kind, text, facts }) => [kind, text, facts.minMs, facts.maxMs])).toEqual([
      ['streamStalled', 'The RTSP publisher is connected, but has sent no data for 4 to 6 s.', 4_000, 6_000],
      ['streamRecovered', 'The RTSP publisher sends data again after 4 to 8 s.', 4_000, 8_000],
    ])
  })

  test('of an outage end when the server itself says that the stream came back', async () => {
    start().poll([livePath('cam', 0), livePath('other', 0)])
    await fixture.next([livePath('other', 1)])
    await fixture.next([livePath('other', 2), livePath('cam', 9, { availableAt: startAt + 2_300, sourceId: 'p2' })])
    expect(fixture.events.at(-1)).toMatchObject({ kind: 'streamOn', at: startAt + 4_000, facts: { minMs: 300, maxMs: 2_300 } })
    expect(fixture.events.at(-1)?.text).toContain('is back after less than 3 s')
  })

  test('begin with the data that stopped, not with the publisher that was closed for it', async () => {
    start().poll([livePath('cam', 0), livePath('other', 0)])
    for (let i = 1; i <= 5; i++) await fixture.next([livePath('cam', 0), livePath('other', i)])
    await fixture.next([livePath('other', 6)])
    await fixture.next([livePath('other', 7), livePath('cam', 9, { availableAt: startAt + 13_000, sourceId: 'p2' })])
    expect(fixture.events.at(-1)).toMatchObject({ kind: 'streamOn', facts: { minMs: 13_000, maxMs: 13_000 } })
  })
})

describe('silence', () => {
  test('is not that of a server that hung: nobody could be asked meanwhile', async () => {
    const names = Array.from({ length: 27 }, (_, i) => `cam${i}`)
    start().poll(names.map((name) => livePath(name, 100)))
    await fixture.next(names.map((name) => livePath(name, 200)))
    // Stopped right after that answer, for 6 s.
    await fixture.clock.advance(6_000)
    fixture.poll(
      names.map((name) => livePath(name, 200)),
      [],
      [],
      { tookMs: 4_000 },
    )
    expect(fixture.streams.totals('a')).toMatchObject({ live: 27, stalled: 0 })
    await fixture.next(names.map((name) => livePath(name, 300)))
    expect(fixture.events).toEqual([])
  })
})

describe('a server that was restarted between two polls', () => {
  const cams = (bytes: number, names: readonly string[], changes = {}) => names.map((name) => livePath(name, bytes, changes))
  const observe = async (paths: readonly PathReading[], restarted: boolean | null) => {
    await fixture.clock.advance(2_000)
    if (restarted) fixture.streams.restarted(fixture.server)
    fixture.poll(paths, [], [], { restarted })
  }
  test('has its publishers waited for where nothing tells its start, and says what it may have been', async () => {
    start().poll(cams(0, ['a', 'b', 'c']))
    await observe([], null)
    expect(fixture.streams.totals('a')).toMatchObject({ unknown: 3, gone: 0 })
    expect(fixture.events.map(({ kind, text }) => [kind, text])).toEqual([
      ['serverRestarted', 'All 3 publishers of berlin left or reconnected at once: it was restarted, or its network was interrupted.'],
    ])
    await observe(cams(1, ['a', 'b'], { availableAt: startAt + 3_000 }), null)
    for (let i = 0; i < 8; i++) await observe(cams(2 + i, ['a', 'b'], { availableAt: startAt + 3_000 }), null)
    expect(fixture.events.slice(1).map(({ kind, path, at }) => [kind, path, at - startAt])).toEqual([['streamOff', 'c', 2_000]])
  })

  test('was not where a session of before is still in its lists: its publishers left at once, and nobody is waited for', async () => {
    const gateway = publisherSession('', { id: 'idle', role: 'other' })
    start().poll(cams(0, ['a', 'b']), [publisherSession('a'), publisherSession('b'), gateway])
    await fixture.next([], [gateway])
    expect(fixture.events.map(({ kind, path }) => [kind, path])).toEqual([
      ['streamOff', 'a'],
      ['streamOff', 'b'],
    ])
    expect(fixture.streams.totals('a').unknown).toBe(0)
  })

  test('may have been where every session in its lists is another one', async () => {
    const gateway = publisherSession('', { id: 'idle', role: 'other' })
    start().poll(cams(0, ['a', 'b']), [publisherSession('a'), publisherSession('b'), gateway])
    await fixture.next([], [{ ...gateway, id: 'idle again', createdAt: startAt + 1_000 }])
    expect(fixture.events.map(({ kind }) => kind)).toEqual(['serverRestarted'])
  })

  test('was not where the stream of a slate goes on: its counters would have begun again', async () => {
    const slate = livePath('slate', 0, { slate: true, sourceType: null, sourceId: '' })
    start().poll([...cams(0, ['a', 'b']), slate])
    await fixture.next([{ ...slate, inboundBytes: 1 }])
    expect(fixture.events.map(({ kind }) => kind)).toEqual(['streamOff', 'streamOff'])
  })

  test('is asked whether it was, when all publishers go or change together, and only then', async () => {
    start().poll(cams(0, ['a', 'b', 'c']))
    expect(fixture.streams.wanted('a', cams(1, ['a', 'b', 'c']))).toEqual({ info: false, configuration: false })
    expect(fixture.streams.wanted('a', cams(1, ['a', 'b']))).toEqual({ info: false, configuration: true })
    expect(fixture.streams.wanted('a', [])).toEqual({ info: true, configuration: true })
    expect(fixture.streams.wanted('a', cams(1, ['a', 'b', 'c'], { availableAt: startAt + 1 }))).toEqual({ info: true, configuration: false })
  })

  test('and was not, by its own word: what left has left, at once', async () => {
    start().poll(cams(0, ['a', 'b', 'c']))
    await observe([], false)
    expect(fixture.events.map(({ kind }) => kind)).toEqual(['streamOff', 'streamOff', 'streamOff'])
  })

  test('and two publishers that are replaced by others of their host are told, while the rest goes on', async () => {
    start().poll(cams(0, ['a', 'b', 'c']), [publisherSession('a'), publisherSession('b'), publisherSession('c')])
    const anew = { availableAt: startAt + 1_500, sourceId: 'p2' }
    await observe([...cams(1, ['a', 'b'], anew), ...cams(1, ['c'])], null)
    expect(fixture.events.map(({ kind, path }) => [kind, path])).toEqual([
      ['publisherChanged', 'a'],
      ['publisherChanged', 'b'],
    ])
    // All of them at once too, where the server says that it is the same.
    await observe(cams(1, ['a', 'b', 'c'], { availableAt: startAt + 3_500, sourceId: 'p3' }), false)
    expect(fixture.events.filter(({ kind }) => kind === 'publisherChanged')).toHaveLength(5)
  })
})

describe('a configuration', () => {
  const onDemand = { name: 'lazy', pattern: false, onDemand: true, source: 'rtsp', alwaysAvailable: false } as const
  test('is read before anything is said to have left; a stream is not judged while it is due', async () => {
    start().poll([livePath('cam', 0), livePath('lazy', 0, { confName: 'lazy' })])
    await fixture.clock.advance(2_000)
    fixture.poll([livePath('cam', 1), idlePath('lazy')], [], [], { configurationDue: true })
    expect(fixture.streams.get('a', 'lazy')).toMatchObject({
      state: 'unknown',
      why: { kind: 'judgedSoon' },
    })
    expect(fixture.events).toEqual([])
    expect(fixture.streams.wanted('a', [livePath('cam', 1), idlePath('lazy')]).configuration).toBe(true)
    fixture.streams.configured(fixture.server, [onDemand])
    await fixture.next([livePath('cam', 2), idlePath('lazy')])
    expect(cam('lazy')).toEqual(['waiting', null])
    expect(fixture.events.map(({ kind, at, text }) => [kind, at - startAt, text])).toEqual([
      ['streamEnded', 2_000, 'The RTSP publisher was stopped after 1 min 00 s to 1 min 02 s on air: nobody reads it.'],
    ])
  })

  test('that does not excuse it leaves it gone, since it was missed', async () => {
    start().poll([livePath('cam', 0), livePath('other', 0)])
    await fixture.clock.advance(2_000)
    fixture.poll([livePath('other', 1)], [], [], { configurationDue: true })
    await fixture.next([livePath('other', 2)])
    expect(fixture.streams.get('a', 'cam')).toMatchObject({ state: 'gone', stateSince: startAt + 2_000, outageSince: startAt })
    expect(fixture.events.map(({ at, text }) => [at - startAt, text])).toEqual([[2_000, 'The RTSP publisher left after 1 min 00 s to 1 min 02 s on air.']])
  })

  test('that is waited for hides no outage: one who connects again meanwhile went off and came on, each by its name and time', async () => {
    start().poll([livePath('cam', 0), livePath('other', 0)], [publisherSession('cam'), publisherSession('other')])
    await fixture.clock.advance(2_000)
    fixture.poll([livePath('other', 1)], [publisherSession('other')], [], { configurationDue: true })
    await fixture.clock.advance(2_000)
    const back = { availableAt: startAt + 3_000, sourceId: 'p2' }
    fixture.poll(
      [livePath('cam', 1, back), livePath('other', 2)],
      [publisherSession('cam', { id: 'p2', remoteAddr: '10.4.1.8:6000' }), publisherSession('other')],
    )
    expect(fixture.events.map(({ kind, at, text }) => [kind, at - startAt, text])).toEqual([
      ['streamOff', 2_000, 'Publisher 10.4.1.7 left after 1 min 00 s to 1 min 02 s on air.'],
      ['streamOn', 4_000, 'Publisher 10.4.1.8 is back after 1 to 3 s: H264 640×360.'],
      ['publisherChanged', 4_000, 'The publisher changed from 10.4.1.7 to 10.4.1.8.'],
    ])
    expect(fixture.streams.get('a', 'cam')).toMatchObject({ state: 'live', stateSince: startAt + 4_000, outageSince: null })
  })

  test('is read at launch before a path that was once live is gone', async () => {
    start().poll([livePath('lazy', 0), livePath('cam', 0)])
    fixture.streams.close()
    const { db, clock } = fixture
    await clock.advance(60_000)
    start({ db, clock, configurationAsked: false }).poll([idlePath('lazy')])
    expect([cam('lazy')[0], cam()[0]]).toEqual(['unknown', 'unknown'])
    fixture.streams.configured(fixture.server, [onDemand, { ...onDemand, name: 'cam', onDemand: false }])
    await fixture.next([idlePath('lazy')])
    expect([cam('lazy')[0], cam()[0]]).toEqual(['waiting', 'gone'])
    expect(fixture.events).toEqual([])
  })
})

describe('a configuration that is not read', () => {
  const named = (name: string, onDemand = false) => ({ name, pattern: false, onDemand, source: 'publisher', alwaysAvailable: false })
  const due = { configurationDue: true } as const
  const told = () => fixture.events.map(({ kind, path, at, text }) => [kind, path, at - startAt, text])
  const moveOn = async (paths: readonly PathReading[]) => {
    await fixture.clock.advance(2_000)
    fixture.poll(paths, [], [], due)
  }

  test('leaves a stream that went unjudged for 5 s: then it is gone by what is known, since it went, and is told', async () => {
    start().streams.configured(fixture.server, [named('cam'), named('other')])
    fixture.poll([livePath('cam', 0), livePath('other', 0)], [], [], due)
    for (let i = 1; i <= 3; i++) {
      await moveOn([idlePath('cam'), livePath('other', i)])
      expect(cam()[0]).toBe('unknown')
    }
    await moveOn([idlePath('cam'), livePath('other', 4)])
    expect(fixture.streams.get('a', 'cam')).toMatchObject({ state: 'gone', stateSince: startAt + 2_000, outageSince: startAt })
    const left = ['streamOff', 'cam', 2_000, 'The RTSP publisher left after 1 min 00 s to 1 min 02 s on air.']
    expect(told()).toEqual([left])
    expect(fixture.streams.wanted('a', [idlePath('cam'), livePath('other', 5)]).configuration, 'a newer one is still wanted').toBe(true)
    // It says the same: nothing more is told, then or when it changes a day later.
    fixture.streams.configured(fixture.server, [named('cam'), named('other')])
    expect(fixture.streams.wanted('a', [idlePath('cam'), livePath('other', 5)]).configuration).toBe(false)
    await moveOn([idlePath('cam'), livePath('other', 5)])
    fixture.streams.configured(fixture.server, [named('other')])
    await moveOn([livePath('other', 6)])
    expect(cam()[0]).toBe('ended')
    expect(told()).toEqual([left])
  })

  test.each([
    ['on demand', [named('cam', true), named('other')], 'waiting', 'The RTSP publisher was stopped after 1 min 00 s to 1 min 02 s on air: nobody reads it.'],
    ['not named any more', [named('other')], 'ended', 'The RTSP publisher left after 1 min 00 s to 1 min 02 s on air.'],
  ] as const)('and says later that what was said to be gone is %s: it is judged again, and that is told', async (_, newer, state, text) => {
    start().streams.configured(fixture.server, [named('cam'), named('other')])
    fixture.poll([livePath('cam', 0), livePath('other', 0)], [], [], due)
    for (let i = 1; i <= 4; i++) await moveOn([livePath('other', i)])
    expect(cam()[0]).toBe('gone')
    fixture.streams.configured(fixture.server, newer)
    await moveOn([livePath('other', 5)])
    expect(cam()).toEqual([state, null])
    expect(told().slice(1)).toEqual([['streamEnded', 'cam', 10_000, text]])
    for (let i = 6; i <= 8; i++) await moveOn([livePath('other', i)])
    expect(fixture.events).toHaveLength(2)
  })

  test('and says later that what was said to have ended is named: it is gone, and that is told', async () => {
    start().streams.configured(fixture.server, [named('other')])
    fixture.poll([livePath('cam', 0), livePath('other', 0)], [], [], due)
    for (let i = 1; i <= 4; i++) await moveOn([livePath('other', i)])
    fixture.streams.configured(fixture.server, [named('cam'), named('other')])
    await moveOn([livePath('other', 5)])
    expect(cam()[0]).toBe('gone')
    expect(told().map(([kind]) => kind)).toEqual(['streamEnded', 'streamOff'])
  })

  test('takes no trouble away: a stalled stream whose session ends is gone at once', async () => {
    start().streams.configured(fixture.server, [named('cam'), named('other')])
    for (let i = 0; i < 4; i++) await moveOn([livePath('cam', 0), livePath('other', i)])
    expect(cam()[0]).toBe('stalled')
    expect([...fixture.streams.eachTroubledOf('a')]).toHaveLength(1)
    await moveOn([idlePath('cam'), livePath('other', 4)])
    expect(cam()[0]).toBe('gone')
    expect([...fixture.streams.eachTroubledOf('a')]).toHaveLength(1)
  })

  test('makes no trouble: a source that is not pulled may be on demand for all that is known', async () => {
    start({ configurationAsked: false }).poll([idlePath('od', { sourceType: 'rtspSource' }), livePath('cam', 0)])
    expect(fixture.streams.get('a', 'od')).toMatchObject({ state: 'waiting', expected: false })
    expect([...fixture.streams.eachTroubledOf('a')]).toHaveLength(0)
    fixture.streams.configured(fixture.server, null)
    await fixture.clock.advance(2_000)
    fixture.poll([idlePath('od', { sourceType: 'rtspSource' }), livePath('cam', 1)])
    expect([...fixture.streams.eachTroubledOf('a')], 'nor after it could not be read').toHaveLength(0)
    fixture.streams.configured(fixture.server, [named('od'), named('cam')])
    expect([...fixture.streams.eachTroubledOf('a')]).toHaveLength(1)
  })
})

describe('a server that came back', () => {
  const slateOf = (bytes: number, availableAt: number) => livePath('slate', bytes, { slate: true, sourceType: null, sourceId: '', availableAt })
  const noSource = idlePath('slate')

  test('finds a slate on air as it was: it goes on, with the age it had, whether it is there at once or after a few polls', async () => {
    start().poll([slateOf(0, startAt - 60_000), livePath('cam', 0)])
    await fixture.clock.advance(600_000)
    for (const [how, missing] of [
      ['down', 0],
      ['down', 3],
      ['restarted', 0],
      ['restarted', 3],
    ] as const) {
      if (how === 'down') {
        fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
        await fixture.clock.advance(10_000)
      } else fixture.streams.restarted(fixture.server)
      const availableAt = fixture.clock.now() + 2_000 * missing
      const again = livePath('cam', fixture.clock.now() - startAt, { availableAt, sourceId: `p${availableAt}` })
      for (let i = 0; i < missing; i++) await fixture.next([noSource, again])
      for (let i = 1; i < 12; i++) await fixture.next([slateOf(i, availableAt), { ...again, inboundBytes: (again.inboundBytes ?? 0) + i }])
      expect([how, missing, ...cam('slate'), (fixture.streams.get('a', 'slate')?.stateSince ?? 0) - startAt]).toEqual([how, missing, 'slate', null, 0])
    }
    expect(fixture.events.filter(({ path }) => path === 'slate')).toEqual([])
  })

  test('misses a slate that does not come back, once it was waited for', async () => {
    start().poll([slateOf(0, startAt - 60_000), livePath('cam', 0), livePath('fine', 0)])
    await fixture.next([slateOf(1, startAt - 60_000), livePath('cam', 1), livePath('fine', 1)])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    for (let i = 2; i < 12; i++) await fixture.next([noSource, livePath('cam', i), livePath('fine', i)])
    expect(cam('slate')[0]).not.toBe('unknown')
    expect(cam('slate')[0]).not.toBe('slate')
  })

  test('has its publishers connect anew: only who is another one is news', async () => {
    start().poll([livePath('one', 0), livePath('two', 0), livePath('three', 0)], [publisherSession('one'), publisherSession('two')])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    await fixture.next([livePath('one', 1), livePath('two', 1), livePath('three', 1)], [publisherSession('one'), publisherSession('two')])
    const anew = { availableAt: startAt + 3_500, sourceId: 'p2' }
    await fixture.next(
      [livePath('one', 2, anew), livePath('two', 2, { ...anew, sourceId: 'p3' }), livePath('three', 2)],
      [publisherSession('one', { id: 'p2' }), publisherSession('two', { id: 'p3', remoteAddr: '10.4.1.9:6000' })],
    )
    expect(fixture.texts()).toEqual(['two: The publisher changed from 10.4.1.7 to 10.4.1.9.'])
  })

  test('from a restart that was seen has whoever connects anew after it told', async () => {
    start().poll([livePath('one', 0), livePath('two', 0)], [publisherSession('one'), publisherSession('two')])
    fixture.streams.restarted(fixture.server)
    const anew = { availableAt: startAt + 1_500, sourceId: 'p2' }
    await fixture.next([livePath('one', 1, anew), livePath('two', 1)], [publisherSession('one', { id: 'p2' }), publisherSession('two')])
    expect(fixture.events).toEqual([])
    const again = { availableAt: startAt + 3_500, sourceId: 'p3' }
    await fixture.next([livePath('one', 2, again), livePath('two', 2)], [publisherSession('one', { id: 'p3' }), publisherSession('two')])
    expect(fixture.texts()).toEqual(['one: Publisher 10.4.1.7 reconnected.'])
  })

  test('has a stream that was seen since then leave at once when it leaves, and says that it left', async () => {
    start().poll([livePath('one', 0), livePath('two', 0), livePath('three', 0)])
    fixture.streams.lost(fixture.server, fixture.clock.now(), 'down')
    await fixture.next([livePath('one', 1), livePath('two', 1)])
    await fixture.next([livePath('one', 2)])
    expect(['two', 'three'].map((path) => cam(path)[0])).toEqual(['gone', 'unknown'])
    expect(fixture.texts()).toEqual(['two: The RTSP publisher left after 1 min 02 s to 1 min 04 s on air.'])
  })
})
