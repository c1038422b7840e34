import { afterEach, describe, expect, test } from 'vitest'
import { streamFactsSchema } from '../../shared/streams.ts'
import type { PathReading } from '../servers/readings.ts'
import { createStreamsFixture, livePath, readerSession, type StreamsFixture, wildPath } from './streams.fixture.ts'

let fixture: StreamsFixture
afterEach(() => {
  expect(fixture.errors).toEqual([])
  fixture.db.close()
})
const hls = (id: string) => ({ type: 'hlsSession', id })
const muxer = { type: 'hlsMuxer', id: '' }
function cam() {
  const stream = fixture.streams.get('a', 'cam')
  if (stream === null) throw new Error('there is cam')
  return stream
}

test('a picture of ours changes neither the rate that is shown, nor the sum, nor history', async () => {
  fixture = createStreamsFixture({ openPictures: () => 1 })
  const viewerRate = 250_000
  const round = (n: number, ours: boolean) => {
    const sent = n * viewerRate + (ours ? (n - 5) * viewerRate : 0)
    const readers = ours ? [hls('viewer'), hls('ours')] : [hls('viewer')]
    const sessions = readers.map(({ id }) =>
      readerSession('cam', id, { list: 'hlsSessions', own: id === 'ours', outboundBytes: (id === 'ours' ? n - 5 : n) * viewerRate }),
    )
    return [[livePath('cam', n * viewerRate, { readers, outboundBytes: sent })], sessions, ['hlsSessions']] as const
  }
  fixture.poll(...round(0, false))
  for (let n = 1; n <= 5; n++) await fixture.next(...round(n, false))
  expect(cam().figures).toMatchObject({ bitrateOutBps: 1_000_000, readers: 1, ownReaders: 0 })
  await fixture.next(...round(6, true))
  expect(cam().outIncludesOurs, 'of one answer no rate of our session is known: it is said').toBe(true)
  for (let n = 7; n <= 12; n++) {
    await fixture.next(...round(n, true))
    expect(cam().figures).toMatchObject({ bitrateOutBps: 1_000_000, readers: 1, ownReaders: 1 })
    expect(cam().outIncludesOurs).toBeUndefined()
    expect(fixture.sample('cam', 'path.bitrateOut')).toBe(1_000_000)
    expect(fixture.streams.totals('a').bitrateOutBps).toBe(1_000_000)
  }
})

test.each([
  ['RTSP', 'rtspSession', 'rtspSessions'],
  ['SRT', 'srtConn', 'srtConns'],
] as const)('a picture that is read by %s is no viewer and no traffic of viewers', async (_, type, list) => {
  fixture = createStreamsFixture()
  const rate = 250_000
  const round = (n: number) => {
    const readers = ['viewer', 'ours'].map((id) => ({ type, id }))
    const sessions = readers.map(({ id }) => readerSession('cam', id, { list, own: id === 'ours', outboundBytes: n * rate }))
    return [[livePath('cam', n * rate, { readers, outboundBytes: 2 * n * rate })], sessions, [list]] as const
  }
  fixture.poll(...round(0))
  for (let n = 1; n <= 6; n++) await fixture.next(...round(n))
  expect(cam().figures).toMatchObject({ bitrateOutBps: 1_000_000, readers: 1, ownReaders: 1 })
  expect(fixture.sample('cam', 'path.bitrateOut')).toBe(1_000_000)
})

test.each([
  ['a viewer', false, null],
  ['our picture', true, 0],
] as const)('what a server receives stays known as %s leaves, and what it sends where that is ours', async (_, own, bitrateOutBps) => {
  fixture = createStreamsFixture()
  const round = (n: number, isRead: boolean) => {
    const readers = isRead ? [{ type: 'rtspSession', id: 'reader' }] : []
    const sessions = readers.map(({ id }) => readerSession('cam', id, { list: 'rtspSessions', own, outboundBytes: n * 250_000 }))
    return [[livePath('cam', n * 250_000, { readers, outboundBytes: n * 250_000 })], sessions, ['rtspSessions']] as const
  }
  fixture.poll(...round(0, false))
  for (let n = 1; n <= 4; n++) await fixture.next(...round(n, n === 4))
  await fixture.next(...round(5, false))
  expect(fixture.streams.totals('a')).toMatchObject({ bitrateInBps: 1_000_000, bitrateOutBps })
})

test('a picture that was read between two answers is not in what viewers get', async () => {
  let now = 0
  let readAt = Number.NEGATIVE_INFINITY
  const readMs = (_: string, __: string, withinMs: number) => Math.max(0, Math.min(1_000, readAt + 1_000 - (now - withinMs)))
  fixture = createStreamsFixture({ pictureReads: { count: () => 0, readMs } })
  const readers = [{ type: 'rtspSession', id: 'viewer' }]
  let sent = 0
  let received = 0
  const next = async (ofPicture: number) => {
    now += 2_000
    received += 250_000
    sent += 250_000 + ofPicture
    await fixture.next([livePath('cam', received, { readers, outboundBytes: sent })])
    return cam().figures.bitrateOutBps
  }
  fixture.poll([livePath('cam', 0, { readers, outboundBytes: 0 })])
  for (let n = 0; n < 6; n++) expect(await next(0)).toBe(1_000_000)
  readAt = now + 500
  for (const ofPicture of [125_000, 0, 0, 0, 0, 0, 0]) {
    expect(await next(ofPicture)).toBe(1_000_000)
    expect(fixture.sample('cam', 'path.bitrateOut')).toBe(1_000_000)
  }
})

test('what a picture took between two answers is sent to nobody; what is sent while somebody reads is', async () => {
  let readAt = Number.NEGATIVE_INFINITY
  let now = 0
  const count = (_: string, __: string, withinMs = 1_000) => (now - readAt <= withinMs ? 1 : 0)
  fixture = createStreamsFixture({ pictureReads: { count, readMs: () => 0 } })
  let sent = 0
  const next = async (bytes: number, readers: PathReading['readers'] = []) => {
    now += 2_000
    sent += bytes
    await fixture.next([livePath('cam', now * 125, { readers, outboundBytes: sent })])
    return cam().figures.bitrateOutBps
  }
  const configure = (forwards: boolean) =>
    fixture.streams.configured(fixture.server, [{ name: 'cam', pattern: false, onDemand: false, source: 'publisher', alwaysAvailable: false, forwards }])
  configure(false)
  fixture.poll([livePath('cam', 0, { outboundBytes: 0 })])
  expect(await next(0)).toBe(0)
  readAt = now + 500
  for (const bytes of [250_000, 0, 0, 0, 0]) {
    expect(await next(bytes)).toBe(0)
    expect(fixture.sample('cam', 'path.bitrateOut')).toBe(0)
  }
  // Nobody of ours read: somebody came and went.
  expect(await next(250_000)).toBeGreaterThan(0)
  for (let n = 0; n < 4; n++) await next(0)
  readAt = now + 500
  expect(await next(250_000, [{ type: 'rtspSession', id: 'viewer' }])).toBeGreaterThan(0)
  // A forwarded stream is sent without a reader.
  for (let n = 0; n < 4; n++) await next(0)
  configure(true)
  readAt = now + 500
  expect(await next(250_000)).toBeGreaterThan(0)
})

test('what is sent to readers of ours alone is sent to nobody, also where their list lacks what each got', async () => {
  fixture = createStreamsFixture()
  fixture.streams.configured(fixture.server, [{ name: 'cam', pattern: false, onDemand: false, source: 'publisher', alwaysAvailable: false }])
  const readers = [{ type: 'rtspSession', id: 'ours' }]
  const round = (n: number) =>
    [
      [livePath('cam', n * 250_000, { readers, outboundBytes: n * 250_000 })],
      [readerSession('cam', 'ours', { own: true, outboundBytes: null })],
      ['rtspSessions'],
    ] as const
  fixture.poll(...round(0))
  for (let n = 1; n < 5; n++) {
    await fixture.next(...round(n))
    expect(cam().figures).toMatchObject({ readers: 0, ownReaders: 1, bitrateOutBps: 0 })
    expect(cam()).not.toHaveProperty('outIncludesOurs')
  }
})

test('a picture of ours is left out as the server counts it: a whole stream as long as its session is listed, whatever it fetched', async () => {
  fixture = createStreamsFixture({ openPictures: () => 1 })
  const rate = 250_000
  const fetched = [0, 900_000, 900_000, 1_400_000, 1_400_000, 1_400_000, 1_400_000, 1_400_000]
  const round = (n: number) => {
    const sessions = [
      readerSession('cam', 'viewer', { list: 'hlsSessions', outboundBytes: n * rate }),
      readerSession('cam', 'ours', { list: 'hlsSessions', own: true, outboundBytes: fetched[n] ?? 0 }),
    ]
    return [[livePath('cam', n * rate, { readers: [hls('viewer'), hls('ours')], outboundBytes: 2 * n * rate })], sessions, ['hlsSessions']] as const
  }
  fixture.poll(...round(0))
  await fixture.next(...round(1))
  for (let n = 2; n < fetched.length; n++) {
    await fixture.next(...round(n))
    expect(fixture.sample('cam', 'path.bitrateOut')).toBe(1_000_000)
    expect(cam().figures).toMatchObject({ bitrateInBps: 1_000_000, bitrateOutBps: 1_000_000 })
  }
})

test.each([
  ['RTSP', 'rtspSession', 'rtspSessions'],
  ['SRT', 'srtConn', 'srtConns'],
] as const)('a picture that is read by %s is no viewer before its session is listed either, and a viewer who joins meanwhile is', async (_, type, list) => {
  let reads = 0
  fixture = createStreamsFixture({ pictureReads: { count: () => reads, readMs: () => 0 } })
  const readersOf = (...ids: readonly string[]) => ids.map((id) => ({ type, id }))
  const viewer = readerSession('cam', 'viewer', { list, own: false, outboundBytes: 1 })
  fixture.poll([livePath('cam', 1_000, { readers: readersOf('viewer') })], [viewer], [list])
  reads = 1
  await fixture.next([livePath('cam', 2_000, { readers: readersOf('viewer', 'ours') })])
  expect(cam().figures).toMatchObject({ readers: 1, ownReaders: 1 })
  await fixture.next([livePath('cam', 3_000, { readers: readersOf('viewer', 'ours', 'new') })])
  expect(cam().figures).toMatchObject({ readers: 2, ownReaders: 1 })
  reads = 0
  await fixture.next([livePath('cam', 4_000, { readers: readersOf('viewer', 'new') })])
  expect(cam().figures).toMatchObject({ readers: 2, ownReaders: 0 })
})

test('where one muxer stands for all HLS viewers, they are not counted, and a rate that includes our picture says so', async () => {
  let open = 0
  fixture = createStreamsFixture({ openPictures: () => open })
  const path = (n: number) => livePath('cam', n * 1000, { readers: [muxer, { type: 'rtspSession', id: 'r1' }], outboundBytes: n * 2000 })
  fixture.poll([path(0)])
  expect(cam()).toMatchObject({ hlsViewersUnknown: true, figures: { readers: 1, ownReaders: 0 } })
  expect(cam().outIncludesOurs).toBeUndefined()
  open = 1
  await fixture.next([path(1)])
  expect(cam()).toMatchObject({ hlsViewersUnknown: true, outIncludesOurs: true, figures: { readers: 1 } })
  for (const facts of fixture.streams.changedSince(-1)?.facts ?? []) streamFactsSchema.parse(facts)
  open = 0
  await fixture.next([livePath('cam', 3000)])
  expect(cam()).not.toHaveProperty('hlsViewersUnknown')
  expect(cam()).not.toHaveProperty('outIncludesOurs')
})

test('a muxer is no client, whether it began for our picture or for others', async () => {
  let open = 1
  fixture = createStreamsFixture({ openPictures: () => open })
  const round = (n: number, readers: PathReading['readers']) => [livePath('cam', n * 1000, { readers })]
  fixture.poll(round(0, []))
  await fixture.next(round(1, [muxer]))
  expect(fixture.streams.reports()[0]).toMatchObject({ readers: 1, ownReaders: 0, clients: 0 })
  expect(fixture.streams.totals('a').readers).toBe(0)
  open = 0
  await fixture.next(round(2, [muxer]))
  await fixture.next(round(3, []))
  await fixture.next(round(4, [muxer]))
  expect(fixture.streams.reports()[0]).toMatchObject({ readers: 1, clients: 0 })
})

test('people are told from machines: a recorder that stays keeps nobody company', async () => {
  fixture = createStreamsFixture()
  const readers = ['viewer', 'recorder', 'ours'].map((id) => ({ type: 'rtspSession', id }))
  const session = (id: string, userAgent: string | null, own = false) => readerSession('cam', id, { own, userAgent })
  const sessions = [session('viewer', 'LibVLC/3.0.20'), session('recorder', 'Lavf61.7.100'), session('ours', 'mtxdeck/1', true)]
  const round = (n: number, who: typeof readers, listed: typeof sessions) => [[livePath('cam', n * 1_000, { readers: who })], listed, ['rtspSessions']] as const
  const counted = () => [fixture.sample('cam', 'path.readers'), fixture.sample('cam', 'path.people')]
  fixture.poll(...round(0, readers, sessions))
  await fixture.next(...round(1, readers, sessions))
  expect(counted()).toEqual([2, 1])
  expect(cam().sessions.map(({ id, audience }) => [id, audience])).toEqual([
    ['viewer', 'person'],
    ['recorder', 'machine'],
    ['ours', null],
  ])
  await fixture.next(...round(2, readers.slice(1), sessions.slice(1)))
  expect(counted()).toEqual([1, 0])
  // Whoever is not listed yet may be somebody, until the list says that it is none.
  const another = { type: 'rtspSession', id: 'another' }
  await fixture.next([livePath('cam', 3_000, { readers: [...readers.slice(1), another] })])
  expect(counted()).toEqual([2, 1])
  await fixture.next(...round(4, [...readers.slice(1), another], [...sessions.slice(1), session('another', 'gortsplib')]))
  expect(counted()).toEqual([2, 0])
})

test('viewers are people alone: whoever watches by a CDN is behind it, and not counted as one', async () => {
  fixture = createStreamsFixture()
  const readers = ['viewer', 'recorder', 'cdn'].map((id) => ({ type: 'rtspSession', id }))
  const sessions = [
    readerSession('cam', 'viewer', { userAgent: 'VLC' }),
    readerSession('cam', 'recorder', { userAgent: 'Lavf61.7.100' }),
    readerSession('cam', 'cdn', { userAgent: 'Amazon CloudFront' }),
  ]
  for (let n = 0; n < 2; n++) await fixture.next([livePath('cam', n * 1_000, { readers })], sessions, ['rtspSessions'])
  expect(['path.readers', 'path.people', 'path.viewers'].map((metric) => fixture.sample('cam', metric as 'path.people'))).toEqual([3, 2, 1])
})

describe('of a stream that ends it counts who read it,', () => {
  const end = async (...who: readonly { readonly agent?: string; readonly from?: string; readonly own?: boolean }[]) => {
    fixture = createStreamsFixture({ isServerHost: (host) => host === '10.0.0.5' })
    const readers = who.map((_, n) => ({ type: 'rtspSession', id: `r${n}` }))
    const sessions = who.map(({ agent = null, from = '10.9.0.5:50000', own = false }, n) =>
      readerSession('cam', `r${n}`, { userAgent: agent, remoteAddr: from, own }),
    )
    for (let n = 0; n < 6; n++) await fixture.next([wildPath('cam', n * 1_000, { readers })], sessions, ['rtspSessions'])
    await fixture.next([])
    return [
      cam().state,
      cam().readersLost,
      fixture
        .texts()
        .at(-1)
        ?.match(/It had .*/)?.[0],
    ]
  }
  const player = { agent: 'LibVLC/3.0.20' }
  const ffmpeg = { agent: 'Lavf61.7.100' }

  test('a lone machine as well', async () => {
    expect(await end(ffmpeg)).toEqual(['ended', 1, 'It had 1 reader.'])
  })
  test('and how many of them are people', async () => {
    expect(await end(player, ffmpeg, { agent: 'GStreamer/1.22.5' })).toEqual(['ended', 3, 'It had 3 readers (1 viewer).'])
  })
  test('who are called viewers where nobody else read it', async () => {
    expect(await end(player, player)).toEqual(['ended', 2, 'It had 2 viewers.'])
  })
  test('and neither this console, nor a watched server that pulls it, nor what reads on its own machine', async () => {
    expect(await end({ own: true }, { agent: 'gortsplib', from: '10.0.0.5:40000' }, { ...ffmpeg, from: '127.0.0.1:40000' })).toEqual([
      'ended',
      undefined,
      undefined,
    ])
  })
})
