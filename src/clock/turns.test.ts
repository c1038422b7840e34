import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

test('no more than so many have their turn at once, and whoever waited longest is next', async () => {
  const turns = createTurns(2)
  const never = new AbortController().signal
  const order: string[] = []
  const take = (name: string, signal = never) => turns.take(signal).then((got) => void order.push(`${name} ${got}`))
  await Promise.all([take('a'), take('b')])
  const rest = [take('c'), take('d')]
  await Promise.resolve()
  expect(order).toEqual(['a true', 'b true'])
  turns.end()
  await rest[0]
  expect(order.at(-1)).toBe('c true')
  turns.end()
  await rest[1]
  expect(order).toEqual(['a true', 'b true', 'c true', 'd true'])
})

test('who is called off has no turn, and takes none from those behind', async () => {
  const turns = createTurns(1)
  const [never, off] = [new AbortController(), new AbortController()]
  expect(await turns.take(never.signal)).toBe(true)
  const second = turns.take(off.signal)
  const third = turns.take(never.signal)
  off.abort()
  expect(await second).toBe(false)
  expect(await turns.take(off.signal)).toBe(false)
  turns.end()
  expect(await third).toBe(true)
})
