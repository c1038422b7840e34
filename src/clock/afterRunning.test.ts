import { get } from 'node:http'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { afterRunning, createSystemClock, timeLimit } from './clock.ts'
import { createTestClock } from './testClock.ts'

test('a wait is over after its time, to the millisecond, where this process runs on', async () => {
  for (const ms of [0, 1, 999, 1_000, 1_001, 5_000]) {
    const clock = createTestClock()
    let ranAt: number | null = null
    afterRunning(clock, ms, () => (ranAt = clock.monotonic()))
    await clock.advance(6_000)
    expect([ms, ranAt, clock.pending()]).toEqual([ms, ms, 0])
  }
})

test('time in which this process was stopped or asleep does not count, but for a second at once', async () => {
  const clock = createTestClock()
  using limit = timeLimit(clock, 5_000)
  await clock.advance(1_500)
  await clock.sleepMachine(3_600_000)
  expect(limit.signal.aborted).toBe(false)
  await clock.advance(2_900)
  expect(limit.signal.aborted).toBe(false)
  await clock.advance(200)
  expect(limit.signal.aborted).toBe(true)
  expect(clock.pending()).toBe(0)
})

test('what is called off does not run', async () => {
  const clock = createTestClock()
  let ran = false
  const cancel = afterRunning(clock, 3_000, () => (ran = true))
  await clock.advance(2_500)
  cancel()
  await clock.advance(5_000)
  expect([ran, clock.pending()]).toEqual([false, 0])
})

test('an answer that came while this process stood still is read before its time limit is judged', async () => {
  const signal = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(
    `const { workerData, parentPort } = require('node:worker_threads')
     const server = require('node:http').createServer((_, response) => {
       Atomics.store(workerData, 0, 1)
       Atomics.notify(workerData, 0)
       response.end('here', () => { Atomics.store(workerData, 1, 1); Atomics.notify(workerData, 1) })
     })
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
    { eval: true, workerData: signal },
  )
  try {
    const port = await new Promise<number>((resolve) => worker.once('message', resolve))
    using limit = timeLimit(createSystemClock(), 300)
    const answer = new Promise<string>((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port, signal: limit.signal, agent: false }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(text))
      })
      request.on('error', reject)
      // Once it is sent, this thread stands still until the answer waits, and for longer than it may take.
      request.on('socket', (socket) =>
        socket.once('connect', () =>
          setImmediate(() => {
            Atomics.wait(signal, 1, 0)
            Atomics.wait(signal, 0, 1, 600)
          }),
        ),
      )
    })
    await expect(answer).resolves.toBe('here')
  } finally {
    await worker.terminate()
  }
})
