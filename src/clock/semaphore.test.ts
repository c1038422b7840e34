import { expect, test } from 'vitest'
import { createSemaphore } from './semaphore.ts'

test('no more than so many hold a slot at once, and whoever waited longest is next', async () => {
  const semaphore = createSemaphore(2)
  const never = new AbortController().signal
  const order: string[] = []
  const acquire = (name: string, signal = never) => semaphore.acquire(signal).then((got) => void order.push(`${name} ${got}`))
  await Promise.all([acquire('a'), acquire('b')])
  const rest = [acquire('c'), acquire('d')]
  await Promise.resolve()
  expect(order).toEqual(['a true', 'b true'])
  semaphore.release()
  await rest[0]
  expect(order.at(-1)).toBe('c true')
  semaphore.release()
  await rest[1]
  expect(order).toEqual(['a true', 'b true', 'c true', 'd true'])
})

test('who is aborted gets no slot, and takes none from those behind', async () => {
  const semaphore = createSemaphore(1)
  const [never, off] = [new AbortController(), new AbortController()]
  expect(await semaphore.acquire(never.signal)).toBe(true)
  const second = semaphore.acquire(off.signal)
  const third = semaphore.acquire(never.signal)
  off.abort()
  expect(await second).toBe(false)
  expect(await semaphore.acquire(off.signal)).toBe(false)
  semaphore.release()
  expect(await third).toBe(true)
})

test('who lets others go first is behind those who came later', async () => {
  const semaphore = createSemaphore(1)
  const never = new AbortController().signal
  const order: string[] = []
  await semaphore.acquire(never)
  const first = semaphore.acquire(never, true).then(() => order.push('lets others go first'))
  const second = semaphore.acquire(never).then(() => order.push('came later'))
  semaphore.release()
  await second
  semaphore.release()
  await first
  expect(order).toEqual(['came later', 'lets others go first'])
})
