import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from '../../../tests/fakes/backends.ts'
import { type RtspServer, type RtspServerOptions, startRtspServer } from '../../../tests/fakes/rtspServer.ts'
import { colourfulShare } from '../../../tests/real/colourful.ts'
import { makeClip } from '../../../tests/real/makeClip.ts'
import { createSystemClock } from '../../clock/clock.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { createMediaClient, type MediaClient } from '../../media/mediaClient.ts'
import type { MediaBackend } from '../../shared/media.ts'
import type { Stream, Track } from '../../shared/streams.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { Log, MediaPort } from '../ports.ts'
import { createOpenPictures } from './openPictures.ts'
import { createPreviews } from './previews.ts'
import { createOwnReaders, createStreamPictures, type StreamPicturesDeps } from './streamPictures.ts'
import type { StreamAccess } from './streamSources.ts'
import { endless, noViews } from './streams.fixture.ts'

const told: unknown[] = []
const tell = (...all: unknown[]) => void told.push(all)
const log: Log = { debug: tell, info: tell, warn: tell, error: tell, child: () => log }

const codecs = ['h264', 'hevc'] as const
const clips = new Map<(typeof codecs)[number], Uint8Array>()
const clipOf = (codec: (typeof codecs)[number]): Uint8Array => clips.get(codec) ?? new Uint8Array()
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-stills-'))
  try {
    for (const codec of codecs) {
      const file = join(folder, `${codec}.ts`)
      await makeClip(file, { seconds: 2, width: 1280, height: 720, format: 'mpegts', codec })
      clips.set(codec, readFileSync(file))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
afterAll(() => {
  // Whatever happened above: the log has no address and no password.
  expect(JSON.stringify(told)).not.toMatch(/watch-me|rtsp:\/\//)
})

const streamOf = (path: string, state: StreamState, onDemand: boolean, kinds: readonly Track['kind'][]) =>
  ({ path, state, onDemand, tracks: kinds.map((kind) => ({ kind, codec: kind === 'video' ? 'H265' : 'Opus' })) }) as unknown as Stream

/** A server that offers RTSP only. */
const offers = (access: Partial<StreamAccess>): StreamAccess => ({
  url: 'http://127.0.0.1:9997',
  rtsp: null,
  authorization: null,
  version: 'v1.20.1',
  hls: null,
  srt: null,
  ...access,
})
/** Takes pictures as the engine does: the JPEG or why there is none. */
function picturesOf({
  media: snapshots,
  ...deps
}: Pick<StreamPicturesDeps, 'clock' | 'accessOf' | 'stream'> &
  Partial<Pick<StreamPicturesDeps, 'ffmpeg'>> & { readonly media: Pick<MediaPort, 'snapshot'> | null }) {
  const media = snapshots && { ...snapshots, probe: async () => ({ kind: 'cancelled' }) as const }
  const shared = { log, tag: 'desk7', version: '0.1.0', ffmpeg: () => '', media, ...deps }
  const hlsOf = (serverId: string) => {
    const access = deps.accessOf(serverId)
    return access && { ...access, serverId, fingerprint: null }
  }
  const previews = createPreviews({ ...shared, pictures: createOpenPictures({ ...shared, running: endless, views: noViews }), accessOf: hlsOf })
  const pictures = createStreamPictures({ ...shared, readers: createOwnReaders(shared.clock), previews, readByRtsp: () => {} })
  return async (path: string, signal?: AbortSignal) => {
    const taken = await pictures.take('s1', path, { widthPx: 640, ...(signal && { signal }) })
    return taken.ok ? { jpeg: Buffer.from(taken.value.jpeg), why: null } : { jpeg: null, why: taken.error }
  }
}

interface Bench {
  readonly server: RtspServer
  readonly take: (path?: string, signal?: AbortSignal) => ReturnType<ReturnType<typeof picturesOf>>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}
interface BenchOptions {
  readonly rtsp?: Partial<RtspServerOptions>
  readonly access?: Partial<StreamAccess>
  readonly state?: StreamState
  readonly onDemand?: boolean
  readonly kinds?: readonly Track['kind'][]
}
/** Pictures as the console takes them: with a media process, and a server that speaks RTSP. */
async function startBench(
  media: MediaClient,
  { rtsp = {}, access = {}, state = 'live', onDemand = false, kinds = ['video', 'audio'] }: BenchOptions = {},
): Promise<Bench> {
  const server = await startRtspServer({ clip: clipOf('h264'), ...rtsp })
  const ask = picturesOf({
    clock: createSystemClock(),
    media,
    accessOf: (id) => (id === 's1' ? offers({ rtsp: server.url, ...access }) : null),
    stream: (_, path) => (path === 'nowhere' ? null : streamOf(path, state, onDemand, kinds)),
  })
  return {
    server,
    take: async (path = 'studio/a b', signal) => {
      let taken = await ask(path, signal)
      // A machine with much else to do may need more than the 10 s of a picture: it is asked for again, as an operator would.
      for (let again = 0; taken.why?.kind === 'timedOut' && again < 5; again++) taken = await ask(path, signal)
      return taken
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
const startMedia = (backend: MediaBackend): MediaClient => createMediaClient({ clock: createSystemClock(), log, backend })
/** Width and height of a JPEG, from its frame header (SOF0 to SOF2). */
function sizeOf(jpeg: Buffer | null): readonly [number, number] {
  const bytes = jpeg ?? Buffer.alloc(0)
  for (let at = 2; at + 9 < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at)
    if (marker >= 0xffc0 && marker <= 0xffc2) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
  }
  throw new Error('no frame header')
}

describe.each(backends)('with $backend:', ({ backend, isHere }) => {
  /** A process that works for all of these tests, as the console's does. */
  const shared = startMedia(backend)
  afterAll(() => shared[Symbol.asyncDispose]())
  const start = (options: BenchOptions = {}) => startBench(shared, options)

  describe.runIf(isHere)('a picture', () => {
    it('is a JPEG of 640 px, read over RTSP by a reader that is known as ours', async () => {
      await using bench = await start()
      const still = await bench.take()
      expect(still).toMatchObject({ why: null })
      expect(sizeOf(still.jpeg)).toEqual([640, 360])
      const [first] = bench.server.asked()
      expect(first?.url).toBe(`${bench.server.url}/studio/a%20b?mtxdeck=desk7`)
      expect(first?.userAgent).toBe('mtxdeck/0.1.0')
      // Nothing is kept open behind it.
      while (bench.server.open() > 0) await new Promise((resolve) => setImmediate(resolve))
    })

    it.each(codecs)('of %s is one, whatever a browser plays', async (codec) => {
      await using bench = await start({ rtsp: { clip: clipOf(codec) } })
      const still = await bench.take()
      expect(still.why).toBeNull()
      expect(sizeOf(still.jpeg)).toEqual([640, 360])
      expect(await colourfulShare(still.jpeg ?? Buffer.alloc(0))).toBeGreaterThan(0.5)
    })

    it('is called off when who asked has gone', async () => {
      const asker = new AbortController()
      await using bench = await start({
        rtsp: {
          onDescribe: () => {
            asker.abort()
            return 'silence'
          },
        },
      })
      expect((await bench.take('x', asker.signal)).why).toEqual({ kind: 'cancelled' })
      while (bench.server.open() > 0) await new Promise((resolve) => setImmediate(resolve))
    })

    it('waits for its turn where four are being taken', async () => {
      await using bench = await start()
      const all = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((path) => bench.take(path)))
      for (const still of all) expect(sizeOf(still.jpeg)).toEqual([640, 360])
      expect(bench.server.most()).toBeLessThanOrEqual(4)
    })

    it('says why there is none: no such path, nobody listens', async () => {
      await using bench = await start({ rtsp: { onDescribe: () => 'notFound' } })
      expect(await bench.take()).toEqual({ jpeg: null, why: { kind: 'notFound' } })
      await using closed = await start({ access: { rtsp: 'rtsp://127.0.0.1:1' } })
      expect((await closed.take()).why).toMatchObject({ kind: 'unreachable', doing: 'opening' })
      for (const path of ['nowhere', 'a/../b']) expect((await bench.take(path)).why).toEqual({ kind: 'notFound' })
    })

    it('in whose making the media process dies says so, and the next one is made', async () => {
      let kill: (() => void) | null = () => process.kill(media.pid() ?? 0, 'SIGKILL')
      await using media = startMedia(backend)
      await using bench = await startBench(media, {
        rtsp: {
          onDescribe: () => {
            kill?.()
            return 'serve'
          },
        },
      })
      expect((await bench.take()).why).toEqual({ kind: 'crashed' })
      kill = null
      expect(sizeOf((await bench.take()).jpeg)).toEqual([640, 360])
    })
  })

  describe.runIf(isHere)('where nothing may be woken or asked', () => {
    it.each([
      ['waiting', true, 'onDemand'],
      ['gone', true, 'onDemand'],
      ['waiting', false, 'notLive'],
      ['gone', false, 'notLive'],
      ['unknown', true, 'serverDown'],
    ] as const)('a stream that is %s (on demand: %s) is not touched: %s', async (state, onDemand, obstacle) => {
      await using media = startMedia(backend)
      await using bench = await startBench(media, { state, onDemand })
      expect(await bench.take()).toEqual({ jpeg: null, why: { kind: obstacle } })
      expect(bench.server.asked()).toEqual([])
      expect(media.pid()).toBeNull()
    })

    it('a stream of sound has no picture, and a server that offers no way to read cannot give one', async () => {
      await using media = startMedia(backend)
      await using sound = await startBench(media, { kinds: ['audio'] })
      expect((await sound.take()).why).toEqual({ kind: 'noVideo' })
      await using off = await startBench(media, { access: { rtsp: null } })
      expect((await off.take()).why).toEqual({ kind: 'noWayToRead' })
      await using odd = await startBench(media, { access: { rtsp: 'media.example:8554' } })
      expect((await odd.take()).why).toEqual({ kind: 'badAddress', of: 'rtsp', address: 'media.example:8554' })
      expect(media.pid()).toBeNull()
    })
  })

  describe.runIf(isHere)('the password of the API', () => {
    const credentials = "no'c:watch-me@/%"
    const authorization = `Basic ${btoa(credentials)}`

    it('is given to RTSP of the same host when it asks', async () => {
      await using bench = await start({ rtsp: { credentials }, access: { authorization } })
      expect(sizeOf((await bench.take()).jpeg)).toEqual([640, 360])
      // Not before it was asked for, and never in the address.
      const described = bench.server.asked().filter(({ method }) => method === 'DESCRIBE')
      expect(described.map((request) => request.authorization)).toEqual([null, authorization])
      expect(JSON.stringify(bench.server.asked().map(({ url }) => url))).not.toContain('watch-me')
    })

    it('is given by Digest where the server asks for that, and is then in nothing that is sent', async () => {
      await using bench = await start({ rtsp: { credentials, digest: true }, access: { authorization } })
      expect(sizeOf((await bench.take()).jpeg)).toEqual([640, 360])
      expect(JSON.stringify(bench.server.asked())).not.toMatch(/watch-me|Basic/)
    })

    it('that is refused or missing is said to be so', async () => {
      await using refused = await start({ rtsp: { credentials: 'other:one' }, access: { authorization } })
      expect((await refused.take()).why).toEqual({ kind: 'rtspReadRefused' })
      await using missing = await start({ rtsp: { credentials } })
      expect((await missing.take()).why).toEqual({ kind: 'rtspPasswordMissing' })
    })

    it('that FFmpeg would cut off is not sent, and said to be withheld', async () => {
      await using long = await start({ rtsp: { credentials }, access: { authorization: `Basic ${btoa(`noc:${'watch-me'.repeat(16)}`)}` } })
      expect((await long.take()).why).toEqual({ kind: 'rtspPasswordWithheld' })
      expect(long.server.asked().every((request) => request.authorization === null)).toBe(true)
    })

    it('that is a token goes where MediaMTX looks for it: into the query', async () => {
      await using bench = await start({ access: { authorization: 'Bearer watch-me.a_b' } })
      expect(sizeOf((await bench.take()).jpeg)).toEqual([640, 360])
      expect(bench.server.asked()[0]?.url).toBe(`${bench.server.url}/studio/a%20b?jwt=watch-me.a_b&mtxdeck=desk7`)
    })

    it('stays here where RTSP is of another host, or unencrypted beside an encrypted API', async () => {
      await using other = await start({ rtsp: { credentials }, access: { authorization, url: 'http://10.0.0.5:9997' } })
      expect((await other.take()).why).toEqual({ kind: 'rtspPasswordWithheld' })
      expect(other.server.asked().every((request) => request.authorization === null)).toBe(true)

      const given: string[] = []
      const media: Pick<MediaPort, 'snapshot'> = {
        snapshot: async ({ url }) => {
          given.push(url)
          return { ok: false, error: { kind: 'unauthorized' } }
        },
      }
      const ask = (access: Parameters<typeof offers>[0]) =>
        picturesOf({
          clock: createTestClock(),
          media,
          accessOf: () => offers(access),
          stream: () => streamOf('x', 'live', false, []),
        })('x')
      await ask({ url: 'https://10.0.0.5:9997', authorization, rtsp: 'rtsp://10.0.0.5:8554' })
      await ask({ url: 'https://media.example:9997', authorization, rtsp: 'rtsps://media.example:8322' })
      await ask({ url: 'http://Media.example:9997', authorization, rtsp: 'rtsp://MEDIA.example:8554/' })
      expect(given.map((url) => url.includes('watch-me'))).toEqual([false, false, true])
    })
  })
})

describe('in time', () => {
  it('the limit is 10 s, with the wait for a turn', async () => {
    const clock = createTestClock()
    const take = picturesOf({
      clock,
      // Never says anything until it is called off.
      media: {
        snapshot: (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve({ ok: false, error: { kind: 'cancelled' } }))),
      },
      accessOf: () => offers({ rtsp: 'rtsp://127.0.0.1:8554' }),
      stream: (_, path) => streamOf(path, 'live', false, []),
    })
    const all = Promise.all(['a', 'b', 'c', 'd', 'e'].map((path) => take(path)))
    await clock.advance(10_000)
    expect((await all).map(({ why }) => why)).toEqual(Array.from({ length: 5 }, () => ({ kind: 'timedOut', limitMs: 10_000 })))
  })

  it('where there is neither node-av nor an ffmpeg, it is said how to get one', async () => {
    const asked: unknown[] = []
    const take = picturesOf({
      clock: createTestClock(),
      media: {
        snapshot: async ({ ffmpeg }) => {
          asked.push(ffmpeg)
          return { ok: false, error: { kind: 'noFfmpeg', problem: { kind: 'notOnPath' }, install: 'apt install ffmpeg' } }
        },
      },
      ffmpeg: () => '/opt/ffmpeg',
      accessOf: () => offers({ rtsp: 'rtsp://127.0.0.1:8554' }),
      stream: () => streamOf('x', 'live', false, []),
    })
    expect(await take('x')).toMatchObject({
      jpeg: null,
      why: { kind: 'noFfmpeg', problem: { kind: 'notOnPath' }, install: 'apt install ffmpeg' },
    })
    expect(asked).toEqual(['/opt/ffmpeg'])
  })

  it('where no media process is lent, that is said', async () => {
    const take = picturesOf({
      clock: createTestClock(),
      media: null,
      accessOf: () => offers({ rtsp: 'rtsp://127.0.0.1:8554' }),
      stream: () => streamOf('x', 'live', false, []),
    })
    expect((await take('x')).why).toEqual({ kind: 'unavailable', because: 'noProcess' })
  })
})
