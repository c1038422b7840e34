import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer, request as requestSecurely } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { makeCertificate } from '../../tests/fakes/certificate.ts'
import type { MediaGate } from '../shared/media.ts'
import { openCheckedWay } from './checkingProxy.ts'
import { GatedAgent } from './connecting.ts'
import { createHttpFetcher } from './httpFetcher.ts'
import { parseSourceAddress } from './sourceAddress.ts'
import { askForSession } from './webrtcSession.ts'

const own = makeCertificate({ commonName: 'a gate', names: ['127.0.0.1'] })
const other = makeCertificate({ commonName: 'somebody else', names: ['127.0.0.1'] })
const addresses = ['127.0.0.1']
const open = new AsyncDisposableStack()
afterAll(() => open.disposeAsync())

/** What was asked, and what of the gate came with it. */
let asked: string[] = []
beforeEach(() => {
  asked = []
})
let leadsTo: string | null = null
const listener: RequestListener = ({ method, url, headers }, response) => {
  asked.push(`${method} ${url} ${headers['x-pass'] ?? '-'} ${headers.cookie ?? '-'}`)
  if (leadsTo !== null && url === '/out') return void response.writeHead(302, { location: leadsTo }).end()
  response.writeHead(method === 'POST' ? 201 : 200, { location: '/cam/whip/1' }).end('answer')
}
async function start(server: ReturnType<typeof createServer | typeof createSecureServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
const secure = `https://127.0.0.1:${await start(createSecureServer({ cert: own.cert, key: own.key }, listener))}`
const elsewhere = `http://127.0.0.1:${await start(createServer(listener))}`

const gateOf = (fingerprint: string | null): MediaGate => ({ headers: { 'X-Pass': 'hunter2', Cookie: 'pass=1' }, certificate: null, fingerprint })
function foundAt(url: string) {
  const parsed = parseSourceAddress(url)
  if (!parsed.ok) throw new Error(parsed.error)
  return { source: parsed.value, addresses }
}
const never = new AbortController().signal

async function fetched(path: string, gate: MediaGate) {
  const http = createHttpFetcher(foundAt(secure + path), 'test', gate)
  const opened = await http.open(new URL(secure + path), never)
  http.close()
  return opened.ok ? 'answered' : opened.error
}
/** As FFmpeg asks the proxy, which gives it the address and a header. */
async function proxied(gate: MediaGate, change: (request: string) => string = (request) => request) {
  await using way = await openCheckedWay(foundAt(`${secure}/index.m3u8`), gate)
  const socket = connect(Number(new URL(way.source.proxy ?? '').port), '127.0.0.1')
  const { host } = new URL(secure)
  socket.write(change(`GET ${way.source.url} HTTP/1.1\r\nHost: ${host}\r\nCookie: session=2\r\nConnection: close\r\n${way.source.header}\r\n\r\n`))
  let text = ''
  for await (const chunk of socket) text += chunk
  return { status: text.split(' ')[1], error: way.explain({ kind: 'unreachable', doing: 'opening', said: 'I/O error' }) }
}
test('at the door whose certificate is trusted, requests have what the gate wants', async () => {
  const gate = gateOf(own.fingerprint)
  expect(await fetched('/index.m3u8', gate)).toBe('answered')
  expect((await proxied(gate)).status).toBe('200')
  expect(asked).toEqual(['GET /index.m3u8 hunter2 pass=1', 'GET /index.m3u8 hunter2 pass=1; session=2'])
})

test.each([
  ['not the pinned one', other.fingerprint, 'certificate is not the pinned one'],
  ['signed by nobody whom this machine trusts', null, 'self-signed certificate'],
])('nothing is asked where its certificate is %s, and that is the reason', async (_, fingerprint, said) => {
  const gate = gateOf(fingerprint)
  const why = { kind: 'unreachable', doing: 'opening', said }
  expect(await fetched('/index.m3u8', gate)).toBe('unreachable')
  expect(await proxied(gate)).toEqual({ status: '502', error: why })
  const to = { addresses, userAgent: 'test', url: new URL(`${secure}/cam/whep`), body: '', gate }
  expect(await askForSession('POST', to, never)).toEqual({ ok: false, error: why })
  expect(asked).toEqual([])
})

test('no other door gets what the gate wants, and no other program of this machine goes through with it', async () => {
  const gate = gateOf(own.fingerprint)
  leadsTo = `${elsewhere}/away`
  expect(await fetched('/out', gate)).toBe('answered')
  expect(asked).toEqual(['GET /out hunter2 pass=1', 'GET /away - -'])
  asked = []
  expect((await proxied(gate, (request) => request.replace(/x-mtxdeck-ticket: .*/, 'x-mtxdeck-ticket: guessed'))).status).toBe('400')
  expect(asked).toEqual([])
})

test('a connection that is made only after its agent has ended is closed, and kept for nobody', async () => {
  const port = await start(createServer(listener))
  const late = Promise.withResolvers<TLSSocket>()
  const agent = new GatedAgent({ keepAlive: true }, () => late.promise)
  const request = requestSecurely({ host: '127.0.0.1', port, agent }).on('error', () => {})
  request.end()
  request.destroy()
  agent.destroy()
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  late.resolve(socket as TLSSocket)
  await once(socket, 'close')
  expect(asked).toEqual([])
})
