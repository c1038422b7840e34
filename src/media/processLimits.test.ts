import { expect, it, test } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import { createStuckReads, limitMemory, mostMemoryBytes, stuckAfterMs } from './processLimits.ts'

test('a process that takes too much memory is ended once, within half a second', async () => {
  const clock = createTestClock(0)
  let resident = mostMemoryBytes
  let ended = 0
  limitMemory(
    clock,
    () => resident,
    () => ended++,
  )
  await clock.advance(5_000)
  expect(ended).toBe(0)
  resident++
  await clock.advance(500)
  expect(ended).toBe(1)
  await clock.advance(5_000)
  expect(ended).toBe(1)
  expect(clock.pending()).toBe(0)
})

function start() {
  const clock = createTestClock()
  let ends = 0
  const reads = createStuckReads({
    clock,
    most: 3,
    onTooMany: () => {
      ends++
    },
  })
  const read = () => {
    const work = Promise.withResolvers<void>()
    reads.watch(work.promise)
    return work
  }
  return { clock, read, ends: () => ends }
}

it('slow reads that come back, however many there were, do not end the process', async () => {
  const { clock, read, ends } = start()
  for (let turn = 0; turn < 20; turn++) {
    const [one, other] = [read(), read()]
    await clock.advance(stuckAfterMs + 1_000)
    one.resolve()
    // A failure is an end, too.
    other.reject(new Error('input/output error'))
    await clock.advance(60_000)
  }
  expect(ends()).toBe(0)
  expect(clock.pending()).toBe(0)
})

it('three that are stuck at the same time end it, once', async () => {
  const { clock, read, ends } = start()
  read()
  read()
  await clock.advance(3_600_000)
  expect(ends()).toBe(0)
  const third = read()
  await clock.advance(stuckAfterMs - 1)
  expect(ends()).toBe(0)
  await clock.advance(1)
  expect(ends()).toBe(1)
  third.resolve()
  await clock.advance(1)
  read()
  await clock.advance(stuckAfterMs - 1)
  expect(ends()).toBe(1)
})

it('reads that come back in time are never counted', async () => {
  const { clock, read, ends } = start()
  for (let turn = 0; turn < 10; turn++) {
    const work = read()
    await clock.advance(stuckAfterMs - 1)
    work.resolve()
    await clock.advance(1)
  }
  expect(ends()).toBe(0)
})
