import { expect, test } from 'vitest'
import { matcherOf, patternSchema } from './patterns.ts'

test.each([
  ['cam1', 'cam1', true],
  ['cam1', 'cam12', false],
  ['cam*', 'cam12', true],
  ['cam*', 'Cam12', false],
  ['*', '', true],
  ['*/low', 'north/cam1/low', true],
  ['*/low', 'north/lower', false],
  ['a*b*a', 'aba', true],
  ['ab*ba', 'aba', false],
  ['a**c', 'abc', true],
  ['a.c', 'abc', false],
  ['~^cam\\d+$', 'cam12', true],
  ['~^cam\\d+$', 'camera', false],
])('the pattern %s and the name %s: %s', (pattern, name, matches) => {
  expect(patternSchema.safeParse(pattern).success).toBe(true)
  expect(matcherOf([pattern])(name)).toBe(matches)
})

test('one of several patterns is enough, and none matches nothing', () => {
  expect(matcherOf(['a', 'b*'])('bc')).toBe(true)
  expect(matcherOf([])('a')).toBe(false)
})

test.each(['', '~(', 'x'.repeat(501)])('the pattern %s is refused', (pattern) => {
  expect(patternSchema.safeParse(pattern).success).toBe(false)
})

test('many stars on a long name that almost matches are judged at once', () => {
  expect(matcherOf([`${'*a'.repeat(200)}b`])('a'.repeat(100_000))).toBe(false)
})
