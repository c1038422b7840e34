import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import { bugsOnlyLog as log } from './command.ts'
import { createOriginGuard } from './originGuard.ts'
import { createSignIn, failedTryDelayMs, sessionIdleMs, sessionLifeMs } from './signIn.ts'

const signal = new AbortController().signal

test('the right token is answered at once, a wrong one later with each try', async () => {
  const clock = createTestClock()
  const signIn = createSignIn({ clock, log, token: 'right' })
  expect(await signIn.tryToken('right', 'a', signal)).toBe('right')
  for (const failures of [1, 2, 3]) {
    let answer: string | null = null
    const tried = signIn.tryToken('wrong', 'a', signal).then((outcome) => {
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

test('of one sender eight wrong tokens wait at once, more are turned away; the right one is let in whatever came before it', async () => {
  const clock = createTestClock()
  const signIn = createSignIn({ clock, log, token: 'right' })
  const flood = Array.from({ length: 100 }, () => signIn.tryToken('wrong', '192.0.2.1', signal))
  for (let i = 0; i < 48; i++) expect(await signIn.tryToken('right', '192.0.2.1', signal)).toBe('right')
  expect(await signIn.tryToken('wrong', '192.0.2.1', signal)).toBe('tooMany')
  await clock.advance(10_000)
  expect(await Promise.all(flood)).toEqual([...Array(8).fill('wrong'), ...Array(92).fill('tooMany')])
})

test('a flood from many addresses gets ten lines a minute in the log, and the next one says how many it left out', async () => {
  const clock = createTestClock()
  const lines: object[] = []
  const signIn = createSignIn({ clock, log: { ...log, warn: (facts) => void lines.push(facts) }, token: 'right' })
  const flood = Array.from({ length: 100 }, (_, i) => signIn.tryToken('wrong', `198.51.100.${i}`, signal))
  expect(lines).toHaveLength(10)
  await clock.advance(60_000)
  await Promise.all(flood)
  const later = signIn.tryToken('wrong', '192.0.2.1', signal)
  await clock.advance(10_000)
  expect(await later).toBe('wrong')
  expect(lines.slice(10)).toEqual([{ address: '192.0.2.1', failures: 1, notLogged: 90 }])
})

test('whoever changes his address within one /64 of IPv6 is one sender', async () => {
  const clock = createTestClock()
  const signIn = createSignIn({ clock, log, token: 'right' })
  const flood = Array.from({ length: 9 }, (_, i) => signIn.tryToken('wrong', `2001:db8:0:1::${i}`, signal))
  const other = signIn.tryToken('wrong', '2001:db8:0:2::1', signal)
  await clock.advance(10_000)
  expect(await Promise.all(flood)).toEqual([...Array(8).fill('wrong'), 'tooMany'])
  expect(await other).toBe('wrong')
})

test('who hangs up keeps his place: guesses cannot be hurried by not waiting for their answers', async () => {
  const clock = createTestClock()
  const signIn = createSignIn({ clock, log, token: 'right' })
  const outcomes: string[] = []
  for (let i = 0; i < 20; i++) {
    const gone = new AbortController()
    const tried = signIn.tryToken('wrong', 'a', gone.signal)
    gone.abort()
    outcomes.push(await tried)
  }
  expect(outcomes).toEqual([...Array(8).fill('wrong'), ...Array(12).fill('tooMany')])
  expect(clock.pending()).toBe(0)
})

test('a session lives while it is used, and not for ever', async () => {
  const clock = createTestClock()
  const signIn = createSignIn({ clock, log, token: 'right' })
  const id = signIn.open()
  expect(signIn.isOpen('made up')).toBe(false)
  let ended = 0
  signIn.onEnd(id, () => ended++)
  for (let used = 0; used + sessionIdleMs < sessionLifeMs; used += sessionIdleMs) {
    expect(signIn.isOpen(id)).toBe(true)
    await clock.advance(sessionIdleMs)
  }
  await clock.advance(sessionIdleMs)
  expect(signIn.isOpen(id)).toBe(false)
  expect(ended).toBe(1)

  const idle = signIn.open()
  await clock.advance(sessionIdleMs + 1)
  expect(signIn.isOpen(idle)).toBe(false)

  const closed = signIn.open()
  signIn.close(closed)
  expect(signIn.isOpen(closed)).toBe(false)
})

test('a session outlives a restart with the same token, and nothing else', async () => {
  const clock = createTestClock()
  const before = createSignIn({ clock, log, token: 'right' })
  const id = before.open()
  await clock.advance(1000)
  const after = createSignIn({ clock, log, token: 'right' })
  expect(after.isOpen(id)).toBe(true)
  expect(createSignIn({ clock, log, token: 'another' }).isOpen(id)).toBe(false)
  const [random, , mac] = id.split('.')
  expect(createSignIn({ clock, log, token: 'right' }).isOpen(`${random}.zzzzzzzz.${mac}`)).toBe(false)
  expect(createSignIn({ clock, log, token: 'right' }).isOpen(`${id.slice(0, -4)}AAAA`)).toBe(false)

  after.close(id)
  expect(after.isOpen(id)).toBe(false)

  await clock.advance(sessionLifeMs)
  expect(createSignIn({ clock, log, token: 'right' }).isOpen(id)).toBe(false)
})

test('a session that was ended stays so: under other spellings, after a flood of made-up ones, and after a restart', () => {
  const clock = createTestClock()
  const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-sign-in-'))
  try {
    const endedFile = join(dir, 'ended-sessions')
    const start = () => createSignIn({ clock, log, token: 'right', endedFile })
    const signIn = start()
    const [id, other] = [signIn.open(), signIn.open()]
    signIn.close(id)
    const spellings = [id, `${id}.x`, `${id}=`, `${id}.`, `${id}!!`, ` ${id}`]
    for (const spelling of spellings) expect(signIn.isOpen(spelling), spelling).toBe(false)
    for (let i = 0; i < 11_000; i++) signIn.close(`made.up.${i}`)
    for (const spelling of spellings) expect(signIn.isOpen(spelling), spelling).toBe(false)
    for (const spelling of spellings) expect(start().isOpen(spelling), spelling).toBe(false)
    expect(start().isOpen(other)).toBe(true)
    expect(readFileSync(endedFile, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(statSync(endedFile).mode & 0o077).toBe(0)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
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
