import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { createTestClock } from '../../clock/testClock.ts'
import type { NewEvent } from '../../shared/events.ts'
import { type PlaybackPiece, playbackAddress } from '../../shared/recordings.ts'
import { createPlaybackRelay, type PlaybackAccess } from './playbackRelay.ts'

const password = 'Basic bm9jOndhdGNoLW1l'
const at = Date.UTC(2026, 9, 24, 8)
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void
const media: Answer = (_, response) => response.writeHead(200, { 'content-type': 'video/mp4', 'accept-ranges': 'none' }).end('media')

async function start(answer: Answer = media, access: Partial<PlaybackAccess> = {}, clock = createSystemClock()) {
  const asked: { readonly url: string; readonly authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization })
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  )
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const known: PlaybackAccess = {
    serverId: 's1',
    name: 'Köln',
    url: 'http://127.0.0.1:9997',
    authorization: password,
    fingerprint: null,
    playback: url,
    skewMs: 0,
    ...access,
  }
  const events: NewEvent[] = []
  const relay = createPlaybackRelay({
    clock,
    version: '0.1.0',
    accessOf: (named) => (named === 's1' || named === 'Köln' ? known : null),
    record: (more) => events.push(...more),
  })
  const ask = async (change: Partial<PlaybackPiece> = {}, init?: RequestInit) => {
    const piece = { server: 's1', path: 'studio/cam 1', since: at, until: at + 90_500, download: false, ...change }
    const response = await relay.fetch(new Request(`http://console${playbackAddress(piece)}`, init), 'Mia')
    if (response === null) throw new Error('not answered')
    return response
  }
  return { ask, asked, events, relay, url }
}
const whyOf = async (response: Response) => [response.status, ((await response.json()) as { why: { kind: string } }).why.kind]
const unauthorized: Answer = (_, response) => response.writeHead(401, { 'www-authenticate': 'Basic' }).end()

describe('the relay of recordings', () => {
  it('asks for the piece at the path given, by the clock of the server, and hands over its media', async () => {
    const { ask, asked } = await start(media, { skewMs: -2_000 })
    const response = await ask()
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, 'video/mp4', 'media'])
    expect(response.headers.get('cache-control')).toBe('no-store')
    const { pathname, searchParams } = new URL(asked[0]?.url ?? '', 'http://x')
    expect([pathname, Object.fromEntries(searchParams)]).toEqual([
      '/get',
      { path: 'studio/cam 1', start: '2026-10-24T07:59:58.000Z', duration: '90.5', format: 'fmp4' },
    ])
  })
  it('plays from the beginning of the first segment, however its start was rounded', async () => {
    const { ask, asked } = await start((request, response) => {
      const from = Date.parse(new URL(request.url ?? '', 'http://x').searchParams.get('start') ?? '')
      return from < at + 1 ? response.writeHead(404).end() : media(request, response)
    })
    expect(await (await ask()).text()).toBe('media')
    expect(asked.map(({ url }) => new URL(url, 'http://x').searchParams.get('duration'))).toEqual(['90.5', '89.5'])
    // What is shorter than that has nothing left.
    expect(await whyOf(await ask({ until: at + 1_000 }))).toEqual([404, 'nothingRecorded'])
  })
  it('sends credentials only where they are wanted, and none after a refusal', async () => {
    const open = await start()
    await (await open.ask()).text()
    expect(open.asked.map(({ authorization }) => authorization)).toEqual([undefined])
    const guarded = await start((request, response) => (request.headers.authorization === password ? media : unauthorized)(request, response))
    expect((await guarded.ask()).status).toBe(200)
    expect(guarded.asked.map(({ authorization }) => authorization)).toEqual([undefined, password])
    const refusing = await start(unauthorized)
    expect(await whyOf(await refusing.ask())).toEqual([502, 'playbackRefused'])
    expect(await whyOf(await refusing.ask())).toEqual([502, 'playbackRefused'])
    expect(refusing.asked).toHaveLength(2)
  })
  it('sends no credentials in the clear where the API is encrypted', async () => {
    const { url, asked } = await start(unauthorized)
    // This machine by an address that does not say so.
    const { port } = new URL(url)
    const { ask } = await start(unauthorized, { url: 'https://media.example:9997', playback: `http://0.0.0.0:${port}` })
    expect(await whyOf(await ask())).toEqual([502, 'playbackNotEncrypted'])
    expect(asked.map(({ authorization }) => authorization)).toEqual([undefined])
  })
  it('gives a file a name that every system takes', async () => {
    const { ask, asked } = await start()
    const response = await ask({ download: true })
    const disposition = response.headers.get('content-disposition') ?? ''
    expect(disposition).toContain('filename="K_ln-studio_cam_1-2026-10-24T08_00_00.mp4"')
    expect(disposition).toContain(`filename*=UTF-8''${encodeURIComponent('Köln-studio_cam_1-2026-10-24T08_00_00.mp4')}`)
    expect(new URL(asked[0]?.url ?? '', 'http://x').searchParams.get('format')).toBe('mp4')
    await response.text()
  })
  it('keeps who took a file, and not who only watched or got nothing', async () => {
    const { ask, events } = await start()
    await (await ask()).text()
    expect(events).toEqual([])
    await (await ask({ download: true })).text()
    expect(events).toMatchObject([{ kind: 'recordingDownloaded', facts: { by: 'Mia', from: at, to: at + 90_500 } }])
    const refusing = await start((_, response) => response.writeHead(404).end())
    expect((await refusing.ask({ download: true })).status).toBe(404)
    expect(refusing.events).toEqual([])
  })
  it.each<[string, Partial<PlaybackPiece>, unknown[]]>([
    ['a stream that leads elsewhere', { path: '../v3/config' }, [400, 'playbackSpanWrong']],
    ['no stream', { path: '' }, [400, 'playbackSpanWrong']],
    ['a time that ends before it begins', { until: at - 1 }, [400, 'playbackSpanWrong']],
    ['more than six hours', { until: at + 6 * 3_600_000 + 1 }, [400, 'playbackSpanWrong']],
    ['a server that nobody knows', { server: 'nowhere' }, [404, 'noSuchServer']],
  ])('refuses %s, and asks no server', async (_, change, expected) => {
    const { ask, asked } = await start()
    expect(await whyOf(await ask(change))).toEqual(expected)
    expect(asked).toEqual([])
  })
  it('answers GET only, and no other address', async () => {
    const { ask, relay } = await start()
    expect(await whyOf(await ask({}, { method: 'POST' }))).toEqual([405, 'noSuchPart'])
    expect(relay.fetch(new Request('http://console/relay/recordings/list'), 'Mia')).toBeNull()
  })
  it('says why there is nothing to play', async () => {
    const status =
      (code: number, type = 'application/json'): Answer =>
      (_, response) =>
        response.writeHead(code, { 'content-type': type }).end('{}')
    expect(await whyOf(await (await start(media, { playback: null })).ask())).toEqual([502, 'playbackOff'])
    expect(await whyOf(await (await start(status(404))).ask())).toEqual([404, 'nothingRecorded'])
    expect(await whyOf(await (await start(status(400))).ask())).toEqual([502, 'notPlayableFormat'])
    expect(await whyOf(await (await start(status(500))).ask())).toEqual([502, 'serverError'])
    // What a browser would show or execute under our origin is not handed over.
    expect(await whyOf(await (await start(status(200, 'text/html'))).ask())).toEqual([502, 'notPlayback'])
    expect(await whyOf(await (await start((_, response) => response.writeHead(302, { location: '/elsewhere' }).end())).ask())).toEqual([502, 'notPlayback'])
  })
  it('plays four pieces of a server at once, and one more as soon as a player leaves', async () => {
    const endless: Answer = (_, response) => void response.writeHead(200, { 'content-type': 'video/mp4' }).write('media')
    const { ask } = await start(endless)
    const playing = await Promise.all([ask(), ask(), ask(), ask()])
    expect(await whyOf(await ask())).toEqual([503, 'tooManyAtOnce'])
    await playing[0]?.body?.cancel()
    await expect.poll(async () => (await ask()).status).toBe(200)
  })
  it('cuts off whoever takes nothing for five minutes', async () => {
    const clock = createTestClock(at)
    let closed = false
    const endless: Answer = (request, response) => {
      request.once('close', () => (closed = true))
      response.once('close', () => (closed = true))
      response.writeHead(200, { 'content-type': 'video/mp4' }).write('media')
    }
    const { ask } = await start(endless, {}, clock)
    const reader = (await ask()).body?.getReader()
    expect((await reader?.read())?.value?.length).toBe(5)
    await clock.advance(299_000)
    expect(closed).toBe(false)
    await clock.advance(2_000)
    await expect.poll(() => closed).toBe(true)
  })

  it('gives up a server that falls silent in the middle, and its place is free again', async () => {
    const clock = createTestClock(at)
    let closed = false
    const silent: Answer = (_, response) => {
      response.once('close', () => (closed = true))
      response.writeHead(200, { 'content-type': 'video/mp4' }).write('media')
    }
    const { ask } = await start(silent, {}, clock)
    const reader = (await ask()).body?.getReader()
    expect((await reader?.read())?.value?.length).toBe(5)
    const next = reader?.read().catch((error: Error) => error.name)
    await clock.advance(299_000)
    expect(closed).toBe(false)
    await clock.advance(2_000)
    await expect.poll(() => closed).toBe(true)
    expect(await next).toBe('TimeoutError')
  })
})
