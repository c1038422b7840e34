import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeCertificate } from '../../../tests/fakes/certificate.ts'
import { type ReplayServer, startReplayServer } from '../../../tests/fakes/replayServer.ts'
import type { ServerInput } from '../../shared/servers.ts'
import { gateAt } from '../http/gate.ts'
import { bytesOfMain, createTestEngines, refused, type TestEngines, testSecretsKey } from '../testEngines.ts'
import { secretsFromText } from './serverRows.ts'

let engines: TestEngines
let mediamtx: ReplayServer
beforeEach(async () => {
  engines = await createTestEngines(Date.now())
  mediamtx = await startReplayServer('v1.20.1', '1-busy')
  engines.open.use(mediamtx)
})
afterEach(() => engines[Symbol.asyncDispose]())

const authority = makeCertificate({ commonName: 'authority of the studio', isAuthority: true })
const own = makeCertificate({ commonName: 'console', authority })
const stranger = makeCertificate({ commonName: 'somebody else' })
const front = makeCertificate({ commonName: 'a gate', names: ['127.0.0.1'] })
const access = { 'CF-Access-Client-Id': 'id-of-the-console', 'CF-Access-Client-Secret': 'hunter2' }
const signIn = { kind: 'basic', user: 'noc', password: 'watch-me' } as const

/** Stands before MediaMTX, and lets in whom `lets` says. */
async function startGate(lets: (request: IncomingMessage) => boolean, refuse: RequestListener) {
  const asked: string[] = []
  const listener: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (!lets(request)) return refuse(request, response)
    const { host: _, connection: __, ...headers } = request.headers
    void fetch(`${mediamtx.url}${request.url}`, { method: request.method ?? 'GET', headers: headers as Record<string, string> }).then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain', server: 'mediamtx' })
      response.end(Buffer.from(await answer.arrayBuffer()))
    })
  }
  const plain = createServer(listener)
  const secure = createSecureServer({ cert: front.cert, key: front.key, ca: authority.cert, requestCert: true, rejectUnauthorized: true }, listener)
  secure.on('tlsClientError', () => {})
  const listen = async (server: typeof plain | typeof secure) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    engines.open.defer(() => {
      server.closeAllConnections()
      server.close()
    })
    return (server.address() as AddressInfo).port
  }
  return { asked, plain: `http://127.0.0.1:${await listen(plain)}`, secure: `https://127.0.0.1:${await listen(secure)}` }
}
const withHeaders = () =>
  startGate(
    ({ headers }) =>
      headers['cf-access-client-id'] === access['CF-Access-Client-Id'] && headers['cf-access-client-secret'] === access['CF-Access-Client-Secret'],
    (_, response) => response.writeHead(302, { location: 'https://studio.cloudflareaccess.com/cdn-cgi/access/login' }).end(),
  )
const withCertificates = () =>
  startGate(
    ({ socket }) => (socket as TLSSocket).authorized,
    (_, response) => response.writeHead(400).end(),
  )

async function started() {
  const { engine, client } = await engines.start({}, { secretsKey: testSecretsKey })
  const shown = async (id: string) => {
    await engines.clock.advance(3_000)
    return client.servers.get({ id })
  }
  return { engine, client, shown }
}
const input = (more: Partial<ServerInput> & { readonly url: string }) => ({ name: 'studio', auth: signIn, ...more })

it('a server behind a gate that wants two headers is asked with them, and they come out nowhere', async () => {
  const gate = await withHeaders()
  const { client, engine, shown } = await started()
  const { id } = await client.servers.add(input({ url: gate.plain, headers: access }))
  const server = await shown(id)
  expect([server.state, server.gate]).toEqual(['up', { headers: ['CF-Access-Client-Id', 'CF-Access-Client-Secret'], hasClientCertificate: false }])
  // Whether it lets everyone in can't be found out from behind a gate that lets us in.
  expect(server.openToAll).toBeNull()
  expect(JSON.stringify([server, engines.logged])).not.toContain('hunter2')
  await engines.stop(engine)
  expect(bytesOfMain(engines.folder)).not.toContain('hunter2')
  // After a restart they are still there.
  const again = await started()
  expect((await again.shown(id)).state).toBe('up')
})

it('a change keeps headers without a value and what it leaves out, and one that is not named any more is gone', async () => {
  const gate = await withHeaders()
  const { client, shown } = await started()
  const { id } = await client.servers.add(input({ url: gate.plain, headers: access }))
  await client.servers.update({ id, change: { name: 'hall' } })
  expect((await shown(id)).state).toBe('up')
  const saved = Object.fromEntries(Object.keys(access).map((name) => [name, null]))
  await client.servers.update({ id, change: { headers: { ...saved, 'X-Team': 'noc' } } })
  expect((await shown(id)).state).toBe('up')
  await client.servers.update({ id, change: { headers: { 'CF-Access-Client-Id': null } } })
  const without = await shown(id)
  expect([without.gate?.headers, without.error]).toMatchObject([['CF-Access-Client-Id'], { kind: 'redirected', isSignIn: true }])
})

it('what a gate wants is never taken along to another host, by an edit or by a test', async () => {
  const gate = await withHeaders()
  const { client } = await started()
  const { id } = await client.servers.add(input({ url: gate.plain, headers: access }))
  const elsewhere = gate.plain.replace('127.0.0.1', 'localhost')
  const before = gate.asked.length
  expect(await refused(client.servers.update({ id, change: { url: elsewhere } }))).toBe(
    'Not accepted. change.headers: Headers and the client certificate are not sent to another host: enter them again',
  )
  expect(await refused(client.servers.test({ id, url: elsewhere, headers: { 'CF-Access-Client-Id': null } }))).toContain('must not be empty')
  expect((await client.servers.get({ id })).url).toBe(gate.plain)
  expect(gate.asked.slice(before)).toEqual([])
  // With the values it may.
  await client.servers.update({ id, change: { url: elsewhere, auth: signIn, headers: access } })
})

it('headers of the connection, or beside a user where they sign in, are refused with a sentence', async () => {
  const { client } = await started()
  const of = (headers: Record<string, string>) => refused(client.servers.add(input({ url: 'http://127.0.0.1:1', headers })))
  expect(await of({ Host: 'studio' })).toBe('Not accepted. headers.Host: Leave out Host: it is set by the console, the connection or the credentials')
  expect(await of({ 'transfer-encoding': 'chunked' })).toContain('Leave out transfer-encoding')
  expect(await of({ 'Content-Length': '5' })).toContain('Leave out Content-Length')
  expect(await of({ Authorization: 'Basic x' })).toBe(
    'Not accepted. headers.Authorization: Leave out Authorization: it is set by the console, the connection or the credentials',
  )
  expect(await of({ 'X Team': 'noc' })).toContain('headers.X Team: expected a value such as X-Team')
  expect(await of({ 'X-Team': 'noc\r\nHost: evil' })).toContain('must be one line, without control characters')
  expect(await of({ 'X-Team': '' })).toContain('must not be empty')
  expect(await of(Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`X-${at}`, 'y'])))).toContain('headers: at most 16')
})

it('a server that wants a client certificate is asked with it, and the dialog says so where there is none', async () => {
  const gate = await withCertificates()
  const { client, engine, shown } = await started()
  const pinned = { url: gate.secure, fingerprint: front.fingerprint }
  const without = await client.servers.test({ auth: signIn, ...pinned })
  expect(without.steps[0]?.error).toEqual({ kind: 'badReply', detail: { kind: 'clientCertificateWanted' } })
  const tested = await client.servers.test({ auth: signIn, ...pinned, clientCertificate: own.cert, clientKey: own.key })
  expect([tested.ok, tested.version]).toEqual([true, 'v1.20.1'])
  const { id } = await client.servers.add(input({ ...pinned, clientCertificate: own.cert, clientKey: own.key }))
  const server = await shown(id)
  expect([server.state, server.gate]).toEqual(['up', { headers: [], hasClientCertificate: true }])
  expect(JSON.stringify(server)).not.toContain('BEGIN')
  await client.servers.update({ id, change: { tags: ['north'], headers: {} } })
  expect((await shown(id)).gate?.hasClientCertificate).toBe(true)
  await engines.stop(engine)
  expect(bytesOfMain(engines.folder)).not.toContain(own.key.split('\n')[1])
})

it('certificates and keys that do not fit are refused with words', async () => {
  const { client } = await started()
  const of = (clientCertificate: string, clientKey?: string) =>
    refused(client.servers.add(input({ url: 'https://127.0.0.1:1', clientCertificate, ...(clientKey !== undefined && { clientKey }) })))
  expect(await of(own.cert, stranger.key)).toBe('Not accepted. clientKey: The key does not match the certificate')
  expect(await of(own.cert)).toBe('Not accepted. clientKey: must not be empty')
  expect(await of('hello', own.key)).toContain('This is not a certificate in PEM')
  expect(await of('-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----', own.key)).toContain('This is not a certificate in PEM')
  expect(await of(own.cert, '-----BEGIN PRIVATE KEY-----\nhello\n-----END PRIVATE KEY-----')).toContain('This is not a private key in PEM')
  expect(await of(own.cert, '-----BEGIN ENCRYPTED PRIVATE KEY-----\nhello\n-----END ENCRYPTED PRIVATE KEY-----')).toContain('openssl pkey')
})

it('every door of the server over HTTP is opened through the gate', async () => {
  const gate = await withCertificates()
  const { client, shown } = await started()
  const { id } = await client.servers.add(
    input({
      url: gate.secure,
      fingerprint: front.fingerprint,
      clientCertificate: own.cert,
      clientKey: own.key,
      headers: access,
      addresses: { webrtc: gate.secure },
    }),
  )
  await shown(id)
  await client.webrtc.health({ server: 'studio' })
  expect(gate.asked.some((line) => line.startsWith('OPTIONS '))).toBe(true)
})

it('what goes to the API encrypted goes to no door in clear', () => {
  const gate = { headers: access, certificate: null }
  const url = 'https://10.0.0.5:9997'
  expect(gateAt('https://10.0.0.5:8889', { url, gate })).toBe(gate)
  expect(gateAt('http://10.0.0.5:8889', { url, gate })).toBeNull()
  expect(gateAt('http://10.0.0.5:8889', { url: 'http://10.0.0.5:9997', gate })).toBe(gate)
})

it('an earlier data folder, in which the password alone was sealed, still signs in', () => {
  expect(secretsFromText('watch-me')).toEqual({ secret: 'watch-me', gate: null })
  expect(secretsFromText('{"a":1}')).toEqual({ secret: '{"a":1}', gate: null })
})
