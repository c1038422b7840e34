import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { serverErrorText } from '../../i18n/errorText.ts'
import { serverInputSchema } from '../../shared/servers.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'

let engines: TestEngines
beforeEach(async () => {
  engines = await createTestEngines(Date.parse('2026-11-20T08:00:00Z'))
})
afterEach(() => engines[Symbol.asyncDispose]())

/** Answers each request with these bytes. */
async function serveBytes(answer: () => string): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.on('data', () => socket.write(answer()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  engines.open.defer(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
let bytesReceived = 0
function healthy(): string {
  bytesReceived += 500_000
  const path = { name: 'cam', confName: 'cam', source: { type: 'rtspSource', id: '' }, ready: true, tracks: ['H264'], bytesReceived, bytesSent: 0, readers: [] }
  const body = JSON.stringify({ itemCount: 1, pageCount: 1, items: [path] })
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
/** The HTTP parser accepts this status, and the client above it asserts that there is none below 100. */
const impossibleStatus = 'HTTP/1.1 099 x\r\ncontent-length: 2\r\n\r\n{}'

test('an answer that the HTTP client asserts cannot exist is a failure like any other, and is tried again like any other', async () => {
  let answer = healthy
  const port = await serveBytes(() => answer())
  const { client } = await engines.start({ servers: [serverInputSchema.parse({ name: 'A', url: `http://127.0.0.1:${port}` })] })
  const read = async () => (await client.servers.list())[0]
  await engines.clock.advance(6_000)
  expect(await read()).toMatchObject({ state: 'up', totals: { live: 1, unknown: 0 } })
  answer = () => impossibleStatus
  await engines.clock.advance(8_000)
  const down = await read()
  expect(down).toMatchObject({ state: 'down', error: { kind: 'badReply' }, totals: { live: 0, unknown: 1 } })
  answer = healthy
  await engines.clock.advance(35_000)
  expect(await read()).toMatchObject({ state: 'up', error: null, totals: { live: 1, unknown: 0 } })
  expect(engines.bugs).toEqual([])
})

test('a bug of ours in a round makes the round a failure with words, and is logged once and not at each try', async () => {
  const port = await serveBytes(healthy)
  let broken = false
  const { client } = await engines.start({
    servers: [serverInputSchema.parse({ name: 'A', url: `http://127.0.0.1:${port}` })],
    onRoundHandled: () => {
      if (broken) throw new Error('a figure of a path is no figure')
    },
  })
  const read = async () => (await client.servers.list())[0]
  await engines.clock.advance(6_000)
  broken = true
  await engines.clock.advance(60_000)
  const server = await read()
  expect(server).toMatchObject({ state: 'down', error: { kind: 'internal' }, totals: { live: 0, unknown: 1 } })
  expect(server?.error && serverErrorText(server.error, 'en').what).toContain('a figure of a path is no figure')
  expect(engines.bugs).toHaveLength(1)
  broken = false
  await engines.clock.advance(35_000)
  expect(await read()).toMatchObject({ state: 'up', totals: { live: 1 } })
})

test('a server from which nothing comes any more is unknown by its age alone, even where the handling of failures is what is broken', async () => {
  let answer = healthy
  const port = await serveBytes(() => answer())
  let broken = false
  const { client } = await engines.start({
    // No loopback address by its name, so that the console asks whether it has a network at all.
    servers: [serverInputSchema.parse({ name: 'A', url: `http://0.0.0.0:${port}` })],
    hasNetwork: () => {
      if (broken) throw new Error('interfaces cannot be listed')
      return true
    },
  })
  const read = async () => (await client.servers.list())[0]
  await engines.clock.advance(6_000)
  expect(await read()).toMatchObject({ state: 'up', totals: { live: 1 } })
  broken = true
  answer = () => ''
  await engines.clock.advance(30_000)
  expect(await read()).toMatchObject({ state: 'down', totals: { live: 0, unknown: 1 } })
})
