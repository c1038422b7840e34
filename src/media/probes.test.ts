import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { backends, hasFfmpeg } from '../../tests/fakes/backends.ts'
import { type LiveTs, startLiveTs, tsRound } from '../../tests/fakes/liveTs.ts'
import { startRtspServer } from '../../tests/fakes/rtspServer.ts'
import { startTlsFront } from '../../tests/fakes/tlsFront.ts'
import { freePort } from '../../tests/freePort.ts'
import { makeClip } from '../../tests/real/makeClip.ts'
import { createSystemClock } from '../clock/clock.ts'
import { createMediaClient, type MediaClient } from '../media/mediaClient.ts'
import type { Evidence, MediaBackend, MediaError, ProbeRequest } from '../shared/media.ts'
import { contentWatchOf, isContentFault } from '../shared/probeContent.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'

// Processes and streams do not live in virtual time: deadlines are generous, and only their order is judged.
const answerMs = 30_000
const clipMs = 4_000
/** A clip whose picture freezes, and how far its key frames are apart. */
const freezeMs = { at: 4_000, gop: 2_000, length: 40_000 } as const
const studio = contentWatchOf({ profile: 'studio', checks: [], thresholds: {} })
const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-probes-'))
/** By path of the server below: what is sent, as fast as it is read. */
const files = new Map<string, Buffer>()
const opened: string[] = []
const handlers = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>()
const server = createServer((request, response) => {
  const path = request.url ?? ''
  opened.push(path)
  const handler = handlers.get(path)
  const file = files.get(path)
  if (handler) return handler(request, response)
  if (!file) return response.writeHead(404).end()
  response.end(file)
})
let http: string
let live: LiveTs
const clip = (): Buffer => files.get('/clip.ts') ?? Buffer.alloc(0)

beforeAll(async () => {
  const make = async (name: string, options: Parameters<typeof makeClip>[1]) => {
    const file = join(folder, name)
    await makeClip(file, options)
    files.set(`/${name}`, readFileSync(file))
  }
  await make('clip.ts', { seconds: clipMs / 1_000, format: 'mpegts' })
  await make('clip.flv', { seconds: 6, format: 'flv' })
  await make('still.ts', { seconds: 6, format: 'mpegts', picture: 'testsrc2=size=$s:rate=25,loop=loop=-1:size=1', sound: 'anullsrc=sample_rate=48000' })
  await make('freeze.ts', {
    seconds: freezeMs.length / 1_000,
    format: 'mpegts',
    gop: (freezeMs.gop * 25) / 1_000,
    picture: `testsrc2=size=$s:rate=25,trim=duration=${freezeMs.at / 1_000},tpad=stop_mode=clone:stop_duration=60`,
  })
  await make('long.ts', { seconds: 6, format: 'mpegts', gop: 1_000 })
  files.set('/sound.aac', audioOf(clip()))
  files.set('/blind.ts', withoutVideo(clip()))
  files.set('/round.ts', Buffer.concat([0, 1, 2].map((round) => tsRound(clip(), clipMs, round))))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  live = await startLiveTs(clip(), clipMs)
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await live[Symbol.asyncDispose]()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const packetsOf = (bytes: Buffer): Buffer[] => Array.from({ length: Math.floor(bytes.length / 188) }, (_, n) => bytes.subarray(n * 188, n * 188 + 188))
/** The first of the two streams that the clip's program has is video, the second one audio. */
const [videoPid, audioPid] = [0x100, 0x101]
const pidOf = (packet: Buffer): number => packet.readUInt16BE(1) & 0x1fff
/** The clip as if its video had stopped. */
const withoutVideo = (bytes: Buffer): Buffer => Buffer.concat(packetsOf(bytes).filter((packet) => pidOf(packet) !== videoPid))
/** The clip's audio as a stream of its own (AAC in ADTS). */
const audioOf = (bytes: Buffer): Buffer =>
  Buffer.concat(
    packetsOf(bytes)
      .filter((packet) => pidOf(packet) === audioPid)
      .map((packet) => {
        const from = 4 + ((packet.readUInt8(3) & 0x20) !== 0 ? 1 + packet.readUInt8(4) : 0)
        const isStart = (packet.readUInt8(1) & 0x40) !== 0
        return packet.subarray(isStart ? from + 9 + packet.readUInt8(from + 8) : from)
      }),
  )

const start = (backend: MediaBackend | null) => createMediaClient({ clock: createSystemClock(), log: { warn: () => {} }, backend })
/** One look of a stream. */
async function check(media: MediaClient, url: string, options: Partial<ProbeRequest> = {}): Promise<ProbeReading | MediaError> {
  const readings: ProbeReading[] = []
  const error = await media.probe({ url, answerMs, checkMs: 2_000, isContinuous: false, ...options }, (reading) => readings.push(reading))
  return error ?? readings[0] ?? expect.fail('it ended without a reading')
}
/** The most memory that a process had, MB; 0 where the system does not tell. */
const memoryOf = (pid: number | null): number =>
  process.platform === 'linux' ? Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1_000 : 0
/** The clip as makeClip encodes it. */
const usual = {
  video: { codec: 'h264', profile: 'Constrained Baseline', widthPx: 640, heightPx: 360, aspect: '16:9', declaredFps: 25 },
  audio: { codec: 'aac', profile: 'LC', channels: 2, layout: 'stereo', sampleRateHz: 48_000 },
  ptsGaps: 0,
}
/** What any look of the clip measures. */
function expectUsual(reading: ProbeReading | MediaError, { answers = true } = {}): asserts reading is ProbeReading {
  expect(reading).toMatchObject(usual)
  if (!('wallMs' in reading)) return expect.fail('no reading')
  // null: an older ffprobe does not say.
  expect(reading.packets.corrupt ?? 0).toBe(0)
  expect(reading.video?.fps).toBeCloseTo(25, 1)
  expect(reading.gop).toMatchObject({ frames: 25 })
  expect(reading.gop?.usualMs).toBeCloseTo(1_000, -1)
  expect(reading.mediaMs).toBeGreaterThanOrEqual(1_950)
  // 1,000 kbit/s of video and 64 of audio.
  expect(reading.bitrateBps).toBeGreaterThan(700_000)
  expect(reading.bitrateBps).toBeLessThan(1_500_000)
  expect(Math.abs(reading.audioAheadMs ?? Number.NaN)).toBeLessThan(500)
  const { answerMs: answered, keyframeMs } = reading.response
  // Nobody answers by UDP, and a caller answers to nothing.
  if (answers) expect(keyframeMs).toBeGreaterThanOrEqual(answered ?? Number.NaN)
  else expect(answered).toBeNull()
}

interface Program {
  readonly [Symbol.asyncDispose]: () => Promise<void>
}
/** Runs ffmpeg until it is disposed of. */
function runFfmpeg(args: readonly string[]): Program {
  const child: ChildProcess = spawn('ffmpeg', ['-loglevel', 'error', ...args], { stdio: 'ignore' })
  return {
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
/** Sends the clip in real time, again and again. */
const publish = (format: string, ...to: readonly string[]): Program =>
  runFfmpeg(['-re', '-stream_loop', '-1', '-i', join(folder, 'clip.ts'), '-c', 'copy', '-f', format, ...to])
/** Tries again while nobody listens there yet. */
async function lookUntil(media: MediaClient, url: string, options: Partial<ProbeRequest> = {}): Promise<ProbeReading | MediaError> {
  for (;;) {
    const reading = await check(media, url, options)
    if (!('kind' in reading) || (reading.kind !== 'unreachable' && reading.kind !== 'timedOut')) return reading
  }
}

describe.each(backends)('measured with $backend,', ({ backend, isHere }) => {
  const it = test.runIf(isHere)

  it('an endless MPEG-TS over HTTP is what it is, in real time', async () => {
    await using media = start(backend)
    const reading = await check(media, `${live.url}/live.ts`, { checkMs: 3_000 })
    expectUsual(reading)
    expect(reading.response).toMatchObject({ dnsMs: null, connectMs: expect.any(Number) })
    expect(reading.ptsJumps).toBe(0)
    expect(media.pid('probes')).not.toBeNull()
    // Pictures have a process of their own.
    expect(media.pid()).toBeNull()
    await expect.poll(live.open).toBe(0)
  })

  it('a host that has a name has its look-up measured', async () => {
    await using media = start(backend)
    const reading = await check(media, `${live.url.replace('127.0.0.1', 'localhost')}/live.ts`)
    expect(reading).toMatchObject({ response: { dnsMs: expect.any(Number), connectMs: expect.any(Number) } })
  })

  it('a stream read on and on gives reading after reading, until it is called off', async () => {
    await using media = start(backend)
    const abort = new AbortController()
    const readings: ProbeReading[] = []
    const ended = media.probe(
      { url: `${live.url}/live.ts`, answerMs, checkMs: 1_500, isContinuous: true },
      (reading) => {
        readings.push(reading)
        if (readings.length === 4) abort.abort()
      },
      abort.signal,
    )
    expect(await ended).toEqual({ kind: 'cancelled' })
    expect(readings).toHaveLength(4)
    for (const reading of readings.slice(1)) {
      // Nothing is lost between two looks: a group ends in each.
      expect(reading).toMatchObject({ ...usual, gop: { frames: 25 }, ptsJumps: 0 })
      expect(reading.video?.fps).toBeCloseTo(25, 1)
    }
    await expect.poll(live.open).toBe(0)
  })

  it('a still picture without sound is found with its picture, and nothing in moving pictures with a tone', async () => {
    await using media = start(backend)
    const found: (Evidence | null)[] = []
    const evaluated = async (path: string) => {
      const readings: ProbeReading[] = []
      const error = await media.probe({ url: `${http}${path}`, answerMs, checkMs: 4_000, isContinuous: false, content: studio }, (reading, evidence) => {
        readings.push(reading)
        found.push(evidence)
      })
      expect(error).toBeNull()
      return readings[0]?.content
    }
    const still = await evaluated('/still.ts')
    expect(still?.findings).toEqual([
      { check: 'frozen', seconds: expect.any(Number), isFromStart: true },
      { check: 'silent', seconds: expect.any(Number), isFromStart: true },
    ])
    for (const { seconds } of still?.findings ?? []) expect(seconds).toBeGreaterThanOrEqual(2)
    expect(found[0]).toMatchObject({ widthPx: 320, heightPx: 180 })
    const moving = await evaluated('/clip.ts')
    expect(moving).toMatchObject({ findings: [], undecoded: [], clippedPercent: 0 })
    expect(moving?.pictures).toBeGreaterThanOrEqual(2)
    expect(moving?.motionPercent).toBeGreaterThan(0.5)
    expect(moving?.loudnessLufs).toBeLessThan(-10)
    expect(found[1]).toBeNull()
  })

  it('a picture that freezes at an unchanged bit rate is found within 10 s and the distance of key frames', async () => {
    await using frozen = await startLiveTs(files.get('/freeze.ts') ?? expect.fail('was made'), freezeMs.length)
    await using media = start(backend)
    const stop = new AbortController()
    const clock = createSystemClock()
    let foundAt = Number.NaN
    const began = clock.monotonic()
    const request = { url: `${frozen.url}/x`, answerMs, checkMs: 6_000, isContinuous: true, content: studio }
    const ended = media.probe(
      request,
      ({ content, video }) => {
        const isFound = content?.findings.some(({ check, seconds }) => check === 'frozen' && isContentFault({ check, lastedMs: seconds * 1_000 }))
        if (!isFound) return
        foundAt = clock.monotonic()
        // Packets come as before.
        expect(video?.fps).toBeCloseTo(25, 0)
        stop.abort()
      },
      stop.signal,
    )
    expect(await ended).toEqual({ kind: 'cancelled' })
    // The clip moves at first. What the machine takes to start programs is not the stream's.
    expect(foundAt - began - freezeMs.at).toBeLessThan(10_000 + freezeMs.gop + 5_000)
  })

  it('HTTP-FLV', async () => {
    await using media = start(backend)
    expectUsual(await check(media, `${http}/clip.flv`, { checkMs: 3_000 }))
  })

  it('HLS', async () => {
    await using media = start(backend)
    for (const round of [0, 1, 2]) files.set(`/seg${round}.ts`, tsRound(clip(), clipMs, round))
    const segments = [0, 1, 2].map((round) => `#EXTINF:${clipMs / 1_000},\nseg${round}.ts`)
    files.set('/media.m3u8', Buffer.from(['#EXTM3U', '#EXT-X-VERSION:3', '#EXT-X-TARGETDURATION:4', ...segments, ''].join('\n')))
    files.set('/index.m3u8', Buffer.from('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1100000\nmedia.m3u8\n'))
    expectUsual(await check(media, `${http}/index.m3u8`, { checkMs: 3_000 }))
  })

  it('RTSP, with a password by Basic and by Digest', async () => {
    await using media = start(backend)
    for (const digest of [false, true]) {
      await using rtsp = await startRtspServer({ clip: files.get('/round.ts') ?? null, once: true, credentials: 'noc:watch-me', digest })
      expectUsual(await check(media, `rtsp://noc:watch-me@${new URL(rtsp.url).host}/cam`, { checkMs: 3_000 }))
      expect(await check(media, `rtsp://noc:wrong@${new URL(rtsp.url).host}/cam`)).toEqual({ kind: 'unauthorized' })
      await expect.poll(rtsp.open).toBe(0)
    }
  })

  const withFfmpeg = test.runIf(isHere && hasFfmpeg)

  withFfmpeg('SRT as caller, with a passphrase', async () => {
    await using media = start(backend)
    const port = await freePort()
    await using _ = publish('mpegts', `srt://127.0.0.1:${port}?mode=listener&passphrase=correct-horse`)
    expectUsual(await lookUntil(media, `srt://127.0.0.1:${port}?passphrase=correct-horse&streamid=read:cam`, { checkMs: 3_000, answerMs: 5_000 }))
  })

  withFfmpeg('SRT as listener', async () => {
    await using media = start(backend)
    const port = await freePort()
    const reading = check(media, `srt://127.0.0.1:${port}?mode=listener&passphrase=correct-horse`, { checkMs: 3_000 })
    await using caller = new AsyncDisposableStack()
    // It calls until somebody listens there.
    const timer = setInterval(() => caller.use(publish('mpegts', `srt://127.0.0.1:${port}?passphrase=correct-horse&connect_timeout=1000`)), 1_500)
    try {
      expectUsual(await reading, { answers: false })
    } finally {
      clearInterval(timer)
    }
  })

  withFfmpeg('MPEG-TS over UDP, unicast and multicast', async () => {
    await using media = start(backend)
    for (const host of ['127.0.0.1', '239.255.77.1']) {
      const port = await freePort()
      await using _ = publish('mpegts', `udp://${host}:${port}?pkt_size=1316&localaddr=127.0.0.1&ttl=0`)
      const reading = await check(media, `udp://${host}:${port}${host.startsWith('239') ? '?localaddr=127.0.0.1' : ''}`, { checkMs: 3_000 })
      expectUsual(reading, { answers: false })
      expect(reading.response).toMatchObject({ dnsMs: null, connectMs: null })
    }
  })

  withFfmpeg('RTMP', async () => {
    await using media = start(backend)
    const port = await freePort()
    await using _ = publish('flv', '-listen', '1', `rtmp://127.0.0.1:${port}/live/cam`)
    // ffmpeg serves one connection only, and the first one is closed as soon as it is there.
    await using relay = await startRelay(port)
    expectUsual(await check(media, `rtmp://127.0.0.1:${relay.port}/live/cam`, { checkMs: 3_000 }))
  })
})

/** Passes connections on to a port of this machine, once something is said on them and somebody listens there. */
async function startRelay(to: number): Promise<{ readonly port: number; readonly [Symbol.asyncDispose]: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
  const relay = createTcpServer((client) => {
    keep(client).once('data', (said: Buffer) => {
      client.pause()
      const call = () => {
        const upstream = keep(connect(to, '127.0.0.1'))
        upstream.once('connect', () => {
          upstream.write(said)
          client.pipe(upstream).pipe(client)
        })
        upstream.once('error', () => {
          if (!client.destroyed) setTimeout(call, 100)
        })
      }
      call()
    })
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  return {
    port: (relay.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        relay.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

describe.each(backends)('bad input with $backend:', ({ backend, isHere }) => {
  const it = test.runIf(isHere)
  /** Answers `path` like this, and gives its address. */
  const answer = (path: string, handler: (request: IncomingMessage, response: ServerResponse) => void): string => {
    handlers.set(path, handler)
    return http + path
  }
  const redirect = (request: IncomingMessage, response: ServerResponse) => response.writeHead(302, { location: `${request.url}` }).end()
  /** Sends little by little for as long as somebody reads. */
  const trickle = (response: ServerResponse, bytes: Buffer) => {
    let at = 0
    const timer = setInterval(() => response.write(bytes.subarray(at, ++at)), 100)
    response.once('close', () => clearInterval(timer))
  }

  it('wrong credentials, nothing there, nobody there', async () => {
    await using media = start(backend)
    expect(
      await check(
        media,
        answer('/401', (_, response) => response.writeHead(401).end()),
      ),
    ).toEqual({ kind: 'unauthorized' })
    expect(await check(media, `${http}/nothing`)).toEqual({ kind: 'notFound' })
    await using rtsp = await startRtspServer({ clip: null, onDescribe: () => 'notConfigured' })
    expect(await check(media, `${rtsp.url}/nothing`)).toEqual({ kind: 'notFound' })
    expect(await check(media, 'rtsp://127.0.0.1:1/cam')).toMatchObject({ kind: 'unreachable', doing: 'opening' })
    expect(await check(media, 'http://no-such-host.invalid/cam')).toMatchObject({ kind: 'unreachable' })
  })

  it('what is no stream, or ends within its header', async () => {
    await using media = start(backend)
    const kind = async (url: string) => {
      const reading = await check(media, url)
      return 'kind' in reading ? reading.kind : 'a reading'
    }
    for (const page of ['<html>It works!</html>', '\n<!DOCTYPE html><title>Sign in</title>'])
      for (const path of ['/page', '/page/index.m3u8', '/page.flv'])
        expect(
          await check(
            media,
            answer(path, (_, response) => response.end(page)),
          ),
        ).toEqual({ kind: 'undecodable', because: 'webPage' })
    expect(await kind(answer('/empty', (_, response) => response.end()))).toMatch(/undecodable|unreachable/)
    for (const length of [1, 9, 13, 100, 300]) {
      const head = files.get('/clip.flv')?.subarray(0, length)
      expect(await kind(answer(`/cut${length}`, (_, response) => response.end(head))), `${length} bytes`).toMatch(/undecodable|unreachable/)
    }
  })

  it('a stream that is cut in any place of its header has an answer in time, and the next one is read', async () => {
    await using media = start(backend)
    // With an ffprobe for each, not each place is tried.
    const step = backend === 'node-av' ? 1 : 37
    const cuts = ['/clip.flv', '/clip.ts'].flatMap((name) => Array.from({ length: Math.floor(400 / step) }, (_, n) => ({ name, length: 1 + n * step })))
    const answers = new Set<string>()
    const cutNext = async () => {
      for (let cut = cuts.pop(); cut !== undefined; cut = cuts.pop()) {
        const { name, length } = cut
        const reading = await check(
          media,
          answer(`/cut-at-${length}${name}`, (_, response) => response.end(files.get(name)?.subarray(0, length))),
        )
        answers.add('kind' in reading ? reading.kind : 'a reading')
      }
    }
    await Promise.all(Array.from({ length: 8 }, cutNext))
    expect([...answers].filter((kind) => !/^(?:undecodable|unreachable|a reading)$/.test(kind))).toEqual([])
    expect(await check(media, `${http}/clip.flv`)).toMatchObject({ video: { codec: 'h264' } })
  })

  it('addresses that may not be opened', async () => {
    await using media = start(backend)
    for (const url of [
      'file:///etc/passwd',
      'http://169.254.169.254/x',
      'udp://127.0.0.1',
      'udp://127.0.0.1:5000?sources=10.0.0.1',
      'srt://127.0.0.1:1?mode=rendezvous',
    ])
      expect(await check(media, url), url).toMatchObject({ kind: 'refusedAddress' })
  })

  it('redirects without end', async () => {
    await using media = start(backend)
    opened.length = 0
    expect(await check(media, answer('/round', redirect))).toMatchObject({ kind: 'unreachable' })
    expect(opened.filter((path) => path === '/round').length).toBeLessThan(50)
  })

  it('a playlist that names a file, or several as one', async () => {
    await using media = start(backend)
    const file = join(folder, 'secret.ts')
    writeFileSync(file, clip())
    for (const [index, named] of [`file://${file}`, file, `concat:${file}`, `subfile,,start,0,end,0,,:${file}`].entries()) {
      files.set(`/bad${index}.m3u8`, Buffer.from(`#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${named}\n#EXT-X-ENDLIST\n`))
      expect(await check(media, `${http}/bad${index}.m3u8`), named).toHaveProperty('kind')
      expect(opened).toContain(`/bad${index}.m3u8`)
    }
  })

  it('a master playlist that never ends is given up before it takes memory, also through TLS', async () => {
    await using media = start(backend)
    await using front = await startTlsFront((server.address() as AddressInfo).port)
    const endless = answer('/playlist-without-end.m3u8', (_, response) => {
      response.write('#EXTM3U\n')
      let n = 0
      const more = () => {
        let lines = ''
        do {
          lines = Array.from({ length: 1_000 }, () => `#EXT-X-STREAM-INF:BANDWIDTH=${++n}\nv${n}.m3u8\n`).join('')
        } while (!response.destroyed && response.write(lines))
      }
      response.on('drain', more)
      more()
    })
    // Once, so that what FFmpeg itself takes is there.
    expect(await check(media, `${http}/clip.flv`)).toMatchObject({ video: { codec: 'h264' } })
    const before = memoryOf(media.pid('probes'))
    for (const url of [endless, endless.replace(http, `https://127.0.0.1:${front.port}`)])
      expect(await check(media, url), url).toEqual({ kind: 'undecodable', because: 'playlistTooLarge' })
    expect(memoryOf(media.pid('probes')) - before).toBeLessThan(300)
    expect(media.deaths()).toEqual({ pictures: 0, probes: 0 })
  })

  it('a segment of 4 GB, which is a stream or nothing at all: no more of it is read than a look takes', async () => {
    await using media = start(backend)
    const sent = new Map<string, number>()
    const segment = (path: string, piece: (round: number) => Buffer) =>
      answer(path, (_, response) => {
        response.writeHead(200, { 'content-length': '4000000000', 'content-type': 'video/mp2t' })
        let round = 0
        const more = () => {
          while (!response.destroyed) {
            const bytes = piece(round++)
            sent.set(path, (sent.get(path) ?? 0) + bytes.length)
            if (!response.write(bytes)) return void response.once('drain', more)
          }
        }
        more()
      })
    const playlist = (name: string, of: string) => {
      files.set(`/${name}.m3u8`, Buffer.from(`#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:3600\n#EXTINF:3600,\n${of}\n`))
      return `${http}/${name}.m3u8`
    }
    const zeros = Buffer.alloc(1_000_000)
    expectUsual(
      await check(
        media,
        playlist(
          'endless',
          segment('/endless.ts', (round) => tsRound(clip(), clipMs, round)),
        ),
      ),
    )
    expect(
      await check(
        media,
        playlist(
          'zeros',
          segment('/zeros.ts', () => zeros),
        ),
      ),
    ).toHaveProperty('kind')
    // A look of 2 s takes 0.3 MB, and connections hold some megabytes.
    for (const [path, bytes] of sent) expect(bytes, path).toBeLessThan(100_000_000)
    expectUsual(await check(media, `${live.url}/live.ts`, { checkMs: 3_000 }))
  })

  it('a server that is silent, or sends a byte now and then, in each state of opening', async () => {
    await using media = start(backend)
    // Started already: the limit is then all about the stream.
    await check(media, `${http}/nothing`)
    const late = { kind: 'timedOut', limitMs: 1_500 }
    const short = { answerMs: 1_500, checkMs: 1_000 }
    await using silentRtsp = await startRtspServer({ clip: null, onDescribe: () => 'silence' })
    const readings = await Promise.all([
      check(
        media,
        answer('/silent', () => {}),
        short,
      ),
      check(
        media,
        answer('/head', (_, response) => response.writeHead(200).flushHeaders()),
        short,
      ),
      check(
        media,
        answer('/slow', (_, response) => trickle(response, clip())),
        short,
      ),
      check(media, `${silentRtsp.url}/cam`, short),
      check(media, `srt://127.0.0.1:${new URL(http).port}?streamid=read:cam`, short),
      check(media, `udp://127.0.0.1:${await freePort()}`, short),
    ])
    expect(readings).toEqual(Array(6).fill(late))
  })

  it('a stream that falls silent', async () => {
    await using media = start(backend)
    await check(media, `${http}/nothing`)
    const half = clip().subarray(0, 188 * Math.floor(clip().length / 188 / 2))
    const url = answer('/half', (_, response) => {
      response.writeHead(200).write(half)
    })
    const reading = await check(media, url, { answerMs: 2_000, checkMs: 10_000 })
    expect(reading).toEqual({ kind: 'timedOut', limitMs: 2_000 })
    await using silent = await startRtspServer({ clip: null })
    expect(await check(media, `${silent.url}/cam`, { answerMs: 1_500, checkMs: 1_000 })).toMatchObject({ kind: 'timedOut' })
  })

  it('none of them delays another stream', async () => {
    await using media = start(backend)
    await check(media, `${http}/nothing`)
    const abort = new AbortController()
    const count = backend === 'ffmpeg' ? 10 : 200
    const url = answer('/mute', () => {})
    const muted = Array.from({ length: count }, () => media.probe({ url, answerMs, checkMs: 2_000, isContinuous: false }, () => {}, abort.signal))
    expectUsual(await check(media, `${live.url}/live.ts`, { checkMs: 3_000 }))
    abort.abort()
    expect(await Promise.all(muted)).toEqual(Array(count).fill({ kind: 'cancelled' }))
  })

  it('sound alone is measured, and has no video', async () => {
    await using media = start(backend)
    const alone = await check(media, `${http}/sound.aac`)
    expect(alone).toMatchObject({ video: null, audio: usual.audio, keyframes: 0, gop: null, packets: { video: 0 }, bitrateBps: expect.any(Number) })
    // Promised, and not sent.
    const blind = await check(media, `${http}/blind.ts`)
    expect(blind).toMatchObject({
      video: { codec: 'h264', fps: null },
      audio: usual.audio,
      keyframes: 0,
      packets: { video: 0 },
      response: { keyframeMs: null },
    })
  })

  it('without a key frame what can be measured is measured', async () => {
    await using media = start(backend)
    const long = files.get('/long.ts') ?? Buffer.alloc(0)
    files.set('/late.ts', long.subarray(188 * Math.floor(long.length / 188 / 3)))
    const reading = await check(media, `${http}/late.ts`)
    expect(reading).toMatchObject({ keyframes: 0, gop: null, response: { keyframeMs: null }, video: { codec: 'h264' } })
  })

  it('packets that are lost are counted', async () => {
    await using media = start(backend)
    files.set('/lossy.ts', Buffer.concat(packetsOf(clip()).filter((_, n) => n % 200 !== 150)))
    const reading = await check(media, `${http}/lossy.ts`)
    if ('kind' in reading) throw new Error(reading.kind)
    const { corrupt, corruptBytes } = reading.packets
    // Of ffprobe only newer ones tell.
    if (backend === 'ffmpeg' && corrupt === null) return expect(corruptBytes).toBeNull()
    expect(corrupt).toBeGreaterThan(0)
    expect(corruptBytes).toBeGreaterThan(0)
  })
})

describe('the process of probes', () => {
  const begin = (media: MediaClient, url: string, isContinuous = true) => {
    const first = Promise.withResolvers<ProbeReading>()
    return { first: first.promise, ended: media.probe({ url, answerMs, checkMs: 1_000, isContinuous }, first.resolve) }
  }

  it('killed takes no picture along, says so of what it read, and is started again', async () => {
    await using media = start(null)
    const { first, ended } = begin(media, `${live.url}/live.ts`)
    await first
    const snapshot = await media.snapshot({ url: `${http}/clip.flv`, widthPx: 160, timeoutMs: answerMs })
    expect(snapshot.ok).toBe(true)
    const pid = media.pid()
    process.kill(media.pid('probes') ?? 0, 'SIGKILL')
    expect(await ended).toEqual({ kind: 'crashed' })
    expect(media.pid()).toBe(pid)
    expect(await check(media, `${live.url}/live.ts`)).toHaveProperty('wallMs')
  })

  it('ends with its client, and what it read says so', async () => {
    const media = start(null)
    const { first, ended } = begin(media, `${live.url}/live.ts`)
    await first
    const pid = media.pid('probes') ?? 0
    await media[Symbol.asyncDispose]()
    expect(await ended).toEqual({ kind: 'cancelled' })
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(await check(media, `${live.url}/live.ts`)).toEqual({ kind: 'cancelled' })
    await expect.poll(live.open).toBe(0)
  })
})
