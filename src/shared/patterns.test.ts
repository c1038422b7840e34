import { expect, test } from 'vitest'
import { matcherOf, patternSchema } from './patterns.ts'
import { validationErrorOf } from './validationErrors.ts'

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

test.each(['~(?=cam)c', '~(?!cam)c', '~(?<=cam)c', '~(?<!cam)c', '~(cam)\\1', '~(?<name>cam)\\k<name>'])(
  'the pattern %s is refused: it looks around or back',
  (pattern) => {
    expect(patternSchema.safeParse(pattern).error?.issues.map(validationErrorOf)).toEqual([{ kind: 'patternUnsupported', text: pattern }])
  },
)

test.each([`~${'x{1000}'.repeat(71)}`, '~((.{24}){26}){1}', '~.{101}', '~(.*a.{90}){12}b'])('the pattern %s is refused as too large', (pattern) => {
  expect(patternSchema.safeParse(pattern).error?.issues.map(validationErrorOf)).toEqual([{ kind: 'patternTooLarge', text: pattern }])
})

test('patterns that take for ever elsewhere are judged at once, and again', () => {
  const name = `${'a'.repeat(100_000)}`
  for (const pattern of ['~^(([a-z]|.)+)+!$', '~^(a+)+$!', '~^(a|a)*!$', '~(x+x+)+y', '~^(.*a){20}!$']) {
    expect(patternSchema.safeParse(pattern).success).toBe(true)
    const matches = matcherOf([pattern])
    expect([matches(name), matches(name), matches('!')]).toEqual([false, false, pattern === '~^(a|a)*!$'])
  }
})

test('names of any letters are judged', () => {
  expect(['\ud800', 'камера', '\u0000', '📷'].map(matcherOf(['~^(камера|.)$']))).toEqual([true, true, true, true])
})

test.each(['', '~(', 'x'.repeat(501)])('the pattern %s is refused', (pattern) => {
  expect(patternSchema.safeParse(pattern).success).toBe(false)
})

test('many stars on a long name that almost matches are judged at once', () => {
  expect(matcherOf([`${'*a'.repeat(200)}b`])('a'.repeat(100_000))).toBe(false)
})
