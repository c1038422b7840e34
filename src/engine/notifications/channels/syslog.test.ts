import { createSocket } from 'node:dgram'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { makeCertificate } from '../../../../tests/fakes/certificate.ts'
import { hostileName, sendingInEachTest, someEnd, someStart, someUpdate } from '../channels.fixture.ts'

const certificate = makeCertificate({ commonName: 'logs', names: ['127.0.0.1'] })
/** RFC 5424 read strictly: PRI, version, time, host, application, process, message id, one structure, BOM and text. */
const syntax = /^<(\d{1,3})>1 (\S+) ([!-~]{1,255}) (mtxdeck) (-) (\w+) \[(mtxdeck@32473(?: \w{1,32}="(?:[^"\\\]]|\\["\\\]])*")+)\] \ufeff(.*)$/s
const parsed = (message: string) => {
  const [, pri, at, , , , id, data = '', text] = syntax.exec(message) ?? expect.fail(message)
  const values = [...data.matchAll(/ (\w+)="((?:[^"\\\]]|\\["\\\]])*)"/g)].map(([, name, value]) => [name, value?.replaceAll(/\\(.)/g, '$1')])
  return { facility: Number(pri) >> 3, severity: Number(pri) & 7, at, id, data: Object.fromEntries(values) as Record<string, string>, text }
}
/** Messages of a stream, each with its length before it. */
function unframed(bytes: Buffer): string[] {
  const all: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(' ', at)
    const length = Number(bytes.toString('latin1', at, space))
    all.push(bytes.toString('utf8', space + 1, space + 1 + length))
    at = space + 1 + length
  }
  return all
}

describe('syslog', () => {
  const { sending, open } = sendingInEachTest()

  async function listening(server: Server): Promise<number> {
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
    })
    server.on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.defer(async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    })
    return (server.address() as AddressInfo).port
  }
  async function streamServer(scheme: 'tcp' | 'tls') {
    const got: Buffer[] = []
    const onSocket = (socket: Socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (chunk: Buffer) => void got.push(chunk))
    }
    const server = scheme === 'tcp' ? createServer(onSocket) : createTlsServer({ key: certificate.key, cert: certificate.cert }, onSocket)
    const port = await listening(server)
    return { url: `${scheme}://127.0.0.1:${port}`, messages: () => unframed(Buffer.concat(got)) }
  }
  async function udpServer() {
    const got: string[] = []
    const socket = createSocket('udp4', (message) => void got.push(message.toString('utf8')))
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    open.defer(() => new Promise<void>((resolve) => socket.close(resolve)))
    return { url: `udp://127.0.0.1:${socket.address().port}`, messages: () => got }
  }

  test.each(['udp', 'tcp', 'tls'] as const)('messages over %s are those of RFC 5424', async (scheme) => {
    const { url, messages } = scheme === 'udp' ? await udpServer() : await streamServer(scheme)
    const send = sending.to({ name: 'log', syslog: url, facility: 'local3', caFile: certificate.cert })
    for (const notification of [someStart, someUpdate, someEnd]) expect(await send(notification)).toEqual({ ok: true })
    await expect.poll(() => messages().length).toBe(3)
    const [start, update, end] = messages().map(parsed)
    expect(start).toMatchObject({
      facility: 19,
      severity: 2,
      id: 'start',
      at: someStart.at,
      text: expect.stringMatching(/^CRITICAL Berlin · cam1: stream gone The publisher/),
    })
    expect(start?.data).toEqual({
      key: 'a1b2',
      event: 'start',
      severity: 'critical',
      state: 'unacknowledged',
      server: 'Berlin',
      stream: 'cam1',
      since: someStart.since,
      url: someStart.url,
    })
    expect(update).toMatchObject({ severity: 2, data: { key: 'a1b2', state: 'acknowledged' } })
    expect(end).toMatchObject({ severity: 6, data: { key: 'a1b2', endedAt: someEnd.endedAt } })
  })

  test('no name ends the structure or the message, and a message has the length that receivers take', async () => {
    for (const [server, most] of [
      [await udpServer(), 2_048],
      [await streamServer('tcp'), 8_192],
    ] as const) {
      const send = sending.to({ name: 'log', syslog: server.url })
      const members = Array.from({ length: 99 }, () => ({ ...someStart.members[0], stream: hostileName }) as never)
      expect(await send({ ...someStart, title: hostileName, text: hostileName, servers: [hostileName], streams: ['a]"\\b'], members })).toEqual({ ok: true })
      await expect.poll(() => server.messages().length).toBe(1)
      const [message = ''] = server.messages()
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(most)
      expect(message).not.toMatch(/\p{Cc}/u)
      expect(parsed(message).data).toMatchObject({ stream: 'a]"\\b', server: expect.stringContaining('a_b*[x](http://evil)') })
    }
  })

  test('a certificate of nobody known, a connection that is cut and no connection at all are tried again', async () => {
    const { url } = await streamServer('tls')
    expect(await sending.to({ name: 'log', syslog: url })(someStart)).toMatchObject({
      ok: false,
      isFinal: false,
      mayHaveArrived: false,
      failure: { kind: 'certificate', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    })
    const cut = await listening(createServer((socket) => void socket.once('data', () => socket.resetAndDestroy())))
    expect(await sending.to({ name: 'log', syslog: `tcp://127.0.0.1:${cut}` })(someStart)).toMatchObject({
      ok: false,
      mayHaveArrived: true,
      failure: { code: 'ECONNRESET' },
    })
    expect(await sending.to({ name: 'log', syslog: 'tcp://127.0.0.1:1' })(someStart)).toMatchObject({
      ok: false,
      failure: { kind: 'unreachable', code: 'ECONNREFUSED' },
    })
  })

  test('a server that keeps the connection has got the message, one that never ends the handshake of TLS has not', async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<void>()
    const keeps = await listening(createServer({ allowHalfOpen: true }, (socket) => void socket.on('end', resolve).resume()))
    const sent = sending.to({ name: 'log', syslog: `tcp://127.0.0.1:${keeps}` })(someStart)
    await arrived
    await sending.clock.advance(10_000)
    expect(await sent).toEqual({ ok: true })
    const { promise: connected, resolve: onConnected } = Promise.withResolvers<void>()
    const hangs = await listening(createServer((socket) => void socket.once('data', () => onConnected())))
    const waits = sending.to({ name: 'log', syslog: `tls://127.0.0.1:${hangs}` })(someStart)
    await connected
    await sending.clock.advance(10_000)
    expect(await waits).toMatchObject({ ok: false, isFinal: false, failure: { kind: 'noAnswer', code: 'ETIMEDOUT' } })
  })
})
