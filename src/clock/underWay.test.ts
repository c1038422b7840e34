import { expect, test } from 'vitest'
import { createUnderWay } from './underWay.ts'

test('work is waited for, also what is added meanwhile, and a failure of it is up to whoever has it', async () => {
  const underWay = createUnderWay()
  await underWay.settled()
  const first = Promise.withResolvers<number>()
  const second = Promise.withResolvers<void>()
  const kept = underWay.track(first.promise)
  void kept.then(() => void underWay.track(second.promise))
  let isSettled = false
  const settled = underWay.settled().then(() => {
    isSettled = true
  })
  expect(underWay.size()).toBe(1)
  first.resolve(7)
  expect(await kept).toBe(7)
  await new Promise(setImmediate)
  expect([isSettled, underWay.size()]).toEqual([false, 1])
  second.reject(new Error('refused'))
  await settled
  expect(underWay.size()).toBe(0)
  await expect(second.promise).rejects.toThrow('refused')
})
