import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { accountInputSchema, namedTokenInputSchema } from '../../src/shared/accounts.ts'
import { type Permission, soleOperator } from '../../src/shared/permissions.ts'
import { answerSdp, startWhepServer } from '../fakes/whepServer.ts'
import { endpoints } from './endpoints.ts'

const offer = 'v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n'
const auth = { kind: 'basic', user: 'noc', password: 'hunter2' } as const
const basic = `Basic ${Buffer.from('noc:hunter2').toString('base64')}`

/** A console that watches one server of the demo, whose WebRTC is another's. */
async function start(stack: AsyncDisposableStack, permission: Permission = 'administer') {
  const whep = stack.use(await startWhepServer({ paths: ['a'], authorization: basic }))
  const fleet = stack.use(
    await createDemoFleet({
      clock: createSystemClock(),
      seed: 'webrtc',
      servers: [{ name: 'berlin', auth, paths: [{ name: 'a', source: 'rtspSession' }], intervalSeconds: 0.5 }],
    }),
  )
  const servers = fleet.yamlServers().map((server) => ({ ...server, addresses: { ...server.addresses, webrtc: whep.url } }))
  const deck = stack.use(await startTestConsole({ servers, operator: { ...soleOperator, name: 'Guest', permission }, webrtcOrigins: [application] }))
  await expect.poll(async () => ((await (await deck.ask('/api/streams')).json()) as readonly { state: string }[])[0]?.state).toBe('live')
  return { deck, whep }
}
const application = 'https://app.example.org'
const post = (deck: TestConsole, use: string, query = 'path=a', body = offer) =>
  deck.ask(`/api/webrtc/${use}?${query}`, { method: 'POST', body, headers: { 'content-type': 'application/sdp' } })

test('an offer goes to the server with its credentials, for whoever is signed in and for no one else', async () => {
  await using stack = new AsyncDisposableStack()
  const { deck, whep } = await start(stack)
  const strange = await fetch(`${deck.url}/api/webrtc/whep?path=a`, { method: 'POST', body: offer, headers: { 'content-type': 'application/sdp' } })
  expect(strange.status).toBe(401)
  expect(whep.requests).toEqual([])

  const answered = await post(deck, 'whep')
  expect([answered.status, await answered.text()]).toEqual([201, answerSdp])
  const location = answered.headers.get('location') ?? ''
  expect((await deck.ask(location, { method: 'PATCH', body: 'a=x', headers: { 'content-type': 'application/trickle-ice-sdpfrag' } })).status).toBe(204)
  expect((await fetch(`${deck.url}${location}`, { method: 'DELETE' })).status).toBe(401)
  expect(whep.sessions()).toHaveLength(1)
  expect((await deck.ask(location, { method: 'DELETE' })).status).toBe(200)
  expect(whep.sessions()).toEqual([])
  expect(whep.requests.at(-1)?.headers.authorization).toBe(basic)

  const published = await post(deck, 'whip', 'path=exam_1&server=berlin')
  expect(published.status).toBe(201)
  await expect
    .poll(async () => (await (await deck.ask('/api/events?limit=20')).json()) as readonly { kind: string; text?: string }[])
    .toContainEqual(expect.objectContaining({ kind: 'publishingRelayed', facts: { by: 'Guest' } }))
  // Neither the server's password nor its name of the session is told to anybody.
  const secrets = ['hunter2', basic, ...whep.sessions()]
  for (const secret of secrets) expect(deck.logged() + [...published.headers].flat().join()).not.toContain(secret)
})

test('who may only view reads, and does not publish', async () => {
  await using stack = new AsyncDisposableStack()
  const { deck, whep } = await start(stack, 'view')
  expect((await post(deck, 'whep')).status).toBe(201)
  const refused = await post(deck, 'whip')
  expect([refused.status, ((await refused.json()) as { message: string }).message]).toEqual([
    403,
    'This needs the permission "operate"; Guest has "view". Ask whoever administers this console.',
  ])
  expect(whep.requests.filter(({ url }) => url.includes('/whip'))).toEqual([])
})

test('what runs by a sign-in or a token ends with it, and nothing else does', async () => {
  await using stack = new AsyncDisposableStack()
  const { deck, whep } = await start(stack)
  const { accounts, tokens, signIns } = deck.engine.people
  const password = 'a long enough password'
  const anna = await accounts.add(accountInputSchema.parse({ name: 'anna', role: 'administrator' }), password)
  const signIn = async () => {
    const answer = await deck.ask('/api/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'anna', password }),
    })
    return { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' }
  }
  const as = (headers: Record<string, string>, path: string, init: RequestInit = {}) =>
    fetch(`${deck.url}${path}`, { method: 'POST', ...init, headers: { ...headers, ...init.headers } })
  /** Begins to publish and to read, and watches a picture; how many of the three still run. */
  const begin = async (headers: Record<string, string>) => {
    const before = whep.sessions()
    const sdp = { body: offer, headers: { 'content-type': 'application/sdp' } }
    for (const use of ['whep?path=a', 'whip?path=b']) expect((await as(headers, `/api/webrtc/${use}`, sdp)).status).toBe(201)
    const [stream] = (await (await deck.ask('/api/streams')).json()) as readonly { serverId: string }[]
    const wish = { serverId: stream?.serverId, path: 'a', wake: false, viewer: 'desk', offer }
    expect((await as(headers, '/api/webrtc/pictures', { body: JSON.stringify(wish), headers: { 'content-type': 'application/json' } })).status).toBe(200)
    const own = whep.sessions().filter((each) => !before.includes(each))
    return () => own.filter((each) => whep.sessions().includes(each)).length
  }
  const added = (more: { readonly expiresAt?: number } = {}, name = 'script') => {
    const made = tokens.add(namedTokenInputSchema.parse({ name, role: 'moderator', console: 'operate', ...more }), 'anna')
    if (!made.ok) throw new Error(made.error)
    return made.value
  }
  const [browser, other] = [await signIn(), await signIn()]
  const token = added()
  const [ofBrowser, ofOther, ofToken, ofFile] = [
    await begin(browser),
    await begin(other),
    await begin({ authorization: `Bearer ${token.secret}` }),
    await begin({ authorization: `Bearer ${deck.token}` }),
  ]
  expect([ofBrowser(), ofOther(), ofToken(), ofFile()]).toEqual([3, 3, 3, 3])
  await as(browser, '/api/sign-out')
  await expect.poll(ofBrowser).toBe(0)
  expect([ofOther(), ofToken(), ofFile()]).toEqual([3, 3, 3])
  tokens.rotate(token.token.id)
  await expect.poll(ofToken).toBe(0)
  const [third, ofEnding] = [await begin(await signIn()), await begin({ authorization: `Bearer ${added({ expiresAt: Date.now() + 2_000 }, 'ending').secret}` })]
  const kept = signIns.list().at(-1)?.id ?? ''
  if (anna.ok) await accounts.setPassword(anna.value.id, 'another long password', { keptSession: kept })
  await expect.poll(third).toBe(0)
  expect([ofOther(), ofFile()]).toEqual([3, 3])
  await expect.poll(ofEnding).toBe(0)
  signIns.end(kept)
  await expect.poll(ofOther).toBe(0)
  expect(ofFile()).toBe(3)
  accounts.keepTokenFile(false)
  await expect.poll(ofFile).toBe(0)
}, 60_000)

test.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))('WebRTC of each server is looked at through %s', async (_, endpoint) => {
  await using stack = new AsyncDisposableStack()
  const { deck, whep } = await start(stack)
  using opened = await endpoint.open(deck)
  const { servers } = await opened.client.webrtc.health({ server: 'berlin' })
  expect(servers).toMatchObject([{ server: 'berlin', address: whep.url, state: 'answers', answerMs: expect.any(Number), why: null }])
  await expect(opened.client.webrtc.health({ server: 'rome' })).rejects.toThrow('This does not exist; it may have been removed or has ended')
})

test('whatever is sent to its routes, the console answers, and asks the server for nothing but WHEP and WHIP', async () => {
  await using stack = new AsyncDisposableStack()
  const { deck, whep } = await start(stack)
  const part = fc.oneof(fc.constantFrom('whep', 'whip', 'sessions', 'health', '..', '%2e%2e', 'v3', 'x'.repeat(43)), fc.stringMatching(/^[\w.%-]{0,12}$/))
  const query = fc.oneof(fc.constant('path=a'), fc.constant('path=a&server=berlin'), fc.webQueryParameters())
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 3 }),
      query,
      fc.constantFrom('POST', 'OPTIONS', 'PATCH', 'DELETE', 'PUT', 'GET', 'HEAD'),
      fc.oneof(fc.constant(offer), fc.string({ maxLength: 100 })),
      fc.constantFrom('application/sdp', 'application/trickle-ice-sdpfrag', 'application/json', 'text/plain'),
      async (parts, search, method, body, type) => {
        const answered = await deck.ask(`/api/webrtc/${parts.join('/')}?${search}`, {
          method,
          headers: { 'content-type': type },
          ...(method !== 'GET' && method !== 'HEAD' && { body }),
        })
        await answered.arrayBuffer()
        expect(answered.status).not.toBe(500)
      },
    ),
    { numRuns: 300 },
  )
  for (const { method, url } of whep.requests) {
    expect(['OPTIONS', 'POST']).toContain(method)
    expect(url.split('?')[0]).toMatch(/\/wh[ei]p$/)
  }
  expect((await post(deck, 'whep')).status).toBe(201)
})

test('a server of the demo says that it has no media for it', async () => {
  await using fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'webrtc',
    servers: [{ name: 'berlin', paths: [{ name: 'a', source: 'rtspSession' }], intervalSeconds: 0.5 }],
  })
  await using deck = await startTestConsole({ servers: fleet.yamlServers() })
  await expect
    .poll(async () => ((await (await deck.ask('/api/servers')).json()) as readonly { addressesFrom: string }[])[0]?.addressesFrom)
    .toBe('configuration')
  const answered = await post(deck, 'whep')
  expect([answered.status, await answered.json()]).toEqual([
    502,
    { error: 'The server has no picture of this stream right now.', why: { kind: 'webrtcNotServed' } },
  ])
  expect(await (await deck.ask('/api/webrtc/health')).json()).toMatchObject({ servers: [{ server: 'berlin', state: 'answers', words: null }] })
})

/** A token for an application, and a way to ask with it from a page at `origin`. */
async function ofApplication(deck: TestConsole, may: 'publish' | 'play', paths: readonly string[], origin = application) {
  const body = JSON.stringify({ may, paths, seconds: 60 })
  const made = await deck.ask('/api/webrtc/tokens', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  const { token } = (await made.json()) as { token: string }
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${deck.url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, origin, 'sec-fetch-site': 'cross-site', ...init.headers } })
  const offerTo = (use: string, path: string) =>
    ask(`/api/webrtc/${use}?path=${path}`, { method: 'POST', body: offer, headers: { 'content-type': 'application/sdp' } })
  return { status: made.status, token, ask, offerTo }
}
const whyOf = async (response: Response) => [response.status, ((await response.json()) as { why: { kind: string } }).why.kind]

test('a token of an application only publishes, or only plays, what it names, from the pages that are named', async () => {
  await using stack = new AsyncDisposableStack()
  const { deck, whep } = await start(stack)
  const publisher = await ofApplication(deck, 'publish', ['exam_*'])
  const published = await publisher.offerTo('whip', 'exam_7')
  expect([publisher.status, published.status, published.headers.get('access-control-allow-origin')]).toEqual([201, 201, application])
  expect(published.headers.get('access-control-expose-headers')).toContain('Location')
  expect(await whyOf(await publisher.offerTo('whip', 'news'))).toEqual([403, 'tokenInvalid'])
  expect(await whyOf(await publisher.offerTo('whep', 'exam_7'))).toEqual([403, 'tokenInvalid'])

  const player = await ofApplication(deck, 'play', ['a'])
  const session = published.headers.get('location') ?? ''
  expect(await whyOf(await player.ask(session, { method: 'DELETE' }))).toEqual([403, 'tokenInvalid'])
  expect((await player.offerTo('whep', 'a')).status).toBe(201)
  expect((await publisher.ask(session, { method: 'DELETE' })).status).toBe(200)
  expect(whep.sessions()).toHaveLength(1)

  // Nothing else of the console, and no other page.
  for (const path of ['/api/streams', '/api/webrtc/health', '/metrics', '/'])
    expect((await fetch(`${deck.url}${path}`, { headers: { authorization: `Bearer ${player.token}` } })).status).toBe(401)
  const elsewhere = await ofApplication(deck, 'play', ['a'], 'https://evil.example')
  const refused = await elsewhere.offerTo('whep', 'a')
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null])
  const changed = `${player.token.slice(0, -2)}${player.token.endsWith('AA') ? 'BB' : 'AA'}`
  expect((await fetch(`${deck.url}/api/webrtc/whep?path=a`, { method: 'POST', body: offer, headers: { authorization: `Bearer ${changed}` } })).status).toBe(401)
  expect(deck.logged()).not.toContain(player.token)
})

test('a preflight is answered to the pages that are named alone, and their cookies count for nothing', async () => {
  await using stack = new AsyncDisposableStack()
  const { deck } = await start(stack)
  const preflight = (origin: string, path = '/api/webrtc/whip') =>
    fetch(`${deck.url}${path}`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'sec-fetch-site': 'cross-site' } })
  const { status, headers } = await preflight(application)
  expect([status, headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')]).toEqual([204, application, null])
  expect(headers.get('access-control-allow-headers')).toContain('Authorization')
  expect(headers.get('vary')).toContain('Origin')
  for (const [origin, path] of [['https://evil.example'], ['null'], [application, '/api/servers'], [application, '/api/webrtc/tokens']] as const) {
    const answered = await preflight(origin, path)
    expect([answered.status, answered.headers.get('access-control-allow-origin')]).toEqual([403, null])
  }
  const signedIn = await fetch(`${deck.url}/?token=${deck.token}`, { redirect: 'manual' })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const byCookie = await fetch(`${deck.url}/api/webrtc/whip?path=a`, {
    method: 'POST',
    body: offer,
    headers: { origin: application, cookie, 'content-type': 'application/sdp' },
  })
  expect(byCookie.status).toBe(401)
})

test('only who may operate hands out tokens', async () => {
  await using stack = new AsyncDisposableStack()
  const { deck } = await start(stack, 'view')
  expect((await ofApplication(deck, 'play', ['a'])).status).toBe(403)
})
