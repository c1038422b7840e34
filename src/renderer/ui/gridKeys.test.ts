import { expect, test } from 'vitest'
import { rowOfKey } from './gridKeys.ts'

test('keys lead by rows and pages, and stay within the table', () => {
  const from = (active: number) => ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'].map((key) => rowOfKey(key, active, 100, 20))
  expect(from(50)).toEqual([51, 49, 70, 30, 0, 99])
  expect(from(95)).toEqual([96, 94, 99, 75, 0, 99])
  expect(from(-1)).toEqual([0, 0, 19, 0, 0, 99])
  expect(rowOfKey('a', 50, 100, 20)).toBeNull()
})
