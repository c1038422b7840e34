import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { backends } from '../../tests/fakes/backends.ts'
import { makeCertificate } from '../../tests/fakes/certificate.ts'
import { freePort } from '../../tests/freePort.ts'
import { makeClip } from '../../tests/real/makeClip.ts'
import { createSystemClock, sleep } from '../clock/clock.ts'
import { type FromMedia, type MediaError, type ProbeRequest, probeRequestSchema } from '../shared/media.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'
import { createPlaylistGuard, directWay, openCheckedWay } from './checkingProxy.ts'
import { ffmpegSnapshot } from './ffmpeg.ts'
import { createMediaClient, type MediaClient } from './mediaClient.ts'
import type { TakeSnapshot } from './readOptions.ts'
import { serveMedia } from './serveMedia.ts'
import { parseSourceAddress } from './sourceAddress.ts'
import { takeSnapshot } from './takeSnapshot.ts'

const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-way-'))
const handlers = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>()
/** Paths that were asked for, with the host that they were asked of. */
const opened: string[] = []
const serve = (request: IncomingMessage, response: ServerResponse) => {
  opened.push(`${request.headers.host?.replace(/:\d+$/, '')}${request.url}`)
  const handler = handlers.get(request.url ?? '')
  if (handler) handler(request, response)
  else response.writeHead(404).end()
}
const plain = createServer(serve)
const { cert, key } = makeCertificate()
const secure = createSecureServer({ cert, key }, serve)
let http: string
let https: string
let port: number
let clip: Buffer

beforeAll(async () => {
  const file = join(folder, 'clip.ts')
  await makeClip(file, { seconds: 2, format: 'mpegts' })
  clip = readFileSync(file)
  for (const server of [plain, secure]) await once(server.listen(0, '127.0.0.1'), 'listening')
  port = (plain.address() as AddressInfo).port
  http = `http://127.0.0.1:${port}`
  https = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  for (const server of [plain, secure]) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
beforeEach(() => {
  opened.length = 0
  handlers.clear()
  handlers.set('/clip.ts', (_, response) => response.end(clip))
})

const list = (...segments: readonly string[]): string =>
  ['#EXTM3U', '#EXT-X-TARGETDURATION:2', ...segments.flatMap((uri) => (uri.startsWith('#') ? [uri] : ['#EXTINF:2,', uri])), '#EXT-X-ENDLIST'].join('\n')
const sends = (path: string, text: string) =>
  handlers.set(path, (_, response) => void response.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' }).end(text))
const redirects = (path: string, location: string) => handlers.set(path, (_, response) => void response.writeHead(302, { location }).end())

const foundAt = (url: string, addresses: readonly string[]) => {
  const parsed = parseSourceAddress(url)
  if (!parsed.ok) throw new Error(parsed.error)
  return { source: parsed.value, addresses }
}
const internet = ['203.0.113.7']

describe.each(backends)('with $backend,', ({ backend, isHere }) => {
  const take: TakeSnapshot = backend === 'ffmpeg' ? ffmpegSnapshot('/usr/bin/ffmpeg') : takeSnapshot
  /** `addresses`: as if the server were there. */
  const read = async (url: string, addresses: readonly string[] = internet) => {
    await using way = await openCheckedWay(foundAt(url, addresses))
    const signal = AbortSignal.timeout(30_000)
    const taken = await take(way.source, { widthPx: 320, signal, userAgent: 'test', timeoutMs: 20_000, answerMs: 10_000 })
    return taken.ok ? 'picture' : (way.explain(taken.error) as { kind: string; because?: string; said?: string })
  }
  const inside = { kind: 'refusedAddress', because: 'leadsInside' }

  test.runIf(isHere)('a stream of the internet does not lead inside by a redirect, and nothing is asked of where it led', async () => {
    redirects('/out', `http://localhost:${port}/clip.ts`)
    redirects('/twice', '/out')
    for (const origin of [http, https]) for (const path of ['/out', '/twice']) expect(await read(origin + path), origin + path).toEqual(inside)
    redirects('/secure', https.replace('127.0.0.1', 'localhost'))
    expect(await read(`${http}/secure`)).toEqual(inside)
    expect(opened.filter((one) => one.startsWith('localhost'))).toEqual([])
  })

  test.runIf(isHere).each([
    ['a segment', (away: string) => list(`${away}/clip.ts`)],
    ['a segment by a redirect', () => list('/away.ts')],
    ['a key', (away: string) => list(`#EXT-X-KEY:METHOD=AES-128,URI="${away}/key",IV=0x1`, '/clip.ts')],
    ['a first section', (away: string) => list(`#EXT-X-MAP:URI="${away}/init.mp4"`, '/clip.ts')],
    ['a variant', (away: string) => `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${away}/inner.m3u8`],
  ])('nor by %s of its playlist', async (_, playlist) => {
    const away = `http://localhost:${port}`
    redirects('/away.ts', `${away}/clip.ts`)
    sends('/index.m3u8', playlist(away))
    sends('/inner.m3u8', list('/clip.ts'))
    const failed = await read(`${http}/index.m3u8`)
    expect(opened.filter((one) => one.startsWith('localhost'))).toEqual([])
    expect(failed).toEqual(inside)
  })

  test.runIf(isHere)('one of this machine may lead to this machine, but never to a link-local address', async () => {
    redirects('/out', `http://localhost:${port}/clip.ts`)
    sends('/index.m3u8', list('/clip.ts', `http://localhost:${port}/clip.ts`))
    const own = ['127.0.0.1']
    for (const origin of [http, https])
      for (const path of ['/clip.ts', '/out', '/index.m3u8']) expect(await read(origin + path, own), origin + path).toBe('picture')
    redirects('/metadata', 'http://169.254.169.254/latest/meta-data/')
    expect(await read(`${http}/metadata`, own)).toEqual({ kind: 'refusedAddress', because: 'linkLocal' })
  })

  test.runIf(isHere)('a name that leads elsewhere the second time it is looked up is not followed', async () => {
    // As if it had been on the internet when it was checked.
    expect(await read(`http://localhost:${port}/clip.ts`)).toEqual(inside)
    expect(opened).toEqual([])
  })

  test.runIf(isHere)('where nobody answers, or the server hangs up, that is said as without it', async () => {
    expect(await read(`http://127.0.0.1:${await freePort()}/clip.ts`)).toEqual({ kind: 'unreachable', doing: 'opening', said: 'connection refused' })
    handlers.set('/away', ({ socket }) => void socket.destroy())
    expect(await read(`${http}/away`)).toEqual({ kind: 'unreachable', doing: 'opening', said: 'End of file' })
  })
})

describe('the proxy', () => {
  /** What it answers. */
  async function say(text: string): Promise<string> {
    await using way = await openCheckedWay(foundAt(`${http}/clip.ts`, ['127.0.0.1']))
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(way.source.proxy ?? '').port) })
    socket.on('error', () => {}).write(text)
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    return answer.split('\r\n', 1)[0] ?? ''
  }
  test.each([
    ['of another method', 'POST http://127.0.0.1/ HTTP/1.1\r\n\r\n'],
    ['without a server', 'GET /clip.ts HTTP/1.1\r\n\r\n'],
    ['of another protocol', 'GET ftp://127.0.0.1/ HTTP/1.1\r\n\r\n'],
    ['without end', `GET http://127.0.0.1/ HTTP/1.1\r\n${'X-A: b\r\n'.repeat(12_000)}`],
    ['of no words', '\u0000'.repeat(80_000)],
    ['for a tunnel to no port', 'CONNECT 127.0.0.1:x HTTP/1.1\r\n\r\n'],
  ])('answers a request %s, and passes none of it on', async (_, text) => {
    expect(await say(text)).toBe('HTTP/1.1 400 Bad Request')
    expect(opened).toEqual([])
  })
  test('makes no tunnel to where a stream may not lead', async () => {
    expect(await say('CONNECT 169.254.169.254:80 HTTP/1.1\r\n\r\n')).toBe('HTTP/1.1 403 Forbidden')
  })
  test('says where a tunnel can’t lead to, and passes on all that came through one that breaks off', async () => {
    expect(await say(`CONNECT 127.0.0.1:${await freePort()} HTTP/1.1\r\n\r\n`)).toBe('HTTP/1.1 502 Bad Gateway')
    const all = Buffer.alloc(3_000_000, 'a')
    const server = createTcpServer((socket) => void socket.on('error', () => {}).end(all))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    await using way = await openCheckedWay(foundAt(`${http}/clip.ts`, ['127.0.0.1']))
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(way.source.proxy ?? '').port) })
    socket.write(`CONNECT 127.0.0.1:${(server.address() as AddressInfo).port} HTTP/1.1\r\n\r\n`)
    let bytes = 0
    for await (const chunk of socket) {
      bytes += chunk.length
      await sleep(createSystemClock(), 1, new AbortController().signal)
    }
    expect(bytes).toBe('HTTP/1.1 200 Connection established\r\n\r\n'.length + all.length)
    server.close()
  })
  test('ends a tunnel with the half of its client, even where the server keeps its own open', async () => {
    const server = createTcpServer({ allowHalfOpen: true }, (socket) => void socket.on('error', () => {}).resume())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const accepted = once(server, 'connection')
    await using way = await openCheckedWay(foundAt(`${http}/clip.ts`, ['127.0.0.1']))
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(way.source.proxy ?? '').port) })
    socket.write(`CONNECT 127.0.0.1:${(server.address() as AddressInfo).port} HTTP/1.1\r\n\r\n`)
    await once(socket, 'data')
    socket.end()
    await once(socket.resume(), 'close')
    for (const open of await accepted) open.destroy()
    server.close()
  })
  test('asks nothing more, and says nothing else, once a playlist was too much', async () => {
    sends('/many', variants(201))
    handlers.set('/one', (_, response) => response.end('1'))
    await using way = await openCheckedWay(foundAt(`${http}/clip.ts`, ['127.0.0.1']))
    const ask = async (path: string) => {
      const socket = connect({ host: '127.0.0.1', port: Number(new URL(way.source.proxy ?? '').port) }).on('error', () => {})
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
      await once(socket.resume(), 'close')
    }
    await ask(`${http}/many`)
    await ask(`${http}/one`)
    await ask('http://169.254.169.254/')
    expect(opened).toEqual(['x/many'])
    expect(way.explain({ kind: 'unreachable', doing: 'opening', said: '' })).toEqual({ kind: 'undecodable', because: 'playlistTooLarge' })
  })
  test('says nothing of a server that FFmpeg did not wait for', async () => {
    handlers.set('/never', () => {})
    await using way = await openCheckedWay(foundAt(`${http}/clip.ts`, ['127.0.0.1']))
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(way.source.proxy ?? '').port) })
    socket.write(`GET ${http}/never HTTP/1.1\r\nHost: x\r\n\r\n`)
    await expect.poll(() => opened).toEqual(['x/never'])
    socket.destroy()
    await sleep(createSystemClock(), 100, new AbortController().signal)
    expect(way.explain({ kind: 'unreachable', doing: 'opening', said: 'as FFmpeg says' })).toMatchObject({ said: 'as FFmpeg says' })
  })
  test('takes requests to one server one after the other, and ends with its read', async () => {
    handlers.set('/one', (_, response) => response.end('1'))
    const way = await openCheckedWay(foundAt(`${http}/clip.ts`, ['127.0.0.1']))
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(way.source.proxy ?? '').port) }).on('error', () => {})
    for (let round = 0; round < 3; round++) {
      socket.write(`GET ${http}/one HTTP/1.1\r\nHost: x\r\n\r\n`)
      expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 OK/)
    }
    expect(opened).toEqual(['x/one', 'x/one', 'x/one'])
    const closed = once(socket, 'close')
    await way[Symbol.asyncDispose]()
    await closed
    expect(opened).toHaveLength(3)
  })
  test('mixes up nothing of streams that are read slowly at the same time', async () => {
    const letters = ['a', 'b', 'c', 'd']
    const length = 8_000_000
    for (const letter of letters) handlers.set(`/${letter}`, (_, response) => response.end(Buffer.alloc(length, letter)))
    const ways = await Promise.all(letters.map(() => openCheckedWay(foundAt(`${http}/clip.ts`, ['127.0.0.1']))))
    const readSlowly = async (place: number) => {
      const socket = connect({ host: '127.0.0.1', port: Number(new URL(ways[place]?.source.proxy ?? '').port) })
      socket.write(`GET ${http}/${letters[place]} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      const chunks: Buffer[] = []
      for await (const chunk of socket) {
        chunks.push(chunk)
        if (chunks.length % 20 === 0) await sleep(createSystemClock(), 5, new AbortController().signal)
      }
      const all = Buffer.concat(chunks)
      const body = all.subarray(all.indexOf('\r\n\r\n') + 4)
      return [body.length, body.equals(Buffer.alloc(length, letters[place] as string))]
    }
    expect(await Promise.all(letters.map((_, place) => readSlowly(place)))).toEqual(letters.map(() => [length, true]))
    for (const way of ways) await way[Symbol.asyncDispose]()
  })
  test('is not there for streams that do not come over HTTP', async () => {
    await using way = await openCheckedWay(foundAt('rtsp://127.0.0.1/cam', ['127.0.0.1']))
    expect(way.source.proxy).toBeUndefined()
    expect(way.explain({ kind: 'notFound' })).toEqual({ kind: 'notFound' })
  })
})

const variants = (count: number) => `#EXTM3U\n${Array.from({ length: count }, (_, n) => `#EXT-X-STREAM-INF:BANDWIDTH=${n}\nv${n}.m3u8\n`).join('')}`
/** Whether one of its pieces is too much. */
function isTooMuch(text: string, pieceBytes: number): boolean {
  const guard = createPlaylistGuard()
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += pieceBytes) if (guard.isTooMuch(bytes.subarray(at, at + pieceBytes))) return true
  return false
}

test.each([1, 7, 1_000, 1_000_000])('what a master playlist names is counted, in pieces of %i bytes', (piece) => {
  expect(isTooMuch(variants(200), piece)).toBe(false)
  expect(isTooMuch(variants(201), piece)).toBe(true)
  expect(isTooMuch(`\u00ef\u00bb\u00bf${variants(201)}`, piece)).toBe(true)
})

test('a playlist without end is too much, a stream without end is not', () => {
  expect(isTooMuch(`#EXTM3U\n${'#EXTINF:1,\na\n'.repeat(800_000)}`, 65_536)).toBe(true)
  expect(isTooMuch('G'.repeat(188) + variants(300).repeat(10), 65_536)).toBe(false)
  expect(isTooMuch('G'.repeat(20_000_000), 65_536)).toBe(false)
})

describe('of an answer that would exhaust memory', () => {
  /** What the proxy gives of these bytes of a server, and why not all. */
  async function pass(answer: string): Promise<{ readonly text: string; readonly kind: string; readonly said: string }> {
    const server = createTcpServer((socket) => void socket.on('error', () => {}).once('data', () => socket.end(answer, 'latin1')))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using way = await openCheckedWay(foundAt(`${origin}/a`, ['127.0.0.1']))
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(way.source.proxy ?? '').port) }).on('error', () => {})
    socket.write(`GET ${origin}/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    let text = ''
    try {
      for await (const chunk of socket) text += String(chunk)
    } catch {
      // It was broken off.
    }
    server.close()
    // Without the sizes of chunks, in which it may be passed on.
    const error = way.explain({ kind: 'unreachable', doing: 'opening', said: '' })
    return { text: text.replaceAll(/\r\n(?:[\da-f]+\r\n)?/g, ''), kind: error.kind, said: error.kind === 'unreachable' ? String(error.said) : '' }
  }
  const chunked = (text: string, chunk: number) =>
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text.replace(new RegExp(`[^]{1,${chunk}}`, 'g'), (part) => `${part.length.toString(16)}\r\n${part}\r\n`)}0\r\n\r\n`
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n\r\n'

  test.each([
    ['that names many playlists', head + variants(201)],
    ['in chunks that end within a tag', chunked(variants(201), 11)],
    ['after an interim one', `HTTP/1.1 103 Early Hints\r\n\r\n${head}${variants(201)}`],
    ['whose lines end as they please', head.replaceAll('\r', '') + variants(201)],
    ['with a long head', head.replace('\r\n\r\n', `\r\nX-Pad: ${'a'.repeat(30_000)}\r\n\r\n`) + variants(201)],
    ['that is compressed', 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b'],
    ['that says so after another encoding', `HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\n\r\n${variants(200)}v200.m3u8`],
  ])('%s nothing more is passed on', async (_, answer) => {
    const { text, kind } = await pass(answer)
    expect(kind).toBe('undecodable')
    expect(text).not.toContain('v200.m3u8')
  })
  test.each([
    ['as many playlists as one may have', head + variants(200)],
    ['the same in chunks', chunked(variants(200), 11)],
    ['in an encoding that FFmpeg does not unpack', `HTTP/1.1 200 OK\r\nContent-Encoding: aws-chunked\r\n\r\n${variants(200)}`],
    ['with a length beside its chunks', chunked(variants(200), 11).replace('OK\r\n', 'OK\r\nContent-Length: 5\r\n')],
    ['with a header that may not be written', head.replace('\r\n\r\n', '\r\nX-Name: a\u0001b\r\n\r\n') + variants(200)],
    ['by HTTP/1.0', `HTTP/1.0 200 OK\r\n\r\n${variants(200)}`],
  ])('not so: %s', async (_, answer) => {
    const { text, kind } = await pass(answer)
    expect(kind).toBe('unreachable')
    expect(text).toContain('v199.m3u8')
    expect(text).not.toMatch(/content-length/i)
  })
  test('of an answer that is no HTTP the reason is said', async () => {
    expect(await pass('ICY 200 OK\r\nicy-name: radio\r\n\r\nmusic')).toEqual({ text: '', kind: 'unreachable', said: expect.stringContaining('Expected HTTP/') })
  })
  test.each([
    ['without end', `HTTP/1.1 200 OK\r\n${'X-Pad: a\r\n'.repeat(10_000)}`],
    ['of no words', 'HTTP/1.1 200 \u0001\r\nA: \u0001\r\n\r\n'],
    ['of no status', 'HTTP/1.1 000 OK\r\n\r\n'],
  ])('a head %s is none, and harms nobody', async (_, answer) => {
    expect((await pass(answer)).text).not.toContain('200 OK')
  })
})

describe('the direct way', () => {
  const wayTo = (url: string, address: string | null) => {
    const parsed = parseSourceAddress(url, 'probe')
    if (!parsed.ok) throw new Error(parsed.error)
    return directWay({ source: parsed.value, addresses: [] }, address)
  }

  test.each([
    ['http://media.example/live.ts', '192.0.2.7', 'http://192.0.2.7/live.ts', 'media.example'],
    ['http://media.example:8080/a?b=c@d', '2001:db8::7', 'http://[2001:db8::7]:8080/a?b=c@d', 'media.example:8080'],
    ['HTTP://me:p%40ss@w@media.example:80/', '192.0.2.7', 'HTTP://me:p%40ss@w@192.0.2.7/', 'media.example'],
    ['http://media.example:/live.ts?a@b:1', '192.0.2.7', 'http://192.0.2.7/live.ts?a@b:1', 'media.example'],
    ['http://192.0.2.7:8080/live.ts', '192.0.2.7', 'http://192.0.2.7:8080/live.ts', '192.0.2.7:8080'],
    ['http://[2001:db8::7]/live.ts', '2001:db8::7', 'http://[2001:db8::7]/live.ts', '[2001:db8::7]'],
    // FFmpeg would look these up as names.
    ['http://%31%39%32.0.2.7/live.ts', '192.0.2.7', 'http://192.0.2.7/live.ts', '192.0.2.7'],
    ['http://192.0.2.7./live.ts', '192.0.2.7', 'http://192.0.2.7/live.ts', '192.0.2.7'],
  ])('%s leads to the address that was checked, and asks for it by its name', (url, address, to, host) => {
    expect(wayTo(url, address)).toMatchObject({ url: to, direct: { host } })
  })

  test('there is none for playlists, through TLS, by other protocols, and where no connection was made', () => {
    for (const url of ['http://media.example/index.m3u8?a', 'https://media.example/live.ts', 'rtmp://media.example/live'])
      expect(wayTo(url, '192.0.2.7'), url).toBeNull()
    expect(wayTo('http://media.example/live.ts', null)).toBeNull()
  })
})

describe('probes', () => {
  const handlers = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>()
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.headers.host?.replace(/:\d+$/, '')}${request.url}`)
    const handler = handlers.get(request.url ?? '')
    if (handler) handler(request, response)
    else response.writeHead(404).end()
  })
  let origin: string
  let media: MediaClient
  const check = async (url: string, options: Partial<ProbeRequest> = {}): Promise<ProbeReading | MediaError> => {
    const readings: ProbeReading[] = []
    const request = { url, answerMs: 30_000, checkMs: 1_000, isContinuous: false, ...options }
    return (await media.probe(request, (reading) => readings.push(reading))) ?? readings[0] ?? expect.fail('it ended without a reading')
  }

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-direct-'))
    await makeClip(join(folder, 'clip.ts'), { seconds: 2, format: 'mpegts' })
    const clip = readFileSync(join(folder, 'clip.ts'))
    rmSync(folder, { recursive: true })
    const playlist = ['#EXTM3U', '#EXT-X-TARGETDURATION:2', '#EXTINF:2,', '/clip.ts', '#EXT-X-ENDLIST'].join('\n')
    for (const path of ['/clip', '/clip.ts']) handlers.set(path, (_, response) => response.end(clip))
    handlers.set('/list', (_, response) => void response.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' }).end(playlist))
    handlers.set('/moved', (_, response) => void response.writeHead(302, { location: '/clip' }).end())
    handlers.set('/broken', (_, response) => void response.writeHead(500).end())
    handlers.set('/secret', ({ headers }, response) =>
      headers.authorization === undefined ? void response.writeHead(401, { 'www-authenticate': 'Basic realm="cameras"' }).end() : response.end(clip),
    )
    await once(server.listen(0, 'localhost'), 'listening')
    origin = `http://localhost:${(server.address() as AddressInfo).port}`
    media = createMediaClient({ clock: createSystemClock(), log: { warn: () => {} }, backend: 'node-av' })
  })
  afterAll(async () => {
    await media[Symbol.asyncDispose]()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  beforeEach(() => {
    asked.length = 0
  })

  test('ask a server once for a stream, by its name', async () => {
    for (const isContinuous of [false, true]) {
      asked.length = 0
      await check(`${origin}/clip`, { isContinuous })
      expect(asked).toEqual(['localhost/clip'])
    }
  })

  test('sign in', async () => {
    expect(await check(`${origin.replace('//', '//me:secret@')}/secret`)).toHaveProperty('wallMs')
    expect(await check(`${origin}/secret`)).toEqual({ kind: 'unauthorized' })
  })

  test('follow a redirect only where it is checked, and know it the next time', async () => {
    expect(await check(`${origin}/moved`)).toHaveProperty('wallMs')
    // The first one was not followed.
    expect(asked.slice(0, 3)).toEqual(['localhost/moved', 'localhost/moved', 'localhost/clip'])
    asked.length = 0
    expect(await check(`${origin}/moved`)).toHaveProperty('wallMs')
    expect(asked.slice(0, 2)).toEqual(['localhost/moved', 'localhost/clip'])
  })

  test('say when they start over on the other way, so that the one who waits for them does not give up', async () => {
    const { open } = await serveMedia({ own: 'off', programs: 'off' }, 'node-av')
    for (const kinds of [['startedOver', 'probed'], ['probed']]) {
      const said: FromMedia['kind'][] = []
      const line = open(({ kind }) => said.push(kind))
      const request = probeRequestSchema.parse({ url: `${origin}/moved`, answerMs: 30_000, checkMs: 1_000, isContinuous: false })
      line.receive({ kind: 'probe', id: 1, request })
      await expect.poll(() => said.at(-1)).toBe('probed')
      expect(said).toEqual(kinds)
    }
  })

  test('read a playlist whose address does not say that it is one, and follow it', async () => {
    expect(await check(`${origin}/list`)).toMatchObject({ hls: { playlists: [{ kind: 'media' }] } })
    asked.length = 0
    expect(await check(`${origin}/list`)).toMatchObject({ hls: { playlists: [{ kind: 'media' }] } })
    // By FFmpeg and by what follows it.
    expect(asked.filter((path) => path === 'localhost/list')).toHaveLength(2)
  })

  test('of a server that fails say so, and ask it once the next time', async () => {
    for (const times of [2, 1]) {
      asked.length = 0
      expect(await check(`${origin}/broken`)).toMatchObject({ kind: 'unreachable', doing: 'opening' })
      expect(asked).toEqual(Array(times).fill('localhost/broken'))
    }
  })
})
