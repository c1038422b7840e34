import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { serverInputSchema } from '../../shared/servers.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'

let engines: TestEngines
beforeEach(async () => {
  engines = await createTestEngines(Date.parse('2026-11-20T08:00:00Z'))
})
afterEach(() => engines[Symbol.asyncDispose]())

/** Lists one path that stays, and 400 that have other names in each answer. */
async function serveNewNames(): Promise<string> {
  let answers = 0
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url?.startsWith('/v3/paths/list') !== true) {
      response.end(JSON.stringify({ itemCount: 0, pageCount: 1, items: [] }))
      return
    }
    answers++
    const path = (name: string) => ({
      name,
      confName: 'all',
      source: { type: 'rtspSession', id: name },
      ready: true,
      tracks: ['H264'],
      bytesReceived: answers * 500_000,
      bytesSent: 0,
      readers: [],
    })
    const items = [path('cam'), ...Array.from({ length: 400 }, (_, n) => path(`random ${answers} ${n}`))]
    response.end(JSON.stringify({ itemCount: items.length, pageCount: 1, items }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  engines.open.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a server with ever new names is said to send too much, its path that stays is kept, and one row says that others are left out', async () => {
  const servers = [serverInputSchema.parse({ name: 'A', url: await serveNewNames() })]
  const { client } = await engines.start({ servers })
  await engines.clock.advance(30_000)
  const [server] = await client.servers.list()
  // The one that stays, and of the others as many as it listed at once.
  expect(server?.totals.streams).toBe(1 + 401)
  expect(await client.streams.get({ serverId: server?.id ?? '', path: 'cam' })).toMatchObject({ state: 'live' })
  await engines.stop()
  const again = await engines.start({ servers: [] })
  const rows = await again.client.history.events({ kinds: ['tooMuchSent'], limit: 100 })
  expect(rows.map(({ ownerName, text }) => [ownerName, text])).toEqual([
    ['A', 'A sends more events or paths than are kept for one server: the rest is left out. Earlier data is kept.'],
  ])
})
