import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

const loopback = { host: '127.0.0.1', port: 0 }
let deck: TestConsole
let url: string
beforeAll(async () => {
  deck = await startTestConsole({ metricsToken: 'only-for-metrics', metricsListen: loopback })
  const { metrics } = deck.server
  if (!metrics?.ok) throw new Error('no metrics server')
  url = metrics.value.url
})
afterAll(() => deck?.[Symbol.asyncDispose]())

const asks = (path: string, token: string | null, init: RequestInit = {}) =>
  fetch(`${url}${path}`, { redirect: 'manual', ...init, headers: { ...(token !== null && { Authorization: `Bearer ${token}` }), ...init.headers } })

test('an address of its own answers the metrics to either token, as the console does', async () => {
  for (const token of ['only-for-metrics', deck.token]) {
    const answer = await asks('/metrics', token, { headers: { Accept: 'application/openmetrics-text' } })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/openmetrics-text; version=1.0.0; charset=utf-8'])
    expect(await answer.text()).toContain('mtxdeck_info{')
  }
  expect((await deck.ask('/metrics')).status).toBe(200)
  for (const token of [null, 'only-for-metric']) {
    const answer = await asks('/metrics', token, { headers: { Accept: 'text/html' } })
    // There is no page to sign in on.
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'application/json'])
  }
})

test('nothing else is reachable there, whatever the token', async () => {
  for (const path of [
    '/',
    '/?token=a-token-for-tests-only',
    '/healthz',
    '/api/servers',
    '/api/sign-in',
    '/api/openapi.json',
    '/relay/a/b',
    '/metrics/',
    '/sign-in.js',
  ])
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await asks(path, deck.token, { method })
      expect([path, method, answer.status, answer.headers.get('set-cookie')]).toEqual([path, method, 404, null])
    }
  expect((await asks('/metrics', deck.token, { method: 'POST' })).status).toBe(404)
})

test('where the port is taken the console runs on, and says so', async () => {
  await using other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const listen = { host: '127.0.0.1', port: (other.address() as AddressInfo).port }
  await using console = await startTestConsole({ metricsListen: listen })
  expect((await console.ask('/metrics')).status).toBe(200)
  const { metrics } = console.server
  if (metrics === null || metrics.ok) throw new Error('it listens')
  expect(metrics.error).toBe(
    `Port ${listen.port} is taken: another mtxdeck or another program listens at 127.0.0.1:${listen.port}. Choose another with --metrics-listen.`,
  )
})
