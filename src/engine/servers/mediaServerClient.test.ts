import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { serverErrorText } from '../../i18n/errorText.ts'
import { type ServerError, serverErrorSchema } from '../../shared/errors.ts'
import { parseTime } from './apiFields.ts'
import { type MediaServerClient, type MediaServerClientOptions, ServerClient } from './mediaServerClient.ts'
import type { ServerAccess } from './readings.ts'

const clock = createSystemClock()
const signal = new AbortController().signal
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
function clientOf(url: string, access: Partial<ServerAccess> = {}, limits: MediaServerClientOptions['limits'] = {}): MediaServerClient {
  const client = new ServerClient({
    access: { serverId: 's', url, authorization: null, fingerprint: null, ...access },
    clock,
    tag: 't',
    version: '1.2.3',
    limits,
  })
  cleanups.push(client.close)
  return client
}
function json(body: unknown, status = 200): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', server: 'mediamtx' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}
async function errorOf(
  listener: RequestListener,
  access: Partial<ServerAccess> = {},
  limits: MediaServerClientOptions['limits'] = {},
): Promise<ServerError | null> {
  const result = await clientOf(await serve(listener), access, limits).readPaths(signal)
  if (result.ok) return null
  // Whatever goes wrong has words and passes every door.
  expect(serverErrorSchema.parse(result.error)).toEqual(result.error)
  expect(serverErrorText(result.error, 'en').what).not.toBe('')
  return result.error
}

describe('bad answers', () => {
  it.each<[string, RequestListener, ServerError]>([
    ['401', json({ error: 'authentication error' }, 401), { kind: 'unauthorized', credentialsGiven: false }],
    ['403', json({ error: 'forbidden' }, 403), { kind: 'forbidden' }],
    ['404 of another port of MediaMTX', (_q, r) => r.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found'), { kind: 'noApiHere' }],
    ['404 of another web server', (_q, r) => r.writeHead(404, { 'content-type': 'text/html' }).end('<html>'), { kind: 'noApiHere' }],
    ['500 with words', json({ status: 'error', error: 'terminated' }, 500), { kind: 'httpStatus', status: 500, message: 'terminated' }],
    ['500 with a secret in its words', json({ error: 'dial rtsp://u:hunter2@h/x' }, 500), { kind: 'httpStatus', status: 500, message: 'dial rtsp://***@h/x' }],
    [
      '502 of a proxy',
      (_q, r) => r.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>'),
      { kind: 'httpStatus', status: 502, message: '' },
    ],
    [
      'a redirect',
      (_q, r) => r.writeHead(301, { location: 'https://u:hunter2@login.example/?next=token' }).end(),
      { kind: 'redirected', status: 301, location: 'https://***@login.example/?next=***', isSignIn: true },
    ],
    [
      'a redirect to an address without end',
      (_q, r) => r.writeHead(301, { location: `https://login.example/${'x'.repeat(12_000)}` }).end(),
      { kind: 'redirected', status: 301, location: `https://login.example/${'x'.repeat(177)}…`, isSignIn: true },
    ],
    [
      'HTML instead of JSON',
      (_q, r) => r.writeHead(200, { 'content-type': 'text/html', server: 'nginx' }).end('<html></html>'),
      { kind: 'notMediaMtx', contentType: 'text/html', server: 'nginx' },
    ],
    ['no content type', (_q, r) => r.end('{"items":[]}'), { kind: 'notMediaMtx', contentType: '', server: '' }],
    ['garbage that says it is JSON', json('%!garbage hunter2'), { kind: 'badReply', detail: { kind: 'jsonBroken', at: 0 } }],
    ['broken JSON', json('{"items":[{"name":"cam1",}]}'), { kind: 'badReply', detail: { kind: 'jsonBroken', at: 25 } }],
    ['JSON that ends too early', json('{"items":[{"name":"ca'), { kind: 'cutReply', receivedBytes: 21 }],
    ['nothing', json(''), { kind: 'cutReply', receivedBytes: 0 }],
    ['JSON of somebody else', json({ hello: 'world' }), { kind: 'badReply', detail: { kind: 'otherForm', field: 'items' } }],
    ['a JSON list', json([]), { kind: 'badReply', detail: { kind: 'otherForm', field: 'JSON' } }],
    [
      'items of another form',
      json({ itemCount: 1, pageCount: 1, items: [{ id: 1 }] }),
      { kind: 'badReply', detail: { kind: 'otherForm', field: 'items[0].name' } },
    ],
    [
      'items without a state',
      json({ itemCount: 1, pageCount: 1, items: [{ name: 'a' }] }),
      { kind: 'badReply', detail: { kind: 'otherForm', field: 'items[0].available' } },
    ],
    ['items that are nothing', json({ itemCount: 1, pageCount: 1, items: [null] }), { kind: 'badReply', detail: { kind: 'otherForm', field: 'items[0]' } }],
    ['a million pages', json({ itemCount: 1, pageCount: 1_000_000, items: [] }), { kind: 'badReply', detail: { kind: 'tooMuch', most: 100 } }],
    [
      "Go's word for plain HTTP on a TLS port",
      (_q, r) => r.writeHead(400, { 'content-type': 'text/plain' }).end('Client sent an HTTP request to an HTTPS server.\n'),
      { kind: 'tlsRequired' },
    ],
    [
      "nginx's word for it",
      (_q, r) => r.writeHead(400, { 'content-type': 'text/html' }).end('<center>The plain HTTP request was sent to HTTPS port</center>'),
      { kind: 'tlsRequired' },
    ],
  ])('%s', async (_name, listener, expected) => {
    expect(await errorOf(listener)).toEqual(expected)
  })

  it('401 with credentials is told apart from 401 without', async () => {
    expect(await errorOf(json({}, 401), { authorization: 'Basic eA==' })).toEqual({ kind: 'unauthorized', credentialsGiven: true })
  })
  it('an answer of 100 MB is given up at the limit', async () => {
    const error = await errorOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(100_000_000) })
      response.write('{"items":[')
    }, {})
    expect(error).toEqual({ kind: 'tooLarge', limitBytes: 16_000_000 })
  })
  it('a figure of another type is unknown, not zero and not the end of the list', async () => {
    const url = await serve(
      json({
        itemCount: 1,
        pageCount: 1,
        items: [{ name: 'a', ready: true, readyTime: 7, bytesReceived: '12', tracks: 'H264', readers: {}, source: { type: 3 } }],
      }),
    )
    const read = await clientOf(url).readPaths(signal)
    expect(read.ok && read.value.items).toEqual([
      {
        name: 'a',
        confName: null,
        available: true,
        slate: false,
        availableAt: null,
        sourceType: 'unknown',
        sourceId: '',
        tracks: [],
        readers: [],
        inboundBytes: null,
        outboundBytes: null,
        framesInError: null,
      },
    ])
  })
})

describe('figures that no server counts', () => {
  const one = (change: string) => json(`{"itemCount":1,"pageCount":1,"items":[{"name":"a","ready":true,"readers":[],${change}}]}`)
  it('are unknown: without end, or below zero', async () => {
    const url = await serve(
      one(
        '"bytesReceived":1e999,"bytesSent":-7,"inboundFramesInError":-1e300,"tracks2":[{"codec":"H264","codecProps":{"width":1e999,"height":720,"level":1e999}}]',
      ),
    )
    const read = await clientOf(url).readPaths(signal)
    expect(read.ok && read.value.items[0]).toMatchObject({ inboundBytes: null, outboundBytes: null, framesInError: null })
    expect(read.ok && read.value.items[0]?.tracks[0]).toMatchObject({ width: null, height: 720, level: null })
  })
  it('are unknown in sessions too', async () => {
    const url = await serve(json('{"pageCount":1,"items":[{"id":"x","state":"publish","path":"a","msRTT":1e999,"bytesReceived":-1,"mbpsReceiveRate":-2}]}'))
    const read = await clientOf(url).readSessions('srtConns', signal)
    expect(read.ok && read.value.items[0]).toMatchObject({ inboundBytes: null, srt: { rttMs: null, rateMbps: null } })
  })
  it('a time that no calendar has is no time', () => {
    for (const text of ['\uffff\uffff\uffff\uffff-01-01T00:00:00Z', '\u0136\u003700-09-13T00:00:00Z']) expect(parseTime(text)).toBe(null)
  })
  it('half a letter in a name is the mark for it, as everywhere else', async () => {
    const read = await clientOf(await serve(json('{"itemCount":1,"pageCount":1,"items":[{"name":"\\ud800x","ready":true,"readers":[]}]}'))).readPaths(signal)
    expect(read.ok && read.value.items[0]?.name).toBe('\ufffdx')
  })
  it('a name longer than any address is cut, and a name that comes twice is one path', async () => {
    const items = ['x', 'x', 'y'].map((last) => ({ name: 'n'.repeat(5_000) + last, ready: true }))
    const client = clientOf(await serve(json({ itemCount: 3, pageCount: 1, items })))
    const read = await client.readPaths(signal)
    expect(read.ok && read.value.items.map(({ name }) => name)).toEqual(['n'.repeat(1_024)])
    expect(client.faults()).toEqual([{ field: 'name', fault: 'tooLong' }])
  })
})

describe('what is sent', () => {
  it('has our name, the credentials, and a prefix of the address', async () => {
    const seen: string[] = []
    const url = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['user-agent']} ${request.headers.authorization}`)
      json({ itemCount: 0, pageCount: 0, items: [] })(request, response)
    })
    await clientOf(`${url}/media/`, { authorization: 'Bearer noc:secret' }).readPaths(signal)
    expect(seen).toEqual(['GET /media/v3/paths/list?itemsPerPage=10000&page=0 mtxdeck/1.2.3 Bearer noc:secret'])
  })
})

describe('pages', () => {
  const paths = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({
      name: `cam${String(from + i).padStart(5, '0')}`,
      ready: true,
      readyTime: null,
      tracks: [],
      readers: [],
      bytesReceived: from + i,
      bytesSent: 0,
    }))

  it('one request where one page is enough', async () => {
    let requests = 0
    const url = await serve((request, response) => {
      requests++
      json({ itemCount: 3, pageCount: 1, items: paths(0, 3) })(request, response)
    })
    const read = await clientOf(url).readPaths(signal)
    expect(read.ok && read.value.items.length).toBe(3)
    expect(requests).toBe(1)
  })
  it('a server with more paths than a page has is whole, and a path that moved between pages comes once', async () => {
    const url = await serve((request, response) => {
      const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page'))
      // Between the pages a path was added in front: the last of page 0 comes again.
      json({ itemCount: 25, pageCount: 3, items: page === 0 ? paths(0, 10) : page === 1 ? paths(9, 10) : paths(19, 5) })(request, response)
    })
    const read = await clientOf(url, {}, { itemsPerPage: 10 }).readPaths(signal)
    if (!read.ok) throw new Error(read.error.kind)
    expect(read.value.items.map((path) => path.inboundBytes)).toEqual(Array.from({ length: 24 }, (_, i) => i))
    expect(read.value.bytes).toBeGreaterThan(1_000)
  })
  it('all of them together are no larger than one answer may be', async () => {
    let requests = 0
    const url = await serve((request, response) => {
      requests++
      json({ itemCount: 1000, pageCount: 100, items: paths(requests * 10, 10) })(request, response)
    })
    const read = await clientOf(url, {}, { itemsPerPage: 10, maxResponseBytes: 4_000 }).readPaths(signal)
    expect(read).toEqual({ ok: false, error: { kind: 'tooLarge', limitBytes: 4_000 } })
    expect(requests).toBeLessThan(6)
  })
  it('a failure on a later page is a failure of the whole: half a list is no list', async () => {
    const url = await serve((request, response) => {
      if (request.url?.endsWith('page=1')) json({ error: 'gone' }, 500)(request, response)
      else json({ itemCount: 25, pageCount: 3, items: paths(0, 10) })(request, response)
    })
    expect(await clientOf(url, {}, { itemsPerPage: 10 }).readPaths(signal)).toEqual({ ok: false, error: { kind: 'httpStatus', status: 500, message: 'gone' } })
  })
})

describe('names of 1.21', () => {
  const serverOf = async (version: string, known: readonly string[]) => {
    const seen: string[] = []
    const url = await serve((request, response) => {
      const path = request.url?.split('?', 1)[0] ?? ''
      seen.push(path)
      if (path === '/v3/info') json({ version, started: '2026-11-20T07:39:04Z' })(request, response)
      else if (known.includes(path)) json({ itemCount: 0, pageCount: 0, items: [] })(request, response)
      else response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found')
    })
    const client = clientOf(url)
    await client.readInfo(signal)
    seen.length = 0
    return { client, seen }
  }
  it('are asked only of a server that says it is 1.21 or newer', async () => {
    for (const version of ['v1.20.1', 'v0.0.0-20260822-abcdef', 'dev']) {
      const { client, seen } = await serverOf(version, ['/v3/rtspsessions/list'])
      expect((await client.readSessions('rtspSessions', signal)).ok).toBe(true)
      expect(seen).toEqual(['/v3/rtspsessions/list'])
    }
  })
  it('are used where they are, and asked first from then on', async () => {
    const { client, seen } = await serverOf('v1.21.0', ['/v3/rtsp/sessions/list'])
    await client.readSessions('rtspSessions', signal)
    await client.readSessions('rtspSessions', signal)
    expect(seen).toEqual(['/v3/rtsp/sessions/list', '/v3/rtsp/sessions/list'])
  })
  it('give way to the old ones where they are not, and are not asked again', async () => {
    const { client, seen } = await serverOf('v1.21.0', ['/v3/rtspsessions/list'])
    await client.readSessions('rtspSessions', signal)
    await client.readSessions('rtspSessions', signal)
    expect(seen).toEqual(['/v3/rtsp/sessions/list', '/v3/rtspsessions/list', '/v3/rtspsessions/list'])
  })
  it('a protocol without any route is not enabled', async () => {
    const { client } = await serverOf('v1.21.0', [])
    expect(await client.readSessions('moqSessions', signal)).toEqual({ ok: false, error: { kind: 'notEnabled' } })
  })
})

it('the version of a home-made build has no line end', async () => {
  const url = await serve(json({ version: 'v1.20.1\n', started: '2026-11-20T07:39:04Z' }))
  expect(await clientOf(url).readInfo(signal)).toEqual({ ok: true, value: { version: 'v1.20.1', startedAt: Date.UTC(2026, 10, 20, 7, 39, 4) } })
})

describe('readings of the same path', () => {
  it('share their tracks from poll to poll, and from path to path', async () => {
    let width = 1920
    const path = (name: string) => ({
      name,
      ready: true,
      available: true,
      availableTime: '2026-11-20T07:39:06.013720213Z',
      tracks2: [{ codec: 'H264', codecProps: { width, height: 1080, profile: 'Main', level: '4' } }],
      readers: [],
    })
    const url = await serve((request, response) => json({ itemCount: 2, pageCount: 1, items: [path('a'), path('b')] })(request, response))
    const client = clientOf(url)
    const read = async () => {
      const answer = await client.readPaths(signal)
      return answer.ok ? answer.value.items.map((item) => item.tracks) : []
    }
    const [first, second] = [await read(), await read()]
    expect(first[0]).toBe(first[1])
    expect(second[0]).toBe(first[0])
    expect(Object.isFrozen(first[0])).toBe(true)
    width = 1280
    const third = await read()
    expect(third[0]).not.toBe(first[0])
    expect(third[0]?.[0]).toMatchObject({ width: 1280 })
  })
  it('are right when paths come, go and start anew', async () => {
    let items = [
      ['b', '2026-11-20T07:00:00Z'],
      ['d', '2026-11-20T07:00:00Z'],
    ]
    const url = await serve((request, response) =>
      json({
        itemCount: 9,
        pageCount: 1,
        items: items.map(([name, time]) => ({
          name,
          confName: `conf-${name}`,
          ready: time !== '',
          readyTime: time || null,
          tracks: time ? [`codec-${name}`] : [],
          readers: [],
        })),
      })(request, response),
    )
    const client = clientOf(url)
    const read = async () => {
      const answer = await client.readPaths(signal)
      return answer.ok
        ? answer.value.items.map((item) => [
            item.name,
            item.confName,
            item.availableAt === null ? null : new Date(item.availableAt).getUTCHours(),
            item.tracks[0]?.codec,
          ])
        : []
    }
    await read()
    items = [
      ['a', '2026-11-20T05:00:00Z'],
      ['b', ''],
      ['c', '2026-11-20T06:00:00Z'],
      ['d', '2026-11-20T09:00:00Z'],
      ['e', '2026-11-20T10:00:00Z'],
    ]
    expect(await read()).toEqual([
      ['a', 'conf-a', 5, 'codec-a'],
      ['b', 'conf-b', null, undefined],
      ['c', 'conf-c', 6, 'codec-c'],
      ['d', 'conf-d', 9, 'codec-d'],
      ['e', 'conf-e', 10, 'codec-e'],
    ])
    items = [
      ['B', '2026-11-20T07:00:00Z'],
      ['b', '2026-11-20T07:00:00Z'],
      ['e', '2026-11-20T11:00:00Z'],
    ]
    expect(await read()).toEqual([
      ['B', 'conf-B', 7, 'codec-B'],
      ['b', 'conf-b', 7, 'codec-b'],
      ['e', 'conf-e', 11, 'codec-e'],
    ])
  })
})

describe('times', () => {
  it.each<[unknown, number | null]>([
    ['2026-11-20T07:48:02.606356423Z', Date.UTC(2026, 10, 20, 7, 48, 2, 606)],
    ['2026-11-20T07:48:02Z', Date.UTC(2026, 10, 20, 7, 48, 2)],
    ['2026-11-20T07:48:02.6Z', Date.UTC(2026, 10, 20, 7, 48, 2, 600)],
    ['2026-11-20T09:48:02.999999999+02:00', Date.UTC(2026, 10, 20, 7, 48, 2, 999)],
    ['2026-11-20T02:18:02.5-05:30', Date.UTC(2026, 10, 20, 7, 48, 2, 500)],
    ['0001-01-01T00:00:00Z', null],
    ['', null],
    ['yesterday, about noon', null],
    [null, null],
    [1_700_000_000, null],
  ])('%s', (text, expected) => expect(parseTime(text)).toBe(expected))
})
