import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { createTestProxy } from '../http/proxy.fixture.ts'
import { mailCertificate } from './channels/mailServer.fixture.ts'
import { createHttpClient } from './httpClient.ts'

const trusted = getCACertificates('default')
beforeEach(() => setDefaultCACertificates([...trusted, mailCertificate.cert]))
afterEach(() => setDefaultCACertificates(trusted))

test('https goes by CONNECT, to the server itself, and what the proxy refuses was not sent', async () => {
  await using open = new AsyncDisposableStack()
  const got: string[] = []
  const server = createServer(mailCertificate, (incoming, response) => {
    got.push(`${incoming.method} ${incoming.url}`)
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.defer(() => new Promise((resolve) => void server.close(() => resolve())))
  const proxy = open.use(await createTestProxy())
  proxy.lead((server.address() as AddressInfo).port)
  const client = createHttpClient(createTestClock(), 'mtxdeck/0.0.0')
  open.defer(client.close)
  const { signal } = new AbortController()
  const ask = () => client.through(proxy.url).post('https://127.0.0.1:1/hook', { body: '{}' }, signal)
  expect(await client.through(undefined).post('https://127.0.0.1:1/hook', { body: '{}' }, signal)).toMatchObject({ ok: false })
  expect(await ask()).toMatchObject({ ok: true, status: 200 })
  expect(await client.through(proxy.url).get('https://127.0.0.1:1/ping', signal)).toMatchObject({ ok: true })
  expect(got).toEqual(['POST /hook', 'GET /ping'])
  expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT 127.0.0.1:1']))
  proxy.refuse(403)
  expect(await ask()).toMatchObject({ ok: false, isFinal: false, mayHaveArrived: false, failure: { kind: 'answer', said: 'Proxy response (403)' } })
})
