import { expect, test } from 'vitest'
import { parseWorst, worstSign, worstWords } from './worst.ts'

test('what a window says of the fleet is taken only in the form that it has', () => {
  expect(parseWorst('trouble', 'critical', 3)).toEqual({ verdict: 'trouble', severity: 'critical', count: 3 })
  expect(parseWorst('well', null, 0)).toEqual({ verdict: 'well', severity: null, count: 0 })
  for (const [verdict, severity, count] of [
    ['trouble', 'fatal', 1],
    ['trouble', 'toString', 1],
    ['trouble', undefined, 1],
    ['trouble', 'major', -1],
    ['trouble', 'major', 1.5],
    ['trouble', 'major', '3'],
    ['trouble', {}, 3],
    ['fine', null, 0],
    [undefined, null, 0],
  ]) {
    expect(parseWorst(verdict, severity, count), `${verdict} ${severity}`).toBeNull()
  }
})

test('the tray says what the window says: it is green only where everything is known', () => {
  const said = (worst: Parameters<typeof worstWords>[0]) => [worstSign(worst), worstWords(worst)]
  expect(said({ verdict: 'well', severity: null, count: 0 })).toEqual(['ok', 'All is well'])
  expect(said({ verdict: 'unknown', severity: null, count: 0 })).toEqual(['unknown', 'Some states unknown'])
  expect(said({ verdict: 'nothing', severity: null, count: 0 })).toEqual(['unknown', 'Nothing to watch yet'])
  expect(said({ verdict: 'trouble', severity: 'major', count: 1 })).toEqual(['major', '1 trouble: major'])
  expect(said({ verdict: 'trouble', severity: 'critical', count: 12 })).toEqual(['critical', '12 troubles, the worst is critical'])
})
