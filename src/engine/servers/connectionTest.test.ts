import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { makeCertificate } from '../../../tests/fakes/certificate.ts'
import { recordedAuthorization, startReplayServer } from '../../../tests/fakes/replayServer.ts'
import { createSystemClock } from '../../clock/clock.ts'
import { withTexts } from '../../i18n/withTexts.ts'
import { connectionTestSchema } from '../../shared/connectionTest.ts'
import { type ConnectionTestInput, createConnectionTest, type KnownPorts } from './connectionTest.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})
async function listen(server: ReturnType<typeof createTcpServer> | ReturnType<typeof createServer>, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${await listen(server)}`
}
/** A door of MediaMTX that is not the API; notes what it was asked. */
async function serveEndpoint() {
  const asked: string[] = []
  const url = await serve((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? 'nobody'}`)
    response.setHeader('server', 'mediamtx')
    if (request.url === '/') response.end()
    else response.writeHead(302, { location: `${request.url}/` }).end()
  })
  return { url, asked }
}
async function closedPort(): Promise<number> {
  const server = createTcpServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}
async function shut() {
  const address = `http://127.0.0.1:${await closedPort()}`
  return { playback: address, hls: address, webrtc: address, metrics: address }
}
const basic = { kind: 'basic', user: 'noc', password: 'watch-me' } as const
/** A test as REST answers it in English. */
const testWith = (ports: KnownPorts) => {
  const run = createConnectionTest({ clock: createSystemClock(), tag: 't', version: '0', ports })
  return async (input: ConnectionTestInput, lent: string | null) => withTexts(connectionTestSchema, await run(input, { authorization: lent }), 'en')
}
async function test(input: Partial<ConnectionTestInput> & { readonly url: string }, lent: string | null = null) {
  // Nothing answers at the usual port, whatever else runs on this machine.
  const result = await testWith({ api: String(await closedPort()), others: [] })({ auth: basic, fingerprint: null, addresses: await shut(), ...input }, lent)
  expect(connectionTestSchema.parse(result)).toEqual(result)
  expect(JSON.stringify(result)).not.toContain('watch-me')
  return result
}
const apiText = (result: Awaited<ReturnType<typeof test>>) => result.steps.find((step) => step.what === 'api')?.words

describe('a server that answers', () => {
  it('is named with its version and its paths, and nothing is to be changed', async () => {
    await using server = await startReplayServer('v1.20.1')
    const result = await test({ url: server.url })
    expect(result).toMatchObject({ ok: true, version: 'v1.20.1', streams: 9, mediamtxYml: '', fingerprint: null })
    expect(apiText(result)).toBe('MediaMTX v1.20.1 answers, with 12 paths.')
  })
  it('older than 1.15.2 has no version to tell, and says that it is open to all', async () => {
    await using server = await startReplayServer('v1.3.1')
    const result = await test({ url: server.url })
    expect(result).toMatchObject({ ok: true, version: null, streams: 7 })
    expect(apiText(result)).toBe('MediaMTX < 1.15.2 answers, with 9 paths. The API of this server is open to all who reach it.')
  })
  it('is asked with the stored secret where the edit left it out, for the user of the edit', async () => {
    await using server = await startReplayServer('v1.20.1')
    expect((await test({ url: server.url, auth: { kind: 'basic', user: 'noc' } }, recordedAuthorization)).ok).toBe(true)
    expect((await test({ url: server.url, auth: { kind: 'basic', user: 'other' } }, recordedAuthorization)).ok).toBe(false)
  })
  it('trap 6: has its other doors tried without credentials and without opening a session, never by a playlist', async () => {
    await using server = await startReplayServer('v1.20.1')
    const endpoint = await serveEndpoint()
    const result = await test({ url: server.url, addresses: { hls: endpoint.url, webrtc: endpoint.url, playback: endpoint.url, metrics: endpoint.url } })
    expect(result.steps.map((step) => [step.what, step.outcome])).toEqual([
      ['api', 'ok'],
      ['playback', 'ok'],
      ['hls', 'ok'],
      ['webrtc', 'ok'],
      ['metrics', 'ok'],
    ])
    expect(endpoint.asked).toEqual(['/ nobody', '/ nobody', '/ nobody', '/ nobody'])
  })
  it('says of an address that is none, or none of the web, that it is none', async () => {
    await using server = await startReplayServer('v1.20.1')
    const result = await test({
      url: server.url,
      addresses: { hls: 'ftp://127.0.0.1/', webrtc: 'file:///etc/passwd', playback: 'nonsense', metrics: 'rtsp://127.0.0.1' },
    })
    expect(result.steps.filter((step) => step.words?.startsWith('This is not an address')).map((step) => step.what)).toEqual([
      'playback',
      'hls',
      'webrtc',
      'metrics',
    ])
  })
  it('says which doors are off by its configuration, and knocks at none of them', async () => {
    await using server = await startReplayServer('v1.20.1')
    server.override((request, response) => {
      if (!request.url?.startsWith('/v3/config/global')) return false
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ hls: false, webrtc: false, playback: false, metrics: false }))
      return true
    })
    const result = await test({ url: server.url, addresses: {} })
    expect(result.steps.slice(1).map((step) => step.outcome)).toEqual(['off', 'off', 'off', 'off'])
    expect(result.steps.find((step) => step.what === 'hls')?.words).toBe('HLS is switched off in the configuration ("hls").')
  })
})

describe('a server that does not', () => {
  it('refused: the lines that switch the API on', async () => {
    const api = String(await closedPort())
    const testIt = testWith({ api, others: [] })
    const result = await testIt({ url: `http://127.0.0.1:${api}`, auth: { kind: 'none' }, fingerprint: null, addresses: await shut() }, null)
    expect(result).toMatchObject({ ok: false, streams: null, version: null })
    expect(apiText(result)).toContain('Connection refused')
    expect(result.mediamtxYml).toBe(`api: yes\napiAddress: 127.0.0.1:${api}\n`)
  })
  it('refused at a mistyped port: the address at which the API answers, and no lines that move it', async () => {
    await using server = await startReplayServer('v1.20.1')
    const api = new URL(server.url).port
    const testIt = testWith({ api, others: [] })
    const result = await testIt({ url: `http://127.0.0.1:${await closedPort()}`, auth: basic, fingerprint: null, addresses: await shut() }, null)
    expect(apiText(result)).toContain(`The API answers at http://127.0.0.1:${api}: use that address.`)
    expect(result).toMatchObject({ ok: false, mediamtxYml: '' })
    // The password typed is not tried where it was not meant to go.
    expect(server.headers.map((headers) => headers.authorization)).toEqual([undefined])
  })
  it('refused at a mistyped port and at the usual one: lines with the usual port, never with the typed one', async () => {
    const [api, typed] = [String(await closedPort()), String(await closedPort())]
    const testIt = testWith({ api, others: [] })
    const result = await testIt({ url: `http://127.0.0.1:${typed}`, auth: { kind: 'none' }, fingerprint: null, addresses: await shut() }, null)
    expect(parse(result.mediamtxYml ?? '')).toEqual({ api: 'yes', apiAddress: `127.0.0.1:${api}` })
    expect(result.mediamtxYml).not.toContain(typed)
  })
  it('refused at the usual port of another door: no lines that move it there', async () => {
    const port = String(await closedPort())
    const api = String(await closedPort())
    const testIt = testWith({ api, others: [port] })
    const result = await testIt({ url: `http://127.0.0.1:${port}`, auth: { kind: 'none' }, fingerprint: null, addresses: await shut() }, null)
    expect(parse(result.mediamtxYml ?? '')).toMatchObject({ apiAddress: `127.0.0.1:${api}` })
  })
  it('closed without a word at the port of RTSP: the address of the API', async () => {
    await using server = await startReplayServer('v1.20.1')
    const rtsp = createTcpServer((socket) => void socket.on('error', () => {}).once('data', () => socket.destroy()))
    cleanups.push(() => rtsp.close())
    const port = await listen(rtsp)
    const testIt = testWith({ api: new URL(server.url).port, others: [String(port)] })
    const result = await testIt({ url: `http://127.0.0.1:${port}`, auth: basic, fingerprint: null, addresses: await shut() }, null)
    expect(apiText(result)).toContain(server.url)
  })
  it('refused while another door answers: MediaMTX runs, its API is off', async () => {
    const endpoint = await serveEndpoint()
    const result = await test({ url: `http://127.0.0.1:${await closedPort()}`, addresses: { ...(await shut()), hls: endpoint.url } })
    expect(apiText(result)).toContain('MediaMTX runs on this host, but its API does not answer here')
  })
  it('wrong password or none: the lines that give this user the permission', async () => {
    await using server = await startReplayServer('v1.20.1')
    const wrong = await test({ url: server.url, auth: { kind: 'basic', user: 'noc', password: 'wrong' } })
    expect(wrong.steps[0]?.error).toEqual({ kind: 'unauthorized', credentialsGiven: true })
    expect(parse(wrong.mediamtxYml ?? '')).toEqual({
      authInternalUsers: [
        { user: 'noc', pass: 'THE PASSWORD', ips: [], permissions: [{ action: 'api' }, { action: 'metrics' }, { action: 'playback' }, { action: 'read' }] },
      ],
    })
    const none = await test({ url: server.url, auth: { kind: 'none' } })
    expect(none.steps[0]?.error).toEqual({ kind: 'unauthorized', credentialsGiven: false })
    expect(none.mediamtxYml).toContain('- action: api')
  })
  it('a JSON Web Token that is not enough: the claim it must carry', async () => {
    await using server = await startReplayServer('v1.20.1')
    const result = await test({ url: server.url, auth: { kind: 'jwt', token: 'a.b.c' } })
    expect(result.mediamtxYml).toContain('"mediamtx_permissions": [{"action": "api"}')
    expect(parse(result.mediamtxYml ?? '')).toMatchObject({ authMethod: 'jwt' })
  })
  it('another port of MediaMTX: that its API is off', async () => {
    const endpoint = await serveEndpoint()
    const result = await test({ url: endpoint.url })
    expect(apiText(result)).toMatch(/^MediaMTX runs on this host, but its API does not answer here\./)
  })
  it('a self-signed certificate: its fingerprint, to be compared and pinned', async () => {
    const certificate = makeCertificate({ commonName: 'berlin' })
    const server = createSecureServer({ cert: certificate.cert, key: certificate.key }, (_request, response) => response.end())
    server.on('tlsClientError', () => {})
    cleanups.push(() => server.close())
    const result = await test({ url: `https://127.0.0.1:${await listen(server)}` })
    expect(result).toMatchObject({ ok: false, fingerprint: certificate.fingerprint })
    expect(result.steps).toHaveLength(1)
  })
  it('HTML of somebody else: not MediaMTX', async () => {
    const url = await serve((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<html>')
    })
    const result = await test({ url })
    expect(result.steps[0]?.error).toEqual({ kind: 'notMediaMtx', contentType: 'text/html', server: '' })
    expect(result.mediamtxYml).toBe('')
  })
})

describe('a port of another door of MediaMTX typed by mistake', () => {
  /** HLS and WebRTC redirect what has no trailing slash; metrics knows only its own address. */
  const validationError = async (name: string, api: string) => {
    const url = await serve((request, response) => {
      response.setHeader('server', 'mediamtx')
      if (name === 'metrics') response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found')
      else response.writeHead(302, { location: `${request.url}/` }).end()
    })
    const testIt = testWith({ api, others: [new URL(url).port] })
    return await testIt({ url, auth: basic, fingerprint: null, addresses: await shut() }, null)
  }
  it.each(['HLS', 'WebRTC', 'metrics'])('%s: the right address', async (name) => {
    await using server = await startReplayServer('v1.20.1')
    const api = new URL(server.url).port
    const result = await validationError(name, api)
    expect(apiText(result)).toContain(`The API answers at http://127.0.0.1:${api}: use that address.`)
    expect(result).toMatchObject({ ok: false, mediamtxYml: '' })
    // The password typed is not tried where it was not meant to go.
    expect(server.headers.map((headers) => headers.authorization)).toEqual([undefined])
  })
  it.each(['HLS', 'metrics'])('%s: the lines that switch the API on, where it does not answer', async (name) => {
    const api = String(await closedPort())
    const result = await validationError(name, api)
    expect(apiText(result)).toContain('enable it')
    expect(parse(result.mediamtxYml ?? '')).toMatchObject({ api: 'yes', apiAddress: `127.0.0.1:${api}` })
  })
})
