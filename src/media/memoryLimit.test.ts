import { expect, test } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import { limitMemory, mostMemoryBytes } from './memoryLimit.ts'

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
