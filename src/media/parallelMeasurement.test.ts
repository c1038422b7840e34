import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { backends, hasFfmpeg } from '../../tests/fakes/backends.ts'
import { startLiveTs, tsRound } from '../../tests/fakes/liveTs.ts'
import { type SrtSender, sendBySrt } from '../../tests/fakes/srtSender.ts'
import { freePort } from '../../tests/freePort.ts'
import { makeClip } from '../../tests/real/makeClip.ts'
import { createSystemClock } from '../clock/clock.ts'
import { createMediaClient } from '../media/mediaClient.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'
import type { ParallelMeasurement } from './checks.ts'
import { startParallelMeasurement } from './parallelMeasurement.ts'
import { createAddressMemory } from './playlists.ts'
import { parseSourceAddress } from './sourceAddress.ts'

const clock = createSystemClock()
const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-beside-'))
/** A second of a stream: one segment. */
let clip: Buffer
const handlers = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>()
const opened: string[] = []
const server = createServer((request, response) => {
  const path = request.url ?? ''
  opened.push(path)
  const handler = handlers.get(path.split('?', 1)[0] ?? '')
  if (handler) return handler(request, response)
  const number = /seg(\d+)\.ts$/.exec(path)?.[1]
  if (number !== undefined) return response.end(tsRound(clip, 1_000, Number(number)))
  response.writeHead(404).end()
})
let http: string

beforeAll(async () => {
  const file = join(folder, 'clip.ts')
  await makeClip(file, { seconds: 1, format: 'mpegts' })
  clip = readFileSync(file)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  handlers.clear()
  opened.length = 0
})

const answer = (path: string, handler: (request: IncomingMessage, response: ServerResponse) => void): string => {
  handlers.set(path, handler)
  return http + path
}
const sent = (path: string, text: () => string): string => answer(path, (_, response) => response.end(text()))
const list = (first: number, count = 3, more = ''): string =>
  [
    '#EXTM3U',
    '#EXT-X-TARGETDURATION:1',
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
    ...Array.from({ length: count }, (_, n) => `#EXTINF:1.0,\nseg${first + n}.ts`),
    more,
  ].join('\n')
/** The clip without those of its TS packets that are lost. */
const without = (isLost: (pid: number, n: number) => boolean): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.floor(clip.length / 188) }, (_, n) => n * 188).flatMap((at) =>
      isLost(clip.readUInt16BE(at + 1) & 0x1fff, at / 188) ? [] : [clip.subarray(at, at + 188)],
    ),
  )
/** Number of the first segment of a live list that has a new one each second. */
const live = (): (() => number) => {
  const began = clock.monotonic()
  return () => Math.floor((clock.monotonic() - began) / 1_000)
}

/** Measures a stream in parallel to FFmpeg, which is left out here. */
function measure(url: string, { memory = createAddressMemory(), answerMs = 5_000, transport = false, addresses = ['127.0.0.1'], by = clock } = {}) {
  const own = new AbortController()
  const ended = Promise.withResolvers<null>()
  let measured: ParallelMeasurement | null = null
  const source = parseSourceAddress(url, 'probe')
  if (!source.ok) throw new Error(source.error)
  startParallelMeasurement(
    { source: source.value, addresses },
    {
      clock: by,
      memory,
      request: { url, userAgent: 'mtxdeck', answerMs, transport, gate: null },
      checks: {
        signal: own.signal,
        ended: ended.promise,
        whenAnswered: Promise.resolve(),
        broken: () => {},
        parallelChanged: () => {},
        setParallelMeasurement: (by) => {
          measured = by
        },
      },
    },
  )
  const end = () => {
    own.abort()
    ended.resolve(null)
  }
  return {
    take: () => measured?.take() ?? null,
    hasSeen: (checkMs = 2_000) => measured?.hasSeen(checkMs) ?? null,
    /** What one look finds. */
    check: async (checkMs = 2_000) => {
      await expect.poll(() => measured?.hasSeen(checkMs)).toBe(true)
      const taken = measured?.take() ?? expect.fail('nothing is measured')
      end()
      return taken
    },
    end,
    [Symbol.dispose]: end,
  }
}
const one = async (url: string, options?: Parameters<typeof measure>[1]) =>
  (await measure(url, options).check()).hls?.playlists[0] ?? expect.fail('no playlist')

describe('playlists', () => {
  test('all that a master playlist names are followed, and what is wrong with each is its own', async () => {
    const number = live()
    sent('/hd.m3u8', () => list(10 + number()))
    sent('/sd.m3u8', () => list(7 + number()))
    sent('/page.m3u8', () => '<html>')
    const url = sent('/index.m3u8', () =>
      [
        '#EXTM3U',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",URI="gone.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=1280x720,AUDIO="a"\nhd.m3u8?session=1',
        '#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,AUDIO="a"\nsd.m3u8',
        '#EXT-X-STREAM-INF:BANDWIDTH=1\nfile:///etc/passwd',
        '#EXT-X-STREAM-INF:BANDWIDTH=2\nconcat:/etc/passwd',
        '#EXT-X-STREAM-INF:BANDWIDTH=3\npage.m3u8',
      ].join('\n'),
    )
    const { hls } = await measure(url).check()
    expect(hls?.playlists.map(({ kind, name, fault }) => [kind, name, fault])).toEqual([
      ['variant', '1280x720', null],
      ['variant', '640x360', null],
      ['variant', '', 'refusedAddress'],
      ['variant', '', 'refusedAddress'],
      ['variant', '', 'notAPlaylist'],
      ['audio', 'English', 'status'],
    ])
    expect(hls?.playlists.slice(0, 2)).toEqual(Array(2).fill(expect.objectContaining({ targetMs: 1_000, segments: 3, hasEnded: false, rewritten: 0 })))
    // Segments are FFmpeg's.
    expect(opened.some((path) => path.includes('seg'))).toBe(false)
  })

  test('one is loaded again in time, however long a busy machine lets it wait meanwhile', async () => {
    const url = sent('/busy.m3u8', () => list(5))
    let heldMs = 0
    // Held for a moment wherever the time is asked for.
    const held = {
      ...clock,
      monotonic: () => {
        heldMs += 20
        return clock.monotonic() + heldMs
      },
    }
    const beganMs = clock.monotonic()
    await measure(url, { by: held }).check()
    expect(clock.monotonic() - beganMs).toBeLessThan(3_000)
  })

  test('one that does not change is old by the time that it was followed, also from turn to turn', async () => {
    const memory = createAddressMemory()
    const url = sent('/stale.m3u8', () => list(5))
    const first = await one(url, { memory })
    expect(first.ageMs).toBeGreaterThanOrEqual(900)
    const again = await one(url, { memory })
    expect(again.ageMs).toBeGreaterThan(first.ageMs ?? 0)
    // It is loaded once for that.
    expect(opened).toHaveLength(3)
  })

  test('numbers that go back, and segments that become others, are found while they are followed', async () => {
    const lists = [list(10), `${list(10).replace('#EXTINF:1.0,\nseg11', '#EXTINF:0.9,\nseg11')}`, list(3), list(4)]
    using follow = measure(sent('/x.m3u8', () => lists.shift() ?? list(5)))
    let rewritten = 0
    await expect
      .poll(() => {
        const playlist = follow.take()?.hls?.playlists[0]
        rewritten += playlist?.rewritten ?? 0
        return rewritten
      })
      .toBe(2)
  })

  test('a recording that is whole needs one load, whatever its address and with a byte order mark', async () => {
    expect(await one(sent('/vod', () => `\uFEFF${list(0, 10_000, '#EXT-X-ENDLIST')}`))).toMatchObject({ hasEnded: true, segments: 10_000, ageMs: null })
    expect(opened).toHaveLength(1)
  })

  test('of more than are followed the rest is counted', async () => {
    sent('/v.m3u8', () => list(0))
    const master = ['#EXTM3U', ...Array.from({ length: 50 }, (_, n) => `#EXT-X-STREAM-INF:BANDWIDTH=${n + 1}\nv${n}.m3u8`)].join('\n')
    const { hls } = await measure(sent('/many.m3u8', () => master)).check()
    expect(hls).toMatchObject({ more: 30 })
    expect(hls?.playlists).toHaveLength(20)
  })

  test('with a password, and a redirect: it is sent to its own server only', async () => {
    const seen: (string | undefined)[] = []
    const elsewhere = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.end(list(0, 3, '#EXT-X-ENDLIST'))
    })
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
    answer('/in.m3u8', (request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(302, { location: `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/out.m3u8` }).end()
    })
    expect(await one(`${http.replace('//', '//noc:w%40tch@')}/in.m3u8`)).toMatchObject({ fault: null, segments: 3 })
    expect(seen).toEqual([`Basic ${Buffer.from('noc:w@tch').toString('base64')}`, undefined])
    elsewhere.closeAllConnections()
    await new Promise((resolve) => elsewhere.close(resolve))
  })

  test('of the internet lead neither to this machine nor into private networks, by name, by number, by a redirect or by a playlist', async () => {
    const port = new URL(http).port
    sent('/inside.m3u8', () => list(0, 3, '#EXT-X-ENDLIST'))
    sent('/own.m3u8', () => list(0, 3, '#EXT-X-ENDLIST'))
    answer('/out.m3u8', (_, response) => response.writeHead(302, { location: `http://localhost:${port}/inside.m3u8` }).end())
    const master = sent('/index.m3u8', () =>
      ['localhost', '127.0.0.2', '2130706434']
        .map((host, n) => `#EXT-X-STREAM-INF:BANDWIDTH=${n + 1}\nhttp://${host}:${port}/inside.m3u8`)
        .concat('#EXT-X-STREAM-INF:BANDWIDTH=4\nout.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=5\nown.m3u8')
        .reduce((text, line) => `${text}\n${line}`, '#EXTM3U'),
    )
    const faults = async (url: string, addresses: string[]) => (await measure(url, { addresses }).check()).hls?.playlists.map(({ fault }) => fault)
    // As if 127.0.0.1 were a host of the internet.
    expect(await faults(master, ['203.0.113.7'])).toEqual(['leadsInside', 'leadsInside', 'leadsInside', 'leadsInside', null])
    expect(await faults(`${http}/out.m3u8`, ['203.0.113.7'])).toEqual(['leadsInside'])
    expect(opened).not.toContain('/inside.m3u8')
    expect(await faults(`${http}/out.m3u8`, ['127.0.0.1'])).toEqual([null])
  })

  test('are asked for again where the server closes a connection just when it is to be used again', async () => {
    const sockets = new Set<unknown>()
    using follow = measure(
      answer('/x.m3u8', (request, response) => {
        if (sockets.has(request.socket)) return void request.socket.destroy()
        sockets.add(request.socket)
        response.end(list(sockets.size))
      }),
    )
    const faults = new Set<string | null>()
    await expect
      .poll(() => {
        faults.add(follow.take()?.hls?.playlists[0]?.fault ?? null)
        return sockets.size
      })
      .toBe(3)
    expect([...faults]).toEqual([null])
  })

  test('that are too large, or come byte by byte, say so, and nothing is held of them', async () => {
    const large = answer('/large.m3u8', (_, response) => response.end(`#EXTM3U\n${'#EXTINF:1,\nx.ts\n'.repeat(200_000)}`))
    expect(await one(large)).toMatchObject({ fault: 'tooLarge', targetMs: null, ageMs: null })
    const slow = answer('/slow.m3u8', (_, response) => {
      response.write('#EXTM3U\n')
      const timer = setInterval(() => response.write('#'), 100)
      response.once('close', () => clearInterval(timer))
    })
    expect(await one(slow, { answerMs: 800 })).toMatchObject({ fault: 'timedOut' })
  })

  test('nothing is measured of what is neither, redirects without end, silence, or a file of another kind', async () => {
    const none = { hls: null, ts: null }
    const round = answer('/round', (request, response) => response.writeHead(302, { location: `${request.url}` }).end())
    expect(await measure(round).check()).toEqual(none)
    expect(opened.length).toBeLessThan(10)
    expect(
      await measure(
        answer('/silent', () => {}),
        { answerMs: 500 },
      ).check(),
    ).toEqual(none)
    expect(await measure(sent('/page', () => '<html>'.repeat(100_000))).check()).toEqual(none)
    expect(await measure(`${http}/missing`).check()).toEqual(none)
    opened.length = 0
    expect(measure(`${http}/cam.flv`).hasSeen()).toBeNull()
    expect(measure('rtsp://127.0.0.1:1/cam', { transport: true }).hasSeen()).toBeNull()
    // Somebody else's socket has it.
    expect(measure('udp://127.0.0.1:5000', { transport: true }).hasSeen()).toBeNull()
    expect(opened).toEqual([])
  })
})

describe('transport streams', () => {
  test('are not read a second time unless they are to be checked', async () => {
    await using live = await startLiveTs(clip, 1_000)
    expect(measure(`${live.url}/cam.ts`).hasSeen()).toBeNull()
    // Its name does not say what it is.
    const memory = createAddressMemory()
    using unnamed = measure(`${live.url}/cam`, { memory })
    await expect.poll(() => unnamed.hasSeen()).toBe(true)
    await expect.poll(live.open).toBe(0)
    expect(unnamed.take()).toEqual({ hls: null, ts: null })
    // In the next turn that is known.
    expect(measure(`${live.url}/cam`, { memory }).hasSeen()).toBeNull()
    using checked = measure(`${live.url}/cam.ts`, { transport: true })
    await expect.poll(() => checked.take()?.ts).toMatchObject({ programs: 1 })
    expect(live.open()).toBe(1)
  })

  test('by multicast are read by a second socket', async () => {
    const port = await freePort()
    using follow = measure(`udp://239.255.77.2:${port}?localaddr=127.0.0.1`, { transport: true })
    const sender = createSocket('udp4')
    await new Promise<void>((resolve) => sender.bind(0, '127.0.0.1', resolve))
    sender.setMulticastInterface('127.0.0.1')
    sender.setMulticastTTL(0)
    const bytes = Buffer.concat([0, 1, 2, 3].map((round) => tsRound(clip, 1_000, round)))
    const send = setInterval(() => {
      for (let at = 0; at < bytes.length; at += 1_316) if (at !== 1_316 * 100) sender.send(bytes.subarray(at, at + 1_316), port, '239.255.77.2')
    }, 100)
    await expect.poll(() => follow.hasSeen(2_000)).toBe(true)
    clearInterval(send)
    expect(follow.take()).toMatchObject({ hls: null, ts: { programs: 1, transportErrors: 0 } })
    sender.close()
  })

  test('that come faster than they play are not read far ahead', async () => {
    let written = 0
    let round = 0
    const url = answer('/fast', (_, response) => {
      const more = () => {
        while (!response.destroyed && response.writableLength < 1_000_000) {
          const bytes = tsRound(clip, 1_000, round++)
          written += bytes.length
          response.write(bytes)
        }
      }
      response.on('drain', more)
      more()
    })
    using follow = measure(url, { transport: true })
    await expect.poll(() => follow.hasSeen(10_000)).toBe(true)
    // Ten seconds are read, and what sockets hold.
    expect(round).toBeLessThan(120)
    expect(follow.take()?.ts).toMatchObject({ continuityErrors: 0, programs: 1 })
    expect(written).toBeGreaterThan(0)
  })
})

describe.each(backends)('together with $backend,', ({ backend, isHere }) => {
  const it = test.runIf(isHere)
  /** Looks one after another, until one of them is as it is waited for. */
  const read = async (url: string, checkMs: number, until: (reading: ProbeReading) => boolean, transport = false) => {
    await using media = createMediaClient({ clock, log: { warn: () => {} }, backend })
    const readings: ProbeReading[] = []
    do expect(await media.probe({ url, answerMs: 30_000, checkMs, isContinuous: false, transport }, (reading) => readings.push(reading))).toBeNull()
    while (!until(readings.at(-1) ?? expect.fail('no reading')))
    return readings
  }

  it('a live playlist is fresh with its first look, and stale when it stops, although packets still come', async () => {
    const number = live()
    let stopsAt = Number.POSITIVE_INFINITY
    sent('/media.m3u8', () => list(Math.min(number(), stopsAt), 6))
    const url = sent('/index.m3u8', () => '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1100000\nmedia.m3u8\n')
    const readings = await read(url, 1_000, ({ hls }) => {
      stopsAt = Math.min(stopsAt, number())
      return (hls?.playlists[0]?.ageMs ?? 0) > 1_500
    })
    expect(readings[0]).toMatchObject({ ts: null, video: { codec: 'h264' }, hls: { more: 0, playlists: [{ kind: 'variant', fault: null, targetMs: 1_000 }] } })
    expect(readings[0]?.hls?.playlists[0]?.ageMs).toBeLessThanOrEqual(1_500)
    expect(readings.at(-1)?.packets.video).toBeGreaterThan(0)
  })

  it('read on and on, a playlist that stops is stale by its age and nothing breaks off, however long it lasts; when it goes on, so do the pictures', async () => {
    const number = live()
    /** How many segments it stopped for, and since when it has stopped. */
    let missed = 0
    let stoppedAt = Number.POSITIVE_INFINITY
    const newest = () => Math.min(number() - missed, stoppedAt)
    const url = sent('/index.m3u8', () => list(newest(), 6))
    await using media = createMediaClient({ clock, log: { warn: () => {} }, backend })
    const stop = new AbortController()
    const readings: ProbeReading[] = []
    const ended = media.probe({ url, answerMs: 6_000, checkMs: 1_000, isContinuous: true }, (reading) => readings.push(reading), stop.signal)
    const last = () => ({ ageMs: readings.at(-1)?.hls?.playlists[0]?.ageMs ?? 0, pictures: readings.at(-1)?.packets.video ?? 0 })
    await expect.poll(() => readings.length).toBeGreaterThan(2)
    stoppedAt = newest()
    // Beyond what counts as silence, twice.
    await expect.poll(last).toMatchObject({ ageMs: expect.toSatisfy((ageMs: number) => ageMs > 13_000), pictures: 0 })
    missed = number() - stoppedAt
    stoppedAt = Number.POSITIVE_INFINITY
    await expect.poll(last).toMatchObject({ ageMs: expect.toSatisfy((ageMs: number) => ageMs < 1_500), pictures: expect.toSatisfy((n: number) => n > 0) })
    stop.abort()
    expect(await ended).toEqual({ kind: 'cancelled' })
  })

  it('what is sent by UDP to this machine alone is measured with its packets, and the port is free again afterwards', async () => {
    const port = await freePort()
    const sender = createSocket('udp4')
    // A datagram in twenty of the second half is lost.
    let sent = 0
    let round = 0
    let waiting: Buffer = Buffer.alloc(0)
    const send = setInterval(() => {
      if (waiting.length === 0) waiting = tsRound(clip, 1_000, round++)
      const step = Math.ceil(clip.length / 188 / 20) * 188
      for (let at = 0; at < Math.min(step, waiting.length); at += 1_316)
        if (round < 4 || sent++ % 20 !== 19) sender.send(waiting.subarray(at, Math.min(at + 1_316, step)), port, '127.0.0.1')
      waiting = waiting.subarray(step)
    }, 50)
    try {
      const url = `udp://0.0.0.0:${port}`
      const readings = await read(url, 2_000, ({ ts }) => (ts?.continuityErrors ?? 0) > 0, true)
      expect(readings.at(-1)).toMatchObject({ video: { codec: 'h264' }, ts: { programs: 1, syncLosses: 0, transportErrors: 0 } })
      expect(readings.at(-1)?.packets.video).toBeGreaterThan(10)
      const [plain] = await read(url, 2_000, () => true, false)
      expect(plain).toMatchObject({ video: { codec: 'h264' }, ts: null })
    } finally {
      clearInterval(send)
      sender.close()
    }
  })

  it('a transport stream is whole, or has the errors that were made', async () => {
    await using whole = await startLiveTs(clip, 1_000)
    const [first] = await read(`${whole.url}/x`, 3_000, () => true, true)
    expect(first).toMatchObject({ hls: null, ts: { programs: 1, syncLosses: 0, patErrors: 0, pmtErrors: 0, continuityErrors: 0, pcrJumps: 0, ptsErrors: 0 } })
    // A packet in fifty of the video is lost.
    await using broken = await startLiveTs(
      without((pid, n) => pid === 0x100 && n % 50 === 25),
      1_000,
    )
    const [second] = await read(`${broken.url}/x`, 3_000, () => true, true)
    expect(second?.ts?.continuityErrors).toBeGreaterThan(3)
    expect(second?.ts).toMatchObject({ syncLosses: 0, patErrors: 0 })
  })
})

describe.runIf(hasFfmpeg)('a transport stream over SRT', () => {
  const clean = { programs: 1, syncLosses: 0, syncByteErrors: 0, patErrors: 0, pmtErrors: 0, continuityErrors: 0, transportErrors: 0, pcrJumps: 0 }
  const secrets = 'passphrase=correct-horse'
  const start = (backend: 'node-av' | 'ffmpeg' = 'node-av') => createMediaClient({ clock, log: { warn: () => {} }, backend })
  /** One look of what a sender that waits for a caller sends. */
  const called = async (sent: Buffer, backend?: 'node-av' | 'ffmpeg') => {
    await using media = start(backend)
    const address = `srt://127.0.0.1:${await freePort()}?${secrets}`
    await using _ = sendBySrt(`${address}&mode=listener`, 1_000, (round) => tsRound(sent, 1_000, round))
    const readings: ProbeReading[] = []
    const request = { url: `${address}&streamid=read:cam&latency=200000`, answerMs: 5_000, checkMs: 3_000, isContinuous: false, transport: true }
    // It may not listen yet.
    while (readings.length === 0) await media.probe(request, (reading) => readings.push(reading))
    return readings[0] ?? expect.fail('was read')
  }

  test('is whole for a caller with a passphrase, and has its packets', async () => {
    const reading = await called(clip)
    expect(reading).toMatchObject({ video: { codec: 'h264' }, packets: { corrupt: 0 }, ptsGaps: 0, ts: clean })
    expect(reading.packets.video).toBeGreaterThan(50)
  })

  test('has the errors that were made, each by itself', async () => {
    const lossy = await called(without((pid, n) => pid === 0x100 && n % 50 === 25))
    expect(lossy.ts).toMatchObject({ ...clean, continuityErrors: expect.toSatisfy((n: number) => n > 3) })
    let pats = 0
    // One a second is left.
    const rare = await called(without((pid) => pid === 0 && pats++ > 0))
    expect(rare.ts).toMatchObject({ ...clean, patErrors: expect.toSatisfy((n: number) => n > 0) })
    expect(rare.ts?.patMs).toBeGreaterThan(900)
  })

  test('is received by one connection: a listener has it, too, and is gone when it is called off', async () => {
    await using media = start()
    const port = await freePort()
    const address = `srt://127.0.0.1:${port}?${secrets}`
    const stop = new AbortController()
    const readings: ProbeReading[] = []
    const seen = Promise.withResolvers<void>()
    const request = { url: `${address}&mode=listener`, answerMs: 30_000, checkMs: 2_000, isContinuous: true, transport: true }
    const ended = media.probe(request, (reading) => void (readings.push(reading) === 3 && seen.resolve()), stop.signal)
    let sender: SrtSender
    do {
      sender = sendBySrt(`${address}&connect_timeout=1000`, 1_000, (round) => tsRound(clip, 1_000, round))
      await Promise.race([sender.ended, seen.promise])
    } while (readings.length < 3)
    stop.abort()
    expect(await ended).toEqual({ kind: 'cancelled' })
    for (const reading of readings) expect(reading).toMatchObject({ video: { codec: 'h264' }, packets: { corrupt: 0 }, ts: clean })
    // Nobody takes what it sends any more, and the port is free.
    await sender.ended
    const isFree = async () => {
      const socket = createSocket('udp4')
      const bound = await new Promise<boolean>((resolve) => {
        socket.once('error', () => resolve(false)).bind(port, '127.0.0.1', () => resolve(true))
      })
      socket.close()
      return bound
    }
    await expect.poll(isFree).toBe(true)
  })

  test('says why it can’t be read, in time, as without the check', async () => {
    await using media = start()
    const port = await freePort()
    const request = { answerMs: 1_500, checkMs: 1_000, isContinuous: false, transport: true }
    expect(await media.probe({ ...request, url: `srt://127.0.0.1:${port}?${secrets}` }, () => {})).toEqual({ kind: 'timedOut', limitMs: 1_500 })
    expect(await media.probe({ ...request, url: `srt://127.0.0.1:${port}?mode=listener` }, () => {})).toEqual({ kind: 'timedOut', limitMs: 1_500 })
    // A port of its own: what listened above may hold the other one for a moment, and a sender that can't have its port is gone.
    const locked = await freePort()
    await using _ = sendBySrt(`srt://127.0.0.1:${locked}?${secrets}&mode=listener`, 1_000, (round) => tsRound(clip, 1_000, round))
    const wrong = { ...request, answerMs: 10_000, url: `srt://127.0.0.1:${locked}?passphrase=battery-staple` }
    await expect.poll(async () => await media.probe(wrong, () => {})).toEqual({ kind: 'refused' })
  })

  test('is not checked with the machine’s own ffmpeg, and read as always', async () => {
    expect(await called(clip, 'ffmpeg')).toMatchObject({ video: { codec: 'h264' }, ts: null })
  })
})
