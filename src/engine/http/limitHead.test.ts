import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSystemClock, TimeLimitError } from '../../clock/clock.ts'
import { limitHead } from './limitAnswers.ts'
import { createServerPool, type ServerPool } from './serverPool.ts'

const signal = new AbortController().signal
let pieces: readonly (string | Buffer)[] = []
let pool: ServerPool
let port = 0
let end = async () => {}
beforeEach(async () => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true))
    socket.on('error', () => {})
    socket.on('data', async () => {
      for (const piece of pieces) {
        socket.write(piece)
        if (pieces.length < 1_000) await new Promise((resolve) => setTimeout(resolve, 2))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  pool = createServerPool({ clock: createSystemClock(), url: `http://127.0.0.1:${port}`, fingerprint: null, userAgent: 't' })
  end = async () => {
    await pool.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  }
})
afterEach(() => end())

async function statusOf() {
  const read = await pool.read('/', signal)
  return read.ok ? [read.value.status, read.value.body.length] : read.error.kind
}

describe('a head of an answer', () => {
  it.each([
    ['many short lines', 'HTTP/1.1 200 OK\r\n', 'a:\r\n'.repeat(500_000)],
    ['one long line', 'HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(2_000_000)}`],
    ['heads that are none yet', '', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'.repeat(50_000)],
  ])('that does not end (%s) is an answer of something else, and is kept from the HTTP client', async (_name, first, rest) => {
    pieces = [first, rest]
    expect(await statusOf()).toBe('notMediaMtx')
    // Each further line would cost the client an error.
    const socket = connect(port, '127.0.0.1')
    limitHead(socket)
    let given = 0
    socket.on('readable', () => {
      for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) given += chunk.length
    })
    const failed = once(socket, 'error')
    socket.write('GET / HTTP/1.1\r\n\r\n')
    expect(await failed).toMatchObject([{ code: 'UND_ERR_HEADERS_OVERFLOW' }])
    expect(given).toBeLessThanOrEqual(32_000)
  })
  it('may be long, come in pieces cut anywhere, and after one that is none yet; the body is not counted', async () => {
    const head = `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\ncontent-length: 500000\r\n\r\n`
    const body = Buffer.alloc(500_000, '\r\n\r\nHTTP/1.1 103 ')
    for (const cut of [1, 9, 16, 17, 20_000, head.length - 3, head.length - 1]) {
      pieces = ['HTTP/1.1 103 Early Hints\r\n\r\n', head.slice(0, cut), head.slice(cut), body]
      expect(await statusOf(), String(cut)).toEqual([200, 500_000])
    }
  })
})

it('a request whose time was over before it began has timed out; one that was cancelled is not answered at all', async () => {
  const stop = new AbortController()
  stop.abort(new TimeLimitError(5_000))
  expect(await pool.read('/', stop.signal)).toEqual({ ok: false, error: { kind: 'timedOut', limitMs: 5_000 } })
  await expect(pool.read('/', AbortSignal.abort(new Error('the server was removed')))).rejects.toThrow('removed')
})
