import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate, type TestCertificate } from '../../../tests/fakes/certificate.ts'
import { createSystemClock, timeLimit } from '../../clock/clock.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { serverErrorText } from '../../i18n/errorText.ts'
import { languages } from '../../i18n/languages.ts'
import type { ServerError } from '../../shared/errors.ts'
import type { Result } from '../../shared/result.ts'
import { createServerPool, type ServerPool, type ServerPoolOptions } from './serverPool.ts'

const clock = createSystemClock()
const authority = makeCertificate({ commonName: 'test authority', isAuthority: true })
/** A loaded machine takes its time. */
const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})
// Node's own list of authorities is asked once, at the first TLS connection.
beforeAll(() => setDefaultCACertificates([...getCACertificates('default'), authority.cert]))

async function listen(server: Server | ReturnType<typeof createTcpServer>, address = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
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
async function serveTcp(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${await listen(server)}`
}
/** A TLS server that counts what it was asked. */
async function serveTls(certificate: TestCertificate, address?: string) {
  const asked: (string | undefined)[] = []
  const server = createSecureServer({ cert: certificate.cert, key: certificate.key }, (request, response) => {
    asked.push(request.headers.authorization)
    response.end('hello')
  })
  server.on('tlsClientError', () => {})
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const port = await listen(server, address)
  return {
    url: `https://${address === undefined ? '127.0.0.1' : `[${address}]`}:${port}`,
    asked,
    renew: ({ cert, key }: TestCertificate) => server.setSecureContext({ cert, key }),
  }
}
function pool(url: string, options: Partial<ServerPoolOptions> = {}): ServerPool {
  const created = createServerPool({ clock, url, fingerprint: null, userAgent: 'mtxdeck/test', ...options })
  cleanups.push(created.close)
  return created
}
/** IANA's numbers of all suites with DHE that OpenSSL may offer. */
const dheSuites = new Set([
  ...[0x16, 0x33, 0x39, 0x45, 0x88, 0x67, 0x6b, 0x9e, 0x9f, 0xa2, 0xa3, 0x32, 0x38, 0x40, 0x6a, 0xc4, 0xbe],
  ...[0xccaa, 0xc09e, 0xc09f, 0xc0a2, 0xc0a3, 0xc052, 0xc053],
])
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))
const noLimit = () => new AbortController().signal
const errorOf = (result: Result<unknown, ServerError>): ServerError | null => (result.ok ? null : result.error)
const read = async (url: string, options?: Partial<ServerPoolOptions>) => pool(url, options).read('/v3/info', noLimit(), { authorization: 'Basic c2VjcmV0' })

describe('connecting', () => {
  it('says that nobody listens', async () => {
    const server = createTcpServer()
    const port = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    expect(errorOf(await read(`http://127.0.0.1:${port}`))).toEqual({ kind: 'unreachable', reason: 'refused' })
    expect(errorOf(await read(`http://localhost:${port}`))).toEqual({ kind: 'unreachable', reason: 'refused' })
  })
  it('says that a name is not known', async () => {
    expect(errorOf(await read('http://no-such-host.invalid:9997'))).toEqual({ kind: 'unreachable', reason: 'nameNotFound' })
  })
  it('says that the connection was cut before an answer', async () => {
    const url = await serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()))
    expect(errorOf(await read(url))).toEqual({ kind: 'unreachable', reason: 'reset' })
    const closing = await serveTcp((socket) => socket.end())
    expect(errorOf(await read(closing))).toEqual({ kind: 'unreachable', reason: 'reset' })
  })
  it('ends by the given time limit, and tells a silent server from a silent network', async () => {
    const testClock = createTestClock()
    let accepted = () => {}
    const connected = new Promise<void>((resolve) => {
      accepted = resolve
    })
    const url = await serveTcp((socket) => socket.once('data', accepted))
    using limit = timeLimit(testClock, 5_000)
    const waiting = pool(url).read('/v3/info', limit.signal)
    await connected
    await testClock.advance(5_000)
    expect(errorOf(await waiting)).toEqual({ kind: 'timedOut', limitMs: 5_000 })
  })
  it('counts a slow drip of bytes as no answer', async () => {
    const testClock = createTestClock()
    let began = () => {}
    const dripping = new Promise<void>((resolve) => {
      began = resolve
    })
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"items":[', began)
    })
    using limit = timeLimit(testClock, 5_000)
    const waiting = pool(url).read('/', limit.signal)
    await dripping
    await testClock.advance(5_000)
    expect(errorOf(await waiting)).toEqual({ kind: 'timedOut', limitMs: 5_000 })
  })
  it('passes a cancellation through as what it is', async () => {
    const url = await serveTcp(() => {})
    const controller = new AbortController()
    const waiting = pool(url).read('/', controller.signal)
    const reason = new DOMException('server removed', 'AbortError')
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(pool(url).read('/', controller.signal)).rejects.toBe(reason)
  })
  it('sends a GET again when the server closed the used connection meanwhile, and not twice to a fresh one', async () => {
    let connections = 0
    let requests = 0
    const url = await serveTcp((socket) => {
      const nth = ++connections
      let answered = 0
      socket.on('data', () => {
        requests++
        // The first connection dies at its second request, without a word.
        if (nth === 1 && answered === 1) socket.resetAndDestroy()
        else if (nth <= 2) {
          answered++
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
        } else socket.resetAndDestroy()
      })
    })
    const one = pool(url, { connections: 1 })
    expect((await one.read('/', noLimit())).ok).toBe(true)
    expect((await one.read('/', noLimit())).ok).toBe(true)
    expect([connections, requests]).toEqual([2, 3])

    const other = pool(url)
    expect(errorOf(await other.read('/', noLimit()))).toEqual({ kind: 'unreachable', reason: 'reset' })
    expect([connections, requests]).toEqual([3, 4])
  })
  it('a request that is given up leaves the connection to another that waits for it', async () => {
    const url = await serve((_request, response) => response.end('ok'))
    const shared = pool(url, { connections: 1 })
    const controller = new AbortController()
    const [one, other] = [shared.read('/', controller.signal), shared.read('/', noLimit())]
    controller.abort(new DOMException('not wanted any more', 'AbortError'))
    await expect(one).rejects.toThrow('not wanted any more')
    expect((await other).ok).toBe(true)
  })
  it('keeps its connections, and never opens more than it may', async () => {
    const seen = new Set<number | undefined>()
    const url = await serve((request, response) => {
      seen.add(request.socket.remotePort)
      response.end('ok')
    })
    const kept = pool(url)
    for (let i = 0; i < 10; i++) await kept.read('/', noLimit())
    expect(seen.size).toBeLessThanOrEqual(2)
  })
})

describe('answers', () => {
  it('gives status, head, body and the time of the last byte', async () => {
    const url = await serve((request, response) => {
      response.writeHead(404, { 'content-type': 'text/plain', server: 'mediamtx', date: 'Fri, 20 Nov 2026 07:39:28 GMT' })
      response.end(`404 ${request.headers['user-agent']} ${request.url}`)
    })
    const result = await pool(url).read('/a/b%20c?d=e', noLimit())
    if (!result.ok) throw new Error(result.error.kind)
    expect(result.value).toMatchObject({ status: 404, contentType: 'text/plain', server: 'mediamtx', serverDate: Date.UTC(2026, 10, 20, 7, 39, 28) })
    expect(result.value.body.toString()).toBe('404 mtxdeck/test /a/b%20c?d=e')
    expect(result.value.tookMs).toBeGreaterThanOrEqual(0)
  })
  it('does not follow a redirect', async () => {
    let asked = 0
    const url = await serve((_request, response) => {
      asked++
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect(await pool(url).read('/', noLimit())).toMatchObject({ ok: true, value: { status: 302, location: '/elsewhere' } })
    expect(asked).toBe(1)
  })
  it('gives up an answer that is too large, announced or not, and lets the server go', async () => {
    let cut = 0
    const url = await serve((request, response) => {
      response.on('close', () => {
        if (!response.writableFinished) cut++
      })
      if (request.url === '/announced') response.writeHead(200, { 'content-length': '100000000' })
      const chunk = Buffer.alloc(64_000, 120)
      const pump = () => {
        while (!response.destroyed && response.write(chunk)) {
          // As fast as it is taken.
        }
      }
      response.on('drain', pump)
      pump()
    })
    const limited = pool(url, { maxResponseBytes: 1_000_000 })
    expect(errorOf(await limited.read('/announced', noLimit()))).toEqual({ kind: 'tooLarge', limitBytes: 1_000_000 })
    expect(errorOf(await limited.read('/endless', noLimit()))).toEqual({ kind: 'tooLarge', limitBytes: 1_000_000 })
    await expect.poll(() => cut).toBe(2)
  })
  it('says how much came when an answer was cut', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('x'.repeat(400), () => response.destroy())
    })
    expect(errorOf(await read(url))).toEqual({ kind: 'cutReply', receivedBytes: 400 })
    const chunked = await serve((_request, response) => {
      response.write('x'.repeat(400), () => response.destroy())
    })
    expect(errorOf(await read(chunked))).toEqual({ kind: 'cutReply', receivedBytes: 400 })
  })
  it('calls what is no HTTP not MediaMTX', async () => {
    const url = await serveTcp((socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'))
    expect(errorOf(await read(url))).toEqual({ kind: 'notMediaMtx', contentType: '', server: '' })
  })
  it('streams a body as fast as its reader takes it, and cuts it when the reader leaves', async () => {
    let written = 0
    let closed = false
    const url = await serve((_request, response) => {
      response.on('close', () => {
        closed = true
      })
      const chunk = Buffer.alloc(64_000, 120)
      const pump = () => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length
      }
      response.on('drain', pump)
      pump()
    })
    const result = await pool(url).open('/', noLimit())
    if (!result.ok) throw new Error(result.error.kind)
    const { body } = result.value
    for await (const chunk of body) {
      expect((chunk as Buffer).length).toBeGreaterThan(0)
      break
    }
    await expect.poll(() => closed).toBe(true)
    expect(written).toBeLessThan(50_000_000)
    expect(body.destroyed).toBe(true)
  })
})

describe('TLS', () => {
  it('takes a certificate that the system trusts and that has the right name', async () => {
    const { url, asked } = await serveTls(makeCertificate({ names: ['127.0.0.1'], authority }))
    expect(errorOf(await read(url))).toBeNull()
    expect(asked).toEqual(['Basic c2VjcmV0'])
  })
  it('tells the certificate of a connection that lasts, and once it looks the one that is shown now', async () => {
    const old = makeCertificate({ names: ['127.0.0.1'], authority, notAfter: new Date('2031-02-03T04:05:06Z') })
    const { url, renew, asked } = await serveTls(old)
    const connected = pool(url, { connections: 1 })
    expect(connected.certificate()).toBeNull()
    expect((await connected.read('/', noLimit())).ok).toBe(true)
    expect(connected.certificate()).toEqual({ fingerprint: old.fingerprint, validTo: Date.UTC(2031, 1, 3, 4, 5, 6) })
    const renewed = makeCertificate({ names: ['127.0.0.1'], authority })
    renew(renewed)
    await connected.read('/', noLimit())
    expect(connected.certificate()?.fingerprint).toBe(old.fingerprint)
    await connected.checkCertificate(noLimit())
    expect(connected.certificate()?.fingerprint).toBe(renewed.fingerprint)
    expect(asked).toHaveLength(2)
  })
  it.runIf(hasIpv6)('looks at the certificate of a server that is named by its IPv6 address', async () => {
    const certificate = makeCertificate({ names: ['::1'], authority })
    const { url } = await serveTls(certificate, '::1')
    const connected = pool(url)
    await connected.checkCertificate(noLimit())
    expect(connected.certificate()?.fingerprint).toBe(certificate.fingerprint)
  })
  it('looks at no certificate of a server without TLS, nor longer than it may', async () => {
    const plain = pool(await serve((_, response) => response.end()))
    await plain.checkCertificate(noLimit())
    expect(plain.certificate()).toBeNull()
    const hanging = pool((await serveTcp(() => {})).replace('http:', 'https:'))
    const limit = new AbortController()
    const looking = hanging.checkCertificate(limit.signal)
    limit.abort()
    await looking
    expect(hanging.certificate()).toBeNull()
  })
  it('refuses a self-signed certificate, tells its fingerprint, and sends nothing before', async () => {
    const certificate = makeCertificate({ commonName: 'berlin', names: ['127.0.0.1'] })
    const { url, asked } = await serveTls(certificate)
    expect(errorOf(await read(url))).toEqual({
      kind: 'certificateUntrusted',
      fingerprint: certificate.fingerprint,
      subject: 'berlin',
      validTo: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    })
    expect(asked).toEqual([])
  })
  it('says of a certificate without a name that it has none, in the language of who asks', async () => {
    const { url } = await serveTls(makeCertificate({ commonName: '' }))
    const error = errorOf(await read(url))
    expect(error).toMatchObject({ kind: 'certificateUntrusted', subject: '' })
    expect(languages.map((language) => error && serverErrorText(error, language).what)).toEqual([
      'The certificate (–) is not signed by an authority this system trusts.',
      'Das Zertifikat (–) ist von keiner Stelle signiert, der dieses System vertraut.',
      '证书（–）不是由本系统信任的机构签发的。',
      'Сертификат (–) подписан не тем, кому доверяет эта система.',
      '인증서(–)가 이 시스템이 신뢰하는 기관의 서명이 아닙니다.',
    ])
  })
  it('tells an expired certificate, signed by somebody or by itself', async () => {
    const past = { names: ['127.0.0.1'], notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }
    for (const certificate of [makeCertificate({ ...past, authority }), makeCertificate(past)]) {
      const { url, asked } = await serveTls(certificate)
      expect(errorOf(await read(url))).toEqual({ kind: 'certificateExpired', fingerprint: certificate.fingerprint, validTo: '2021-01-01T00:00:00.000Z' })
      expect(asked).toEqual([])
    }
  })
  it('tells a certificate of another name', async () => {
    const certificate = makeCertificate({ names: ['media.example', '10.0.0.5'], authority })
    const { url, asked } = await serveTls(certificate)
    expect(errorOf(await read(url))).toEqual({
      kind: 'certificateWrongName',
      fingerprint: certificate.fingerprint,
      names: 'DNS:media.example, IP Address:10.0.0.5',
    })
    expect(asked).toEqual([])
  })
  it('takes exactly the pinned certificate, whatever its name and dates', async () => {
    const certificate = makeCertificate({ commonName: 'old box', names: ['elsewhere'], notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') })
    const { url, asked } = await serveTls(certificate)
    expect(errorOf(await read(url, { fingerprint: certificate.fingerprint }))).toBeNull()
    expect(asked).toHaveLength(1)
  })
  it('takes no other than the pinned certificate, not even one that the system trusts, and sends nothing before', async () => {
    const pinned = makeCertificate()
    for (const shown of [makeCertificate(), makeCertificate({ names: ['127.0.0.1'], authority })]) {
      const { url, asked } = await serveTls(shown)
      expect(errorOf(await read(url, { fingerprint: pinned.fingerprint }))).toEqual({
        kind: 'fingerprintChanged',
        expected: pinned.fingerprint,
        actual: shown.fingerprint,
      })
      expect(asked).toEqual([])
    }
  })
  it('says that a server does not speak TLS', async () => {
    const node = await serve((_request, response) => response.end())
    expect(errorOf(await read(node.replace('http:', 'https:')))).toEqual({ kind: 'notTls' })
    const go = await serveTcp((socket) => socket.once('data', () => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')))
    expect(errorOf(await read(go.replace('http:', 'https:')))).toEqual({ kind: 'notTls' })
  })
  it('says that a server wants TLS when it answers plain HTTP with an alert', async () => {
    const url = await serveTcp((socket) => socket.once('data', () => socket.end(Buffer.from([0x15, 0x03, 0x01, 0, 2, 2, 70]))))
    expect(errorOf(await read(url))).toEqual({ kind: 'tlsRequired' })
  })
  it('offers no key exchange in a group of the server, whose size would be that side', async () => {
    for (const fingerprint of [null, authority.fingerprint]) {
      let heard = () => {}
      const hello = new Promise<void>((resolve) => {
        heard = resolve
      })
      const offered: number[] = []
      const url = await serveTcp((socket) =>
        socket.once('data', (bytes) => {
          // RFC 5246, section 7.4.1.2: after heads, version and random the session, then the suites.
          const suites = 44 + bytes.readUInt8(43)
          for (let at = 0; at < bytes.readUInt16BE(suites); at += 2) offered.push(bytes.readUInt16BE(suites + 2 + at))
          socket.end()
          heard()
        }),
      )
      await read(url.replace('http:', 'https:'), { fingerprint })
      await hello
      // TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
      expect(offered).toContain(0xc02f)
      expect(offered.filter((suite) => dheSuites.has(suite))).toEqual([])
    }
  })
  it('waits no longer than the limit for a handshake', async () => {
    const testClock = createTestClock()
    let accepted = () => {}
    const connected = new Promise<void>((resolve) => {
      accepted = resolve
    })
    const url = await serveTcp((socket) => socket.once('data', accepted))
    using limit = timeLimit(testClock, 5_000)
    const silent = pool(url.replace('http:', 'https:'))
    const waiting = silent.read('/', limit.signal)
    await connected
    await testClock.advance(5_000)
    expect(errorOf(await waiting)).toEqual({ kind: 'timedOut', limitMs: 5_000 })
  })
})
