import { expect, test } from 'vitest'
import { proxyFor } from './proxies.ts'

const env = { HTTPS_PROXY: 'http://proxy:3128', http_proxy: 'plain:8080', NO_PROXY: 'localhost, .corp.example,10.0.0.9:8443 intern.example' }

test('a way leads through the proxy that is set, or none', async () => {
  expect(await proxyFor('http://p:3128', 'https://hook.example/x', undefined, env)).toBe('http://p:3128')
  expect(await proxyFor(undefined, 'https://hook.example/x', undefined, env)).toBeNull()
})

test.each([
  ['https://hook.example/x', 'http://proxy:3128'],
  ['smtp://mail.example:587', 'http://proxy:3128'],
  ['http://hook.example/x', 'http://plain:8080'],
  ['https://localhost/x', null],
  ['https://am.corp.example/x', null],
  ['https://deep.intern.example/x', null],
  ['https://notintern.example/x', 'http://proxy:3128'],
  ['https://10.0.0.9:8443/x', null],
  ['https://10.0.0.9/x', 'http://proxy:3128'],
])('by the system, %s goes through %s', async (url, proxy) => {
  expect(await proxyFor('system', url, undefined, env)).toBe(proxy)
})

test.each([
  ['hook.example:443', 'https://hook.example/x', null],
  ['hook.example:443', 'https://hook.example:8443/x', 'http://proxy:3128'],
  ['hook.example:80', 'http://hook.example/x', null],
  ['mail.example:25', 'smtp://mail.example', null],
  ['mail.example:465', 'smtps://mail.example', null],
  ['*:443', 'https://hook.example/x', null],
  ['::1', 'https://[::1]:8443/x', null],
  ['[::1]:8443', 'https://[::1]:8443/x', null],
  ['[::1]:8443', 'https://[::1]/x', 'http://proxy:3128'],
])('NO_PROXY of %s leads to %s by %s', async (names, url, proxy) => {
  expect(await proxyFor('system', url, undefined, { ...env, NO_PROXY: names })).toBe(proxy)
})

test('NO_PROXY of * and no proxy at all are a direct way', async () => {
  expect(await proxyFor('system', 'https://hook.example/x', undefined, { ...env, NO_PROXY: '*' })).toBeNull()
  expect(await proxyFor('system', 'https://hook.example/x', undefined, {})).toBeNull()
})

test.each([
  ['https://hook.example:8443/secret?key=1', {}, 'http://said:1 for https://hook.example:8443/'],
  ['smtp://mail.example:587', {}, 'http://said:1 for https://mail.example:587/'],
  ['http://hook.example/x', { HTTPS_PROXY: 'http://proxy:3128' }, 'http://said:1 for http://hook.example/'],
  ['https://hook.example/x', env, 'http://proxy:3128'],
  ['https://localhost/x', env, null],
])("the desktop's settings say of the way to %s what the environment does not", async (url, environment, through) => {
  expect(await proxyFor('system', url, async (place) => `http://said:1 for ${place}`, environment)).toBe(through)
})
