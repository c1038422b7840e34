import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createOpenPictures } from '../../src/engine/previews/openPictures.ts'
import { createPreviews } from '../../src/engine/previews/previews.ts'
import { createOwnReaders, createStreamPictures, type StreamPictures } from '../../src/engine/previews/streamPictures.ts'
import type { StreamAccess } from '../../src/engine/previews/streamSources.ts'
import { noViews } from '../../src/engine/previews/streams.fixture.ts'
import { createTestLog } from '../../src/engine/testLog.ts'
import { createMediaClient, type MediaClient } from '../../src/media/mediaClient.ts'
import type { MediaBackend } from '../../src/shared/media.ts'
import type { Stream } from '../../src/shared/streams.ts'
import { backends } from '../fakes/backends.ts'
import { colourfulShare } from './colourful.ts'
import { binary, until } from './lab.ts'
import { clipCodecs, makeClip } from './makeClip.ts'
import { type RealServer, startPublisher, startRealServer } from './realServer.ts'

const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-real-pictures-'))
const clipOf = (codec: string) => join(folder, `${codec}.mkv`)
beforeAll(async () => {
  if (binary !== null) for (const codec of clipCodecs) await makeClip(clipOf(codec), { seconds: 4, width: 320, height: 192, videoKbps: 300, codec })
})
afterAll(() => rmSync(folder, { recursive: true }))

const live = { state: 'live', onDemand: false, tracks: [] } as unknown as Stream
/** Pictures as the engine takes them. What the console knows of the server: its addresses, and how it signs in. */
function picturesOf(server: RealServer, media: MediaClient, offered: Partial<StreamAccess>): StreamPictures {
  const access: StreamAccess = { url: server.apiUrl, authorization: null, version: server.version, rtsp: null, hls: null, srt: null, ...offered }
  const shared = { clock: createSystemClock(), log: createTestLog(), stream: () => live, tag: 'desk7', version: '0.1.0' }
  const previews = createPreviews({
    ...shared,
    pictures: createOpenPictures({ ...shared, running: () => () => {}, views: noViews }),
    accessOf: () => ({ ...access, serverId: 's1', fingerprint: null }),
  })
  return createStreamPictures({
    ...shared,
    readers: createOwnReaders(shared.clock),
    accessOf: () => access,
    media,
    ffmpeg: () => '',
    previews,
    readByRtsp: () => {},
  })
}
const rtspOf = ({ ports }: RealServer) => `rtsp://127.0.0.1:${ports.rtsp}`
const hlsOf = ({ ports }: RealServer) => `http://127.0.0.1:${ports.hls}`
const srtOf = ({ ports }: RealServer) => `srt://127.0.0.1:${ports.srt}`

const ask = { widthPx: 160, wake: false }
/** Takes a picture; on a machine with much else to do again, as an operator would. */
async function take(pictures: StreamPictures, path: string): ReturnType<StreamPictures['take']> {
  let taken = await pictures.take('s1', path, ask)
  for (let again = 0; !taken.ok && taken.error.kind === 'timedOut' && again < 5; again++) taken = await pictures.take('s1', path, ask)
  return taken
}
/** A picture that must be whole. */
async function whole(pictures: StreamPictures, path: string) {
  const taken = await take(pictures, path)
  if (!taken.ok) throw new Error(JSON.stringify(taken.error))
  expect(taken.value).toMatchObject({ widthPx: 160, heightPx: 96 })
  expect(await colourfulShare(taken.value.jpeg)).toBeGreaterThan(0.5)
  return taken.value
}
const published = (server: RealServer, path: string) =>
  until(`${path} is published`, 30, () =>
    server.ask<{ ready: boolean }>('GET', `/v3/paths/get/${path}`).then(
      ({ ready }) => ready,
      () => false,
    ),
  )

interface Listed {
  readonly items: readonly { readonly path: string; readonly query: string }[]
}

describe.skipIf(binary === null)('a picture of a stream of a real server', () => {
  const medias = new AsyncDisposableStack()
  const mediaOf = new Map(
    backends.map(({ backend }) => [backend, medias.use(createMediaClient({ clock: createSystemClock(), log: { warn: () => {} }, backend }))] as const),
  )
  afterAll(() => medias.disposeAsync())
  const lent = (backend: MediaBackend): MediaClient => mediaOf.get(backend) as MediaClient
  /** What a group of tests opens, and closes at its end: each publisher takes its share of the machine. */
  const openedHere = (): AsyncDisposableStack => {
    const opened = new AsyncDisposableStack()
    afterAll(() => opened.disposeAsync())
    return opened
  }

  describe.each(clipCodecs)('of %s', (codec) => {
    const opened = openedHere()
    let server: RealServer
    beforeAll(async () => {
      server = opened.use(await startRealServer(binary ?? '', 'paths:\n  all_others:\n'))
      // FFmpeg sends these two over RTSP only as an experiment.
      const byRtmp = codec === 'av1' || codec === 'vp9'
      const publisher = byRtmp
        ? startPublisher(clipOf(codec), `rtmp://127.0.0.1:${server.ports.rtmp}/cam`, 'flv')
        : startPublisher(clipOf(codec), `${rtspOf(server)}/cam`, 'rtsp', 'tcp')
      opened.use(publisher)
      await published(server, 'cam')
    })
    describe.each(backends)('with $backend', ({ backend, isHere }) => {
      // FFmpeg reads AV1 over RTSP from 7.1 on.
      it.runIf(isHere && !(backend === 'ffmpeg' && codec === 'av1'))('is read by RTSP', async () => {
        const picture = await whole(picturesOf(server, lent(backend), { rtsp: rtspOf(server) }), 'cam')
        expect(picture).toMatchObject({ protocol: 'rtsp', bytesRead: expect.any(Number) })
      })
      it.runIf(isHere && codec !== 'vp8' && codec !== 'mjpeg')('is read by HLS', async () => {
        expect(await whole(picturesOf(server, lent(backend), { hls: hlsOf(server) }), 'cam')).toMatchObject({ protocol: 'hls' })
      })
      it.runIf(isHere && (codec === 'h264' || codec === 'hevc'))('is read by SRT', async () => {
        expect(await whole(picturesOf(server, lent(backend), { srt: srtOf(server) }), 'cam')).toMatchObject({ protocol: 'srt' })
      })
    })
  })

  const users = `authMethod: internal
authInternalUsers:
  - user: any
    permissions: [{ action: publish }]
  - user: noc
    pass: "watch-me+@#&="
    permissions: [{ action: api }, { action: read }]
  - user: noc
    pass: watch-me
    permissions: [{ action: api }]`
  const basic = `Basic ${btoa('noc:watch-me+@#&=')}`

  describe.each([
    ['Basic', '[basic]'],
    ['Digest', '[digest]'],
  ])('to user and password, by RTSP with %s', (_, methods) => {
    const opened = openedHere()
    let server: RealServer
    beforeAll(async () => {
      server = opened.use(await startRealServer(binary ?? '', `rtspAuthMethods: ${methods}\npaths:\n  all_others:\n`, users))
      opened.use(startPublisher(clipOf('h264'), `${rtspOf(server)}/cam`, 'rtsp', 'tcp'))
      await published(server, 'cam')
    })
    describe.each(backends)('with $backend', ({ backend, isHere }) => {
      it.runIf(isHere)('is made, and refused to others, who try once', async () => {
        const ways = { rtsp: rtspOf(server), hls: hlsOf(server), srt: srtOf(server) }
        expect(await whole(picturesOf(server, lent(backend), { ...ways, authorization: basic }), 'cam')).toMatchObject({ protocol: 'rtsp' })
        const refused = await take(picturesOf(server, lent(backend), { ...ways, authorization: `Basic ${btoa('noc:other')}` }), 'cam')
        expect(refused).toEqual({ ok: false, error: { kind: 'rtspReadRefused' } })
        expect((await server.ask<Listed>('GET', '/v3/hlsmuxers/list')).items).toEqual([])
      })
    })
  })

  describe('where RTSP is off', () => {
    const opened = openedHere()
    let server: RealServer
    beforeAll(async () => {
      server = opened.use(await startRealServer(binary ?? '', 'rtsp: no\npaths:\n  all_others:\n', users))
      opened.use(startPublisher(clipOf('h264'), `srt://127.0.0.1:${server.ports.srt}?streamid=publish:cam`, 'mpegts'))
      await published(server, 'cam')
    })
    describe.each(backends)('with $backend', ({ backend, isHere }) => {
      it.runIf(isHere)('is made by HLS with user and password', async () => {
        expect(await whole(picturesOf(server, lent(backend), { hls: hlsOf(server), srt: srtOf(server), authorization: basic }), 'cam')).toMatchObject({
          protocol: 'hls',
        })
      })
      it.runIf(isHere)('is made by SRT with user and password, by a reader that is known as ours', async () => {
        const seen: string[] = []
        let isOver = false
        const watching = (async () => {
          while (!isOver) for (const { path, query } of (await server.ask<Listed>('GET', '/v3/srtconns/list')).items) seen.push(`${path} ${query}`)
        })()
        try {
          const pictures = picturesOf(server, lent(backend), { srt: srtOf(server), authorization: basic })
          expect(await whole(pictures, 'cam')).toMatchObject({ protocol: 'srt' })
        } finally {
          isOver = true
          await watching
        }
        expect(seen).toContain('cam mtxdeck=desk7')
      })
      it.runIf(isHere)('is refused by HLS to a wrong password, and not tried by SRT', async () => {
        const pictures = picturesOf(server, lent(backend), { hls: hlsOf(server), srt: srtOf(server), authorization: `Basic ${btoa('noc:other')}` })
        expect(await take(pictures, 'cam')).toEqual({ ok: false, error: { kind: 'readRefused' } })
        expect(server.log()).not.toMatch(/\[SRT\].*is reading.*other/)
      })
    })
  })

  describe('to a JSON Web Token', () => {
    const opened = openedHere()
    let server: RealServer
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const keys = createServer((_, response) => {
      response.end(JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }] }))
    })
    const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const tokenOf = (padding = '') => {
      const claims = { sub: 'noc', exp: Math.floor(Date.now() / 1000) + 3600, mediamtx_permissions: [{ action: 'read' }], padding }
      const signed = `${base64url({ alg: 'ES256', kid: 'k1', typ: 'JWT' })}.${base64url(claims)}`
      return `${signed}.${sign('sha256', Buffer.from(signed), { key: createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })), dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
    }
    beforeAll(async () => {
      await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
      opened.defer(() => {
        keys.closeAllConnections()
        keys.close()
      })
      const auth = `authMethod: jwt\nauthJWTJWKS: http://127.0.0.1:${(keys.address() as AddressInfo).port}/jwks\nauthJWTExclude: [{ action: publish }, { action: api }]`
      server = opened.use(await startRealServer(binary ?? '', 'paths:\n  all_others:\n', auth))
      opened.use(startPublisher(clipOf('h264'), `${rtspOf(server)}/cam`, 'rtsp', 'tcp'))
      await published(server, 'cam')
    })
    describe.each(backends)('with $backend', ({ backend, isHere }) => {
      it.runIf(isHere).each(['rtsp', 'hls', 'srt'] as const)('is made by %s', async (way) => {
        const address = { rtsp: rtspOf, hls: hlsOf, srt: srtOf }[way](server)
        expect(await whole(picturesOf(server, lent(backend), { [way]: address, authorization: `Bearer ${tokenOf()}` }), 'cam')).toMatchObject({ protocol: way })
      })
      it.runIf(isHere)('that is too long for RTSP is made by HLS', async () => {
        const pictures = picturesOf(server, lent(backend), { rtsp: rtspOf(server), hls: hlsOf(server), authorization: `Bearer ${tokenOf('x'.repeat(900))}` })
        expect(await whole(pictures, 'cam')).toMatchObject({ protocol: 'hls' })
      })
      it.runIf(isHere)('that is none is refused once', async () => {
        const pictures = picturesOf(server, lent(backend), { rtsp: rtspOf(server), hls: hlsOf(server), authorization: 'Bearer a.b.c' })
        expect(await take(pictures, 'cam')).toEqual({ ok: false, error: { kind: 'rtspReadRefused' } })
      })
    })
  })
})
