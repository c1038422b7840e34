import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MediaStreamTrack, RTCPeerConnection, useH264, useOPUS } from 'werift'
import { backends, hasFfmpeg } from '../../tests/fakes/backends.ts'
import { startWhepServer, type WhepServer } from '../../tests/fakes/whepServer.ts'
import { mayOutlive } from '../../tests/leaks.ts'
import { createSystemClock } from '../clock/clock.ts'
import { createMediaClient, type MediaClient } from '../media/mediaClient.ts'
import type { MediaError } from '../shared/media.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'
import { parseSourceAddress } from './sourceAddress.ts'
import { openWhepSession, reachableAnswer } from './whepSession.ts'

const answerMs = 30_000
mayOutlive('Timeout', 20, 'werift asks for its own address until nobody has answered for 6 s, and a peer that is closed does not stop that')
let server: WhepServer
beforeAll(async () => {
  server = await startWhepServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** What a server sends of RTP that ffmpeg makes: pictures and a tone, each packet as `spoil` leaves it. */
async function startSource(spoil: (packet: Buffer) => Buffer = (packet) => packet) {
  const sockets = { video: createSocket('udp4'), audio: createSocket('udp4') }
  const ports = await Promise.all(
    Object.values(sockets).map(async (socket) => {
      socket.bind(0, '127.0.0.1')
      await once(socket, 'listening')
      return socket.address().port
    }),
  )
  const to = (port: number | undefined) => ['-f', 'rtp', `rtp://127.0.0.1:${port}?pkt_size=1200`]
  const pictures = 'testsrc2=size=320x180:rate=25,format=yuv420p'
  const encoded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-x264-params', 'repeat-headers=1', '-an']
  const ffmpeg: ChildProcess = spawn(
    'ffmpeg',
    ['-v', 'error', '-re', '-f', 'lavfi', '-i', pictures, '-re', '-f', 'lavfi', '-i', 'sine', '-map', '0:v', ...encoded, ...to(ports[0])].concat(
      ['-map', '1:a', '-c:a', 'libopus', '-b:a', '48k', '-vn'],
      to(ports[1]),
    ),
    { stdio: 'ignore' },
  )
  const peers = new Set<RTCPeerConnection>()
  return {
    /** Answers an offer, and sends to whoever made it. */
    answer: async (offer: string): Promise<string> => {
      const peer = new RTCPeerConnection({ codecs: { video: [useH264()], audio: [useOPUS()] }, iceServers: [{ urls: 'stun:127.0.0.1:9' }] })
      peers.add(peer)
      await peer.setRemoteDescription({ type: 'offer', sdp: offer })
      for (const transceiver of peer.getTransceivers()) {
        const { kind } = transceiver
        if (kind === 'application') continue
        const track = new MediaStreamTrack({ kind })
        transceiver.sender.replaceTrack(track)
        transceiver.setDirection('sendonly')
        sockets[kind as 'video' | 'audio'].on('message', (packet) => track.writeRtp(spoil(packet)))
      }
      await peer.setLocalDescription(await peer.createAnswer())
      return peer.localDescription?.sdp ?? ''
    },
    [Symbol.asyncDispose]: async () => {
      ffmpeg.kill('SIGKILL')
      await once(ffmpeg, 'exit')
      for (const peer of peers) await peer.close()
      for (const socket of Object.values(sockets)) socket.close()
    },
  }
}

/** Answers offers in place of the server, once its requests are whole. */
const answerWith = (answer: (offer: string, response: ServerResponse) => void) =>
  server.override((request: IncomingMessage, response) => {
    if (request.method !== 'POST') return false
    answer(server.requests.at(-1)?.body ?? '', response)
    return true
  })
const created = (response: ServerResponse, sdp: string) =>
  response.writeHead(201, { 'content-type': 'application/sdp', location: '/cam1/whep/one?mtxdeck=abc' }).end(sdp)
const addressOf = (path: string) => server.url.replace('http://', 'whep://').concat(path)

describe.each(backends)('a stream by WHEP, read with $backend', ({ backend, isHere }) => {
  test.runIf(isHere && hasFfmpeg)('is measured like any other, and its session ends with it', async () => {
    await using source = await startSource()
    await using media = createMediaClient({ clock: createSystemClock(), log: { warn: () => {} }, backend })
    answerWith((offer, response) => void source.answer(offer).then((sdp) => created(response, sdp)))
    const readings: ProbeReading[] = []
    const ended = await media.probe(
      { url: addressOf('/cam1/whep?mtxdeck=abc').replace('://', '://noc:p%40ss@'), answerMs, checkMs: 2_000, isContinuous: false },
      (reading) => readings.push(reading),
      new AbortController().signal,
    )
    expect(ended).toBeNull()
    expect(readings).toMatchObject([{ video: { codec: 'h264', widthPx: 320, heightPx: 180 }, audio: { codec: 'opus' } }])
    await expect.poll(() => server.requests.at(-1)).toMatchObject({ method: 'DELETE', url: '/cam1/whep/one?mtxdeck=abc' })
    const basic = `Basic ${Buffer.from('noc:p@ss').toString('base64')}`
    for (const { headers } of server.requests.slice(-2)) expect(headers.authorization).toBe(basic)
  })
})

describe('a hostile server of WHEP', () => {
  /** The same bytes each time. */
  const random = ((state) => (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  })(20_261_125)
  /** So much of a packet the sender needs to be able to send it. */
  const shortest = 12
  const spoiled = (bytes: Buffer, from: number): Buffer => {
    const changed = Buffer.from(bytes)
    for (let n = 0; n < 1 + random(8); n++) changed[from + random(changed.length - from)] = random(256)
    return random(4) === 0 ? changed.subarray(0, Math.max(shortest, random(changed.length))) : changed
  }
  const check = (media: MediaClient, limitMs = answerMs) => {
    const readings: ProbeReading[] = []
    const request = { url: addressOf('/cam1/whep'), answerMs: limitMs, checkMs: 2_000, isContinuous: false }
    return media.probe(request, (reading) => void readings.push(reading), new AbortController().signal).then((ended) => ({ ended, readings }))
  }

  test.runIf(hasFfmpeg)('neither answers of random lines nor RTP of random bytes end the process that reads them', async () => {
    await using media = createMediaClient({ clock: createSystemClock(), log: { warn: () => {} } })
    await using source = await startSource()
    answerWith((offer, response) => void source.answer(offer).then((sdp) => created(response, spoiled(Buffer.from(sdp), 0).toString('latin1'))))
    await Promise.all(Array.from({ length: 60 }, () => check(media, 3_000)))
    // The headers stay: behind them is what decoders are fed with. Then headers, too.
    for (const from of [12, 2]) {
      await using worse = await startSource((packet) => (random(3) === 0 ? spoiled(packet, Math.min(from, packet.length - 1)) : packet))
      answerWith((offer, response) => void worse.answer(offer).then((sdp) => created(response, sdp)))
      await Promise.all(Array.from({ length: 4 }, () => check(media, 3_000)))
    }
    expect(media.deaths().probes).toBe(0)
    answerWith((offer, response) => void source.answer(offer).then((sdp) => created(response, sdp)))
    expect((await check(media)).readings).toMatchObject([{ video: { codec: 'h264' } }])
  })
})

/** Why no session is opened, where a server answers so. */
async function refusalOf(answer: (offer: string, response: ServerResponse) => void, addresses = ['127.0.0.1']): Promise<MediaError | null> {
  answerWith(answer)
  const source = parseSourceAddress(addressOf('/cam1/whep'), 'probe')
  if (!source.ok) throw new Error(source.error)
  const opened = await openWhepSession({ source: source.value, addresses }, { userAgent: 'mtxdeck', gate: null }, new AbortController().signal)
  if (opened.ok) await opened.value[Symbol.asyncDispose]()
  return opened.ok ? null : opened.error
}
const candidate = (address: string, transport = 'udp') =>
  `v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=candidate:1 1 ${transport} 2130706431 ${address} 8189 typ host\r\n`

describe('no session of WHEP is opened', () => {
  test('where a server refuses, has no such stream, or leads elsewhere', async () => {
    expect(await refusalOf((_, response) => response.writeHead(401).end())).toEqual({ kind: 'unauthorized' })
    expect(await refusalOf((_, response) => response.writeHead(404).end())).toEqual({ kind: 'notFound' })
    const before = server.requests.length
    expect(await refusalOf((_, response) => response.writeHead(307, { location: '/other/whep' }).end())).toMatchObject({
      said: { kind: 'status', status: 307 },
    })
    expect(server.requests).toHaveLength(before + 1)
    // Another protocol, which nobody asked for: Node tells neither an answer nor an error of it.
    const other = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n'
    expect(await refusalOf((_, response) => response.socket?.end(other))).toMatchObject({ said: { kind: 'status', status: 101 } })
    expect(await refusalOf((_, response) => response.writeHead(201).end('x'.repeat(70_000)))).toEqual({ kind: 'undecodable', because: 'notMedia' })
  })

  test('to addresses further inside than the server itself, those of clouds, and names; what was begun is ended there', async () => {
    const inside = { kind: 'refusedAddress', because: 'leadsInside' }
    expect(await refusalOf((_, response) => created(response, candidate('169.254.169.254')))).toEqual(inside)
    await expect.poll(() => server.requests.at(-1)).toMatchObject({ method: 'DELETE', url: '/cam1/whep/one?mtxdeck=abc' })
    expect(await refusalOf((_, response) => created(response, candidate('10.0.0.5')), ['203.0.113.5'])).toEqual(inside)
    expect(await refusalOf((_, response) => created(response, candidate('4f1e9a.local')))).toMatchObject({ said: { kind: 'noWebrtcAddress' } })
    expect(await refusalOf((_, response) => created(response, candidate('127.0.0.1', 'tcp')))).toMatchObject({ said: { kind: 'noWebrtcAddress' } })
  })
})

test('an answer leads to so many addresses at most', async () => {
  const lines = Array.from({ length: 500 }, (_, n) => `a=candidate:${n} 1 udp 2130706431 10.0.${n >> 8}.${n & 255} 8189 typ host`)
  const answer = await reachableAnswer(['v=0', ...lines].join('\n'), ['10.0.0.1'])
  expect(answer.ok && answer.value.match(/a=candidate/g)).toHaveLength(32)
})

test('a picture is not read by WHEP', () => {
  expect(parseSourceAddress('whep://camera/cam1/whep')).toEqual({ ok: false, error: 'scheme' })
})
