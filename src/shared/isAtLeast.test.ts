import { expect, it } from 'vitest'
import { isAtLeast } from './serverVersions.ts'

it.each([
  ['v1.17.0', true],
  ['v1.17.1-3-gabcdef', true],
  ['1.20.1', true],
  ['v2.0.0', true],
  ['v1.16.3', false],
  ['v1.3.0', false],
  ['v0.0.0', false],
  ['(devel)', false],
  [null, false],
] as const)('%s is 1.17 or newer: %s', (version, expected) => {
  expect(isAtLeast(version, 1, 17)).toBe(expected)
})

it.each([
  ['v1.20.1', true],
  ['v1.20.10', true],
  ['v1.21.0', true],
  ['v1.20.0', false],
  ['v1.19.3', false],
] as const)('%s is 1.20.1 or newer: %s', (version, expected) => {
  expect(isAtLeast(version, 1, 20, 1)).toBe(expected)
})
