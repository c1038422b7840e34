import { expect, test } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import { createSystemProxy } from './systemProxy.ts'

test.each([
  ['DIRECT', null],
  ['', null],
  ['PROXY proxy.corp:3128; DIRECT', 'http://proxy.corp:3128'],
  ['HTTPS proxy.corp:443', 'https://proxy.corp:443'],
  ['SOCKS5 [::1]:1080;PROXY other:1', 'socks5://[::1]:1080'],
])('of "%s" the way leads through %s', async (said, proxy) => {
  const system = createSystemProxy(createTestClock(), (url) => queueMicrotask(() => system.answered(url, said)))
  expect(await system.to('https://hook.example/')).toBe(proxy)
})

test('each way is asked for at most once a minute, and is direct where no answer comes', async () => {
  const clock = createTestClock()
  const asked: string[] = []
  const system = createSystemProxy(clock, (url) => asked.push(url))
  const first = system.to('https://a/')
  system.answered('https://a/', 'PROXY p:1')
  expect(await first).toBe('http://p:1')
  await clock.advance(59_000)
  expect(await system.to('https://a/')).toBe('http://p:1')
  const slow = system.to('https://b/')
  await clock.advance(5_000)
  expect(await slow).toBeNull()
  const again = system.to('https://a/')
  system.answered('https://a/', 'DIRECT')
  expect(await again).toBeNull()
  expect(asked).toEqual(['https://a/', 'https://b/', 'https://a/'])
})
