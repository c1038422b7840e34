import { expect, test } from 'vitest'
import { proxyFor } from './proxies.ts'

const env = { HTTPS_PROXY: 'http://proxy:3128', http_proxy: 'plain:8080', NO_PROXY: 'localhost, .corp.example,10.0.0.9:8443 intern.example' }

test('a way leads through the proxy that is set, or none', () => {
  expect(proxyFor('http://p:3128', 'https://hook.example/x', env)).toBe('http://p:3128')
  expect(proxyFor(undefined, 'https://hook.example/x', env)).toBeNull()
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
])('by the system, %s goes through %s', (url, proxy) => {
  expect(proxyFor('system', url, env)).toBe(proxy)
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
])('NO_PROXY of %s leads to %s by %s', (names, url, proxy) => {
  expect(proxyFor('system', url, { ...env, NO_PROXY: names })).toBe(proxy)
})

test('NO_PROXY of * and no proxy at all are a direct way', () => {
  expect(proxyFor('system', 'https://hook.example/x', { ...env, NO_PROXY: '*' })).toBeNull()
  expect(proxyFor('system', 'https://hook.example/x', {})).toBeNull()
})
