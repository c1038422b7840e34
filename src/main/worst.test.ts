import { expect, test } from 'vitest'
import { parseWorst, worstWords } from './worst.ts'

test('what a window says of the fleet is taken only in the form that it has', () => {
  expect(parseWorst('critical', 3)).toEqual({ severity: 'critical', count: 3 })
  expect(parseWorst(null, 0)).toEqual({ severity: null, count: 0 })
  for (const [severity, count] of [
    ['fatal', 1],
    ['toString', 1],
    [undefined, 1],
    ['major', -1],
    ['major', 1.5],
    ['major', '3'],
    [{}, 3],
  ]) {
    expect(parseWorst(severity, count), String(severity)).toBeNull()
  }
})

test('words for the tray', () => {
  expect(worstWords({ severity: null, count: 0 })).toBe('All is well')
  expect(worstWords({ severity: 'major', count: 1 })).toBe('1 trouble: major')
  expect(worstWords({ severity: 'critical', count: 12 })).toBe('12 troubles, the worst is critical')
})
