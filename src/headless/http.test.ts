import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { makeCertificate } from '../../tests/fakes/certificate.ts'
import { createSystemClock } from '../clock/clock.ts'
import { createTestLog } from '../engine/testLog.ts'
import { soleOperator } from '../shared/permissions.ts'
import { createConsoleServer, listenWarnings } from './http.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

let dir: string
let deck: TestConsole
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-http-'))
  mkdirSync(join(dir, 'renderer', 'assets'), { recursive: true })
  writeFileSync(join(dir, 'renderer', 'index.html'), '<!doctype html><title>console</title>')
  writeFileSync(join(dir, 'renderer', 'assets', 'index-1.js'), 'console.log(1)')
  writeFileSync(join(dir, 'outside.txt'), 'not for the web')
  symlinkSync(join(dir, 'outside.txt'), join(dir, 'renderer', 'link.txt'))
  deck = await startTestConsole({ rendererDir: join(dir, 'renderer'), publicUrls: ['https://deck.example.org'] })
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

/** A request with headers that fetch would not send. */
const raw = (options: { path: string; method?: string; headers?: Record<string, string>; body?: string }) =>
  new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: deck.server.port, path: options.path, method: options.method ?? 'GET', headers: options.headers ?? {} },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => {
          text += part
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
      },
    )
    asked.on('error', reject)
    asked.end(options.body)
  })

const bearer = () => ({ Authorization: `Bearer ${deck.token}` })
const cookieOf = (answer: Response) => answer.headers.get('set-cookie')?.split(';')[0] ?? ''
const signIn = async () =>
  cookieOf(
    await fetch(`${deck.url}/api/sign-in`, { method: 'POST', body: JSON.stringify({ token: deck.token }), headers: { 'Content-Type': 'application/json' } }),
  )

/** Opens a WebSocket, or says with which status it was refused. */
const openSocket = (path: string, options: { headers?: Record<string, string>; protocols?: string[] } = {}) =>
  new Promise<{ socket: WebSocket; messages: string[] } | { refused: number }>((resolve, reject) => {
    const messages: string[] = []
    const socket = new WebSocket(`${deck.url.replace('http', 'ws')}${path}`, options.protocols ?? [], { headers: options.headers ?? {} })
    socket.on('message', (data) => messages.push(String(data)))
    socket.on('open', () => resolve({ socket, messages }))
    socket.on('unexpected-response', (asked, answer) => {
      asked.destroy()
      resolve({ refused: answer.statusCode ?? 0 })
    })
    socket.on('error', reject)
  })
async function opened(...args: Parameters<typeof openSocket>) {
  const found = await openSocket(...args)
  if (!('socket' in found)) throw new Error(`refused with ${found.refused}`)
  return found.socket
}

describe('who may use the console', () => {
  test('nobody without the token: scripts get JSON, browsers a page to sign in', async () => {
    const script = await fetch(`${deck.url}/api/hello`)
    expect(script.status).toBe(401)
    expect(script.headers.get('www-authenticate')).toContain('Bearer')
    expect(await script.json()).toMatchObject({ code: 'UNAUTHORIZED', message: expect.stringContaining('Sign in') })
    const page = await fetch(`${deck.url}/servers`, { headers: { Accept: 'text/html' } })
    expect(page.status).toBe(401)
    expect(await page.text()).toContain('<form method="post" action="/api/sign-in">')
    const german = await fetch(`${deck.url}/servers`, { headers: { Accept: 'text/html', 'Accept-Language': 'de-AT,en;q=0.5' } })
    expect(await german.text()).toMatch(/<html lang="de">.*Anmelden.*Zugangs-Token/s)
    expect((await fetch(`${deck.url}/sign-in.js`)).headers.get('content-type')).toContain('text/javascript')
    for (const path of ['/', '/assets/index-1.js', '/relay/x/index.m3u8', '/api/openapi.json', '/api/streams'])
      expect((await fetch(`${deck.url}${path}`)).status, path).toBe(401)
  })

  test('scripts with the token, not with another', async () => {
    expect(await (await deck.ask('/api/hello')).json()).toMatchObject({ product: 'mtxdeck', contractVersion: 6 })
    expect((await fetch(`${deck.url}/api/hello`, { headers: { Authorization: 'Bearer wrong' } })).status).toBe(401)
  })

  test('browsers by a cookie that pages and other sites cannot use', async () => {
    const answer = await fetch(`${deck.url}/api/sign-in`, {
      method: 'POST',
      body: JSON.stringify({ token: deck.token }),
      headers: { 'Content-Type': 'application/json' },
    })
    expect(answer.status).toBe(204)
    const cookie = answer.headers.get('set-cookie') ?? ''
    const [value, ...attributes] = cookie.split('; ')
    expect(value).toMatch(/^mtxdeck-\d+=[\w-]{43}$/)
    expect(attributes.sort()).toEqual(['HttpOnly', expect.stringMatching(/^Max-Age=\d+$/), 'Path=/', 'SameSite=Strict'])
    expect(cookie).not.toContain(deck.token)
    expect((await fetch(`${deck.url}/api/hello`, { headers: { Cookie: cookieOf(answer) } })).status).toBe(200)
    expect((await fetch(`${deck.url}/api/hello`, { headers: { Cookie: `${cookieOf(answer)}x` } })).status).toBe(401)
  })

  test('the form of the page leads into the console, or says what is wrong', async () => {
    const send = (token: string) => fetch(`${deck.url}/api/sign-in`, { method: 'POST', body: new URLSearchParams({ token }), redirect: 'manual' })
    const right = await send(deck.token)
    expect(right.status).toBe(303)
    expect(right.headers.get('location')).toBe('/')
    expect(cookieOf(right)).toContain('mtxdeck-')
    const wrong = await send('wrong')
    expect(wrong.status).toBe(401)
    expect(wrong.headers.get('set-cookie')).toBeNull()
    expect(await wrong.text()).toContain('not the token')
  })

  test('the printed address is exchanged for a cookie and loses its token', async () => {
    const answer = await fetch(`${deck.url}/servers?a=1&token=${deck.token}`, { redirect: 'manual' })
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toBe('/servers?a=1')
    expect((await fetch(`${deck.url}/`, { headers: { Cookie: cookieOf(answer) } })).status).toBe(200)
    expect((await raw({ path: `//evil.example/?token=${deck.token}`, headers: { Host: 'localhost' } })).headers.location).toBe('/evil.example/')
    expect((await fetch(`${deck.url}/?token=wrong`)).status).toBe(401)
    // The API takes no token from an address: it would stand in logs.
    expect((await fetch(`${deck.url}/api/hello?token=${deck.token}`)).status).toBe(401)
  })

  test('signing out ends the session and its sockets', async () => {
    const cookie = await signIn()
    const socket = await opened('/api/rpc', { headers: { Cookie: cookie } })
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    const answer = await fetch(`${deck.url}/api/sign-out`, { method: 'POST', headers: { Cookie: cookie } })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('set-cookie')).toContain('Max-Age=0')
    expect(await closed).toBe(4401)
    expect((await fetch(`${deck.url}/api/hello`, { headers: { Cookie: cookie } })).status).toBe(401)
  })

  test('whether it runs is told to everybody, and nothing more', async () => {
    expect(await (await fetch(`${deck.url}/healthz`)).json()).toEqual({ status: 'ok' })
  })
})

describe('other people’s pages', () => {
  test('a name that was pointed here is not served', async () => {
    for (const path of ['/', '/api/hello', '/healthz']) expect((await raw({ path, headers: { Host: 'evil.example', ...bearer() } })).status, path).toBe(403)
    expect((await raw({ path: '/api/hello', headers: { Host: 'deck.example.org', ...bearer() } })).status).toBe(200)
  })

  test('another origin can neither change anything nor open a WebSocket, whatever it knows', async () => {
    const cookie = await signIn()
    const body = JSON.stringify({ name: 'x', url: 'http://127.0.0.1:1' })
    for (const access of [bearer(), { Cookie: cookie }])
      for (const origin of ['http://evil.example', 'http://localhost:1', 'null']) {
        const headers = { ...access, Origin: origin, Host: `localhost:${deck.server.port}`, 'Content-Type': 'application/json' }
        expect((await raw({ path: '/api/servers', method: 'POST', headers, body })).status, origin).toBe(403)
        expect(await openSocket('/api/rpc', { headers: { ...access, Origin: origin } }), origin).toEqual({ refused: 403 })
      }
    expect((await raw({ path: '/api/sign-in', method: 'POST', headers: { Origin: 'http://evil.example' }, body: '{}' })).status).toBe(403)
    expect((await (await deck.ask('/api/servers')).json()) as unknown[]).toEqual([])
  })

  test('a page on another port of this machine, to which cookies go too, cannot so much as wake a source', async () => {
    const headers = { Host: `localhost:${deck.server.port}`, Cookie: await signIn() }
    for (const site of ['same-site', 'cross-site'])
      for (const path of ['/api/webrtc/health', '/relay/x/index.m3u8'])
        expect((await raw({ path, headers: { ...headers, 'Sec-Fetch-Site': site } })).status, `${site} ${path}`).toBe(403)
    for (const site of ['same-origin', 'none'])
      expect((await raw({ path: '/api/hello', headers: { ...headers, 'Sec-Fetch-Site': site } })).status, site).toBe(200)
    // A link to the console from another page is no harm.
    expect((await raw({ path: '/', headers: { ...headers, 'Sec-Fetch-Site': 'cross-site' } })).status).toBe(200)
  })

  test('our own origin, the public one and a desk may', async () => {
    const cookie = await signIn()
    for (const headers of [
      { Cookie: cookie, Origin: deck.url },
      { ...bearer(), Origin: 'https://deck.example.org' },
      { ...bearer(), Origin: 'app://mtxdeck' },
    ])
      (await opened('/api/rpc', { headers })).terminate()
    expect(await openSocket('/api/rpc', { headers: { Cookie: cookie, Origin: 'app://mtxdeck' } })).toEqual({ refused: 403 })
  })

  test('nothing but our own code runs in a page of ours', async () => {
    for (const path of ['/', '/api/hello', '/nowhere', '/api/nowhere']) {
      const { headers } = await deck.ask(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("script-src 'self';")
      expect(policy).not.toContain('unsafe-eval')
      expect(policy).toMatch(/default-src 'none'.*media-src 'self' blob:.*connect-src 'self' blob:.*worker-src 'self' blob:.*frame-ancestors 'none'/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
    }
  })
})

describe('the files of the console', () => {
  test('pages lead to the console, files are what they are', async () => {
    for (const path of ['/', '/index.html']) {
      const answer = await deck.ask(path)
      expect(await answer.text(), path).toContain('<title>console</title>')
      expect(answer.headers.get('cache-control')).toBe('no-cache')
    }
    for (const path of ['/streams/berlin/cam-1?at=1', '/streams/berlin/cam.mp4', '/streams/K%C3%B6ln'])
      expect((await deck.ask(path, { redirect: 'manual', headers: { Accept: 'text/html' } })).headers.get('location'), path).toBe(`/#${path}`)
    expect((await raw({ path: '//elsewhere.example/x', headers: { Host: 'localhost', Accept: 'text/html', ...bearer() } })).status).toBe(404)
    expect((await deck.ask('/streams/berlin/cam-1', { redirect: 'manual' })).status).toBe(404)
    const script = await deck.ask('/assets/index-1.js')
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(script.headers.get('cache-control')).toContain('immutable')
    const part = await deck.ask('/assets/index-1.js', { headers: { Range: 'bytes=0-6' } })
    expect([part.status, await part.text()]).toEqual([206, 'console'])
    for (const path of ['/assets/gone.js', '/gone.png'])
      expect(await deck.ask(path).then(({ status, headers }) => [status, headers.get('cache-control')]), path).toEqual([404, 'no-store'])
    const head = await deck.ask('/', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test('nothing outside its folder is served', async () => {
    for (const path of ['/../outside.txt', '/assets/../../outside.txt', '/%2e%2e/outside.txt', '/..%2foutside.txt', '/link.txt', '/%00', '/%zz'])
      expect((await raw({ path, headers: { Host: 'localhost', ...bearer() } })).text, path).not.toContain('not for the web')
  })
})

describe('REST', () => {
  test('a body that is too large, broken or wrong is refused with words', async () => {
    const post = (body: string) => deck.ask('/api/servers', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } })
    expect((await post(`{"name":"${'x'.repeat(1_100_000)}"}`)).status).toBe(413)
    expect(
      (await raw({ path: '/api/servers', method: 'POST', headers: { ...bearer(), Host: 'localhost', 'Transfer-Encoding': 'chunked' }, body: '{}' })).status,
    ).toBe(411)
    expect((await post('{')).status).toBe(400)
    const wrong = await post(JSON.stringify({ name: '', url: 'ftp://x' }))
    expect(wrong.status).toBe(400)
    expect(await wrong.text()).toContain('must not be empty')
  })

  test("a broken call is its sender's fault: the log holds neither that nor a piece of it", async () => {
    const before = deck.logged().length
    await deck.ask('/api/servers', { method: 'POST', body: '{"auth":{"password":hunter2broken}}', headers: { 'Content-Type': 'application/json' } })
    const opened = await openSocket('/api/rpc', { headers: bearer() })
    if (!('socket' in opened)) throw new Error('refused')
    opened.socket.send('{"i":"1","p":{"u":"/servers/get","b":{"json":{"id":"x"},"meta":[[1,"__proto__","hunter2path"]]}}}')
    while (opened.messages.length === 0) await new Promise((resolve) => opened.socket.once('message', resolve))
    expect(opened.messages[0]).toContain('BAD_REQUEST')
    opened.socket.terminate()
    expect(deck.logged().slice(before)).not.toMatch(/hunter2|bug of ours/)
  })

  test('a route that is not there says where all are', async () => {
    const answer = await deck.ask('/api/nothing')
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('/api/openapi.json')
  })

  test('numbers and lists in a query are read as such', async () => {
    expect((await deck.ask('/api/events?limit=5&kinds[]=serverUp')).status).toBe(200)
    expect((await deck.ask('/api/events?limit=many')).status).toBe(400)
    expect((await deck.ask('/api/events?of[kind]=host&of[hostId]=host-abcd1234')).status).toBe(200)
    expect((await deck.ask('/api/events?of[kind]=host&of[hostId]=a')).status).toBe(400)
    expect((await deck.ask('/api/monitoring/data?history=maybe')).status).toBe(400)
  })
})

test('what the contract names, and a caller that left, are no bugs in the log', async () => {
  await using own = await startTestConsole()
  const { launch, revision } = (await (await own.ask('/api/fleet/changes')).json()) as { launch: string; revision: number }
  const leaving = new AbortController()
  const left = own.ask(`/api/fleet/changes?waitMs=30000&launch=${launch}&since=${revision}`, { signal: leaving.signal }).catch(() => 'left')
  // The answer to a later call comes after the one that waits was begun.
  await own.ask('/api/hello')
  leaving.abort()
  expect(await left).toBe('left')
  const away = { name: 'away', ssh: 'noc@127.0.0.1:1', auth: { kind: 'password', password: 'x' } }
  const added = await own.ask('/api/hosts', { method: 'POST', body: JSON.stringify(away), headers: { 'Content-Type': 'application/json' } })
  const { id } = (await added.json()) as { id: string }
  expect((await own.ask(`/api/hosts/${id}/processes`)).status).toBe(502)
  expect((await own.ask('/api/hello')).status).toBe(200)
  expect(own.logged()).not.toContain('bug of ours')
})

test('a bug is logged whole and told to nobody', async () => {
  await using broken = await startTestConsole()
  await broken.engine[Symbol.asyncDispose]()
  const series = [{ serverId: 'a', path: '', metric: 'server.readers' }]
  const answer = await broken.ask('/api/history/range', {
    method: 'POST',
    body: JSON.stringify({ series, from: 0, to: 1 }),
    headers: { 'Content-Type': 'application/json' },
  })
  expect(answer.status).toBe(500)
  expect(await answer.json()).toEqual({ defined: false, code: 'INTERNAL_SERVER_ERROR', status: 500, message: 'Internal server error' })
  expect(broken.logged()).toMatch(/Error.*A call failed by a bug of ours/)
})

describe('WebSockets', () => {
  test('only where there are some, and only signed in', async () => {
    expect(await openSocket('/api/rpc')).toEqual({ refused: 401 })
    expect(await openSocket('/api/feed')).toEqual({ refused: 401 })
    expect(await openSocket('/elsewhere', { headers: bearer() })).toEqual({ refused: 404 })
    expect(await openSocket('/api/rpc', { headers: { Authorization: 'Bearer wrong' } })).toEqual({ refused: 401 })
  })

  test('a desk in a browser shows its token as a protocol', async () => {
    const socket = await opened('/api/rpc', { protocols: ['mtxdeck', `bearer.${Buffer.from(deck.token).toString('base64url')}`] })
    expect(socket.protocol).toBe('mtxdeck')
    socket.terminate()
  })

  test('the feed begins with the whole fleet', async () => {
    const found = await openSocket('/api/feed', { headers: bearer() })
    if (!('socket' in found)) throw new Error(`refused with ${found.refused}`)
    const { socket, messages } = found
    if (messages.length === 0) await new Promise((resolve) => socket.once('message', resolve))
    expect(JSON.parse(messages[0] ?? '')).toMatchObject({ reset: true, servers: [], launch: expect.any(String) })
    socket.terminate()
  })

  test('a message that is too large ends its socket and nobody else', async () => {
    const socket = await opened('/api/rpc', { headers: bearer() })
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    socket.send('x'.repeat(1_100_000))
    expect(await closed).toBe(1009)
    expect((await deck.ask('/api/hello')).status).toBe(200)
  })
})

describe('where it listens', () => {
  test('with TLS cookies are marked, and words warn where it is off', async () => {
    const { key, cert } = makeCertificate({ names: ['127.0.0.1', 'localhost'] })
    writeFileSync(join(dir, 'cert.pem'), cert)
    writeFileSync(join(dir, 'key.pem'), key)
    await using secure = await startTestConsole({
      tls: { certFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem'), hsts: true },
      token: 'tls-token-for-tests',
    })
    const answer = await new Promise<{ status: number; cookie: string; hsts: string }>((resolve, reject) => {
      const asked = requestTls({ host: '127.0.0.1', port: secure.server.port, path: '/?token=tls-token-for-tests', ca: cert }, (found) => {
        found.resume()
        resolve({ status: found.statusCode ?? 0, cookie: String(found.headers['set-cookie']), hsts: String(found.headers['strict-transport-security']) })
      })
      asked.on('error', reject)
      asked.end()
    })
    expect(answer.status).toBe(302)
    expect(answer.cookie).toMatch(/^__Host-mtxdeck-.*; Secure(;|$)/)
    expect(secure.url).toMatch(/^https:/)
    expect(answer.hsts).toBe('max-age=31536000')
    expect((await deck.ask('/api/hello')).headers.has('strict-transport-security')).toBe(false)
    const everywhere = [
      { host: '127.0.0.1', port: 1 },
      { host: '', port: 1 },
    ]
    expect(listenWarnings(everywhere, { tls: null })).toEqual([expect.stringMatching(/^TLS is off: tokens are accepted from this machine/)])
    expect(listenWarnings(everywhere, { tls: null, plainHttp: true })).toEqual([expect.stringMatching(/TLS/)])
    expect(listenWarnings(everywhere, { tls: { certFile: '', keyFile: '', hsts: false } })).toEqual([])
    expect(listenWarnings(everywhere.slice(0, 1), { tls: null })).toEqual([])
  })

  test('a token that others could have read is refused, right or wrong, unless a setting says so', async () => {
    const overheard = { 'X-Forwarded-For': '198.51.100.1', 'X-Forwarded-Proto': 'http' }
    const options = { trustedProxies: ['127.0.0.1'], metricsToken: 'only-for-metrics' }
    await using console = await startTestConsole(options)
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${console.url}${path}`, { redirect: 'manual', ...init, headers: { ...overheard, ...init.headers } })
    const said = 'Without TLS no token is accepted here: others on the network could read it.'
    const tries = [
      ask('/api/hello', { headers: { Authorization: `Bearer ${console.token}` } }),
      ask('/api/hello', { headers: { Authorization: 'Bearer wrong' } }),
      ask('/metrics', { headers: { Authorization: 'Bearer only-for-metrics' } }),
      ask('/api/probes/sights', { headers: { Authorization: `Bearer ${console.token}` } }),
      ask('/api/webrtc/whep', { method: 'POST', headers: { Authorization: `Bearer ${console.token}` } }),
      ask(`/?token=${console.token}`),
      ask('/api/sign-in', { method: 'POST', body: JSON.stringify({ token: console.token }), headers: { 'Content-Type': 'application/json' } }),
    ]
    for (const answer of await Promise.all(tries)) {
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null])
      expect(await answer.text()).toContain(said)
    }
    // A person learns it before the token is typed.
    const page = await ask('/', { headers: { Accept: 'text/html' } })
    expect(page.status).toBe(403)
    const text = await page.text()
    expect(text).toContain(said)
    expect(text).not.toContain('<form')
    expect((await console.ask('/api/hello', { headers: { ...overheard, 'X-Forwarded-Proto': 'https' } })).status).toBe(200)
    await using plain = await startTestConsole({ ...options, plainHttp: true })
    expect((await plain.ask('/api/hello', { headers: overheard })).status).toBe(200)
  })

  test('a port that is taken and a broken certificate are named', async () => {
    const options = {
      engine: deck.engine,
      clock: createSystemClock(),
      log: createTestLog(),
      version: '',
      token: 't',
      operator: soleOperator,
      publicUrls: [],
      trustedProxies: [],
      rendererDir: dir,
    }
    const taken = await createConsoleServer({ ...options, tls: null, listen: { host: '127.0.0.1', port: deck.server.port } })
    expect(taken).toMatchObject({ ok: false, error: expect.stringMatching(new RegExp(`^Port ${deck.server.port} is taken`)) })
    writeFileSync(join(dir, 'bad.pem'), 'nonsense')
    const broken = await createConsoleServer({
      ...options,
      tls: { certFile: join(dir, 'bad.pem'), keyFile: join(dir, 'bad.pem'), hsts: false },
      listen: { host: '127.0.0.1', port: 0 },
    })
    expect(broken).toMatchObject({ ok: false, error: expect.stringMatching(/certificate/i) })
  })

  test('a caller that breaks off mid-request harms nobody', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(deck.server.port, '127.0.0.1', () => {
        socket.write(`POST /api/servers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${deck.token}\r\nContent-Length: 100\r\n\r\n{"na`)
        socket.destroy()
        resolve()
      })
    })
    expect((await deck.ask('/api/hello')).status).toBe(200)
  })
})

test('the token stands in no log line', () => {
  expect(deck.logged()).toContain('A request was answered')
  expect(deck.logged()).toContain('A browser signed in')
  expect(deck.logged()).not.toContain(deck.token)
})

test('what a call of the routes for other consoles refuses is said with its status, and is no failure', async () => {
  vi.stubEnv('PATH', '/nowhere')
  try {
    await using own = await startTestConsole()
    const answer = await own.ask('/api/monitoring/system')
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({ code: 'UNREADABLE', data: { kind: 'hostNotAsked' } })
  } finally {
    vi.unstubAllEnvs()
  }
})
