import { afterEach, expect, it } from 'vitest'
import { type HlsServer, startHlsServer } from '../../../tests/fakes/hlsServer.ts'
import { createTestClock } from '../../clock/testClock.ts'
import type { MediaError, Snapshot } from '../../shared/media.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { contentWatchOf } from '../../shared/probeContent.ts'
import { goodReading } from '../../shared/probeReadings.fixture.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Stream } from '../../shared/streams.ts'
import type { MediaPort } from '../ports.ts'
import { createTestLog } from '../testLog.ts'
import { createOpenPictures } from './openPictures.ts'
import { createPreviews } from './previews.ts'
import { createOwnReaders, createStreamPictures } from './streamPictures.ts'
import type { StreamAccess } from './streamSources.ts'
import { endless, noViews } from './streams.fixture.ts'

const picture: Snapshot = { jpeg: Uint8Array.of(1), widthPx: 160, heightPx: 90, codec: 'h264', bytesRead: 7, tookMs: 1 }
const silent: MediaError = { kind: 'unreachable', doing: 'opening', said: 'Connection timed out' }
const live = { state: 'live', onDemand: false, tracks: [] } as unknown as Stream
type Request = Parameters<MediaPort['snapshot']>[0]

let hls: HlsServer | null = null
afterEach(async () => {
  await hls?.[Symbol.asyncDispose]()
  hls = null
})

/** Reads what FFmpeg would of HLS: the playlists, and the first segment. */
async function readHls(url: string): Promise<Result<Snapshot, MediaError>> {
  let playlist = url
  for (let depth = 0; depth < 2; depth++) {
    const answer = await fetch(playlist)
    if (!answer.ok) return err({ kind: 'unreachable', doing: 'opening', said: `Server returned ${answer.status}` })
    const [child = ''] = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    playlist = new URL(child, playlist).href
  }
  const segment = await fetch(playlist)
  await segment.arrayBuffer()
  return segment.ok ? ok(picture) : err(silent)
}

function start(access: Partial<StreamAccess>, answer: (url: URL) => Result<Snapshot, MediaError>, stream: Stream = live) {
  const clock = createTestClock()
  const asked: Request[] = []
  const offered: StreamAccess = { url: 'http://127.0.0.1:9997', authorization: null, version: 'v1.20.1', rtsp: null, hls: null, srt: null, ...access }
  const shared = { clock, log: createTestLog(), stream: () => stream, tag: 'desk7', version: '0.1.0' }
  const opened = createOpenPictures({ ...shared, running: endless, views: noViews })
  const previews = createPreviews({ ...shared, pictures: opened, accessOf: () => ({ ...offered, serverId: 's1', fingerprint: null }) })
  const looked: Parameters<MediaPort['probe']>[0][] = []
  const read = async (url: string) => (url.startsWith('http:') ? await readHls(url) : answer(new URL(url)))
  const media: Pick<MediaPort, 'snapshot' | 'probe'> = {
    snapshot: async (request) => {
      asked.push(request)
      return await read(request.url)
    },
    probe: async (request, onReading) => {
      looked.push(request)
      const found = await read(request.url)
      if (!found.ok) return found.error
      onReading(goodReading, { jpeg: found.value.jpeg, widthPx: 160, heightPx: 90 })
      return null
    },
  }
  const pictures = createStreamPictures({
    ...shared,
    readers: createOwnReaders(clock),
    accessOf: () => offered,
    media,
    ffmpeg: () => '',
    previews,
    readByRtsp: () => {},
  })
  return {
    clock,
    asked: () => asked.map(({ url }) => new URL(url).protocol),
    requests: asked,
    looked,
    check: () => pictures.check('s1', 'cam1', { wake: false, checkMs: 6_000, content }),
    previews,
    opened,
    take: async (): Promise<PictureReason | string> => {
      const taken = await pictures.take('s1', 'cam1', { widthPx: 160 })
      return taken.ok ? taken.value.protocol : taken.error
    },
    whole: (signal?: AbortSignal) => pictures.take('s1', 'cam1', { widthPx: 160, ...(signal && { signal }) }),
  }
}
const content = contentWatchOf({ profile: null, checks: ['black'], thresholds: {} }) ?? expect.fail()
const rtsp = 'rtsp://127.0.0.1:8554'
const srt = 'srt://127.0.0.1:8890'

it('RTSP that does not answer is left after 4 s for what comes next, and left out for ten minutes', async () => {
  const bench = start({ rtsp, srt }, ({ protocol }) => (protocol === 'srt:' ? ok(picture) : err(silent)))
  expect(await bench.take()).toBe('srt')
  expect(bench.asked()).toEqual(['rtsp:', 'srt:'])
  expect(bench.requests.map(({ answerMs }) => answerMs)).toEqual([4_000, undefined])
  await bench.clock.advance(599_999)
  expect(await bench.take()).toBe('srt')
  expect(bench.asked().slice(2)).toEqual(['srt:'])
  // It is known to work, and may take its time.
  expect(bench.requests[2]?.answerMs).toBeUndefined()
  await bench.clock.advance(1)
  expect(await bench.take()).toBe('srt')
  expect(bench.asked().slice(3)).toEqual(['rtsp:', 'srt:'])
})

it('a look at a server that is silent says so, after all that it offers was tried', async () => {
  const late = (limitMs: number) => ({ kind: 'timedOut', limitMs }) as const
  const one = start({ rtsp, srt }, ({ protocol }) => (protocol === 'srt:' ? ok(picture) : err(late(4_000))))
  expect(await one.check()).toMatchObject({ ok: true, value: { protocol: 'srt' } })
  const none = start({ rtsp, srt }, ({ protocol }) => err(late(protocol === 'srt:' ? 10_000 : 4_000)))
  expect(await none.check()).toEqual({ ok: false, error: late(4_000) })
  expect(none.looked).toHaveLength(2)
})

it('one that was left out is tried again as soon as the other one fails, too', async () => {
  let isUp = true
  const bench = start({ rtsp, srt }, ({ protocol }) => (protocol === 'srt:' && isUp ? ok(picture) : err(silent)))
  await bench.take()
  isUp = false
  expect(await bench.take()).toEqual(silent)
  await bench.take()
  expect(bench.asked()).toEqual(['rtsp:', 'srt:', 'srt:', 'rtsp:', 'rtsp:', 'srt:'])
})

it.each([
  ['refused credentials', { kind: 'unauthorized' }, { kind: 'rtspReadRefused' }],
  ['a stream that is not there', { kind: 'notFound' }, { kind: 'notFound' }],
  ['a stream of sound', { kind: 'noVideo' }, { kind: 'noVideo' }],
  ['a process that died', { kind: 'crashed' }, { kind: 'crashed' }],
] as const)('after %s nothing else is tried', async (_, error, told) => {
  const bench = start({ rtsp, hls: 'http://127.0.0.1:1', srt, authorization: `Basic ${btoa('noc:watch-me')}` }, () => err(error))
  expect(await bench.take()).toEqual(told)
  expect(bench.asked()).toEqual(['rtsp:'])
})

it('credentials that RTSP may not have are given to HLS', async () => {
  hls = await startHlsServer({ authorization: 'Bearer watch-me.a' })
  const bench = start({ url: 'http://10.0.0.5:9997', rtsp: 'rtsp://10.0.0.6:8554', hls: hls.url, authorization: 'Bearer watch-me.a' }, () =>
    err({ kind: 'unauthorized' }),
  )
  const taken = await bench.whole()
  expect(taken).toMatchObject({ ok: true, value: { protocol: 'hls', codec: 'h264' } })
  // A segment of 200,000 bytes, and the playlists.
  expect(taken.ok && taken.value.bytesRead).toBeGreaterThan(200_000)
  expect(JSON.stringify(bench.requests)).not.toContain('watch-me')
  const index = hls.requests.filter(({ url }) => url.includes('index.m3u8'))
  expect(index.every(({ url, headers }) => url.includes('mtxdeck=desk7') && headers['user-agent'] === 'mtxdeck/0.1.0')).toBe(true)
  // Nothing is left open behind it: no picture, and no address on loopback.
  expect(bench.opened.hlsOn('s1', 'cam1')).toBe(0)
  await expect(fetch(bench.requests[1]?.url ?? '')).rejects.toThrow()
})

it('credentials that HLS refuses are not tried elsewhere, and its reason is told, not that of FFmpeg', async () => {
  hls = await startHlsServer({ authorization: 'Bearer watch-me.a' })
  const bench = start({ hls: hls.url, srt, authorization: 'Bearer other.a' }, () => ok(picture))
  expect(await bench.take()).toEqual({ kind: 'readRefused' })
  expect(bench.asked()).toEqual(['http:'])
})

it('what HLS cannot carry is not asked of it', async () => {
  hls = await startHlsServer()
  const stream = { ...live, tracks: [{ kind: 'video', codec: 'M-JPEG' }] } as unknown as Stream
  const bench = start({ hls: hls.url }, () => ok(picture), stream)
  expect(await bench.take()).toEqual({ kind: 'codecUnsupported', codecs: ['M-JPEG'] })
  expect(hls.requests).toEqual([])
})

it('of several reasons the first is told, or one that says more of the stream', async () => {
  const dead = start({ rtsp, srt }, ({ protocol }) => err(protocol === 'srt:' ? { ...silent, said: 'Input/output error' } : silent))
  expect(await dead.take()).toEqual(silent)
  const sound = start({ rtsp, srt }, ({ protocol }) => err(protocol === 'srt:' ? { kind: 'noVideo' } : silent))
  expect(await sound.take()).toEqual({ kind: 'noVideo' })
  const off = start({}, () => ok(picture))
  expect(await off.take()).toEqual({ kind: 'noWayToRead' })
})

it('who leaves gets no further way', async () => {
  const ended = new AbortController()
  const bench = start({ rtsp, srt }, () => {
    ended.abort()
    return err({ kind: 'cancelled' })
  })
  expect(await bench.whole(ended.signal)).toEqual({ ok: false, error: { kind: 'cancelled' } })
  expect(bench.asked()).toEqual(['rtsp:'])
})

it('a look is taken in the same ways as a picture: it asks for the last picture, and waits for no turn', async () => {
  const bench = start({ rtsp, srt }, ({ protocol }) => (protocol === 'srt:' ? ok(picture) : err(silent)))
  expect(await bench.check()).toEqual({
    ok: true,
    value: { reading: goodReading, picture: { jpeg: picture.jpeg, widthPx: 160, heightPx: 90 }, protocol: 'srt' },
  })
  expect(bench.looked.map(({ url, answerMs, checkMs, wantsPicture }) => [new URL(url).protocol, answerMs, checkMs, wantsPicture])).toEqual([
    ['rtsp:', 4_000, 6_000, true],
    ['srt:', 10_000, 6_000, true],
  ])
  // What was left out for one is left out for the other.
  expect(await bench.take()).toBe('srt')
  expect(bench.asked()).toEqual(['srt:'])
})

it('a look over HLS goes through the relay, and says why it was refused', async () => {
  hls = await startHlsServer({ authorization: 'Bearer watch-me.a' })
  const known = start({ hls: hls.url, authorization: 'Bearer watch-me.a' }, () => ok(picture))
  expect(await known.check()).toMatchObject({ ok: true, value: { protocol: 'hls' } })
  const other = start({ hls: hls.url, authorization: 'Bearer other.a' }, () => ok(picture))
  expect(await other.check()).toEqual({ ok: false, error: { kind: 'readRefused' } })
})

it('a reader that got its picture took the stream as long as it read it; one that failed counts only as a reader', async () => {
  const clock = createTestClock()
  const readers = createOwnReaders(clock)
  const got = readers.begin('s1', 'cam1')
  const failed = readers.begin('s1', 'cam1')
  await clock.advance(2_000)
  expect([readers.count('s1', 'cam1'), readers.readMs('s1', 'cam1', 10_000)]).toEqual([2, 0])
  got.hasRead()
  got[Symbol.dispose]()
  failed[Symbol.dispose]()
  await clock.advance(9_000)
  expect([readers.count('s1', 'cam1'), readers.count('s1', 'cam1', 10_000)]).toEqual([0, 2])
  expect([10_000, 12_000, 31_000].map((withinMs) => readers.readMs('s1', 'cam1', withinMs))).toEqual([1_000, 2_000, 0])
  expect(readers.readMs('s1', 'cam2', 10_000)).toBe(0)
})
