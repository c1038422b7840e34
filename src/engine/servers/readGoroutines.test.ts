import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { readGoroutines } from './readGoroutines.ts'

const authorization = `Basic ${Buffer.from('noc:watch-me').toString('base64')}`
/** pprof with a password, as authInternalUsers has it. */
async function startPprof(answer = 'goroutine profile: total 77\n3 @ 0x1\n') {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? 'nobody'}`)
    if (request.headers.authorization !== authorization) return response.writeHead(401).end()
    response.end(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.dispose]: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
const read = (address: string, more: { readonly url?: string; readonly authorization?: string | null } = {}) =>
  readGoroutines({
    clock: createSystemClock(),
    address,
    url: 'http://127.0.0.1:9997',
    authorization,
    fingerprint: null,
    userAgent: 'mtxdeck/test',
    signal: new AbortController().signal,
    ...more,
  })

it('goroutines are asked for at the address that was entered, with the server’s credentials', async () => {
  using pprof = await startPprof()
  expect(await read(pprof.address)).toBe(77)
  expect(pprof.asked).toEqual([`/debug/pprof/goroutine?debug=1 ${authorization}`])
})

it('they are unknown without the right credentials, from another kind of server, at no address, and where nobody answers', async () => {
  using pprof = await startPprof()
  expect(await read(pprof.address, { authorization: null })).toBeNull()
  using other = await startPprof('<html>It works!</html>')
  expect(await read(other.address)).toBeNull()
  expect(await read('nonsense')).toBeNull()
  expect(await read('ftp://127.0.0.1/')).toBeNull()
  expect(await read('http://127.0.0.1:1')).toBeNull()
})

it('a password that goes to the API encrypted does not go to pprof in clear over the network', async () => {
  using pprof = await startPprof()
  // 127.0.0.1 is not the network: there it may.
  expect(await read(pprof.address, { url: 'https://media.example:9997' })).toBe(77)
  const port = new URL(pprof.address).port
  // A name that is not loopback by its letters, though it leads there.
  await read(`http://0.0.0.0:${port}`, { url: 'https://media.example:9997' })
  expect(pprof.asked.at(-1)).toBe('/debug/pprof/goroutine?debug=1 nobody')
})
