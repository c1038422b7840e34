import { expect, test } from 'vitest'
import { createLastBitrates } from './lastBitrates.ts'

test('the last bit rates have a mean, and how much they vary; one alone has neither', () => {
  const rates = createLastBitrates()
  expect(rates.sum()).toBeNull()
  rates.add(1_000_000)
  rates.add(null)
  expect(rates.sum()).toBeNull()
  rates.add(1_000_000)
  expect(rates.sum()).toEqual({ meanBps: 1_000_000, variation: 0, stability: 'stable' })
  rates.add(4_000_000)
  expect(rates.sum()).toMatchObject({ meanBps: 2_000_000, stability: 'unstable' })
})

test('only the last twenty count, and none after the stream was down', () => {
  const rates = createLastBitrates()
  rates.add(50_000_000)
  for (let i = 0; i < 20; i++) rates.add(i % 2 === 0 ? 1_000_000 : 1_400_000)
  expect(rates.sum()).toMatchObject({ meanBps: 1_200_000, stability: 'varying' })
  rates.clear()
  expect(rates.sum()).toBeNull()
})

test('silence is no division by zero', () => {
  const rates = createLastBitrates()
  rates.add(0)
  rates.add(0)
  expect(rates.sum()).toEqual({ meanBps: 0, variation: 0, stability: 'stable' })
})
