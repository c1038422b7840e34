import { expect, test } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import { createLateAnswers, failedTryDelayMs } from './admission.ts'
import { createOriginGuard } from './originGuard.ts'

const signal = new AbortController().signal

test('a wrong token is answered later with each try', async () => {
  const clock = createTestClock()
  const late = createLateAnswers(clock)
  for (const failures of [1, 2, 3]) {
    let answer: string | null = null
    const tried = late.refuse('a', null, signal).then((outcome) => {
      answer = outcome
    })
    await clock.advance(failedTryDelayMs(failures) - 1)
    expect(answer).toBeNull()
    await clock.advance(1)
    await tried
    expect(answer).toBe('wrong')
  }
  expect(failedTryDelayMs(1)).toBeLessThan(failedTryDelayMs(3))
  expect(failedTryDelayMs(1000)).toBe(5000)
})

test('of one sender eight wrong tokens wait at once, more are turned away', async () => {
  const clock = createTestClock()
  const late = createLateAnswers(clock)
  const flood = Array.from({ length: 100 }, () => late.refuse('192.0.2.1', null, signal))
  expect(await late.refuse('192.0.2.1', null, signal)).toBe('tooMany')
  await clock.advance(10_000)
  expect(await Promise.all(flood)).toEqual([...Array(8).fill('wrong'), ...Array(92).fill('tooMany')])
})

test('whoever changes his address within one /64 of IPv6 is one sender', async () => {
  const clock = createTestClock()
  const late = createLateAnswers(clock)
  const flood = Array.from({ length: 9 }, (_, i) => late.refuse(`2001:db8:0:1::${i}`, null, signal))
  const other = late.refuse('2001:db8:0:2::1', null, signal)
  await clock.advance(10_000)
  expect(await Promise.all(flood)).toEqual([...Array(8).fill('wrong'), 'tooMany'])
  expect(await other).toBe('wrong')
})

test('however a name is typed, wrong tries with it are counted together', async () => {
  const clock = createTestClock()
  const late = createLateAnswers(clock)
  const answered: string[] = []
  const tries = ['anna', 'ANNA', '\uff41nna'].map((name, i) => late.refuse(`198.51.100.${i}`, name, signal).then(() => answered.push(name)))
  await clock.advance(failedTryDelayMs(2))
  expect(answered).toEqual(['anna', 'ANNA'])
  await clock.advance(failedTryDelayMs(3))
  await Promise.all(tries)
})

test('who hangs up keeps his place: guesses cannot be hurried by not waiting for their answers', async () => {
  const clock = createTestClock()
  const late = createLateAnswers(clock)
  const outcomes: string[] = []
  for (let i = 0; i < 20; i++) {
    const gone = new AbortController()
    const tried = late.refuse('a', null, gone.signal)
    gone.abort()
    outcomes.push(await tried)
  }
  expect(outcomes).toEqual([...Array(8).fill('wrong'), ...Array(12).fill('tooMany')])
  expect(clock.pending()).toBe(0)
})

test('whoever guesses the password of one name is answered later from any address, and others are not', async () => {
  const clock = createTestClock()
  const late = createLateAnswers(clock)
  for (let i = 0; i < 5; i++) {
    const tried = late.refuse(`198.51.100.${i}`, 'Anna', signal)
    await clock.advance(5000)
    await tried
  }
  const outcomes: string[] = []
  const anna = late.refuse('192.0.2.1', 'anna', signal).then(() => outcomes.push('anna'))
  const bert = late.refuse('192.0.2.2', 'bert', signal).then(() => outcomes.push('bert'))
  await clock.advance(failedTryDelayMs(1))
  expect(outcomes).toEqual(['bert'])
  await clock.advance(failedTryDelayMs(6) - failedTryDelayMs(1))
  expect(outcomes).toEqual(['bert', 'anna'])
  await Promise.all([anna, bert])
})

test('of host names only ours are served, whatever the port', () => {
  const { hostAllowed } = createOriginGuard({ ownNames: ['NOC-1'], publicOrigins: () => ['https://deck.example.org'] })
  for (const host of ['localhost:8787', 'localhost', '127.0.0.1:9000', '[::1]:8787', '192.168.1.5:8787', 'noc-1:8787', 'deck.example.org', 'a.localhost:1'])
    expect(hostAllowed(host), host).toBe(true)
  for (const host of ['evil.example', 'localhost.evil.example:8787', '', undefined, 'deck.example.org@evil.example', 'a b', 'notlocalhost'])
    expect(hostAllowed(host), String(host)).toBe(false)
})

test('of origins only the host that was asked and public ones pass', () => {
  const { originAllowed } = createOriginGuard({ ownNames: [], publicOrigins: () => ['https://deck.example.org'] })
  expect(originAllowed(undefined, 'localhost:8787')).toBe(true)
  expect(originAllowed('http://localhost:8787', 'localhost:8787')).toBe(true)
  expect(originAllowed('https://noc', 'noc')).toBe(true)
  expect(originAllowed('https://deck.example.org', '10.0.0.1:8787')).toBe(true)
  for (const origin of ['http://localhost:3000', 'null', 'http://evil.example', 'file://', 'http://localhost:8787.evil.example', 'app://mtxdeck'])
    expect(originAllowed(origin, 'localhost:8787'), origin).toBe(false)
})
