import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeClip } from '../../tests/real/makeClip.ts'
import { createSystemClock } from '../clock/clock.ts'
import { type FromMedia, type MediaError, type ProbeRequest, probeRequestSchema } from '../shared/media.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'
import { directWay } from './directWay.ts'
import { createMediaClient, type MediaClient } from './mediaClient.ts'
import { serveMedia } from './serveMedia.ts'
import { parseSourceAddress } from './sourceAddress.ts'

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
