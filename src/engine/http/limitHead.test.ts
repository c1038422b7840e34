import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSystemClock, TimeLimitError } from '../../clock/clock.ts'
import { createServerPool, type ServerPool } from './serverPool.ts'

const signal = new AbortController().signal
let pieces: readonly (string | Buffer)[] = []
let pool: ServerPool
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
  pool = createServerPool({ clock: createSystemClock(), url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, fingerprint: null, userAgent: 't' })
  end = async () => {
    await pool.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  }
})
afterEach(() => end())

const statusOf = async () => {
  const read = await pool.read('/', signal)
  return read.ok ? [read.value.status, read.value.body.length] : read.error.kind
}

describe('a head of an answer', () => {
  it.each([
    ['many short lines', 'HTTP/1.1 200 OK\r\n', 'a:\r\n'.repeat(500_000)],
    ['one long line', 'HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(2_000_000)}`],
    ['heads that are none yet', '', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'.repeat(50_000)],
  ])('that does not end (%s) is an answer of something else, and costs no time', async (_name, first, rest) => {
    pieces = [first, rest]
    const before = process.threadCpuUsage()
    expect(await statusOf()).toBe('notMediaMtx')
    expect(process.threadCpuUsage(before).user / 1000).toBeLessThan(150)
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
