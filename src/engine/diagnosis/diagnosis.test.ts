import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createWebServer, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../../tests/fakes/certificate.ts'
import { startRtspServer } from '../../../tests/fakes/rtspServer.ts'
import { createSystemClock } from '../../clock/clock.ts'
import { createTestClock } from '../../clock/testClock.ts'
import type { DiagnosisFinding, DiagnosisStep } from '../../shared/diagnosis.ts'
import { checkPort, inductionRequest, isInductionAnswer, requestInduction, resolveName } from './connections.ts'
import { answers, createStepRun, type Endpoint, type EndpointAddress, endpointAddressOf, endpointsOf } from './endpoints.ts'
import { type Examination, examineServer, examineStream, isNobodyAllowed, type StreamKnown } from './examine.ts'
import { askRtspOptions, authorizationFor, describeStream, mediaOf, rtspReplyIn } from './rtsp.ts'
import { askWhep, longestSegmentIn, readPlaylist } from './webSteps.ts'

const clock = createSystemClock()
const { signal } = new AbortController()
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})
interface Listening {
  readonly listen: (port: number, host: string) => unknown
  readonly once: (name: 'listening', run: () => void) => unknown
  readonly address: () => AddressInfo | string | null
  readonly close: () => unknown
}
async function listen<Server extends Listening>(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.once('listening', resolve)
    server.listen(0, '127.0.0.1')
  })
  cleanups.push(() => {
    if ('closeAllConnections' in server) (server.closeAllConnections as () => void)()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  return port
}
const at = (scheme: string, port: number): EndpointAddress => endpointAddressOf(`${scheme}://127.0.0.1:${port}`) as EndpointAddress
const web = { clock, userAgent: 'mtxdeck/0', tag: 'ours', url: 'http://127.0.0.1:1', authorization: 'Basic bm9jOndhdGNoLW1l', fingerprint: null }
const refusedPort = { outcome: 'failed', found: { kind: 'failed', error: { kind: 'unreachable', reason: 'refused' } } }

describe('where the doors of a server are', () => {
  const server = { url: 'http://mtx.example:9997', addressesGiven: {}, cautions: [] }
  const texts = (endpoints: readonly Endpoint[]) => Object.fromEntries(endpoints.map(({ endpoint, at: where }) => [endpoint, where?.url ?? null]))
  it('comes from its configuration, with its own host', () => {
    const global = {
      ...{ rtsp: true, rtspEncryption: 'optional', rtspAddress: ':8554', rtspsAddress: ':8322', rtmp: false, rtmpAddress: ':1935' },
      ...{ hls: true, hlsEncryption: true, hlsAddress: '127.0.0.1:8888', webrtc: true, webrtcAddress: ':8889', srt: true, srtAddress: ':8890' },
      ...{ playback: false, playbackAddress: ':9996', metrics: true, metricsAddress: ':9998' },
    }
    const endpoints = endpointsOf(server, global)
    expect(texts(endpoints)).toEqual({
      api: 'http://mtx.example:9997',
      rtsp: 'rtsp://mtx.example:8554',
      rtsps: 'rtsps://mtx.example:8322',
      rtmp: null,
      hls: 'https://mtx.example:8888',
      webrtc: 'http://mtx.example:8889',
      srt: 'srt://mtx.example:8890',
      metrics: 'http://mtx.example:9998',
    })
    expect(endpoints.find(({ endpoint }) => endpoint === 'hls')?.bound).toBe('127.0.0.1:8888')
    // From its own machine that explains nothing: a port that refuses there is closed.
    for (const url of ['http://127.0.0.1:9997', 'http://localhost:9997', 'http://[::1]:9997'])
      expect(endpointsOf({ ...server, url }, global).find(({ endpoint }) => endpoint === 'hls')).toMatchObject({ at: { port: 8888 }, bound: null })
    expect(endpoints.every(({ isAssumed }) => !isAssumed)).toBe(true)
  })
  it('is entered, or usual where nothing is known', () => {
    const endpoints = endpointsOf({ ...server, addressesGiven: { hls: 'https://cdn.example/live/' } }, {})
    expect(endpoints.find(({ endpoint }) => endpoint === 'hls')).toMatchObject({
      isAssumed: false,
      at: { host: 'cdn.example', port: 443, url: 'https://cdn.example:443/live' },
    })
    expect(endpoints.find(({ endpoint }) => endpoint === 'rtsp')).toMatchObject({ isAssumed: true, at: { port: 8554 } })
    expect(endpoints.some(({ endpoint }) => endpoint === 'metrics' || endpoint === 'rtmps')).toBe(false)
  })
  it.each(['', 'cam', 'ftp://host', 'rtsp://'])('is nowhere in %j', (text) => {
    expect(endpointAddressOf(text)).toBeNull()
  })
  it('may be an address of IPv6', () => {
    expect(endpointAddressOf('rtsp://[fd00::5]:8554')).toMatchObject({ host: 'fd00::5', port: 8554 })
  })
})

describe('a name and a port', () => {
  it('is resolved as this machine does', async () => {
    expect(await resolveName('localhost', signal)).toMatchObject({
      outcome: 'ok',
      found: { kind: 'resolved', addresses: expect.arrayContaining(['127.0.0.1']) },
    })
    expect(await resolveName('no.such.name.invalid', signal)).toMatchObject({ outcome: 'failed', found: { error: { reason: 'nameNotFound' } } })
  })
  it('is open, or refuses', async () => {
    expect(await checkPort(at('http', await listen(createServer((socket) => socket.on('error', () => {})))), signal)).toEqual(answers)
    expect(await checkPort(at('http', await closedPort()), signal)).toMatchObject(refusedPort)
  })
})

describe('the handshake of SRT', () => {
  /** Answers each request with what `answer` makes of it. */
  async function listener(answer: (request: Buffer, count: number) => Buffer | null) {
    const socket = createSocket('udp4')
    let count = 0
    socket.on('message', (request, { port, address }) => {
      const reply = answer(request, ++count)
      if (reply !== null) socket.send(reply, port, address)
    })
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    cleanups.push(() => void socket.close())
    return { address: at('srt', socket.address().port), asked: () => count }
  }
  /** As a listener of version 5 answers: with a cookie, to the id of the caller's socket. */
  function cookie(request: Buffer): Buffer {
    const reply = Buffer.from(request)
    reply.writeUInt32BE(request.readUInt32BE(40), 12)
    reply.writeUInt32BE(5, 16)
    reply.writeUInt16BE(0x4a17, 22)
    reply.writeUInt32BE(0xc00c1e, 44)
    return reply
  }
  it('is asked for with an induction of version 4', () => {
    const request = inductionRequest(77)
    expect([request.length, request.readUInt32BE(0), request.readUInt32BE(16), request.readUInt32BE(36), request.readUInt32BE(40)]).toEqual([
      64, 0x80000000, 4, 1, 77,
    ])
    expect(isInductionAnswer(cookie(request), 77)).toBe(true)
    expect(isInductionAnswer(cookie(request), 78)).toBe(false)
    expect(isInductionAnswer(request.subarray(0, 40), 77)).toBe(false)
  })
  it('is answered, also where the first datagram is lost', async () => {
    const test = createTestClock()
    const { address, asked } = await listener((request, count) => (count === 1 ? null : cookie(request)))
    const shaken = requestInduction(address, test, signal)
    await expect.poll(asked).toBe(1)
    await test.advance(1_000)
    expect(await shaken).toEqual(answers)
    expect(test.pending()).toBe(0)
  })
  it('is not answered where nothing speaks SRT, or nothing is', async () => {
    const test = createTestClock()
    const run = createStepRun(test, signal, () => {})
    const attempt = (address: EndpointAddress) => run.attempt({ step: 'srtHandshake' }, 5_000, (limited) => requestInduction(address, test, limited))
    const silent = await listener(() => null)
    const first = attempt(silent.address)
    await expect.poll(silent.asked).toBe(1)
    await test.advance(5_000)
    expect(await first).toMatchObject({ outcome: 'failed', found: { kind: 'failed', error: { reason: 'connectTimeout' } } })
    const strange = await listener(() => Buffer.from('who are you?'))
    const second = attempt(strange.address)
    await expect.poll(strange.asked).toBe(1)
    await test.advance(5_000)
    expect(await second).toMatchObject({ outcome: 'failed', found: { kind: 'otherProgram' } })
    expect(await attempt(at('srt', await closedPort()))).toMatchObject(refusedPort)
    expect(test.pending()).toBe(0)
  })
})

describe('RTSP', () => {
  it.each([
    ['Basic', false],
    ['Digest', true],
  ])('is read with a password by %s, which goes to nobody who has not asked for it', async (_, digest) => {
    await using server = await startRtspServer({ clip: null, credentials: 'noc:wa:tch me', digest })
    const source = new URL(`${server.url.replace(/\/$/, '')}/cam?mtxdeck=ours`)
    source.username = 'noc'
    source.password = 'wa%3Atch%20me'
    expect(await describeStream(web, source.href, signal)).toMatchObject({
      outcome: 'ok',
      found: { kind: 'described', media: [expect.stringContaining('video')] },
    })
    expect(server.asked().map(({ authorization }) => authorization?.split(' ')[0] ?? null)).toEqual([null, digest ? 'Digest' : 'Basic'])
    source.password = 'wrong'
    expect(await describeStream(web, source.href, signal)).toMatchObject({ outcome: 'failed', found: { kind: 'refused', status: 401, credentials: true } })
    source.username = ''
    source.password = ''
    expect(await describeStream(web, source.href, signal)).toMatchObject({ outcome: 'failed', found: { status: 401, credentials: false } })
  })
  it('answers a challenge by SHA-256 and by MD5, and Basic only where there is nothing better', () => {
    const challenge = 'Digest realm="mediamtx", nonce="7ypf", algorithm="SHA-256"'
    const question = { method: 'DESCRIBE', url: 'rtsp://h/cam' } as const
    const user = { user: 'Mufasa', password: 'Circle of Life' }
    expect(authorizationFor(['Basic realm="x"', challenge], user, question)).toMatch(
      /^Digest username="Mufasa", realm="mediamtx", nonce="7ypf", uri="rtsp:\/\/h\/cam", response="[0-9a-f]{64}", algorithm=SHA-256$/,
    )
    // RFC 2069: the MD5 of MD5("u:r:p"), the nonce and MD5("DESCRIBE:rtsp://h/cam").
    expect(authorizationFor(['Digest realm="r", nonce="n"'], { user: 'u', password: 'p' }, question)).toContain('response="446ddf08d4981a1c3f755d84382814b2"')
    expect(authorizationFor(['Basic realm="x"'], user, question)).toBe('Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl')
    expect(authorizationFor(['Negotiate'], user, question)).toBeNull()
  })
  it('is not what another program says, however long or broken', async () => {
    for (const greeting of [
      'SSH-2.0-x\r\n',
      'RTSP/1.0 two\r\n\r\n',
      `RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n`,
      'RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nab',
    ])
      expect(
        await askRtspOptions(
          web,
          at(
            'rtsp',
            await listen(
              createServer((socket) =>
                socket
                  .on('error', () => {})
                  .resume()
                  .end(greeting),
              ),
            ),
          ),
          signal,
        ),
      ).toEqual({
        outcome: 'failed',
        found: { kind: 'otherProgram' },
      })
  })
  it('is read whole however it is cut in pieces', () => {
    const bytes = Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 3\r\n\r\nabcRTSP')
    for (let end = 0; end < bytes.length - 4; end++) expect(rtspReplyIn(bytes.subarray(0, end))).toBeNull()
    expect(rtspReplyIn(bytes)).toMatchObject({ status: 200, reason: 'OK', body: 'abc' })
  })
  it('names what an SDP describes', () => {
    expect(
      mediaOf('v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 97\r\na=rtpmap:97 opus/48000/2\r\nm=application 0 x\r\n'),
    ).toEqual(['video H264', 'audio opus', 'application'])
  })
})

describe('that nobody may publish', () => {
  const user = (name: string, action: string, path = '', ips: readonly string[] = []) => ({ user: name, ips, permissions: [{ action, path }] })
  const by = (global: Readonly<Record<string, unknown>>, readAt: number | null = 1) =>
    isNobodyAllowed({ readAt, error: null, global, pathDefaults: {}, paths: [] }, 'exam_1')
  it.each([
    ['where everybody may', [user('any', 'publish')], false],
    ['where everybody from some addresses may', [user('any', 'publish', '', ['10.0.0.0/8'])], false],
    ['where a user of this path may', [user('any', 'read'), user('***', 'publish', 'exam_1')], false],
    ['where a user of paths like this may', [user('***', 'publish', '~^exam_')], false],
    ['by an expression that nobody here understands', [user('***', 'publish', '~(?<!x)y')], false],
    ['where none is for this path', [user('any', 'publish', 'other'), user('***', 'publish', '~^cam'), user('***', 'read')], true],
    ['where there is no user', [], true],
  ])('is said or not %s', (_, authInternalUsers, isNobody) => {
    expect(by({ authMethod: 'internal', authInternalUsers })).toBe(isNobody)
  })
  it('is not said where it is decided elsewhere, or not known', () => {
    expect(by({ authMethod: 'http', authInternalUsers: [] })).toBe(false)
    expect(by({ authMethod: 'jwt' })).toBe(false)
    expect(by({})).toBe(false)
    expect(by({ authInternalUsers: [] }, null)).toBe(false)
    expect(isNobodyAllowed(null, 'exam_1')).toBe(false)
  })
})

describe('what HLS and WebRTC say', () => {
  it('is how long segments are', () => {
    expect(longestSegmentIn('#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9.96,\na.ts\n#EXTINF:4,\nb.ts\n')).toBe(10)
    expect(longestSegmentIn('#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PART-INF:PART-TARGET=0.2\n')).toBe(2)
    expect(longestSegmentIn('#EXTM3U\n')).toBeNull()
    expect(longestSegmentIn('<html>')).toBeUndefined()
  })
  it('is read through redirects and lists of variants, with the cookies that were given, and marked as ours', async () => {
    const asked: string[] = []
    const port = await listen(
      createWebServer((request, response) => {
        asked.push(`${request.url} ${request.headers.cookie ?? ''}`.trim())
        const url = new URL(request.url ?? '', 'http://h')
        if (url.pathname === '/cam/main.m3u8') response.end('#EXTM3U\n#EXT-X-PART-INF:PART-TARGET=0.2\n#EXTINF:1.5,\na.mp4\n')
        else if (url.searchParams.get('cookieCheck') !== '1')
          response.writeHead(302, { location: `${url.pathname}${url.search}&cookieCheck=1`, 'set-cookie': 'cookieCheck=1; Secure' }).end()
        else response.end('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nmain.m3u8?session=abc\n')
      }),
    )
    expect(await readPlaylist(web, at('http', port), 'cam', signal)).toEqual({
      outcome: 'ok',
      found: { kind: 'playlist', longestSegmentSeconds: 1.5 },
    })
    expect(asked).toEqual([
      '/cam/index.m3u8?mtxdeck=ours',
      '/cam/index.m3u8?mtxdeck=ours&cookieCheck=1 cookieCheck=1',
      '/cam/main.m3u8?session=abc cookieCheck=1',
    ])
  })
  it('never leads elsewhere, with or without credentials', async () => {
    let strayed = 0
    const elsewhere = await listen(createWebServer((_, response) => response.end(String(++strayed))))
    const port = await listen(createWebServer((_, response) => response.writeHead(302, { location: `http://127.0.0.1:${elsewhere}/x.m3u8` }).end()))
    expect(await readPlaylist(web, at('http', port), 'cam', signal)).toMatchObject({ outcome: 'failed', found: { error: { kind: 'redirected' } } })
    expect(strayed).toBe(0)
  })
  it('refuses a player, or fails', async () => {
    const answering = (status: number, body = '') =>
      listen(createWebServer((_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body)))
    expect(await askWhep(web, at('http', await answering(401)), 'cam', signal)).toEqual({
      outcome: 'failed',
      found: { kind: 'refused', status: 401, credentials: true },
    })
    expect(await askWhep(web, at('http', await answering(500, '{"error":"path \'cam\' is not configured"}')), 'cam', signal)).toMatchObject({
      found: { kind: 'pathNotConfigured' },
    })
    expect(await askWhep(web, at('http', await answering(500)), 'cam', signal)).toMatchObject({ found: { error: { kind: 'httpStatus', status: 500 } } })
  })
  it('is asked without the credentials of an encrypted API where it is not encrypted', async () => {
    const seen: (string | undefined)[] = []
    const port = await listen(
      createWebServer((request, response) => {
        seen.push(request.headers.authorization)
        response.writeHead(204).end()
      }),
    )
    const byName = endpointAddressOf(`http://localhost.localdomain:${port}`)
    await askWhep({ ...web, url: 'https://mtx.example:9997' }, { ...(byName as EndpointAddress), url: `http://0.0.0.0:${port}` }, 'cam', signal)
    await askWhep(web, at('http', port), 'cam', signal)
    expect(seen).toEqual([undefined, web.authorization])
  })
})

describe('steps', () => {
  it('end with their own time, and those that did not begin with that of the whole', async () => {
    const test = createTestClock()
    const whole = new AbortController()
    const findings: DiagnosisFinding[] = []
    const run = createStepRun(test, whole.signal, (finding) => findings.push(finding))
    const never = (limited: AbortSignal) => new Promise<never>((_, reject) => limited.addEventListener('abort', () => reject(limited.reason)))
    const slow = run.attempt({ step: 'web' }, 5_000, never)
    await test.advance(5_000)
    expect(await slow).toMatchObject({ outcome: 'failed', ms: 5_000, found: { error: { kind: 'timedOut', limitMs: 5_000 } } })
    whole.abort(new Error('over'))
    expect(await run.attempt({ step: 'whep' }, 5_000, async () => answers)).toMatchObject({
      outcome: 'skipped',
      ms: null,
      found: { kind: 'notTried', because: 'outOfTime' },
    })
    expect(findings.map(({ step }) => step)).toEqual(['web', 'whep'])
  })

  /** Everything about a server whose doors are these. */
  async function examined(url: string, endpoints: readonly Endpoint[], fingerprint: string | null = null) {
    const findings: DiagnosisFinding[] = []
    const run = createStepRun(clock, signal, (finding) => findings.push(finding))
    const examination: Examination = { run, means: { ...web, url, fingerprint }, endpoints }
    return { findings, ...(await examineServer(examination)) }
  }
  const endpointAt = (endpoint: Endpoint['endpoint'], scheme: string, port: number, more: Partial<Endpoint> = {}): Endpoint => ({
    ...{ endpoint, at: at(scheme, port), isAssumed: false, bound: null, ...more },
  })

  it('are left out behind closed ports, and a usual port that is silent is no fault', async () => {
    const closed = await closedPort()
    const { findings, api, open } = await examined(`http://127.0.0.1:${closed}`, [
      endpointAt('api', 'http', closed),
      endpointAt('rtsp', 'rtsp', closed, { isAssumed: true }),
      endpointAt('hls', 'http', closed, { bound: '127.0.0.1:8888' }),
      { ...endpointAt('webrtc', 'http', closed), at: null },
    ])
    expect(api).toBe('silent')
    expect(open.size).toBe(0)
    expect(findings.filter(({ step }) => step === 'port').map(({ endpoint, outcome, found }) => [endpoint, outcome, found.kind])).toEqual(
      expect.arrayContaining([
        ['api', 'failed', 'failed'],
        ['rtsp', 'warning', 'maybeOff'],
        ['hls', 'failed', 'loopbackOnly'],
        ['webrtc', 'skipped', 'switchedOff'],
      ]),
    )
    expect(findings.some(({ step }) => step === 'rtspOptions' || step === 'web')).toBe(false)
  })

  it('send nothing to a server whose certificate is not trusted, and accept the one that is pinned', async () => {
    const { cert, key, fingerprint } = makeCertificate({ commonName: 'mtx.example', names: ['127.0.0.1'] })
    let requests = 0
    const port = await listen(
      createSecureServer({ cert, key }, (_, response) => {
        requests++
        response
          .writeHead(200, { server: 'mediamtx', 'content-type': 'application/json' })
          .end('{"itemCount":0,"pageCount":0,"items":[],"version":"v1.20.1\\n"}')
      }),
    )
    const endpoints = [endpointAt('api', 'https', port)]
    const untrusted = await examined(`https://127.0.0.1:${port}`, endpoints)
    expect(untrusted.findings.find(({ step }) => step === 'certificate')).toMatchObject({
      outcome: 'failed',
      found: { error: { kind: 'certificateUntrusted', fingerprint } },
    })
    expect(requests).toBe(0)
    const pinned = await examined(`https://127.0.0.1:${port}`, endpoints, fingerprint)
    expect(pinned.findings.find(({ step }) => step === 'certificate')).toMatchObject({
      found: { kind: 'certificate', issuer: 'mtx.example' },
    })
    expect(pinned.api).toBe('answers')
    expect(pinned.findings.find(({ step }) => step === 'api')?.found).toEqual({ kind: 'apiAnswers', version: 'v1.20.1' })
  })

  /** What the door of HLS was asked, and what was found there, of a stream on air. */
  async function readByHls(known: Partial<StreamKnown>, answer: (url: string, response: ServerResponse) => void) {
    const test = createTestClock()
    const asked: string[] = []
    const port = await listen(
      createWebServer((request, response) => {
        asked.push(request.url ?? '')
        answer(request.url ?? '', response)
      }),
    )
    const findings: DiagnosisFinding[] = []
    const run = createStepRun(test, signal, (finding) => findings.push(finding))
    const examination: Examination = { run, means: { ...web, clock: test }, endpoints: [] }
    const stream = { state: 'live', why: null, onDemand: false, pulled: null } as const
    const done = examineStream(
      examination,
      { open: new Map([['hls', at('http', port)]]), api: 'answers' },
      {
        ...{ path: 'cam', stream, rtsp: null, configuration: null, wakesOnDemand: false, lastPublisher: async () => null },
        ...{ uncarried: () => null, keyFramesApart: null, ...known },
      },
    )
    return { test, asked, done, found: (step: DiagnosisStep) => findings.find((one) => one.step === step) }
  }

  it('find no connection to a publisher that hung up, though its session lasts', async () => {
    const stream = { state: 'stalled', onDemand: false, pulled: null } as const
    const page = (_: string, response: ServerResponse) => void response.end('<html>')
    for (const [why, state] of [
      [{ kind: 'hungUp' }, 'gone'],
      [{ kind: 'noData' }, 'stalled'],
    ] as const) {
      const { done, found } = await readByHls({ stream: { ...stream, why }, uncarried: () => ['M-JPEG'] }, page)
      await done
      expect(found('stream')?.found).toMatchObject({ kind: 'streamIs', state })
    }
  })

  it('do not ask HLS for a stream of which it carries nothing, nor wait for key frames that are known to be rare', async () => {
    const page = (_: string, response: ServerResponse) => void response.end('<html>')
    const jpeg = await readByHls({ uncarried: () => ['M-JPEG'] }, page)
    await jpeg.done
    expect(jpeg.found('hlsPlaylist')).toMatchObject({ outcome: 'skipped', found: { kind: 'notCarried', codecs: ['M-JPEG'] } })
    const rare = await readByHls({ keyFramesApart: 20 }, page)
    await rare.done
    expect(rare.found('hlsPlaylist')).toMatchObject({ outcome: 'warning', found: { kind: 'noSegment', seconds: 20 } })
    expect([jpeg.asked, rare.asked]).toEqual([['/cam/'], ['/cam/']])
  })

  it('do not take a muxer that waits for a key frame for an overloaded server', async () => {
    let ask = () => {}
    const isAsked = new Promise<void>((resolve) => {
      ask = resolve
    })
    const { test, done, found } = await readByHls({ keyFramesApart: 12 }, (url, response) => (url.includes('.m3u8') ? ask() : void response.end('<html>')))
    await isAsked
    await test.advance(14_000)
    await done
    expect(found('hlsPlaylist')).toMatchObject({ outcome: 'warning', found: { kind: 'noSegment', seconds: 12 } })
  })

  it('say that TLS is not spoken where it should be', async () => {
    const port = await listen(
      createServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .end('hello\r\n'),
      ),
    )
    const { findings } = await examined(`https://127.0.0.1:${port}`, [endpointAt('api', 'https', port)])
    expect(findings.find(({ step }) => step === 'certificate')).toMatchObject({ outcome: 'failed', found: { error: { kind: 'notTls' } } })
  })
})
