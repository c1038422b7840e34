import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test, vi } from 'vitest'
import { backends, hasFfmpeg } from '../../tests/fakes/backends.ts'
import { writeFakeFfmpeg } from '../../tests/fakes/fakeFfmpeg.ts'
import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import { projectDir } from '../headless/projectFiles.ts'
import { noNewPrivileges } from '../processes/confine.ts'
import { findSandbox } from '../processes/sandbox.ts'
import type { MediaBackend, WantedSandbox } from '../shared/media.ts'
import { createMediaClient } from './mediaClient.ts'

// A process of its own cannot live in virtual time: deadlines here are generous, and only their order is judged.
const clock = createSystemClock()
const timeoutMs = 30_000
/** `told`: what it logs, but for the line about the sandbox on machines that allow none. */
function startWith(backend: MediaBackend | null, sandbox: WantedSandbox | null = null) {
  const logged: string[] = []
  const log = { warn: (facts: object, text: string) => void (('sandbox' in facts && sandbox === null) || logged.push(text)) }
  const media = createMediaClient({ clock, log, backend, sandbox })
  return { media, logged, [Symbol.asyncDispose]: () => media[Symbol.asyncDispose]() }
}
async function serve(listener: RequestListener): Promise<{ url: string; [Symbol.asyncDispose]: () => Promise<void> }> {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
/** Width and height of a JPEG, from its frame header (SOF0 to SOF2). */
function sizeOf(jpeg: Uint8Array): readonly [number, number] {
  const bytes = Buffer.from(jpeg)
  expect(bytes.subarray(0, 2).toString('hex')).toBe('ffd8')
  expect(bytes.subarray(-2).toString('hex')).toBe('ffd9')
  for (let at = 2; at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at)
    if (marker >= 0xffc0 && marker <= 0xffc2) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
  }
  throw new Error('no frame header')
}
const silentProbe = { url: 'rtsp://127.0.0.1:1/x', userAgent: 'test', ffmpeg: '', answerMs: 1_000, checkMs: 1_000, isContinuous: false, content: null } as const
/** It encodes a stream's clip when it is first asked for it. */
let fleet: DemoFleet
beforeAll(async () => {
  fleet = await createDemoFleet({ clock, seed: 'media', servers: [{ name: 'one' }] })
})
afterAll(() => fleet[Symbol.asyncDispose]())

test.runIf(noNewPrivileges().length > 0)('it can gain no rights, where the system has setpriv', async () => {
  await using own = startWith('node-av')
  for (const use of ['pictures', 'probes'] as const) {
    if (use === 'pictures') await own.media.tools('')
    else await own.media.probe(silentProbe, () => {})
    expect(readFileSync(`/proc/${own.media.pid(use)}/status`, 'latin1')).toMatch(/^NoNewPrivs:\s+1$/m)
  }
})

const isHere = typeof (await findSandbox()) !== 'string'
describe('in a sandbox', () => {
  const it = test.runIf(isHere)
  it('are both processes, which see nothing of this user, and say so', async () => {
    await using own = startWith(null, 'bwrap')
    expect(await own.media.tools('')).toMatchObject({ ok: true, value: { uses: 'node-av', sandbox: 'bwrap' } })
    await own.media.probe(silentProbe, () => {})
    for (const use of ['pictures', 'probes'] as const) {
      const root = `/proc/${own.media.pid(use)}/root`
      // What stands beside the sources here is not there.
      expect(readdirSync(join(root, projectDir)).toSorted()).toEqual(['node_modules', 'package.json', 'src'])
      for (const secret of [join(homedir(), '.ssh'), '/etc/shadow', join(process.cwd(), 'README.md')])
        expect(existsSync(join(root, secret)), secret).toBe(false)
      expect(readFileSync(`/proc/${own.media.pid(use)}/status`, 'latin1')).toMatch(/^CapBnd:\s+0+$/m)
    }
    expect(own.logged).toEqual([])
  })

  it.each(backends.filter((one) => one.isHere))('a picture is taken with $backend', async ({ backend }) => {
    await using own = startWith(backend, 'bwrap')
    const url = `${fleet.server('one').hlsUrl}/cam1/index.m3u8?in=sandbox`
    expect(await own.media.snapshot({ url, widthPx: 320, timeoutMs })).toMatchObject({ ok: true, value: { widthPx: 320, codec: 'h264' } })
    expect(own.logged).toEqual([])
  })

  it('goes on with what it was asked when it is started again to see another ffmpeg', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-ffmpeg-'))
    try {
      writeFakeFfmpeg(join(folder, 'ffmpeg'))
      await using own = startWith(null, 'bwrap')
      await own.media.tools('')
      let came = 0
      let first = () => {}
      const hung = new Promise<void>((resolve) => {
        first = resolve
      })
      await using slow = await serve((_, response) => {
        if (came++ === 0) return first()
        response.statusCode = 404
        response.end()
      })
      const taken = own.media.snapshot({ url: `${slow.url}/index.m3u8`, widthPx: 320, timeoutMs })
      await hung
      const before = own.media.pid()
      const ffmpeg = { path: join(folder, 'ffmpeg'), version: '7.1.1-fake' }
      expect(await own.media.tools(ffmpeg.path)).toMatchObject({ ok: true, value: { ffmpeg, sandbox: 'bwrap' } })
      expect(own.media.pid()).not.toBe(before)
      expect(await taken).toEqual({ ok: false, error: { kind: 'notFound' } })
      // Replaced, it is the new one that is seen.
      writeFakeFfmpeg(join(folder, 'next'), { '-version': ['ffmpeg version 8.0-fake', 'libavformat    62.  3.100 / 62.  3.100'] })
      renameSync(join(folder, 'next'), ffmpeg.path)
      expect(await own.media.tools(ffmpeg.path)).toMatchObject({ ok: true, value: { ffmpeg: { version: '8.0-fake' } } })
      expect(own.media.deaths()).toEqual({ pictures: 0, probes: 0 })
      expect(own.logged).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

test('without a sandbox they say so, once', async () => {
  await using own = startWith(null, 'off')
  expect(await own.media.tools('')).toMatchObject({ ok: true, value: { sandbox: 'off' } })
  await own.media.probe(silentProbe, () => {})
  expect(own.logged).toEqual(['The media processes run without a sandbox: they can read what this user can'])
})

describe.each(backends)('a snapshot with $backend', ({ backend, isHere }) => {
  const it = test.runIf(isHere)
  const start = () => startWith(backend)

  it('of the demo’s HLS is a JPEG of the wanted width, and never larger than the stream', async () => {
    await using own = start()
    const url = `${fleet.server('one').hlsUrl}/cam1/index.m3u8?mtxdeck=${backend}`
    for (const [widthPx, size] of [
      [320, [320, 180]],
      [1920, [640, 360]],
    ] as const) {
      const taken = await own.media.snapshot({ url, widthPx, timeoutMs, userAgent: 'mtxdeck/test' })
      if (!taken.ok) throw new Error(JSON.stringify(taken.error))
      expect(sizeOf(taken.value.jpeg)).toEqual(size)
      expect(taken.value).toMatchObject({ widthPx: size[0], heightPx: size[1], codec: 'h264' })
    }
    // Servers can tell our readers from others'.
    const asked = fleet.server('one').asked()
    expect(asked.some((request) => request.endpoint === 'hls' && request.userAgent === 'mtxdeck/test' && request.url.includes(`mtxdeck=${backend}`))).toBe(true)
  })

  it('waits for its turn where many are asked for at once', async () => {
    await using own = start()
    const url = `${fleet.server('one').hlsUrl}/cam1/index.m3u8`
    const taken = await Promise.all(Array.from({ length: 12 }, (_, index) => own.media.snapshot({ url, widthPx: 100 + 2 * index, timeoutMs })))
    expect(taken.map((one) => (one.ok ? one.value.widthPx : one.error))).toEqual(Array.from({ length: 12 }, (_, index) => 100 + 2 * index))
  })

  it('says why there is none', async () => {
    await using page = await serve((_, response) => response.end('<html>It works!</html>'))
    await using closed = await serve((_, response) => response.writeHead(401).end())
    await using own = start()
    const { hlsUrl } = fleet.server('one')
    const kind = async (url: string) => {
      const taken = await own.media.snapshot({ url, widthPx: 320, timeoutMs })
      return taken.ok ? 'picture' : taken.error.kind
    }
    expect(await kind(`${hlsUrl}/nothere/index.m3u8`)).toBe('notFound')
    expect(await kind(`${page.url}/index.m3u8`)).toBe('undecodable')
    expect(await kind(`${closed.url}/index.m3u8`)).toBe('unauthorized')
    expect(await kind('http://127.0.0.1:1/index.m3u8')).toBe('unreachable')
    expect(await kind('rtsp://127.0.0.1:1/cam1')).toBe('unreachable')
    expect(await kind('rtmp://127.0.0.1:1/live/cam1')).toBe('unreachable')
    expect(await kind('file:///etc/passwd')).toBe('refusedAddress')
    expect(await kind('http://169.254.169.254/index.m3u8')).toBe('refusedAddress')
    expect(own.logged).toEqual([])
  })

  it.each(['HTTP', 'RTSP', 'SRT'])('keeps its deadline where %s never answers', async (what) => {
    let came = 0
    await using silent = await serve(() => {
      came++
    })
    await using own = start()
    // Started already: the deadline is then all about the read.
    await own.media.snapshot({ url: 'http://127.0.0.1:1/x', widthPx: 320, timeoutMs })
    const port = new URL(silent.url).port
    const url = what === 'HTTP' ? `${silent.url}/index.m3u8` : what === 'RTSP' ? `rtsp://127.0.0.1:${port}/cam1` : `srt://127.0.0.1:${port}?streamid=read:cam1`
    // By HTTP it has to have asked by then, also on a busy machine.
    const limitMs = what === 'HTTP' ? 4_000 : 700
    expect(await own.media.snapshot({ url, widthPx: 320, timeoutMs: limitMs })).toEqual({ ok: false, error: { kind: 'timedOut', limitMs } })
    if (what === 'HTTP') expect(came).toBe(1)
    // The process is not stuck: it answers the next one, and did not have to be started again.
    const next = await own.media.snapshot({ url: 'http://127.0.0.1:1/x', widthPx: 320, timeoutMs })
    expect(next).toMatchObject({ ok: false, error: { kind: 'unreachable' } })
    expect(own.logged).toEqual([])
  })

  it('can be called off', async () => {
    const abort = new AbortController()
    await using silent = await serve(() => abort.abort())
    await using own = start()
    expect(await own.media.snapshot({ url: `${silent.url}/x`, widthPx: 320, timeoutMs }, abort.signal)).toEqual({ ok: false, error: { kind: 'cancelled' } })
  })

  it('never reads a file that a playlist names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-media-'))
    try {
      // A real clip: were it opened, a picture would come.
      const main = `${fleet.server('one').hlsUrl}/cam1/`
      const children = await (await fetch(`${main}index.m3u8`)).text()
      const media = /^video1_stream.*$/m.exec(children)?.[0] ?? ''
      const [init, segment] = [...(await (await fetch(main + media)).text()).matchAll(/video1_(?:init|seg\d+)\.mp4[^"\n]*/g)].map((match) => match[0])
      const clip = Buffer.concat(await Promise.all([init, segment].map(async (part) => Buffer.from(await (await fetch(main + part)).arrayBuffer()))))
      const file = join(folder, 'clip.mp4')
      writeFileSync(file, clip)
      const playlist = (address: string) =>
        `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1.6,\n${address}\n#EXT-X-ENDLIST\n`
      const opened: string[] = []
      await using trap = await serve((request, response) => {
        opened.push(request.url ?? '')
        if (request.url === '/clip.mp4') return response.end(clip)
        response.setHeader('content-type', 'application/vnd.apple.mpegurl')
        response.end(
          playlist(
            request.url === '/good.m3u8'
              ? 'clip.mp4'
              : request.url === '/file.m3u8'
                ? `file://${file}`
                : request.url === '/concat.m3u8'
                  ? `concat:${file}`
                  : file,
          ),
        )
      })
      await using own = start()
      // The same clip over HTTP gives a picture: it is the file that is refused.
      expect(await own.media.snapshot({ url: `${trap.url}/good.m3u8`, widthPx: 320, timeoutMs })).toMatchObject({ ok: true })
      for (const name of ['file', 'concat', 'path']) {
        const taken = await own.media.snapshot({ url: `${trap.url}/${name}.m3u8`, widthPx: 320, timeoutMs })
        expect(taken.ok, name).toBe(false)
        expect(opened).toContain(`/${name}.m3u8`)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('the media process', () => {
  const start = () => startWith(null)

  it('killed, is started again and answers', async () => {
    await using own = start()
    const request = { url: `${fleet.server('one').hlsUrl}/cam1/index.m3u8`, widthPx: 160, timeoutMs }
    expect((await own.media.snapshot(request)).ok).toBe(true)
    const first = own.media.pid()
    if (first === null) throw new Error('no process')
    process.kill(first, 'SIGKILL')
    while (own.media.pid() === first) await new Promise((resolve) => setImmediate(resolve))
    expect((await own.media.snapshot(request)).ok).toBe(true)
    expect(own.media.pid()).not.toBe(first)
    expect(own.logged).toEqual(['the media process ended and is started again'])
  })

  it('says of what it worked on that it crashed, and an address that kills it three times is set aside', async () => {
    await using own = start()
    await using deadly = await serve(() => process.kill(own.media.pid() ?? 0, 'SIGKILL'))
    const request = { url: `${deadly.url}/x`, widthPx: 160, timeoutMs }
    for (let i = 0; i < 3; i++) expect(await own.media.snapshot(request)).toEqual({ ok: false, error: { kind: 'crashed' } })
    expect(await own.media.snapshot(request)).toMatchObject({ ok: false, error: { kind: 'setAside' } })
    // Others are served.
    expect(await own.media.snapshot({ ...request, url: 'http://127.0.0.1:1/x' })).toMatchObject({ ok: false, error: { kind: 'unreachable' } })
  })

  it('is gone when its client is closed, and what was asked answers', async () => {
    const own = start()
    let ask = () => {}
    const asked = new Promise<void>((resolve) => {
      ask = resolve
    })
    await using silent = await serve(() => ask())
    const taken = own.media.snapshot({ url: `${silent.url}/x`, widthPx: 160, timeoutMs })
    await asked
    const pid = own.media.pid() ?? 0
    await own.media[Symbol.asyncDispose]()
    expect(await taken).toEqual({ ok: false, error: { kind: 'cancelled' } })
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(await own.media.snapshot({ url: `${silent.url}/x`, widthPx: 160, timeoutMs })).toMatchObject({ ok: false, error: { kind: 'cancelled' } })
  })

  it('that is held to a backend that is not here says so, and goes on answering', async () => {
    vi.stubEnv('PATH', '')
    try {
      await using own = startWith('ffmpeg')
      const refused = { ok: false, error: { kind: 'noFfmpeg', problem: { kind: 'notOnPath' } } }
      expect(await own.media.snapshot({ url: 'rtsp://127.0.0.1:1/x', widthPx: 160, timeoutMs })).toMatchObject(refused)
      expect(await own.media.snapshot({ url: 'rtsp://127.0.0.1:1/x', widthPx: 160, timeoutMs })).toMatchObject(refused)
      expect(own.logged).toEqual([])
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('makes pictures with node-av where that loads, and tells of an ffmpeg beside it', async () => {
    await using own = start()
    const looked = await own.media.tools('')
    expect(looked).toMatchObject({ ok: true, value: { uses: 'node-av', ffmpeg: hasFfmpeg ? { lacks: expect.any(Array) } : null } })
  })
})
