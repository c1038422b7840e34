import { afterEach, describe, expect, it, vi } from 'vitest'
import { makeCertificate } from '../../../tests/fakes/certificate.ts'
import { type HlsServer, type HlsServerOptions, startHlsServer } from '../../../tests/fakes/hlsServer.ts'
import { createSystemClock } from '../../clock/clock.ts'
import { createTestClock } from '../../clock/testClock.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { type Stream, unknownFigures } from '../../shared/streams.ts'
import { createTestLog } from '../testLog.ts'
import { createOpenPictures, type OpenPictures, type PreviewInput } from './openPictures.ts'
import { createPreviews, type PreviewAccess, type Previews, relativePlaylist } from './previews.ts'
import { endless, noViews, streamOf } from './streams.fixture.ts'

const silent = createTestLog()
/** A loaded machine takes its time. */
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Bench {
  readonly previews: Previews
  readonly opened: OpenPictures
  readonly server: HlsServer
  readonly open: (change?: Partial<PreviewInput>) => Promise<Awaited<ReturnType<Previews['open']>>>
  /** Asks the relay as a player does. */
  readonly get: (path: string, init?: RequestInit) => Promise<Response>
  readonly access: { current: PreviewAccess | null }
  readonly stream: { current: Stream | null }
}

async function start(
  options: HlsServerOptions = {},
  access: Partial<PreviewAccess> = {},
  clock = createSystemClock() as ReturnType<typeof createSystemClock>,
  views: Parameters<typeof createOpenPictures>[0]['views'] = noViews,
): Promise<Bench> {
  const server = await startHlsServer(options)
  const current: Bench['access'] = {
    current: { serverId: 's1', url: 'http://127.0.0.1:9997', authorization: 'Basic bm9jOndhdGNoLW1l', fingerprint: null, hls: server.url, ...access },
  }
  const stream: Bench['stream'] = { current: streamOf('cam1') }
  const opened = createOpenPictures({ clock, log: silent, views, running: endless })
  const previews = createPreviews({
    clock,
    pictures: opened,
    accessOf: (id) => (id === 's1' ? current.current : null),
    stream: (_id, path) => (stream.current?.path === path ? stream.current : null),
    tag: 'desk7',
    version: '0.1.0',
  })
  cleanups.push(async () => {
    await previews[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })
  return {
    previews,
    opened,
    server,
    access: current,
    stream,
    open: (change = {}) =>
      previews.open({ serverId: 's1', path: stream.current?.path ?? 'cam1', wake: false, playsH265: false, viewer: 'desk', by: null, ...change }),
    get: (path, init) => previews.relay(new Request(`app://mtxdeck${path}`, init)),
  }
}
const beside = (url: string, file: string) => url.replace(/index\.m3u8$/, file)
/** Addresses in a playlist. */
const addresses = (text: string) =>
  [...text.matchAll(/URI="([^"]+)"/g)].map((match) => match[1] ?? '').concat(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
const whyOf = async (response: Response) => ((await response.json()) as { why: unknown }).why
const wordsOf = async (response: Response) => ((await response.json()) as { error: string }).error

describe('the relay', () => {
  it('trap 26: plays: follows the cookie check, keeps the session, marks itself as ours', async () => {
    const { server, open, get } = await start()
    const opened = await open()
    expect(opened).toMatchObject({ url: expect.stringMatching(/^\/relay\/[\w-]{43}\/index\.m3u8$/) })
    const url = opened?.url ?? ''
    const index = await get(url)
    expect(index.status).toBe(200)
    expect(index.headers.get('set-cookie')).toBeNull()
    const [audio, video] = addresses(await index.text())
    expect([audio, video].map((address) => address?.split('?')[0])).toEqual(['audio2_stream.m3u8', 'video1_stream.m3u8'])

    const child = await get(beside(url, video ?? ''))
    expect(child.status).toBe(200)
    const [init, segment] = addresses(await child.text())
    expect(init).toBe('video1_init.mp4')
    const media = await get(beside(url, segment ?? ''))
    expect(media.headers.get('content-type')).toBe('video/mp4')
    expect((await media.arrayBuffer()).byteLength).toBe(200_000)

    expect(server.sessions()).toBe(1)
    const [first] = server.requests
    expect(first?.url).toBe('/cam1/index.m3u8?mtxdeck=desk7')
    expect(server.requests[1]?.url).toContain('mtxdeck=desk7')
    expect(server.requests.every((request) => request.headers['user-agent'] === 'mtxdeck/0.1.0')).toBe(true)
    // The second request brought the cookie of the first; from then on the session's goes with each.
    expect(server.requests[1]?.headers.cookie).toBe('cookieCheck=1')
    expect(server.requests[2]?.headers.cookie).toMatch(/^cookieCheck=1; hlsSession=/)
  })
  it('trap 6: keeps the session that comes in the query, where there are no cookies, and opens no second one', async () => {
    const { server, open, get } = await start()
    server.override((request, response) => {
      // As 1.20.1 answers a client that keeps no cookies.
      delete request.headers.cookie
      response.setHeader('x-test', '1')
      return false
    })
    const url = (await open())?.url ?? ''
    const [, video] = addresses(await (await get(url)).text())
    expect(video).toMatch(/^video1_stream\.m3u8\?mtxdeck=desk7&session=[\w-]+$/)
    expect((await get(beside(url, video ?? ''))).status).toBe(200)
    // Without its session it is refused, as after its publisher has left: that says nothing about who may read it.
    const ended = await get(beside(url, 'video1_stream.m3u8'))
    expect([ended.status, await whyOf(ended)]).toEqual([404, { kind: 'noPictureNow' }])
    expect(server.sessions()).toBe(1)
  })
  it('plays from a server before sessions (up to 1.17), which asks for the password each time', async () => {
    const { server, open, get } = await start({ old: true, authorization: 'Basic bm9jOndhdGNoLW1l' })
    const url = (await open())?.url ?? ''
    const [, video] = addresses(await (await get(url)).text())
    expect((await get(beside(url, video ?? ''))).status).toBe(200)
    expect((await get(beside(url, 'video1_seg7.mp4'))).status).toBe(200)
    expect(server.requests.filter((request) => request.headers.authorization === undefined)).toHaveLength(1)
  })
  it('adds credentials where the server asks for them, and nowhere else', async () => {
    const asking = await start({ authorization: 'Basic bm9jOndhdGNoLW1l' })
    expect((await asking.get((await asking.open())?.url ?? '')).status).toBe(200)
    // From the second picture on it is not tried without first: MediaMTX logs a session that fails.
    const before = asking.server.requests.length
    expect((await asking.get((await asking.open())?.url ?? '')).status).toBe(200)
    expect(asking.server.requests.slice(before).every((request) => request.headers.authorization !== undefined)).toBe(true)
    const open = await start()
    await open.get((await open.open())?.url ?? '')
    expect(open.server.requests.map((request) => request.headers.authorization)).toEqual([undefined, undefined])
  })
  it('says that the server refuses, and does not knock again with a wrong password', async () => {
    const { server, open, get } = await start({ authorization: 'Basic b3RoZXI6eA==' })
    const url = (await open())?.url ?? ''
    expect(await wordsOf(await get(url))).toContain('action: read')
    const asked = server.requests.length
    expect((await get(url)).status).toBe(502)
    expect(server.requests.length).toBe(asked)
  })
  it('works with a pinned certificate, and with no other', async () => {
    const certificate = makeCertificate()
    const pinned = await start({ certificate }, { fingerprint: certificate.fingerprint })
    expect((await pinned.get((await pinned.open())?.url ?? '')).status).toBe(200)
    const other = await start({ certificate: makeCertificate() }, { fingerprint: certificate.fingerprint })
    const refused = await other.get((await other.open())?.url ?? '')
    expect(refused.status).toBe(502)
    expect(await wordsOf(refused)).toContain('different certificate')
    expect(other.server.requests).toEqual([])
  })
  it('passes low-latency parameters on and waits with the server', async () => {
    const { server, open, get } = await start()
    const url = (await open())?.url ?? ''
    await get(url)
    let done = false
    const blocked = get(beside(url, 'video1_stream.m3u8?_HLS_msn=8&_HLS_part=2')).then((response) => {
      done = true
      return response
    })
    await expect.poll(() => server.waiting()).toBe(1)
    expect(done).toBe(false)
    server.publishPart()
    expect((await blocked).status).toBe(200)
    expect(server.requests.at(-1)?.url).toBe('/cam1/video1_stream.m3u8?_HLS_msn=8&_HLS_part=2')
  })
  it('streams a body as it comes, and leaves the server when the player leaves', async () => {
    const { server, open, get } = await start()
    const url = (await open())?.url ?? ''
    await get(url)
    let closed = false
    server.override((_request, response) => {
      response.on('close', () => {
        closed = true
      })
      response.setHeader('content-type', 'video/mp4')
      response.write('first')
      return true
    })
    const response = await get(beside(url, 'video1_seg7.mp4'))
    const reader = response.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
    expect(closed).toBe(false)
    await reader?.cancel()
    await expect.poll(() => closed).toBe(true)
  })
  it('keeps "/" and odd letters of a path', async () => {
    const { server, open, get, stream } = await start({ paths: ['site/north gate'] })
    stream.current = streamOf('site/north gate')
    expect((await get((await open())?.url ?? '')).status).toBe(200)
    expect(server.requests[0]?.url).toBe('/site/north%20gate/index.m3u8?mtxdeck=desk7')
  })
  it('makes whole addresses of a proxy relative', async () => {
    const { server, open, get } = await start()
    const url = (await open())?.url ?? ''
    server.override((_request, response) => {
      response.setHeader('content-type', 'application/x-mpegURL')
      response.end(`#EXTM3U\n#EXT-X-MAP:URI="${server.url}/cam1/init.mp4"\n/cam1/seg1.mp4?session=a\nseg2.mp4\n`)
      return true
    })
    expect(addresses(await (await get(url)).text())).toEqual(['init.mp4', 'seg1.mp4?session=a', 'seg2.mp4'])
  })
})

describe('nothing but the picture that a ticket is for', () => {
  it('no ticket, an unknown one, another method', async () => {
    const { server, open, get } = await start()
    const url = (await open())?.url ?? ''
    expect((await get('/relay/index.m3u8')).status).toBe(404)
    expect((await get(`/relay/${'x'.repeat(43)}/index.m3u8`)).status).toBe(404)
    expect((await get(url, { method: 'POST' })).status).toBe(405)
    expect(server.requests).toEqual([])
  })
  it('no way out of the path', async () => {
    const { server, open, get } = await start({ paths: ['cam1', 'cam2'] })
    const url = (await open())?.url ?? ''
    for (const file of [
      '../cam2/index.m3u8',
      '..%2fcam2%2findex.m3u8',
      '%2e%2e/cam2/index.m3u8',
      'cam2/index.m3u8',
      '..',
      '.',
      '',
      'http:%2f%2f127.0.0.1',
      '..\\cam2\\x.mp4',
      'index.m3u8%00.mp4',
    ])
      expect((await get(beside(url, file))).status, file).toBe(404)
    expect(server.requests).toEqual([])
  })
  it('no path that climbs by its own name', async () => {
    const { open, stream } = await start()
    stream.current = streamOf('cam1/../../x')
    expect(await open()).toBeNull()
  })
  it.each([['http://127.0.0.1:1/cam1/index.m3u8'], ['/cam2/index.m3u8?cookieCheck=1'], ['//evil.example/cam1/index.m3u8'], ['/cam1/../cam2/index.m3u8']])(
    'no redirect to %s',
    async (location) => {
      const { server, open, get } = await start({ paths: ['cam1', 'cam2'] })
      server.override((_request, response) => {
        response.writeHead(302, { location }).end()
        return true
      })
      expect((await get((await open())?.url ?? '')).status).toBe(502)
      expect(server.requests).toHaveLength(1)
    },
  )
  it('no redirects in a circle', async () => {
    const { server, open, get } = await start()
    server.override((request, response) => {
      response.writeHead(302, { location: request.url ?? '' }).end()
      return true
    })
    expect(await wordsOf(await get((await open())?.url ?? ''))).toContain('a redirect or playlist leads nowhere')
    expect(server.requests.length).toBeLessThan(10)
  })
  it.each([
    ['a page', 'text/html', '<script>alert(1)</script>'],
    ['a script', 'application/javascript', 'alert(1)'],
    ['a playlist that leads elsewhere', 'application/vnd.apple.mpegurl', '#EXTM3U\nhttp://169.254.169.254/latest/meta-data\n'],
    ['a playlist that leads elsewhere behind other ends of lines', 'application/vnd.apple.mpegurl', '#EXTM3U\rhttp://169.254.169.254/seg.mp4\r'],
    ['a playlist that leads elsewhere without quotes', 'application/vnd.apple.mpegurl', '#EXTM3U\n#EXT-X-MAP:URI=http://169.254.169.254/init.mp4\n'],
    ['a drawing that says it is a film', 'video/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['a playlist of more addresses than any', 'application/vnd.apple.mpegurl', `#EXTM3U\n${'seg.mp4\n'.repeat(2_500)}`],
    ['a playlist with more addresses in one line than any', 'application/vnd.apple.mpegurl', `#EXTM3U\n#EXT-X-MAP:${'URI="a.mp4",'.repeat(2_500)}\n`],
    ['a playlist that leads up', 'application/vnd.apple.mpegurl', '#EXTM3U\n../cam2/seg.mp4\n'],
  ])('never %s', async (_name, contentType, body) => {
    const { server, open, get } = await start()
    server.override((_request, response) => {
      response.setHeader('content-type', contentType)
      response.end(body)
      return true
    })
    const response = await get((await open())?.url ?? '')
    expect(response.status).toBe(502)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await response.text()).not.toContain('alert')
  })
  it('no password in clear where the API is guarded by TLS', async () => {
    const { server, open, get, access } = await start({ authorization: 'Basic bm9jOndhdGNoLW1l' }, { url: 'https://10.0.0.5:9997' })
    // On loopback nobody reads along.
    expect((await get((await open())?.url ?? '')).status).toBe(200)
    // The same server under an address that is not known to be loopback.
    if (access.current) access.current = { ...access.current, hls: `http://[::ffff:127.0.0.1]:${new URL(server.url).port}` }
    const before = server.requests.length
    expect(await wordsOf(await get((await open())?.url ?? ''))).toContain('hlsEncryption: yes')
    expect(server.requests.length).toBeGreaterThan(before)
    expect(server.requests.slice(before).filter((request) => request.headers.authorization !== undefined)).toEqual([])
  })
})

describe('a source on demand is not kept running by a picture alone', () => {
  const running = (readers: number, hlsViewersUnknown = false): Stream => ({
    ...streamOf('cam1', { onDemand: true }),
    figures: { ...unknownFigures, readers },
    ...(hlsViewersUnknown && { hlsViewersUnknown }),
  })
  it('when its last viewer left the picture is closed, with words, and opens again only when somebody wants it started', async () => {
    const { open, get, stream, opened } = await start()
    stream.current = running(1)
    const url = (await open())?.url ?? ''
    expect((await get(url)).status).toBe(200)
    stream.current = running(0)
    const closed = await get(url)
    expect([closed.status, await whyOf(closed)]).toEqual([409, { kind: 'lastViewerLeft' }])
    expect(opened.hlsOn('s1', 'cam1')).toBe(0)
    expect(await open()).toMatchObject({ url: null, why: { kind: 'onDemand' } })
    const started = (await open({ wake: true }))?.url ?? ''
    expect((await get(started)).status, 'the operator wants it').toBe(200)
  })
  it('where other viewers cannot be told from ours, it is closed after a while and says why', async () => {
    const clock = createTestClock(0)
    const { open, get, stream } = await start({}, {}, clock)
    stream.current = running(0, true)
    const url = (await open())?.url ?? ''
    expect((await get(url)).status).toBe(200)
    // A player asks all the time.
    for (let minute = 1; minute <= 10; minute++) {
      await clock.advance(30_000)
      expect((await get(url)).status).toBe(200)
    }
    await clock.advance(1_000)
    const closed = await get(url)
    expect([closed.status, await whyOf(closed)]).toEqual([409, { kind: 'lastViewerLeft' }])
  })
})

describe('failures have a status and words', () => {
  it('nobody listens', async () => {
    const { server, open, get } = await start()
    const url = (await open())?.url ?? ''
    await server[Symbol.asyncDispose]()
    const response = await get(url)
    expect(response.status).toBe(502)
    expect(await wordsOf(response)).toContain('Connection refused')
  })
  it('no picture there', async () => {
    const { open, get } = await start({ paths: [] })
    expect((await get((await open())?.url ?? '')).status).toBe(404)
  })
  it('an error of the server', async () => {
    const { server, open, get } = await start()
    server.override((_request, response) => {
      response.writeHead(500).end()
      return true
    })
    expect(await wordsOf(await get((await open())?.url ?? ''))).toBe('The server answered with status 500. Check the server’s log.')
  })
  it('no answer in time', async () => {
    const clock = createTestClock()
    const { server, open, get } = await start({}, {}, clock)
    server.override(() => true)
    const waiting = get((await open())?.url ?? '')
    await expect.poll(() => server.requests.length).toBe(1)
    await clock.advance(25_000)
    expect((await waiting).status).toBe(504)
  })
  it('a playlist that is cut', async () => {
    const { server, open, get } = await start()
    server.override((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl', 'content-length': '1000' })
      response.write('#EXTM3U\n', () => response.destroy())
      return true
    })
    expect((await get((await open())?.url ?? '')).status).toBe(502)
  })
})

describe('who watches what', () => {
  it('a fifth picture of an operator closes the oldest and says so; others are left alone', async () => {
    const { open, get } = await start()
    const others = await open({ viewer: 'wall' })
    const opened = []
    for (let i = 0; i < 4; i++) opened.push(await open())
    expect((await get(opened[0]?.url ?? '')).status).toBe(200)
    const fifth = await open()
    expect(await whyOf(await get(opened[0]?.url ?? ''))).toEqual({ kind: 'replaced' })
    for (const preview of [...opened.slice(1), fifth, others]) expect((await get(preview?.url ?? '')).status).toBe(200)
  })
  it('a person has four pictures at all desks together, and the one that is closed for a fifth says why', async () => {
    const { open, get } = await start()
    const of = (id: string, viewer: string) => open({ by: { id, name: id }, viewer })
    const first = await of('ada', 'desk 1')
    for (const desk of ['desk 1', 'desk 2', 'desk 3']) await of('ada', desk)
    const bert = await of('bert', 'desk 1')
    expect((await get(first?.url ?? '')).status).toBe(200)
    await of('ada', 'desk 3')
    expect(await whyOf(await get(first?.url ?? ''))).toEqual({ kind: 'replaced' })
    expect((await get(bert?.url ?? '')).status).toBe(200)
  })
  it('while all share one token, each desk has its own four', async () => {
    const { open, get } = await start()
    const of = (viewer: string) => open({ by: { id: 'operator', name: 'operator' }, viewer })
    const first = await of('desk 1')
    for (const viewer of ['desk 1', 'desk 1', 'desk 1', 'desk 2', 'desk 2']) await of(viewer)
    expect((await get(first?.url ?? '')).status).toBe(200)
    await of('desk 1')
    expect(await whyOf(await get(first?.url ?? ''))).toEqual({ kind: 'replaced' })
  })
  it('each view is told with its begin and its end, and why it failed; what this console reads for itself is not', async () => {
    const told: unknown[] = []
    const begin: Parameters<typeof createOpenPictures>[0]['views']['begin'] = ({ by, path }) => {
      told.push(['begin', by.name, path])
      return (end, why) => void told.push([end, why?.kind])
    }
    const failed = (_: unknown, why: PictureReason) => void told.push(['failed', why.kind])
    const { server, previews, open, get, access, stream } = await start({}, {}, undefined, { begin, failed })
    const by = { id: 'ada', name: 'Ada' }
    await open()
    const closed = await open({ by })
    await get(closed?.url ?? '')
    await previews.close({ previewId: closed?.previewId ?? '' })
    const gaveUp = await open({ by })
    await previews.close({ previewId: gaveUp?.previewId ?? '', failed: 'noPictureNow' })
    const refused = await open({ by })
    server.override((_request, response) => {
      response.writeHead(404).end()
      return true
    })
    await get(refused?.url ?? '')
    await previews.close({ previewId: refused?.previewId ?? '' })
    stream.current = streamOf('cam1', { state: 'waiting', onDemand: true })
    await open({ by })
    if (access.current !== null) access.current = { ...access.current, hls: null }
    await open({ by })
    const watched = ['begin', 'Ada', 'cam1']
    expect(told).toEqual([watched, ['closed', undefined], watched, ['failed', 'noPictureNow'], watched, ['failed', 'noPictureNow'], ['failed', 'hlsOff']])
  })
  it('a closed picture ends what is under way for it, and makes room', async () => {
    const { server, previews, open, get } = await start()
    const opened = await open()
    await get(opened?.url ?? '')
    const blocked = get(beside(opened?.url ?? '', 'video1_stream.m3u8?_HLS_part=1'))
    await expect.poll(() => server.waiting()).toBe(1)
    await previews.close({ previewId: opened?.previewId ?? '' })
    expect((await blocked).status).toBe(404)
    await expect.poll(() => server.waiting()).toBe(0)
    // Closing what is closed is no error: tiles close twice when windows die.
    await previews.close({ previewId: opened?.previewId ?? '' })
  })
  it('a tile that asks for nothing for a minute is gone; one that plays stays', async () => {
    const clock = createTestClock()
    const { open, get } = await start({}, {}, clock)
    const [idle, playing] = [(await open())?.url ?? '', (await open())?.url ?? '']
    await clock.advance(40_000)
    expect((await get(playing)).status).toBe(200)
    await clock.advance(40_000)
    expect((await get(idle)).status).toBe(404)
    expect((await get(playing)).status).toBe(200)
    await clock.advance(60_000)
    expect(clock.pending()).toBe(0)
  })
  it('the server removed or changed: the picture is closed, in words', async () => {
    const { open, get, access } = await start()
    const url = (await open())?.url ?? ''
    access.current = null
    expect(await wordsOf(await get(url))).toContain('This picture was closed')
    expect(await open()).toBeNull()
  })
  it('shutdown closes all', async () => {
    const clock = createTestClock()
    const { previews, open, get } = await start({}, {}, clock)
    const url = (await open())?.url ?? ''
    await previews[Symbol.asyncDispose]()
    expect((await get(url)).status).toBe(404)
    expect(clock.pending()).toBe(0)
  })
})

describe('obstacles', () => {
  it.each<[string, Parameters<typeof streamOf>[1], Partial<PreviewInput>, PictureReason | null]>([
    ['plays', {}, {}, null],
    ['a slate plays, and is said to be one', { state: 'slate' }, {}, { kind: 'slate' }],
    ['nobody publishes', { state: 'gone' }, {}, { kind: 'notLive' }],
    ['not published yet', { state: 'waiting' }, {}, { kind: 'notLive' }],
    ['the server is down', { state: 'unknown' }, {}, { kind: 'serverDown' }],
    ['H265 where it is not played', { codecs: ['H265'] }, {}, { kind: 'codecH265' }],
    ['H265 where it is', { codecs: ['H265'] }, { playsH265: true }, null],
    ['trap 16: codecs that HLS cannot carry', { codecs: ['G711', 'M-JPEG'] }, {}, { kind: 'codecUnsupported', codecs: ['G711', 'M-JPEG'] }],
    ['on demand, asleep', { onDemand: true, state: 'waiting' }, {}, { kind: 'onDemand' }],
    ['on demand, asleep again', { onDemand: true, state: 'gone' }, {}, { kind: 'onDemand' }],
    ['on demand, awake by others', { onDemand: true, state: 'live' }, {}, null],
    ['on demand, confirmed', { onDemand: true, state: 'waiting' }, { wake: true }, null],
    ['not on demand: waking is no way in', { state: 'gone' }, { wake: true }, { kind: 'notLive' }],
  ])('%s', async (_name, change, input, why) => {
    const { server, open, stream } = await start()
    stream.current = streamOf('cam1', change)
    const opened = await open(input)
    expect(opened).toMatchObject({ why })
    expect(opened?.url === null).toBe(why !== null && why.kind !== 'slate')
    expect(server.requests).toEqual([])
  })
  it('HLS off on the server', async () => {
    const { open } = await start({}, { hls: null })
    expect(await open()).toMatchObject({ url: null, previewId: null, why: { kind: 'hlsOff' } })
  })
  it('an address of HLS that is none', async () => {
    for (const hls of ['10.0.0.5:8888', 'nonsense', 'file:///etc/passwd', 'http://']) {
      const { open } = await start({}, { hls })
      expect(await open(), hls).toMatchObject({ url: null, why: { kind: 'badAddress', of: 'hls', address: hls } })
    }
  })
  it('no such server, no such stream', async () => {
    const { open } = await start()
    expect(await open({ serverId: 'other' })).toBeNull()
    expect(await open({ path: 'nothere' })).toBeNull()
  })
  it('trap 7: a source on demand that fell asleep meanwhile is not woken by a player that tries again', async () => {
    const { server, open, get, stream } = await start()
    stream.current = streamOf('cam1', { onDemand: true })
    const url = (await open())?.url ?? ''
    stream.current = streamOf('cam1', { onDemand: true, state: 'waiting' })
    expect((await get(url)).status).toBe(409)
    expect(server.requests).toEqual([])
  })
})

const at = 'http://10.0.0.5:8888/cam/index.m3u8'

it('looks at no address behind the first that leads elsewhere', () => {
  const parsed = vi.spyOn(URL, 'parse')
  expect(relativePlaylist(`${':\n'.repeat(100_000)}`, at)).toBeNull()
  expect(parsed).toHaveBeenCalledTimes(1)
  parsed.mockRestore()
})

it('looks at 2,000 addresses at most', () => {
  const parsed = vi.spyOn(URL, 'parse')
  expect(relativePlaylist('/cam/a.b\n'.repeat(20_000), at)).toBeNull()
  expect(relativePlaylist(`#EXT-X-MAP:${'URI="/cam/a.b",'.repeat(20_000)}`, at)).toBeNull()
  expect(parsed.mock.calls.length).toBeLessThanOrEqual(2_001)
  parsed.mockRestore()
})

it('makes whole addresses of the same folder relative, and leaves the rest as it is', () => {
  const text = '#EXTM3U\n#EXT-X-MAP:URI="http://10.0.0.5:8888/cam/init.mp4?a=1"\n\nseg0.mp4\nhttp://10.0.0.5:8888/cam/seg1.mp4'
  expect(relativePlaylist(text, at)).toBe('#EXTM3U\n#EXT-X-MAP:URI="init.mp4?a=1"\n\nseg0.mp4\nseg1.mp4')
})
