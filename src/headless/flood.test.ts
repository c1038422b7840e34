import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

const stack: (() => unknown)[] = []
afterEach(async () => {
  for (const undo of stack.splice(0).reverse()) await undo()
})

async function start(options: Parameters<typeof startTestConsole>[0] = {}): Promise<TestConsole> {
  const deck = await startTestConsole(options)
  stack.push(() => deck[Symbol.asyncDispose]())
  return deck
}

/** A stranger's connection: what it sends, all that comes back, and whether it was closed. */
async function stranger(deck: TestConsole, text: string) {
  const socket: Socket = connect(deck.server.port, '127.0.0.1')
  stack.push(() => socket.destroy())
  let heard = ''
  socket.setEncoding('utf8')
  socket.on('data', (part: string) => {
    heard += part
  })
  socket.on('error', () => {})
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(heard))
  })
  await once(socket, 'connect')
  socket.write(text)
  return { socket, ended, heard: () => heard }
}

const wrongBehindProxy = (deck: TestConsole, client: string) =>
  fetch(`${deck.url}/api/hello`, { headers: { Authorization: 'Bearer wrong', 'X-Forwarded-For': client } })

test('a flood of wrong tokens, behind a proxy or not, keeps out nobody who has the right one or is signed in', async () => {
  for (const trustedProxies of [[], ['127.0.0.1']]) {
    const deck = await start({ trustedProxies })
    const signedIn = await fetch(`${deck.url}/api/sign-in`, {
      method: 'POST',
      body: JSON.stringify({ token: deck.token }),
      headers: { 'Content-Type': 'application/json' },
    })
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
    const flood = Array.from({ length: 60 }, () => wrongBehindProxy(deck, '198.51.100.1').then((answer) => answer.status))
    const right: number[] = []
    for (let i = 0; i < 48; i++) right.push((await deck.ask('/api/hello', { headers: { 'X-Forwarded-For': '198.51.100.1' } })).status)
    expect(right).toEqual(Array(48).fill(200))
    expect((await fetch(`${deck.url}/api/hello`, { headers: { Cookie: cookie } })).status).toBe(200)
    // Another person behind the same proxy who mistyped is told so, where the proxy is trusted to say who it was.
    if (trustedProxies.length > 0) expect((await wrongBehindProxy(deck, '198.51.100.2')).status).toBe(401)
    const outcomes = await Promise.all(flood)
    // As many as are tried at once; more only where some were answered before the last ones came.
    expect(outcomes.filter((status) => status === 401).length).toBeGreaterThanOrEqual(8)
    expect(outcomes.filter((status) => status === 429).length).toBeGreaterThan(0)
    expect(outcomes.every((status) => status === 401 || status === 429)).toBe(true)
    await deck[Symbol.asyncDispose]()
    const lines = deck.logged().split('A sign-in was refused').length - 1
    expect(lines).toBeGreaterThan(0)
    expect(lines).toBeLessThanOrEqual(10)
  }
})

test('the cookie of a sign-in over https that a trusted proxy ends goes over https alone', async () => {
  const deck = await start({ trustedProxies: ['127.0.0.1'], plainHttp: true })
  const signIn = async (protocol: string) =>
    (
      await fetch(`${deck.url}/api/sign-in`, {
        method: 'POST',
        body: JSON.stringify({ token: deck.token }),
        headers: { 'Content-Type': 'application/json', 'X-Forwarded-Proto': protocol },
      })
    ).headers.get('set-cookie')
  expect(await signIn('https')).toMatch(/; Secure(;|$)/)
  expect(await signIn('http')).not.toContain('Secure')
})

test('of a sign-in more is refused unread than a token needs, and the connection closed', async () => {
  const deck = await start()
  const { heard, ended } = await stranger(
    deck,
    'POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"token":"',
  )
  await ended
  expect(heard()).toContain(' 413 ')
  const call = await stranger(deck, 'POST /api/history/range HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n{')
  expect(await call.ended).toContain(' 401 ')
})

test('a WebSocket without a sign-in is refused and closed, also where the other end keeps its half open', async () => {
  const deck = await start()
  const { ended } = await stranger(
    deck,
    'GET /api/rpc HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  expect(await ended).toContain('HTTP/1.1 401')
})

test('1,500 half sent sign-ins leave room for who has the token, and are held to the limit of one sender', async () => {
  const deck = await start()
  const half = 'POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8000\r\n\r\n{'
  const flood: Socket[] = []
  stack.push(() => {
    for (const socket of flood) socket.destroy()
  })
  let closed = 0
  for (let batch = 0; batch < 15; batch++) {
    const opened = Array.from({ length: 100 }, () => connect(deck.server.port, '127.0.0.1'))
    flood.push(...opened)
    await Promise.all(
      opened.map(async (socket) => {
        socket.on('error', () => {})
        socket.on('close', () => closed++)
        socket.resume()
        await once(socket, 'connect')
        socket.write(half)
      }),
    )
    expect((await deck.ask('/api/hello')).status).toBe(200)
  }
  await expect.poll(() => flood.length - closed).toBeLessThanOrEqual(64)
  expect(deck.logged()).not.toContain('A request failed')
})

test('a stranger who asks thousands of times without waiting for answers has two under way and is closed', async () => {
  const deck = await start()
  const piece = 'GET / HTTP/1.1\r\nHost: 1\r\n\r\n'.repeat(2_400)
  const { ended, heard } = await stranger(deck, piece)
  await ended
  expect(heard().split('HTTP/1.1 ').length - 1).toBeLessThanOrEqual(2)
  expect(deck.logged().split('A request was answered').length - 1).toBeLessThanOrEqual(2)
  expect((await deck.ask('/api/hello')).status).toBe(200)
})

test('who asks one thing after the other is never taken for one who does not wait, and may ask again at the last byte', async () => {
  const deck = await start()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  stack.push(() => agent.destroy())
  const asked = (path: string) =>
    new Promise<number>((resolve, reject) => {
      get(`${deck.url}${path}`, { agent, headers: { Authorization: `Bearer ${deck.token}` } }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
      }).on('error', reject)
    })
  const outcomes = new Set<number>()
  for (let i = 0; i < 200; i++) outcomes.add(await asked(['/healthz', '/api/openapi.json', '/api/fleet/changes', '/api/hello'][i % 4] ?? ''))
  expect(outcomes).toEqual(new Set([200]))
})
