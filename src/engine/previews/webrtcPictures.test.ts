import { afterEach, describe, expect, it } from 'vitest'
import { answerSdp, startWhepServer, type WhepServer } from '../../../tests/fakes/whepServer.ts'
import { createTestClock } from '../../clock/testClock.ts'
import type { PreviewFigures } from '../../shared/previews.ts'
import { type Stream, unknownFigures } from '../../shared/streams.ts'
import { createTestLog } from '../testLog.ts'
import { createOpenPictures, createPreviewReports, type OpenPictures, type PreviewReports } from './openPictures.ts'
import { endless, noViews, streamOf } from './streams.fixture.ts'
import { createWebrtcEndpoint } from './webrtcEndpoint.ts'
import { createWebrtcPictures, type WebrtcPictures } from './webrtcPictures.ts'

const offer = 'v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n'
const wish = { serverId: 's1', path: 'cam1', wake: false }

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Bench {
  readonly server: WhepServer
  readonly clock: ReturnType<typeof createTestClock>
  readonly pictures: OpenPictures
  readonly webrtc: WebrtcPictures
  readonly reports: PreviewReports
  readonly stream: { current: Stream | null }
  /** Opens one that plays, and gives its id. */
  readonly open: (viewer?: string) => Promise<string>
}

async function start(options: { readonly links?: readonly string[]; readonly off?: boolean; readonly networks?: readonly string[] } = {}): Promise<Bench> {
  const server = await startWhepServer({ links: options.links ?? [] })
  const clock = createTestClock()
  const pictures = createOpenPictures({ clock, log: createTestLog(), running: endless, views: noViews })
  const stream: Bench['stream'] = { current: streamOf('cam1') }
  const ofStream = (_: string, path: string) => (stream.current?.path === path ? stream.current : null)
  const webrtc = createWebrtcPictures({
    clock,
    pictures,
    endpoint: createWebrtcEndpoint({ clock, version: '0.1.0' }),
    accessOf: (id) =>
      id === 's1' ? { serverId: 's1', url: 'http://127.0.0.1:9997', authorization: null, fingerprint: null, webrtc: options.off ? null : server.url } : null,
    stream: ofStream,
    networks: () => options.networks ?? [],
    tag: 'desk7',
    version: '0.1.0',
  })
  cleanups.push(async () => {
    for (const picture of pictures.all()) pictures.end(picture, 'stopped')
    await pictures.released()
    await server[Symbol.asyncDispose]()
  })
  return {
    server,
    clock,
    pictures,
    webrtc,
    reports: createPreviewReports({ clock, pictures, stream: ofStream }),
    stream,
    open: async (viewer = 'desk') => {
      const watched = await webrtc.watch({ ...wish, viewer, by: null, offer })
      if (watched?.previewId == null) throw new Error(JSON.stringify(watched))
      return watched.previewId
    },
  }
}

describe('a picture by WebRTC', () => {
  it('is negotiated as one of our own readers, with the ICE servers of the media server', async () => {
    const { server, webrtc } = await start({ links: ['<turn:turn.example:3478>; rel="ice-server"; username="u"; credential="p"; credential-type="password"'] })
    expect(await webrtc.prepare(wish)).toEqual({ iceServers: [{ url: 'turn:turn.example:3478', username: 'u', credential: 'p' }], why: null })
    expect(server.sessions()).toEqual([])
    expect(await webrtc.watch({ ...wish, viewer: 'desk', by: null, offer })).toEqual({
      previewId: expect.any(String),
      answer: answerSdp,
      why: null,
    })
    expect(server.requests.at(-1)).toMatchObject({ method: 'POST', url: '/cam1/whep?mtxdeck=desk7', body: offer, headers: { 'user-agent': 'mtxdeck/0.1.0' } })
  })
  it('ends its session on the server when it is closed', async () => {
    const { server, pictures, open } = await start()
    const picture = pictures.get(await open())
    expect(server.sessions()).toHaveLength(1)
    if (picture) pictures.end(picture, 'closed')
    await pictures.released()
    expect(server.sessions()).toEqual([])
  })
  it('makes room by closing the oldest of its screen, and of no other', async () => {
    const { server, pictures, webrtc, open } = await start()
    const other = await open('another desk')
    const [first] = [await open(), await open(), await open(), await open()]
    await webrtc.watch({ ...wish, viewer: 'desk', by: null, offer })
    await pictures.released()
    expect(pictures.whyGone(first)).toBe('replaced')
    expect(server.sessions()).toHaveLength(5)
    expect(pictures.get(other)).toBeDefined()
  })
  it('stays open as long as its player reports, and is closed a minute after it went', async () => {
    const { server, clock, pictures, reports, open } = await start()
    const previewId = await open()
    for (let minute = 0; minute < 5; minute++) {
      await clock.advance(50_000)
      expect(reports.report({ previewId, figures: null })).toBeNull()
    }
    await clock.advance(60_001)
    await pictures.released()
    expect(server.sessions()).toEqual([])
    expect(reports.report({ previewId, figures: null })).toEqual({ kind: 'closed' })
  })
  it('of a stream that is not on air, or asleep, is not asked for', async () => {
    const { server, webrtc, stream } = await start()
    const whyOf = async (change: Parameters<typeof streamOf>[1], wake = false) => {
      stream.current = streamOf('cam1', change)
      return [(await webrtc.prepare({ ...wish, wake }))?.why, (await webrtc.watch({ ...wish, wake, viewer: 'desk', by: null, offer }))?.why]
    }
    const twice = (kind: string) => [{ kind }, { kind }]
    expect(await whyOf({ state: 'gone' })).toEqual(twice('notLive'))
    expect(await whyOf({ state: 'unknown' })).toEqual(twice('serverDown'))
    expect(await whyOf({ state: 'waiting', onDemand: true })).toEqual(twice('onDemand'))
    expect(server.requests).toEqual([])
    expect(await whyOf({ state: 'waiting', onDemand: true }, true)).toEqual([null, null])
    stream.current = null
    expect([await webrtc.prepare(wish), await webrtc.watch({ ...wish, viewer: 'desk', by: null, offer })]).toEqual([null, null])
  })
  it('of a server without WebRTC says so', async () => {
    const { webrtc } = await start({ off: true })
    expect(await webrtc.prepare(wish)).toEqual({ iceServers: [], why: { kind: 'webrtcOff' } })
    expect(await webrtc.watch({ ...wish, viewer: 'desk', by: null, offer })).toEqual({
      previewId: null,
      answer: null,
      why: { kind: 'webrtcOff' },
    })
  })
  it('is closed when the last viewer of a source on demand has left', async () => {
    const { server, pictures, reports, stream, open } = await start()
    stream.current = { ...streamOf('cam1', { onDemand: true }), figures: { ...unknownFigures, readers: 1 } }
    const previewId = await open()
    expect(reports.report({ previewId, figures: null })).toBeNull()
    stream.current = { ...stream.current, figures: { ...unknownFigures, readers: 0 } }
    expect(reports.report({ previewId, figures: null })).toEqual({ kind: 'lastViewerLeft' })
    await pictures.released()
    expect(server.sessions()).toEqual([])
  })
})

describe('a picture by WebRTC that does not come', () => {
  it('says which addresses were offered, by where the player is', async () => {
    const { server, webrtc, open } = await start({ networks: ['192.168.1.20/24'] })
    const giveUp = async (besideConsole: boolean) => await webrtc.giveUp({ previewId: await open(), saw: 'notConnected', besideConsole })
    expect(await giveUp(false)).toEqual({ kind: 'iceUnreachable', addresses: ['192.168.1.9'] })
    expect(await giveUp(true)).toEqual({ kind: 'iceBlocked', addresses: ['192.168.1.9:8189'], tcp: false, relay: false })
    expect(server.sessions()).toEqual([])
  })
  it('says that B-frames are the reason where the server has ended the session, and the codec may have them', async () => {
    const { server, webrtc, stream, open } = await start()
    const saw = async (codec: string, profile: string | null, ended: boolean) => {
      const made = streamOf('cam1', { codecs: [codec] })
      stream.current = { ...made, tracks: made.tracks.map((track) => ({ ...track, profile })) }
      const previewId = await open()
      server.override((request, response) => {
        if (!ended || request.method !== 'DELETE') return false
        response.writeHead(404, { 'content-type': 'application/json' }).end('{"status":"error","error":"session not found"}')
        return true
      })
      return await webrtc.giveUp({ previewId, saw: 'noFrames', besideConsole: false })
    }
    expect(await saw('H264', 'High', true)).toEqual({ kind: 'bFrames', codec: 'H264' })
    expect(await saw('H264', 'High', false)).toEqual({ kind: 'webrtcNoFrames' })
    expect(await saw('H264', 'Constrained Baseline', true)).toEqual({ kind: 'webrtcNoFrames' })
    expect(await saw('VP9', null, true)).toEqual({ kind: 'webrtcNoFrames' })
  })
  it('says that it broke off where it had played, and knows none that is closed', async () => {
    const { webrtc, open } = await start()
    const previewId = await open()
    expect(await webrtc.giveUp({ previewId, saw: 'stopped', besideConsole: false })).toEqual({ kind: 'webrtcBroke' })
    expect(await webrtc.giveUp({ previewId, saw: 'stopped', besideConsole: false })).toEqual({ kind: 'closed' })
  })
})

describe('what players report', () => {
  const figures = (change: Partial<PreviewFigures> = {}): PreviewFigures => ({
    delayMs: 60,
    rttMs: 2,
    bufferMs: 50,
    framesDropped: 1,
    freezes: 0,
    packetsLost: 3,
    ...change,
  })
  it('of several is the worst delay, and what was counted together, once', async () => {
    const { reports, open } = await start()
    const [one, other] = [await open('a'), await open('b')]
    expect(reports.take('s1', 'cam1')).toBeNull()
    reports.report({ previewId: one, figures: figures() })
    reports.report({ previewId: other, figures: figures({ delayMs: 900, rttMs: null, packetsLost: 4, freezes: 2 }) })
    expect(reports.take('s1', 'cam1')).toEqual({ delayMs: 900, rttMs: 2, bufferMs: 50, framesDropped: 2, freezes: 2, packetsLost: 7 })
    expect(reports.take('s1', 'cam1')).toMatchObject({ delayMs: 900, framesDropped: 0, packetsLost: 0 })
    reports.report({ previewId: one, figures: figures({ delayMs: 70 }) })
    expect(reports.take('s1', 'cam1')).toMatchObject({ delayMs: 70, packetsLost: 3 })
    expect(reports.take('s1', 'cam2')).toBeNull()
  })
  it('says nothing of now after a while', async () => {
    const { clock, reports, open } = await start()
    reports.report({ previewId: await open(), figures: figures() })
    await clock.advance(15_001)
    expect(reports.take('s1', 'cam1')).toBeNull()
  })
})
