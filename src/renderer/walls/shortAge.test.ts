import { expect, test } from 'vitest'
import { shortAge } from './tileViews.ts'

test('an age on a wall has one unit, and is never more than it is', () => {
  const minute = 60_000
  expect(
    [-5, 0, 41_900, 59_999, minute, 18 * minute + 59_000, 59.9 * minute, 60 * minute, 3.29 * 60 * minute, 47.99 * 60 * minute, 48 * 60 * minute].map(shortAge),
  ).toEqual(['0 s', '0 s', '41 s', '59 s', '1 min', '18 min', '59 min', '1 h', '3.2 h', '47.9 h', '2 d'])
})
