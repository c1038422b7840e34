import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { makeCertificate } from '../../../tests/fakes/certificate.ts'
import { answerSdp, startWhepServer, type WhepServer, type WhepServerOptions } from '../../../tests/fakes/whepServer.ts'
import { createSystemClock } from '../../clock/clock.ts'
import { createTestClock } from '../../clock/testClock.ts'
import type { Language } from '../../i18n/languages.ts'
import type { NewEvent } from '../../shared/events.ts'
import { type Caller, type Operator, soleOperator } from '../../shared/permissions.ts'
import { pictureReasonSchema } from '../../shared/previews.ts'
import type { Stream } from '../../shared/streams.ts'
import { streamSubject } from '../../shared/subjectNames.ts'
import { type DefaultStreams, mostSdpBytes } from '../../shared/webrtc.ts'
import { streamOf } from './streams.fixture.ts'
import { createWebrtcEndpoint, createWebrtcHealth, type ReadWebrtcHealth, type WebrtcAccess } from './webrtcEndpoint.ts'
import { createRelayedSessions, createRelayGrants, createWebrtcRelay, mostRelayedSessions, type RelayGrant, type WebrtcRelay } from './webrtcRelay.ts'

const password = 'Basic bm9jOndhdGNoLW1l'
const offer = 'v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n'
const sdp = 'application/sdp'
const trickle = 'application/trickle-ice-sdpfrag'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Bench {
  readonly relay: WebrtcRelay
  readonly health: ReadWebrtcHealth
  readonly server: WhepServer
  readonly ask: (path: string, init?: RequestInit, language?: Language) => Promise<Response>
  readonly offer: (use: 'whep' | 'whip', query: string, init?: RequestInit) => Promise<Response>
  readonly access: { current: WebrtcAccess | null }
  readonly stream: { current: Stream | null }
  readonly events: NewEvent[]
  /** Who operators are now, by id. */
  readonly people: Map<string, Operator>
  /** What ends what each of them began. */
  /** When the tokens by which they sign in were replaced. */
  readonly replaced: Map<string, number>
  readonly begun: Map<(now: Operator | null) => void, Caller>
  readonly servers: { id: string; name: string }[]
}

async function start(
  options: WhepServerOptions = {},
  access: Partial<WebrtcAccess> = {},
  clock = createSystemClock() as ReturnType<typeof createSystemClock>,
  defaultStreams: DefaultStreams | null = null,
): Promise<Bench> {
  const server = await startWhepServer(options)
  const stop = new AbortController()
  cleanups.push(async () => {
    stop.abort()
    await server[Symbol.asyncDispose]()
  })
  const current: Bench['access'] = {
    current: { serverId: 's1', url: 'http://127.0.0.1:9997', authorization: password, fingerprint: null, webrtc: server.url, ...access },
  }
  const stream: Bench['stream'] = { current: streamOf('cam1') }
  const events: NewEvent[] = []
  const servers = [{ id: 's1', name: 'berlin' }]
  const endpoint = createWebrtcEndpoint({ clock, version: '0.1.0' })
  const accessOf = (id: string) => (id === 's1' ? current.current : null)
  const relay = createWebrtcRelay({
    clock,
    defaultStreams,
    endpoint,
    grants: createRelayGrants(new Uint8Array(32), clock),
    servers: () => servers,
    accessOf,
    stream: (_id, path) => (stream.current?.path === path ? stream.current : null),
    operatorOf: (id, at) => (at < (replaced.get(id) ?? 0) ? null : (people.get(id) ?? null)),
    running: (caller, review, until) => {
      begun.set(review, caller)
      if (until !== undefined && until < Number.MAX_SAFE_INTEGER) clock.setTimeout(() => review(null), until - clock.now())
      return () => void begun.delete(review)
    },
    record: (recorded) => void events.push(...recorded),
    tag: 'desk7',
    version: '0.1.0',
  })
  const begun: Bench['begun'] = new Map()
  const replaced: Bench['replaced'] = new Map()
  const people: Bench['people'] = new Map([soleOperator, { ...soleOperator, id: 'ann' }].map((one) => [one.id, one]))
  const ask: Bench['ask'] = (path, init, language = 'en') => relay.fetch(new Request(`http://console${path}`, init), soleOperator, language)
  return {
    relay,
    health: createWebrtcHealth({ clock, endpoint, servers: () => servers, accessOf, signal: stop.signal }),
    server,
    ask,
    offer: (use, query, init = {}) =>
      ask(`/api/webrtc/${use}?${query}`, { method: 'POST', body: offer, ...init, headers: { 'content-type': sdp, ...init.headers } }),
    access: current,
    stream,
    events,
    people,
    replaced,
    begun,
    servers,
  }
}
const whyOf = async (response: Response) => ((await response.json()) as { why: { kind: string } }).why
const locationOf = (response: Response) => response.headers.get('location') ?? ''
const methods = ({ requests }: WhepServer) => requests.map(({ method }) => method)

describe('reading by WHEP', () => {
  it('hands over the answer, and an address of its own in place of the server’s', async () => {
    const { server, offer: post } = await start()
    const answered = await post('whep', 'server=berlin&path=cam1')
    expect(answered.status).toBe(201)
    expect(await answered.text()).toBe(answerSdp)
    expect(answered.headers.get('content-type')).toBe(sdp)
    expect(answered.headers.get('etag')).toBe('*')
    expect(locationOf(answered)).toMatch(/^\/api\/webrtc\/sessions\/[\w-]{43}$/)
    const [secret = 'none'] = server.sessions()
    expect(locationOf(answered)).not.toContain(secret)
    expect(server.requests.at(-1)).toMatchObject({ method: 'POST', url: '/cam1/whep?mtxdeck=desk7', body: offer, headers: { 'user-agent': 'mtxdeck/0.1.0' } })
  })
  it('passes more candidates on to its session, and ends it', async () => {
    const { server, ask, offer: post } = await start()
    const at = locationOf(await post('whep', 'path=cam1'))
    const [secret] = server.sessions()
    const fragment = 'a=ice-ufrag:x\r\na=candidate:1 1 udp 1 10.0.0.1 1 typ host\r\n'
    expect((await ask(at, { method: 'PATCH', body: fragment, headers: { 'content-type': trickle, 'if-match': '*' } })).status).toBe(204)
    expect(server.requests.at(-1)).toMatchObject({
      method: 'PATCH',
      url: `/cam1/whep/${secret}`,
      body: fragment,
      headers: { 'if-match': '*', 'content-type': trickle },
    })
    expect((await ask(at, { method: 'DELETE' })).status).toBe(200)
    expect(server.sessions()).toEqual([])
    const again = await ask(at, { method: 'DELETE' })
    expect([again.status, await whyOf(again)]).toEqual([404, { kind: 'sessionGone' }])
  })
  it('passes on what the server answers to candidates', async () => {
    const { server, ask, offer: post } = await start()
    const at = locationOf(await post('whep', 'path=cam1'))
    server.override((_, response) => {
      response.writeHead(200, { 'content-type': trickle, etag: '"frag"' }).end('a=ice-ufrag:y')
      return true
    })
    const answered = await ask(at, { method: 'PATCH', body: 'a=ice-ufrag:x', headers: { 'content-type': trickle } })
    expect([answered.status, answered.headers.get('etag'), await answered.text()]).toEqual([200, '"frag"', 'a=ice-ufrag:y'])
  })
  it('keeps "/" and odd letters of a path, and a prefix of the door', async () => {
    const { server, ask, offer: post, stream } = await start({ paths: ['site/nord tor'], prefix: '/rtc' })
    stream.current = streamOf('site/nord tor')
    const at = locationOf(await post('whep', 'path=site/nord%20tor'))
    expect(server.requests.at(-1)?.url).toBe('/rtc/site/nord%20tor/whep?mtxdeck=desk7')
    expect((await ask(at, { method: 'DELETE' })).status).toBe(200)
    expect(server.sessions()).toEqual([])
  })
  it('says before an offer which ICE servers there are, without opening a session', async () => {
    const links = [
      '<stun:stun.example:3478>; rel="ice-server"',
      '<turn:turn.example:3478>; rel="ice-server"; username="u\\"1"; credential="p\\\\w"; credential-type="password"',
      '<http://evil.example/>; rel="ice-server"',
      '<https://site.example/style.css>; rel="stylesheet"',
      'no link at all',
    ]
    const { server, ask } = await start({ links })
    const answered = await ask('/api/webrtc/whep?path=cam1', { method: 'OPTIONS' })
    expect(answered.status).toBe(204)
    expect(answered.headers.get('link')).toBe(`${links[0]}, ${links[1]}`)
    expect(answered.headers.get('accept-post')).toBe(sdp)
    expect(server.sessions()).toEqual([])
  })
  it('starts no source on demand unless that is asked for', async () => {
    const { server, offer: post, stream } = await start()
    for (const state of ['live', 'waiting'] as const) {
      stream.current = streamOf('cam1', { onDemand: true, state })
      expect((await post('whep', 'path=cam1')).status).toBe(409)
    }
    expect(server.requests).toEqual([])
    expect((await post('whep', 'path=cam1&wake=true')).status).toBe(201)
  })
  it('asks for nothing that nobody publishes', async () => {
    const { server, offer: post, stream } = await start()
    expect((await post('whep', 'path=other')).status).toBe(404)
    stream.current = streamOf('cam1', { state: 'gone' })
    expect((await post('whep', 'path=cam1')).status).toBe(404)
    stream.current = streamOf('cam1', { state: 'unknown' })
    expect((await post('whep', 'path=cam1')).status).toBe(502)
    expect(server.requests).toEqual([])
  })
  it('wants to be told which server, where there are several', async () => {
    const { offer: post, servers } = await start()
    expect((await post('whep', 'path=cam1')).status).toBe(201)
    servers.push({ id: 's2', name: 'paris' })
    expect(await whyOf(await post('whep', 'path=cam1'))).toEqual({ kind: 'streamMissing' })
    expect((await post('whep', 'path=cam1&server=s1')).status).toBe(201)
    expect(await whyOf(await post('whep', 'path=cam1&server=rome'))).toEqual({ kind: 'noSuchServer' })
    expect(await whyOf(await post('whep', 'server=s1'))).toEqual({ kind: 'streamMissing' })
  })
  it('leads to what is defaultStreams where neither server nor stream is named', async () => {
    const { offer: post, server, servers } = await start({}, {}, undefined, { server: 'berlin', whip: 'exam 1', whep: 'cam1' })
    servers.push({ id: 's2', name: 'paris' })
    expect((await post('whep', '')).status).toBe(201)
    expect((await post('whip', '')).status).toBe(201)
    expect([...new Set(server.requests.map(({ url }) => url.split('?')[0]))]).toEqual(['/cam1/whep', '/exam%201/whip'])
  })
})

describe('publishing by WHIP', () => {
  it('is known to the server by the client, not as one of ours, and is an event', async () => {
    const { server, relay, offer: post, events } = await start()
    const answered = await post('whip', 'path=exam_1_student_2_1693875600000', { headers: { 'user-agent': 'Chrome/140' } })
    expect(answered.status).toBe(201)
    expect(server.requests.at(-1)).toMatchObject({ url: '/exam_1_student_2_1693875600000/whip', headers: { 'user-agent': 'Chrome/140' } })
    expect(events).toMatchObject([{ kind: 'publishingRelayed', facts: { by: 'operator' }, subject: streamSubject('s1', 'exam_1_student_2_1693875600000') }])
    // Also not behind what is no letter of a header, which leaves a space that the server drops.
    for (const agent of ['mtxdeck/0.1.0', '\xa0 mtxdeck/0.1.0']) {
      await post('whip', 'path=other', { headers: { 'user-agent': agent } })
      expect(server.requests.at(-1)?.headers['user-agent']).toBe('WHIP client')
    }
    expect(relay.needs(new Request(`http://console${locationOf(answered)}`))).toBe('operate')
  })
  it('needs another permission than reading', async () => {
    const { relay, offer: post } = await start()
    const needs = (path: string) => relay.needs(new Request(`http://console${path}`))
    expect([needs('/api/webrtc/whip?path=a'), needs('/api/webrtc/whep?path=a'), needs(locationOf(await post('whep', 'path=cam1')))]).toEqual([
      'operate',
      'view',
      'view',
    ])
    for (const path of ['/api/webrtc/health', '/api/webrtc/whep/x', '/api/webrtc/sessions/', '/api/webrtc/sessions/a/b', '/api/streams'])
      expect(needs(path), path).toBeNull()
  })
  it('says that the server does not let it, and asks no more for a while', async () => {
    const clock = createTestClock()
    const { server, offer: post } = await start({ authorization: 'Basic b3RoZXI6eA==' }, {}, clock)
    expect(await whyOf(await post('whip', 'path=a'))).toEqual({ kind: 'publishRefused' })
    const asked = server.requests.length
    expect(await whyOf(await post('whip', 'path=a'))).toEqual({ kind: 'publishRefused' })
    expect(server.requests).toHaveLength(asked)
    await clock.advance(61_000)
    await post('whip', 'path=a')
    expect(server.requests.length).toBeGreaterThan(asked)
  })
})

describe('credentials', () => {
  it('are added where the server wants them, and nowhere else', async () => {
    const asking = await start({ authorization: password })
    expect((await asking.offer('whep', 'path=cam1')).status).toBe(201)
    // No offer went without: the server would log each.
    expect(asking.server.requests.map(({ method, headers }) => [method, headers.authorization])).toEqual([
      ['OPTIONS', undefined],
      ['OPTIONS', password],
      ['POST', password],
    ])
    await asking.offer('whep', 'path=cam1')
    expect(methods(asking.server).slice(3)).toEqual(['POST'])
    const open = await start()
    await open.offer('whep', 'path=cam1')
    expect(open.server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
  })
  it('of the client go nowhere', async () => {
    const { server, offer: post } = await start({}, { authorization: null })
    await post('whep', 'path=cam1&token=a&jwt=b', { headers: { authorization: 'Bearer console-token', cookie: 'mtxdeck=session' } })
    const [request] = server.requests
    expect([request?.headers.authorization, request?.headers.cookie, request?.url]).toEqual([undefined, undefined, '/cam1/whep?mtxdeck=desk7'])
  })
  it('do not go in clear where the API is guarded by TLS', async () => {
    const { server, offer: post, access } = await start({ authorization: password }, { url: 'https://10.0.0.5:9997' })
    // On loopback nobody reads along.
    expect((await post('whep', 'path=cam1')).status).toBe(201)
    const elsewhere = new URL(server.url)
    elsewhere.hostname = '127-0-0-1.example'
    access.current = { ...(access.current as WebrtcAccess), serverId: 's1', webrtc: elsewhere.href }
    expect((await whyOf(await post('whep', 'path=cam1'))).kind).toBe('serverError')
    expect(server.requests.every(({ headers }) => headers.authorization === undefined || headers.host?.startsWith('127.0.0.1'))).toBe(true)
  })
  it('go to a pinned certificate only', async () => {
    const certificate = makeCertificate()
    const pinned = await start({ certificate }, { fingerprint: certificate.fingerprint })
    expect((await pinned.offer('whep', 'path=cam1')).status).toBe(201)
    const other = await start({ certificate: makeCertificate() }, { fingerprint: certificate.fingerprint })
    const refused = await other.offer('whep', 'path=cam1')
    expect([refused.status, await whyOf(refused)]).toMatchObject([502, { kind: 'serverError', error: { kind: 'fingerprintChanged' } }])
    expect(other.server.requests).toEqual([])
  })
})

describe('nothing but the session that was negotiated', () => {
  it('no other method, type, length or address', async () => {
    const { server, ask, offer: post } = await start()
    const get = await ask('/api/webrtc/whep?path=cam1')
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'OPTIONS, POST'])
    expect((await post('whep', 'path=cam1', { headers: { 'content-type': 'text/plain' } })).status).toBe(415)
    expect((await post('whep', 'path=cam1', { body: ' ' })).status).toBe(400)
    expect((await post('whep', 'path=cam1', { body: 'v=0\r\n\0' })).status).toBe(400)
    expect((await post('whep', 'path=cam1', { body: `v=0${'x'.repeat(mostSdpBytes)}` })).status).toBe(413)
    expect((await ask(`/api/webrtc/sessions/${'x'.repeat(43)}`, { method: 'DELETE' })).status).toBe(404)
    for (const path of ['..', 'a/../b', '%2e%2e/x', './x', '/', ' '.repeat(1_001)]) {
      const answered = await post('whip', `path=${path}`)
      expect([400, 404], path).toContain(answered.status)
    }
    expect(server.requests).toEqual([])
  })
  it.each([
    ['another host', 'http://169.254.169.254/cam1/whep/9b2e7a40-0000'],
    ['another path', '/cam2/whep/9b2e7a40-0000'],
    ['a path of two slashes', '//evil.example/cam1/whep/9b2e7a40-0000'],
  ])('an address of a session on %s is not asked: only its last part is used', async (_, location) => {
    const { server, ask, offer: post } = await start()
    server.override((request, response) => {
      if (request.method !== 'POST') return false
      response.writeHead(201, { 'content-type': sdp, location }).end(answerSdp)
      return true
    })
    const at = locationOf(await post('whep', 'path=cam1'))
    server.override(null)
    await ask(at, { method: 'DELETE' })
    expect(server.requests.at(-1)).toMatchObject({ method: 'DELETE', url: '/cam1/whep/9b2e7a40-0000' })
  })
  it.each([
    ['no address of a session', { 'content-type': sdp }, answerSdp],
    ['an address that ends in another', { 'content-type': sdp, location: '/cam1/whep/../../../v3/config' }, answerSdp],
    ['a page', { 'content-type': 'text/html', location: '/cam1/whep/9b2e7a40-0000' }, '<script>alert(1)</script>'],
    ['another text', { 'content-type': sdp, location: '/cam1/whep/9b2e7a40-0000' }, '<script>alert(1)</script>'],
    ['a text without end', { 'content-type': sdp, location: '/cam1/whep/9b2e7a40-0000' }, `v=0${'x'.repeat(10 * mostSdpBytes)}`],
  ])('%s is no answer', async (_, headers, body) => {
    const { server, offer: post } = await start()
    server.override((request, response) => {
      if (request.method !== 'POST') return false
      response.writeHead(201, headers).end(body)
      return true
    })
    const answered = await post('whep', 'path=cam1')
    expect(answered.status).toBe(502)
    expect(await answered.text()).not.toContain('alert')
  })
  it.each([['http://127.0.0.1:1/cam1/whep'], ['/cam2/whep'], ['//evil.example/cam1/whep'], ['http://user:pa55@x/whep']])(
    'a redirect to %s is not followed',
    async (location) => {
      const { server, offer: post } = await start()
      server.override((_, response) => {
        response.writeHead(307, { location }).end()
        return true
      })
      const answered = await post('whep', 'path=cam1')
      const text = await answered.text()
      expect([answered.status, JSON.parse(text).why.error.kind]).toEqual([502, 'redirected'])
      expect(text).not.toContain('pa55')
      expect(server.requests).toHaveLength(1)
    },
  )
  it('who holds a token for a path is told no address of the network behind the console', async () => {
    const { server, relay } = await start()
    server.override((_, response) => {
      response.writeHead(307, { location: 'http://10.9.8.7/login' }).end()
      return true
    })
    const asked = (grant?: RelayGrant) =>
      relay.fetch(
        new Request('http://console/api/webrtc/whep?path=cam1', { method: 'POST', body: offer, headers: { 'content-type': sdp } }),
        soleOperator,
        'en',
        grant,
      )
    expect(await (await asked()).text()).toContain('10.9.8.7')
    const refused = await asked({ use: 'whep', serverId: 's1', paths: ['cam1'], until: Number.MAX_SAFE_INTEGER, by: 'ann', byId: 'ann', at: 0 })
    expect(refused.status).toBe(502)
    expect(await refused.text()).not.toMatch(/10\.9\.8\.7|login/)
  })
  it('whoever may no longer see the fleet, or publish, loses his sessions, and the tokens that he handed out', async () => {
    const { server, relay, people, begun, offer: post } = await start()
    const review = (now: Operator | null) => {
      for (const each of [...begun.keys()]) each(now)
    }
    await post('whep', 'path=cam1')
    await post('whip', 'path=cam2')
    expect(server.sessions()).toHaveLength(2)
    review({ ...soleOperator, role: 'user', permission: 'view' })
    await vi.waitFor(() => expect(server.sessions()).toHaveLength(1))
    review(null)
    await vi.waitFor(() => expect(server.sessions()).toHaveLength(0))
    expect(begun.size).toBe(0)
    const grant: RelayGrant = { use: 'whep', serverId: 's1', paths: ['cam1'], until: Number.MAX_SAFE_INTEGER, by: 'ann', byId: 'ann', at: 0 }
    const status = async () => {
      const request = new Request('http://console/api/webrtc/whep?path=cam1', { method: 'POST', body: offer, headers: { 'content-type': sdp } })
      return (await relay.fetch(request, { id: 'ann', name: 'ann' }, 'en', grant)).status
    }
    expect(await status()).toBe(201)
    for (const now of [{ ...soleOperator, id: 'ann', permission: 'view' as const }, null]) {
      if (now === null) people.delete('ann')
      else people.set('ann', now)
      expect(await status()).toBe(401)
      // What was begun with it ends too.
      review(now)
      await vi.waitFor(() => expect(server.sessions()).toHaveLength(0))
    }
  })
  it('a sign-in that ends while its offer is with the server has no session afterwards', async () => {
    const { server, begun, offer: post } = await start({}, { authorization: null })
    server.override(() => {
      for (const review of begun.keys()) review(null)
      return false
    })
    expect((await post('whip', 'path=cam2')).status).toBe(404)
    await vi.waitFor(() => expect(methods(server)).toContain('DELETE'))
    expect([server.sessions(), begun.size]).toEqual([[], 0])
  })
  it('a redirect to a sign-in page is called that', async () => {
    const { server, offer: post } = await start()
    server.override((_, response) => {
      response.writeHead(302, { location: 'https://noc.cloudflareaccess.com/cdn-cgi/access/login/x' }).end()
      return true
    })
    const text = await (await post('whep', 'path=cam1')).text()
    expect(JSON.parse(text).why.error).toEqual({ kind: 'redirected', status: 302, location: 'https://noc.cloudflareaccess.com', isSignIn: true })
  })
  it('a session of a server whose address changed is not asked for at the new one', async () => {
    const { server, ask, offer: post, access } = await start()
    const other = await startWhepServer()
    cleanups.push(() => other[Symbol.asyncDispose]())
    const at = locationOf(await post('whep', 'path=cam1'))
    const asked = server.requests.length
    access.current = { ...(access.current as WebrtcAccess), webrtc: other.url }
    expect(await whyOf(await ask(at, { method: 'DELETE' }))).toEqual({ kind: 'settingsChanged' })
    access.current = null
    expect(await whyOf(await ask(at, { method: 'DELETE' }))).toEqual({ kind: 'settingsChanged' })
    expect([other.requests, server.requests.length]).toEqual([[], asked])
  })
  it('a session is known for as long as it may run, so that it can be ended', async () => {
    const clock = createTestClock()
    const { ask, offer: post } = await start({}, { authorization: null }, clock)
    const at = locationOf(await post('whep', 'path=cam1'))
    await clock.advance(30 * 86_400_000)
    expect((await ask(at, { method: 'DELETE' })).status).toBe(200)
  })
  it('sessions are bounded: the one that was unused for longest is ended', () => {
    const ended: string[] = []
    const sessions = createRelayedSessions(({ secret }) => ended.push(secret))
    const sessionOf = (secret: string) => ({ serverId: 's1', endpoint: null, fingerprint: null, path: 'cam1', use: 'whep', secret }) as const
    const [used = ''] = Array.from({ length: mostRelayedSessions }, (_, index) => sessions.add(sessionOf(String(index)), () => ended.push(`left ${index}`)))
    expect(sessions.get(used)?.secret).toBe('0')
    sessions.add(sessionOf('newest'), () => {})
    expect([ended, sessions.get(used)?.secret]).toEqual([['left 1', '1'], '0'])
  })
  it('no more at once than one server and this console can bear', async () => {
    const { server, offer: post } = await start({}, { authorization: null })
    const held: (() => void)[] = []
    server.override((_, response) => {
      held.push(() => void response.writeHead(404, { 'content-type': 'application/json' }).end('{}'))
      return true
    })
    const asked = Array.from({ length: 9 }, () => post('whep', 'path=cam1'))
    const [refused] = await Promise.all([asked[8]])
    expect([refused?.status, refused && (await whyOf(refused))]).toEqual([503, { kind: 'tooManyAtOnce' }])
    await expect.poll(() => held.length).toBe(8)
    for (const answer of held) answer()
    for (const answered of await Promise.all(asked.slice(0, 8))) expect(answered.status).toBe(404)
    server.override(null)
    expect((await post('whep', 'path=cam1')).status).toBe(201)
  })
})

describe('a failure', () => {
  it.each<[string, number, Record<string, string>, string, number, object]>([
    ['nobody publishes', 404, { 'content-type': 'application/json' }, '{"error":"no stream is available"}', 404, { kind: 'notFound' }],
    ['another door', 404, { 'content-type': 'text/plain' }, '404 page not found', 502, { kind: 'notWebrtc' }],
    ['no media', 501, { 'content-type': 'application/json' }, '{}', 502, { kind: 'webrtcNotServed' }],
    [
      'an offer that the server does not take',
      400,
      { 'content-type': 'application/json' },
      '{"error":"no codecs; token=abc"}',
      400,
      { kind: 'serverError', error: { kind: 'httpStatus', status: 400 } },
    ],
    [
      'a server in trouble',
      500,
      { 'content-type': 'application/json' },
      '{"error":"terminated"}',
      502,
      { kind: 'serverError', error: { kind: 'httpStatus', message: 'terminated' } },
    ],
    [
      'TLS that is wanted',
      400,
      { 'content-type': 'text/plain' },
      'Client sent an HTTP request to an HTTPS server.',
      400,
      { kind: 'serverError', error: { kind: 'tlsRequired' } },
    ],
  ])('has its kind: %s', async (_, status, headers, body, answeredStatus, why) => {
    const { server, offer: post } = await start({}, { authorization: null })
    server.override((_request, response) => {
      response.writeHead(status, headers).end(body)
      return true
    })
    const answered = await post('whep', 'path=cam1')
    const text = await answered.text()
    expect(answered.status).toBe(answeredStatus)
    expect(JSON.parse(text).why).toMatchObject(why)
    expect(text).not.toContain('abc')
  })
  it('has its kind: switched off, no address, nobody there, in the language of who asks', async () => {
    const { offer: post, ask, access, server } = await start({}, { webrtc: null })
    expect(await whyOf(await post('whep', 'path=cam1'))).toEqual({ kind: 'webrtcOff' })
    for (const webrtc of ['10.0.0.5:8889', 'nonsense', 'file:///etc/passwd', 'http://']) {
      access.current = { ...(access.current as WebrtcAccess), webrtc }
      expect(await whyOf(await post('whep', 'path=cam1')), webrtc).toEqual({ kind: 'badAddress', of: 'webrtc', address: webrtc })
    }
    access.current = { ...(access.current as WebrtcAccess), webrtc: 'http://127.0.0.1:1' }
    expect(await whyOf(await post('whep', 'path=cam1'))).toMatchObject({ kind: 'serverError', error: { kind: 'unreachable', reason: 'refused' } })
    const german = await ask('/api/webrtc/whep', { method: 'POST' }, 'de')
    expect(((await german.json()) as { error: string }).error).toBe(
      'Nennen Sie mit path= den gemeinten Stream und, wo mehrere Server beobachtet werden, mit server= den Server (Name oder Kennung).',
    )
    expect(server.requests).toEqual([])
  })
  it('of a server that says nothing comes in time', async () => {
    const clock = createTestClock()
    const { server, offer: post } = await start({}, { authorization: null }, clock)
    server.override(() => true)
    const asked = post('whep', 'path=cam1')
    await expect.poll(() => server.requests.length).toBe(1)
    await clock.advance(25_000)
    expect((await asked).status).toBe(504)
    expect(clock.pending()).toBe(0)
  })
})

describe('health', () => {
  it('says whether each door answers, without a session, a credential or a path that exists', async () => {
    const { server, health, servers } = await start({ authorization: password })
    servers.push({ id: 's2', name: 'paris' })
    expect(await health(undefined)).toMatchObject({
      servers: [
        { serverId: 's1', server: 'berlin', address: server.url, state: 'answers', answerMs: expect.any(Number), why: null },
        { serverId: 's2', server: 'paris', address: null, state: 'off', answerMs: null },
      ],
    })
    expect(server.requests.map(({ method, headers }) => [method, headers.authorization])).toEqual([['OPTIONS', undefined]])
    expect(await health('rome')).toBeNull()
  })
  it('asks a server once in five seconds, and at once after its address changed', async () => {
    const clock = createTestClock()
    const { server, health, access } = await start({}, {}, clock)
    await Promise.all([health('berlin'), health('s1'), health(undefined)])
    expect(server.requests).toHaveLength(1)
    await clock.advance(5_000)
    await health('berlin')
    expect(server.requests).toHaveLength(2)
    access.current = { ...(access.current as WebrtcAccess), webrtc: null }
    expect((await health('berlin'))?.servers[0]?.state).toBe('off')
  })
  it.each<[string, number, Record<string, string>, string]>([
    ['a path that nobody configured', 500, { server: 'mediamtx' }, 'answers'],
    ['a proxy that hides the name', 204, {}, 'answers'],
    ['another program', 200, { server: 'nginx', 'content-type': 'text/html' }, 'failing'],
    ['another door of MediaMTX', 404, { server: 'mediamtx', 'content-type': 'text/plain' }, 'failing'],
    ['a server without media for it', 501, { server: 'mediamtx' }, 'failing'],
    ['a proxy in front of nothing', 502, { server: 'nginx' }, 'failing'],
  ])('of %s', async (_, status, headers, state) => {
    const { server, health } = await start()
    server.override((_request, response) => {
      response.removeHeader('server')
      response.writeHead(status, headers).end()
      return true
    })
    expect((await health('s1'))?.servers[0]?.state).toBe(state)
  })
})

describe('whatever comes', () => {
  const anyHeaders = fc.dictionary(
    fc.constantFrom('content-type', 'location', 'etag', 'link', 'server', 'www-authenticate', 'set-cookie', 'x-more'),
    fc.oneof(
      fc.stringMatching(/^[ -~]{0,80}$/),
      fc.constantFrom(sdp, 'text/html', 'application/json', '/cam1/whep/9b2e7a40-0000', '<turn:a>; rel="ice-server"', '*', '"e"'),
    ),
  )
  const anyReply = fc.record({
    status: fc.integer({ min: 200, max: 599 }),
    headers: anyHeaders,
    body: fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constant(answerSdp), fc.constant('{"error":"x"}')),
  })

  it('from a server: an answer is a session or a reason, and carries nothing else of it', async () => {
    const { server, offer: post, ask } = await start({}, { authorization: null })
    await fc.assert(
      fc.asyncProperty(anyReply, async (reply) => {
        server.override((_, response) => {
          response.removeHeader('server')
          response.writeHead(reply.status, reply.headers).end(reply.status === 204 || reply.status === 304 ? undefined : reply.body)
          return true
        })
        const answered = await post('whep', 'path=cam1')
        const headers = [...answered.headers.keys()]
        const known = ['accept-patch', 'cache-control', 'content-type', 'etag', 'link', 'location', 'x-content-type-options']
        expect(headers.filter((name) => !known.includes(name))).toEqual([])
        if (answered.status === 201) {
          expect(locationOf(answered)).toMatch(/^\/api\/webrtc\/sessions\/[\w-]{43}$/)
          expect(answered.headers.get('content-type')).toBe(sdp)
          expect((await answered.text()).startsWith('v=0')).toBe(true)
          const patched = await ask(locationOf(answered), { method: 'PATCH', body: 'a=x', headers: { 'content-type': trickle } })
          expect([null, trickle, 'application/json']).toContain(patched.headers.get('content-type'))
          // Its end is asked for at the one address that its name stands for.
          await ask(locationOf(answered), { method: 'DELETE' })
          expect(server.requests.at(-1)?.url).toMatch(/^\/cam1\/whep\/[\w-]{8,64}$/)
        } else expect(pictureReasonSchema.safeParse(await whyOf(answered)).success).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('from a client: a server is asked for WHEP or WHIP of the path, and for nothing else', async () => {
    const { server, ask, stream } = await start({}, { authorization: null })
    const anyPath = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('cam1', '../v3/config', 'a/b', 'cam1?x=y', 'cam1#x', '%2e%2e/x', 'x/whip/y', '\r\nHost: evil'),
    )
    const anyBody = fc.oneof(fc.constant(offer), fc.string({ unit: 'binary', maxLength: 200 }))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('whep', 'whip'),
        fc.constantFrom('POST', 'OPTIONS', 'PATCH', 'DELETE', 'PUT', 'GET'),
        anyPath,
        anyBody,
        fc.constantFrom(sdp, trickle, 'text/plain', `${sdp}; charset=utf-8`),
        fc.stringMatching(/^[ -~]{0,40}$/),
        async (use, method, path, body, type, agent) => {
          stream.current = streamOf(path)
          const before = server.requests.length
          const query = new URLSearchParams({ path: path.toWellFormed(), server: 's1', extra: 'x' })
          const answered = await ask(`/api/webrtc/${use}?${query}`, {
            method,
            headers: { 'content-type': type, 'user-agent': agent },
            ...(method !== 'GET' && { body }),
          })
          expect(answered.status).toBeGreaterThanOrEqual(200)
          const trimmed = path.toWellFormed().replace(/^\/+|\/+$/g, '')
          for (const request of server.requests.slice(before)) {
            expect(['OPTIONS', 'POST']).toContain(request.method)
            const [pathname = ''] = request.url.split('?')
            expect(decodeURIComponent(pathname)).toBe(`/${trimmed}/${use}`)
            expect(pathname.split('/')).not.toContain('..')
            expect(request.headers.host).toBe(new URL(server.url).host)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

it('a token ends when it was to end, and when the token by which it was handed out is replaced; what it began ends with it', async () => {
  const clock = createTestClock()
  const { server, relay, begun, replaced } = await start({}, {}, clock)
  const grant: RelayGrant = { use: 'whep', serverId: 's1', paths: ['cam1'], until: clock.now() + 60_000, by: 'ann', byId: 'ann', at: clock.now() }
  const status = async () => {
    const request = new Request('http://console/api/webrtc/whep?path=cam1', { method: 'POST', body: offer, headers: { 'content-type': sdp } })
    return (await relay.fetch(request, { id: 'ann', name: 'ann' }, 'en', grant)).status
  }
  const over = () => vi.waitFor(() => expect([server.sessions(), begun.size]).toEqual([[], 0]))
  expect([await status(), server.sessions().length]).toEqual([201, 1])
  replaced.set('ann', clock.now() + 1)
  for (const review of begun.keys()) review(null)
  await over()
  expect(await status()).toBe(401)
  replaced.clear()
  expect([await status(), server.sessions().length]).toEqual([201, 1])
  await clock.advance(60_000)
  await over()
  expect(await status()).toBe(401)
})

it('a token says what it is for, for whom and until when, signed', async () => {
  const clock = createTestClock()
  const grants = createRelayGrants(new Uint8Array(32), clock)
  const until = clock.now() + 60_000
  const grant = grants.read(grants.make({ use: 'whip', serverId: 's1', paths: ['exam_*'], until, by: 'ann', byId: 'ann', at: 0 }))
  expect(grant).toEqual({ use: 'whip', serverId: 's1', paths: ['exam_*'], until, by: 'ann', byId: 'ann', at: 0 })
  expect(grants.isOver(grant as RelayGrant)).toBe(false)
  await clock.advance(60_000)
  expect(grants.isOver(grant as RelayGrant)).toBe(true)
  expect(createRelayGrants(new Uint8Array(32).fill(1), clock).read(grants.make(grant as RelayGrant))).toBe(null)
})
