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
import { createStills, type StillInput, type Stills } from './stills.ts'
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
/** Stills as the engine makes them. */
function stillsOf({
  media: snapshots,
  ...deps
}: Pick<StreamPicturesDeps, 'clock' | 'accessOf' | 'stream'> &
  Partial<Pick<StreamPicturesDeps, 'ffmpeg'>> & { readonly media: Pick<MediaPort, 'snapshot'> | null }): Stills {
  const media = snapshots && { ...snapshots, probe: async () => ({ kind: 'cancelled' }) as const }
  const shared = { log, tag: 'desk7', version: '0.1.0', ffmpeg: () => '', media, ...deps }
  const hlsOf = (serverId: string) => {
    const access = deps.accessOf(serverId)
    return access && { ...access, serverId, fingerprint: null }
  }
  const previews = createPreviews({ ...shared, pictures: createOpenPictures({ ...shared, running: endless, views: noViews }), accessOf: hlsOf })
  return createStills({ ...shared, pictures: createStreamPictures({ ...shared, readers: createOwnReaders(shared.clock), previews, readByRtsp: () => {} }) })
}

interface Bench {
  readonly stills: Stills
  readonly server: RtspServer
  readonly take: (change?: Partial<StillInput>, signal?: AbortSignal) => ReturnType<Stills['take']>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}
interface BenchOptions {
  readonly rtsp?: Partial<RtspServerOptions>
  readonly access?: Partial<StreamAccess>
  readonly state?: StreamState
  readonly onDemand?: boolean
  readonly kinds?: readonly Track['kind'][]
}
/** Stills as the console takes them: with a media process, and a server that speaks RTSP. */
async function startBench(
  media: MediaClient,
  { rtsp = {}, access = {}, state = 'live', onDemand = false, kinds = ['video', 'audio'] }: BenchOptions = {},
): Promise<Bench> {
  const server = await startRtspServer({ clip: clipOf('h264'), ...rtsp })
  const stills = stillsOf({
    clock: createSystemClock(),
    media,
    accessOf: (id) => (id === 's1' ? offers({ rtsp: server.url, ...access }) : null),
    stream: (_, path) => (path === 'nowhere' ? null : streamOf(path, state, onDemand, kinds)),
  })
  return {
    stills,
    server,
    take: async (change = {}, signal) => {
      const ask = () => stills.take({ serverId: 's1', path: 'studio/a b', wake: false, ...change }, signal)
      let still = await ask()
      // A machine with much else to do may need more than the 10 s of a still: it is asked for again, as an operator would.
      for (let again = 0; still?.why?.kind === 'timedOut' && again < 5; again++) still = await ask()
      return still
    },
    [Symbol.asyncDispose]: async () => {
      await stills[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}
const startMedia = (backend: MediaBackend): MediaClient => createMediaClient({ clock: createSystemClock(), log, backend })
/** Width and height of a JPEG in base64, from its frame header (SOF0 to SOF2). */
function sizeOf(jpeg: string | null | undefined): readonly [number, number] {
  const bytes = Buffer.from(jpeg ?? '', 'base64')
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

  describe.runIf(isHere)('a still', () => {
    it('is a JPEG of 640 px with its time, read over RTSP by a reader that is known as ours', async () => {
      await using bench = await start()
      const before = Date.now()
      const still = await bench.take()
      expect(still).toMatchObject({ why: null })
      expect(sizeOf(still?.jpeg)).toEqual([640, 360])
      expect(still?.at).toBeGreaterThanOrEqual(before)
      const [first] = bench.server.asked()
      expect(first?.url).toBe(`${bench.server.url}/studio/a%20b?mtxdeck=desk7`)
      expect(first?.userAgent).toBe('mtxdeck/0.1.0')
      // Nothing is kept open behind it.
      while (bench.server.open() > 0) await new Promise((resolve) => setImmediate(resolve))
    })

    it.each(codecs)('of %s is one, whatever a browser plays', async (codec) => {
      await using bench = await start({ rtsp: { clip: clipOf(codec) } })
      const still = await bench.take()
      expect(still?.why).toBeNull()
      expect(sizeOf(still?.jpeg)).toEqual([640, 360])
      expect(await colourfulShare(Buffer.from(still?.jpeg ?? '', 'base64'))).toBeGreaterThan(0.5)
    })

    it('is asked for once by all who ask at the same time', async () => {
      await using bench = await start()
      const all = await Promise.all([bench.take(), bench.take(), bench.take()])
      expect(new Set(all.map((still) => still?.jpeg)).size).toBe(1)
      expect(bench.server.asked().filter(({ method }) => method === 'DESCRIBE')).toHaveLength(1)
    })

    it('is called off when the last who asked has gone', async () => {
      const one = new AbortController()
      const other = new AbortController()
      await using bench = await start({
        rtsp: {
          onDescribe: () => {
            one.abort()
            return 'silence'
          },
        },
      })
      let isDone = false
      const first = bench.take({}, one.signal).then(() => {
        isDone = true
      })
      const second = bench.take({}, other.signal)
      while (!one.signal.aborted) await new Promise((resolve) => setImmediate(resolve))
      expect(isDone).toBe(false)
      other.abort()
      expect((await second)?.why).toEqual({ kind: 'cancelled' })
      await first
      while (bench.server.open() > 0) await new Promise((resolve) => setImmediate(resolve))
    })

    it('waits for its turn where four are being taken', async () => {
      await using bench = await start()
      const all = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((path) => bench.take({ path })))
      for (const still of all) expect(sizeOf(still?.jpeg)).toEqual([640, 360])
      expect(bench.server.most()).toBeLessThanOrEqual(4)
    })

    it('says why there is none: no such path, nobody listens', async () => {
      await using bench = await start({ rtsp: { onDescribe: () => 'notFound' } })
      expect(await bench.take()).toEqual({ jpeg: null, at: null, why: { kind: 'notFound' } })
      await using closed = await start({ access: { rtsp: 'rtsp://127.0.0.1:1' } })
      expect((await closed.take())?.why).toMatchObject({ kind: 'unreachable', doing: 'opening' })
      expect(await bench.take({ path: 'nowhere' })).toBeNull()
      expect(await bench.take({ path: 'a/../b' })).toBeNull()
    })

    it('of a holding picture is one, and says so', async () => {
      await using bench = await start({ state: 'slate' })
      const still = await bench.take()
      expect(sizeOf(still?.jpeg)).toEqual([640, 360])
      expect(still?.why).toEqual({ kind: 'slate' })
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
      expect((await bench.take())?.why).toEqual({ kind: 'crashed' })
      kill = null
      expect(sizeOf((await bench.take())?.jpeg)).toEqual([640, 360])
    })
  })

  describe.runIf(isHere)('where nothing may be woken or asked', () => {
    it.each([
      ['waiting', true, false, 'onDemand'],
      ['gone', true, false, 'onDemand'],
      ['waiting', false, true, 'notLive'],
      ['gone', false, false, 'notLive'],
      ['unknown', true, true, 'serverDown'],
    ] as const)('a stream that is %s (on demand: %s, wake: %s) is not touched: %s', async (state, onDemand, wake, obstacle) => {
      await using media = startMedia(backend)
      await using bench = await startBench(media, { state, onDemand })
      expect(await bench.take({ wake })).toEqual({ jpeg: null, at: null, why: { kind: obstacle } })
      expect(bench.server.asked()).toEqual([])
      expect(media.pid()).toBeNull()
    })

    it('a source on demand is started on the word of the operator', async () => {
      await using bench = await start({ state: 'waiting', onDemand: true })
      expect(sizeOf((await bench.take({ wake: true }))?.jpeg)).toEqual([640, 360])
    })

    it('a stream of sound has no picture, and a server that offers no way to read cannot give one', async () => {
      await using media = startMedia(backend)
      await using sound = await startBench(media, { kinds: ['audio'] })
      expect((await sound.take())?.why).toEqual({ kind: 'noVideo' })
      await using off = await startBench(media, { access: { rtsp: null } })
      expect((await off.take())?.why).toEqual({ kind: 'noWayToRead' })
      await using odd = await startBench(media, { access: { rtsp: 'media.example:8554' } })
      expect((await odd.take())?.why).toEqual({ kind: 'badAddress', of: 'rtsp', address: 'media.example:8554' })
      expect(media.pid()).toBeNull()
    })
  })

  describe.runIf(isHere)('the password of the API', () => {
    const credentials = "no'c:watch-me@/%"
    const authorization = `Basic ${btoa(credentials)}`

    it('is given to RTSP of the same host when it asks', async () => {
      await using bench = await start({ rtsp: { credentials }, access: { authorization } })
      expect(sizeOf((await bench.take())?.jpeg)).toEqual([640, 360])
      // Not before it was asked for, and never in the address.
      const described = bench.server.asked().filter(({ method }) => method === 'DESCRIBE')
      expect(described.map((request) => request.authorization)).toEqual([null, authorization])
      expect(JSON.stringify(bench.server.asked().map(({ url }) => url))).not.toContain('watch-me')
    })

    it('is given by Digest where the server asks for that, and is then in nothing that is sent', async () => {
      await using bench = await start({ rtsp: { credentials, digest: true }, access: { authorization } })
      expect(sizeOf((await bench.take())?.jpeg)).toEqual([640, 360])
      expect(JSON.stringify(bench.server.asked())).not.toMatch(/watch-me|Basic/)
    })

    it('that is refused or missing is said to be so', async () => {
      await using refused = await start({ rtsp: { credentials: 'other:one' }, access: { authorization } })
      expect((await refused.take())?.why).toEqual({ kind: 'rtspReadRefused' })
      await using missing = await start({ rtsp: { credentials } })
      expect((await missing.take())?.why).toEqual({ kind: 'rtspPasswordMissing' })
    })

    it('that FFmpeg would cut off is not sent, and said to be withheld', async () => {
      await using long = await start({ rtsp: { credentials }, access: { authorization: `Basic ${btoa(`noc:${'watch-me'.repeat(16)}`)}` } })
      expect((await long.take())?.why).toEqual({ kind: 'rtspPasswordWithheld' })
      expect(long.server.asked().every((request) => request.authorization === null)).toBe(true)
    })

    it('that is a token goes where MediaMTX looks for it: into the query', async () => {
      await using bench = await start({ access: { authorization: 'Bearer watch-me.a_b' } })
      expect(sizeOf((await bench.take())?.jpeg)).toEqual([640, 360])
      expect(bench.server.asked()[0]?.url).toBe(`${bench.server.url}/studio/a%20b?jwt=watch-me.a_b&mtxdeck=desk7`)
    })

    it('stays here where RTSP is of another host, or unencrypted beside an encrypted API', async () => {
      await using other = await start({ rtsp: { credentials }, access: { authorization, url: 'http://10.0.0.5:9997' } })
      expect((await other.take())?.why).toEqual({ kind: 'rtspPasswordWithheld' })
      expect(other.server.asked().every((request) => request.authorization === null)).toBe(true)

      const given: string[] = []
      const media: Pick<MediaPort, 'snapshot'> = {
        snapshot: async ({ url }) => {
          given.push(url)
          return { ok: false, error: { kind: 'unauthorized' } }
        },
      }
      const ask = (access: Parameters<typeof offers>[0]) =>
        stillsOf({
          clock: createTestClock(),
          media,
          accessOf: () => offers(access),
          stream: () => streamOf('x', 'live', false, []),
        }).take({
          serverId: 's1',
          path: 'x',
          wake: false,
        })
      await ask({ url: 'https://10.0.0.5:9997', authorization, rtsp: 'rtsp://10.0.0.5:8554' })
      await ask({ url: 'https://media.example:9997', authorization, rtsp: 'rtsps://media.example:8322' })
      await ask({ url: 'http://Media.example:9997', authorization, rtsp: 'rtsp://MEDIA.example:8554/' })
      expect(given.map((url) => url.includes('watch-me'))).toEqual([false, false, true])
    })
  })
})

describe('in time', () => {
  const start = (snapshot: MediaPort['snapshot']) => {
    const clock = createTestClock()
    const stills = stillsOf({
      clock,
      media: { snapshot },
      accessOf: () => offers({ rtsp: 'rtsp://127.0.0.1:8554' }),
      stream: (_, path) => streamOf(path, path === 'asleep' ? 'waiting' : 'live', path === 'asleep', []),
    })
    return { clock, take: (path: string, wake = false) => stills.take({ serverId: 's1', path, wake }) }
  }
  /** A media process that never says anything until it is called off. */
  const silent: MediaPort['snapshot'] = (_, signal) =>
    new Promise((resolve) => signal?.addEventListener('abort', () => resolve({ ok: false, error: { kind: 'cancelled' } })))

  it('one younger than 2 s is given again, an older one is taken anew', async () => {
    let count = 0
    const bench = start(async () => ({
      ok: true,
      value: { jpeg: Uint8Array.of(++count), widthPx: 640, heightPx: 360, codec: 'h264', bytesRead: 1000, tookMs: 1 },
    }))
    const first = await bench.take('x')
    await bench.clock.advance(1_999)
    expect(await bench.take('x')).toEqual(first)
    await bench.clock.advance(1)
    expect((await bench.take('x'))?.jpeg).not.toBe(first?.jpeg)
    expect(count).toBe(2)
  })

  it('the limit is 10 s, with the wait for a turn, and 20 s for a source that is started', async () => {
    const bench = start(silent)
    const all = Promise.all([bench.take('a'), bench.take('b'), bench.take('c')])
    const woken = bench.take('asleep', true)
    await bench.clock.advance(10_000)
    expect((await all).map((still) => still?.why)).toEqual(Array.from({ length: 3 }, () => ({ kind: 'timedOut', limitMs: 10_000 })))
    let isDone = false
    void woken.then(() => {
      isDone = true
    })
    await bench.clock.advance(9_999)
    expect(isDone).toBe(false)
    await bench.clock.advance(1)
    expect((await woken)?.why).toEqual({ kind: 'timedOut', limitMs: 20_000 })
  })

  it('where there is neither node-av nor an ffmpeg, stills say how to get one', async () => {
    const asked: unknown[] = []
    const stills = stillsOf({
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
    expect(await stills.take({ serverId: 's1', path: 'x', wake: false })).toMatchObject({
      jpeg: null,
      why: { kind: 'noFfmpeg', problem: { kind: 'notOnPath' }, install: 'apt install ffmpeg' },
    })
    expect(asked).toEqual(['/opt/ffmpeg'])
  })

  it('where no media process is lent, stills say so', async () => {
    const stills = stillsOf({
      clock: createTestClock(),
      media: null,
      accessOf: () => offers({ rtsp: 'rtsp://127.0.0.1:8554' }),
      stream: () => streamOf('x', 'live', false, []),
    })
    expect((await stills.take({ serverId: 's1', path: 'x', wake: false }))?.why).toEqual({ kind: 'unavailable', because: 'noProcess' })
  })
})
