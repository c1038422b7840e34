import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import type { EngineLife } from '../shared/shell.ts'
import { backoffMs, type ChildProcess, superviseProcess } from './superviseProcess.ts'

/** Stands at the edge, where Electron would start a program. */
function createFakeChild() {
  const events = new EventEmitter()
  const posted: string[] = []
  return {
    posted,
    die: (code: number) => events.emit('exit', code),
    say: (message: string) => events.emit('message', message),
    child: {
      postMessage: (message: string) => void posted.push(message),
      kill: () => {
        events.emit('exit', 143)
        return true
      },
      on: (event: string, listener: (message: string) => void) => events.on(event, listener),
      once: (event: string, listener: (code: number) => void) => events.once(event, listener),
    } as ChildProcess<string, string, never>,
  }
}

function setUp() {
  const clock = createTestClock()
  const born: ReturnType<typeof createFakeChild>[] = []
  const lives: EngineLife[] = []
  const heard: string[] = []
  const supervised = superviseProcess<string, string, never>({
    clock,
    spawn: () => {
      const fake = createFakeChild()
      born.push(fake)
      return fake.child
    },
    onMessage: (message) => heard.push(message),
    onLife: (life) => lives.push(life),
    onDeath: () => {},
  })
  return { clock, born, lives, heard, supervised, last: () => born[born.length - 1] as ReturnType<typeof createFakeChild> }
}

test('a child that dies is started again, later after each death in a row', async () => {
  const { clock, born, lives, supervised, last } = setUp()
  supervised.start()
  supervised.markReady()
  last().die(139)
  expect(lives).toEqual([{ state: 'ready' }, { state: 'restarting' }])
  await clock.advance(499)
  expect(born).toHaveLength(1)
  await clock.advance(1)
  expect(born).toHaveLength(2)
  last().die(139)
  await clock.advance(999)
  expect(born).toHaveLength(2)
  await clock.advance(1)
  expect(born).toHaveLength(3)
  expect([1, 2, 3, 7, 20].map(backoffMs)).toEqual([500, 1_000, 2_000, 30_000, 30_000])
})

test('after a child did what it is for a death counts as the first again', async () => {
  const { clock, born, supervised, last } = setUp()
  supervised.start()
  last().die(1)
  await clock.advance(500)
  supervised.markSteady()
  last().die(1)
  await clock.advance(500)
  expect(born).toHaveLength(3)
})

test('after a minute of work a death counts as the first again', async () => {
  const { clock, born, supervised, last } = setUp()
  supervised.start()
  last().die(1)
  await clock.advance(500)
  supervised.markReady()
  await clock.advance(60_000)
  last().die(1)
  await clock.advance(500)
  expect(born).toHaveLength(3)
})

test('six deaths in a row and it is given up, until somebody asks again', async () => {
  const { clock, born, lives, supervised, last } = setUp()
  supervised.start()
  for (let death = 1; death <= 6; death++) {
    last().die(1)
    await clock.advance(30_000)
  }
  expect(born).toHaveLength(6)
  expect(lives.at(-1)).toEqual({ state: 'failed', why: { kind: 'keepsEnding', deaths: 6 } })
  expect(clock.pending()).toBe(0)
  supervised.start()
  expect(born).toHaveLength(7)
  last().die(1)
  expect(lives.at(-1)).toEqual({ state: 'restarting' })
})

test('a child that says why it cannot work is ended and not started again', async () => {
  const { clock, born, lives, supervised } = setUp()
  supervised.start()
  supervised.markFailed({ kind: 'noNode24', version: '18' })
  await clock.advance(120_000)
  expect(born).toHaveLength(1)
  expect(lives).toEqual([{ state: 'failed', why: { kind: 'noNode24', version: '18' } }])
  expect(supervised.post('hello')).toBe(false)
})

test('stop asks, waits, and kills what does not end by itself', async () => {
  const { clock, born, lives, supervised, last } = setUp()
  supervised.start()
  let stopped = false
  void supervised.stop('stop', 3_500).then(() => {
    stopped = true
  })
  expect(last().posted).toEqual(['stop'])
  await clock.advance(3_499)
  expect(stopped).toBe(false)
  await clock.advance(1)
  expect(stopped).toBe(true)
  expect(lives).toEqual([])
  supervised.start()
  await clock.advance(60_000)
  expect(born).toHaveLength(1)
  expect(clock.pending()).toBe(0)
})

test('stop during the wait for a restart ends at once', async () => {
  const { clock, supervised, last } = setUp()
  supervised.start()
  last().die(1)
  await supervised.stop('stop', 3_500)
  expect(clock.pending()).toBe(0)
})

test('a restart asks the child to end, kills it when it does not, and counts no death', async () => {
  const { clock, born, lives, supervised, last } = setUp()
  supervised.start()
  supervised.markReady()
  supervised.restart('stop', 3_500)
  expect(last().posted).toEqual(['stop'])
  expect(lives.at(-1)).toEqual({ state: 'restarting' })
  last().die(0)
  await clock.advance(500)
  expect(born).toHaveLength(2)
  supervised.restart('stop', 3_500)
  await clock.advance(3_500)
  await clock.advance(500)
  expect(born).toHaveLength(3)
  expect(clock.pending()).toBe(0)
  last().die(1)
  await clock.advance(500)
  expect(born).toHaveLength(4)
})

test('what a child says of its own failure, when it was already asked to make room for another one, stops nothing', async () => {
  const { clock, born, lives, supervised, last } = setUp()
  supervised.start()
  supervised.restart('stop', 3_500)
  supervised.markFailed({ kind: 'noNode24', version: '18' })
  last().die(0)
  await clock.advance(500)
  expect(born).toHaveLength(2)
  expect(lives).toEqual([{ state: 'restarting' }])
})

test('a restart after it was given up begins again', () => {
  const { born, supervised } = setUp()
  supervised.start()
  supervised.markFailed({ kind: 'noNode24', version: '18' })
  supervised.restart('stop', 3_500)
  expect(born).toHaveLength(2)
})

test('messages of the child are passed on', () => {
  const { heard, supervised, last } = setUp()
  supervised.start()
  last().say('ready')
  expect(heard).toEqual(['ready'])
})
