import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { createServerPool, type ServerPool } from './serverPool.ts'

const signal = new AbortController().signal
let chunks: readonly string[] = []
let server: Server
let pool: ServerPool
const sockets = new Set<Socket>()

/** The chunks as they stand on the wire: Node's own server would write no extensions. */
async function answer(socket: Socket) {
  socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n')
  for (const chunk of chunks) {
    if (socket.destroyed) return
    if (!socket.write(chunk)) await Promise.race(['drain', 'close'].map((event) => new Promise((resolve) => socket.once(event, resolve))))
  }
  socket.write('0\r\n\r\n')
}
beforeEach(async () => {
  server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', () => void answer(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  pool = createServerPool({ clock: createSystemClock(), url: `http://127.0.0.1:${port}`, fingerprint: null, userAgent: 't' })
})
afterEach(async () => {
  await pool.close()
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

const chunkOf = (bytes: number, extension = '') => `${bytes.toString(16)}${extension}\r\n${'x'.repeat(bytes)}\r\n`
function times(count: number, chunk: string): string[] {
  const together = Math.max(1, Math.floor(50_000 / chunk.length))
  return Array.from({ length: Math.ceil(count / together) }, () => chunk.repeat(together))
}

it.each([
  ['chunks of one byte', times(500_000, chunkOf(1))],
  ['chunks of some bytes', times(200_000, chunkOf(30))],
  ['long extensions of chunks', times(500, chunkOf(20, `;${'e'.repeat(20_000)}`))],
  ['one extension that does not end', ['1;', ...times(5_000_000, 'e')]],
])('an answer in %s is broken, and its connection is closed', async (_name, sent) => {
  chunks = sent
  expect(await pool.read('/', signal)).toEqual({ ok: false, error: { kind: 'badReply', detail: { kind: 'httpBroken' } } })
  await expect.poll(() => sockets.size).toBe(0)
})

it('an answer in chunks as servers make them is read whole, also on a used connection, and by a reader who takes his time', async () => {
  for (const sent of [times(2_000, chunkOf(2_048)), times(1_000, chunkOf(3)), times(10_000, chunkOf(200)), times(30, chunkOf(100_000))]) {
    chunks = sent
    const length = sent.join('').replaceAll(/[\da-f]*\r\n/g, '').length
    const read = await pool.read('/', signal)
    expect(read.ok && read.value.body.length).toBe(length)
    const opened = await pool.open('/', signal)
    if (!opened.ok) throw new Error(opened.error.kind)
    let taken = 0
    for await (const piece of opened.value.body) {
      taken += (piece as Buffer).length
      await turn()
    }
    expect(taken).toBe(length)
  }
})
